"""How good boxes are: GT-known localization, its trivial baselines, and thresholds chosen on photos not scored.

Primary rule of the project: a proposal is right where its best geometric IoU over the photo's boxes is at least 0.5
(half-open boxes, no pixel added, nothing truncated).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, as_array, iou, pairwise_iou


def best_iou(proposal: Box | None, truth: Sequence[Box]) -> float:
    """Best IoU of a proposal over a photo's boxes; 0 where nothing was proposed."""
    return max((iou(proposal, box) for box in truth), default=0.0) if proposal is not None else 0.0


def gt_known(best_ious: NDArray[np.float64], at: float = 0.5) -> float:
    """Share of photos, in [0, 1], whose proposal reaches the IoU `at`. `best_ious` is (N,)."""
    return float(np.mean(best_ious >= at)) if len(best_ious) else 0.0


def whole_photo(width: int, height: int) -> Box:
    """The trivial proposal that covers everything."""
    return Box(0.0, 0.0, float(width), float(height))


def centred_box(width: int, height: int, side: float) -> Box:
    """The trivial proposal in the middle, `side` in (0, 1] of the photo's width and height."""
    margin = (1.0 - side) / 2
    return Box(margin * width, margin * height, (1 - margin) * width, (1 - margin) * height)


CENTRED_SIDES = np.round(np.arange(0.40, 1.0001, 0.05), 2)


def centred_box_ious(sizes: Sequence[tuple[int, int]], truth: Sequence[Sequence[Box]]) -> NDArray[np.float64]:
    """Best IoU of every centred box on every photo: (N, K), K the sides of `CENTRED_SIDES`."""
    rows = []
    for (width, height), boxes in zip(sizes, truth, strict=True):
        tried = as_array([centred_box(width, height, float(side)) for side in CENTRED_SIDES])
        rows.append(pairwise_iou(tried, as_array(list(boxes))).max(axis=1))
    return np.array(rows)


def cross_fitted(ious: NDArray[np.float64], *, at: float = 0.5, halvings: int = 4, seed: int = 0) -> float:
    """GT-known with the setting chosen on the half of the photos that is not scored: mean of `cross_fitted_hits`."""
    return float(cross_fitted_hits(ious, at=at, halvings=halvings, seed=seed).mean())


def cross_fitted_hits(
    ious: NDArray[np.float64], *, at: float = 0.5, halvings: int = 4, seed: int = 0
) -> NDArray[np.float64]:
    """How often each photo is right when the setting is chosen on the half of the photos that it is not in.

    Args:
        ious: (N, K) best IoU of each photo under each of K ordered settings (thresholds, sides).
        at: the IoU that counts as right.
        halvings: random halvings; both halves of each are scored once.
        seed: of the halvings.

    Returns:
        (N,) shares in [0, 1] of the halvings. The choice maximises the mean of the accuracies at 0.3, 0.5 and 0.7 plus
        that at 0.5, smoothed over neighbouring settings, so that it does not chase noise.
    """
    generator = np.random.default_rng(seed)
    hits = np.zeros(len(ious))
    for _ in range(halvings):
        order = generator.permutation(len(ious))
        first, second = order[: len(ious) // 2], order[len(ious) // 2 :]
        for chosen_on, scored_on in ((first, second), (second, first)):
            best = int(np.argmax(choice_curve(ious[chosen_on])))
            hits[scored_on] += ious[scored_on, best] >= at
    return hits / halvings


def top_k_loc(ranks: NDArray[np.integer], right: NDArray[np.bool_], k: int) -> float:
    """Top-k localization: share of photos whose class is among the k most probable and whose box is right.

    Args:
        ranks: (N,) how many classes the model finds more probable than the true one; -1 where it does not know it.
        right: (N,) whether the true class's box is right.
    """
    return float(np.mean((ranks >= 0) & (ranks < k) & right)) if len(ranks) else 0.0


def accuracy(ranks: NDArray[np.integer], k: int = 1) -> float:
    """Classification accuracy: share of photos whose class is among the k most probable. `ranks` as in `top_k_loc`."""
    return float(np.mean((ranks >= 0) & (ranks < k))) if len(ranks) else 0.0


def choice_curve(ious: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a setting is chosen by: (K,) mean accuracy at 0.3/0.5/0.7 plus accuracy at 0.5, smoothed over five."""
    accuracy = {at: np.mean(ious >= at, axis=0) for at in (0.3, 0.5, 0.7)}
    curve = (accuracy[0.3] + accuracy[0.5] + accuracy[0.7]) / 3 + accuracy[0.5]
    if len(curve) < 5:
        return curve
    padded = np.pad(curve, 2, mode="edge")
    return np.convolve(padded, np.ones(5) / 5, mode="valid")
