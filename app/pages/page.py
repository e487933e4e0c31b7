"""A page that stands in the place of photo and evidence: a title, what it shows, and a row of acts at its foot."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.panels.labels import Line
from app.texts import tr
from app.theme.palette import notifier, theme
from app.widgets import Button, Divider, Words

PADDING_PX = 32
_HEAD_GAP_PX = 24


class Page(QWidget):
    """Base of all pages. Esc and the cross close it, Ctrl+Return does its main act.

    Put what belongs right of the title into `head`, the content into `body`, and, after `add_foot`, the row of acts
    into `foot`. Nothing behind a page changes by keys meant for the photo.

    Signal `closed` once; the window then shows the photo again.
    """

    closed = Signal()
    is_wide = False
    """Whether the photo list gives way to it."""

    def __init__(self, title: str, lead: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._closed = False
        self.close_button = close = Button("ghost", icon="close", height=32)
        close.setToolTip(tr("Close, Esc"))
        close.setAccessibleName(tr("Close"))
        close.clicked.connect(self.close_page)
        words = QVBoxLayout()
        words.setSpacing(4)
        self.title = Words(title, "page")
        words.addWidget(self.title)
        self.lead = Line(lead, role="t2")
        words.addWidget(self.lead)
        if not lead:
            self.lead.hide()
        self.head = QHBoxLayout()
        self.head.setSpacing(12)
        top = QHBoxLayout()
        top.setContentsMargins(PADDING_PX, 24, PADDING_PX - 8, 0)
        top.addLayout(words)
        top.addStretch(1)
        top.addLayout(self.head)
        top.addWidget(close)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(PADDING_PX, _HEAD_GAP_PX, PADDING_PX, _HEAD_GAP_PX)
        self.body.setSpacing(16)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(top)
        self._column.addLayout(self.body, 1)
        notifier.changed.connect(self.update)

    def add_foot(self) -> QHBoxLayout:
        """Adds the row of acts below a divider, and returns it."""
        foot = QHBoxLayout()
        foot.setContentsMargins(PADDING_PX, 12, PADDING_PX, 12)
        foot.setSpacing(12)
        self._column.addWidget(Divider())
        self._column.addLayout(foot)
        return foot

    def do_main_act(self) -> None:
        """What Ctrl+Return does; a page without a main act does nothing."""

    def close_page(self) -> None:
        """Goes away; what was not applied is forgotten."""
        if not self._closed:
            self._closed = True
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        returns = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.key() == Qt.Key.Key_Escape:
            self.close_page()
        elif event.key() in returns and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.do_main_act()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("win"))
