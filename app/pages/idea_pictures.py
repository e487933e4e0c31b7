"""The idea of Moltbox in three pictures of one cup: sorted by class, box proposed from a map, box accepted.

Map and box are what the starter model says about this photo; the photo is in the public domain (CC0).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.canvas.box_paint import paint_lines
from app.canvas.colour_maps import colour_table
from app.canvas.photo_item import quieted
from app.texts import mark, tr_marked
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, notifier, theme
from engine.dataset.project_records import BoxState
from engine.geometry import Box
from engine.resources import resource_path

Kind = Literal["folder", "map", "accepted"]

CLASS_NAME = "cup"
THRESHOLD = 0.27
# In photo pixels; the starter model's own box at that threshold.
BOX = Box(57.3, 15.2, 496.8, 388.6)
PHOTO_SIZE = (600, 400)
_OPACITY = 0.54
_COLOUR_INDEX = 2
_RADIUS_PX = 8
_BADGE_PX = 26
_BADGE_PADDING_PX = 8
_BADGE_ICON_PX = 15
_WORDS = {
    "folder": mark("A photo of a cup in a folder called cup"),
    "map": mark("The same photo with a heat map and a dashed box round the cup"),
    "accepted": mark("The same photo with a solid box round the cup"),
}


class IdeaPicture(QWidget):
    """One of the three pictures, as wide as there is room and two thirds as high."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kind = kind
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(tr_marked(_WORDS[kind]))
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, 200)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(width * PHOTO_SIZE[1] / PHOTO_SIZE[0])

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        scale = min(self.width() / PHOTO_SIZE[0], self.height() / PHOTO_SIZE[1])
        area = QRectF(0, 0, PHOTO_SIZE[0] * scale, PHOTO_SIZE[1] * scale)
        rounded = QPainterPath()
        rounded.addRoundedRect(area, _RADIUS_PX, _RADIUS_PX)
        painter.setClipPath(rounded)
        painter.drawImage(area, _photo(self._kind))
        if self._kind == "map":
            painter.drawImage(area, _map())
        if self._kind != "folder":
            state = BoxState.PROPOSED if self._kind == "map" else BoxState.ACCEPTED
            box = QRectF(BOX.x0 * scale, BOX.y0 * scale, BOX.width * scale, BOX.height * scale)
            paint_lines(painter, box, state, class_colour(_COLOUR_INDEX))
        self._draw_badge(painter, area)

    def _draw_badge(self, painter: QPainter, area: QRectF) -> None:
        icon, text, ground, ink = {
            "folder": ("folder", CLASS_NAME, QColor("#FFFFFF"), QColor("#1A1C20")),
            "map": ("contour", f"{THRESHOLD:.2f}", QColor("#16181B"), QColor("#ECEDEF")),
            "accepted": ("check", "Y", theme().colour("fill"), theme().colour("on_fill")),
        }[self._kind]
        chosen = font("second", 600, tabular=True)
        width = QFontMetrics(chosen).horizontalAdvance(text) + 2 * _BADGE_PADDING_PX + _BADGE_ICON_PX + 5
        place = QRectF(area.right() - width - 6, area.top() + 6, width, _BADGE_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(place, 6, 6)
        left = place.x() + _BADGE_PADDING_PX
        side = _BADGE_ICON_PX
        draw_icon(painter, icon, QRectF(left, place.center().y() - side / 2, side, side), ink)
        painter.setPen(ink)
        painter.setFont(chosen)
        painter.drawText(
            QRectF(QPointF(left + side + 5, place.y()), place.bottomRight()), Qt.AlignmentFlag.AlignVCenter, text
        )


@lru_cache(maxsize=4)
def _photo(kind: str) -> QImage:
    picture = QImage(str(resource_path("idea", "coffee.jpg"))).convertToFormat(QImage.Format.Format_RGB888)
    if kind != "map":
        return picture
    rows = np.asarray(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    pixels = rows[:, : 3 * picture.width()].reshape(picture.height(), picture.width(), 3)
    quiet = quieted(np.ascontiguousarray(pixels))
    return QImage(quiet.data, picture.width(), picture.height(), quiet.strides[0], QImage.Format.Format_RGB888).copy()


@lru_cache(maxsize=1)
def _map() -> QImage:
    small = QImage(str(resource_path("idea", "cup_map.png"))).convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.asarray(small.constBits(), np.uint8).reshape(small.height(), small.bytesPerLine())
    values = cv2.resize(np.ascontiguousarray(rows[:, : small.width()]), PHOTO_SIZE, interpolation=cv2.INTER_CUBIC)
    coloured = colour_table("inferno", _OPACITY)[np.asarray(values, np.uint8)]
    return QImage(coloured.data, *PHOTO_SIZE, coloured.strides[0], QImage.Format.Format_RGBA8888).copy()
