"""Class scores of the photo: a click on a row, or its digit, gives the box that class."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app.panels.marks import draw_swatch
from app.session_types import ScoreRow
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme
from app.widgets import draw_cap

_ROW_HEIGHT = 28
_ROWS, _COMPACT_ROWS = 5, 3
_NAMED = 3
_KEY, _SWATCH, _FIGURE_WIDTH = 18, 10, 40
_BAR_HEIGHT = 5
_BESIDE_BAR, _LEAST_BAR = 204, 40


class ScoreList(QWidget):
    """The best classes of the photo, best first. `chosen` carries the name of a row's class."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._compact = False
        self._scores: tuple[ScoreRow, ...] = ()
        self._current_class_id: int | None = None
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self._rows = [ScoreRowButton(self) for _ in range(_ROWS)]
        for row in self._rows:
            row.clicked.connect(lambda _=False, row=row: self._choose(row))
            layout.addWidget(row)

    @property
    def rows(self) -> tuple[ScoreRowButton, ...]:
        """The rows that are shown."""
        return tuple(row for row in self._rows if row.score is not None)

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self._fill()

    def set_scores(self, scores: Sequence[ScoreRow], current_class_id: int | None) -> None:
        """Shows these scores; the row of the box's class is marked."""
        self._scores = tuple(scores)
        self._current_class_id = current_class_id
        self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        keyed = {row.score.key: row for row in self.rows if row.score is not None and row.score.key}
        row = keyed.get(event.text())
        if row is None:
            event.ignore()
        else:
            self._choose(row)

    def _fill(self) -> None:
        room = _COMPACT_ROWS if self._compact else _ROWS
        for place, row in enumerate(self._rows):
            shown = self._scores[place] if place < min(room, len(self._scores)) else None
            # Room for all rows is kept, so that nothing below jumps between two photos.
            row.setVisible(place < room)
            current = shown is not None and shown.class_id is not None and shown.class_id == self._current_class_id
            row.set_score(shown, current=current)

    def _choose(self, row: ScoreRowButton) -> None:
        if row.score is not None:
            self.chosen.emit(row.score.name)


class ScoreRowButton(QAbstractButton):
    """Digit, swatch, name, bar and figure of one class."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.score: ScoreRow | None = None
        self._current = False
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        notifier.changed.connect(self.update)

    @staticmethod
    def _figure(score: ScoreRow) -> str:
        """The probability; a label that the model does not know has none."""
        return f"{score.score:.2f}" if score.known else tr("new")

    def set_score(self, score: ScoreRow | None, *, current: bool) -> None:
        self.score, self._current = score, current
        self.setEnabled(score is not None)
        if score is None:
            self.setAccessibleName("")
            self.setToolTip("")
        else:
            told = tr("score {score}", score=self._figure(score)) if score.known else tr("new to the model")
            parts = [score.name, told]
            if score.key:
                parts.append(tr("key {digit}", digit=score.key))
            if current:
                parts.append(tr("class of the box"))
            self.setAccessibleName(", ".join(parts))
            make = tr("Make it {name}", name=score.name)
            self.setToolTip(_why_there(score) + (f"{make}, {score.key}" if score.key else make))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(200, scaled(_ROW_HEIGHT))

    def minimumSizeHint(self) -> QSize:
        return QSize(120, scaled(_ROW_HEIGHT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self.score is None:
            return
        colours = theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(-4, 1, 4, -1), 4, 4)
        middle = self.height() / 2
        side, figure_width = scaled(_KEY), scaled(_FIGURE_WIDTH)
        key = QRectF(0, middle - side / 2, side, side)
        if self.score.key:
            draw_cap(painter, key, self.score.key, QColor(colours.t2), QColor(colours.raised))
        draw_swatch(painter, QRectF(side + 10, middle - _SWATCH / 2, _SWATCH, _SWATCH), self.score.colour_index)

        bar_width = max(_LEAST_BAR, self.width() - scaled(_BESIDE_BAR))
        bar = QRectF(self.width() - figure_width - bar_width - 6, middle - _BAR_HEIGHT / 2, bar_width, _BAR_HEIGHT)
        left = side + 10 + _SWATCH + 8
        weight = 600 if self._current else 500
        face = font("body", weight)
        painter.setFont(face)
        painter.setPen(QColor(colours.t1))
        name = QFontMetricsF(face).elidedText(self.score.name, Qt.TextElideMode.ElideMiddle, bar.left() - 8 - left)
        line = QRectF(left, 0, bar.left() - left, self.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)
        self._paint_bar(painter, bar, self.score.score)
        painter.setFont(font("second", 600 if self._current else 400, tabular=True))
        painter.setPen(QColor(colours.t1 if self._current else colours.t2))
        figure = QRectF(self.width() - figure_width, 0, figure_width, self.height())
        painter.drawText(figure, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._figure(self.score))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.acc), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_bar(self, painter: QPainter, bar: QRectF, share: float) -> None:
        colours = theme()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.hover))
        painter.drawRoundedRect(bar, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)
        if share < 0.005:
            return
        painter.setBrush(QColor(colours.acc if self._current else colours.t3))
        filled = QRectF(bar.left(), bar.top(), max(_BAR_HEIGHT, bar.width() * share), bar.height())
        painter.drawRoundedRect(filled, _BAR_HEIGHT / 2, _BAR_HEIGHT / 2)


def _why_there(score: ScoreRow) -> str:
    """Which classes' maps place a class that the model does not know; "" for one that it knows."""
    if not score.stands_for:
        return ""
    alike = ", ".join(score.stands_for[:_NAMED])
    return tr("New to the model; its photos look like {classes}.", classes=alike) + " "
