"""Why this photo wants a second look, at the canvas's lower left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import theme
from app.widgets import FloatPanel
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

_EARLY_FROM = 0.34
_HEIGHT_PX, _PADDING_PX, _GAUGE_PX, _GAP_PX = 32, 12, 14, 10


class ReasonPill(FloatPanel):
    """The current photo's note and need; empty where the photo is not in need or already decided."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._text = ""
        self._level = 0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    @property
    def text(self) -> str:
        return self._text

    def refresh(self) -> bool:
        """Takes the reason from the session; False where there is nothing to say."""
        current = self._session.current
        waiting = current is not None and current.state is PhotoState.PROPOSED and bool(current.note)
        if current is None or not waiting or current.need < _EARLY_FROM:
            self._text = ""
            return False
        self._level = 1 + min(2, int(current.need * 3))
        note = current.note
        self._text = tr("Look twice: {reason}", reason=_as_reason(note))
        self.setAccessibleName(self._text)
        self.adjustSize()
        self.update()
        return True

    def sizeHint(self) -> QSize:
        margins = self.contentsMargins()
        width = QFontMetrics(font("second", 600, tabular=True)).horizontalAdvance(self._text)
        width += 2 * _PADDING_PX + _GAUGE_PX + _GAP_PX
        return QSize(width + margins.left() + margins.right(), _HEIGHT_PX + margins.top() + margins.bottom())

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.contentsRect()).adjusted(_PADDING_PX, 0, -_PADDING_PX, 0)
        self._paint_gauge(painter, QRectF(area.left(), area.center().y() - 6, _GAUGE_PX, 12))
        painter.setFont(font("second", 600, tabular=True))
        painter.setPen(theme().colour("t1"))
        painter.drawText(area.adjusted(_GAUGE_PX + _GAP_PX, 0, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), self._text)

    def _paint_gauge(self, painter: QPainter, area: QRectF) -> None:
        """Three rising bars; amber only where all are lit."""
        lit = theme().colour("warn" if self._level == 3 else "t2")
        painter.setPen(Qt.PenStyle.NoPen)
        for place in range(3):
            height = area.height() * (place + 1.4) / 3.4
            painter.setBrush(lit if place < self._level else theme().colour("edge_soft"))
            bar = QRectF(area.left() + place * 5, area.bottom() - height, 3.6, height)
            painter.drawRoundedRect(bar, 1, 1)


def _as_reason(note: str) -> str:
    """A note of the photo list as it goes on after a colon: "Box jumps at 0.55" -> "the box jumps at 0.55"."""
    words, _, figure = note.rpartition(" ")
    if words == "Box jumps at":
        return tr("the box jumps at {threshold}", threshold=figure)
    if words == "Too small to box at":
        return tr("too small to box at {threshold}", threshold=figure)
    known = {"Scales disagree": tr("the scales disagree"), "Class in doubt": tr("the class is in doubt")}
    return known.get(note, note[:1].lower() + note[1:])
