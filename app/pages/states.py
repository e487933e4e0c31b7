"""What stands in the middle when there is no photo to show: one icon, one sentence, what to do."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, Words
from engine.dataset.project_records import PhotoState

_ICON_PX = 32


class StatePage(QWidget):
    """An icon, a title, a sentence and a row of acts in the middle of the canvas's ground."""

    def __init__(self, icon: str, icon_role: str, title: str, *acts: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = Words(title, "dialog")
        self.text = Words("", "body", "t2", wrap=True)
        for label in (self.title, self.text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for act in acts:
            row.addWidget(act)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(_Icon(icon, icon_role))
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(1)
        notifier.changed.connect(self.update)

    def set_words(self, title: str, text: str) -> None:
        """Replaces title and sentence."""
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title}. {text}".strip())

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("canvas"))


class NoPhotosPage(StatePage):
    """A folder without photos. Signal `open_requested` by its button."""

    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.open_button = Button("second", text="Open another folder", icon="folder", height=36)
        super().__init__("folder", "t2", "No photos in this folder", self.open_button, parent=parent)
        self.open_button.clicked.connect(self.open_requested)

    def show_text(self, text: str) -> None:
        """Says what was looked for and where."""
        self.set_words(self.title.text(), text)


class FinishedPage(StatePage):
    """Nothing waits for an answer. Signals: `export_requested`, `others_requested` for what was skipped or failed."""

    export_requested = Signal()
    others_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        self.export_button = Button("primary", text="Export", icon="export", key="Ctrl+E", height=36)
        self.others_button = Button("ghost", icon="eye", height=36)
        super().__init__(
            "state-done", "ok", "All photos reviewed", self.export_button, self.others_button, parent=parent
        )
        self.export_button.clicked.connect(self.export_requested)
        self.others_button.clicked.connect(self.others_requested)

    def show_counts(self, counts: Mapping[PhotoState, int], text: str) -> None:
        """Takes the number of photos in each state, and the sentence about how it went."""
        reviewed = counts.get(PhotoState.REVIEWED, 0)
        others = counts.get(PhotoState.SKIPPED, 0) + counts.get(PhotoState.FAILED, 0)
        self.others_button.setVisible(others > 0)
        self.others_button.setText("See the other one" if others == 1 else f"See the {others:,} others")
        self.set_words("The photo is reviewed" if reviewed == 1 else f"All {reviewed:,} photos reviewed", text)


class _Icon(QWidget):
    def __init__(self, name: str, role: str) -> None:
        super().__init__()
        self._name = name
        self._role = role
        self.setFixedHeight(_ICON_PX + 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        place = QRectF((self.width() - _ICON_PX) / 2, 0, _ICON_PX, _ICON_PX)
        draw_icon(QPainter(self), self._name, place, theme().colour(self._role))
