"""The window's size when nothing is known of where it was before."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from support.sessions import ToldSession


def test_the_first_window_fits_the_screen(qtbot: QtBot, tiny_model: Path) -> None:
    first = MainWindow(ToldSession(tiny_model))
    qtbot.addWidget(first)
    room = first.screen().availableSize()
    assert room.height() < 1000  # the headless platform's
    assert first.minimumHeight() < first.height() < room.height()
    assert first.width() == max(first.minimumWidth(), room.width())
    first.close()
