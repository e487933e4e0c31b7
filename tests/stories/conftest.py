"""The real window, and a person who looks at it, presses keys and moves the mouse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from app.theme.palette import apply_theme
from support.person import Person
from support.sessions import ToldSession
from support.tiny_model import write_tiny_model


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


class StrayWindows(QObject):
    """Notes every window that shows besides the main one: a widget shown before it has a parent is one for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            kind = watched.windowFlags() & Qt.WindowType.WindowType_Mask
            if not isinstance(watched, MainWindow) and kind not in (Qt.WindowType.Popup, Qt.WindowType.ToolTip):
                self.seen.append(repr(watched))
        return False


@pytest.fixture
def person(qtbot: QtBot, qapp: QApplication, tiny_model: Path) -> Iterator[Person]:
    """A person before the window, which shows its first page."""
    apply_theme(qapp, "dark")
    stray = StrayWindows()
    qapp.installEventFilter(stray)
    window = MainWindow(ToldSession(tiny_model))
    window.resize(1600, 1000)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    yield Person(window, qtbot)
    window.close()
    window.deleteLater()
    qapp.removeEventFilter(stray)
    assert stray.seen == []
