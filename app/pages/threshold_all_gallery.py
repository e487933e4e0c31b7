"""Photos with their boxes now and at another threshold, side by side: what a threshold for all would do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem, QWidget

from app.pages.photo_gallery import GalleryDelegate, Index, PhotoGallery, placed
from app.panels.marks import draw_box_line
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.palette import class_colour, theme
from engine.dataset.project_records import BoxState
from engine.geometry import Box
from engine.prelabel.reboxing import Change

PICTURE = QSize(228, 140)
_GAP = 16
_CAPTION = 26
_LEAST_COLUMNS = 2
_NOW_DASH = [2.0, 2.6]


@dataclass(frozen=True, slots=True)
class GalleryPhoto:
    """One photo of the gallery.

    before, after: boxes in photo pixels, each with its class's colour index. change: what the threshold does to the
    photo. overlap: least IoU of a box now with one after, in [0, 1].
    """

    photo_id: int
    path: Path
    before: tuple[tuple[Box, int], ...]
    after: tuple[tuple[Box, int], ...]
    change: Change
    overlap: float

    @property
    def said(self) -> str:
        """What happens to the photo, in a word or a figure."""
        if self.change is Change.LOSES:
            return tr("loses its box")
        if self.change is Change.GAINS:
            return tr("gains a box")
        if self.change is Change.STAYS:
            return tr("stays")
        return tr("IoU {overlap}", overlap=f"{self.overlap:.2f}")


class Gallery(PhotoGallery[GalleryPhoto]):
    """Pictures with the boxes now and after."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PICTURE, lambda photo: f"{photo.path.name}, {photo.said}", parent)
        self.setItemDelegate(_Delegate(self))
        self.setAccessibleName(tr("What changes most"))

    def cell(self, width: int) -> QSize:
        columns = max(_LEAST_COLUMNS, round(width / (PICTURE.width() + _GAP)))
        side = (width - 1) // columns  # a row as wide as the view is broken
        return QSize(side, round((side - _GAP) * PICTURE.height() / PICTURE.width()) + scaled(_CAPTION) + 12)


class _Delegate(GalleryDelegate):
    def __init__(self, view: Gallery) -> None:
        super().__init__(view)
        self._view = view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        photo = self._view.photos[index.row()]
        cell = QRectF(option.rect)  # type: ignore[attr-defined]
        width = cell.width() - _GAP
        scale = width / PICTURE.width()
        frame = QRectF(cell.left(), cell.top(), width, PICTURE.height() * scale)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        clip = QPainterPath()
        clip.addRoundedRect(frame, 6, 6)
        painter.setClipPath(clip)
        painter.fillRect(frame, QColor(theme().canvas))
        self._paint_photo(painter, frame, scale, photo)
        painter.setClipping(False)
        state = option.state  # type: ignore[attr-defined]
        if state & QStyle.StateFlag.State_MouseOver or state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme().acc), 2.0))
            painter.drawRoundedRect(frame.adjusted(1, 1, -1, -1), 6, 6)
        self._paint_caption(painter, QRectF(frame.left(), frame.bottom() + 3, width, scaled(_CAPTION) - 3), photo)
        painter.restore()

    def _paint_photo(self, painter: QPainter, frame: QRectF, scale: float, photo: GalleryPhoto) -> None:
        thumbnail = self._thumbnail(painter, frame, photo.photo_id)
        if thumbnail is None:
            return
        shown = placed(frame, scale, thumbnail.framing.shown)
        painter.drawPixmap(shown, thumbnail.pixmap, QRectF(thumbnail.pixmap.rect()))
        for box, colour_index in photo.after:
            line = placed(frame, scale, thumbnail.framing.place(box)).adjusted(1.5, 1.5, -1.5, -1.5).toRect()
            draw_box_line(painter, QRectF(line), BoxState.PROPOSED, class_colour(colour_index), width=2.0)
        for box, _ in photo.before:
            line = placed(frame, scale, thumbnail.framing.place(box)).adjusted(1, 1, -1, -1).toRect()
            draw_now_line(painter, QRectF(line))

    def _paint_caption(self, painter: QPainter, line: QRectF, photo: GalleryPhoto) -> None:
        colours = theme()
        said_face = font("second", 500, tabular=True)
        painter.setFont(said_face)
        painter.setPen(QColor(colours.warn if photo.change is Change.LOSES else colours.t2))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, photo.said)
        room = line.width() - painter.fontMetrics().horizontalAdvance(photo.said) - 10
        painter.setFont(font("second", 600))
        painter.setPen(QColor(colours.t1))
        name = painter.fontMetrics().elidedText(photo.path.name, Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)


def draw_now_line(painter: QPainter, area: QRectF) -> None:
    """The outline of a box as it is now: white dots over black, as the ghost of a drag on the canvas."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(0, 0, 0, 140), 2.5))
    painter.drawRect(area)
    pen = QPen(QColor("#FFFFFF"), 1.5, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern(_NOW_DASH)
    painter.setPen(pen)
    painter.drawRect(area)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
