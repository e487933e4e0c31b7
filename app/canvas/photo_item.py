"""The photo on the canvas; quiet and greyed while a heat map lies over it, so that the map alone is vivid."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.mip_levels import MipLevels
from app.canvas.sampling import Rendering, ScreenView
from app.canvas.screen import KeptPicture

DIMMED_TO = 0.82
SATURATION = 0.45
_LUMA = (0.299, 0.587, 0.114)
_QUIET = (DIMMED_TO * (SATURATION * np.eye(3) + (1 - SATURATION) * np.array([_LUMA] * 3))).astype(np.float32)


def quieted(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB, dimmed to 82 % with 45 % of its saturation."""
    return np.asarray(cv2.transform(pixels, _QUIET), dtype=np.uint8)


def lit(pixels: NDArray[np.uint8], brightness: float, contrast: float) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB, brighter and with more contrast, as far as it is shown.

    Args:
        brightness: in [-1, 1]; 0 leaves it, 1 adds half the range.
        contrast: in [-1, 1]; 0 leaves it, 1 stretches by 3 round the middle grey, -1 shrinks to a third.
    """
    values = np.arange(256, dtype=np.float32)
    table = (values - 127.5) * 3.0**contrast + 127.5 + 127.5 * brightness
    return np.asarray(cv2.LUT(pixels, np.clip(np.round(table), 0, 255).astype(np.uint8)), dtype=np.uint8)


class PhotoItem(QGraphicsItem):
    """One photo whose pixels are the scene's units; empty until `show_photo`."""

    def __init__(self) -> None:
        super().__init__()
        self._pixels: NDArray[np.uint8] | None = None
        self._size = (0, 0)
        self._levels: MipLevels | None = None
        self._serial = 0
        self._quiet = False
        self._light = (0.0, 0.0)
        self._kept = KeptPicture(self._render, QImage.Format.Format_RGB888)

    def show_photo(
        self,
        pixels: NDArray[np.uint8] | None,
        width: int = 0,
        height: int = 0,
        smaller: Sequence[NDArray[np.uint8]] = (),
    ) -> None:
        """Shows (H, W, 3) uint8 RGB pixels, which are used as they are and must not change; None shows nothing.

        `width` and `height` are the photo's, where the pixels are a reduced picture of it; `smaller` are
        those of its halved copies that are there.
        """
        wanted = (width, height) if pixels is not None else (0, 0)
        if pixels is self._pixels and wanted == self._size:
            return
        self.prepareGeometryChange()
        self._pixels, self._size = pixels, wanted
        self._levels = MipLevels(pixels, width, height, smaller) if pixels is not None else None
        self._serial += 1
        self.update()

    def set_quiet(self, *, quiet: bool) -> None:
        """Dims and greys the photo, for a map on top."""
        if quiet != self._quiet:
            self._quiet = quiet
            self.update()

    def set_light(self, brightness: float, contrast: float) -> None:
        """Shows the photo brighter or with more contrast, each in [-1, 1]; the file and the model see no change."""
        if (brightness, contrast) != self._light:
            self._light = (brightness, contrast)
            self.update()

    def boundingRect(self) -> QRectF:
        if self._levels is None:
            return QRectF()
        return QRectF(0, 0, self._levels.width, self._levels.height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        if self._levels is not None:
            self._kept.paint(painter, widget, (self._serial, self._quiet, self._light))

    def _render(self, view: ScreenView) -> Rendering | None:
        shown = self._levels.render(view) if self._levels is not None else None
        if shown is None:
            return None
        pixels = shown.pixels if self._light == (0.0, 0.0) else lit(shown.pixels, *self._light)
        return Rendering(shown.left, shown.top, quieted(pixels) if self._quiet else pixels)
