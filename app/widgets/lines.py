"""Dividers, progress and the thin slider."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from app.theme.fonts import scaled
from app.theme.palette import notifier, theme


class Divider(QWidget):
    """A line of one pixel, lying or standing."""

    def __init__(self, *, standing: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if standing:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)
        notifier.changed.connect(self.update)

    def paintEvent(self, _event) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("line"))


class _HeightKeeper(QObject):
    """Lives with its widget, so that it is not called after it."""

    def __init__(self, widget: QWidget, px: int) -> None:
        super().__init__(widget)
        self._widget, self._px = widget, px
        notifier.changed.connect(self.keep)
        self.keep()

    def keep(self) -> None:
        self._widget.setFixedHeight(scaled(self._px))


def keep_height(widget: QWidget, px: int) -> None:
    """Gives a bar its height, now and whenever the size of text changes."""
    _HeightKeeper(widget, px)


class ProgressLine(QWidget):
    """A thin bar that fills from the left."""

    def __init__(self, height: int = 4, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setFixedHeight(height)
        notifier.changed.connect(self.update)

    def set_share(self, share: float) -> None:
        """How much is done, in [0, 1]."""
        self._share = min(max(share, 0.0), 1.0)
        self.update()

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        radius = self.height() / 2
        painter.setBrush(theme().colour("hover"))
        painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
        if self._share > 0:
            painter.setBrush(theme().colour("acc"))
            width = max(self.height(), self.width() * self._share)
            painter.drawRoundedRect(QRectF(0, 0, width, self.height()), radius, radius)


class ThinSlider(QSlider):
    """A horizontal slider with a thin track and a round knob. The whole bar can be clicked."""

    _KNOB = 12

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(80, 24)

    def mousePressEvent(self, event) -> None:
        self._go_to(event.position())

    def mouseMoveEvent(self, event) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go_to(event.position())

    def _go_to(self, at: QPointF) -> None:
        room = self.width() - self._KNOB
        share = min(max((at.x() - self._KNOB / 2) / room, 0.0), 1.0)
        self.setValue(round(self.minimum() + share * (self.maximum() - self.minimum())))

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        span = max(1, self.maximum() - self.minimum())
        middle = self.height() / 2
        x = self._KNOB / 2 + (self.value() - self.minimum()) / span * (self.width() - self._KNOB)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colours.colour("edge_soft"))
        painter.drawRoundedRect(QRectF(0, middle - 1.5, self.width(), 3), 1.5, 1.5)
        painter.setBrush(colours.colour("acc"))
        painter.drawRoundedRect(QRectF(0, middle - 1.5, x, 3), 1.5, 1.5)
        painter.setBrush(colours.colour("on_fill"))
        painter.setPen(QPen(colours.colour("acc"), 1.0 if colours.dark else 2.0))
        painter.drawEllipse(QPointF(x, middle), self._KNOB / 2 - 1, self._KNOB / 2 - 1)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
