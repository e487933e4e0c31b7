"""A quiet card on a page, and words of one size and colour that follow the theme."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QWidget

from app.theme.fonts import Role, font
from app.theme.palette import notifier, theme
from app.widgets.labels import set_role

RADIUS_PX = 8


def draw_chosen(painter: QPainter, area: QRectF, radius: float) -> None:
    """The ground of what is chosen: a soft fill, or an outline where the contrast is high."""
    colours = theme()
    painter.setPen(QPen(colours.colour("acc"), 1.5) if colours.high else Qt.PenStyle.NoPen)
    painter.setBrush(colours.colour("soft"))
    inset = 1.0 if colours.high else 0.0
    painter.drawRoundedRect(area.adjusted(inset, inset, -inset, -inset), radius, radius)


class Words(QLabel):
    """Plain text in a size of the type scale and a colour role."""

    def __init__(
        self, text: str, size: Role = "body", role: str = "t1", *, weight: int | None = None, wrap: bool = False
    ) -> None:
        super().__init__(text)
        self._size: Role = size
        self._role = role
        self._weight = weight
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        notifier.changed.connect(self._dress)
        self._dress()

    def recolour(self, role: str) -> None:
        """Takes another colour role."""
        self._role = role
        self._dress()

    def _dress(self) -> None:
        self.setFont(font(self._size, self._weight, tabular=True))
        set_role(self, self._role)


class Card(QWidget):
    """A panel with a thin outline and round corners."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        notifier.changed.connect(self.update)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("line"), 1.0))
        painter.setBrush(theme().colour("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
