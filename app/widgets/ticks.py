"""A box to tick."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme

_SIDE_PX = 16
_GAP_PX = 9
_HEIGHT_PX = 24
_EDGE_PX = 3


class TickBox(QAbstractButton):
    """A switch with words beside it; blue with a tick while it is on."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self._dress)

    def _dress(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = QFontMetrics(font("body", 500)).horizontalAdvance(self.text())
        return QSize(scaled(_SIDE_PX) + _GAP_PX + words + 2 * _EDGE_PX + 1, scaled(_HEIGHT_PX))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        side = scaled(_SIDE_PX)
        box = QRectF(_EDGE_PX, (self.height() - side) / 2, side, side)
        if self.isChecked():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("fill" if self.isEnabled() else "edge"))
            painter.drawRoundedRect(box, 4, 4)
            draw_icon(painter, "check", box.adjusted(1, 1, -1, -1), colours.colour("on_fill"))
        else:
            painter.setPen(QPen(colours.colour("edge"), 1.3))
            painter.setBrush(colours.colour("hover") if self.underMouse() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        words = QRectF(self.rect())
        words.setLeft(box.right() + _GAP_PX)
        painter.setFont(font("body", 500))
        painter.setPen(colours.colour("t1" if self.isEnabled() else "t3"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
