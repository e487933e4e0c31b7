"""A keyboard with what each key does on it, coloured by what the act is about, and what the colours mean."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.actions import ACTIONS, HAND_KEYS, Section
from app.keymap import keymap
from app.texts import mark, tr, tr_marked
from app.theme.fonts import font, scaled
from app.theme.palette import notifier, theme

Group = Literal["decide", "move on", "threshold", "see", "tools", "class"]
GROUPS: tuple[Group, ...] = ("decide", "move on", "threshold", "see", "tools", "class")
_GROUP_WORDS: dict[Group, str] = {
    "decide": mark("decide"),
    "move on": mark("move on"),
    "threshold": mark("threshold"),
    "see": mark("see"),
    "tools": mark("tools"),
    "class": mark("class"),
}

_ROWS = ("1234567890-=", "QWERTYUIOP[]", "ASDFGHJKL;'", "ZXCVBNM,./")
_INDENTS = (0.0, 0.28, 0.5, 0.89)
_STEP_PX, _GAP_PX, _ROW_PX = 72, 6, 58
_LEGEND_PX, _LEGEND_ROW_PX, _LEGEND_GAP_PX = 170, 22, 38
_SWATCH_PX = 13
_SHORT = {
    "delete": mark("delete"),
    "accept": mark("accept"),
    "reject": mark("reject"),
    "skip": mark("skip"),
    "next": mark("next"),
    "previous": mark("back"),
    "tool_draw": mark("draw"),
    "tool_select": mark("select"),
    "cycle_map": mark("heat map"),
    "threshold_less": mark("less"),
    "threshold_more": mark("more"),
    "threshold_calibrated": mark("reset"),
    "class_by_name": mark("class"),
    "snap": mark("snap"),
    "hide_boxes": mark("hide"),
    "crosshair": mark("lines"),
    "look_at_box": mark("zoom"),
    "evidence": mark("evidence"),
    "search": mark("find"),
}
_GROUP_OF_SECTION: dict[Section, Group] = {
    "Decide": "decide",
    "Move on": "move on",
    "Box": "tools",
    "Heat map and threshold": "threshold",
    "View": "see",
    "Project": "tools",
}
_GROUP_OF_ACT: dict[str, Group] = {"cycle_map": "see", "search": "see", "skip": "move on"}
# Ground and ink of a key in the dark and the light theme; the other groups take theirs from the theme.
_SEE = {True: ("#35293B", "#E0A6DD"), False: ("#F5E6F4", "#7D3A7B")}


def words_on_keys() -> dict[str, tuple[str, Group]]:
    """Short words and group by the character on the key, from the table of acts."""
    found: dict[str, tuple[str, Group]] = {}
    for spec in ACTIONS:
        group = _GROUP_OF_ACT.get(spec.id, _GROUP_OF_SECTION[spec.section])
        if spec.id.startswith("class_"):
            group = "class"
        for key in keymap.keys(spec.id):
            if len(key) == 1 and key in "".join(_ROWS):
                short = _SHORT.get(spec.id)
                found[key] = (tr_marked(short) if short else tr_marked(spec.text).rstrip("…"), group)
    for hand in HAND_KEYS:
        for key in hand.keys:
            if len(key) == 1:
                found[key] = (tr("peek"), "see")
    return found


class KeyboardPicture(QWidget):
    """Four rows of keys, free ones pale, and the legend beside them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words: dict[str, tuple[str, Group]] = {}
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Keyboard with the acts on their keys; the list below says the same in words"))
        notifier.changed.connect(self.update)
        keymap.changed.connect(self._read)
        self._read()

    def _read(self) -> None:
        self._words = words_on_keys()
        self.update()

    def sizeHint(self) -> QSize:
        width = round(_columns() * scaled(_STEP_PX)) + scaled(_LEGEND_GAP_PX) + scaled(_LEGEND_PX)
        return QSize(width, len(_ROWS) * scaled(_ROW_PX) - _GAP_PX)

    def minimumSizeHint(self) -> QSize:
        return QSize(400, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        step = min(scaled(_STEP_PX), (self.width() - scaled(_LEGEND_PX) - scaled(_LEGEND_GAP_PX)) / _columns())
        for row, keys in enumerate(_ROWS):
            for column, key in enumerate(keys):
                left = (column + _INDENTS[row]) * step
                self._draw_key(
                    painter, QRectF(left, row * scaled(_ROW_PX), step - _GAP_PX, scaled(_ROW_PX) - _GAP_PX), key
                )
        _draw_legend(painter, _columns() * step + scaled(_LEGEND_GAP_PX))

    def _draw_key(self, painter: QPainter, area: QRectF, key: str) -> None:
        colours = theme()
        area = area.adjusted(0.5, 0.5, -0.5, -0.5)
        words, group = self._words.get(key, ("", None))
        ground, ink = colours_of(group)
        painter.setPen(QPen(colours.colour("edge_soft" if words else "line"), 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(area, 6, 6)
        inner = area.adjusted(9, 8, -2, -8)
        painter.setPen(ink)
        if not words:
            painter.setFont(font("body"))
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter, _cap(key))
            return
        painter.setFont(font("panel", 600))
        painter.drawText(inner.adjusted(0, -3, 0, 0), Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, _cap(key))
        painter.setPen(colours.colour("on_fill" if group == "decide" else "t1"))
        painter.setFont(font("caption", 500))
        shown = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, int(inner.width()))
        painter.drawText(inner.adjusted(0, 0, 0, 2), Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft, shown)


def _cap(key: str) -> str:
    """What stands on the key; a real minus, which is not as short as a hyphen."""
    return key.replace("-", "−")


def _columns() -> float:
    """Width of the widest row in keys."""
    return max(len(keys) + indent for keys, indent in zip(_ROWS, _INDENTS, strict=True))


def _draw_legend(painter: QPainter, left: float) -> None:
    painter.setFont(font("body", 600))
    painter.setPen(theme().colour("t1"))
    room = QRectF(left, 2, scaled(_LEGEND_PX), len(_ROWS) * scaled(_ROW_PX))
    advice = tr("One hand on the keys, one on the mouse, or none.")
    head = painter.boundingRect(room, int(Qt.TextFlag.TextWordWrap), advice)
    painter.drawText(head, int(Qt.TextFlag.TextWordWrap), advice)
    for place, group in enumerate(GROUPS):
        top = head.bottom() + 8 + place * scaled(_LEGEND_ROW_PX)
        painter.setPen(QPen(theme().colour("edge_soft"), 1.0))
        ground, ink = colours_of(group)
        # The two blues would look alike in the light theme.
        painter.setBrush(ground if group == "decide" or (group == "threshold" and not theme().dark) else ink)
        painter.drawRoundedRect(QRectF(left + 0.5, top + 4.5, _SWATCH_PX, _SWATCH_PX), 4, 4)
        painter.setPen(theme().colour("t2"))
        painter.setFont(font("body"))
        words = QRectF(left + _SWATCH_PX + 9, top, scaled(_LEGEND_PX), scaled(_LEGEND_ROW_PX))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, tr_marked(_GROUP_WORDS[group]))


def colours_of(group: Group | None) -> tuple[QColor, QColor]:
    """Ground and ink of a key by what its act is about; the words on it say the same."""
    colours = theme()
    if group == "see":
        ground, ink = _SEE[colours.dark]
        return QColor(ground), QColor(ink)
    roles = {
        "decide": ("fill", "on_fill"),
        "move on": ("ok_soft", "ok"),
        "threshold": ("soft", "acc"),
        "tools": ("raised", "t1"),
        "class": ("warn_soft", "warn"),
        None: ("win", "t3"),
    }
    ground, ink = roles[group]
    return colours.colour(ground), colours.colour(ink)
