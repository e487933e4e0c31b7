"""The three tools at the canvas's left edge."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.canvas.tools import Tool
from app.texts import tr
from app.theme.palette import theme
from app.widgets import Button, FloatPanel


class ToolBar(FloatPanel):
    """Select, draw, hand; the one in hand is marked."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(tr("Tools"))
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(4)
        self.buttons: dict[Tool, Button] = {}
        for tool, icon, tip, act in (
            (Tool.SELECT, "select", tr("Select, move and resize boxes"), "tool_select"),
            (Tool.DRAW, "draw", tr("Draw a box"), "tool_draw"),
            (Tool.HAND, "hand", tr("Move the photo, Space held"), ""),
        ):
            button = _ToolButton(icon, tip, self)
            if act:
                button.follow_act(act, tip)
            button.clicked.connect(lambda _=False, tool=tool: self.chosen.emit(tool.value))
            self.buttons[tool] = button
            column.addWidget(button)
        self.show_tool(Tool.SELECT.value)
        self.adjustSize()

    def show_tool(self, name: str) -> None:
        for tool, button in self.buttons.items():
            button.setChecked(tool == name)


class _ToolButton(Button):
    def __init__(self, icon: str, tip: str, parent: QWidget) -> None:
        super().__init__("ghost", icon=icon, height=32, parent=parent)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setFixedSize(32, 32)

    def paintEvent(self, event) -> None:
        if not self.isChecked():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        colours = theme()
        self._draw_ground(painter, colours.colour("soft"), colours.colour("acc") if colours.high else None)
        self._draw_content(painter, colours.colour("t1"), colours.colour("acc"), None)
