"""Which keys each act has: those of the table, or the person's own. Everything that shows or obeys a key asks here."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QKeyCombination, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from app.actions import ACTIONS, HAND_KEYS
from app.texts import tr, tr_marked

_MODIFIER_KEYS = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_NumLock,
    Qt.Key.Key_unknown,
}
_SIGNS = {
    "Return": "↵",
    "Enter": "↵",
    "Left": "←",
    "Right": "→",
    "Up": "↑",
    "Down": "↓",
    "Arrows": "← → ↑ ↓",
    "-": "−",
}
# What Qt writes for the same place of the keyboard with Shift: shown once, by the plain form.
_SHIFTED_TWINS = {"{", "}", "_", "+"}
# Words for what a mouse does, at the end of a key of the canvas.
_BY_MOUSE = ("Wheel", "Drag", "Click")
_ARROWS = ("Left", "Right", "Up", "Down")


class KeyMap(QObject):
    """Keys by act, in the form QKeySequence writes them portably, such as "Ctrl+Shift+D".

    A key belongs to one act at most: what the person chose goes before what the table says. Signal `changed` after
    every change.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._own: dict[str, tuple[str, ...]] = {}
        self._keys: dict[str, tuple[str, ...]] = {}
        self._resolve()

    @property
    def own(self) -> dict[str, tuple[str, ...]]:
        """The acts whose keys the person chose; an act without any key has an empty tuple."""
        return dict(self._own)

    def use(self, own: Mapping[str, tuple[str, ...]]) -> None:
        """Takes the person's keys as they were kept; unknown acts and what is no key are left out."""
        known = {spec.id for spec in ACTIONS}
        fixed = fixed_keys()
        self._own = {}
        taken: set[str] = set()
        for name, keys in own.items():
            if name in known:
                usable = tuple(
                    dict.fromkeys(key for key in map(portable, keys) if key and key not in fixed and key not in taken)
                )
                if usable or not keys:
                    self._own[name] = usable
                    taken |= set(usable)
        self._resolve()
        self.changed.emit()

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an act, the usual one first."""
        return self._keys[name]

    def cap(self, name: str) -> str:
        """The usual key of an act as people read it; empty where it has none."""
        caps = key_caps(self._keys[name])
        return caps[0] if caps else ""

    def holder(self, key: str) -> str | None:
        """The act that has this key now, if any."""
        return next((name for name, keys in self._keys.items() if key in keys), None)

    def is_own(self, name: str) -> bool:
        """Whether the act's keys are others than those of the table."""
        return self._keys[name] != _table()[name]

    def give(self, name: str, key: str, instead_of: str = "") -> None:
        """Gives a key to an act, in the place of another one or as a further one; an act that had it goes without."""
        if self.holder(key) == name:
            return
        self._take(key)
        before = self._keys[name]
        after = tuple(key if each == instead_of else each for each in before)
        self._change(name, after if instead_of in before else (*before, key))

    def remove(self, name: str, key: str) -> None:
        """Takes a key from an act."""
        self._change(name, tuple(each for each in self._keys[name] if each != key))

    def reset(self, name: str) -> None:
        """Gives an act the table's keys again, taking them back from acts that had them meanwhile."""
        wanted = _table()[name]
        for key in wanted:
            self._take(key)
        self._change(name, wanted)

    def reset_all(self) -> None:
        """Gives every act the table's keys again."""
        self._own = {}
        self._resolve()
        self.changed.emit()

    def put_on(self, actions: Mapping[str, QAction]) -> None:
        """Makes the acts obey the keys in force."""
        for name, action in actions.items():
            wanted = [QKeySequence(key) for key in self._keys[name]]
            if action.shortcuts() != wanted:
                action.setShortcuts(wanted)

    def _take(self, key: str) -> None:
        holder = self.holder(key)
        if holder is not None:
            self._own[holder] = tuple(each for each in self._keys[holder] if each != key)

    def _change(self, name: str, keys: tuple[str, ...]) -> None:
        self._own[name] = keys
        self._resolve()
        # What says the same as the table need not be kept.
        table = _table()
        self._own = {each: chosen for each, chosen in self._own.items() if chosen != table[each]}
        self._resolve()
        self.changed.emit()

    def _resolve(self) -> None:
        taken = {key for keys in self._own.values() for key in keys}
        self._keys = {
            name: self._own.get(name, tuple(key for key in keys if key not in taken)) for name, keys in _table().items()
        }


