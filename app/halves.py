"""Halving a photo, so that a small picture of it needs few pixels to be read."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_SIDE = 64


def half(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 at half the size, rounded up, each pixel the mean of those it covers."""
    size = ((pixels.shape[1] + 1) // 2, (pixels.shape[0] + 1) // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhoto:
    """A photo's pixels, (H, W, 3) uint8 RGB, upright; and as `smaller` the same halved again and again."""

    pixels: NDArray[np.uint8]
    smaller: tuple[NDArray[np.uint8], ...]

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> DecodedPhoto:
        smaller: list[NDArray[np.uint8]] = []
        last = pixels
        while min(last.shape[:2]) >= 2 * SMALLEST_SIDE:
            last = half(last)
            smaller.append(last)
        return cls(pixels, tuple(smaller))

    @property
    def nbytes(self) -> int:
        return self.pixels.nbytes + sum(each.nbytes for each in self.smaller)

    def at_least(self, side: int) -> NDArray[np.uint8]:
        """The smallest of the pictures whose longer side has `side` pixels or more; the photo itself where none has."""
        fitting = [each for each in self.smaller if max(each.shape[:2]) >= side]
        return fitting[-1] if fitting else self.pixels
