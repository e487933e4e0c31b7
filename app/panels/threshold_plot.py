"""Box size against the threshold, as a plot whose line is dragged: where the box is steady and where it jumps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QWidget

from app.panels.threshold_edit import ThresholdEdit
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme
from engine.localization.threshold_curve import ThresholdCurve
from engine.localization.threshold_table import ThresholdTable

STICK_PX = 6.0
_GRAB_PX = 10.0
_TOP, _RIGHT, _AXIS_WIDTH, _AXIS_HEIGHT = 30, 8, 34, 22
_BUBBLE_WIDTH, _BUBBLE_HEIGHT = 44, 22
# The word beside the jump lies above this share of the photo.
_WORD_ABOVE = 0.8
_STEP, _LARGE_STEP = 0.01, 0.05


def stick(value: float, targets: tuple[float, ...], reach: float) -> float:
    """The nearest target within `reach` of the value, else the value rounded to the 0.01 that is shown."""
    near = min(targets, key=lambda target: abs(target - value), default=None)
    if near is not None and abs(near - value) <= reach:
        return near
    return round(min(max(value, 0.0), 1.0), 2)


class ThresholdPlot(pg.PlotWidget):
    """x: threshold 0 to 1; y: box area in % of the photo, and as a thin dotted line how far the scales agree, 0 to 1.

    Shows a value and says what a hand wants, changes nothing.

    Signals, all thresholds in [0, 1]: `drag_started`, then `dragged` for every move, then `drag_ended` or
    `drag_cancelled`; `chosen` for a value that was typed or stepped to by a key.
    """

    drag_started = Signal()
    dragged = Signal(float)
    drag_ended = Signal()
    drag_cancelled = Signal()
    chosen = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table: ThresholdTable | None = None
        self._tells_agreement = False
        self._curve: ThresholdCurve | None = None
        self._value = 0.0
        self._calibrated = 0.0
        self._usual: float | None = None
        self._note = ""
        self._plateau: tuple[float, float] | None = None
        self._grab_offset: float | None = None
        self._targets: tuple[float, ...] = ()
        self._focus_before: QWidget | None = None
        self._edit: ThresholdEdit | None = None

        # PlotWidget's own type hints do not tell what its methods forward to.
        self._plot: Any = self.getPlotItem()
        self._line_item = pg.PlotCurveItem(antialias=True)
        self._agreement_item = pg.PlotCurveItem(antialias=True)
        self._band = pg.LinearRegionItem(movable=False)
        self._jump = pg.InfiniteLine(angle=90, movable=False)
        self._build_plot()
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        notifier.changed.connect(self._dress)
        self._dress()
        self._say()

    # what is shown

    def set_table(self, table: ThresholdTable | None, *, note: str = "") -> None:
        """Shows what a photo's map answers at every threshold; without one the note says why there is none."""
        self._table, self._note = table, note
        self._curve = curve = table.curve if table is not None else None
        jump = curve.jump if curve is not None else None
        self._jump.setVisible(jump is not None)
        if jump is not None:
            self._jump.setValue(jump)
        if table is None or curve is None:
            self._line_item.setData([], [])
            self._agreement_item.setData([], [])
        else:
            self._line_item.setData(curve.thresholds, 100.0 * curve.area_fraction)
            self._agreement_item.setData(table.agreement_thresholds, 100.0 * table.agreement)
        # With a single scale there is nothing to agree on.
        self._tells_agreement = table is not None and float(table.agreement.min()) < 1.0
        self._agreement_item.setVisible(self._tells_agreement)
        self._refresh()

    def set_value(self, threshold: float) -> None:
        self._value = threshold
        self._refresh()

    def set_calibrated(self, threshold: float, usual: float | None = None) -> None:
        """The model's own threshold, and that for the class or for all photos where it is another."""
        self._calibrated, self._usual = threshold, usual
        self._refresh()

    @property
    def value(self) -> float:
        return self._value

    @property
    def plateau(self) -> tuple[float, float] | None:
        """Stretch of thresholds round the value over which the box keeps its size; None without a map."""
        return self._plateau

    @property
    def dragging(self) -> bool:
        return self._grab_offset is not None

    def x_of(self, threshold: float) -> float:
        """Where a threshold lies, in widget pixels."""
        area = self._plot_area()
        return area.left() + threshold * area.width()

    def threshold_at(self, x: float) -> float:
        """The threshold under a widget pixel, not limited to [0, 1]."""
        area = self._plot_area()
        return (x - area.left()) / max(area.width(), 1.0)

    def bubble(self) -> QRectF:
        """The value's bubble, in widget pixels, kept inside the widget."""
        width = scaled(_BUBBLE_WIDTH)
        left = min(max(self.x_of(self._value) - width / 2, 0.0), self.width() - width)
        return QRectF(left, 2.0, width, _BUBBLE_HEIGHT)

    # hands

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        if ev.button() != Qt.MouseButton.LeftButton or self._curve is None:
            return
        x = ev.position().x()
        held = abs(x - self.x_of(self._value)) <= _GRAB_PX or self.bubble().contains(ev.position())
        self._grab_offset = self.threshold_at(x) - self._value if held else 0.0
        ends = self._plateau or ()
        usual = () if self._usual is None else (self._usual,)
        self._targets = tuple(sorted({self._calibrated, *usual, *ends}))
        # Escape has to reach the plot while it is dragged; the canvas gets its focus back afterwards.
        self._focus_before = self.window().focusWidget()
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.drag_started.emit()
        if not held:
            self._move(ev)

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        if self.dragging:
            self._move(ev)

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        if ev.button() == Qt.MouseButton.LeftButton and self.dragging:
            self._let_go()
            self.drag_ended.emit()

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        ev.accept()
        if self.bubble().contains(ev.position()) and self._curve is not None:
            self._type_value()
        else:
            self.mousePressEvent(ev)

    def wheelEvent(self, ev: QWheelEvent) -> None:
        ev.ignore()  # the panel scrolls

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        if ev.key() == Qt.Key.Key_Escape and self.dragging:
            self._let_go()
            self.drag_cancelled.emit()
            return
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Down: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: 1}
        direction = steps.get(Qt.Key(ev.key()))
        if direction is None or self.dragging:
            ev.ignore()
            return
        size = _LARGE_STEP if ev.modifiers() & Qt.KeyboardModifier.ShiftModifier else _STEP
        self.chosen.emit(stick(self._value + direction * size, (), 0.0))

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.DevicePixelRatioChange, QEvent.Type.Show):
            self._dress()
        # Without this the window's Escape shortcut would be asked first.
        if event.type() == QEvent.Type.ShortcutOverride and self.dragging and isinstance(event, QKeyEvent):
            event.accept()
            return True
        return super().event(event)

    def _move(self, event: QMouseEvent) -> None:
        wanted = self.threshold_at(event.position().x()) - (self._grab_offset or 0.0)
        free = bool(event.modifiers() & Qt.KeyboardModifier.AltModifier)
        reach = STICK_PX / max(self._plot_area().width(), 1.0)
        value = stick(wanted, () if free else self._targets, reach)
        if value != self._value:
            self.dragged.emit(value)

    def _let_go(self) -> None:
        self._grab_offset = None
        if self._focus_before is not None and self._focus_before is not self:
            self._focus_before.setFocus(Qt.FocusReason.OtherFocusReason)
        self._focus_before = None

    def _type_value(self) -> None:
        if self.dragging:
            self._let_go()
            self.drag_cancelled.emit()
        self._edit = ThresholdEdit(self._value, self.bubble(), self)
        self._edit.gone.connect(self._close_edit)
        self._edit.typed.connect(self.chosen)

    def _close_edit(self) -> None:
        self._edit = None
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # drawing

    def drawForeground(self, painter: QPainter, rect: QRectF | QRect) -> None:
        super().drawForeground(painter, rect)
        colours = theme()
        area = self._plot_area()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._draw_marks(painter, area)
        if self._curve is None:
            painter.setFont(font("second"))
            words = painter.boundingRect(area, Qt.AlignmentFlag.AlignCenter, self._note)
            painter.fillRect(words.adjusted(-6, 0, 6, 0), self._ground())
            painter.setPen(QColor(colours.t3))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self._note)
            return
        self._draw_jump(painter, area)
        self._draw_agreement_word(painter, area)
        x = self.x_of(self._value)
        painter.setPen(QPen(QColor(colours.acc), 2.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        painter.drawLine(QPointF(x, self.bubble().bottom()), QPointF(x, area.bottom()))
        share = self._share_at(self._value)
        painter.setBrush(QColor("#FFFFFF"))
        painter.drawEllipse(QPointF(x, area.bottom() - share * area.height()), 4.5, 4.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.fill))
        painter.drawRoundedRect(self.bubble(), 4.0, 4.0)
        painter.setPen(QColor(colours.on_fill))
        painter.setFont(font("second", 600, tabular=True))
        painter.drawText(self.bubble(), Qt.AlignmentFlag.AlignCenter, f"{self._value:.2f}")
        if self.hasFocus() and not self.dragging:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.acc), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4.0, 4.0)

    def _share_at(self, threshold: float) -> float:
        if self._curve is None:
            return 0.0
        return float(np.interp(threshold, self._curve.thresholds, self._curve.area_fraction))

    def _draw_marks(self, painter: QPainter, area: QRectF) -> None:
        """Triangles under the axis: filled for the calibrated threshold, hollow for that of the class or of all."""
        for threshold, filled in ((self._calibrated, True), (self._usual, False)):
            if threshold is None:
                continue
            x, y = self.x_of(threshold), area.bottom() + 1.0
            painter.setPen(QPen(QColor(theme().t2), 1.0))
            painter.setBrush(QColor(theme().t2) if filled else Qt.BrushStyle.NoBrush)
            painter.drawPolygon(QPolygonF([QPointF(x, y), QPointF(x - 3.5, y + 5.0), QPointF(x + 3.5, y + 5.0)]))

    def _draw_jump(self, painter: QPainter, area: QRectF) -> None:
        jump = self._curve.jump if self._curve is not None else None
        if jump is None:
            return
        warn = QColor(theme().warn)
        x, y = self.x_of(jump), area.top()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(warn)
        painter.drawPolygon(QPolygonF([QPointF(x - 4.0, y), QPointF(x + 4.0, y), QPointF(x, y + 6.0)]))
        painter.setPen(warn)
        painter.setFont(font("caption", 600))
        word = tr("jumps")
        width = painter.fontMetrics().horizontalAdvance(word)
        left = x + 6.0
        line = self.x_of(self._value)
        before = x - 6.0 - width
        if left - 4.0 <= line <= left + width + 4.0:
            # The value's line would go through the word: it moves to the jump's other side unless the curve is there.
            clear = before > area.left() and self._share_at(self.threshold_at(before)) < _WORD_ABOVE
            left = before if clear else line + 8.0
        if left + width > area.right():
            left = before
        painter.drawText(QRectF(left, y + 3.0, width + 2.0, 18.0), Qt.AlignmentFlag.AlignVCenter, word)

    def _draw_agreement_word(self, painter: QPainter, area: QRectF) -> None:
        """Names the dotted line, above it where there is room for a word beside line, curve and jump."""
        if self._table is None or self._curve is None or not self._tells_agreement:
            return
        word = tr("agreement")
        painter.setFont(font("caption"))
        width, height = painter.fontMetrics().horizontalAdvance(word) + 2, painter.fontMetrics().height()
        jump = [] if self._curve.jump is None else [self.x_of(self._curve.jump)]
        for right in np.arange(0.99, 0.3, -0.07):
            low = self.threshold_at(self.x_of(right) - width)
            within = np.linspace(low, right, 9)
            told = float(np.interp(within, self._table.agreement_thresholds, self._table.agreement).max())
            place = QRectF(self.x_of(low), area.bottom() - told * area.height() - height - 1, width, height)
            crossed = any(place.left() - 5 < x < place.right() + 5 for x in [self.x_of(self._value), *jump])
            if low > 0 and place.top() >= area.top() and told > self._share_at(low) and not crossed:
                painter.setPen(QColor(theme().t3))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word)
                return

    def _plot_area(self) -> QRectF:
        return self._plot.getViewBox().sceneBoundingRect()

    def _build_plot(self) -> None:
        plot = self._plot
        plot.hideButtons()
        plot.setMenuEnabled(False)
        plot.setMouseEnabled(x=False, y=False)
        plot.layout.setContentsMargins(0, _TOP, _RIGHT, 0)
        view = plot.getViewBox()
        view.setRange(xRange=(0.0, 1.0), yRange=(0.0, 100.0), padding=0.0)
        view.disableAutoRange()
        view.setBorder(None)
        left, bottom = plot.getAxis("left"), plot.getAxis("bottom")
        left.setTicks([[(0, "0"), (50, "50"), (100, "100")]])
        bottom.setTicks([[(0, "0"), (0.25, "0.25"), (0.5, "0.5"), (0.75, "0.75"), (1, "1")]])
        left.setWidth(_AXIS_WIDTH)
        bottom.setHeight(_AXIS_HEIGHT)
        for axis in (left, bottom):
            axis.setStyle(tickLength=0, tickAlpha=0, tickTextOffset=6, hideOverlappingLabels=False)
        self._band.setZValue(-10)
        for level in (0.0, 50.0, 100.0):
            rule = pg.InfiniteLine(pos=level, angle=0, movable=False)
            rule.setZValue(-20)
            plot.addItem(rule)
        for item in (self._band, self._agreement_item, self._line_item, self._jump):
            plot.addItem(item)
        # What stays while the value moves is painted once.
        for item in (self._agreement_item, self._line_item, left, bottom):
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def _dress(self) -> None:
        colours = theme()
        ratio = self.devicePixelRatioF()  # pyqtgraph's pens are as wide in the screen's own pixels
        self.setBackground(QColor(colours.panel))
        plot = self._plot
        plot.getViewBox().setBackgroundColor(self._ground())
        for name in ("left", "bottom"):
            axis = plot.getAxis(name)
            axis.setPen(pg.mkPen(QColor(0, 0, 0, 0)))
            axis.setTextPen(QColor(colours.t2))
            axis.setTickFont(font("caption", tabular=True))
        for item in plot.items:
            if isinstance(item, pg.InfiniteLine) and item is not self._jump:
                item.setPen(pg.mkPen(QColor(colours.line), width=ratio))
        accent = QColor(colours.acc)
        accent.setAlpha(46)
        self._band.setBrush(accent)
        edge_ink = QColor(colours.acc)
        edge_ink.setAlpha(150)
        for edge in self._band.lines:
            edge.setPen(pg.mkPen(edge_ink, width=ratio))
        self._line_item.setPen(pg.mkPen(QColor(colours.t1), width=2 * ratio))
        self._agreement_item.setPen(pg.mkPen(QColor(colours.t3), width=1.25 * ratio, dash=[1, 2.5]))
        self._jump.setPen(pg.mkPen(QColor(colours.warn), width=1.5 * ratio, dash=[3, 2]))
        self.viewport().update()

    def _ground(self) -> QColor:
        return QColor(theme().win if theme().dark else theme().panel)

    def _refresh(self) -> None:
        self._plateau = self._curve.plateau(self._value) if self._curve is not None else None
        self._band.setVisible(self._plateau is not None)
        if self._plateau is not None:
            self._band.setRegion(self._plateau)
        self._say()
        self.viewport().update()

    def _say(self) -> None:
        parts = [tr("Threshold {value}", value=f"{self._value:.2f}")]
        if self._plateau is not None:
            low, high = (f"{end:.2f}" for end in self._plateau)
            parts.append(tr("steady from {low} to {high}", low=low, high=high))
        if self._curve is not None and self._curve.jump is not None:
            parts.append(tr("the box jumps at {threshold}", threshold=f"{self._curve.jump:.2f}"))
        parts.append(tr("calibrated {threshold}", threshold=f"{self._calibrated:.2f}"))
        if self._usual is not None:
            parts.append(tr("for other photos {threshold}", threshold=f"{self._usual:.2f}"))
        self.setAccessibleName(", ".join(parts))
        self.setAccessibleDescription(tr("Left and right change it by 0.01, with Shift by 0.05"))
        if self._table is not None and self._tells_agreement:
            agrees = f"{self._table.agreement_at(self._value):.2f}"
            self.setToolTip(tr("Line: box size. Dotted: how far the scales agree, {agreement} here", agreement=agrees))
        else:
            self.setToolTip("")
