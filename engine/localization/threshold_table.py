"""What a threshold decides about one class on one photo, at every cut: a kilobyte that stands for the maps.

With it a folder of 100,000 photos is boxed again at another threshold without a map in memory.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.errors import MoltboxError
from engine.geometry import Box
from engine.localization.boxes import BoxRule, ProposedBox, boxes_and_area, component_boxes
from engine.localization.threshold_curve import STEPS, ThresholdCurve, grid_step, grid_thresholds

AGREEMENT_EVERY = 4
"""The scales' agreement is measured at every fourth threshold: it costs a look at every scale's map."""

_VERSION = 1
_HEAD = struct.Struct("<BBHHIId")
_ANY_SIZE = BoxRule(min_area=0.0)


class TableUnreadableError(MoltboxError):
    """A stored table is damaged or from another version; it has to be measured anew."""


@dataclass(frozen=True, slots=True, eq=False)
class ThresholdTable:
    """Boxes of one class on one photo at the thresholds 0.00, 0.01, ... 1.00.

    cells: (101, m, 4) uint16 x0, y0, x1, y1 in cells of the map, half-open, the largest component first; zeros where
        there is no box. m is the most boxes there are at any threshold, at least 1.
    scores: (101, m) float64 in [0, 1].
    areas: (101,) float32 share of the photo that the largest component's box covers, whatever the rule.
    agreement: (26,) float32 mean IoU of the scales' boxes at every fourth threshold; 1 with a single scale.
    map_width, map_height: of the map, in cells; photo_width, photo_height: of the upright photo, in pixels.
    class_score: probability of the class over the whole photo.
    """

    cells: NDArray[np.uint16]
    scores: NDArray[np.float64]
    areas: NDArray[np.float32]
    agreement: NDArray[np.float32]
    map_width: int
    map_height: int
    photo_width: int
    photo_height: int
    class_score: float

    @classmethod
    def of(
        cls,
        values: NDArray[np.float32],
        scales: Sequence[NDArray[np.float32]],
        rule: BoxRule,
        *,
        photo_width: int,
        photo_height: int,
        class_score: float,
    ) -> ThresholdTable:
        """Measures a map.

        Args:
            values: (h, w) map in [0, 1] that boxes are cut from.
            scales: the single scales' maps on the same grid.
            rule: which components become boxes.
            photo_width, photo_height: upright, in pixels.
            class_score: probability of the class.
        """
        size = {"photo_width": photo_width, "photo_height": photo_height}
        thresholds = grid_thresholds()
        cuts = [boxes_and_area(values, cut, rule, **size, class_score=class_score) for cut in thresholds.tolist()]
        most = max(1, *(len(boxes) for boxes, _ in cuts))
        map_height, map_width = values.shape
        to_cells = np.array([map_width / photo_width, map_height / photo_height] * 2)
        cells = np.zeros((len(cuts), most, 4), np.uint16)
        scores = np.zeros((len(cuts), most))
        for step, (boxes, _) in enumerate(cuts):
            for place, each in enumerate(boxes):
                cells[step, place] = np.rint(np.array(each.box.as_tuple()) * to_cells)
                scores[step, place] = each.score
        return cls(
            cells,
            scores,
            np.array([area for _, area in cuts], np.float32),
            _agreement(scales, thresholds[::AGREEMENT_EVERY]),
            map_width,
            map_height,
            photo_width,
            photo_height,
            class_score,
        )

    @property
    def curve(self) -> ThresholdCurve:
        """Box area against the threshold."""
        return ThresholdCurve(grid_thresholds(), self.areas.astype(np.float64))

    @property
    def agreement_thresholds(self) -> NDArray[np.float64]:
        """Where `agreement` was measured, (26,) in [0, 1]."""
        return grid_thresholds()[::AGREEMENT_EVERY]

    def agreement_at(self, threshold: float) -> float:
        """How far the scales tell the same at a threshold, between the measured ones in a straight line."""
        return float(np.interp(threshold, self.agreement_thresholds, self.agreement))

    def boxes(self, threshold: float) -> tuple[ProposedBox, ...]:
        """The boxes at the nearest measured threshold, as `HeatMap.boxes` answers them there."""
        step = grid_step(threshold)
        along_x, along_y = self.photo_width / self.map_width, self.photo_height / self.map_height
        found = []
        for (x0, y0, x1, y1), score in zip(self.cells[step].tolist(), self.scores[step].tolist(), strict=True):
            if x1 > x0:
                share = (x1 - x0) * (y1 - y0) / (self.map_width * self.map_height)
                found.append(ProposedBox(Box(x0, y0, x1, y1).scaled(along_x, along_y), score, share))
        return tuple(found)

    def to_bytes(self) -> bytes:
        """Stores the table; see `from_bytes`."""
        facts = (
            _VERSION,
            self.cells.shape[1],
            self.map_width,
            self.map_height,
            self.photo_width,
            self.photo_height,
            self.class_score,
        )
        # Neighbouring thresholds have nearly the same box: differences are mostly zeros.
        changes = np.diff(self.cells, axis=0, prepend=np.zeros_like(self.cells[:1]))
        parts = (changes, self.scores, self.areas, self.agreement)
        return zlib.compress(_HEAD.pack(*facts) + b"".join(part.tobytes() for part in parts), level=1)

    @classmethod
    def from_bytes(cls, data: bytes) -> ThresholdTable:
        """Reads a stored table back, exactly as it was.

        Raises:
            TableUnreadableError: the bytes are damaged or from another version.
        """
        try:
            raw = zlib.decompress(data)
            version, most, map_width, map_height, photo_width, photo_height, class_score = _HEAD.unpack_from(raw)
            parts, end = _layout(most)
            if version != _VERSION or len(raw) != end or not map_width * map_height:
                raise ValueError("another version, or cut off")
        except (zlib.error, struct.error, ValueError) as error:
            raise TableUnreadableError("What was stored of this photo's thresholds is damaged.") from error
        changes, scores, areas, agreement = (
            np.frombuffer(raw, kind, count, start).reshape(shape) for shape, kind, count, start in parts
        )
        cells = np.cumsum(changes, axis=0, dtype=np.uint16)
        return cls(cells, scores, areas, agreement, map_width, map_height, photo_width, photo_height, class_score)


@cache
def _layout(most: int) -> tuple[tuple[tuple[tuple[int, ...], type, int, int], ...], int]:
    """Where the arrays of a stored table lie: (shape, type, numbers, first byte) of each; and its length in bytes."""
    steps = STEPS + 1
    shapes = ((steps, most, 4), (steps, most), (steps,), (-(-steps // AGREEMENT_EVERY),))
    types = (np.uint16, np.float64, np.float32, np.float32)
    parts = []
    start = _HEAD.size
    for shape, kind in zip(shapes, types, strict=True):
        parts.append((shape, kind, math.prod(shape), start))
        start += math.prod(shape) * np.dtype(kind).itemsize
    return tuple(parts), start


def _agreement(scales: Sequence[NDArray[np.float32]], thresholds: NDArray[np.float64]) -> NDArray[np.float32]:
    """Mean IoU of the scales' boxes, pair by pair, at each threshold: (n,) float32; 1 where there is no pair."""
    boxes = np.zeros((len(scales), len(thresholds), 4))
    for place, values in enumerate(scales):
        height, width = values.shape
        for step, cut in enumerate(thresholds.tolist()):
            found = component_boxes(values, cut, _ANY_SIZE, photo_width=width, photo_height=height)
            if found:
                boxes[place, step] = found[0].box.as_tuple()
    pairs = [(a, b) for a in range(len(scales)) for b in range(a + 1, len(scales))]
    if not pairs:
        return np.ones(len(thresholds), np.float32)
    first, second = boxes[[a for a, _ in pairs]], boxes[[b for _, b in pairs]]  # (pairs, n, 4)
    return paired_iou(first, second).mean(axis=0).astype(np.float32)


def paired_iou(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of boxes (..., 4) with those in the same place; a box without area overlaps nothing."""
    across = np.minimum(first[..., 2], second[..., 2]) - np.maximum(first[..., 0], second[..., 0])
    down = np.minimum(first[..., 3], second[..., 3]) - np.maximum(first[..., 1], second[..., 1])
    shared = np.clip(across, 0.0, None) * np.clip(down, 0.0, None)
    union = box_areas(first) + box_areas(second) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def box_areas(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Areas of boxes (..., 4) as (...)."""
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
