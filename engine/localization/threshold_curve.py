"""How the box answers to the threshold: its size at every cut, where it is steady and where it jumps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

STEPS = 100
STEADY_SHARE = 0.085
"""A box is steady over thresholds that change its area by no more than this share of it."""

_LEAST_JUMP = 0.10
_JUMP_SPAN = 2


@cache
def grid_thresholds() -> NDArray[np.float64]:
    """The thresholds at which boxes are measured: 0.00, 0.01, ... 1.00, (101,) float64, not to be written to."""
    thresholds = np.linspace(0.0, 1.0, STEPS + 1)
    thresholds.flags.writeable = False
    return thresholds


def grid_step(threshold: float) -> int:
    """The place of the nearest of `grid_thresholds`."""
    return min(max(round(threshold * STEPS), 0), STEPS)


def jumps(areas: NDArray[np.floating], thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """`ThresholdCurve.jump` of many boxes: (m,), NaN where a box never jumps.

    Args:
        areas: (n, m) shares of the photo.
        thresholds: (n,) at which they were measured.
    """
    before, after = areas[:-_JUMP_SPAN].astype(np.float64), areas[_JUMP_SPAN:].astype(np.float64)
    drops = np.where(after > 0, before - after, 0.0)
    best = drops.argmax(axis=0)
    return np.where(drops.max(axis=0) >= _LEAST_JUMP, thresholds[best + 1], np.nan)


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdCurve:
    """Box area against the threshold: `thresholds` (n,) in [0, 1], `area_fraction` (n,) shares of the photo."""

    thresholds: NDArray[np.float64]
    area_fraction: NDArray[np.float64]

    def area_at(self, threshold: float) -> float:
        return float(self.area_fraction[grid_step(threshold)])

    def plateau(self, threshold: float) -> tuple[float, float]:
        """The stretch of thresholds round this one over which the box keeps its area within 8.5 %."""
        middle = grid_step(threshold)
        area = self.area_fraction[middle]
        steady = np.abs(self.area_fraction - area) <= STEADY_SHARE * area
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
        (found,) = jumps(self.area_fraction[:, None], self.thresholds).tolist()
        return None if math.isnan(found) else found

    def threshold_for_area(self, min_area: float, *, below: float = 1.0) -> float | None:
        """The highest threshold up to `below` whose box covers at least `min_area` of the photo."""
        fits = (self.area_fraction >= min_area) & (self.thresholds <= below + 1e-9)
        return float(self.thresholds[np.flatnonzero(fits)[-1]]) if fits.any() else None
