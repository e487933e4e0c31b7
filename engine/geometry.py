"""The one box convention, and the few operations every layer shares.

A box is `(x0, y0, x1, y1)`, float64, half-open, in the upright (EXIF-applied) photo's pixel-edge coordinates::

      0    1    2    3    4          x ->
    0 +----+----+----+----+
      |    |    |    |    |          The box that covers pixel columns 1..2 and pixel row 1 is
    1 +----#====#====#----+          Box(1.0, 1.0, 3.0, 2.0): width 2, height 1, area 2.
      |    #  covered #   |          A whole photo of W x H pixels is Box(0, 0, W, H).
    2 +----#====#====#----+          Cell (row i, column j) of an h x w map covers
      |    |    |    |    |          x in [j W/w, (j+1) W/w), y in [i H/h, (i+1) H/h).
    3 +----+----+----+----+
    y

File formats convert at their own border (`engine.dataset`); nothing else ever adds or subtracts one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Box:
    """A half-open box in photo pixels, `x0 < x1` and `y0 < y1`.

    Raises:
        ValueError: a coordinate is not finite, or the box has no area.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        # Boxes are made by the hundred thousand: one test that also NaN and infinity fail.
        if -math.inf < self.x0 < self.x1 < math.inf and -math.inf < self.y0 < self.y1 < math.inf:
            return
        if not all(math.isfinite(value) for value in self.as_tuple()):
            raise ValueError(f"a box needs finite coordinates, got {self.as_tuple()}")
        raise ValueError(f"a box needs x0 < x1 and y0 < y1, got {self.as_tuple()}")

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return self.width * self.height

    def as_tuple(self) -> tuple[float, float, float, float]:
        return (self.x0, self.y0, self.x1, self.y1)

    def scaled(self, factor_x: float, factor_y: float) -> Box:
        """The box in a frame whose axes are stretched by the two (positive) factors."""
        return Box(self.x0 * factor_x, self.y0 * factor_y, self.x1 * factor_x, self.y1 * factor_y)

    def moved(self, dx: float, dy: float) -> Box:
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)

    def clipped(self, width: float, height: float) -> Box | None:
        """The part inside a photo of `width` x `height` pixels, or None where nothing is left."""
        x0, x1 = max(self.x0, 0.0), min(self.x1, float(width))
        y0, y1 = max(self.y0, 0.0), min(self.y1, float(height))
        return Box(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None


def iou(a: Box, b: Box) -> float:
    """Geometric intersection over union of two half-open boxes, in [0, 1]."""
    overlap_x = min(a.x1, b.x1) - max(a.x0, b.x0)
    overlap_y = min(a.y1, b.y1) - max(a.y0, b.y0)
    if overlap_x <= 0 or overlap_y <= 0:
        return 0.0
    shared = overlap_x * overlap_y
    return shared / (a.area + b.area - shared)


def as_array(boxes: list[Box] | tuple[Box, ...]) -> NDArray[np.float64]:
    """Boxes as an (N, 4) float64 array of `x0, y0, x1, y1`."""
    return np.array([box.as_tuple() for box in boxes], dtype=np.float64).reshape(-1, 4)


def pairwise_iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of every box of `a` (N, 4) with every box of `b` (M, 4), as (N, M) float64 in [0, 1]."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])  # (N, M, 2)
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])  # (N, M, 2)
    shared = np.prod(np.clip(high - low, 0, None), axis=2)  # (N, M)
    area_a = np.prod(a[:, 2:] - a[:, :2], axis=1)  # (N,)
    area_b = np.prod(b[:, 2:] - b[:, :2], axis=1)  # (M,)
    union = area_a[:, None] + area_b[None, :] - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
