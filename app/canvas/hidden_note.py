"""Says over the photo that its boxes are hidden, so that nobody takes it for a photo without boxes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.canvas.float_buttons import bar_button
from app.texts import tr
from app.widgets import FloatPanel, Words

_SMALL_PX = 28


class HiddenNote(FloatPanel):
    """`show_asked`: the boxes shall be shown again."""

    show_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        words = tr("Boxes are hidden")
        self.setAccessibleName(words)
        button = bar_button(
            self, self.show_asked.emit, text=tr("Show"), act="hide_boxes", tip=tr("Show the boxes"), height=_SMALL_PX
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 4, 3)
        row.setSpacing(8)
        row.addWidget(Words(words, "body"))
        row.addWidget(button)
        self.adjustSize()
        self.hide()
