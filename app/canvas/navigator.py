"""The whole photo in small, with the part in sight framed, for finding one's way in large photos."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app.texts import tr
from app.theme.palette import theme
from app.widgets import FloatPanel

_LONG_SIDE_PX = 168
_INSET_PX = 10


class Navigator(FloatPanel):
    """A click or a drag in it asks to look at a place: `place_asked` carries x and y in photo pixels."""

    place_asked = Signal(QPointF)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Navigator"))
        self.setToolTip(tr("Drag the frame to look elsewhere"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._picture: QImage | None = None
        self._pixels: NDArray[np.uint8] | None = None
        self._size = (1.0, 1.0)
        self._seen = QRectF()
        self.hide()

    def show_photo(self, pixels: NDArray[np.uint8] | None, width: float, height: float) -> None:
        """Takes another photo: (H, W, 3) uint8 RGB of a photo of `width` x `height` pixels; None for none."""
        if pixels is self._pixels:
            return
        self._pixels, self._picture = pixels, None
        if pixels is None or width <= 0 or height <= 0:
            return
        self._size = (width, height)
        scale = _LONG_SIDE_PX / max(width, height)
        shape = (max(8, round(width * scale)), max(8, round(height * scale)))
        small = np.ascontiguousarray(cv2.resize(pixels, shape, interpolation=cv2.INTER_AREA))
        self._picture = QImage(small.data, *shape, 3 * shape[0], QImage.Format.Format_RGB888).copy()
        self.setFixedSize(shape[0] + 2 * _INSET_PX, shape[1] + 2 * _INSET_PX)

    def show_seen(self, area: QRectF) -> None:
        """Frames the part of the photo in sight, in photo pixels."""
        if area != self._seen:
            self._seen = area
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._ask(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._ask(event.position())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._picture is None:
            return
        painter = QPainter(self)
        painter.drawImage(_INSET_PX, _INSET_PX, self._picture)
        scale = self._picture.width() / self._size[0]
        whole = QRectF(_INSET_PX, _INSET_PX, self._picture.width(), self._picture.height())
        frame = QRectF(
            _INSET_PX + self._seen.x() * scale,
            _INSET_PX + self._seen.y() * scale,
            self._seen.width() * scale,
            self._seen.height() * scale,
        ).intersected(whole)
        painter.setPen(QPen(QColor(0, 0, 0, 166), 4))
        painter.drawRect(frame)
        painter.setPen(QPen(theme().colour("acc"), 2))
        painter.drawRect(frame)

    def _ask(self, place: QPointF) -> None:
        if self._picture is not None:
            scale = self._size[0] / self._picture.width()
            self.place_asked.emit(QPointF((place.x() - _INSET_PX) * scale, (place.y() - _INSET_PX) * scale))
