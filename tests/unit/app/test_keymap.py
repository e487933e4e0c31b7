"""The person's own keys: one act for each key, kept, given back, shown; nonsense in the settings does no harm."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from app.actions import ACTIONS
from app.keymap import KeyMap, fixed_keys, key_caps, pressed_key

NO, SHIFT, CTRL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
NAMES = [spec.id for spec in ACTIONS]


def holders(keys: KeyMap) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name in NAMES:
        for key in keys.keys(name):
            found.setdefault(key, []).append(name)
    return found


def test_the_table_s_keys_count_until_the_person_chooses() -> None:
    keys = KeyMap()
    assert (keys.keys("accept"), keys.cap("accept"), keys.own) == (("Y",), "Y", {})
    assert not keys.is_own("accept")


def test_a_key_given_to_another_act_is_taken_from_the_first() -> None:
    keys = KeyMap()
    keys.give("skip", "Y", instead_of="S")
    assert (keys.keys("skip"), keys.keys("accept")) == (("Y",), ())
    assert keys.holder("Y") == "skip"
    keys.give("accept", "S")
    assert keys.keys("accept") == ("S",)
    keys.reset("accept")
    assert (keys.keys("accept"), keys.keys("skip")) == (("Y",), ())
    keys.reset("skip")
    assert keys.own == {}


def test_a_further_key_stands_behind_the_usual_one() -> None:
    keys = KeyMap()
    keys.give("accept", "Q")
    assert keys.keys("accept") == ("Y", "Q")
    assert keys.cap("accept") == "Y"
    keys.remove("accept", "Y")
    assert keys.cap("accept") == "Q"
    keys.remove("accept", "Q")
    assert (keys.keys("accept"), keys.cap("accept"), keys.own) == ((), "", {"accept": ()})


def test_what_is_put_back_by_hand_is_no_longer_the_person_s_own() -> None:
    keys = KeyMap()
    keys.remove("accept", "Y")
    keys.give("accept", "Y")
    assert keys.own == {}


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(["Y", "N", "Q", "Ctrl+Z", "F7", "D", "A"]))))
def test_no_key_ever_has_two_acts_and_keeping_loses_nothing(gifts: list[tuple[str, str]]) -> None:
    keys = KeyMap()
    for name, key in gifts:
        keys.give(name, key)
        assert keys.holder(key) == name
    assert all(len(acts) == 1 for acts in holders(keys).values())
    again = KeyMap()
    again.use(keys.own)
    assert holders(again) == holders(keys)
    keys.reset_all()
    assert holders(keys) == holders(KeyMap())


def test_nonsense_that_was_kept_is_left_out() -> None:
    keys = KeyMap()
    keys.use({"no such act": ("Q",), "accept": ("Tab", "qqq qqq"), "skip": ("Q",), "reject": ("Q", "F7")})
    assert keys.keys("accept") == ("Y",)
    assert (keys.keys("skip"), keys.keys("reject")) == (("Q",), ("F7",))


def test_a_key_chosen_earlier_wins_over_a_newer_table() -> None:
    keys = KeyMap()
    keys.use({"fit": ("Y",)})
    assert (keys.holder("Y"), keys.keys("accept")) == ("fit", ())


def test_acts_obey_at_once(qapp) -> None:
    keys, action = KeyMap(), QAction()
    keys.give("skip", "F7", instead_of="S")
    keys.put_on({"skip": action})
    assert action.shortcuts() == [QKeySequence("F7")]


def test_the_photo_s_own_keys_are_fixed_with_what_they_do() -> None:
    fixed = fixed_keys()
    assert {"Space", "Tab", "Esc", "Left", "Shift+Up", "Alt+Down", "Shift+Tab"} <= fixed.keys()
    assert all(fixed.values())
    assert fixed["Tab"] == "Next box"


@pytest.mark.parametrize(
    ("key", "modifiers", "text", "wanted"),
    [
        (Qt.Key.Key_Y, NO, "y", "Y"),
        (Qt.Key.Key_Y, SHIFT, "Y", "Shift+Y"),
        (Qt.Key.Key_Question, SHIFT, "?", "?"),
        (Qt.Key.Key_O, CTRL, "\x0f", "Ctrl+O"),
        (Qt.Key.Key_F11, NO, "", "F11"),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.GroupSwitchModifier, "[", "["),
        (Qt.Key.Key_5, Qt.KeyboardModifier.KeypadModifier, "5", "5"),
        (Qt.Key.Key_Shift, SHIFT, "", ""),
        (Qt.Key.Key_Control, CTRL, "", ""),
    ],
)
def test_pressed_keys_read_as_the_table_writes_them(key, modifiers, text: str, wanted: str) -> None:
    assert pressed_key(QKeyEvent(QEvent.Type.KeyPress, key, modifiers, text)) == wanted


@pytest.mark.parametrize(
    ("keys", "caps"),
    [
        (("Ctrl+Shift+D",), ("Ctrl+⇧D",)),
        (("Return", "Enter"), ("↵",)),
        (("[", "-"), ("[", "−")),
        (("Shift+[", "{"), ("⇧[",)),
        (("{",), ("{",)),
        (("Ctrl++", "Ctrl+="), ("Ctrl++", "Ctrl+=")),
        (("+",), ("+",)),
        (("Alt+Arrows",), ("Alt ← → ↑ ↓",)),
        (("Alt+Wheel",), ("Alt wheel",)),
        ((), ()),
    ],
)
def test_caps_are_short_and_plain(keys: tuple[str, ...], caps: tuple[str, ...]) -> None:
    assert key_caps(keys) == caps
