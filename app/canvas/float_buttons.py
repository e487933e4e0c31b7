"""Buttons as they stand in the bars over the photo: they never take the keyboard from the photo."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QWidget

from app.canvas.class_menu import draw_swatch
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import theme
from app.widgets import Button, PaintedButton
from app.widgets.buttons import Kind

BAR_BUTTON_PX = 32


def bar_button(
    parent: QWidget,
    slot: Callable[[], object],
    *,
    text: str = "",
    icon: str = "",
    act: str = "",
    cap: bool = True,
    kind: Kind = "ghost",
    tip: str = "",
    height: int = BAR_BUTTON_PX,
) -> Button:
    """A button of a bar. `tip` is its tool tip, and its name to a screen reader where it has no text.

    `act` is the act of the table that it does: its key is named in the tool tip and, with `cap`, on the button.
    """
    button = Button(kind, text=text, icon=icon, height=height, parent=parent)
    _settle(button, slot, text or tip, tip or text, act, cap=cap)
    return button


def _settle(button: PaintedButton, slot: Callable[[], object], name: str, tip: str, act: str, *, cap: bool) -> None:
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    button.setAccessibleName(name)
    if act:
        button.follow_act(act, tip, cap=cap)
    else:
        button.setToolTip(tip)
    button.clicked.connect(lambda _=False: slot())


class RejectButton(Button):
    """A quiet button whose cross alone is red."""

    def __init__(self, parent: QWidget, slot: Callable[[], object]) -> None:
        super().__init__("ghost", text=tr("Reject"), icon="close", height=BAR_BUTTON_PX, parent=parent)
        _settle(self, slot, tr("Reject"), tr("Reject this box"), "reject", cap=True)

    def _draw_content(self, painter: QPainter, ink: QColor, icon_ink: QColor, cap_ground: QColor | None) -> None:
        super()._draw_content(painter, ink, theme().colour("bad") if self.isEnabled() else icon_ink, cap_ground)


class ClassButton(PaintedButton):
    """Swatch, class name and an arrow: opens the class field."""

    _SWATCH_PX, _ARROW_PX, _GAP_PX, _LONGEST_PX = 14, 14, 9, 180

    def __init__(self, parent: QWidget, slot: Callable[[], object]) -> None:
        super().__init__("", parent=parent)
        self._colour = QColor("white")
        _settle(self, slot, tr("Class"), tr("Change the class"), "", cap=False)

    def show_class(self, name: str, colour: QColor) -> None:
        self._colour = colour
        self.setText(name)
        self.setAccessibleName(tr("Class: {name}", name=name))

    def _font(self) -> QFont:
        return font("body", 500)

    def _name(self) -> str:
        return QFontMetrics(self._font()).elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self._LONGEST_PX)

    def _content_width(self) -> int:
        name = QFontMetrics(self._font()).horizontalAdvance(self._name())
        return self._SWATCH_PX + self._GAP_PX + name + self._GAP_PX + self._ARROW_PX

    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 20, scaled(BAR_BUTTON_PX))

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        colours = theme()
        self._draw_ground(painter, colours.colour("hover") if self.underMouse() else None, None)
        middle = self.height() / 2
        draw_swatch(painter, QRectF(10, middle - self._SWATCH_PX / 2, self._SWATCH_PX, self._SWATCH_PX), self._colour)
        left = 10 + self._SWATCH_PX + self._GAP_PX
        painter.setFont(self._font())
        painter.setPen(colours.colour("t1"))
        painter.drawText(QRectF(left, 0, self.width(), self.height()), Qt.AlignmentFlag.AlignVCenter, self._name())
        arrow = QRectF(self.width() - 10 - self._ARROW_PX, middle - self._ARROW_PX / 2, self._ARROW_PX, self._ARROW_PX)
        draw_icon(painter, "chevron-down", arrow, colours.colour("t2"))
        self._draw_focus(painter)
