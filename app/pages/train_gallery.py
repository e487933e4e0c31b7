"""Reviewed photos with the box of the model in use and that of the new one, side by side."""

from __future__ import annotations

import math
from collections.abc import Sequence
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
    QVBoxLayout,
    QWidget,
)

from app.pages.threshold_all_gallery import draw_now_line
from app.panels.marks import draw_box_line
from app.panels.thumbnails import Thumbnail, ThumbnailStore
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, notifier, theme
from app.training.compared import ComparedPhoto
from app.widgets import Card, Words
from engine.dataset.project_records import BoxState
from engine.geometry import Box

PICTURE = QSize(132, 118)
_GAP = 12
_INSIDE = 10
_CAPTION = 26
_LEAST_COLUMNS = 1
_OWN_KEYS = frozenset(
    {
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
)
_SIGNS = {"better": ("chevron-up", "ok"), "worse": ("chevron-down", "bad"), "same": ("minus", "t2")}

_Index = QModelIndex | QPersistentModelIndex


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


class _Photos(QAbstractListModel):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.photos: tuple[ComparedPhoto, ...] = ()

    def show(self, photos: Sequence[ComparedPhoto]) -> None:
        self.beginResetModel()
        self.photos = tuple(photos)
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.photos)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        photo = self.photos[index.row()]
        name = Path(photo.path).name
        if role == Qt.ItemDataRole.DisplayRole:
            return name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return tr(
                "{name}, {change}: IoU {old} with the model in use, {new} with the new one",
                name=name,
                change=change_words(photo),
                old=f"{photo.old_iou:.2f}",
                new=f"{photo.new_iou:.2f}",
            )
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Open {name}", name=name)
        return None


class PairGallery(QListView):
    """Cards of two pictures each. Signal `opened` brings the photo id of a click or of Return."""

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photos = _Photos(self)
        self._small = False
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
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("Old and new on photos you reviewed"))
        self.clicked.connect(self._open)
        self.activated.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._want_pictures())
        notifier.changed.connect(self._fit)

    @property
    def photos(self) -> tuple[ComparedPhoto, ...]:
        return self._photos.photos

    def set_small(self, *, small: bool) -> None:
        """Smaller pictures where the page is low, so that whole ones are in sight."""
        if small != self._small:
            self._small = small
            self._fit()

    def show_photos(self, photos: Sequence[ComparedPhoto]) -> None:
        """Shows these photos, in their order."""
        self._photos.show(photos)
        self._fit()
        self._want_pictures()

    def close_workers(self) -> None:
        """Ends the threads that make pictures."""
        self.thumbnails.close()

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self._fit()
        self._want_pictures()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _OWN_KEYS and held == Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        else:
            event.ignore()  # the page's: Escape, and Ctrl+Return for its main act

    def _fit(self) -> None:
        width = max(self.viewport().width(), 1)
        pair = 2 * PICTURE.width() + 3 * _INSIDE
        wanted = width / (pair + _GAP)
        columns = max(_LEAST_COLUMNS, math.ceil(wanted) if self._small else round(wanted))
        cell = (width - 1) // columns  # a row as wide as the view is broken
        side = (cell - _GAP - 3 * _INSIDE) / 2
        height = side * PICTURE.height() / PICTURE.width() + _INSIDE + scaled(_CAPTION) + 6
        self.setGridSize(QSize(cell, round(height) + _GAP))

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
    def __init__(self, thumbnails: ThumbnailStore, view: PairGallery) -> None:
        super().__init__(view)
        self._view = view
        self._thumbnails = thumbnails

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
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
        thumbnail = self._thumbnails.thumbnail(photo.photo_id)
        if thumbnail is not None:
            _paint_photo(painter, frame, scale, thumbnail, photo, box)
        elif self._thumbnails.is_unreadable(photo.photo_id):
            middle = QRectF(frame.center().x() - 8, frame.center().y() - 8, 16, 16)
            draw_icon(painter, "state-failed", middle, theme().colour("warn"))
        painter.restore()


def _paint_photo(
    painter: QPainter, frame: QRectF, scale: float, thumbnail: Thumbnail, photo: ComparedPhoto, box: Box | None
) -> None:
    def placed(area: QRectF) -> QRectF:
        return QRectF(
            frame.left() + area.left() * scale,
            frame.top() + area.top() * scale,
            area.width() * scale,
            area.height() * scale,
        )

    painter.drawPixmap(placed(thumbnail.framing.shown), thumbnail.pixmap, QRectF(thumbnail.pixmap.rect()))
    if box is not None:
        line = placed(thumbnail.framing.place(box)).adjusted(1.5, 1.5, -1.5, -1.5).toRect()
        draw_box_line(painter, QRectF(line), BoxState.PROPOSED, class_colour(photo.colour_index), width=2.0)
    draw_now_line(painter, QRectF(placed(thumbnail.framing.place(photo.truth)).adjusted(1, 1, -1, -1).toRect()))


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
    name = painter.fontMetrics().elidedText(Path(photo.path).name, Qt.TextElideMode.ElideMiddle, int(room))
    painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
