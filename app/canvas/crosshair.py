"""Two lines through the pointer, from edge to edge, to see where a box that begins here would lie."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

_REACH_PX = 3


class Crosshair(QWidget):
    """Lies over a viewport, lets all clicks through and follows the pointer while it is shown."""

    def __init__(self, port: QWidget) -> None:
        super().__init__(port)
        self._place: QPointF | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(port.rect())
        port.installEventFilter(self)
        self.lower()
        self.hide()

    @property
    def place(self) -> QPointF | None:
        """Where the lines cross, in the viewport; None while the pointer is elsewhere."""
        return self._place

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        elif event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._move(event.position())
        elif event.type() == QEvent.Type.Leave:
            self._move(None)
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._place is None:
            return
        painter = QPainter(self)
        x, y = self._place.x(), self._place.y()
        lines = [QLineF(0, y, self.width(), y), QLineF(x, 0, x, self.height())]
        for pen in (QPen(QColor(0, 0, 0, 110), 3.0), QPen(QColor(255, 255, 255, 200), 1.0)):
            painter.setPen(pen)
            painter.drawLines(lines)

    def _move(self, place: QPointF | None) -> None:
        # Only the strips of the old and the new lines are painted anew, not the photo below all of them.
        self._touch()
        self._place = place
        self._touch()

    def _touch(self) -> None:
        if self._place is not None and self.isVisible():
            x, y = round(self._place.x()), round(self._place.y())
            self.update(QRect(0, y - _REACH_PX, self.width(), 2 * _REACH_PX))
            self.update(QRect(x - _REACH_PX, 0, 2 * _REACH_PX, self.height()))
