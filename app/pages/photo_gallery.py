"""Photos in rows that fill the width, of which a click or Return opens one: what the galleries of two pages share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.panels.thumbnails import Thumbnail, ThumbnailStore
from app.texts import tr
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme

Index = QModelIndex | QPersistentModelIndex

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


class ShownPhoto(Protocol):
    """What a gallery needs to know of a photo."""

    @property
    def photo_id(self) -> int: ...

    @property
    def path(self) -> Path: ...


P = TypeVar("P", bound=ShownPhoto)


class _Photos(QAbstractListModel, Generic[P]):
    def __init__(self, describe: Callable[[P], str], parent: QWidget) -> None:
        super().__init__(parent)
        self.photos: tuple[P, ...] = ()
        self._describe = describe

    def show(self, photos: Sequence[P]) -> None:
        self.beginResetModel()
        self.photos = tuple(photos)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.photos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        photo = self.photos[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.path.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._describe(photo)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr("Open {name}", name=photo.path.name)
        return None


class PhotoGallery(QListView, Generic[P]):
    """Cells in rows that fill the width; each has a gap behind it, and the scroll bar stands behind the last.

    Signal `opened` brings the photo id of a click or of Return.
    """

    opened = Signal(int)

    def __init__(self, picture: QSize, describe: Callable[[P], str], parent: QWidget | None = None) -> None:
        """
        Args:
            picture: size that thumbnails are made for.
            describe: what a screen reader says of a photo.
            parent: as Qt has it.
        """
        super().__init__(parent)
        self._photos: _Photos[P] = _Photos(describe, self)
        self.thumbnails = ThumbnailStore(picture, device_pixel_ratio=self.devicePixelRatioF(), parent=self)
        self.thumbnails.ready.connect(lambda _: self.viewport().update())
        self.setModel(self._photos)
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
        self.clicked.connect(self._open)
        self.activated.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._want_pictures())
        notifier.changed.connect(self.fit)

    @property
    def photos(self) -> tuple[P, ...]:
        return self._photos.photos

    def show_photos(self, photos: Sequence[P]) -> None:
        """Shows these photos, in their order, from the same height on."""
        at = self.verticalScrollBar().value()
        self._photos.show(photos)
        self.fit()
        self.verticalScrollBar().setValue(at)
        self._want_pictures()

    def close_workers(self) -> None:
        """Ends the threads that make pictures."""
        self.thumbnails.close()

    def cell(self, width: int) -> QSize:
        """Size of a cell, its gap with it, in a view of that width."""
        raise NotImplementedError

    def fit(self) -> None:
        """Fits the cells to the view and the texts' size."""
        self.setGridSize(self.cell(max(self.viewport().width(), 1)))
        self.viewport().update()

    def resizeEvent(self, e: QResizeEvent) -> None:
        super().resizeEvent(e)
        self.fit()
        self._want_pictures()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # All other keys belong to the page: a threshold's, Escape, and Ctrl+Return for its main act.
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() in _OWN_KEYS and held == Qt.KeyboardModifier.NoModifier:
            super().keyPressEvent(event)
        else:
            event.ignore()

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


class GalleryDelegate(QStyledItemDelegate):
    """Paints a gallery's cells; how a cell looks is its kind's own."""

    def __init__(self, view: PhotoGallery) -> None:
        super().__init__(view)
        self._gallery = view

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        return self._gallery.gridSize()

    def _thumbnail(self, painter: QPainter, frame: QRectF, photo_id: int) -> Thumbnail | None:
        """The photo's picture where it is made; where it cannot be, a sign is painted in the middle of its frame."""
        thumbnail = self._gallery.thumbnails.thumbnail(photo_id)
        if thumbnail is None and self._gallery.thumbnails.is_unreadable(photo_id):
            middle = QRectF(frame.center().x() - 8, frame.center().y() - 8, 16, 16)
            draw_icon(painter, "state-failed", middle, theme().colour("warn"))
        return thumbnail


def placed(frame: QRectF, scale: float, area: QRectF) -> QRectF:
    """An area of a thumbnail, where a picture enlarged by `scale` lies in its frame."""
    return QRectF(
        frame.left() + area.left() * scale,
        frame.top() + area.top() * scale,
        area.width() * scale,
        area.height() * scale,
    )
