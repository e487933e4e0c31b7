"""Which part of the photo the canvas shows and how large: fit, zoom at a point, pan."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

LARGEST_ZOOM = 32.0
LARGEST_FIT = 4.0
# However far one pans, this much of the photo stays in sight.
_KEPT_PX = 48
_NARROW_PX = 700
# How much of the canvas an area takes that is looked at closely.
_CLOSE_SHARE = 0.6


class Camera(QObject):
    """Zoom and place of the photo in one view. Zoom is in screen pixels per photo pixel."""

    changed = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self._width = self._height = 1.0
        self._fitted = True
        self._close_area = QRectF()
        self.holds = False
        """Whether the next photo of the same size is shown at the same zoom and place."""
        view.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        view.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)

    @property
    def zoom(self) -> float:
        return self._view.transform().m11()

    @property
    def fitted(self) -> bool:
        """Whether the whole photo is shown and follows the size of the window."""
        return self._fitted

    def set_photo(self, width: float, height: float) -> None:
        """Shows the whole of another photo, `width` x `height` pixels; while it `holds`, the same part of it."""
        if self.holds and not self._fitted and (self._width, self._height) == (float(width), float(height)):
            self._close_area = QRectF()
            self.changed.emit()
            return
        self._width, self._height = float(width), float(height)
        self.fit()

    def fit(self) -> None:
        """Shows the whole photo beside the tools."""
        room = self._room()
        zoom = min(room.width() / self._width, room.height() / self._height, LARGEST_FIT)
        self._look(max(zoom, 1e-4), QPointF(self._width / 2, self._height / 2), room.center())
        self._fitted = True
        self._close_area = QRectF()
        self.changed.emit()

    def look_closely(self, area: QRectF) -> None:
        """Shows an area of the photo large, in the middle; where it is shown so already, the whole photo."""
        if area == self._close_area:
            self.fit()
            return
        room = self._room()
        zoom = _CLOSE_SHARE * min(room.width() / max(area.width(), 1e-3), room.height() / max(area.height(), 1e-3))
        fit = min(room.width() / self._width, room.height() / self._height)
        self._look(min(max(zoom, fit), max(LARGEST_ZOOM, fit)), area.center(), room.center())
        self._fitted = False
        self._close_area = QRectF(area)
        self.changed.emit()

    def actual_size(self) -> None:
        """Shows photo pixels as screen pixels, round the middle of what is shown."""
        self.zoom_at(QPointF(self._view.viewport().rect().center()), 1.0 / self.zoom)

    def zoom_at(self, place: QPointF, factor: float) -> None:
        """Zooms by a factor; the photo's point at `place` of the viewport stays where it is."""
        fit = min(self._room().width() / self._width, self._room().height() / self._height)
        zoom = min(max(self.zoom * factor, min(fit / 2, 1.0)), max(LARGEST_ZOOM, fit))
        self._look(zoom, self.to_photo(place), place)
        self._fitted = False
        self._close_area = QRectF()
        self.changed.emit()

    def zoom_by(self, factor: float) -> None:
        """Zooms round the middle of what is shown."""
        self.zoom_at(QPointF(self._view.viewport().rect().center()), factor)

    def pan(self, dx: float, dy: float) -> None:
        """Shifts the photo by screen pixels."""
        across, down = self._view.horizontalScrollBar(), self._view.verticalScrollBar()
        across.setValue(across.value() - round(dx))
        down.setValue(down.value() - round(dy))
        self._fitted = False
        self._close_area = QRectF()
        self.changed.emit()

    def resized(self, before: QSize) -> None:
        """Keeps a fitted photo fitted, and of another one what was in the middle of the view of size `before`."""
        if self._fitted:
            self.fit()
            return
        middle = self.to_photo(QPointF(before.width() / 2, before.height() / 2))
        size = self._view.viewport().size()
        self._look(self.zoom, middle, QPointF(size.width() / 2, size.height() / 2))
        self.changed.emit()

    def to_photo(self, place: QPointF) -> QPointF:
        """The photo's point at a place of the viewport; may lie outside the photo."""
        return self._view.viewportTransform().inverted()[0].map(place)

    def to_screen(self, area: QRectF) -> QRectF:
        """Where an area of the photo lies in the viewport."""
        return self._view.viewportTransform().mapRect(area)

    def photo_on_screen(self) -> QRectF:
        return self.to_screen(QRectF(0, 0, self._width, self._height))

    def _room(self) -> QRectF:
        size = self._view.viewport().size()
        left, right, end = (44, 12, 12) if size.width() < _NARROW_PX else (56, 24, 24)
        return QRectF(left, end, max(16, size.width() - left - right), max(16, size.height() - 2 * end))

    def _look(self, zoom: float, point: QPointF, place: QPointF) -> None:
        """Puts the photo's `point` at `place` of the viewport."""
        self._set_reach(zoom)
        self._view.setTransform(QTransform.fromScale(zoom, zoom))
        self._view.horizontalScrollBar().setValue(round(point.x() * zoom - place.x()))
        self._view.verticalScrollBar().setValue(round(point.y() * zoom - place.y()))

    def _set_reach(self, zoom: float) -> None:
        """Lets the photo be panned until only a strip of it is left in sight."""
        size = self._view.viewport().size()
        across = max(0.0, size.width() - _KEPT_PX) / zoom
        down = max(0.0, size.height() - _KEPT_PX) / zoom
        self._view.setSceneRect(QRectF(0, 0, self._width, self._height).adjusted(-across, -down, across, down))
