"""What a drag does, in figures, under the box: threshold, size in photo pixels, share of before."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from app.canvas.words import box_size
from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import theme
from app.widgets import FloatPanel
from engine.geometry import Box

_HEIGHT_PX, _PADDING_PX, _GAP_PX = 36, 14, 14


def threshold_words(threshold: float, box: Box | None, before: Box | None) -> tuple[str, ...]:
    """Such as "threshold 0.57", "box 446 × 287 px", "63 % of before"."""
    words = [tr("threshold {threshold:.2f}", threshold=threshold)]
    if box is None:
        return (*words, tr("no box"))
    words.append(tr("box {size}", size=box_size(box)))
    if before is not None:
        words.append(tr("{percent} % of before", percent=f"{100 * box.area / before.area:.0f}"))
    return tuple(words)


class ReadOut(FloatPanel):
    """A line of figures that does not jitter while they change."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words: tuple[str, ...] = ()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def words(self) -> tuple[str, ...]:
        return self._words

    def show_words(self, words: tuple[str, ...]) -> None:
        if words != self._words:
            self._words = words
            self.setAccessibleName(", ".join(words))
            self.adjustSize()
            self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._letters())
        margins = self.contentsMargins()
        width = sum(metrics.horizontalAdvance(part) for part in self._words) + _GAP_PX * (len(self._words) - 1)
        return QSize(
            width + 2 * _PADDING_PX + margins.left() + margins.right(), _HEIGHT_PX + margins.top() + margins.bottom()
        )

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setFont(self._letters())
        painter.setPen(theme().colour("t1"))
        area = self.contentsRect().adjusted(_PADDING_PX, 0, 0, 0)
        for part in self._words:
            painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter), part)
            area.setLeft(area.left() + painter.fontMetrics().horizontalAdvance(part) + _GAP_PX)

    @staticmethod
    def _letters():
        return font("body", 600, tabular=True)
