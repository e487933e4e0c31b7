"""The line at the threshold, drawn over the map: white on black, the same width at every zoom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.functions import create_qpolygonf, ndarray_from_qpolygonf
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen, QPolygonF, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.contour import Outline, outlines
from engine.geometry import Box

# Qt strokes a smooth line of 1 px twenty times faster than any other width. So the casing of 3 px is four such lines
# one pixel to each side, and the line of 1.2 px is one with a thin second beside it.
_CASING, _WHITE, _THIN_WHITE = QColor(0, 0, 0, round(0.43 * 255)), QColor("white"), QColor(255, 255, 255, 76)
_STROKES = (
    (-1.0, 0.0, _CASING),
    (1.0, 0.0, _CASING),
    (0.0, -1.0, _CASING),
    (0.0, 1.0, _CASING),
    (0.2, 0.2, _THIN_WHITE),
    (0.0, 0.0, _WHITE),
)
# Parts above the threshold that gave no box stay readable as such, but do not claim to explain one.
_FAINT = 0.4


class ContourItem(QGraphicsItem):
    """All outlines of one map at one threshold; those that carry a box are drawn stronger than the others."""

    def __init__(self) -> None:
        super().__init__()
        self._extent = QRectF()
        self._strong = QPainterPath()
        self._faint = QPainterPath()
        self._traced: tuple[NDArray[np.float32] | None, float, int, int] = (None, 0.0, 0, 0)

    def shows(self, values: NDArray[np.float32], threshold: float) -> bool:
        """Whether it is the contour of this map at this threshold."""
        return values is self._traced[0] and threshold == self._traced[1]

    def show_contour(
        self,
        values: NDArray[np.float32],
        threshold: float,
        photo_width: int,
        photo_height: int,
        boxes: tuple[Box, ...],
    ) -> None:
        """Traces the (gh, gw) values at the threshold; `boxes` are those read from them, in photo pixels."""
        wanted = (values, threshold, photo_width, photo_height)
        if values is self._traced[0] and wanted[1:] == self._traced[1:]:
            return
        self._traced = wanted
        rows, columns = values.shape
        step_x, step_y = photo_width / columns, photo_height / rows
        strong, faint = QPainterPath(), QPainterPath()
        for outline in outlines(values, threshold):
            path = strong if not boxes or _carries_one(outline, boxes, step_x, step_y) else faint
            for line in outline.lines:
                path.addPolygon(_polygon(line * (step_x, step_y)))
                path.closeSubpath()
        self.prepareGeometryChange()
        self._extent = QRectF(0, 0, photo_width, photo_height)
        self._strong, self._faint = strong, faint
        self.update()

    def clear(self) -> None:
        self._traced = (None, 0.0, 0, 0)
        self.prepareGeometryChange()
        self._extent = QRectF()
        self._strong, self._faint = QPainterPath(), QPainterPath()

    def outline(self) -> QPainterPath:
        """The line round what became a box, in photo pixels."""
        return self._strong

    def boundingRect(self) -> QRectF:
        return self._extent

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        placed = painter.transform()
        for path, opacity in ((self._faint, _FAINT), (self._strong, 1.0)):
            if path.isEmpty():
                continue
            for shift_x, shift_y, colour in _STROKES:
                painter.setTransform(placed * QTransform.fromTranslate(shift_x, shift_y))
                pen = QPen(QColor(colour.red(), colour.green(), colour.blue(), round(colour.alpha() * opacity)), 1.0)
                pen.setCosmetic(True)
                painter.setPen(pen)
                painter.drawPath(path)
        painter.setTransform(placed)


def _polygon(points: NDArray[np.float64]) -> QPolygonF:
    """A polygon of (n, 2) points, written into its memory at once: point by point it would take a frame's tenth."""
    made = create_qpolygonf(len(points))
    ndarray_from_qpolygonf(made)[:] = points
    return made


def _carries_one(outline: Outline, boxes: tuple[Box, ...], step_x: float, step_y: float) -> bool:
    (x0, x1), (y0, y1) = outline.columns, outline.rows
    around = (x0 * step_x, y0 * step_y, x1 * step_x, y1 * step_y)
    return any(
        all(abs(a - b) <= 1e-6 * max(1.0, box.x1, box.y1) for a, b in zip(around, box.as_tuple(), strict=True))
        for box in boxes
    )
