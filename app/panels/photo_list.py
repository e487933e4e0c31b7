"""The photo list: how far the folder is, what is shown and in which order, and the photos themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QVBoxLayout, QWidget

from app.panels.photo_delegate import THUMBNAIL_SIZE, PhotoDelegate
from app.panels.photo_list_head import PhotoListHead
from app.panels.photo_list_notes import EmptyNote, PhotoListFoot
from app.panels.photo_model import PhotoModel
from app.panels.photo_view import PhotoView
from app.panels.thumbnails import ThumbnailStore
from app.photo_order import Order
from app.seldom import Seldom
from app.theme.palette import notifier, theme
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

_SETTLE_MS = 30
_ROWS_AHEAD = 8
_ROWS_IN_SIGHT_AFTER = 2
# While many photos change one after the other, counts are asked for ten times a second at most.
_COUNTS_MS = 100


class PhotoListPanel(QWidget):
    """Lists the session's photos; a click or an arrow key goes to one.

    `typing_ended` asks for the focus to go back to the canvas, after Return or Escape in the search field;
    `menu_requested` for the menu of the selected photos, at a place on the screen.
    """

    typing_ended = Signal()
    menu_requested = Signal(QPoint)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._following = False
        self._going = False
        self.model = PhotoModel(self)
        self.thumbnails = ThumbnailStore(THUMBNAIL_SIZE, device_pixel_ratio=self.devicePixelRatioF(), parent=self)
        self._delegate = PhotoDelegate(self.thumbnails, self)
        self.head = PhotoListHead(self)
        self.view = PhotoView(self)
        self.view.setModel(self.model)
        self.view.setItemDelegate(self._delegate)
        self.foot = PhotoListFoot(self)
        self.empty = EmptyNote(self)
        self._middle = QStackedWidget(self)
        self._middle.addWidget(self.view)
        self._middle.addWidget(self.empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.head)
        layout.addWidget(self._middle, 1)
        layout.addWidget(self.foot)
        # Scrolling fast must not start work for rows that are gone before it is done.
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self._load_visible)
        self._counting = QTimer(self)
        self._counting.setSingleShot(True)
        self._counting.setInterval(_COUNTS_MS)
        self._counting.timeout.connect(self._show_counts)
        self._threshold_moves = False
        self._boxes_seldom = Seldom(self._update_current_boxes, self)
        self._connect()
        self.reload()

    def set_compact(self, compact: bool) -> None:
        """The narrow form for windows below 1180 px: lower rows with the class only, one chip for the filter."""
        self._delegate.set_compact(compact=compact)
        self.head.set_compact(compact=compact)
        self.foot.set_compact(compact=compact)
        # Row heights are cached by the view.
        self.view.doItemsLayout()
        self._show_current()
        self._settle.start()

    def set_grid(self, grid: bool) -> None:
        """Photos side by side instead of one below the other; the current one stays in sight."""
        self._delegate.set_grid(grid=grid)
        self.thumbnails.set_size(self._delegate.thumbnail_size)
        self.view.set_grid(grid=grid)
        self._show_current()
        self._settle.start()

    def focus_search(self) -> None:
        """Puts the cursor into the search field, its text selected."""
        self.head.focus_search()

    def selected_ids(self) -> tuple[int, ...]:
        """The photos chosen with Ctrl or Shift, in list order; else the current one."""
        chosen = self.view.selectionModel().selection()
        spans = sorted((chosen.at(place).top(), chosen.at(place).bottom()) for place in range(chosen.count()))
        return tuple(self.model.photo_at(place).id for top, bottom in spans for place in range(top, bottom + 1))

    def select_all(self) -> None:
        """Chooses every listed photo; the current one stays current."""
        self.view.selectAll()

    def reload(self) -> None:
        """Shows the session's rows as they are now; the row at the top stays at the top if it is still there."""
        top = self.view.indexAt(self.view.viewport().rect().topLeft())
        top_id = self.model.photo_at(top.row()).id if top.isValid() else -1
        self.model.set_classes(self._session.classes)
        self.model.set_rows(self._session.rows)
        kept = self.model.index_of(top_id)
        if kept.isValid() and kept.row() != self.view.indexAt(self.view.viewport().rect().topLeft()).row():
            self.view.scrollTo(kept, QAbstractItemView.ScrollHint.PositionAtTop)
        self._show_counts()
        self._show_current()
        self._settle.start()

    def close_workers(self) -> None:
        """Ends the thumbnails' workers; called when the window closes."""
        self._settle.stop()
        self._counting.stop()
        self.thumbnails.close()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.Show):
            self.thumbnails.set_device_pixel_ratio(self.devicePixelRatioF())
            self._settle.start()
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("panel"))

    # from the session

    def _connect(self) -> None:
        session = self._session
        session.project_opened.connect(self._open)
        session.project_closed.connect(self._open)
        session.photos_added.connect(lambda _: self.reload())
        session.photo_changed.connect(self._update_photo)
        session.classes_changed.connect(self._show_classes)
        session.current_changed.connect(lambda _: self._show_current())
        session.threshold_changed.connect(self._follow_threshold)
        session.boxes_changed.connect(self._follow_boxes)
        self.head.filter_changed.connect(self._filter)
        self.head.order_changed.connect(self._put_in_order)
        self.head.offered = self._session.filters
        self.head.grid_chosen.connect(self.set_grid)
        self.head.typing_ended.connect(self.typing_ended)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._ask_menu)
        self.empty.clear_requested.connect(self.head.clear_filter)
        self.view.selectionModel().currentChanged.connect(self._go_to)
        self.view.moved.connect(self._settle.start)
        self.thumbnails.ready.connect(self.model.touch)
        notifier.changed.connect(self.update)
        notifier.changed.connect(self.view.viewport().update)

    def _open(self) -> None:
        self.thumbnails.clear()
        self.model.clear()
        self.head.reset()
        self.reload()

    def _filter(self, state: PhotoState | None, text: str) -> None:
        self._session.set_filter(state, text)
        self.head.show_problem(self._session.filter_problem)
        self.reload()

    def _put_in_order(self, order: Order | None) -> None:
        self._session.set_order(order)
        self.reload()

    def _ask_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if index.isValid():
            self.menu_requested.emit(self.view.viewport().mapToGlobal(place))

    def _update_photo(self, photo_id: int) -> None:
        if self.model.knows_boxes(photo_id):
            self.model.set_boxes(photo_id, self._session.boxes_of(photo_id))
        self.model.update_photo(self._session.photo(photo_id))
        if not self._counting.isActive():
            self._counting.start()

    def _show_classes(self) -> None:
        self.model.set_classes(self._session.classes)

    def _follow_threshold(self, _threshold: float, dragging: bool) -> None:
        self._threshold_moves = dragging

    def _follow_boxes(self) -> None:
        """While the threshold is dragged, the row's small picture need not follow every frame."""
        if self._threshold_moves:
            self._boxes_seldom.ask()
        else:
            self._boxes_seldom.now()

    def _update_current_boxes(self) -> None:
        current = self._session.current
        if current is not None:
            self.model.set_boxes(current.id, self._session.boxes)

    def _show_current(self) -> None:
        current = self._session.current
        index = self.model.index_of(current.id) if current is not None else QModelIndex()
        self._following = True
        self._delegate.current_id = current.id if current is not None else -1
        if index.isValid():
            # While a click goes to a photo, Qt itself chooses, so that Ctrl and Shift add to what is chosen.
            if not self._going:
                alone = QItemSelectionModel.SelectionFlag.ClearAndSelect
                self.view.selectionModel().setCurrentIndex(index, alone)
            if not self._going:
                # What comes next is in sight too; but nothing slides under a pointer that has just clicked.
                ahead = min(index.row() + _ROWS_IN_SIGHT_AFTER, self.model.rowCount() - 1)
                self.view.scrollTo(self.model.index(ahead))
            self.view.scrollTo(index)
        else:
            self.view.selectionModel().clear()
        self._following = False

    def _show_counts(self) -> None:
        counts = self._session.counts()
        self.head.set_folder(self._session.folder_name)
        self.head.set_counts(counts)
        self.foot.set_effort(*self._session.effort_today())
        shown = self.model.rowCount() > 0
        self._middle.setCurrentWidget(self.view if shown else self.empty)
        if not shown:
            self.empty.explain(sum(counts.values()), self.head.state, self.head.text)

    # to the session

    def _go_to(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and not self._following:
            self._going = True
            self._session.go_to(self.model.photo_at(index.row()).id)
            self._going = False

    def _load_visible(self) -> None:
        """Asks for thumbnails and boxes of the rows in sight and a few more below them."""
        if self.model.rowCount() == 0:
            return
        seen = self.view.places_in_sight()
        until = min(seen.stop + _ROWS_AHEAD, self.model.rowCount())
        photos = [self.model.photo_at(place) for place in range(seen.start, until)]
        for photo in photos:
            if not self.model.knows_boxes(photo.id):
                self.model.set_boxes(photo.id, self._session.boxes_of(photo.id))
        self.thumbnails.show([(photo.id, self._session.photo_path(photo)) for photo in photos])
