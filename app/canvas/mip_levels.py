"""A photo kept at halving sizes, so that any zoom is drawn smooth from about as many pixels as the screen shows."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

# Above this zoom a person wants to see the photo's own pixels, not a blur between them.
PIXEL_ZOOM = 4.0
_SMALLEST_SIDE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A drawn part of a photo: `pixels` (h, w, 3) uint8 RGB, whose corner lies at device pixel (left, top)."""

    left: int
    top: int
    pixels: NDArray[np.uint8]


class MipLevels:
    """Copies of one photo, each half the one before; level 0 is the given array itself, not a copy.

    Args:
        pixels: (H, W, 3) uint8 RGB, upright.
    """

    def __init__(self, pixels: NDArray[np.uint8]) -> None:
        self.height, self.width = pixels.shape[:2]
        self._levels = [pixels]

    def level_for(self, zoom: float) -> int:
        """The level drawn at `zoom` device pixels per photo pixel: at least as fine as the screen, at most twice."""
        level = 0
        while zoom * 2 ** (level + 1) <= 1.0 and min(self.height, self.width) >> (level + 1) >= _SMALLEST_SIDE:
            level += 1
        return level

    def level(self, index: int) -> NDArray[np.uint8]:
        """Level `index`, made now if it was not needed before: (h, w, 3) uint8."""
        while len(self._levels) <= index:
            last = self._levels[-1]
            size = ((last.shape[1] + 1) // 2, (last.shape[0] + 1) // 2)
            self._levels.append(np.asarray(cv2.resize(last, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
        return self._levels[index]

    def render(self, zoom: float, dx: float, dy: float, width: int, height: int) -> Rendering | None:
        """Draws the part of the photo that falls on a screen of `width` x `height` device pixels.

        Photo point (x, y) lies at device point (zoom * x + dx, zoom * y + dy). None where nothing is in sight.
        """
        left, right = max(0, round(dx)), min(width, round(dx + zoom * self.width))
        top, bottom = max(0, round(dy)), min(height, round(dy + zoom * self.height))
        if left >= right or top >= bottom:
            return None
        source = self.level(self.level_for(zoom))
        x_start, x_stop, x_step, x_shift = _span(left, right, dx, zoom, self.width, source.shape[1])
        y_start, y_stop, y_step, y_shift = _span(top, bottom, dy, zoom, self.height, source.shape[0])
        matrix = np.array([[x_step, 0.0, x_shift], [0.0, y_step, y_shift]])
        how = cv2.INTER_NEAREST if zoom >= PIXEL_ZOOM else cv2.INTER_LINEAR
        pixels = cv2.warpAffine(
            source[y_start:y_stop, x_start:x_stop],
            matrix,
            (right - left, bottom - top),
            flags=how | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return Rendering(left, top, np.asarray(pixels, dtype=np.uint8))


def _span(first: int, last: int, shift: float, zoom: float, extent: int, count: int) -> tuple[int, int, float, float]:
    """Along one axis: which of `count` source pixels are needed, and how device pixels map onto them.

    Returns (start, stop, step, offset): device pixel `first + i` samples source pixel `start + step * i + offset`.
    """
    step = count / extent / zoom
    at_first = (first + 0.5 - shift) * step - 0.5
    at_last = at_first + (last - 1 - first) * step
    start = min(max(0, int(np.floor(at_first)) - 1), count - 1)
    stop = max(start + 1, min(count, int(np.ceil(at_last)) + 2))
    return start, stop, step, at_first - start
