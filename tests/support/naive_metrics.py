"""The public definitions of localization measures, written out literally: slow loops, nothing shared with the product.

Contours are found by flooding instead of OpenCV: a box is that of an 8-connected component, or of the rim of a hole.
"""

from __future__ import annotations

import math

import numpy as np

SIDE = 224


def inclusive_iou(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """IoU of two whole-number boxes, both ends counted."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    shared = max(width, 0) * max(height, 0)
    union = (a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - shared
    return shared / union


def truncated(box, width: int, height: int, *, clip: bool) -> tuple[int, ...]:
    """A true box on the 224 grid."""
    ends = [
        int(box.x0 * SIDE / width),
        int(box.y0 * SIDE / height),
        int(box.x1 * SIDE / width),
        int(box.y1 * SIDE / height),
    ]
    if clip:
        ends = [max(ends[0], 0), max(ends[1], 0), min(ends[2], SIDE - 1), min(ends[3], SIDE - 1)]
    return tuple(ends)


def flood(mask: np.ndarray, *, eight: bool) -> list[list[tuple[int, int]]]:
    """Connected sets of True cells."""
    seen = np.zeros_like(mask)
    found = []
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        waiting, cells = [start], []
        seen[start] = True
        while waiting:
            y, x = waiting.pop()
            cells.append((int(y), int(x)))
            for dy in (-1, 0, 1):
                for dx in (-1, 0, 1):
                    if (dy or dx) and (eight or not (dy and dx)):
                        near = (y + dy, x + dx)
                        inside = 0 <= near[0] < mask.shape[0] and 0 <= near[1] < mask.shape[1]
                        if inside and mask[near] and not seen[near]:
                            seen[near] = True
                            waiting.append(near)
        found.append(cells)
    return found


def frame(cells: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    """x, y, width, height of a set of cells."""
    rows, columns = [y for y, _ in cells], [x for _, x in cells]
    return min(columns), min(rows), max(columns) - min(columns) + 1, max(rows) - min(rows) + 1


def outlines(mask: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Frames of all contours: of each component, and of each hole, whose contour runs on the cells round it."""
    found = [frame(cells) for cells in flood(mask, eight=True)]
    padded = np.pad(~mask, 1, constant_values=True)
    for cells in flood(padded, eight=False):
        if (0, 0) in cells:
            continue
        x, y, width, height = frame(cells)
        found.append((x - 2, y - 2, width + 2, height + 2))
    return found


def grey_of(score_map: np.ndarray) -> np.ndarray:
    return np.array([[math.floor(value * 255) for value in row] for row in score_map])


def maxboxacc_every(score_map: np.ndarray, truth, width: int, height: int, threshold: float) -> float:
    """Best IoU of any contour's box with any true box at one threshold."""
    grey = grey_of(score_map)
    mask = grey > int(threshold * grey.max())
    boxes = [(x, y, min(x + w, SIDE - 1), min(y + h, SIDE - 1)) for x, y, w, h in outlines(mask)] or [(0, 0, 0, 0)]
    true_boxes = [truncated(box, width, height, clip=False) for box in truth]
    return max(inclusive_iou(box, other) for box in boxes for other in true_boxes)


def pixel_average_precision(scored: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Average precision over the pixels of (map, mask) pairs, scores read to a thousandth, ties taken together."""
    scores = np.concatenate([np.floor(values * 1000 + 1e-9).ravel() for values, _ in scored])
    inside = np.concatenate([mask.ravel() for _, mask in scored])
    total, recall_before, area = inside.sum(), 0.0, 0.0
    for cut in sorted(set(scores), reverse=True):
        chosen = scores >= cut
        recall = inside[chosen].sum() / total
        area += inside[chosen].sum() / chosen.sum() * (recall - recall_before)
        recall_before = recall
    return area
