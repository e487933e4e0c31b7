"""Brightness and contrast of what is shown, for photos that are too dark to judge; files and maps stay as they are."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.canvas.float_buttons import bar_button
from app.texts import tr
from app.widgets import FloatPanel, ThinSlider, Words

_STEPS = 100
_SMALL_PX = 28


class LightBar(FloatPanel):
    """Two sliders, kept from photo to photo until they are set back. `changed` carries both, each in [-1, 1]."""

    changed = Signal(float, float)
    close_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Brightness and contrast"))
        self.brightness = _slider(self, tr("Brightness"))
        self.contrast = _slider(self, tr("Contrast"))
        back = bar_button(self, self.reset, icon="undo", tip=tr("As in the file"), height=_SMALL_PX)
        close = bar_button(self, self.close_asked.emit, icon="close", tip=tr("Close"), height=_SMALL_PX)
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 6, 6, 6)
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(2)
        grid.addWidget(Words(tr("Brightness"), "second"), 0, 0)
        grid.addWidget(self.brightness, 0, 1)
        grid.addWidget(back, 0, 2)
        grid.addWidget(Words(tr("Contrast"), "second"), 1, 0)
        grid.addWidget(self.contrast, 1, 1)
        grid.addWidget(close, 1, 2)
        for slider in (self.brightness, self.contrast):
            slider.valueChanged.connect(lambda _: self.changed.emit(*self.light()))
        self.adjustSize()
        self.hide()

    def light(self) -> tuple[float, float]:
        """Brightness and contrast, each in [-1, 1]."""
        return self.brightness.value() / _STEPS, self.contrast.value() / _STEPS

    def reset(self) -> None:
        """Shows photos as they are in their files."""
        self.brightness.setValue(0)
        self.contrast.setValue(0)


def _slider(parent: QWidget, name: str) -> ThinSlider:
    slider = ThinSlider(parent)
    slider.setRange(-_STEPS, _STEPS)
    slider.setAccessibleName(name)
    slider.setToolTip(name)
    slider.setFixedWidth(140)
    return slider
