"""The heat map of one class on one photo: per-scale CAMs, fused and refined map, and boxes at any threshold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, iou
from engine.localization.boxes import BoxRule, ProposedBox, component_boxes
from engine.localization.threshold_curve import ThresholdCurve
from engine.localization.threshold_table import ThresholdTable

WORKING_SIDE = 128


def working_shape(photo_width: int, photo_height: int) -> tuple[int, int]:
    """Grid (rows, columns) on which maps are cut: about 128 x 128 cells, square on the photo."""
    aspect = min(max(photo_width / photo_height, 1 / 16), 16.0)
    columns = max(8, round(WORKING_SIDE * math.sqrt(aspect)))
    return max(8, round(WORKING_SIDE / math.sqrt(aspect))), columns


@dataclass(frozen=True, slots=True, eq=False)
class ScaleMap:
    """One scale's map: its name, its weight in the fusion, `values` (h, w) float32 in [0, 1]."""

    name: str
    weight: float
    values: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class HeatMap:
    """Maps of one class, all (h, w) float32 in [0, 1] on the same grid, which covers the whole upright photo.

    scales: the class activation map of each scale, min-maxed.
    fused: their weighted sum, min-maxed.
    refined: the fused map after refinement by pixel clusters; the same as `fused` where a model has none.
    clusters: (h, w) int32 cluster of each cell, None where the model has no clustering network.
    class_score: probability of the class over the whole photo.
    """

    scales: tuple[ScaleMap, ...]
    fused: NDArray[np.float32]
    refined: NDArray[np.float32]
    clusters: NDArray[np.int32] | None
    photo_width: int
    photo_height: int
    class_score: float
    rule: BoxRule

    @property
    def view_names(self) -> tuple[str, ...]:
        """Names that `view` knows, in the order in which a person walks through them."""
        names = [scale.name for scale in self.scales] if len(self.scales) > 1 else []
        return (*names, "fused", "refined") if self.clusters is not None else (*names, "fused")

    def view(self, name: str) -> NDArray[np.float32]:
        """The map of that name: "fused", "refined" or a scale's name.

        Raises:
            KeyError: no such map.
        """
        if name in ("fused", "refined"):
            return self.fused if name == "fused" else self.refined
        return {scale.name: scale.values for scale in self.scales}[name]

    def boxes(self, threshold: float, rule: BoxRule | None = None) -> tuple[ProposedBox, ...]:
        """Boxes of the refined map at a threshold in [0, 1], in photo pixels, largest component first."""
        return self._boxes_of(self.refined, threshold, rule or self.rule)

    def agreement(self, threshold: float) -> float:
        """How far the scales tell the same: mean IoU of their boxes, pair by pair; 1 with a single scale."""
        found = [self._boxes_of(scale.values, threshold, BoxRule(min_area=0.0)) for scale in self.scales]
        boxes: list[Box | None] = [each[0].box if each else None for each in found]
        pairs = [(a, b) for index, a in enumerate(boxes) for b in boxes[index + 1 :]]
        if not pairs:
            return 1.0
        return sum(iou(a, b) if a is not None and b is not None else 0.0 for a, b in pairs) / len(pairs)

    def threshold_curve(self) -> ThresholdCurve:
        """Box area against the threshold, measured once."""
        return self._curve

    @cached_property
    def _curve(self) -> ThresholdCurve:
        return self._table.curve

    def threshold_table(self) -> ThresholdTable:
        """Boxes, box area and agreement of the scales at every threshold, measured once."""
        return self._table

    @cached_property
    def _table(self) -> ThresholdTable:
        return ThresholdTable.of(
            self.refined,
            [scale.values for scale in self.scales],
            self.rule,
            photo_width=self.photo_width,
            photo_height=self.photo_height,
            class_score=self.class_score,
        )

    def _boxes_of(self, values: NDArray[np.float32], threshold: float, rule: BoxRule) -> tuple[ProposedBox, ...]:
        return component_boxes(
            values,
            threshold,
            rule,
            photo_width=self.photo_width,
            photo_height=self.photo_height,
            class_score=self.class_score,
        )
