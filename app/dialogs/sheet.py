"""A dialog inside the window: the window behind it is dimmed, Esc closes it, Tab stays in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.texts import tr
from app.theme.fonts import text_scale
from app.theme.palette import notifier, theme
from app.widgets import Button, Divider, Words

_RADIUS_PX = 12
_SHADE_ALPHA = {True: 150, False: 80}
_MARGIN_PX = 24


class Sheet(QWidget):
    """Covers its window, larger where the system's text is larger. Put content into `body`; `head` is the title's row.

    Signal `closed` once it is gone.
    """

    closed = Signal()

    def __init__(self, title: str, size: QSize, window: QWidget) -> None:
        super().__init__(window)
        self._wanted = size
        self.acts: tuple[str, ...] = ()
        """Acts of the window, by id, that work while the sheet is open."""
        self._focus_before = window.focusWidget()
        self._card = _SheetCard(self)
        self.setAccessibleName(title)
        close = Button("ghost", icon="close", height=32)
        close.setToolTip(tr("Close, Esc"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.close_sheet)
        self.head = QHBoxLayout()
        self.head.setContentsMargins(24, 16, 16, 14)
        self.head.setSpacing(12)
        self.head.addWidget(Words(title, "dialog"))
        self.head.addStretch(1)
        self.head.addWidget(close)
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        column = QVBoxLayout(self._card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self.head)
        column.addWidget(Divider())
        column.addLayout(self.body, 1)
        window.installEventFilter(self)
        notifier.changed.connect(self.update)

    def open_sheet(self) -> None:
        """Covers the window and takes the keyboard."""
        self._cover()
        self.show()
        self.raise_()
        self.setFocus()
        self.focusNextPrevChild(True)

    def close_sheet(self) -> None:
        """Goes away and gives the keyboard back."""
        self.window().removeEventFilter(self)
        self.hide()
        if self._focus_before is not None:
            self._focus_before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.parent() and event.type() == QEvent.Type.Resize:
            self._cover()
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        stops: list[QWidget] = []
        widget = self.nextInFocusChain()
        while widget is not None and widget is not self:
            usable = self.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled()
            if usable and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
                stops.append(widget)
            widget = widget.nextInFocusChain()
        if not stops:
            return True
        # The close button comes first in the chain, and last for the keyboard.
        stops = [*stops[1:], stops[0]]
        current = self.window().focusWidget()
        place = stops.index(current) + (1 if forward else -1) if current in stops else 0
        reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        stops[place % len(stops)].setFocus(reason)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_sheet()
        else:
            event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        # Nothing behind the sheet is clicked by mistake.
        event.accept()

    def card_size(self) -> tuple[int, int]:
        """Width and height of the card in its window, px."""
        window = self.window()
        wanted = self._wanted * text_scale()
        width = min(wanted.width(), window.width() - 2 * _MARGIN_PX)
        return width, min(wanted.height(), window.height() - 2 * _MARGIN_PX)

    def _cover(self) -> None:
        window = self.window()
        self.setGeometry(window.rect())
        width, height = self.card_size()
        self._card.setGeometry((window.width() - width) // 2, (window.height() - height) // 2, width, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), QColor(0, 0, 0, _SHADE_ALPHA[theme().dark]))


class _SheetCard(QWidget):
    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme().colour("edge_soft"), 1.0))
        painter.setBrush(theme().colour("panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS_PX, _RADIUS_PX)
