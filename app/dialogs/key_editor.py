"""Changing keys: every act with its keys; a click on one, or on the plus, waits for the key to press."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.actions import SECTIONS
from app.dialogs.key_rows import ActRow
from app.keymap import act_words, fixed_keys, key_caps, keymap, pressed_key
from app.session_types import Message
from app.texts import tr, tr_marked
from app.theme.fonts import font
from app.theme.palette import theme
from app.widgets import Button, ElideLabel, PaintedButton, Words, draw_cap

_SLOT_PX = 24
_ROW_PX = 32
_GAP_PX = 32


class KeySlot(PaintedButton):
    """A key of an act, or the place for a further one. Pressed, it waits for a key; Esc or leaving it gives up.

    Del takes the key away. Signal `caught` with the key pressed, `emptied` when the key is to go.
    """

    caught = Signal(str)
    emptied = Signal()

    def __init__(self, act: str, key: str, parent: QWidget) -> None:
        cap = key_caps((key,))[0] if key else ""
        # Here the two keys that look alike everywhere else must be told apart.
        super().__init__(
            tr("{key} of the keypad", key=cap) if key == "Enter" else cap, "" if key else "plus", "", parent
        )
        self.key = key
        self._waiting = False
        words = act
        name = tr("{act}: key {key}", act=words, key=self.text()) if key else tr("{act}: a further key", act=words)
        self.setAccessibleName(name)
        self.setToolTip(tr("Change this key; Del takes it away") if key else tr("Add a key"))
        self.clicked.connect(self._wait)

    @property
    def waiting(self) -> bool:
        """Whether the next key pressed becomes the act's."""
        return self._waiting

    def _wait(self) -> None:
        self._waiting = True
        self.setFocus()
        self.updateGeometry()
        self.update()

    def give_up(self) -> None:
        """Waits no longer."""
        self._waiting = False
        self.updateGeometry()
        self.update()

    def event(self, event: QEvent) -> bool:
        # Before Tab, Space, menus and shortcuts get it.
        if self._waiting and isinstance(event, QKeyEvent):
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()
                return True
            if event.type() == QEvent.Type.KeyPress:
                self._take(event)
                return True
        if event.type() == QEvent.Type.FocusOut and self._waiting:
            self.give_up()
        return super().event(event)

    def _take(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.give_up()
            return
        key = pressed_key(event)
        if key:
            self.give_up()
            self.caught.emit(key)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.key and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.emptied.emit()
        else:
            super().keyPressEvent(event)

    def _font(self) -> QFont:
        return font("caption", 600)

    def _words(self) -> str:
        return tr("Press a key") if self._waiting else self.text()

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._font()).horizontalAdvance(self._words()) + 12
        height = max(_SLOT_PX, QFontMetrics(self._font()).height() + 8)
        return QSize(max(height, width), height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme()
        if self._words():
            ground = colours.colour("soft" if self._waiting else "hover" if self.underMouse() else "raised")
            ink = colours.colour("acc" if self._waiting else "t1")
            draw_cap(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), self._words(), ink, ground)
        else:
            self._draw_ground(painter, colours.colour("hover") if self.underMouse() else None, None)
            self._draw_content(painter, colours.colour("t2"), colours.colour("t2"), None)
        self._draw_focus(painter)


