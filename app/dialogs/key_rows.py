"""The lines of the sheet of keys, and how one of them is found by its words or by its key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from app.actions import ACTIONS, DIGITS, HAND_KEYS, Section
from app.keymap import key_caps, keymap
from app.texts import tr_marked


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One line: what it does and its keys as people read them; `sequences` in the form QKeySequence writes them."""

    section: Section
    text: str
    caps: tuple[str, ...]
    sequences: frozenset[str]


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act of the table with its keys in force, for changing them."""

    section: Section
    name: str
    text: str
    sequences: tuple[str, ...]


Row = TypeVar("Row", KeyRow, ActRow)


def key_rows() -> tuple[KeyRow, ...]:
    """Every act that has a key, then what the canvas does by itself; acts that share a line are one row."""
    rows: dict[tuple[Section, str], tuple[list[str], set[str]]] = {}
    for spec in ACTIONS:
        keys = keymap.keys(spec.id)
        if keys:
            caps, sequences = rows.setdefault((spec.section, spec.sheet_text), ([], set()))
            caps.extend(key_caps(keys))
            sequences.update(keys)
    for hand in HAND_KEYS:
        caps, sequences = rows.setdefault((hand.section, hand.text), ([], set()))
        caps.extend(key_caps(hand.keys))
        sequences.update(hand.keys)
    digits = tuple(DIGITS)
    shortened = {digits: (f"{digits[0]} – {digits[-1]}",)}
    return tuple(
        KeyRow(section, tr_marked(text), shortened.get(tuple(caps), tuple(caps)), frozenset(sequences))
        for (section, text), (caps, sequences) in rows.items()
    )


def act_rows() -> tuple[ActRow, ...]:
    """Every act of the table, with or without a key."""
    rows = []
    for spec in ACTIONS:
        # What stands in a sub-menu says too little without its name, as "Dark" does.
        sub_menu = spec.menu.partition("/")[2]
        text = tr_marked(spec.text).rstrip("…")
        text = f"{tr_marked(sub_menu)}: {text}" if sub_menu else text
        rows.append(ActRow(spec.section, spec.id, text, keymap.keys(spec.id)))
    return tuple(rows)


def matching(rows: Iterable[Row], wanted: str) -> tuple[Row, ...]:
    """Rows whose words hold the text, or that have exactly this key; all rows for an empty text."""
    rows, folded = tuple(rows), wanted.strip().casefold()
    if not folded:
        return rows
    by_key = tuple(row for row in rows if folded in {sequence.casefold() for sequence in row.sequences})
    return by_key or tuple(row for row in rows if folded in row.text.casefold())
