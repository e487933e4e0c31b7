"""How a whole photo is laid into a small picture of fixed size, so that its boxes land on the right spot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from engine.geometry import Box

# A photo may lose up to a fifth of its longer side to fill the picture; beyond that bars are better than a crop that
# hides the box.
_LARGEST_CROP = 1.25


@dataclass(frozen=True, slots=True)
class Framing:
    """Photo pixel (x, y) lies at `(x * scale + dx, y * scale + dy)` of a picture of `width` x `height`."""

    scale: float
    dx: float
    dy: float
    photo_width: int
    photo_height: int
    width: float
    height: float

    @property
    def shown(self) -> QRectF:
        """The part of the picture that the photo covers."""
        whole = QRectF(self.dx, self.dy, self.photo_width * self.scale, self.photo_height * self.scale)
        return whole.intersected(QRectF(0.0, 0.0, self.width, self.height))

    @property
    def crop(self) -> QRectF:
        """The part of the photo that is shown, in photo pixels."""
        shown = self.shown
        return QRectF(
            (shown.x() - self.dx) / self.scale,
            (shown.y() - self.dy) / self.scale,
            shown.width() / self.scale,
            shown.height() / self.scale,
        )

    def place(self, box: Box) -> QRectF:
        """The box in the picture, cut at its edges."""
        placed = QRectF(
            box.x0 * self.scale + self.dx,
            box.y0 * self.scale + self.dy,
            box.width * self.scale,
            box.height * self.scale,
        )
        return placed.intersected(self.shown)


def frame_photo(photo_width: int, photo_height: int, width: float, height: float) -> Framing:
    """Centres a photo in a picture of `width` x `height`: fills it where that costs little, else leaves bars."""
    contain = min(width / photo_width, height / photo_height)
    cover = max(width / photo_width, height / photo_height)
    scale = min(cover, contain * _LARGEST_CROP)
    return Framing(
        scale=scale,
        dx=(width - photo_width * scale) / 2,
        dy=(height - photo_height * scale) / 2,
        photo_width=photo_width,
        photo_height=photo_height,
        width=width,
        height=height,
    )


def cut(values: NDArray[Any], framing: Framing, ratio: float, *, smooth: bool = True) -> NDArray[Any]:
    """The shown part of a photo, or of a map that covers it, at the picture's device pixels; keeps the dtype.

    Args:
        values: (H, W, ...) of any size that covers the whole upright photo.
        framing: of the whole photo.
        ratio: device pixels per logical pixel.
        smooth: False for labels, which have no values in between.
    """
    rows, columns = values.shape[:2]
    along_x, along_y = columns / framing.photo_width, rows / framing.photo_height
    crop, shown = framing.crop, framing.shown
    left, right = round(crop.left() * along_x), round(crop.right() * along_x)
    top, bottom = round(crop.top() * along_y), round(crop.bottom() * along_y)
    part = values[top : max(bottom, top + 1), left : max(right, left + 1)]
    width, height = max(1, round(shown.width() * ratio)), max(1, round(shown.height() * ratio))
    # Averaging every pixel of a large photo is wasted on a small picture: four samples a side are plenty.
    step = max(1, min(part.shape[1] // (4 * width), part.shape[0] // (4 * height)))
    shrinks = part.shape[1] >= width and part.shape[0] >= height
    how = cv2.INTER_NEAREST if not smooth else cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(part[::step, ::step]), (width, height), interpolation=how))
