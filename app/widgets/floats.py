"""What lies over the photo or in the page: floating panels and messages in place."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.texts import tr
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets.buttons import Button
from app.widgets.labels import set_role

MessageKind = Literal["warn", "bad", "ok", "info"]

_FLOAT_RADIUS = 10
_SHADOW = 6
_MESSAGE_ICONS = {"warn": "warning", "bad": "warning", "ok": "state-done", "info": "info"}


class FloatPanel(QWidget):
    """A rounded panel over the photo with a painted shadow; its margins keep the content off the shadow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ground: QPixmap | None = None
        self._ground_of: tuple[object, ...] = ()
        self.setContentsMargins(_SHADOW, _SHADOW, _SHADOW, _SHADOW)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        notifier.changed.connect(self.update)

    def paintEvent(self, _event) -> None:
        # Panels are repainted with every frame of the photo below them; their shadow is drawn once for each size.
        wanted = (self.size(), self.devicePixelRatioF(), theme())
        if self._ground is None or self._ground_of != wanted:
            self._ground, self._ground_of = self._draw_ground(), wanted
        QPainter(self).drawPixmap(0, 0, self._ground)

    def _draw_ground(self) -> QPixmap:
        ratio = self.devicePixelRatioF()
        ground = QPixmap(self.size() * ratio)
        ground.setDevicePixelRatio(ratio)
        ground.fill(Qt.GlobalColor.transparent)
        painter = QPainter(ground)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(_SHADOW, _SHADOW, -_SHADOW, -_SHADOW)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for step in range(_SHADOW):
            painter.setPen(QPen(QColor(0, 0, 0, 5 + 5 * (_SHADOW - step) // 2), 1.0))
            grown = area.adjusted(-step, -step + 1, step, step + 1)
            painter.drawRoundedRect(grown, _FLOAT_RADIUS + step, _FLOAT_RADIUS + step)
        painter.setPen(QPen(theme().colour("line"), 1.0))
        painter.setBrush(theme().colour("float"))
        painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), _FLOAT_RADIUS, _FLOAT_RADIUS)
        painter.end()
        return ground


class MessageBar(QWidget):
    """What happened and what still works, in the place it concerns, with one act and a way to dismiss it."""

    acted = Signal()
    dismissed = Signal()

    def __init__(
        self, kind: MessageKind, title: str, text: str, *, act: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.kind: MessageKind = kind
        self.has_act = bool(act)
        self._title = QLabel(title, self)
        self._text = QLabel(text, self)
        self._text.setVisible(bool(text))
        for label in (self._title, self._text):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(40, 9, 8, 9)
        row.setSpacing(8)
        row.addLayout(words, 1)
        if act:
            button = Button("ghost", text=act)
            button.clicked.connect(self.acted)
            row.addWidget(button)
        close = Button("ghost", icon="close")
        close.setToolTip(tr("Dismiss"))
        close.setAccessibleName(tr("Dismiss this message"))
        close.clicked.connect(self.dismissed)
        row.addWidget(close)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(f"{title} {text}".strip())
        notifier.changed.connect(self._dress)
        self._dress()

    def words(self) -> str:
        """Title and text as shown."""
        return self.accessibleName()

    def _dress(self) -> None:
        self._title.setFont(font("body", 600))
        self._text.setFont(font("second"))
        set_role(self._title, "t1")
        set_role(self._text, "t2")
        self.update()

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ink = theme().colour("acc" if self.kind == "info" else self.kind)
        painter.setPen(QPen(ink, 1.5) if theme().high else Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("soft" if self.kind == "info" else f"{self.kind}_soft"))
        inset = 1.0 if theme().high else 0.0
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset), 8, 8)
        draw_icon(painter, _MESSAGE_ICONS[self.kind], QRectF(13, self.height() / 2 - 9, 18, 18), ink)
