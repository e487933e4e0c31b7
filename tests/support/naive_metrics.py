"""The public definitions of localization measures, written out literally: slow loops, nothing shared with the product.

Two ways to contours: OpenCV's, asked once a threshold as the public codes do, which alone settles ties; and `outlines`,
which floods, so that the meaning of "contour" and "polygon area" does not rest on OpenCV.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from engine.geometry import Box

SIDE = 224
Corners = tuple[int, int, int, int]


def inclusive_iou(a: Corners, b: Corners) -> float:
    """IoU of two whole-number boxes, both ends counted."""
    width = min(a[2], b[2]) - max(a[0], b[0]) + 1
    height = min(a[3], b[3]) - max(a[1], b[1]) + 1
    shared = max(width, 0) * max(height, 0)
    union = (a[2] - a[0] + 1) * (a[3] - a[1] + 1) + (b[2] - b[0] + 1) * (b[3] - b[1] + 1) - shared
    return shared / union


def wsol_grid(box: Box, width: int, height: int) -> Corners:
    """A true box on the 224 grid of wsolevaluation: times 224, divided by the size, truncated, never clipped."""
    return (
        int(box.x0 * 224.0 / width),
        int(box.y0 * 224.0 / height),
        int(box.x1 * 224.0 / width),
        int(box.y1 * 224.0 / height),
    )


def tscam_grid(box: Box, width: int, height: int) -> Corners:
    """A true box on the 224 grid of TS-CAM: divided by the size, times 224, clipped to [0, 223], truncated."""
    return (
        int(max(box.x0 / width * 224, 0)),
        int(max(box.y0 / height * 224, 0)),
        int(min(box.x1 / width * 224, 223)),
        int(min(box.y1 / height * 224, 223)),
    )


def grey_of(score_map: np.ndarray) -> np.ndarray:
    """Each score times 255, cut to a whole number, in the score's own precision."""
    return np.array([[int(value * 255) for value in row] for row in score_map], np.uint8)


def wsol_iou(
    grey: np.ndarray, truth: Sequence[Box], width: int, height: int, threshold: float, *, every: bool
) -> float:
    """IoU of one photo at one threshold: of the largest contour's box, or the best over all contours' boxes.

    `grey` is `grey_of` the score map.
    """
    mask = (grey > int(threshold * int(grey.max()))).astype(np.uint8) * 255
    contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    boxes = []
    for contour in contours if every else sorted(contours, key=cv2.contourArea, reverse=True)[:1]:
        x, y, w, h = cv2.boundingRect(contour)
        boxes.append((x, y, min(x + w, SIDE - 1), min(y + h, SIDE - 1)))
    best = 0.0
    for box in boxes or [(0, 0, 0, 0)]:
        for true_box in truth:
            best = max(best, inclusive_iou(box, wsol_grid(true_box, width, height)))
    return best


def tscam_box(values: np.ndarray, tau: float) -> Corners:
    """The box that TS-CAM's evaluation reads off a map of any size."""
    grid = cv2.resize(values, (SIDE, SIDE))
    low, high = grid.min(), grid.max()
    if low == high:
        return 0, 0, 1, 1
    grey = grey_of((grid - low) / (high - low))
    kept = np.where(grey > int(tau * int(grey.max())), grey, 0).astype(np.uint8)
    contours, _ = cv2.findContours(kept, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    largest, largest_area = None, -1.0
    for contour in contours:
        if cv2.contourArea(contour) > largest_area:
            largest, largest_area = contour, cv2.contourArea(contour)
    if largest is None:
        return 0, 0, 1, 1
    x, y, w, h = cv2.boundingRect(largest)
    return x, y, x + w, y + h


def tscam_iou(values: np.ndarray, tau: float, truth: Sequence[Box], width: int, height: int) -> float:
    box = tscam_box(values, tau)
    return max(inclusive_iou(box, tscam_grid(true_box, width, height)) for true_box in truth)


def flood(mask: np.ndarray, *, eight: bool) -> list[np.ndarray]:
    """Connected sets of True cells, each as a mask."""
    seen = np.zeros_like(mask)
    found = []
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        waiting, cells = [start], np.zeros_like(mask)
        seen[start] = True
        while waiting:
            y, x = waiting.pop()
            cells[y, x] = True
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


def outlines(mask: np.ndarray) -> list[tuple[Corners, float]]:
    """Half-open box and polygon area of every contour: one round each 8-connected component, one in each of its holes.

    A contour is the polygon through the centres of the cells that it runs on. Each square between four cell centres is
    inside it, outside it, or cut in half by it, so its area is counted square by square.
    """
    found = []
    for component in flood(np.pad(mask, 2), eight=True):
        for outside in flood(~component, eight=False):
            whole = outside[0, 0]
            near = ~outside if whole else outside | _beside(outside)
            rows, columns = np.nonzero(near)
            box = (int(columns.min()) - 2, int(rows.min()) - 2, int(columns.max()) - 1, int(rows.max()) - 1)
            inner = ~outside if whole else outside
            corners = np.add.reduce([inner[:-1, :-1], inner[:-1, 1:], inner[1:, :-1], inner[1:, 1:]], dtype=int)
            full, half = (corners == 4, corners == 3) if whole else (corners >= 2, corners == 1)
            found.append((box, float(full.sum() + half.sum() / 2)))
    return found


def _beside(cells: np.ndarray) -> np.ndarray:
    """Cells that share a side with one of these."""
    near = np.zeros_like(cells)
    near[1:] |= cells[:-1]
    near[:-1] |= cells[1:]
    near[:, 1:] |= cells[:, :-1]
    near[:, :-1] |= cells[:, 1:]
    return near


def pixel_average_precision(scores: np.ndarray, inside: np.ndarray) -> float:
    """Average precision of (n,) pixels, from the highest score down; pixels of one score are taken together."""
    order = np.argsort(-scores, kind="stable")
    total, area, found, before = int(inside.sum()), 0.0, 0, 0
    for place, pixel in enumerate(order):
        found += int(inside[pixel])
        last = place + 1 == len(order) or scores[order[place + 1]] != scores[pixel]
        if last:
            area += found / (place + 1) * (found - before) / total
            before = found
    return area


def fault(proposal: Box, truth: Sequence[Box]) -> str:
    """Why a box of IoU below 0.5 with every true box is wrong, in the order of TS-CAM's code."""
    shares = []
    for box in truth:
        across = min(proposal.x1, box.x1) - max(proposal.x0, box.x0)
        down = min(proposal.y1, box.y1) - max(proposal.y0, box.y0)
        shared = across * down if across > 0 and down > 0 else 0.0
        union = proposal.width * proposal.height + box.width * box.height - shared
        shares.append((shared / union, shared / (box.width * box.height), shared / (proposal.width * proposal.height)))
    if len(truth) > 1 and len([1 for _, of_truth, _ in shares if of_truth > 0.3]) > 1:
        return "several"
    nearest = next(each for each in shares if each[0] == max(overlap for overlap, _, _ in shares))
    if nearest[2] > 0.5:
        return "part"
    return "more" if nearest[1] >= 0.7 else "elsewhere"
