"""How threads beside the window end: whatever fails in one is told, and one that is not waited for ends by itself.

A `QThread` that is deleted while it runs takes the whole program with it. One that opens a model or waits for a process
cannot end at once, and the window must not wait for it. One that ends by a fault without a word leaves the window
waiting for ever.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QThread
from shiboken6 import isValid

from app.diagnostics.faults import place_of
from app.texts import tr
from engine.errors import MoltboxError

_CLOSING_MS = 60_000
_going: list[QThread] = []


@contextmanager
def failures_told(tell: Callable[[str], object]) -> Iterator[None]:
    """For all that a job beside the window does: whatever it raises ends the block, and is told in one sentence.

    A `MoltboxError` is told as it is. Any other exception is a fault of the program: it goes where all faults go, to
    the log and standard error, and `tell` hears what kind it was and where.

    Args:
        tell: the job's own way of saying that it failed; called on the thread of the job.
    """
    try:
        yield
    except MoltboxError as error:
        tell(str(error))
    except Exception as error:  # a fault can be of any kind
        sys.excepthook(type(error), error, error.__traceback__)
        fault = place_of(type(error), error.__traceback__)
        tell(tr("A fault in Moltbox: {fault}. Help ▸ Copy diagnostics takes the details along.", fault=fault))


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
