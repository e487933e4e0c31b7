"""The field in which a person types or picks a class, or several; a name that is not there yet makes a new class."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPen,
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
from app.theme.fonts import font, scaled
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
    found = [(row.name.casefold().find(folded), row) for row in classes]
    return [row for place, row in found if place == 0] + [row for place, row in found if place > 0]


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
        self.field.setFixedHeight(scaled(32))
        self.field.setMaxLength(200)
        self._model = _Offered(self)
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
        self.setFixedWidth(scaled(_WIDTH_PX))
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
        place = next((place for place, name in enumerate(self._model.names) if name == current), 0)
        self.list.setCurrentIndex(self._model.index(place, 0))
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
        found = matching(self._classes, typed)
        name = typed.strip()
        is_new = self._takes_new and name and all(row.name.casefold() != name.casefold() for row in self._classes)
        self._model.offer(found, name if is_new else "", self._ticked if self._several else None)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setFixedHeight(scaled(_ROW_PX) * max(1, min(_MOST_ROWS, self._model.rowCount())) + 2)
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


class _Offered(QAbstractListModel):
    """Classes that fit what is typed, and last the new one that it would make."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: list[ClassRow] = []
        self._new = ""
        self._ticked: frozenset[str] | None = None

    def offer(self, rows: list[ClassRow], new: str, ticked: frozenset[str] | None) -> None:
        """Shows these classes; `new` is "" for no new one, and `ticked` None where nothing is ticked."""
        self.beginResetModel()
        self._rows, self._new, self._ticked = rows, new, ticked
        self.endResetModel()

    @property
    def names(self) -> list[str]:
        return [row.name for row in self._rows] + ([self._new] if self._new else [])

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows) + bool(self._new)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        place = index.row()
        if not 0 <= place < self.rowCount():
            return None
        row = self._rows[place] if place < len(self._rows) else None
        name = row.name if row is not None else self._new
        ticked = None if self._ticked is None or row is None else name in self._ticked
        if role == Qt.ItemDataRole.UserRole:
            return name
        if role == Qt.ItemDataRole.DisplayRole:
            return name if row is not None else tr("New class “{name}”", name=name)
        if role == Qt.ItemDataRole.AccessibleTextRole and ticked:
            return f"{name}, {tr('chosen')}"
        own = {
            _COLOUR_ROLE: row.colour_index if row is not None else None,
            _KEY_ROLE: (row.key if row is not None else None) or "",
            _TICKED_ROLE: ticked,
        }
        return own.get(role)


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
        return QSize(scaled(_WIDTH_PX) - 16, scaled(_ROW_PX))

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
