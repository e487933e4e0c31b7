"""A keyboard with what each key does on it, coloured by what the act is about."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.actions import ACTIONS, HAND_KEYS, Section
from app.theme.fonts import font
from app.theme.palette import notifier, theme

_ROWS = ("1234567890-=", "QWERTYUIOP[]", "ASDFGHJKL;'", "ZXCVBNM,./")
_INDENTS = (0.0, 0.3, 0.55, 0.95)
_STEP_PX, _GAP_PX, _ROW_PX = 66, 6, 52
_SHORT = {
    "accept": "accept",
    "reject": "reject",
    "skip": "skip",
    "next": "next",
    "previous": "back",
    "tool_draw": "draw",
    "tool_select": "select",
    "cycle_map": "next map",
    "threshold_less": "less",
    "threshold_more": "more",
    "threshold_calibrated": "reset",
    "evidence": "evidence",
    "search": "find",
}


def words_on_keys() -> dict[str, tuple[str, Section]]:
    """Short words and section by the character on the key, from the table of acts."""
    found: dict[str, tuple[str, Section]] = {}
    for spec in ACTIONS:
        for key in spec.keys:
            if len(key) == 1 and key in "".join(_ROWS):
                found[key] = (_SHORT.get(spec.id, spec.text.lower()), spec.section)
    for hand in HAND_KEYS:
        for key in hand.keys:
            if len(key) == 1:
                found[key] = ("peek", hand.section)
    return found


class KeyboardPicture(QWidget):
    """Four rows of keys; free ones are only outlined."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words_on_keys()
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Keyboard with the acts on their keys; the list below says the same in words")
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(round((len(_ROWS[0]) + _INDENTS[-1]) * _STEP_PX), len(_ROWS) * _ROW_PX - _GAP_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = min(_STEP_PX, self.width() / (len(_ROWS[0]) + _INDENTS[1]))
        for row, keys in enumerate(_ROWS):
            for column, key in enumerate(keys):
                left = (column + _INDENTS[row]) * step
                self._draw_key(painter, QRectF(left, row * _ROW_PX, step - _GAP_PX, _ROW_PX - _GAP_PX), key)

    def _draw_key(self, painter: QPainter, area: QRectF, key: str) -> None:
        colours = theme()
        area = area.adjusted(0.5, 0.5, -0.5, -0.5)
        words, section = self._words.get(key, ("", None))
        ground, ink = _dress(section)
        painter.setPen(QPen(colours.colour("edge_soft" if words else "line"), 1.0))
        painter.setBrush(ground if ground is not None else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(area, 5, 5)
        inner = area.adjusted(7, 4, -3, -5)
        painter.setPen(ink if words else colours.colour("t3"))
        painter.setFont(font("body", 600 if words else 400))
        painter.drawText(inner, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, key)
        if words:
            painter.setPen(colours.colour("on_fill" if section == "Decide" else "t1"))
            painter.setFont(font("caption", 500))
            shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(inner.width()))
            painter.drawText(inner, Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, shown)


def _dress(section: Section | None) -> tuple[QColor | None, QColor]:
    """Ground and ink of a key by what its act is about; the words on it say the same."""
    colours = theme()
    grounds = {
        "Decide": ("fill", "on_fill"),
        "Move on": ("ok_soft", "ok"),
        "Box": ("warn_soft", "warn"),
        "Heat map and threshold": ("soft", "acc"),
        "View": ("raised", "t1"),
        "Project": ("raised", "t1"),
    }
    if section is None:
        return None, colours.colour("t3")
    ground, ink = grounds[section]
    return colours.colour(ground), colours.colour(ink)
