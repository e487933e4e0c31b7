"""The two plots of the page for many photos: where boxes hold steady, and how large they are before and after."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.panels.threshold_edit import ThresholdEdit
from app.texts import thousands, tr
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme

SIZE_BINS = 20
"""Box sizes are counted in steps of 5 % of the photo."""

_LEFT, _RIGHT, _BOTTOM = 40, 1, 24
_LINE = 16
_BUBBLE_WIDTH, _BUBBLE_HEIGHT = 46, 24
_GRAB_PX = 10.0
_STEPS = 100


def nice_top(most: int) -> int:
    """The figure at the top of an axis: even, and round as people count."""
    if most <= 2:
        return 2
    size = 10 ** (len(str(most)) - 1)
    for steps in (1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0):
        top = round(steps * size)
        if top >= most and top % 2 == 0:
            return top
    return 10 * size


class _Plot(QWidget):
    """A plot with its counts at the left and a ground for the bars."""

    _top = 8

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, 190)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 120)

    def area(self) -> QRectF:
        """Where the bars stand, in widget pixels."""
        left, top = scaled(_LEFT), scaled(self._top)
        return QRectF(left, top, self.width() - left - _RIGHT, self.height() - top - scaled(_BOTTOM))

    def _draw_axes(self, painter: QPainter, top: int, ticks: list[tuple[float, str]]) -> None:
        colours, area = theme(), self.area()
        painter.setFont(font("caption", tabular=True))
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(QColor(colours.line), 1.0))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colours.t2))
            words = QRectF(0.0, y - scaled(_LINE) / 2, area.left() - 8.0, scaled(_LINE))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(words, right, thousands(round(share * top)))
        for place, text in ticks:
            x = area.left() + place * area.width()
            width = painter.fontMetrics().horizontalAdvance(text)
            left = min(max(x - width / 2, 0.0), self.width() - width - 1.0)
            line = QRectF(left, area.bottom() + 6.0, width + 1.0, scaled(_LINE))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)


class SteadyPlot(_Plot):
    """How many photos hold steady at each threshold, with the threshold as a line that is dragged.

    Signals: `drag_started`; `moved` brings a threshold in [0, 1] of a drag, a key or a typed figure; `rested` when a
    drag has ended.
    """

    drag_started = Signal()
    moved = Signal(float)
    rested = Signal()
    _top = 40

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: NDArray[np.int64] = np.zeros(_STEPS + 1, np.int64)
        self._now = 0.0
        self._value = 0.0
        self._note = ""
        self._offset: float | None = None
        self._before_drag = 0.0
        self._edit: ThresholdEdit | None = None
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(tr("Left and right change it by 0.01, with Shift by 0.05"))

    @property
    def value(self) -> float:
        return self._value

    @property
    def dragging(self) -> bool:
        return self._offset is not None

    def set_counts(self, counts: NDArray[np.int64], *, note: str = "") -> None:
        """Shows how many photos hold steady at 0.00, 0.01, ... 1.00: (101,); `note` stands there while it is told."""
        self._counts, self._note = counts, note
        self._say()

    def set_now(self, threshold: float) -> None:
        """The threshold in force."""
        self._now = threshold
        self._say()

    def set_value(self, threshold: float) -> None:
        self._value = threshold
        self._say()

    def x_of(self, threshold: float) -> float:
        """Where a threshold lies, in widget pixels."""
        area = self.area()
        return area.left() + threshold * area.width()

    def bubble(self) -> QRectF:
        """The value's bubble, in widget pixels, kept inside the widget."""
        width = scaled(_BUBBLE_WIDTH)
        left = min(max(self.x_of(self._value) - width / 2, 0.0), self.width() - width)
        return QRectF(left, 2.0, width, scaled(_BUBBLE_HEIGHT))

    def _say(self) -> None:
        steady = int(self._counts[round(self._value * _STEPS)])
        said = tr("Threshold {value}, now {now}", value=f"{self._value:.2f}", now=f"{self._now:.2f}")
        self.setAccessibleName(said + ", " + tr("steady photos: {count}", count=thousands(steady)))
        self.update()

    # Hands.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        held = abs(x - self.x_of(self._value)) <= _GRAB_PX or self.bubble().contains(event.position())
        self._before_drag = self._value
        self._offset = x - self.x_of(self._value) if held else 0.0
        self.drag_started.emit()
        if not held:
            self._move_to(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.dragging:
            self._move_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.dragging:
            self._offset = None
            self.rested.emit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if not self.bubble().contains(event.position()):
            self.mousePressEvent(event)
            return
        self._edit = ThresholdEdit(self._value, self.bubble(), self)
        self._edit.gone.connect(self._take_keyboard)
        self._edit.typed.connect(self.moved)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        if event.key() == Qt.Key.Key_Escape and self.dragging:
            self._offset = None
            self.moved.emit(self._before_drag)
            self.rested.emit()
        elif (direction := steps.get(Qt.Key(event.key()))) is not None and not self.dragging:
            size = 0.05 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.01
            self.moved.emit(_on_grid(self._value + direction * size))
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        # Without this the window's Escape would be asked first.
        if event.type() == QEvent.Type.ShortcutOverride and self.dragging:
            event.accept()
            return True
        return super().event(event)

    def _move_to(self, x: float) -> None:
        area = self.area()
        wanted = _on_grid((x - (self._offset or 0.0) - area.left()) / max(area.width(), 1.0))
        if wanted != self._value:
            self.moved.emit(wanted)

    def _take_keyboard(self) -> None:
        self._edit = None
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # Drawing.

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = nice_top(int(self._counts.max()))
        ticks = [(place / 10, "0" if not place else "1" if place == 10 else f"0.{place}") for place in range(11)]
        self._draw_axes(painter, top, ticks if self.width() > 420 else ticks[::2])
        if self._note:
            painter.setFont(font("second"))
            painter.setPen(QColor(theme().t2))
            painter.drawText(self.area(), Qt.AlignmentFlag.AlignCenter, self._note)
            return
        self._draw_bars(painter, top)
        self._draw_now(painter)
        self._draw_value(painter)
        if self.hasFocus() and not self.dragging:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(theme().acc), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4.0, 4.0)

    def _draw_bars(self, painter: QPainter, top: int) -> None:
        area, colours = self.area(), theme()
        low, high = sorted((round(self._now * _STEPS), round(self._value * _STEPS)))
        pitch = area.width() / _STEPS
        painter.setPen(Qt.PenStyle.NoPen)
        for step, count in enumerate(self._counts.tolist()):
            if not count:
                continue
            height = area.height() * count / top
            # The line of a threshold stands between two bars; a bar belongs to the stretch behind its threshold.
            painter.setBrush(QColor(colours.acc if low <= step < max(high, low + 1) else colours.edge))
            left = area.left() + step * pitch
            width = min(max(pitch - 1.5, 1.0), area.right() - left)
            if width > 0:
                painter.drawRect(QRectF(left, area.bottom() - height, width, height))

    def _draw_now(self, painter: QPainter) -> None:
        colours, area, x = theme(), self.area(), self.x_of(self._now)
        painter.setPen(QPen(QColor(colours.t1), 1.5, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap))
        pen = painter.pen()
        pen.setDashPattern([3.0, 2.0])
        painter.setPen(pen)
        painter.drawLine(QPointF(x, self.bubble().bottom()), QPointF(x, area.bottom()))
        text = tr("now {threshold}", threshold=f"{self._now:.2f}")
        painter.setFont(font("caption", 600, tabular=True))
        width = painter.fontMetrics().horizontalAdvance(text) + 2
        bubble = self.bubble()
        left = x - width / 2
        if left < bubble.right() + 6 and left + width > bubble.left() - 6:
            left = bubble.left() - 8 - width if x <= bubble.center().x() else bubble.right() + 8
            if left < 0:
                left = bubble.right() + 8
            elif left + width > self.width():
                left = bubble.left() - 8 - width
        painter.drawText(QRectF(left, bubble.top(), width, bubble.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def _draw_value(self, painter: QPainter) -> None:
        colours, area, x = theme(), self.area(), self.x_of(self._value)
        painter.setPen(QPen(QColor(colours.acc), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(x, self.bubble().bottom()), QPointF(x, area.bottom()))
        painter.setBrush(QColor(colours.on_fill))
        painter.drawEllipse(QPointF(x, area.bottom()), 5.0, 5.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.fill))
        painter.drawRoundedRect(self.bubble(), 4.0, 4.0)
        painter.setPen(QColor(colours.on_fill))
        painter.setFont(font("body", 600, tabular=True))
        painter.drawText(self.bubble(), Qt.AlignmentFlag.AlignCenter, f"{self._value:.2f}")


class SizePlot(_Plot):
    """Box sizes in steps of 5 % of the photo: now as a dashed outline, after as filled bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before: NDArray[np.int64] = np.zeros(SIZE_BINS, np.int64)
        self._after: NDArray[np.int64] = np.zeros(SIZE_BINS, np.int64)

    def set_sizes(self, before: NDArray[np.float64], after: NDArray[np.float64]) -> None:
        """Counts shares of the photo in [0, 1]; 0 is no box and is not counted."""
        self._before, self._after = _binned(before), _binned(after)
        middles = [self._middle(before), self._middle(after)]
        self.setAccessibleName(
            tr(
                "Box size, % of the photo: {before} now, {after} after, as the median",
                before=middles[0],
                after=middles[1],
            )
        )
        self.update()

    @property
    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Photos in each bin, now and after."""
        return self._before, self._after

    def _middle(self, sizes: NDArray[np.float64]) -> str:
        there = sizes[sizes > 0]
        return f"{100 * float(np.median(there)):.0f}" if there.size else "0"

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = nice_top(int(max(self._before.max(), self._after.max())))
        ticks = [(0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100 %")]
        self._draw_axes(painter, top, ticks)
        area, colours = self.area(), theme()
        pitch = area.width() / SIZE_BINS
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.acc))
        painter.setOpacity(0.75)
        for place, count in enumerate(self._after.tolist()):
            height = area.height() * count / top
            painter.drawRect(QRectF(area.left() + place * pitch + 1, area.bottom() - height, pitch - 1.5, height))
        painter.setOpacity(1.0)
        outline = QPolygonF()
        for place, count in enumerate(self._before.tolist()):
            y = area.bottom() - area.height() * count / top
            outline.append(QPointF(area.left() + place * pitch, y))
            outline.append(QPointF(area.left() + (place + 1) * pitch, y))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        pen = QPen(QColor(colours.t1), 1.5, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([2.6, 1.8])
        painter.setPen(pen)
        painter.drawPolyline(outline)


def _on_grid(threshold: float) -> float:
    return round(min(max(threshold, 0.0), 1.0), 2)


def _binned(sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.histogram(sizes[sizes > 0], bins=SIZE_BINS, range=(0.0, 1.0))[0]
