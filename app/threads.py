"""Threads that nobody waits for any more: each is kept until it has ended by itself.

A `QThread` that is deleted while it runs takes the whole program with it. One that opens a model or waits for a process
cannot end at once, and the window must not wait for it.
"""

from __future__ import annotations

from PySide6.QtCore import QThread
from shiboken6 import isValid

_CLOSING_MS = 60_000
_going: list[QThread] = []


def let_go(thread: QThread) -> None:
    """Deletes a thread once it has ended; whoever lets it go has asked it to end, or does not mind when it does."""
    _going[:] = [each for each in _going if isValid(each)]
    if thread.isFinished():
        thread.deleteLater()
        return
    thread.setParent(None)
    thread.finished.connect(thread.deleteLater)
    _going.append(thread)


def wait_or_let_go(thread: QThread, most_ms: int) -> None:
    """Waits for a thread that was asked to end; one that takes longer is let go."""
    if not thread.wait(most_ms):
        let_go(thread)


def wait_for_threads() -> None:
    """Waits for all threads that were let go; the program ends."""
    for thread in _going:
        if isValid(thread) and thread.isRunning():
            thread.wait(_CLOSING_MS)
    _going[:] = [each for each in _going if isValid(each) and each.isRunning()]
