"""The two plots of a training: its loss, and how many held-out photos its boxes get right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme
from app.training.state import TrainingState, Validation

_LEFT, _TOP, _BOTTOM = 40, 8, 24
_LINE = 16
_BESIDE = 8
_DOT = 3.0
_MOST_POINTS = 400


@dataclass(frozen=True, slots=True)
class Mark:
    """A level to measure the new model by: its name, its share in [0, 1], and whether it is the model in use."""

    name: str
    share: float
    in_use: bool = False


class _Chart(QWidget):
    """A plot over epochs, with room at the right for the names of its lines."""

    def __init__(self, room_px: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._room_px = room_px
        self._epochs = 1.0
        self._low, self._high = 0.0, 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(360, scaled(200))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 120)

    def area(self) -> QRectF:
        """Where the lines stand, in widget pixels."""
        left, top = scaled(_LEFT), scaled(_TOP)
        width = self.width() - left - scaled(self._room_px)
        return QRectF(left, top, max(width, 40.0), self.height() - top - scaled(_BOTTOM))

    def place(self, epoch: float, value: float) -> QPointF:
        """Where a value of an epoch lies, in widget pixels."""
        area = self.area()
        height = (value - self._low) / max(self._high - self._low, 1e-9)
        return QPointF(area.left() + epoch / self._epochs * area.width(), area.bottom() - height * area.height())

    def _draw_axes(self, painter: QPainter, levels: Sequence[tuple[float, str]]) -> None:
        colours, area = theme(), self.area()
        painter.setFont(font("caption", tabular=True))
        for value, text in levels:
            y = self.place(0.0, value).y()
            painter.setPen(QPen(QColor(colours.line), 1.0))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(QColor(colours.t2))
            words = QRectF(0.0, y - scaled(_LINE) / 2, area.left() - 8.0, scaled(_LINE))
            painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(QColor(colours.t2))
        for epoch in epoch_ticks(self._epochs):
            text = tr("epoch {epoch}", epoch=0) if epoch == 0 else f"{epoch:g}"
            width = painter.fontMetrics().horizontalAdvance(text) + 2.0
            left = max(self.place(epoch, self._low).x() - width / 2, 0.0)
            line = QRectF(left, area.bottom() + 6.0, width, scaled(_LINE))
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def _draw_note(self, painter: QPainter, text: str) -> None:
        painter.setFont(font("second"))
        painter.setPen(QColor(theme().t2))
        wrapped = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
        painter.drawText(self.area().adjusted(8, 0, -8, 0), wrapped, text)

    def _draw_curve(self, painter: QPainter, points: Sequence[tuple[float, float]], colour: str, *, dots: bool) -> None:
        line = QPolygonF([self.place(epoch, value) for epoch, value in points])
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(theme().colour(colour), 2.0 if dots else 1.2))
        painter.drawPolyline(line)
        if dots:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme().colour(colour))
            for place in points:
                painter.drawEllipse(self.place(*place), _DOT, _DOT)


class LossPlot(_Chart):
    """Loss on the photos learnt from and on those set aside."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(96, parent)
        self._training: list[tuple[float, float]] = []
        self._held_out: list[tuple[float, float]] = []
        self.setAccessibleName(tr("Loss, nothing learnt yet"))

    def show_state(self, state: TrainingState) -> None:
        every = max(1, math.ceil(len(state.losses) / _MOST_POINTS))
        self._training = list(state.losses[::every])
        self._held_out = [(each.epoch, each.loss) for each in state.validations if math.isfinite(each.loss)]
        known = [*self._training, *self._held_out]
        self._epochs = max(state.epochs, max((epoch for epoch, _ in known), default=0.0), 1e-3)
        self._high = nice_top_of(max((loss for _, loss in known), default=1.0))
        if known:
            last = [f"{points[-1][1]:.2f}" if points else "–" for points in (self._training, self._held_out)]
            self.setAccessibleName(tr("Loss {training} in training, {held} held out", training=last[0], held=last[1]))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = self._high
        self._draw_axes(painter, [(top * part / 3, f"{top * part / 3:.2g}" if part else "0") for part in range(4)])
        if not self._training and not self._held_out:
            self._draw_note(painter, tr("Nothing has been learnt yet."))
            return
        if self._training:
            self._draw_curve(painter, self._training, "t3", dots=False)
        if self._held_out:
            self._draw_curve(painter, self._held_out, "acc", dots=True)
        ends = []
        if self._held_out:
            ends.append((self.place(*self._held_out[-1]) - QPointF(0, _BESIDE), tr("held out"), "acc"))
        if self._training:
            ends.append((self.place(*self._training[-1]), tr("training"), "t2"))
        painter.setFont(font("caption", 600))
        ys = apart([place.y() for place, _, _ in ends], scaled(_LINE), self.area().top(), self.area().bottom())
        # Both beside the line that has come further, so that neither lies on it.
        right = max(place.x() for place, _, _ in ends)
        for (_, text, role), y in zip(ends, ys, strict=True):
            painter.setPen(theme().colour(role))
            width = painter.fontMetrics().horizontalAdvance(text) + 2.0
            left = min(right + _BESIDE, self.width() - width)
            painter.drawText(QRectF(left, y - _LINE / 2, width, scaled(_LINE)), Qt.AlignmentFlag.AlignVCenter, text)


