"""MaxBoxAcc and MaxBoxAccV2: localization at the best threshold of the scored photos, an upper bound by intent.

Source: Choe et al., "Evaluating Weakly Supervised Object Localization Methods Right", CVPR 2020, and their public
evaluation (repository clovaai/wsolevaluation, MIT). Two ways to measure:

- geometric: IoU tables at the product's own thresholds (`engine.metrics.localization`), fed to `max_box_acc` and
  `max_box_acc_v2`;
- parity: `parity_ious` repeats the public definition to the bit, with its quirks: everything on a 224 x 224 grid, true
  corners truncated, IoU with a pixel added to every side, contours found in the map as whole numbers up to 255.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, as_array

DELTAS = (0.3, 0.5, 0.7)
PARITY_SIDE = 224
PARITY_THRESHOLDS = np.arange(0, 1, 0.001)


@dataclass(frozen=True, slots=True)
class MaxBoxAcc:
    """Share of photos in [0, 1] that are right at the best threshold, and that threshold's column."""

    value: float
    column: int


@dataclass(frozen=True, slots=True)
class MaxBoxAccV2:
    """Mean over the IoU limits of the share at each limit's own best threshold; `by_delta`: IoU limit to share."""

    value: float
    by_delta: Mapping[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class ParityIous:
    """(K,) float64 IoU of one photo at each of `PARITY_THRESHOLDS`.

    largest: of the largest contour's box, for MaxBoxAcc. every: the best of all contours' boxes, for MaxBoxAccV2.
    """

    largest: NDArray[np.float64]
    every: NDArray[np.float64]


def max_box_acc(ious: NDArray[np.floating], at: float = 0.5) -> MaxBoxAcc:
    """MaxBoxAcc of (N, K) IoU of the first box of N photos at K thresholds; the lowest threshold wins a tie."""
    return best_of_curve(np.mean(ious >= at, axis=0))


def best_of_curve(shares: NDArray[np.float64]) -> MaxBoxAcc:
    """MaxBoxAcc of (K,) shares of photos that are right at each threshold; the lowest threshold wins a tie."""
    column = int(np.argmax(shares))
    return MaxBoxAcc(float(shares[column]), column)


def max_box_acc_v2(best_ious: NDArray[np.floating]) -> MaxBoxAccV2:
    """MaxBoxAccV2 of (N, K) best IoU over all components of N photos at K thresholds."""
    by_delta = {delta: max_box_acc(best_ious, delta).value for delta in DELTAS}
    return MaxBoxAccV2(float(np.mean(list(by_delta.values()))), by_delta)


def parity_map(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """A map (h, w) as the public evaluation wants it: (224, 224) float64, resampled bicubically, then min-maxed."""
    resized = cv2.resize(values.astype(np.float64), (PARITY_SIDE, PARITY_SIDE), interpolation=cv2.INTER_CUBIC)
    low, high = float(resized.min()), float(resized.max())
    stretched = (resized - low) / (high - low) if high > low else np.zeros_like(resized)
    return np.asarray(stretched, np.float64)


def parity_ious(score_map: NDArray[np.float64], truth: Sequence[Box], width: int, height: int) -> ParityIous:
    """IoU of one photo at every threshold, as the public evaluation defines it.

    Args:
        score_map: (224, 224) float64 in [0, 1].
        truth: the photo's true boxes in photo pixels, corners taken as the public lists give them.
        width: of the photo in pixels.
        height: of the photo in pixels.

    Raises:
        ValueError: the map has another shape or leaves [0, 1].
    """
    if score_map.shape != (PARITY_SIDE, PARITY_SIDE) or not (score_map.min() >= 0 and score_map.max() <= 1):
        raise ValueError(f"expected a {PARITY_SIDE} x {PARITY_SIDE} map in [0, 1]")
    grey = (score_map * 255).astype(np.uint8)
    peak = int(grey.max())
    cuts = np.array([int(threshold * peak) for threshold in PARITY_THRESHOLDS])
    true_boxes = _on_grid(truth, width, height)  # (M, 4)
    levels, place = np.unique(cuts, return_inverse=True)  # equal cuts give equal masks: each is measured once
    largest, every = np.zeros(len(levels)), np.zeros(len(levels))
    for number, cut in enumerate(levels):
        boxes, main = _contour_boxes(grey, int(cut))
        overlaps = inclusive_ious(boxes, true_boxes)  # (n, M)
        largest[number] = overlaps[main].max(initial=0.0)
        every[number] = overlaps.max(initial=0.0)
    return ParityIous(largest[place], every[place])


def inclusive_ious(boxes: NDArray[np.int64], others: NDArray[np.int64]) -> NDArray[np.float64]:
    """IoU of whole-number boxes whose last row and column count: (n, 4) and (m, 4) give (n, m) float64."""
    near = np.maximum(boxes[:, None, :2], others[None, :, :2])
    far = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.maximum(far - near + 1, 0), axis=2)
    areas = np.prod(boxes[:, 2:] - boxes[:, :2] + 1, axis=1)
    other_areas = np.prod(others[:, 2:] - others[:, :2] + 1, axis=1)
    union = areas[:, None] + other_areas[None] - shared
    return np.where(union > 0, shared / np.maximum(union, 1), 0.0)


def _on_grid(truth: Sequence[Box], width: int, height: int) -> NDArray[np.int64]:
    """True boxes (M, 4). Multiplied, then divided, as the public code does; the other order truncates elsewhere."""
    return (as_array(tuple(truth)) * PARITY_SIDE / np.array([width, height] * 2)).astype(np.int64)


def _contour_boxes(grey: NDArray[np.uint8], cut: int) -> tuple[NDArray[np.int64], int]:
    """Boxes (n, 4) of all contours above the cut, and which of them has the largest contour."""
    contours, _ = cv2.findContours((grey > cut).astype(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((1, 4), np.int64), 0
    frames = np.array([cv2.boundingRect(contour) for contour in contours], np.int64)  # (n, 4), x, y, width, height
    far = np.minimum(frames[:, :2] + frames[:, 2:], PARITY_SIDE - 1)
    main = int(np.argmax([cv2.contourArea(contour) for contour in contours]))
    return np.concatenate([frames[:, :2], far], axis=1), main
