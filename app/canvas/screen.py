"""What items that draw in screen pixels share: where the painter's photo lies, and a picture kept while it stays."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPainter, QTransform
from PySide6.QtWidgets import QWidget

from app.canvas.sampling import Rendering, ScreenView


def screen_view(painter: QPainter, widget: QWidget | None) -> tuple[ScreenView, float]:
    """Where the scene's photo lies for this painter, in device pixels, and device pixels per logical pixel."""
    size: QSize = widget.size() if widget is not None else painter.viewport().size()
    ratio = painter.device().devicePixelRatioF()
    placed = painter.worldTransform()
    view = ScreenView(
        zoom=placed.m11() * ratio,
        dx=placed.dx() * ratio,
        dy=placed.dy() * ratio,
        width=max(1, round(size.width() * ratio)),
        height=max(1, round(size.height() * ratio)),
    )
    return view, ratio


def as_image(pixels: NDArray, image_format: QImage.Format) -> QImage:
    """A picture that shares the memory of (h, w, 3) uint8 or (h, w) uint32 pixels; keep the array alive."""
    return QImage(pixels.data, pixels.shape[1], pixels.shape[0], pixels.strides[0], image_format)


class KeptPicture:
    """The part of a layer that is in sight, drawn anew only when the view or the layer's content has changed."""

    def __init__(self, render: Callable[[ScreenView], Rendering | None], image_format: QImage.Format) -> None:
        self._render = render
        self._format = image_format
        self._key: Hashable = None
        self._shown: Rendering | None = None
        self._image = QImage()

    def paint(self, painter: QPainter, widget: QWidget | None, content: Hashable) -> None:
        """Paints the layer; `content` changes whenever the layer would look different in the same place."""
        view, ratio = screen_view(painter, widget)
        key = (view, content)
        if key != self._key:
            self._key = key
            self._shown = self._render(view)
            if self._shown is not None:
                pixels = np.ascontiguousarray(self._shown.pixels)
                self._shown = Rendering(self._shown.left, self._shown.top, pixels)
                self._image = as_image(pixels, self._format)
                self._image.setDevicePixelRatio(ratio)
        if self._shown is None:
            return
        painter.save()
        painter.setWorldTransform(QTransform())
        painter.drawImage(QPointF(self._shown.left / ratio, self._shown.top / ratio), self._image)
        painter.restore()
