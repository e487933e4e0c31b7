"""The field in which a person types or picks a class, or several; a name that is not there yet makes a new class."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPen,
    QStandardItem,
    QStandardItemModel,
)
from PySide6.QtWidgets import (
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.texts import tr
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, theme
from app.widgets import FloatPanel
from engine.dataset.project_records import ClassRow

_COLOUR_ROLE = Qt.ItemDataRole.UserRole + 1
_KEY_ROLE = Qt.ItemDataRole.UserRole + 2
_TICKED_ROLE = Qt.ItemDataRole.UserRole + 3
AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_PX, _MOST_ROWS, _WIDTH_PX = 30, 8, 232


def matching(classes: tuple[ClassRow, ...], typed: str) -> list[ClassRow]:
    """The classes that a typed text may mean: those that begin with it, then those that contain it."""
    folded = typed.strip().casefold()
    begins = [row for row in classes if row.name.casefold().startswith(folded)]
    contains = [row for row in classes if folded in row.name.casefold() and row not in begins]
    return begins + contains


class ClassMenu(FloatPanel):
    """A text field over a list of classes; `chosen` carries the class's name, which may be new.

    With `several` it stays open, and ticks show which classes are chosen.
    """

    chosen = Signal(str)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None, *, takes_new: bool = True, several: bool = False) -> None:
        """
        Args:
            takes_new: a name that no class has is offered as a new one.
            several: a choice ticks or unticks a class.
        """
        super().__init__(parent)
        self._takes_new, self._several = takes_new, several
        self._ticked: frozenset[str] = frozenset()
        self._classes: tuple[ClassRow, ...] = ()
        self.field = _Field(self)
        self.field.setPlaceholderText(tr("Class, or a new one") if takes_new else tr("Class"))
        self.field.setAccessibleName(tr("Classes of the photo") if several else tr("Class"))
        self.field.setFixedHeight(32)
        self.field.setMaxLength(200)
        self._model = QStandardItemModel(self)
        self.list = QListView(self)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_ClassDelegate(self.list))
        self.list.setUniformItemSizes(True)
        self.list.setFrameShape(QListView.Shape.NoFrame)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(tr("Classes"))
        self.list.viewport().setAutoFillBackground(False)
        self.setFixedWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)

        self.field.textChanged.connect(self._filter)
        self.field.stepped.connect(self._step)
        self.field.returnPressed.connect(self._choose_current)
        self.field.left.connect(self.close_menu)
        self.list.clicked.connect(self._choose)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.hide()

    def open_menu(self, classes: tuple[ClassRow, ...], current: str) -> None:
        """Shows the classes with the current one marked, ready to type."""
        self._classes = classes
        self.field.clear()
        self._filter("")
        for row in range(self._model.rowCount()):
            if self._model.item(row).data(Qt.ItemDataRole.UserRole) == current:
                self.list.setCurrentIndex(self._model.index(row, 0))
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def set_ticked(self, classes: tuple[ClassRow, ...], names: Iterable[str]) -> None:
        """Shows which classes are chosen; what was typed and marked stays."""
        self._classes, self._ticked = classes, frozenset(names)
        place = self.list.currentIndex().row()
        self._filter(self.field.text())
        self.list.setCurrentIndex(self._model.index(max(place, 0), 0))

    def close_menu(self) -> None:
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def _filter(self, typed: str) -> None:
        self._model.clear()
        for row in matching(self._classes, typed):
            item = QStandardItem(row.name)
            item.setData(row.name, Qt.ItemDataRole.UserRole)
            item.setData(row.colour_index, _COLOUR_ROLE)
            item.setData(row.key or "", _KEY_ROLE)
            if self._several:
                item.setData(row.name in self._ticked, _TICKED_ROLE)
                item.setAccessibleText(f"{row.name}, {tr('chosen')}" if row.name in self._ticked else row.name)
            self._model.appendRow(item)
        name = typed.strip()
        if self._takes_new and name and all(row.name.casefold() != name.casefold() for row in self._classes):
            item = QStandardItem(tr("New class “{name}”", name=name))
            item.setData(name, Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setFixedHeight(_ROW_PX * max(1, min(_MOST_ROWS, self._model.rowCount())) + 2)
        self.adjustSize()

    def _step(self, rows: int) -> None:
        count = self._model.rowCount()
        if count:
            self.list.setCurrentIndex(self._model.index((self.list.currentIndex().row() + rows) % count, 0))

    def _choose_current(self) -> None:
        self._choose(self.list.currentIndex())

    def _choose(self, index: QModelIndex) -> None:
        name = index.data(Qt.ItemDataRole.UserRole)
        if name:
            if self._several:
                self.field.clear()
            else:
                self.close_menu()
            self.chosen.emit(name)


class _Field(QLineEdit):
    """Hands the keys that walk through the list on to it."""

    stepped = Signal(int)
    left = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        # Every key typed here is text or walks the list: none may reach a shortcut of the canvas.
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = not event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
            if plain and not Qt.Key.Key_F1 <= event.key() <= Qt.Key.Key_F35:
                event.accept()
                return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.stepped.emit(1 if forward else -1)
        return True

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
            self.left.emit()


class _ClassDelegate(QStyledItemDelegate):
    """Swatch, name and digit."""

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        return QSize(_WIDTH_PX - 16, _ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colours = theme()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("hover"))
            painter.drawRoundedRect(QRectF(area).adjusted(0, 1, 0, -1), 6, 6)
        left = area.left() + 8
        colour_index = index.data(_COLOUR_ROLE)
        if colour_index is not None:
            draw_swatch(painter, QRectF(left, area.center().y() - 5, 12, 12), class_colour(colour_index))
            left += 22
        key = index.data(_KEY_ROLE) or ""
        ticked = index.data(_TICKED_ROLE)
        if ticked is not None:
            place = QRectF(area.right() - 46, area.center().y() - 7, 16, 16)
            if ticked:
                draw_icon(painter, "check", place, colours.colour("acc"))
        painter.setFont(font("body", 600 if ticked else 500))
        painter.setPen(colours.colour("t1"))
        text = QRect(left, area.top(), area.right() - left - (24 if ticked is None else 50), area.height())
        name = QFontMetrics(painter.font()).elidedText(index.data(), Qt.TextElideMode.ElideMiddle, text.width())
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setFont(font("second", tabular=True))
        painter.setPen(colours.colour("t3"))
        painter.drawText(area.adjusted(0, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, key)
        painter.restore()


def draw_swatch(painter: QPainter, area: QRectF, colour: QColor) -> None:
    """A class's colour as a small square; on light ground with a darker outline."""
    painter.setPen(QPen(colour if theme().dark else colour.darker(150), 1.0))
    painter.setBrush(colour)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
