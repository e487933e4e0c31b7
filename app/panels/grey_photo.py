"""The photo in grey under the small maps: cut once for all of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from app.panels.framing import Framing, cut


class GreyPhoto:
    """A photo in grey as one row of small pictures shows it; black where there is no photo.

    Args:
        photo: (H, W, 3) uint8 RGB, upright, of any size that covers the whole photo; None without one.
    """

    def __init__(self, photo: NDArray[np.uint8] | None) -> None:
        self._photo = photo
        self._kept: tuple[Framing, float, NDArray[np.float32]] | None = None

    def cut(self, framing: Framing, ratio: float, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The part in the frame, (h, w) float32 in [0, 255], of the given shape."""
        if self._photo is None:
            return np.zeros(shape, dtype=np.float32)
        if self._kept is None or self._kept[:2] != (framing, ratio):
            grey = cv2.cvtColor(cut(self._photo, framing, ratio), cv2.COLOR_RGB2GRAY)
            self._kept = (framing, ratio, grey.astype(np.float32))
        return self._kept[2]

    @property
    def is_there(self) -> bool:
        return self._photo is not None
