"""From a map to boxes: cut at a threshold, pick components, answer in photo coordinates.

Works at the map's own grid, so a threshold can be dragged; the contour drawn over a photo comes from the same grid.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

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


class _Component(NamedTuple):
    """A component's window in map cells, its size as its rule measures it, and which cells of a window are its own."""

    x: int
    y: int
    width: int
    height: int
    size: float
    inside: Callable[[tuple[slice, slice]], NDArray[np.bool_]]


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
    found = _components(mask_at(values, threshold), rule.pick)
    return _chosen(found, values, rule, photo_width, photo_height, class_score)


def boxes_and_area(
    values: NDArray[np.float32],
    threshold: float,
    rule: BoxRule,
    *,
    photo_width: int,
    photo_height: int,
    class_score: float = 1.0,
) -> tuple[tuple[ProposedBox, ...], float]:
    """`component_boxes` and `largest_box_area` at one cut, for little more than one of them."""
    if rule.pick != "pixels":
        size = {"photo_width": photo_width, "photo_height": photo_height}
        boxes = component_boxes(values, threshold, rule, **size, class_score=class_score)
        return boxes, largest_box_area(values, threshold)
    found = _by_pixels(mask_at(values, threshold))
    largest = next(found, None)
    if largest is None:
        return (), 0.0
    boxes = _chosen(itertools.chain([largest], found), values, rule, photo_width, photo_height, class_score)
    return boxes, largest.width * largest.height / values.size


def largest_box_area(values: NDArray[np.float32], threshold: float) -> float:
    """Area of the largest component's box as a share of the map, 0 where nothing is above the threshold."""
    largest = next(_by_pixels(mask_at(values, threshold)), None)
    return 0.0 if largest is None else largest.width * largest.height / values.size


def _chosen(
    found: Iterable[_Component],
    values: NDArray[np.float32],
    rule: BoxRule,
    photo_width: int,
    photo_height: int,
    class_score: float,
) -> tuple[ProposedBox, ...]:
    """The boxes of the components that the rule lets through; `found` comes largest first."""
    map_height, map_width = values.shape
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


def _components(mask: NDArray[np.bool_], pick: Literal["pixels", "polygon"]) -> Iterator[_Component]:
    return _by_pixels(mask) if pick == "pixels" else _by_polygon(mask)


def _by_pixels(mask: NDArray[np.bool_]) -> Iterator[_Component]:
    cells = mask.view(np.uint8)
    left, top, width, height = cv2.boundingRect(cells)
    if not width:
        return
    # Only the part that holds anything is labelled. It starts at an even row and column: OpenCV numbers components by
    # blocks of 2 x 2 cells, and equal sizes are ranked by number.
    left, top, right, bottom = left & ~1, top & ~1, left + width, top + height
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cells[top:bottom, left:right], connectivity=8)
    for label in 1 + np.argsort(-stats[1:count, cv2.CC_STAT_AREA], kind="stable"):
        x, y, width, height, size = stats[label].tolist()

        def inside(window: tuple[slice, slice], label: int = label) -> NDArray[np.bool_]:
            rows, columns = window
            part = labels[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
            return part == label

        yield _Component(x + left, y + top, width, height, size, inside)


def _by_polygon(mask: NDArray[np.bool_]) -> Iterator[_Component]:
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    for contour in sorted(contours, key=cv2.contourArea, reverse=True):
        x, y, width, height = cv2.boundingRect(contour)
        yield _Component(x, y, width, height, cv2.contourArea(contour), lambda window: mask[window])
