"""A note: an icon, and words that take as many lines as they need."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.widgets.cards import Words
from app.widgets.labels import IconLabel


class Note(QWidget):
    """Words that take as many lines as they need, beside an icon; hidden while there are none."""

    def __init__(self) -> None:
        super().__init__()
        self._icon = IconLabel("warning")
        self._words = Words("", "second", "t1", wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._words, 1)
        self.hide()

    def show_words(self, words: str, role: str = "warn", *, tip: str = "") -> None:
        """Shows a sentence; `role` colours its icon, `tip` says more."""
        self._icon.set_icon("warning", role)
        self._words.setText(words)
        self.setToolTip(tip)
        self.setAccessibleName(words)
        self.setVisible(bool(words))

    def text(self) -> str:
        return self._words.text()