class KeyEditor(QWidget):
    """The acts that are found, in columns, with their keys to change. What is changed counts at once.

    Signal `said` with what stands in the way of a key; its act "take_key" gives the key to the act that wanted it.
    """

    said = Signal(Message)
    silenced = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ActRow, ...] = ()
        self._columns = 1
        self._lines: dict[str, _Line] = {}
        self._wanted: tuple[str, str, str] | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(24, 16, 24, 24)
        self._row.setSpacing(_GAP_PX)
        keymap.changed.connect(self._refresh)

    def show_rows(self, rows: Sequence[ActRow], columns: int) -> None:
        """Lists these acts anew."""
        self._rows, self._columns = tuple(rows), columns
        for old in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            old.hide()
            old.deleteLater()
        while self._row.count():
            self._row.takeAt(0)
        self._lines = {}
        stacks = [QVBoxLayout() for _ in range(columns)]
        for column in stacks:
            column.setSpacing(0)
            self._row.addLayout(column, 1)
        least, place, count = len(rows) / columns, 0, 0
        for section in SECTIONS:
            found = [row for row in rows if row.section == section]
            if not found:
                continue
            if count and count + len(found) / 2 > least * (place + 1):
                place = min(place + 1, columns - 1)
            count += len(found)
            head = Words(tr_marked(section), "body", "acc", weight=600)
            head.setContentsMargins(0, 12, 0, 4)
            stacks[place].addWidget(head)
            for row in found:
                line = _Line(row, self)
                line.wanted.connect(self._want)
                self._lines[row.name] = line
                stacks[place].addWidget(line)
        for column in stacks:
            column.addStretch(1)

    def slots_of(self, name: str) -> tuple[KeySlot, ...]:
        """The keys shown for an act, the empty place last."""
        return self._lines[name].slots()

    def take_key(self) -> None:
        """Gives the key that another act has to the act that wanted it last."""
        if self._wanted is not None:
            name, key, old = self._wanted
            self._wanted = None
            keymap.give(name, key, old)

    def _want(self, name: str, key: str, old: str) -> None:
        cap = key_caps((key,))[0]
        fixed = fixed_keys().get(key)
        holder = keymap.holder(key)
        self.silenced.emit()
        if fixed is not None:
            sentence = tr("Over the photo it always does this: {act}.", act=tr_marked(fixed))
            self.said.emit(Message("info", tr("{key} cannot be given away", key=cap), sentence))
        elif holder is None or holder == name:
            keymap.give(name, key, old)
        else:
            self._wanted = (name, key, old)
            title = tr("{key} is the key of “{act}”", key=cap, act=act_words(holder))
            left = [each for each in keymap.keys(holder) if each != key]
            rest = tr("That act would keep {keys}.", keys=", ".join(key_caps(tuple(left)))) if left else ""
            sentence = rest or tr("That act would be left without a key.")
            self.said.emit(Message("warn", title, sentence, "take_key"))

    def _refresh(self) -> None:
        for name, line in self._lines.items():
            line.show_keys(keymap.keys(name), own=keymap.is_own(name))


class _Line(QWidget):
    """One act: its words, its keys, the place for a further one, and the way back to the usual ones."""

    wanted = Signal(str, str, str)

    def __init__(self, row: ActRow, parent: QWidget) -> None:
        super().__init__(parent)
        self._row = row
        self._slots: list[KeySlot] = []
        self._shown: tuple[str, ...] | None = None
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2)
        self.setMinimumHeight(_ROW_PX)
        words = ElideLabel(row.text, Qt.TextElideMode.ElideRight)
        words.setFont(font("body", 500))
        words.setMinimumHeight(24)
        words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._reset = Button("ghost", icon="undo", parent=self)
        self._reset.setToolTip(tr("Back to the usual keys"))
        self._reset.setAccessibleName(tr("{act}: back to the usual keys", act=row.text))
        self._reset.clicked.connect(lambda: keymap.reset(row.name))
        kept = self._reset.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(kept)
        self._line.addWidget(words, 1)
        self._line.addWidget(self._reset)
        self.show_keys(row.sequences, own=keymap.is_own(row.name))

    def slots(self) -> tuple[KeySlot, ...]:
        return tuple(self._slots)

    def show_keys(self, keys: tuple[str, ...], *, own: bool) -> None:
        self._reset.setVisible(own)
        if keys == self._shown:
            return
        had_focus = any(slot.hasFocus() for slot in self._slots)
        for slot in self._slots:
            self._line.removeWidget(slot)
            slot.hide()
            slot.deleteLater()
        self._shown, self._slots = keys, []
        for key in (*keys, ""):
            slot = KeySlot(self._row.text, key, self)
            slot.caught.connect(lambda caught, old=key: self.wanted.emit(self._row.name, caught, old))
            slot.emptied.connect(lambda old=key: keymap.remove(self._row.name, old))
            self._line.insertWidget(1 + len(self._slots), slot)
            self._slots.append(slot)
        if had_focus:
            self._slots[0].setFocus(Qt.FocusReason.OtherFocusReason)
