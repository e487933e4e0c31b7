"""The charts of the statistics page: what became of boxes, and photos a day."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import notifier, theme
from engine.dataset.statistics import DayWork, Tally

_BAR_PX, _SWATCH_PX, _GAP_PX = 12, 10, 14
_CHART_PX = 180
_MOST_DAYS = 30
# Each outcome differs in pattern too, so that the bars can be read in grey.
_PATTERNS = {
    "accepted": ("ok", Qt.BrushStyle.SolidPattern),
    "edited": ("acc", Qt.BrushStyle.BDiagPattern),
    "drawn": ("t2", Qt.BrushStyle.VerPattern),
    "rejected": ("bad", Qt.BrushStyle.Dense5Pattern),
}


def outcome_words() -> dict[str, str]:
    """What became of a box, in words, in the order of the bars."""
    return {
        "accepted": tr("accepted"),
        "edited": tr("edited"),
        "drawn": tr("drawn"),
        "rejected": tr("rejected"),
    }


class OutcomeBar(QWidget):
    """A bar in parts: accepted, edited, drawn, rejected; as long as its share of `most` boxes."""

    def __init__(self, tally: Tally, most: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts = {name: getattr(tally, name) for name in _PATTERNS}
        self._most = max(most, 1)
        words = ", ".join(f"{count:,} {outcome_words()[name]}" for name, count in self._counts.items() if count)
        self.setToolTip(words)
        self.setAccessibleName(words)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(160, _BAR_PX + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        left = 0.0
        top = (self.height() - _BAR_PX) / 2
        for name, count in self._counts.items():
            width = self.width() * count / self._most
            if width > 0:
                _fill(painter, QRectF(left, top, max(width - 1, 1), _BAR_PX), name)
            left += width


class OutcomeKey(QWidget):
    """What the parts of the bars mean."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(", ".join(outcome_words().values()))
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(font("second"))
        width = sum(metrics.horizontalAdvance(text) + _SWATCH_PX + 6 + _GAP_PX for text in outcome_words().values())
        return QSize(width, max(20, metrics.height()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font("second"))
        metrics, left = painter.fontMetrics(), 0.0
        for name, text in outcome_words().items():
            _fill(painter, QRectF(left, (self.height() - _SWATCH_PX) / 2, _SWATCH_PX, _SWATCH_PX), name)
            left += _SWATCH_PX + 6
            painter.setPen(theme().colour("t2"))
            width = metrics.horizontalAdvance(text)
            painter.drawText(QRectF(left, 0, width + 2, self.height()), Qt.AlignmentFlag.AlignVCenter, text)
            left += width + _GAP_PX


class DayChart(QWidget):
    """Bars of the photos worked on, a day each; the last thirty days of work."""

    def __init__(self, days: Sequence[DayWork], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._days = list(days)[-_MOST_DAYS:]
        self._plot = pyqtgraph.PlotWidget(parent=self)
        self._plot.setFixedHeight(_CHART_PX)
        self._plot.setMenuEnabled(False)
        self._plot.setMouseEnabled(x=False, y=False)
        self._plot.hideButtons()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._plot)
        words = "; ".join(f"{day.day:%d %b}: {day.photos:,}" for day in self._days)
        self.setAccessibleName(tr("Photos a day: {words}", words=words))
        notifier.changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        colours = theme()
        self._plot.clear()
        self._plot.setBackground(colours.colour("panel"))
        places = list(range(len(self._days)))
        bars = pyqtgraph.BarGraphItem(
            x=places, height=[day.photos for day in self._days], width=0.6, brush=colours.colour("acc"), pen=None
        )
        self._plot.addItem(bars)
        step = max(1, len(places) // 8)
        ticks = [(place, f"{self._days[place].day:%d %b}") for place in places[::step]]
        for side in ("bottom", "left"):
            axis = self._plot.getAxis(side)
            axis.setPen(QPen(colours.colour("line"), 1))
            axis.setTextPen(colours.colour("t2"))
            axis.setStyle(tickFont=font("caption"), tickLength=0)
        self._plot.getAxis("bottom").setTicks([ticks])
        most = max((day.photos for day in self._days), default=1)
        self._plot.setRange(QRectF(-0.7, 0, max(len(places), 7) + 0.4, most * 1.1), padding=0)


def _fill(painter: QPainter, area: QRectF, name: str) -> None:
    role, pattern = _PATTERNS[name]
    colour = QColor(theme().colour(role))
    painter.fillRect(area, theme().colour("raised"))
    painter.fillRect(area, QBrush(colour, pattern))
    painter.setPen(QPen(colour, 1))
    painter.drawRect(area.adjusted(0, 0, -1, -1))
