"""Buttons, chips and the row of choices: painted from the theme, with a visible keyboard focus."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from app.keymap import keymap
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets.labels import cap_size, draw_cap

Kind = Literal["primary", "second", "ghost", "quiet", "danger"]

_ICON_SIDE, _ARROW_SIDE = 16, 12
_GAP = 7
_RADIUS = 6


class PaintedButton(QAbstractButton):
    """Base: lays out icon, text and key cap in a row and repaints on hover, press, focus and theme."""

    def __init__(self, text: str = "", icon: str = "", key: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon
        self._key = key
        self._act, self._tip, self._shows_cap = "", "", False
        self._opens_menu = False
        self.setText(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self._dress)

    def _dress(self) -> None:
        self.updateGeometry()
        self.update()

    def setText(self, text: str) -> None:
        super().setText(text)
        self.updateGeometry()
        self.update()

    def follow_act(self, act: str, tip: str, *, cap: bool = False) -> None:
        """Names the usual key of an act of the table, whichever that is.

        Args:
            act: the act that the button does.
            tip: the tool tip, one line; the key is named behind it.
            cap: the key also stands on the button.
        """
        self._act, self._tip, self._shows_cap = act, tip, cap
        keymap.changed.connect(self._show_key)
        self._show_key()

    def _show_key(self) -> None:
        key = keymap.cap(self._act)
        self._key = key if self._shows_cap else ""
        self.setToolTip(f"{self._tip}, {key}" if key else self._tip)
        self._dress()

    def show_opens_menu(self) -> None:
        """Draws an arrow behind the words: a press opens a menu."""
        self._opens_menu = True
        self._dress()

    def set_icon(self, name: str) -> None:
        self._icon_name = name
        self.updateGeometry()
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HoverEnter, QEvent.Type.HoverLeave):
            self.update()
        return super().event(event)

    def _font(self) -> QFont:
        return font("second", 600)

    def _content_width(self) -> int:
        parts = []
        if self._icon_name:
            parts.append(scaled(_ICON_SIDE))
        if self.text():
            parts.append(QFontMetrics(self._font()).horizontalAdvance(self.text()) + 1)
        if self._key:
            parts.append(cap_size(self._key).width())
        if self._opens_menu:
            parts.append(scaled(_ARROW_SIDE))
        return sum(parts) + _GAP * max(0, len(parts) - 1)

    def _padding(self) -> int:
        return 6 if not self.text() else 10

    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 2 * self._padding(), scaled(28))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def _draw_content(self, painter: QPainter, ink: QColor, icon_ink: QColor, cap_ground: QColor | None) -> None:
        x = (self.width() - self._content_width()) / 2
        middle = self.height() / 2
        if self._icon_name:
            side = scaled(_ICON_SIDE)
            draw_icon(painter, self._icon_name, QRectF(x, middle - side / 2, side, side), icon_ink)
            x += side + _GAP
        if self.text():
            painter.setFont(self._font())
            painter.setPen(ink)
            width = painter.fontMetrics().horizontalAdvance(self.text()) + 1
            painter.drawText(QRectF(x, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
            x += width + _GAP
        if self._key:
            size = cap_size(self._key)
            area = QRectF(x, middle - size.height() / 2, size.width(), size.height())
            draw_cap(painter, area, self._key, ink, cap_ground)
            x += size.width() + _GAP
        if self._opens_menu:
            side = scaled(_ARROW_SIDE)
            draw_icon(painter, "chevron-down", QRectF(x, middle - side / 2, side, side), icon_ink)

    def _draw_ground(self, painter: QPainter, ground: QColor | None, line: QColor | None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(line, 1.0) if line is not None else Qt.PenStyle.NoPen)
        painter.setBrush(ground if ground is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _RADIUS, _RADIUS)

    def _draw_focus(self, painter: QPainter) -> None:
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme().colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)


class Button(PaintedButton):
    """A push button: "primary" acts, "second" is outlined, "ghost" is bare until hovered, "danger" is red.

    "quiet" is a ghost in the size and colour of second lines.
    """

    def __init__(
        self,
        kind: Kind = "second",
        *,
        text: str = "",
        icon: str = "",
        key: str = "",
        height: int = 28,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, icon, key, parent)
        self._kind: Kind = kind
        self._height = height

    def _padding(self) -> int:
        return 3 if self._kind == "quiet" else super()._padding()

    def _font(self) -> QFont:
        return font("second", tabular=True) if self._kind == "quiet" else font("body", 500)

    def sizeHint(self) -> QSize:
        grown = (self._height - 28) // 2
        return QSize(self._content_width() + 2 * (self._padding() + grown), scaled(self._height))

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        colours = theme()
        hovered = self.underMouse() and self.isEnabled()
        if not self.isEnabled():
            ground = None if self._kind in ("ghost", "quiet") else colours.colour("raised")
            ink = icon_ink = colours.colour("edge" if ground is None else "t3")
            self._draw_ground(painter, ground, None)
        elif self._kind == "primary":
            fill = colours.colour("fill")
            self._draw_ground(painter, fill.darker(112) if self.isDown() else fill, None)
            ink = icon_ink = colours.colour("on_fill")
        else:
            ground = colours.colour("hover") if hovered or self.isDown() or self.isChecked() else None
            if ground is None and self._kind == "second":
                ground = colours.colour("raised") if colours.dark else colours.colour("float")
            self._draw_ground(painter, ground, colours.colour("edge_soft") if self._kind == "second" else None)
            ink = colours.colour({"danger": "bad", "quiet": "t2"}.get(self._kind, "t1"))
            icon_ink = colours.colour("bad" if self._kind == "danger" else "acc" if self.isChecked() else "t2")
        cap_ground = None if self._kind == "primary" else colours.colour("raised")
        self._draw_content(painter, ink, icon_ink, cap_ground)
        self._draw_focus(painter)


class Chip(PaintedButton):
    """A small outlined switch: icon, words or a count; soft blue while chosen."""

    def __init__(self, text: str = "", icon: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, icon, "", parent)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._icon_role: str | None = None

    def set_icon_role(self, role: str) -> None:
        """Keeps the icon in one colour, such as "ok" for reviewed."""
        self._icon_role = role
        self.update()

    def _padding(self) -> int:
        return 8

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        colours = theme()
        chosen = self.isChecked()
        ground = colours.colour("soft") if chosen else colours.colour("hover") if self.underMouse() else None
        self._draw_ground(painter, ground, colours.colour("acc") if chosen else colours.colour("edge_soft"))
        ink = colours.colour("t1" if chosen or not self.isCheckable() else "t2")
        icon_ink = colours.colour(self._icon_role or ("acc" if chosen else "t2"))
        self._draw_content(painter, ink, icon_ink, None)
        self._draw_focus(painter)


class _Segment(PaintedButton):
    def _padding(self) -> int:
        return 9

    def _font(self) -> QFont:
        return font("second", 600 if self.isChecked() else 500)

    def _content_width(self) -> int:
        return QFontMetrics(font("second", 600)).horizontalAdvance(self.text()) + 1

    def sizeHint(self) -> QSize:
        return QSize(self._content_width() + 2 * self._padding(), scaled(24))

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        colours = theme()
        if self.isChecked():
            ground = colours.colour("hover") if colours.dark else colours.colour("float")
            line = "acc" if colours.high else "line"
            self._draw_ground(painter, ground, None if colours.dark and not colours.high else colours.colour(line))
        role = "edge" if not self.isEnabled() else "t1" if self.isChecked() or self.underMouse() else "t2"
        painter.setFont(self._font())
        painter.setPen(colours.colour(role))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.text())
        self._draw_focus(painter)


class SegmentControl(QWidget):
    """One choice out of a few, side by side on a track. Arrow keys move within it."""

    chosen = Signal(str)

    def __init__(self, options: list[tuple[str, str]], parent: QWidget | None = None) -> None:
        """
        Args:
            options: (id, text) in order.
        """
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._segments: dict[str, _Segment] = {}
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(2, 2, 2, 2)
        self._row.setSpacing(0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.set_options(options)
        notifier.changed.connect(self.update)

    def set_options(self, options: list[tuple[str, str]]) -> None:
        """Replaces the choices; the chosen one stays where it is still among them."""
        before = self.current()
        for segment in self._segments.values():
            self._group.removeButton(segment)
            self._row.removeWidget(segment)
            segment.hide()
            segment.deleteLater()
        self._segments = {}
        for name, text in options:
            segment = _Segment(text, parent=self)
            segment.setCheckable(True)
            segment.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            segment.clicked.connect(lambda _=False, name=name: self.chosen.emit(name))
            self._group.addButton(segment)
            self._row.addWidget(segment, 1)
            self._segments[name] = segment
        names = list(self._segments)
        if names:
            self.set_current(before if before in self._segments else names[0])

    def names(self) -> tuple[str, ...]:
        return tuple(self._segments)

    def set_text(self, name: str, text: str) -> None:
        self._segments[name].setText(text)

    def set_current(self, name: str) -> None:
        """Shows a choice without telling anybody."""
        if name in self._segments:
            self._segments[name].setChecked(True)

    def current(self) -> str | None:
        return next((name for name, segment in self._segments.items() if segment.isChecked()), None)

    def segment(self, name: str) -> QAbstractButton:
        """The button of a choice."""
        return self._segments[name]

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme().colour("track"))
        painter.drawRoundedRect(QRectF(self.rect()), _RADIUS, _RADIUS)
