"""What stands in the middle when a folder has no photo to show."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.texts import tr
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, Words

_ICON_PX = 32


class NoPhotosPage(QWidget):
    """A folder without photos. Signal `open_requested` by its button."""

    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Words(tr("No photos in this folder"), "dialog")
        self.text = Words("", "body", "t2", wrap=True)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open_button = Button("second", text=tr("Open another folder"), icon="folder", height=36)
        self.open_button.clicked.connect(self.open_requested)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(_Icon("folder", "t2"))
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(8)
        column.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        notifier.changed.connect(self.update)

    def show_text(self, text: str) -> None:
        """Says what was looked for and where."""
        self.text.setText(text)
        self.setAccessibleName(f"{self.title.text()}. {text}".strip())

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("canvas"))


class _Icon(QWidget):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role
        self.setFixedHeight(_ICON_PX + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        place = QRectF((self.width() - _ICON_PX) / 2, 0, _ICON_PX, _ICON_PX)
        draw_icon(QPainter(self), self._name, place, theme().colour(self._role))
