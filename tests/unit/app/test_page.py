"""Pages in the place of the photo: opened, worked on by keys, closed by Esc or by choosing a photo."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.pages.page import Page
from app.settings import Settings
from support.sessions import ToldSession


class _Counting(Page):
    def __init__(self) -> None:
        super().__init__("Counting", "Counts what it is told.")
        self.done = 0

    def do_main_act(self) -> None:
        self.done += 1


@pytest.fixture
def window(qtbot: QtBot, three: ToldSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setenv("MOLTBOX_SETTINGS", str(tmp_path / "settings.ini"))
    made = MainWindow(three, Settings())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_page_takes_the_place_of_photo_and_evidence_until_esc(window: MainWindow, qtbot: QtBot) -> None:
    page = _Counting()
    window.open_page(page)
    assert page.isVisible()
    assert not window.centre.canvas.isVisible()
    assert not window.evidence.isVisible()
    assert window.photo_list.isVisible()
    assert not window.actions_by_id["accept"].isEnabled()
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert page.done == 1
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert window.centre.opened is None
    assert window.centre.canvas.isVisible()
    assert window.evidence.isVisible()
    assert window.actions_by_id["accept"].isEnabled()


def test_choosing_a_photo_closes_the_page(window: MainWindow) -> None:
    window.open_page(_Counting())
    window.session.next_photo()
    assert window.centre.opened is None
    assert window.centre.canvas.isVisible()


def test_another_page_takes_the_place_of_the_first(window: MainWindow) -> None:
    closed: list[str] = []
    first, second = _Counting(), _Counting()
    first.closed.connect(lambda: closed.append("first"))
    window.open_page(first)
    window.open_page(second)
    assert closed == ["first"]
    assert window.centre.opened is second
    window.session.close()
    assert window.centre.opened is None
