"""The line icons: drawn from `resources/icons/*.svg`, tinted in the colour in force, sharp at every size."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.theme.palette import class_colour, theme
from engine.resources import resource_path

_TINT = b"currentColor"
_WIDER_BELOW_PX = 18
_STROKE = b'stroke-width="1.5"'
_WIDER_STROKE = b'stroke-width="1.65"'


def icon(name: str, size: int = 16, role: str = "t2") -> QIcon:
    """An icon that follows the theme: painted anew, in the colour of `role`, each time it is shown."""
    return QIcon(_TintedEngine(name, size, role)) if name else QIcon()


def class_icon(colour_index: int, size: int = 16) -> QIcon:
    """A swatch in a class's colour, for menus."""
    picture = QPixmap(size, size)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(theme().colour("line"))
    painter.setBrush(class_colour(colour_index))
    painter.drawRoundedRect(QRectF(picture.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 3, 3)
    painter.end()
    return QIcon(picture)


def pixmap(name: str, size: int, colour: QColor, ratio: float = 1.0) -> QPixmap:
    """The icon as a picture of `size` logical pixels at a device pixel ratio."""
    picture = QPixmap(round(size * ratio), round(size * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    draw_icon(painter, name, QRectF(0, 0, size, size), colour)
    painter.end()
    return picture


def draw_icon(painter: QPainter, name: str, area: QRectF, colour: QColor) -> None:
    """Paints an icon into `area` (a square) in one colour."""
    renderer = _renderer(name, colour.name().encode(), area.width() < _WIDER_BELOW_PX)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, area)
    painter.restore()


@lru_cache(maxsize=512)
def _renderer(name: str, colour: bytes, small: bool) -> QSvgRenderer:
    drawing = resource_path("icons", f"{name}.svg").read_bytes().replace(_TINT, colour)
    if small:
        drawing = drawing.replace(_STROKE, _WIDER_STROKE)
    return QSvgRenderer(QByteArray(drawing))


class _TintedEngine(QIconEngine):
    def __init__(self, name: str, size: int, role: str) -> None:
        super().__init__()
        self._name = name
        self._size = size
        self._role = role

    def paint(self, painter: QPainter, rect, mode: QIcon.Mode, state: QIcon.State) -> None:  # noqa: ARG002
        role = "edge" if mode == QIcon.Mode.Disabled else self._role
        side = min(rect.width(), rect.height(), self._size)
        area = QRectF(rect.x() + (rect.width() - side) / 2, rect.y() + (rect.height() - side) / 2, side, side)
        draw_icon(painter, self._name, area, theme().colour(role))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture

    def clone(self) -> QIconEngine:
        return _TintedEngine(self._name, self._size, self._role)
