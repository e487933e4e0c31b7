"""Threads that were let go end by themselves, are deleted after that, and are waited for when the program ends."""

from __future__ import annotations

import threading

from PySide6.QtCore import QThread
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from app.threads import let_go, wait_for_threads


class Slow(QThread):
    """Ends when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.goes = threading.Event()

    def run(self) -> None:
        self.goes.wait(10)


def test_a_thread_that_still_runs_is_kept_until_it_has_ended(qtbot: QtBot) -> None:
    thread = Slow()
    thread.start()
    let_go(thread)
    qtbot.wait(50)
    assert isValid(thread)
    assert thread.isRunning()
    thread.goes.set()
    qtbot.waitUntil(lambda: not isValid(thread), timeout=5_000)


def test_one_that_has_ended_goes_at_once(qtbot: QtBot) -> None:
    thread = Slow()
    thread.goes.set()
    thread.start()
    assert thread.wait(5_000)
    let_go(thread)
    qtbot.waitUntil(lambda: not isValid(thread), timeout=5_000)


def test_the_end_of_the_program_waits_for_them() -> None:
    thread = Slow()
    thread.start()
    let_go(thread)
    threading.Timer(0.2, thread.goes.set).start()
    wait_for_threads()
    assert not isValid(thread) or thread.isFinished()
