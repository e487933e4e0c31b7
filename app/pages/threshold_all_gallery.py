"""Photos with their boxes now and at another threshold, side by side: what a threshold for all would do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.panels.marks import draw_box_line
from app.panels.thumbnails import ThumbnailStore
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, notifier, theme
from engine.dataset.project_records import BoxState
from engine.geometry import Box
from engine.prelabel.reboxing import Change

PICTURE = QSize(228, 140)
_GAP = 16
_CAPTION = 26
_LEAST_COLUMNS = 2
_NOW_DASH = [2.0, 2.6]
_OWN_KEYS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
}

_Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class GalleryPhoto:
    """One photo of the gallery.

    before, after: boxes in photo pixels, each with its class's colour index. change: what the threshold does to the
    photo. overlap: least IoU of a box now with one after, in [0, 1].
    """

    photo_id: int
    name: str
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


class _Photos(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.photos: tuple[GalleryPhoto, ...] = ()

    def show(self, photos: Sequence[GalleryPhoto]) -> None:
        self.beginResetModel()
        self.photos = tuple(photos)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.photos)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        photo = self.photos[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{photo.name}, {photo.said}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Open {name}", name=photo.name)
        return None


class Gallery(QListView):
    """Pictures in rows that fill the width; each has a gap behind it, and the scroll bar stands behind the last.

    Signal `opened` brings the photo id of a click or of Return.
    """

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos = _Photos(self)
        self.thumbnails = ThumbnailStore(PICTURE, device_pixel_ratio=self.devicePixelRatioF(), parent=self)
        self.thumbnails.ready.connect(lambda _: self.viewport().update())
        self.setModel(self._photos)
        self.setItemDelegate(_Delegate(self.thumbnails, self))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Its room is always there, so that no picture changes its size when the bar comes.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("What changes most"))
        self.clicked.connect(self._open)
        self.activated.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._want_pictures())
        notifier.changed.connect(self.viewport().update)

    @property
    def photos(self) -> tuple[GalleryPhoto, ...]:
        return self._photos.photos

    def show_photos(self, photos: Sequence[GalleryPhoto]) -> None:
        """Shows these photos, in their order."""
        at = self.verticalScrollBar().value()
        self._photos.show(photos)
        self._fit()
        self.verticalScrollBar().setValue(at)
        self._want_pictures()

    def close_workers(self) -> None:
        """Ends the threads that make pictures."""
        self.thumbnails.close()

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._fit()
        self._want_pictures()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # All other keys belong to the page: the threshold's, Escape, and Ctrl+Return for its main act.
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _OWN_KEYS and held == Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _fit(self) -> None:
        width = max(self.viewport().width(), 1)
        columns = max(_LEAST_COLUMNS, round(width / (PICTURE.width() + _GAP)))
        cell = (width - 1) // columns  # a row as wide as the view is broken
        self.setGridSize(QSize(cell, round((cell - _GAP) * PICTURE.height() / PICTURE.width()) + scaled(_CAPTION) + 12))

    def _want_pictures(self) -> None:
        grid, height = self.gridSize(), self.viewport().height()
        columns = max(1, self.viewport().width() // max(grid.width(), 1))
        first = self.verticalScrollBar().value() // max(grid.height(), 1)
        rows = height // max(grid.height(), 1) + 2
        some = self.photos[first * columns : (first + rows) * columns]
        self.thumbnails.show([(photo.photo_id, photo.path) for photo in some])

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(self.photos[index.row()].photo_id)


class _Delegate(QStyledItemDelegate):
    def __init__(self, thumbnails: ThumbnailStore, view: Gallery) -> None:
        super().__init__(view)
        self._view = view
        self._thumbnails = thumbnails

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
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
        thumbnail = self._thumbnails.thumbnail(photo.photo_id)
        if thumbnail is None:
            if self._thumbnails.is_unreadable(photo.photo_id):
                middle = QRectF(frame.center().x() - 8, frame.center().y() - 8, 16, 16)
                draw_icon(painter, "state-failed", middle, QColor(theme().warn))
            return

        def placed(area: QRectF) -> QRectF:
            return QRectF(
                frame.left() + area.left() * scale,
                frame.top() + area.top() * scale,
                area.width() * scale,
                area.height() * scale,
            )

        painter.drawPixmap(placed(thumbnail.framing.shown), thumbnail.pixmap, QRectF(thumbnail.pixmap.rect()))
        for box, colour_index in photo.after:
            line = placed(thumbnail.framing.place(box)).adjusted(1.5, 1.5, -1.5, -1.5).toRect()
            draw_box_line(painter, QRectF(line), BoxState.PROPOSED, class_colour(colour_index), width=2.0)
        for box, _ in photo.before:
            draw_now_line(painter, QRectF(placed(thumbnail.framing.place(box)).adjusted(1, 1, -1, -1).toRect()))

    def _paint_caption(self, painter: QPainter, line: QRectF, photo: GalleryPhoto) -> None:
        colours = theme()
        said_face = font("second", 500, tabular=True)
        painter.setFont(said_face)
        painter.setPen(QColor(colours.warn if photo.change is Change.LOSES else colours.t2))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, photo.said)
        room = line.width() - painter.fontMetrics().horizontalAdvance(photo.said) - 10
        painter.setFont(font("second", 600))
        painter.setPen(QColor(colours.t1))
        name = painter.fontMetrics().elidedText(photo.name, Qt.TextElideMode.ElideMiddle, int(room))
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
