"""Text, icon with text, and key caps."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.keymap import keymap
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme

_CAP_SIDE = 18
_ICON_SIDE = 16
_ICON_GAP = 6


def set_role(widget: QWidget, role: str) -> None:
    """Gives a widget's text the colour of a role; to be called again when the theme changes."""
    palette = widget.palette()
    for group in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text):
        palette.setColor(group, theme().colour(role))
    widget.setPalette(palette)


class KeyCap(QWidget):
    """A key as on a keyboard, such as Y or Ctrl+O."""

    def __init__(self, text: str = "", parent: QWidget | None = None, *, act: str = "") -> None:
        """
        Args:
            text: what stands on the key.
            parent: as Qt knows it.
            act: an act of the table, whose usual key stands on it instead; nothing while it has none.
        """
        super().__init__(parent)
        self._text = text
        self._act = act
        if act:
            keymap.changed.connect(self._follow)
            self._follow()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self._dress)

    def _follow(self) -> None:
        self._text = keymap.cap(self._act)
        self._dress()

    def _dress(self) -> None:
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return cap_size(self._text) if self._text else QSize(0, 0)

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        if self._text:
            draw_cap(painter, QRectF(self.rect()), self._text, theme().colour("t2"), theme().colour("raised"))


def cap_size(text: str) -> QSize:
    """Size of the key cap for a text."""
    width = QFontMetrics(font("caption", 600)).horizontalAdvance(text) + 10
    side = scaled(_CAP_SIDE)
    return QSize(max(side, width), side)


def draw_cap(painter: QPainter, area: QRectF, text: str, ink: QColor, ground: QColor | None) -> None:
    """Paints a key cap; without a ground only its outline, for use on a coloured button."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    edge = QColor(ink if ground is None else theme().colour("edge"))
    edge.setAlphaF(0.55 if ground is None else 0.75)
    painter.setPen(QPen(edge, 1.0))
    painter.setBrush(Qt.BrushStyle.NoBrush if ground is None else ground)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.setPen(ink)
    painter.setFont(font("caption", 600))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)


class ElideLabel(QLabel):
    """One line that gives way: elided (in the middle by default), the full text in the tool tip."""

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self._tip = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_tip(self, tip: str) -> None:
        """What the tool tip says besides the text where that is elided, "" for nothing."""
        self._tip = tip
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        shown = self.fontMetrics().elidedText(self.text(), self._mode, self.contentsRect().width())
        full = self.text() if shown != self.text() else ""
        self.setToolTip("\n".join(words for words in (full, self._tip) if words))
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        painter.drawText(self.contentsRect(), int(Qt.AlignmentFlag.AlignVCenter | self.alignment()), shown)


class IconLabel(QWidget):
    """A small icon and one line of text beside it, elided at the end."""

    def __init__(self, icon: str = "", text: str = "", role: str = "t2", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon = icon
        self._text = text
        self._role = role
        self._icon_role = role
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def setText(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self.setAccessibleName(text)
            self.updateGeometry()
            self.update()

    def text(self) -> str:
        return self._text

    def set_icon(self, name: str, role: str = "t2") -> None:
        self._icon, self._icon_role = name, role
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(font("second", 500, tabular=True))
        margins = self.contentsMargins()
        side = scaled(_ICON_SIDE)
        width = metrics.horizontalAdvance(self._text) + (side + _ICON_GAP if self._icon else 0)
        height = max(side, metrics.height())
        return QSize(width + margins.left() + margins.right() + 1, height + margins.top() + margins.bottom())

    def minimumSizeHint(self) -> QSize:
        return QSize(_ICON_SIDE, self.sizeHint().height())

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        area = QRectF(self.contentsRect())
        if self._icon:
            side = scaled(_ICON_SIDE)
            place = QRectF(area.x(), area.center().y() - side / 2, side, side)
            draw_icon(painter, self._icon, place, theme().colour(self._icon_role))
            area.setLeft(area.x() + side + _ICON_GAP)
        painter.setFont(font("second", 500, tabular=True))
        painter.setPen(theme().colour(self._role))
        shown = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, int(area.width()))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
