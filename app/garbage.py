"""Collects cyclic garbage on the window's own thread only.

Python collects wherever the next object happens to be made, also on the threads that look and decode. A QObject that is
part of a cycle would then be destroyed off its thread, while its timers still run, which ends the process.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


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
        gc.collect(max(due))
