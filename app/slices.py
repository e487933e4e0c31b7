"""Long work on the window's own thread, a little at a time, so that the window stays alive."""

from __future__ import annotations

import time
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer, Signal

SLICE_S = 0.012


class Slices(QObject):
    """Runs an iterator step by step while nothing else is to be done, at most 12 ms in a row.

    For work that must run on the window's thread, such as writing to the project; each step should take a few
    milliseconds at most. An exception of a step ends the work: `ended` tells False, and the exception goes on as if the
    event loop had called the step.

    Signal `ended` tells whether all steps were done.
    """

    ended = Signal(bool)

    def __init__(self, steps: Iterator[object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps = steps
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._run_some)
        self._timer.start()

    @property
    def is_running(self) -> bool:
        return self._timer.isActive()

    def stop(self) -> None:
        """Leaves the steps that are not done."""
        if self.is_running:
            self._end(is_done=False)

    def finish(self) -> None:
        """Runs all steps that are left at once; nothing else is done meanwhile."""
        while self.is_running:
            self._run_some()

    def _run_some(self) -> None:
        until_s = time.perf_counter() + SLICE_S
        try:
            while self.is_running:
                next(self._steps)
                if time.perf_counter() >= until_s:
                    return
        except StopIteration:
            self._end(is_done=True)
        except BaseException:
            self._end(is_done=False)
            raise

    def _end(self, *, is_done: bool) -> None:
        self._timer.stop()
        self.ended.emit(is_done)
