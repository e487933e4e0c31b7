"""The figures of TS-CAM's own evaluation, repeated to the bit, so that ours can be compared with published ones.

Source: the public code of TS-CAM (repository vasgaowei/TS-CAM, Apache-2.0). Its quirks belong to it: true corners are
truncated on a 224 x 224 grid, IoU adds a pixel to every side though predicted boxes end one pixel beyond, and GT-known
counts IoU >= 0.5 where Top-1 and Top-5 ask for more than 0.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, as_array
from engine.metrics.localization import top_k_loc
from engine.metrics.maxboxacc import PARITY_SIDE, inclusive_ious


@dataclass(frozen=True, slots=True)
class TsCamFigures:
    """Shares of photos in [0, 1]."""

    gt_known: float
    top1: float
    top5: float


def tscam_box(values: NDArray[np.float32], tau: float) -> tuple[int, int, int, int]:
    """Box (x0, y0, x1, y1) on the 224 x 224 grid of a map (h, w), of the contour with the largest polygon area.

    (0, 0, 1, 1) where nothing is above `tau` times the maximum, or the map is flat.
    """
    resized = cv2.resize(np.asarray(values, np.float32), (PARITY_SIDE, PARITY_SIDE), interpolation=cv2.INTER_LINEAR)
    low, high = resized.min(), resized.max()
    if not high > low:
        return 0, 0, 1, 1
    grey = ((resized - low) / (high - low) * 255).astype(np.uint8)
    mask = (grey > int(tau * int(grey.max()))).astype(np.uint8)
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return 0, 0, 1, 1
    x, y, width, height = cv2.boundingRect(max(contours, key=cv2.contourArea))
    return x, y, x + width, y + height


def tscam_iou(values: NDArray[np.float32], tau: float, truth: Sequence[Box], width: int, height: int) -> float:
    """Best IoU of the map's box with the true boxes.

    Args:
        values: (h, w) float32 class activation map of the true class, any range.
        tau: threshold relative to the maximum.
        truth: true boxes in photo pixels.
        width, height: of the photo in pixels.
    """
    if not truth:
        return 0.0
    # Divided first, then multiplied, as the public code does; the other order truncates elsewhere.
    scaled = as_array(tuple(truth)) / np.array([width, height] * 2) * PARITY_SIDE  # (M, 4)
    scaled[:, :2] = np.maximum(scaled[:, :2], 0)
    scaled[:, 2:] = np.minimum(scaled[:, 2:], PARITY_SIDE - 1)
    return float(inclusive_ious(np.array([tscam_box(values, tau)], np.int64), scaled.astype(np.int64)).max())


def tscam_figures(ious: NDArray[np.float64], ranks: NDArray[np.integer]) -> TsCamFigures:
    """The three figures of (N,) `tscam_iou`; `ranks` as in `top_k_loc`."""
    strict = ious > 0.5
    known = float(np.mean(ious >= 0.5)) if len(ious) else 0.0
    return TsCamFigures(known, top_k_loc(ranks, strict, 1), top_k_loc(ranks, strict, 5))
