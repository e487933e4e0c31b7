"""The sheet of keys: every act of the table with its keys, found by name or by pressing a key."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from app.actions import ACTIONS, DIGITS, HAND_KEYS, SECTIONS, Section, key_caps
from app.dialogs.keyboard import KeyboardPicture
from app.dialogs.sheet import Sheet
from app.theme.fonts import font, text_scale
from app.widgets import Divider, ElideLabel, KeyCap, Words

_SIZE = QSize(1216, 796)
# In a low window the list is worth more than the picture; in a narrow one its lines need wider columns.
_PICTURE_FROM_PX = 720
_COLUMN_PX = 275
_FIELD_PX = 280
_LETTERLIKE = {Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr}


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line: what it does and its keys; `sequences` in the form QKeySequence writes them."""

    section: Section
    text: str
    caps: tuple[str, ...]
    sequences: frozenset[str]


def key_rows() -> tuple[KeyRow, ...]:
    """Every act that has a key, then what the canvas does by itself; acts that share a line are one row."""
    rows: dict[tuple[Section, str], tuple[list[str], set[str]]] = {}
    for spec in ACTIONS:
        if spec.keys:
            caps, sequences = rows.setdefault((spec.section, spec.sheet_text), ([], set()))
            caps.extend(key_caps(spec.keys))
            sequences.update(QKeySequence(keys).toString() for keys in spec.keys)
    for hand in HAND_KEYS:
        caps, sequences = rows.setdefault((hand.section, hand.text), ([], set()))
        caps.extend(key_caps(hand.keys))
        sequences.update(hand.keys)
    digits = [str(digit) for digit in DIGITS]
    shortened = {tuple(digits): (f"{digits[0]} – {digits[-1]}",)}
    return tuple(
        KeyRow(section, text, shortened.get(tuple(caps), tuple(caps)), frozenset(sequences))
        for (section, text), (caps, sequences) in rows.items()
    )


def matching(rows: tuple[KeyRow, ...], wanted: str) -> tuple[KeyRow, ...]:
    """Rows whose words hold the text, or that have exactly this key; all rows for an empty text."""
    folded = wanted.strip().casefold()
    if not folded:
        return rows
    by_key = tuple(row for row in rows if folded in {sequence.casefold() for sequence in row.sequences})
    return by_key or tuple(row for row in rows if folded in row.text.casefold())


class ShortcutSheet(Sheet):
    """F1 opens and closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__("Keys", _SIZE, window)
        self._rows = key_rows()
        self.shown: tuple[KeyRow, ...] = ()
        self._column_count = 0
        self.field = QLineEdit()
        self.field.setPlaceholderText("Find an act or press a key")
        self.field.setAccessibleName("Find an act by name or by its key")
        self.field.setFixedSize(round(_FIELD_PX * text_scale()), 32)
        self.field.setFont(font("body"))
        self.field.textChanged.connect(self.show_matching)
        self.field.installEventFilter(self)
        self.head.insertWidget(1, Words("F1 opens and closes this sheet", "second", "t2"))
        self.head.insertWidget(3, self.field)
        self._content = QWidget()
        self._columns = QHBoxLayout(self._content)
        self._columns.setContentsMargins(24, 20, 24, 24)
        self._columns.setSpacing(32)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._content)
        for ground in (self._content, scroll.viewport()):
            ground.setAutoFillBackground(False)
        self.picture = QWidget()
        picture = QVBoxLayout(self.picture)
        picture.setContentsMargins(24, 20, 24, 20)
        picture.addWidget(KeyboardPicture())
        self._divider = Divider()
        self.body.addWidget(self.picture)
        self.body.addWidget(self._divider)
        self.body.addWidget(scroll, 1)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Four columns and the picture where there is room for them."""
        width, height = self.card_size()
        for part in (self.picture, self._divider):
            part.setVisible(height >= _PICTURE_FROM_PX)
        count = min(max(round(width / text_scale()) // _COLUMN_PX, 2), 4)
        if count != self._column_count:
            self._column_count = count
            self.show_matching(self.field.text())

    def show_matching(self, wanted: str) -> None:
        """Shows the acts that fit the text."""
        self.shown = matching(self._rows, wanted)
        for old in self._content.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._columns.removeWidget(old)
            old.hide()
            old.deleteLater()
        while self._columns.count():
            self._columns.takeAt(0)
        columns = [QVBoxLayout() for _ in range(self._column_count)]
        heights = [0] * self._column_count
        for section in SECTIONS:
            rows = [row for row in self.shown if row.section == section]
            if rows:
                place = heights.index(min(heights))
                columns[place].addWidget(_SectionTable(section, rows, self._content))
                heights[place] += len(rows) + 2
        if not self.shown:
            columns[0].addWidget(Words(f"Nothing is called or has the key {wanted}.", "body", "t2", wrap=True))
        for column in columns:
            column.setSpacing(20)
            column.addStretch(1)
            self._columns.addLayout(column, 1)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the empty field a key with Ctrl, or one that types nothing, is looked up instead of obeyed."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            name = pressed_key(event)
            if name:
                self.field.setText(name)
                self.field.selectAll()
                return True
        return super().eventFilter(watched, event)


def pressed_key(event: QKeyEvent) -> str:
    """Name of a pressed key that types no character, such as "Ctrl+O" or "F11"; empty where it types or edits."""
    key = Qt.Key(event.key())
    modifiers = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    editing = {Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Left}
    editing |= {Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_F1}
    if key in _LETTERLIKE or key in editing:
        return ""
    if modifiers or key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Delete} or event.text() == "":
        return QKeySequence(event.keyCombination()).toString()
    return ""


class _SectionTable(QWidget):
    def __init__(self, section: str, rows: list[KeyRow], parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(Words(section, "body", "acc", weight=600))
        for row in rows:
            words = ElideLabel(row.text, Qt.TextElideMode.ElideRight)
            words.setFont(font("body", 500))
            words.setMinimumHeight(24)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            line = QHBoxLayout()
            line.setSpacing(4)
            line.addWidget(words, 1)
            for cap in row.caps:
                line.addWidget(KeyCap(cap))
            column.addLayout(line)
