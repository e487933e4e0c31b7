"""How a box looks: casing, line and tag by its state, handles, the ghost of a box before. All in screen pixels."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from app.canvas.editing import Handle
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import TAG_TEXT
from engine.dataset.project_records import BoxState

LINE_PX, CASING_PX, HOVER_LINE_PX = 2.2, 4.5, 3.0
CORNER_HANDLE_PX, SIDE_HANDLE_PX = 9.0, 7.0
TAG_HEIGHT_PX = 22.0
TAG_GAP_PX = 4.0
# Nothing of a box is drawn further than this outside it.
REACH_PX = TAG_HEIGHT_PX + TAG_GAP_PX + CASING_PX

_CASING = QColor(0, 0, 0, round(0.65 * 255))
_TAG_TEXT = QColor(TAG_TEXT)
_REJECTED = QColor("#C9CDD4")
_DASHES = {BoxState.PROPOSED: [5.0, 3.0], BoxState.REJECTED: [1.0, 2.0]}
_DOUBLE_GAP_PX = 4.5
_INNER_LINE_PX = 1.5
_DOT_RADIUS_PX = 4.5
_ICON_PX = 17.0
_TAG_PADDING_PX = 6.0
# A box narrower than this on the screen shows its state without its name.
_NARROW_PX = 56.0
STATE_ICONS = {state: f"box-{state}" for state in BoxState}


@dataclass(frozen=True, slots=True)
class Tag:
    """What the tag of a box says."""

    name: str
    score: float | None

    @property
    def figure(self) -> str:
        return f"{self.score:.2f}" if self.score is not None else ""


def paint_lines(painter: QPainter, area: QRectF, state: BoxState, colour: QColor, *, hovered: bool = False) -> None:
    """The outline: dashed, solid, solid with corner dots, double, or grey dots with a diagonal."""
    line = HOVER_LINE_PX if hovered else LINE_PX
    colour = _REJECTED if state is BoxState.REJECTED else colour
    inner = area.adjusted(_DOUBLE_GAP_PX, _DOUBLE_GAP_PX, -_DOUBLE_GAP_PX, -_DOUBLE_GAP_PX)
    double = state is BoxState.DRAWN and inner.isValid()
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _fill_sides(painter, area, _CASING, CASING_PX + line - LINE_PX)
    if double:
        _fill_sides(painter, inner, _CASING, CASING_PX)
    pen = _pen(colour, line)
    if state in _DASHES:
        pen.setDashPattern(_DASHES[state])
    painter.setPen(pen)
    if state in _DASHES:
        _draw_sides(painter, area)
    else:
        _fill_sides(painter, area, colour, line)
    if double:
        _fill_sides(painter, inner, colour, _INNER_LINE_PX)
    if state is BoxState.REJECTED:
        painter.drawLine(area.bottomLeft(), area.topRight())
    if state is BoxState.EDITED:
        painter.setPen(QPen(_CASING, 1.0))
        painter.setBrush(colour)
        for corner in (area.topLeft(), area.topRight(), area.bottomLeft(), area.bottomRight()):
            painter.drawEllipse(corner, _DOT_RADIUS_PX, _DOT_RADIUS_PX)


def paint_handles(painter: QPainter, area: QRectF) -> None:
    """Eight white squares; those on the sides are left out where they would touch the corners'."""
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1.0))
    painter.setBrush(QColor("white"))
    room = 3 * CORNER_HANDLE_PX
    for handle in Handle:
        along_x, along_y = handle.value
        if (along_x == 0 and area.width() < room) or (along_y == 0 and area.height() < room):
            continue
        half = (CORNER_HANDLE_PX if handle.is_corner else SIDE_HANDLE_PX) / 2
        middle = area.center() + QPointF(along_x * area.width() / 2, along_y * area.height() / 2)
        painter.drawRoundedRect(QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half), 1.5, 1.5)


