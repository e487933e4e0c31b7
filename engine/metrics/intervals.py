"""How sure a figure is: bootstrap intervals over photos, plain and paired."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ROWS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PairedGain:
    """What changed on the same photos: mean gain, its 95 % interval, and how many photos won and lost."""

    gain: float
    interval: Interval
    won: int
    lost: int


def mean_interval(values: NDArray[np.floating], *, draws: int = 2000, seed: int = 0) -> Interval:
    """95 % percentile bootstrap interval of the mean of (N,) values, one a photo; N = 0 gives (0, 0)."""
    if not len(values):
        return Interval(0.0, 0.0)
    # A resample is how often each distinct value is in it: shares of hits have few, whatever the number of photos.
    distinct, counts = np.unique(np.asarray(values, np.float64), return_counts=True)
    generator = np.random.default_rng(seed)
    means = np.empty(draws)
    for first in range(0, draws, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, draws - first)
        drawn = generator.multinomial(len(values), counts / len(values), size=rows)  # (rows, D)
        means[first : first + rows] = drawn @ distinct / len(values)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(float(low), float(high))


def paired_gain(before: NDArray[np.floating], after: NDArray[np.floating], *, seed: int = 0) -> PairedGain:
    """Gain of (N,) `after` over (N,) `before`, each a photo's share of hits in [0, 1].

    A photo is won where its share rises from below a half to above, lost the other way round.
    """
    change = np.asarray(after, np.float64) - np.asarray(before, np.float64)
    right, was_right = after > 0.5, before > 0.5
    return PairedGain(
        gain=float(change.mean()) if len(change) else 0.0,
        interval=mean_interval(change, seed=seed),
        won=int(np.sum(right & ~was_right)),
        lost=int(np.sum(was_right & ~right)),
    )
