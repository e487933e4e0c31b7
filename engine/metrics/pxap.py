"""PxAP: average precision over pixels, where masks are known. No threshold is chosen.

Source: Choe et al., CVPR 2020, and their public evaluation (repository clovaai/wsolevaluation, MIT). Counts of photos
add up, so any number of photos needs the memory of one.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.metrics.maxboxacc import PARITY_SIDE, PARITY_THRESHOLDS

_EDGES = np.append(PARITY_THRESHOLDS, [1.0, 2.0, 3.0])
BINS = len(_EDGES) - 1


def pixel_counts(
    score_map: NDArray[np.floating], mask: NDArray[np.bool_], ignore: NDArray[np.bool_] | None = None
) -> NDArray[np.int64]:
    """How many pixels have which score, on a 224 x 224 grid: (2, BINS), of the object and of the background.

    Args:
        score_map: (224, 224) in [0, 1].
        mask: (H, W) union of the photo's objects, any size; resampled to the nearest.
        ignore: (H, W) pixels that do not count where they are not of an object.

    Raises:
        ValueError: the map has another shape.
    """
    if score_map.shape != (PARITY_SIDE, PARITY_SIDE):
        raise ValueError(f"expected a {PARITY_SIDE} x {PARITY_SIDE} map")
    inside = _on_grid(mask)
    outside = ~inside if ignore is None else ~(inside | _on_grid(ignore))
    return np.stack([np.histogram(score_map[where], bins=_EDGES)[0] for where in (inside, outside)]).astype(np.int64)


def average_precision(counts: NDArray[np.int64]) -> float:
    """PxAP in [0, 1] of added-up counts (2, BINS): precision times the step in recall, from the highest score down."""
    found = counts[0, ::-1].cumsum()
    wrong = counts[1, ::-1].cumsum()
    if not found[-1]:
        return 0.0
    chosen = found + wrong
    precision = found / np.maximum(chosen, 1)
    recall = found / found[-1]
    return float(np.sum(precision[1:] * np.diff(recall)))


def _on_grid(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    resized = cv2.resize(mask.astype(np.uint8), (PARITY_SIDE, PARITY_SIDE), interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, np.uint8) > 0
