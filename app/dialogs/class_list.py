"""The classes of a project as a list: colour, name, key, and where each is used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from app.canvas.class_menu import draw_swatch
from app.texts import tr, tr_count
from app.theme.fonts import font, scaled
from app.theme.palette import class_colour, theme
from app.widgets import cap_size, draw_cap, draw_chosen
from engine.dataset.project_records import ClassRow, ClassUse

AnyIndex = QModelIndex | QPersistentModelIndex
_ROW_PX, _SWATCH_PX = 36, 14
_CLASS_ROLE = Qt.ItemDataRole.UserRole + 1


def use_words(use: ClassUse) -> str:
    """Where a class is used, such as "12 boxes, 3 photos"; "unused" for nowhere."""
    parts = []
    if use.box_count:
        parts.append(tr_count("{count} box", "{count} boxes", use.box_count))
    if use.rejected_count:
        parts.append(tr_count("{count} rejected box", "{count} rejected boxes", use.rejected_count))
    if use.photo_count:
        parts.append(tr_count("{count} photo", "{count} photos", use.photo_count))
    return ", ".join(parts) or tr("unused")


class ClassModel(QAbstractListModel):
    """Rows of classes in the order given."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows: tuple[ClassRow, ...] = ()
        self._use: Mapping[int, ClassUse] = {}

    def show_classes(self, rows: Sequence[ClassRow], use: Mapping[int, ClassUse]) -> None:
        self.beginResetModel()
        self._rows, self._use = tuple(rows), use
        self.endResetModel()

    @property
    def rows(self) -> tuple[ClassRow, ...]:
        return self._rows

    def use_of(self, class_id: int) -> ClassUse:
        return self._use.get(class_id, ClassUse())

    def place_of(self, class_id: int) -> int:
        """Row of a class, -1 where it is not listed."""
        return next((place for place, row in enumerate(self._rows) if row.id == class_id), -1)

    def rowCount(self, parent: AnyIndex | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name
        if role == _CLASS_ROLE:
            return row
        if role == Qt.ItemDataRole.AccessibleTextRole:
            key = tr("key {digit}", digit=row.key) if row.key else tr("no key")
            return f"{row.name}, {key}, {use_words(self.use_of(row.id))}"
        return None


class ClassList(QListView):
    """A list over a `ClassModel`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.classes = ClassModel(self)
        self.setModel(self.classes)
        self.setItemDelegate(_RowDelegate(self.classes, self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName(tr("Classes"))

    @property
    def current(self) -> ClassRow | None:
        place = self.currentIndex().row()
        return self.classes.rows[place] if 0 <= place < len(self.classes.rows) else None

    def choose(self, class_id: int) -> None:
        """Marks a class, or the first where it is not listed."""
        place = max(self.classes.place_of(class_id), 0)
        index = self.classes.index(place, 0)
        self.setCurrentIndex(index)
        self.scrollTo(index)


class _RowDelegate(QStyledItemDelegate):
    def __init__(self, classes: ClassModel, parent: QListView) -> None:
        super().__init__(parent)
        self._classes, self._view = classes, parent

    def sizeHint(self, option: QStyleOptionViewItem, index: AnyIndex) -> QSize:  # noqa: ARG002
        return QSize(200, scaled(_ROW_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: AnyIndex) -> None:
        colours = theme()
        area: QRect = option.rect  # pyright: ignore[reportAttributeAccessIssue]
        state: QStyle.StateFlag = option.state  # pyright: ignore[reportAttributeAccessIssue]
        row: ClassRow = index.data(_CLASS_ROLE)
        use = self._classes.use_of(row.id)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(area).adjusted(14, 1, -6, -1)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        if chosen:
            draw_chosen(painter, ground, 6)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("hover"))
            painter.drawRoundedRect(ground, 6, 6)
        if chosen and self._view.hasFocus():
            painter.setPen(QPen(colours.colour("acc"), 2.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), 6, 6)
        middle = ground.center().y()
        left = ground.left() + 10
        draw_swatch(painter, QRectF(left, middle - 7, _SWATCH_PX, _SWATCH_PX), class_colour(row.colour_index))
        left += _SWATCH_PX + 10
        cap = cap_size("8")
        if row.key:
            place = QRectF(left, middle - cap.height() / 2, cap.width(), cap.height())
            draw_cap(painter, place, row.key, colours.colour("t2"), colours.colour("raised"))
        left += cap.width() + 10
        right = ground.right() - 10
        words = use_words(use)
        painter.setFont(font("second", tabular=True))
        painter.setPen(colours.colour("t2" if use.is_used else "t3"))
        width = min(painter.fontMetrics().horizontalAdvance(words) + 2, int((right - left) * 0.6))
        words = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, width)
        _line(painter, QRectF(right - width, area.top(), width, area.height()), words, Qt.AlignmentFlag.AlignRight)
        face = font("body", 600 if chosen else 500)
        painter.setFont(face)
        painter.setPen(QColor(colours.t1))
        room = QRectF(left, area.top(), right - width - 12 - left, area.height())
        name = QFontMetrics(face).elidedText(row.name, Qt.TextElideMode.ElideMiddle, int(room.width()))
        _line(painter, room, name, Qt.AlignmentFlag.AlignLeft)
        painter.restore()


def _line(painter: QPainter, room: QRectF, words: str, side: Qt.AlignmentFlag) -> None:
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | side, words)