class BoxesPlot(_Chart):
    """Share of held-out photos with a right box, by epoch, with its 95 % band and what it is measured by."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(158, parent)
        self._scored: list[Validation] = []
        self._marks: tuple[Mark, ...] = ()
        self._note = ""
        self.setAccessibleName(tr("Boxes right, nothing scored yet"))

    def show_state(self, state: TrainingState, marks: Sequence[Mark], note: str) -> None:
        """Shows what was scored so far.

        Args:
            state: of the training.
            marks: levels to measure it by.
            note: a sentence for as long as nothing is scored.
        """
        self._scored = [each for each in state.validations if each.boxes_right is not None]
        self._marks, self._note = tuple(marks), note
        self._epochs = max(state.epochs, max((each.epoch for each in self._scored), default=0.0), 1e-3)
        shares = [mark.share for mark in marks]
        for each in self._scored:
            shares += [share for share in (each.boxes_low, each.boxes_high, each.boxes_right) if share is not None]
        self._low = max(0.0, math.floor(min(shares, default=0.0) * 5) / 5)
        self._high = min(1.0, max(math.ceil(max(shares, default=1.0) * 5) / 5, self._low + 0.2))
        said = [tr("{name} {percent} %", name=name, percent=percent) for _, name, percent, _ in self._levels()]
        if said:
            self.setAccessibleName(tr("Boxes right: {levels}", levels=", ".join(said)))
        self.update()

    def _levels(self) -> list[tuple[float, str, str, bool]]:
        """Share, name and figure of each line, and whether it is the new model's."""
        levels = []
        if self._scored:
            share = self._scored[-1].boxes_right or 0.0
            levels.append((share, tr("new"), f"{share * 100:.0f}", True))
        levels += [(mark.share, mark.name, f"{mark.share * 100:.0f}", False) for mark in self._marks]
        return levels

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = theme().colour("win")
        painter.fillRect(self.area(), ground)
        count = round((self._high - self._low) / 0.2)
        levels = [self._low + 0.2 * step for step in range(count + 1)]
        self._draw_axes(painter, [(level, f"{level * 100:.0f} %") for level in levels])
        if not self._scored and not self._marks:
            self._draw_note(painter, self._note)
            return
        self._draw_band(painter)
        for mark in self._marks:
            self._draw_mark(painter, mark)
        if self._scored:
            points = [(each.epoch, each.boxes_right or 0.0) for each in self._scored]
            self._draw_curve(painter, points, "acc", dots=True)
        elif self._note:
            self._draw_note(painter, self._note)
        self._draw_names(painter)

    def _draw_band(self, painter: QPainter) -> None:
        ends = [
            (each.epoch, each.boxes_low, each.boxes_high)
            for each in self._scored
            if each.boxes_low is not None and each.boxes_high is not None
        ]
        upper = [self.place(epoch, high) for epoch, _, high in ends]
        lower = [self.place(epoch, low) for epoch, low, _ in reversed(ends)]
        band = theme().colour("acc")
        band.setAlphaF(0.18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(band)
        painter.drawPolygon(QPolygonF([*upper, *lower]))

    def _draw_mark(self, painter: QPainter, mark: Mark) -> None:
        area, y = self.area(), self.place(0.0, mark.share).y()
        pen = QPen(theme().colour("t1" if mark.in_use else "t3"), 1.5 if mark.in_use else 1.2)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern([6.0, 2.5] if mark.in_use else [2.5, 2.0])
        painter.setPen(pen)
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

    def _draw_names(self, painter: QPainter) -> None:
        area, levels = self.area(), sorted(self._levels(), reverse=True)
        wanted = [self.place(0.0, level[0]).y() for level in levels]
        in_use = {mark.name for mark in self._marks if mark.in_use}
        left, room = area.right() + _BESIDE, self.width() - area.right() - _BESIDE
        for y, (_, name, percent, is_new) in zip(
            apart(wanted, scaled(_LINE), area.top(), area.bottom()), levels, strict=True
        ):
            painter.setFont(font("caption", 600 if is_new or name in in_use else 500, tabular=True))
            painter.setPen(theme().colour("acc" if is_new else "t1" if name in in_use else "t2"))
            figure = f"  {percent} %"
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(
                name, Qt.TextElideMode.ElideMiddle, int(room - metrics.horizontalAdvance(figure) - 1)
            )
            line = QRectF(left, y - scaled(_LINE) / 2, room, scaled(_LINE))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown + figure)


def epoch_ticks(epochs: float) -> list[float]:
    """Where the axis of epochs has figures: at most six, evenly, from 0."""
    steps = next(
        times * 10.0**power for power in range(-3, 9) for times in (1, 2, 3, 5) if epochs <= 5 * times * 10.0**power
    )
    if epochs >= 1:
        steps = max(steps, 1.0)
    return [step * steps for step in range(int(epochs / steps + 1e-9) + 1)]


def nice_top_of(most: float) -> float:
    """The figure at the top of the axis of losses: no less than `most`, and good to divide by three."""
    if not math.isfinite(most) or most <= 0:
        return 3.0
    size = 10.0 ** math.floor(math.log10(most / 3))
    return next(3 * size * step for step in (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0) if 3 * size * step >= most)


def apart(wanted: Sequence[float], gap: float, top: float, bottom: float) -> list[float]:
    """Moves the heights of lines of text, given from the top down or not, so that none lies on another.

    They stay between `top` and `bottom` where there is room for all.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    ys = list(wanted)
    for above, below in pairwise(order):
        ys[below] = max(ys[below], ys[above] + gap)
    if order and ys[order[-1]] > bottom:
        ys[order[-1]] = bottom
        for below, above in pairwise(reversed(order)):
            ys[above] = min(ys[above], ys[below] - gap)
    if order and ys[order[0]] < top:
        ys[order[0]] = top
        for above, below in pairwise(order):
            ys[below] = max(ys[below], ys[above] + gap)
    return ys
