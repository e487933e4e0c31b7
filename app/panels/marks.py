"""Small painted signs that the panels share: class swatch, box line with its true dash, need gauge."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.theme.palette import class_colour, theme
from engine.dataset.project_records import BoxState

_DASHES: dict[BoxState, list[float]] = {BoxState.PROPOSED: [5.0, 3.0], BoxState.REJECTED: [1.0, 2.0]}
_CASING_ALPHA = 166


def draw_swatch(painter: QPainter, area: QRectF, colour_index: int | None) -> None:
    """A filled square in the class's colour; an empty one where the photo has no class yet."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    square = area.adjusted(0.5, 0.5, -0.5, -0.5)
    if colour_index is None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme().edge), 1.0))
    else:
        colour = class_colour(colour_index)
        painter.setBrush(colour)
        # On light panels pale colours need an edge of their own.
        painter.setPen(QPen(colour if theme().dark else colour.darker(150), 1.0))
    painter.drawRoundedRect(square, 2.0, 2.0)


def draw_box_line(
    painter: QPainter, area: QRectF, state: BoxState, colour: QColor, *, width: float = 1.5, casing: bool = True
) -> None:
    """The outline that tells a box's state: dashed, solid, solid with corner dots, double, or grey dots."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, state is BoxState.EDITED)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if casing:
        painter.setPen(_pen(QColor(0, 0, 0, _CASING_ALPHA), width + 1.5))
        painter.drawRect(area)
    pen = _pen(QColor(theme().t3) if state is BoxState.REJECTED else colour, width)
    if state in _DASHES:
        pen.setDashPattern(_DASHES[state] if state is BoxState.REJECTED else [part / width for part in _DASHES[state]])
    painter.setPen(pen)
    painter.drawRect(area)
    if state is BoxState.DRAWN:
        gap = width + 1.0
        painter.drawRect(area.adjusted(gap, gap, -gap, -gap))
    if state is BoxState.EDITED:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for corner in (area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight()):
            painter.drawEllipse(corner, 1.2 * width, 1.2 * width)


def draw_need(painter: QPainter, area: QRectF, level: int) -> None:
    """Three rising bars, `level` of them lit; amber only where all are."""
    colours = theme()
    lit = QColor(colours.warn if level == 3 else colours.t2)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    bar = area.width() / 4.0
    for place in range(3):
        height = area.height() * (place + 1.4) / 3.4
        painter.setBrush(lit if place < level else QColor(colours.edge_soft))
        left = area.left() + place * 1.5 * bar
        painter.drawRoundedRect(QRectF(QPointF(left, area.bottom() - height), QPointF(left + bar, area.bottom())), 1, 1)


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin)
