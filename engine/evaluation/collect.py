"""Reads all scores once into arrays, small enough for 50,000 photos: what the figures are worked out from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.records import SubjectScore
from engine.evaluation.scoring import THRESHOLDS
from engine.evaluation.variants import Variant
from engine.metrics.kinds import ErrorKind, kind_of, size_bin
from engine.metrics.localization import CENTRED_SIDES, best_iou, centred_box_ious, whole_photo

LEVELS = (0.0, 0.3, 0.5, 0.7, 0.75)
"""The IoUs at which anything is counted. Over the grid of thresholds an IoU is kept as the highest it reaches."""


@dataclass(frozen=True, slots=True, eq=False)
class Collected:
    """Scores of N classes on photos, those with true boxes only, V maps, K thresholds.

    at_threshold: (N, V) best IoU at the model's threshold. over_grid: (N, V, K) uint8, index into `LEVELS`.
    best: (N, V) best IoU over the grid and the model's threshold. best_of_all: (N, K) uint8 likewise, of any component.
    ranks: (N,) rank of the true class, -1 where the model does not know it.
    size_bins: (N,) index of the object's size. centred: (N, sides) best IoU of each centred box. whole: (N,) likewise.
    kinds: kinds of error at IoU 0.5 and the model's threshold, with how many there are.
    unknown: labels that the model does not know, with their number. several: photos with more than one true box.
    """

    at_threshold: NDArray[np.float64]
    over_grid: NDArray[np.uint8]
    best: NDArray[np.float64]
    best_of_all: NDArray[np.uint8]
    ranks: NDArray[np.int64]
    size_bins: NDArray[np.int64]
    centred: NDArray[np.float64]
    whole: NDArray[np.float64]
    kinds: dict[ErrorKind, int]
    unknown: dict[str, int]
    several: int

    def __len__(self) -> int:
        return len(self.ranks)

    def grid_ious(self, variant: int) -> NDArray[np.float32]:
        """(N, K) the levels that a map's IoU reaches over the grid: as good as the IoU where a level is asked for."""
        return as_levels(self.over_grid[:, variant])


def collect(scores: Iterable[SubjectScore], count: int, variants: Sequence[Variant]) -> Collected:
    """Collects the scores.

    Args:
        count: an upper bound of how many there are.
    """
    over_grid = np.zeros((count, len(variants), len(THRESHOLDS)), np.uint8)
    best_of_all = np.zeros((count, len(THRESHOLDS)), np.uint8)
    at_threshold, best = np.zeros((count, len(variants))), np.zeros((count, len(variants)))
    centred, whole = np.zeros((count, len(CENTRED_SIDES))), np.zeros(count)
    ranks, size_bins = np.full(count, -1, np.int64), np.zeros(count, np.int64)
    kinds: Counter[ErrorKind] = Counter()
    unknown: Counter[str] = Counter()
    at = several = 0
    for score in scores:
        if not score.truth:
            continue
        at_threshold[at] = score.ious[:, 0]
        best[at] = score.ious.max(axis=1)
        over_grid[at] = levels(score.ious[:, 1:])
        best_of_all[at] = levels(score.best_of_all)
        ranks[at] = -1 if score.rank is None else score.rank
        size_bins[at] = size_bin(score.truth, score.width, score.height)
        centred[at] = centred_box_ious([(score.width, score.height)], [score.truth])[0]
        whole[at] = best_iou(whole_photo(score.width, score.height), score.truth)
        kinds[kind_of(score.proposed[0] if score.proposed else None, score.truth)] += 1
        if score.rank is None:
            unknown[score.label] += 1
        several += len(score.truth) > 1
        at += 1
    return Collected(
        at_threshold[:at],
        over_grid[:at],
        best[:at],
        best_of_all[:at],
        ranks[:at],
        size_bins[:at],
        centred[:at],
        whole[:at],
        dict(kinds),
        dict(unknown),
        several,
    )


def levels(ious: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Index of the highest of `LEVELS` that each IoU reaches."""
    return (np.searchsorted(LEVELS, ious, side="right") - 1).astype(np.uint8)


def as_levels(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The levels themselves, a hair above where they are not whole, so that they reach themselves in any precision."""
    reached = np.nextafter(np.asarray(LEVELS, np.float32), np.float32(1))
    reached[0] = 0
    return reached[codes]