def portable(key: str) -> str:
    """A key in the one form in which keys are compared; empty for what is no key."""
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)


def fixed_keys() -> dict[str, str]:
    """Keys that the photo itself answers to and that no act can have, with what they do there."""
    found: dict[str, str] = {}
    for hand in HAND_KEYS:
        for key in hand.keys:
            lead, arrows, _ = key.partition("Arrows")
            for each in [lead + arrow for arrow in _ARROWS] if arrows else [key]:
                if portable(each) and not each.endswith(_BY_MOUSE):
                    found[portable(each)] = hand.text
    moves = found.get("Left", "")
    found |= {f"Shift+{arrow}": moves for arrow in _ARROWS}
    return found | {"Shift+Tab": found.get("Tab", ""), "Backtab": found.get("Tab", "")}


def pressed_key(event: QKeyEvent) -> str:
    """The key that was pressed, as the table writes it; empty while only Ctrl, Shift or Alt is held.

    Where Shift makes another character of a key, the character alone is the key: "?" rather than "Shift+?".
    """
    key = Qt.Key(event.key())
    if key in _MODIFIER_KEYS:
        return ""
    modifiers = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.GroupSwitchModifier)
    if modifiers == Qt.KeyboardModifier.ShiftModifier and len(event.text()) == 1 and event.text().isprintable():
        letter = event.text().isalpha() or event.text() == " "
        modifiers = modifiers if letter else Qt.KeyboardModifier.NoModifier
    return QKeySequence(QKeyCombination(modifiers, key)).toString(QKeySequence.SequenceFormat.PortableText)


def key_caps(keys: tuple[str, ...]) -> tuple[str, ...]:
    """The keys as people read them, arrows, return and Shift as signs; doubles for other keyboards left out."""
    shown: list[str] = []
    for key in keys:
        text = _cap(key)
        if (key in _SHIFTED_TWINS and len(keys) > 1) or text in shown:
            continue
        shown.append(text)
    return tuple(shown)


def _cap(key: str) -> str:
    held, _, last = key[:-1].rpartition("+")
    last += key[-1:]
    words = _key_words()
    text = words.get(last, last)
    apart = last in ("Arrows", *_BY_MOUSE)
    for name in reversed(held.split("+") if held else []):
        text = f"⇧{text}" if name == "Shift" else f"{words.get(name, name)}{' ' if apart else '+'}{text}"
    return text


def _key_words() -> dict[str, str]:
    named = {"Ctrl": tr("Ctrl"), "Alt": tr("Alt"), "Meta": tr("Meta"), "Space": tr("Space"), "Tab": tr("Tab")}
    named |= {"Del": tr("Del"), "Ins": tr("Ins"), "Home": tr("Home"), "End": tr("End"), "Esc": tr("Esc")}
    named |= {"PgUp": tr("PgUp"), "PgDown": tr("PgDown"), "Backspace": tr("Backspace")}
    return _SIGNS | named | {"Wheel": tr("wheel"), "Drag": tr("drag"), "Click": tr("click")}


def _table() -> dict[str, tuple[str, ...]]:
    return {spec.id: tuple(portable(key) for key in spec.keys) for spec in ACTIONS}


def act_words(name: str) -> str:
    """What an act is called, in the person's language, without the dots of a menu entry."""
    return tr_marked(next(spec.text for spec in ACTIONS if spec.id == name)).rstrip("…")


keymap = KeyMap()
"""The keys in force."""
