"""Collects cyclic garbage on the window's own thread only.

Python collects wherever the next object happens to be made, also on the threads that look and decode. A QObject that is
part of a cycle would then be destroyed off its thread, while its timers still run, which ends the process.

A list of 100,000 photos makes a full collection long enough to be felt. So what has outlived a long one is set aside,
and is looked through again only when the folder is closed.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
_LONG_S = 0.01
_OLDEST = 2


class GarbageCollector(QObject):
    """Collects at rest, generation by generation, as often as Python's own thresholds ask for it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        timer = QTimer(self, interval=_EVERY_MS)
        timer.timeout.connect(collect_due)
        timer.start()


def collect_due() -> None:
    """Collects the oldest generation that is due, if one is."""
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [generation for generation in range(3) if counts[generation] > thresholds[generation]]
    if due:
        started_s = time.perf_counter()
        gc.collect(max(due))
        if max(due) == _OLDEST and time.perf_counter() - started_s > _LONG_S:
            gc.freeze()


def look_through_all() -> None:
    """Has what was set aside looked through again at the next collection."""
    gc.unfreeze()