def tag_area(area: QRectF, tag: Tag, *, brief: bool, screen: QRectF) -> QRectF:
    """Where the tag goes: above the box, or at its top inside where there is no room; always on the screen."""
    width = 2 * _TAG_PADDING_PX + _ICON_PX
    if not brief:
        width += 7 + QFontMetricsF(_name_font()).horizontalAdvance(tag.name)
        if tag.figure:
            width += 9 + QFontMetricsF(_figure_font()).horizontalAdvance(tag.figure)
        width += 4
    top = area.top() - TAG_GAP_PX - TAG_HEIGHT_PX
    if top < screen.top():
        top = min(max(area.top(), screen.top()) + TAG_GAP_PX, area.bottom())
    left = min(max(area.left() - 1, screen.left()), max(screen.left(), screen.right() - width))
    return QRectF(round(left), round(top), round(width), TAG_HEIGHT_PX)


def is_brief(area: QRectF) -> bool:
    """Whether a box of this size on the screen has room for its state only."""
    return area.width() < _NARROW_PX


def paint_tag(painter: QPainter, place: QRectF, tag: Tag, state: BoxState, colour: QColor, *, brief: bool) -> None:
    """The state's icon, the class and the score on the class's colour."""
    painter.setPen(QPen(QColor(0, 0, 0, 115), 1.0))
    painter.setBrush(_REJECTED if state is BoxState.REJECTED else colour)
    painter.drawRoundedRect(place.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    icon = QRectF(place.left() + _TAG_PADDING_PX, place.center().y() - _ICON_PX / 2, _ICON_PX, _ICON_PX)
    draw_icon(painter, STATE_ICONS[state], icon, _TAG_TEXT)
    if brief:
        return
    text = place.adjusted(_TAG_PADDING_PX + _ICON_PX + 7, 0, 0, 0)
    painter.setPen(_TAG_TEXT)
    painter.setFont(_name_font())
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, tag.name)
    text.setLeft(text.left() + QFontMetricsF(_name_font()).horizontalAdvance(tag.name) + 9)
    painter.setFont(_figure_font())
    painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, tag.figure)


def paint_ghost(painter: QPainter, area: QRectF, words: str) -> None:
    """Where a box was before, in white dots, with the words above its right end."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _fill_sides(painter, area, QColor(0, 0, 0, 150), 3.4)
    dots = _pen(QColor("white"), 1.6)
    dots.setDashPattern([2.0, 2.6])
    painter.setPen(dots)
    _draw_sides(painter, area)
    if not words:
        return
    letters = font("caption", 600, tabular=True)
    width = QFontMetricsF(letters).horizontalAdvance(words) + 10
    top = area.top() - 22 if area.top() >= 22 else area.top() + 4
    place = QRectF(round(area.right() - width - 2), round(top), round(width), 18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 200))
    painter.drawRoundedRect(place, 3, 3)
    painter.setPen(QColor("white"))
    painter.setFont(letters)
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, words)


def _fill_sides(painter: QPainter, area: QRectF, colour: QColor, width: float) -> None:
    """A rectangle's outline as four bars, each pixel covered once: several times faster than stroking it."""
    half = width / 2
    # Bars that begin between two pixels take three times as long, and look blurred; whole ones need no smoothing.
    left, top = round(area.left() - half), round(area.top() - half)
    wide, high = round(area.right() + half) - left, round(area.bottom() + half) - top
    thick = max(1, round(width))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if min(area.width(), area.height()) <= thick:
        painter.fillRect(left, top, wide, high, colour)
    else:
        painter.fillRect(left, top, wide, thick, colour)
        painter.fillRect(left, top + high - thick, wide, thick, colour)
        painter.fillRect(left, top + thick, thick, high - 2 * thick, colour)
        painter.fillRect(left + wide - thick, top + thick, thick, high - 2 * thick, colour)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)


def _draw_sides(painter: QPainter, area: QRectF) -> None:
    # Side by side from the corners, so that each side begins with a whole dash and dragging does not make them crawl.
    painter.drawLine(area.topLeft(), area.topRight())
    painter.drawLine(area.topLeft(), area.bottomLeft())
    painter.drawLine(area.bottomLeft(), area.bottomRight())
    painter.drawLine(area.topRight(), area.bottomRight())


def _name_font() -> QFont:
    return font("body", 600)


def _figure_font() -> QFont:
    return font("body", 500, tabular=True)


def _pen(colour: QColor, width: float) -> QPen:
    return QPen(colour, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap, Qt.PenJoinStyle.MiterJoin)
