"""How the box answers to the threshold: its size at every cut, where it is steady and where it jumps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.localization.boxes import largest_box_area

STEPS = 100
_STEADY = 0.085
_LEAST_JUMP = 0.10
_JUMP_SPAN = 2


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdCurve:
    """Box area against the threshold: `thresholds` (n,) in [0, 1], `area_fraction` (n,) shares of the photo."""

    thresholds: NDArray[np.float64]
    area_fraction: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.float32]) -> ThresholdCurve:
        """Measures the curve of a (h, w) map in [0, 1] at steps of 0.01."""
        thresholds = np.linspace(0.0, 1.0, STEPS + 1)
        return cls(thresholds, np.array([largest_box_area(values, cut) for cut in thresholds]))

    def area_at(self, threshold: float) -> float:
        return float(self.area_fraction[self._index(threshold)])

    def plateau(self, threshold: float) -> tuple[float, float]:
        """The stretch of thresholds round this one over which the box keeps its area within 8.5 %."""
        middle = self._index(threshold)
        area = self.area_fraction[middle]
        steady = np.abs(self.area_fraction - area) <= _STEADY * area
        low = high = middle
        while low > 0 and steady[low - 1]:
            low -= 1
        while high < len(steady) - 1 and steady[high + 1]:
            high += 1
        return float(self.thresholds[low]), float(self.thresholds[high])

    @property
    def jump(self) -> float | None:
        """The threshold at which the box loses most area in a small step, None where it never jumps.

        Counted over two steps (0.02) and relative to the box before, outside the flat ends where no box is left.
        """
        before = self.area_fraction[:-_JUMP_SPAN]
        after = self.area_fraction[_JUMP_SPAN:]
        drop = np.where(after > 0, before - after, 0.0)
        best = int(np.argmax(drop))
        return float(self.thresholds[best + 1]) if drop[best] >= _LEAST_JUMP else None

    def threshold_for_area(self, min_area: float, *, below: float = 1.0) -> float | None:
        """The highest threshold up to `below` whose box covers at least `min_area` of the photo."""
        fits = (self.area_fraction >= min_area) & (self.thresholds <= below + 1e-9)
        return float(self.thresholds[np.flatnonzero(fits)[-1]]) if fits.any() else None

    def _index(self, threshold: float) -> int:
        return int(np.clip(round(threshold * STEPS), 0, STEPS))
