"""How large the photo is shown, and the way back to the whole of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.canvas.float_buttons import bar_button
from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import notifier
from app.widgets import Divider, FloatPanel, set_role

_SMALL_PX = 28


class ZoomBar(FloatPanel):
    """Out, the zoom in per cent (a click shows photo pixels as screen pixels), in, fit."""

    out_asked = Signal()
    in_asked = Signal()
    actual_size_asked = Signal()
    fit_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Zoom"))
        self.out = bar_button(
            self, self.out_asked.emit, icon="minus", act="zoom_out", cap=False, tip=tr("Zoom out"), height=_SMALL_PX
        )
        self.figure = _Figure(self)
        self.into = bar_button(
            self, self.in_asked.emit, icon="plus", act="zoom_in", cap=False, tip=tr("Zoom in"), height=_SMALL_PX
        )
        self.fit = bar_button(
            self,
            self.fit_asked.emit,
            icon="fit",
            text=tr("Fit"),
            act="fit",
            cap=False,
            tip=tr("Show the whole photo"),
            height=_SMALL_PX,
        )
        self.figure.clicked.connect(self.actual_size_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 3, 4, 3)
        row.setSpacing(2)
        for widget in (self.out, self.figure, self.into, Divider(standing=True, parent=self), self.fit):
            row.addWidget(widget)
        notifier.changed.connect(self._dress)
        self._dress()
        self.show_zoom(1.0)
        self.adjustSize()

    def show_zoom(self, zoom: float) -> None:
        """`zoom` in screen pixels per photo pixel."""
        percent = zoom * 100
        self.figure.setText(f"{percent:.1f} %" if percent < 10 else f"{percent:,.0f} %")
        self.figure.setAccessibleName(tr("Zoom {figure}", figure=self.figure.text()))

    def _dress(self) -> None:
        self.figure.setFont(font("second", 600, tabular=True))
        self.figure.setFixedWidth(self.figure.fontMetrics().horizontalAdvance("3,200 %") + 8)
        set_role(self.figure, "t1")


class _Figure(QLabel):
    clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setToolTip(tr("Show photo pixels as screen pixels"))

    def mousePressEvent(self, _event) -> None:
        self.clicked.emit()
