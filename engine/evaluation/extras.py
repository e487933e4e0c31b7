"""What is measured of a map beside its boxes' IoU: the parity modes, and pixels where masks are known.

The parity modes repeat public evaluations (`engine.metrics.tscam`, `engine.metrics.maxboxacc`) on the refined map, so
that our figures can stand beside published ones; they take true boxes as the public lists write them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.dataset.files import safe_relative
from engine.errors import LabelFileError, PhotoError
from engine.evaluation.ground_truth import Extent, GroundTruth, MaskFiles, Target, TruePhoto
from engine.evaluation.records import SubjectScore
from engine.geometry import Box
from engine.images import read_photo
from engine.metrics.maxboxacc import DELTAS, PARITY_THRESHOLDS, best_of_curve, parity_ious, parity_map
from engine.metrics.pxap import average_precision, pixel_counts
from engine.metrics.tscam import tscam_figures, tscam_iou

MODES = ("geometric", "tscam", "maxboxaccv2")

Extra = Callable[[NDArray[np.float32], TruePhoto, Target, tuple[int, int]], dict[str, NDArray[Any]]]
"""Arrays by name of one class on one photo, from its refined map (h, w), and the photo's width and height."""

_TSCAM, _LARGEST, _EVERY, _PIXELS = "tscam", "largest", "every", "pixels"
_THINNEST_PX = 1e-6


def extras_for(mode: str, truth: GroundTruth, extent: Extent, threshold: float) -> tuple[Extra, ...]:
    """What a run measures beside boxes.

    Args:
        mode: one of `MODES`.
        threshold: of TS-CAM's boxes.
    """
    found: list[Extra] = []
    if mode == "tscam":
        found.append(lambda values, _, target, size: _tscam(values, as_written(target, truth), threshold, size))
    elif mode == "maxboxaccv2":
        found.append(lambda values, _, target, size: _maxboxacc(values, as_written(target, truth), size))
    if extent.has_masks:
        found.append(lambda values, photo, _, __: _pixels(values, photo.masks, truth))
    return tuple(found)


def as_written(target: Target, truth: GroundTruth) -> tuple[Box, ...]:
    """A target's boxes with their corners as the data set's files give them."""
    if not truth.ends_included:
        return target.boxes
    # A box of one pixel has both ends alike in the file, which `Box` cannot say.
    return tuple(
        Box(box.x0, box.y0, max(box.x1 - 1, box.x0 + _THINNEST_PX), max(box.y1 - 1, box.y0 + _THINNEST_PX))
        for box in target.boxes
    )


def parity_figures(mode: str, scores: Iterable[SubjectScore], ranks: NDArray[np.int64]) -> dict[str, Any] | None:
    """The parity mode's figures; None in the geometric mode, which has none of its own.

    Args:
        scores: those with true boxes, in the order of `ranks`.
        ranks: (N,) as in `engine.metrics.localization.top_k_loc`.
    """
    if mode == "tscam":
        ious = np.array([float(score.counts[_TSCAM][0]) for score in scores])
        found = tscam_figures(ious, ranks)
        known = bool((ranks >= 0).any())
        return {
            "mode": mode,
            "gt_known": found.gt_known,
            "top_1": found.top1 if known else None,
            "top_5": found.top5 if known else None,
        }
    if mode == "maxboxaccv2":
        right = {delta: np.zeros(len(PARITY_THRESHOLDS)) for delta in DELTAS}
        largest = np.zeros(len(PARITY_THRESHOLDS))
        for score in scores:
            largest += score.counts[_LARGEST] >= 0.5
            for delta in DELTAS:
                right[delta] += score.counts[_EVERY] >= delta
        by_delta = {str(delta): best_of_curve(hits / len(ranks)).value for delta, hits in right.items()}
        return {
            "mode": mode,
            "max_box_acc": best_of_curve(largest / len(ranks)).value,
            "max_box_acc_v2": {"mean": float(np.mean(list(by_delta.values()))), **by_delta},
        }
    return None


def pixel_figure(scores: Iterable[SubjectScore]) -> float | None:
    """PxAP in [0, 1] over all photos with masks; None where there are none."""
    total = None
    for score in scores:
        if _PIXELS in score.counts:
            counts = score.counts[_PIXELS]
            total = counts.copy() if total is None else total + counts
    return None if total is None else average_precision(total)


def _tscam(
    values: NDArray[np.float32], boxes: tuple[Box, ...], threshold: float, size: tuple[int, int]
) -> dict[str, NDArray[Any]]:
    return {_TSCAM: np.array([tscam_iou(values, threshold, boxes, *size)])}


def _maxboxacc(values: NDArray[np.float32], boxes: tuple[Box, ...], size: tuple[int, int]) -> dict[str, NDArray[Any]]:
    found = parity_ious(parity_map(values), boxes, *size)
    return {_LARGEST: found.largest, _EVERY: found.every}


def _pixels(values: NDArray[np.float32], masks: MaskFiles | None, truth: GroundTruth) -> dict[str, NDArray[Any]]:
    if masks is None:
        return {}
    instances = [_mask(name, truth) for name in masks.instances]
    if any(each.shape != instances[0].shape for each in instances):
        raise LabelFileError(f"{masks.instances[0]}: the masks of this photo have different sizes; expected one size.")
    ignore = None if masks.ignore is None else _mask(masks.ignore, truth)
    return {_PIXELS: pixel_counts(parity_map(values), np.any(instances, axis=0), ignore)}


def _mask(name: str, truth: GroundTruth) -> NDArray[np.bool_]:
    try:
        return read_photo(safe_relative(name, truth.mask_root or truth.root))[:, :, 0] > 0
    except PhotoError as error:
        raise LabelFileError(f"The mask {name} cannot be read: {error}") from error
