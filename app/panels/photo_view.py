"""Rows or a grid of photos, all of one size: a place is worked out, never laid out, so 100,000 photos cost nothing."""

from __future__ import annotations

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QStyle, QStyleOptionViewItem, QWidget

from app.texts import tr
from app.theme.palette import theme

_Index = QModelIndex | QPersistentModelIndex
_Cursor = QAbstractItemView.CursorAction
_Hint = QAbstractItemView.ScrollHint
_STEP_SHARE = 3


class PhotoView(QAbstractItemView):
    """Places photos one below the other, or in as many columns as fit.

    The delegate's size hint is the size of a row or of a cell. A click never takes the focus, which belongs to the
    canvas; Tab and F6 still reach the list. `moved` tells that other photos may be in sight.
    """

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_grid = False
        self._hovered = -1
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Reserved, so that the rows keep their width when the list grows.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setAccessibleName(tr("Photos"))
        self.verticalScrollBar().valueChanged.connect(lambda _: self.moved.emit())

    def set_grid(self, *, grid: bool) -> None:
        """Cells in columns, or rows over the whole width."""
        self._is_grid = grid
        self.updateGeometries()
        self.viewport().update()

    @property
    def columns(self) -> int:
        return max(1, self.viewport().width() // max(1, self._hint().width())) if self._is_grid else 1

    def places_in_sight(self) -> range:
        """Places of the photos that can be seen, wholly or in part."""
        high, columns = self._hint().height(), self.columns
        top = self.verticalOffset()
        first = top // high * columns
        last = ((top + self.viewport().height() - 1) // high + 1) * columns
        return range(min(first, self._count()), min(last, self._count()))

    # what a view of items has to answer

    def visualRect(self, index: _Index) -> QRect:
        return self._rect(index.row()) if index.isValid() else QRect()

    def indexAt(self, point: QPoint) -> QModelIndex:
        columns = self.columns
        column = point.x() // max(1, self.viewport().width() // columns)
        place = (point.y() + self.verticalOffset()) // self._hint().height() * columns + column
        inside = 0 <= column < columns and 0 <= place < self._count()
        return self.model().index(place, 0) if inside else QModelIndex()

    def scrollTo(self, index: _Index, hint: _Hint = _Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        rect, high, bar = self._rect(index.row()), self.viewport().height(), self.verticalScrollBar()
        if hint is _Hint.PositionAtTop or (hint is _Hint.EnsureVisible and (rect.top() < 0 or rect.height() > high)):
            bar.setValue(bar.value() + rect.top())
        elif hint is _Hint.PositionAtBottom or (hint is _Hint.EnsureVisible and rect.bottom() >= high):
            bar.setValue(bar.value() + rect.bottom() + 1 - high)
        elif hint is _Hint.PositionAtCenter:
            bar.setValue(bar.value() + rect.center().y() - high // 2)

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def isIndexHidden(self, _index: _Index) -> bool:
        return False

    def moveCursor(self, action: _Cursor, _modifiers: Qt.KeyboardModifier) -> QModelIndex:
        count, columns = self._count(), self.columns
        if count == 0:
            return QModelIndex()
        here = max(self.currentIndex().row(), 0)
        page = max(1, self.viewport().height() // self._hint().height()) * columns
        step = {
            _Cursor.MoveUp: -columns,
            _Cursor.MoveDown: columns,
            _Cursor.MoveLeft: -1 if self._is_grid else 0,
            _Cursor.MoveRight: 1 if self._is_grid else 0,
            _Cursor.MovePrevious: -1,
            _Cursor.MoveNext: 1,
            _Cursor.MovePageUp: -page,
            _Cursor.MovePageDown: page,
            _Cursor.MoveHome: -count,
            _Cursor.MoveEnd: count,
        }[action]
        return self.model().index(min(max(here + step, 0), count - 1), 0)

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Chooses all photos from the one at a corner to the one at the opposite corner, as they follow each other."""
        if self._count() == 0:
            return
        places = sorted(self._nearest(corner) for corner in (rect.topLeft(), rect.bottomRight()))
        first, last = (self.model().index(place, 0) for place in places)
        self.selectionModel().select(QItemSelection(first, last), command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        region, seen = QRegion(), self.places_in_sight()
        for number in range(selection.count()):
            chosen = selection.at(number)
            for place in range(max(chosen.top(), seen.start), min(chosen.bottom() + 1, seen.stop)):
                region += self._rect(place)
        return region

    def updateGeometries(self) -> None:
        high, port = self._hint().height(), self.viewport().height()
        lines = -(-self._count() // self.columns)
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, lines * high - port))
        bar.setPageStep(port)
        bar.setSingleStep(max(1, high // _STEP_SHARE))
        # A bar with nothing to scroll is drawn as resting.
        bar.setEnabled(bar.maximum() > 0)
        super().updateGeometries()

    # what happens

    def reset(self) -> None:
        super().reset()
        self._hovered = -1
        self.updateGeometries()

    def rowsInserted(self, parent: _Index, start: int, end: int) -> None:
        super().rowsInserted(parent, start, end)
        self.updateGeometries()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.moved.emit()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverMove, QEvent.Type.MouseMove):
            self._hover(self.indexAt(event.position().toPoint()).row())  # type: ignore[attr-defined]
        elif event.type() in (QEvent.Type.HoverLeave, QEvent.Type.Leave, QEvent.Type.Wheel):
            self._hover(-1)
        return super().viewportEvent(event)

    def keyboardSearch(self, search: str) -> None:
        """Letters belong to the canvas, not to a jump in the list."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver)
        chosen, delegate = self.selectionModel(), self.itemDelegate()
        for place in self.places_in_sight():
            index = self.model().index(place, 0)
            rect = self._rect(place)
            if not event.region().intersects(rect):
                continue
            option.rect = rect  # type: ignore[attr-defined]
            option.state = plain  # type: ignore[attr-defined]
            if chosen.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected  # type: ignore[attr-defined]
            if place == self._hovered:
                option.state |= QStyle.StateFlag.State_MouseOver  # type: ignore[attr-defined]
            delegate.paint(painter, option, index)
        if self.hasFocus():
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(theme().colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.viewport().rect()).adjusted(1, 1, -1, -1), 4, 4)

    # where things are

    def _hover(self, place: int) -> None:
        if place != self._hovered:
            self._hovered = place
            self.viewport().update()

    def _count(self) -> int:
        return self.model().rowCount() if self.model() is not None else 0

    def _hint(self) -> QSize:
        return self.itemDelegate().sizeHint(QStyleOptionViewItem(), QModelIndex()).expandedTo(QSize(1, 1))

    def _rect(self, place: int) -> QRect:
        columns, high = self.columns, self._hint().height()
        wide = self.viewport().width() // columns
        return QRect(place % columns * wide, place // columns * high - self.verticalOffset(), wide, high)

    def _nearest(self, point: QPoint) -> int:
        columns = self.columns
        wide = max(1, self.viewport().width() // columns)
        column = min(max(point.x() // wide, 0), columns - 1)
        place = (point.y() + self.verticalOffset()) // self._hint().height() * columns + column
        return min(max(place, 0), self._count() - 1)
