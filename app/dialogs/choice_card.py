"""One choice of a few with a second line that explains it: a card, or bare."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from app.theme.fonts import font
from app.theme.palette import notifier, theme

_PADDING_PX = 12
_DOT_PX = 16
_GAP_PX = 8


class ChoiceCard(QAbstractButton):
    """A radio button with a title and a line of text; arrow keys move within its group."""

    def __init__(self, title: str, text: str, *, bare: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._second = text
        self._bare = bare
        self.setText(title)
        self.setAccessibleDescription(text)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        lines = QFontMetrics(font("body", 600)).height() + QFontMetrics(font("second")).height() + 2
        return QSize(200, lines + (8 if self._bare else 2 * 9))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        area = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        hovered = self.underMouse() and self.isEnabled()
        if not self._bare:
            ground = "soft" if self.isChecked() else "hover" if hovered else "panel"
            painter.setPen(QPen(colours.colour("acc" if self.isChecked() else "line"), 1.0))
            painter.setBrush(colours.colour(ground))
            painter.drawRoundedRect(area, 6, 6)
        left = 1.0 if self._bare else float(_PADDING_PX)
        title_font = font("body", 500 if self._bare else 600)
        title_height = QFontMetrics(title_font).height()
        text_height = QFontMetrics(font("second")).height()
        top = (self.height() - title_height - text_height - 2) / 2
        self._draw_dot(painter, QPointF(left + _DOT_PX / 2, top + title_height / 2))
        left += _DOT_PX + _GAP_PX
        room = self.width() - left - 4
        painter.setFont(title_font)
        painter.setPen(colours.colour("t1" if self.isEnabled() else "t3"))
        painter.drawText(QRectF(left, top, room, title_height), Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(font("second"))
        painter.setPen(colours.colour("t2" if self.isEnabled() else "t3"))
        painter.drawText(
            QRectF(left, top + title_height + 2, room, text_height), Qt.AlignmentFlag.AlignVCenter, self._second
        )
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _draw_dot(self, painter: QPainter, centre: QPointF) -> None:
        colours = theme()
        radius = _DOT_PX / 2 - 1
        chosen = self.isChecked()
        painter.setPen(Qt.PenStyle.NoPen if chosen else QPen(colours.colour("edge"), 1.3))
        painter.setBrush(colours.colour("fill") if chosen else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius, radius)
        if chosen:
            painter.setBrush(colours.colour("on_fill"))
            painter.drawEllipse(centre, 3, 3)
