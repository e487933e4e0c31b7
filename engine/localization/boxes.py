"""From a map to boxes: cut at a threshold, pick components, answer in photo coordinates.

Works at the map's own grid, so a threshold can be dragged; the contour drawn over a photo comes from the same grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, iou


@dataclass(frozen=True, slots=True)
class BoxRule:
    """Which components of a thresholded map become boxes.

    pick: "pixels" ranks 8-connected components by their number of cells; "polygon" by the area of their outer
        contour, holes counted in, as TS-CAM's public code does.
    max_boxes: the most boxes answered.
    min_area: least area of a box as a share of the photo; smaller ones are not proposed.
    min_share: least size of a component as a share of the largest one's, both as `pick` measures them.
    nms_iou: a box that overlaps a larger component's box by more than this IoU is left out.
    """

    pick: Literal["pixels", "polygon"] = "pixels"
    max_boxes: int = 1
    min_area: float = 0.01
    min_share: float = 0.05
    nms_iou: float = 0.7


@dataclass(frozen=True, slots=True)
class ProposedBox:
    """A box read off a map: in photo pixels, with its score in [0, 1] and its share of the photo's area."""

    box: Box
    score: float
    area_fraction: float


def mask_at(values: NDArray[np.float32], threshold: float) -> NDArray[np.bool_]:
    """Cells strictly above the threshold: (h, w) bool. `values` has maximum 1, so threshold 1 leaves none."""
    return values > threshold


def component_boxes(
    values: NDArray[np.float32],
    threshold: float,
    rule: BoxRule,
    *,
    photo_width: int,
    photo_height: int,
    class_score: float = 1.0,
) -> tuple[ProposedBox, ...]:
    """Boxes of the components above a threshold, the largest component first.

    Args:
        values: (h, w) float32 map in [0, 1] that covers the whole photo.
        threshold: cut, relative to the map's maximum.
        rule: which components count.
        photo_width: width of the upright photo in pixels.
        photo_height: height of the upright photo in pixels.
        class_score: probability of the class; the strongest component gets it, weaker ones in proportion.
    """
    map_height, map_width = values.shape
    mask = mask_at(values, threshold).astype(np.uint8)
    found = _by_pixels(mask) if rule.pick == "pixels" else _by_polygon(mask)
    chosen: list[tuple[Box, float, float]] = []
    largest = None
    for x, y, width, height, size, inside in found:
        largest = size if largest is None else largest
        share = width * height / (map_width * map_height)
        if size < rule.min_share * largest:
            break
        if share < rule.min_area:
            continue
        box = Box(x, y, x + width, y + height).scaled(photo_width / map_width, photo_height / map_height)
        if any(iou(box, larger) > rule.nms_iou for larger, _, _ in chosen):
            continue
        window = (slice(y, y + height), slice(x, x + width))
        strength = float(values[window][inside(window)].mean())
        chosen.append((box, strength, share))
        if len(chosen) == rule.max_boxes:
            break
    if not chosen:
        return ()
    strongest = max(strength for _, strength, _ in chosen)
    return tuple(ProposedBox(box, class_score * strength / strongest, share) for box, strength, share in chosen)


def largest_box_area(values: NDArray[np.float32], threshold: float) -> float:
    """Area of the largest component's box as a share of the map, 0 where nothing is above the threshold."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask_at(values, threshold).astype(np.uint8), connectivity=8)
    if count < 2:
        return 0.0
    best = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))]
    return float(best[cv2.CC_STAT_WIDTH] * best[cv2.CC_STAT_HEIGHT]) / values.size


def _by_pixels(mask: NDArray[np.uint8]):
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    order = 1 + np.argsort(-stats[1:count, cv2.CC_STAT_AREA], kind="stable")
    for label in order:
        x, y, width, height, size = (int(value) for value in stats[label])
        yield x, y, width, height, size, lambda window, label=label: labels[window] == label


def _by_polygon(mask: NDArray[np.uint8]):
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True):
        x, y, width, height = cv2.boundingRect(contour)
        yield x, y, width, height, cv2.contourArea(contour), lambda window: mask[window].astype(bool)
