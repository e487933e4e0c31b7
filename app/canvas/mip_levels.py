"""A photo kept at halving sizes, so that any zoom is drawn smooth from about as many pixels as the screen shows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.canvas.sampling import Rendering, ScreenView, sample
from app.halves import SMALLEST_SIDE, half

# Above this zoom a person wants to see the photo's own pixels, not a blur between them.
PIXEL_ZOOM = 6.0


class MipLevels:
    """Copies of one photo, each half the one before; level 0 is the given array itself, not a copy.

    Args:
        pixels: (H, W, 3) uint8 RGB, upright.
        width: of the photo; more than W where only a reduced picture of it was read.
        height: likewise.
        smaller: the levels that are made already, from level 1.
    """

    def __init__(
        self, pixels: NDArray[np.uint8], width: int = 0, height: int = 0, smaller: Sequence[NDArray[np.uint8]] = ()
    ) -> None:
        self.height, self.width = height or pixels.shape[0], width or pixels.shape[1]
        self._levels = [pixels, *smaller]

    def level_for(self, zoom: float) -> int:
        """The level drawn at `zoom` device pixels per photo pixel: at least as fine as the screen, at most twice."""
        rows, columns = self._levels[0].shape[:2]
        zoom *= self.width / columns
        level = 0
        while zoom * 2 ** (level + 1) <= 1.0 and min(rows, columns) >> (level + 1) >= SMALLEST_SIDE:
            level += 1
        return level

    def level(self, index: int) -> NDArray[np.uint8]:
        """Level `index`, made now if it was not needed before: (h, w, 3) uint8."""
        while len(self._levels) <= index:
            self._levels.append(half(self._levels[-1]))
        return self._levels[index]

    def render(self, view: ScreenView) -> Rendering | None:
        """The part of the photo that is in sight: (h, w, 3) uint8 RGB, None where nothing is."""
        level = self.level(self.level_for(view.zoom))
        return sample(level, self.width, self.height, view, smooth=view.zoom < PIXEL_ZOOM)
