"""The heat map over the photo: a small grid, stretched and smoothed in its values and only then coloured."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.colour_maps import ColourMapName, premultiplied_table
from app.canvas.sampling import Rendering, ScreenView, sample
from app.canvas.screen import KeptPicture


def coloured(values: NDArray[np.float32], name: ColourMapName, opacity: float) -> NDArray[np.uint32]:
    """Words 0xAARRGGBB, alpha multiplied in, of (h, w) values in [0, 1]."""
    places = cv2.convertScaleAbs(values, alpha=255.0)
    words = cv2.LUT(places, premultiplied_table(name, opacity).view(np.int32))
    return np.asarray(words).view(np.uint32)


class HeatItem(QGraphicsItem):
    """One map over the whole photo; empty until `show_map`."""

    def __init__(self) -> None:
        super().__init__()
        self._values: NDArray[np.float32] | None = None
        self._width = self._height = 0
        self._serial = 0
        self._name: ColourMapName = "inferno"
        self._opacity = 0.54
        self._kept = KeptPicture(self._render, QImage.Format.Format_ARGB32_Premultiplied)

    @property
    def showing(self) -> bool:
        return self._values is not None

    def show_map(self, values: NDArray[np.float32] | None, photo_width: int = 0, photo_height: int = 0) -> None:
        """Lays (gh, gw) float32 values in [0, 1] over a photo of the given size in pixels; None takes the map away."""
        if values is self._values and (photo_width, photo_height) == (self._width, self._height):
            return
        self.prepareGeometryChange()
        self._values = values
        self._width, self._height = photo_width, photo_height
        self._serial += 1
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Sets the alpha of strong values, in [0, 1]."""
        self._opacity = opacity
        self.update()

    def set_colours(self, name: ColourMapName) -> None:
        self._name = name
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(0, 0, self._width, self._height) if self._values is not None else QRectF()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        if self._values is not None:
            self._kept.paint(painter, widget, (self._serial, self._name, self._opacity))

    def _render(self, view: ScreenView) -> Rendering | None:
        if self._values is None:
            return None
        shown = sample(self._values, self._width, self._height, view)
        if shown is None:
            return None
        return Rendering(shown.left, shown.top, coloured(shown.pixels, self._name, self._opacity))
