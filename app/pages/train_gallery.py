"""Reviewed photos with the box of the model in use and that of the new one, side by side."""

from __future__ import annotations

import math

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import (
    QStyle,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.pages.photo_gallery import GalleryDelegate, Index, PhotoGallery, placed
from app.pages.threshold_all_gallery import draw_now_line
from app.panels.marks import draw_box_line
from app.panels.thumbnails import Thumbnail
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, theme
from app.training.compared import ComparedPhoto
from app.widgets import Card, Words
from engine.dataset.project_records import BoxState
from engine.geometry import Box

PICTURE = QSize(132, 118)
_GAP = 12
_INSIDE = 10
_CAPTION = 26
_LEAST_COLUMNS = 1
_SIGNS = {"better": ("chevron-up", "ok"), "worse": ("chevron-down", "bad"), "same": ("minus", "t2")}


def change_words(photo: ComparedPhoto) -> str:
    """Whether the new model's box is better, in a word."""
    if photo.change == "better":
        return tr("better")
    return tr("worse") if photo.change == "worse" else tr("same")


class Waiting(Card):
    """Stands in the gallery's place while there is nothing in it, and says why."""

    def __init__(self) -> None:
        super().__init__()
        self._words = Words("", "second", "t2", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.addWidget(self._words)

    def setText(self, words: str) -> None:
        self._words.setText(words)

    def text(self) -> str:
        return self._words.text()


def _described(photo: ComparedPhoto) -> str:
    return tr(
        "{name}, {change}: IoU {old} with the model in use, {new} with the new one",
        name=photo.path.name,
        change=change_words(photo),
        old=f"{photo.old_iou:.2f}",
        new=f"{photo.new_iou:.2f}",
    )


class PairGallery(PhotoGallery[ComparedPhoto]):
    """Cards of two pictures each."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PICTURE, _described, parent)
        self._small = False
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(tr("Old and new on photos you reviewed"))

    def set_small(self, *, small: bool) -> None:
        """Smaller pictures where the page is low, so that whole ones are in sight."""
        if small != self._small:
            self._small = small
            self.fit()

    def cell(self, width: int) -> QSize:
        pair = 2 * PICTURE.width() + 3 * _INSIDE
        wanted = width / (pair + _GAP)
        columns = max(_LEAST_COLUMNS, math.ceil(wanted) if self._small else round(wanted))
        cell = (width - 1) // columns  # a row as wide as the view is broken
        side = (cell - _GAP - 3 * _INSIDE) / 2
        height = side * PICTURE.height() / PICTURE.width() + _INSIDE + scaled(_CAPTION) + 6
        return QSize(cell, round(height) + _GAP)


class _Delegate(GalleryDelegate):
    def __init__(self, view: PairGallery) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        photo, colours = self._view.photos[index.row()], theme()
        card = QRectF(option.rect).adjusted(0.5, 0.5, -_GAP - 0.5, -_GAP - 0.5)  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        state = option.state  # type: ignore[attr-defined]
        marked = state & QStyle.StateFlag.State_MouseOver or state & QStyle.StateFlag.State_HasFocus
        painter.setBrush(colours.colour("panel"))
        painter.setPen(QPen(colours.colour("acc"), 2.0) if marked else QPen(colours.colour("line"), 1.0))
        painter.drawRoundedRect(card, 8, 8)
        side = (card.width() - 3 * _INSIDE) / 2
        scale = side / PICTURE.width()
        said = (tr("old {iou}", iou=f"{photo.old_iou:.2f}"), tr("new {iou}", iou=f"{photo.new_iou:.2f}"))
        for place, (box, text) in enumerate(zip((photo.old, photo.new), said, strict=True)):
            left = card.left() + _INSIDE + place * (side + _INSIDE)
            frame = QRectF(left, card.top() + _INSIDE, side, PICTURE.height() * scale)
            self._paint_picture(painter, frame, scale, photo, box)
            _paint_figure(painter, frame, text)
        top = card.top() + _INSIDE + PICTURE.height() * scale + 2
        line = QRectF(card.left() + _INSIDE, top, card.width() - 2 * _INSIDE, scaled(_CAPTION))
        _paint_caption(painter, line, photo)
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, frame: QRectF, scale: float, photo: ComparedPhoto, box: Box | None
    ) -> None:
        clip = QPainterPath()
        clip.addRoundedRect(frame, 4, 4)
        painter.save()
        painter.setClipPath(clip)
        painter.fillRect(frame, theme().colour("canvas"))
        thumbnail = self._thumbnail(painter, frame, photo.photo_id)
        if thumbnail is not None:
            _paint_photo(painter, frame, scale, thumbnail, photo, box)
        painter.restore()


def _paint_photo(
    painter: QPainter, frame: QRectF, scale: float, thumbnail: Thumbnail, photo: ComparedPhoto, box: Box | None
) -> None:
    shown = placed(frame, scale, thumbnail.framing.shown)
    painter.drawPixmap(shown, thumbnail.pixmap, QRectF(thumbnail.pixmap.rect()))
    if box is not None:
        line = placed(frame, scale, thumbnail.framing.place(box)).adjusted(1.5, 1.5, -1.5, -1.5).toRect()
        draw_box_line(painter, QRectF(line), BoxState.PROPOSED, class_colour(photo.colour_index), width=2.0)
    line = placed(frame, scale, thumbnail.framing.place(photo.truth)).adjusted(1, 1, -1, -1).toRect()
    draw_now_line(painter, QRectF(line))


def _paint_figure(painter: QPainter, frame: QRectF, text: str) -> None:
    painter.setFont(font("caption", 600, tabular=True))
    size = painter.fontMetrics().boundingRect(text)
    pill = QRectF(frame.left() + 5, frame.bottom() - size.height() - 9, size.width() + 12, size.height() + 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(16, 20, 26, 214))
    painter.drawRoundedRect(pill, 4, 4)
    painter.setPen(QColor("#FFFFFF"))
    painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)


def _paint_caption(painter: QPainter, line: QRectF, photo: ComparedPhoto) -> None:
    colours = theme()
    sign, role = _SIGNS[photo.change]
    said = change_words(photo)
    painter.setFont(font("second", 600))
    said_width = painter.fontMetrics().horizontalAdvance(said) + 1
    painter.setPen(colours.colour(role))
    painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, said)
    side = scaled(14)
    draw_icon(
        painter,
        sign,
        QRectF(line.right() - said_width - side - 5, line.center().y() - side / 2, side, side),
        colours.colour(role),
    )
    painter.setFont(font("second", 500))
    painter.setPen(colours.colour("t1"))
    room = line.width() - said_width - side - 15
    name = painter.fontMetrics().elidedText(photo.path.name, Qt.TextElideMode.ElideMiddle, int(room))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
