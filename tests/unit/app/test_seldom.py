"""What changes with every frame is shown less often, and its last state always."""

from __future__ import annotations

from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.seldom import READABLE_MS, Seldom


def test_the_first_is_shown_at_once_the_rest_seldom_and_the_last_always(qtbot: QtBot) -> None:
    parent = QObject()
    state, shown = [0], []
    seldom = Seldom(lambda: shown.append(state[0]), parent)
    for value in range(1, 200):
        state[0] = value
        seldom.ask()
    assert shown == [1]
    qtbot.waitUntil(lambda: shown == [1, 199], timeout=1000)
    qtbot.wait(3 * READABLE_MS)
    assert shown == [1, 199]


def test_now_shows_at_once_and_leaves_nothing_to_catch_up(qtbot: QtBot) -> None:
    parent = QObject()
    shown: list[int] = []
    seldom = Seldom(lambda: shown.append(1), parent)
    seldom.ask()
    seldom.ask()
    seldom.now()
    assert len(shown) == 2
    qtbot.wait(3 * READABLE_MS)
    assert len(shown) == 2
