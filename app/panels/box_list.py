"""The boxes on the photo: line as drawn, class and state; hovering shows which one is meant, a click selects it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QEnterEvent, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app.panels import words
from app.panels.marks import draw_box_line
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.palette import class_colour, notifier, theme
from app.widgets import draw_chosen
from engine.dataset.project_records import BoxRow, BoxState, ClassRow

_ROW_HEIGHT = 32


class BoxList(QWidget):
    """One row a box. `chosen` carries the box id of a click, `hovered` that under the pointer, -1 for none."""

    chosen = Signal(int)
    hovered = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[BoxRowButton] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)

    @property
    def rows(self) -> tuple[BoxRowButton, ...]:
        return tuple(self._rows)

    def set_boxes(self, boxes: Sequence[BoxRow], classes: Mapping[int, ClassRow]) -> None:
        """Shows these boxes. Rows are used again, since this is called for every frame of a drag."""
        while len(self._rows) < len(boxes):
            row = BoxRowButton(self)
            row.clicked.connect(lambda _=False, row=row: self._choose(row))
            row.entered.connect(self.hovered)
            row.left.connect(lambda: self.hovered.emit(-1))
            self._layout.addWidget(row)
            self._rows.append(row)
        while len(self._rows) > len(boxes):
            row = self._rows.pop()
            self._layout.removeWidget(row)
            row.hide()
            row.deleteLater()
        for row, box in zip(self._rows, boxes, strict=True):
            row.set_box(box, classes.get(box.class_id))

    def set_selected(self, box_id: int) -> None:
        for row in self._rows:
            row.set_selected(selected=row.box is not None and row.box.id == box_id)

    def _choose(self, row: BoxRowButton) -> None:
        if row.box is not None:
            self.chosen.emit(row.box.id)


class BoxRowButton(QAbstractButton):
    """Line sample, class and state words of one box."""

    entered = Signal(int)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.box: BoxRow | None = None
        self._class: ClassRow | None = None
        self._selected = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def set_box(self, box: BoxRow, named: ClassRow | None) -> None:
        if (box, named) != (self.box, self._class):
            self.box, self._class = box, named
            self._say()
            self.update()

    def set_selected(self, *, selected: bool) -> None:
        if selected != self._selected:
            self._selected = selected
            self._say()
            self.update()

    @property
    def selected(self) -> bool:
        return self._selected

    def sizeHint(self) -> QSize:
        return QSize(200, scaled(_ROW_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, scaled(_ROW_HEIGHT))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        if self.box is not None:
            self.entered.emit(self.box.id)
        self.update()

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        self.left.emit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.box is None:
            return
        colours = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRectF(self.rect())
        if self._selected:
            draw_chosen(painter, ground, 6)
        elif self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(ground, 6, 6)
        middle = ground.center().y()
        rejected = self.box.state is BoxState.REJECTED
        colour = class_colour(self._class.colour_index if self._class is not None else 0)
        sample = QRectF(10, middle - 7, 18, 14)
        # No photo lies under the sample: on a light panel a darker line does what the casing does on a photo.
        colour = colour if colours.dark else colour.darker(150)
        draw_box_line(painter, sample, self.box.state, colour, width=1.75, casing=False)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

        state = words.box_state(self.box)
        state_face = font("second", tabular=True)
        painter.setFont(state_face)
        painter.setPen(QColor(colours.t2))
        state_width = QFontMetricsF(state_face).horizontalAdvance(state) + 2
        right = ground.right() - 10
        line = QRectF(right - state_width, 0, state_width, ground.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, state)

        face = font("body", 600 if self._selected else 500)
        face.setStrikeOut(rejected)
        painter.setFont(face)
        painter.setPen(QColor(colours.t3 if rejected else colours.t1))
        room = QRectF(38, 0, line.left() - 8 - 38, ground.height())
        name = self._class.name if self._class is not None else tr("no class")
        name = QFontMetricsF(face).elidedText(name, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.acc), 2.0))
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), 6, 6)

    def _say(self) -> None:
        if self.box is None:
            return
        name = self._class.name if self._class is not None else tr("no class")
        parts = [name, words.box_state(self.box).replace(" · ", ", ")]
        if self._selected:
            parts.append(tr("selected"))
        self.setAccessibleName(", ".join(parts))
