"""The table of acts: keys are unique where they meet, each act has a handler, and the sheet of keys shows it."""

from __future__ import annotations

from collections import Counter

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QLineEdit, QMainWindow, QVBoxLayout, QWidget

from app.actions import ACTIONS, HAND_KEYS, MENUS, SECTIONS, build_actions, enable_actions
from app.dialogs.key_rows import key_rows, matching
from app.dialogs.keyboard import GROUPS, words_on_keys
from engine.resources import resource_path


@pytest.fixture
def built(qtbot):
    """A window with a canvas and a text field, and the names of acts in the order they were called."""
    window, canvas, field = QMainWindow(), QWidget(), QLineEdit()
    qtbot.addWidget(window)
    canvas.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.addWidget(canvas)
    column.addWidget(field)
    window.setCentralWidget(holder)
    called: list[str] = []
    handlers = {spec.id: (lambda name=spec.id: called.append(name)) for spec in ACTIONS}
    actions = build_actions(window, canvas, handlers)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    canvas.setFocus()
    qtbot.waitUntil(canvas.hasFocus)
    return window, canvas, field, actions, called


def test_names_are_unique() -> None:
    assert [name for name, count in Counter(spec.id for spec in ACTIONS).items() if count > 1] == []


def test_no_key_means_two_things() -> None:
    """Window keys work on the canvas too, so all keys share one set."""
    keys = [QKeySequence(key).toString() for spec in ACTIONS for key in spec.keys]
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert all(keys)


def test_canvas_keeps_its_own_keys() -> None:
    """What the canvas handles itself while held or tapped must be no shortcut."""
    keys = {QKeySequence(key).toString() for spec in ACTIONS for key in spec.keys}
    assert keys.isdisjoint({"Space", "B", "Tab", "Esc", "Left", "Right", "Up", "Down"})
    assert {"Space", "B", "Tab", "Esc"} <= {key for hand in HAND_KEYS for key in hand.keys}


def test_letters_and_digits_are_the_canvas_s() -> None:
    for spec in ACTIONS:
        for key in spec.keys:
            if len(key) == 1 and key.isalnum():
                assert spec.scope == "canvas", spec.id


def test_menus_sections_and_icons_exist() -> None:
    for spec in ACTIONS:
        assert spec.section in SECTIONS
        assert not spec.menu or spec.menu.partition("/")[0] in MENUS
        assert not spec.icon or resource_path("icons", f"{spec.icon}.svg").is_file()


def test_missing_handler_is_an_error(qtbot) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    with pytest.raises(KeyError):
        build_actions(window, window, {})


@pytest.mark.parametrize("spec", ACTIONS, ids=lambda spec: spec.id)
def test_trigger_calls_its_own_handler(built, spec) -> None:
    *_, actions, called = built
    actions[spec.id].trigger()
    assert called == [spec.id]


@pytest.mark.parametrize(
    ("key", "modifiers", "wanted"),
    [
        (Qt.Key.Key_Y, Qt.KeyboardModifier.NoModifier, "accept"),
        (Qt.Key.Key_R, Qt.KeyboardModifier.NoModifier, "tool_draw"),
        (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "photo_done"),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.NoModifier, "threshold_less"),
        (Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ShiftModifier, "threshold_more_much"),
        (Qt.Key.Key_Minus, Qt.KeyboardModifier.NoModifier, "threshold_less"),
        (Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier, "zoom_out"),
        (Qt.Key.Key_7, Qt.KeyboardModifier.NoModifier, "class_7"),
        (Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier, "redo"),
        (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier, "delete"),
    ],
)
def test_key_on_the_canvas(qtbot, built, key, modifiers, wanted: str) -> None:
    _, canvas, _, _, called = built
    qtbot.keyClick(canvas, key, modifiers)
    assert called == [wanted]


def test_letters_are_typed_in_a_field_and_ctrl_keys_still_work(qtbot, built) -> None:
    _, _, field, _, called = built
    field.setFocus()
    qtbot.keyClicks(field, "Yndr12[]/")
    assert (field.text(), called) == ("Yndr12[]/", [])
    qtbot.keyClick(field, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier)
    assert called == ["open_folder"]


def test_acts_wait_for_what_they_need(built) -> None:
    *_, actions, _ = built
    enable_actions(actions, {"nothing"})
    assert actions["open_folder"].isEnabled()
    assert not actions["accept"].isEnabled()
    assert not actions["undo"].isEnabled()
    enable_actions(actions, {"nothing", "folder", "photo", "decision"})
    assert actions["accept"].isEnabled()
    assert not actions["threshold_less"].isEnabled()


def test_sheet_of_keys_shows_every_act_with_a_key() -> None:
    rows = key_rows()
    for spec in ACTIONS:
        for key in spec.keys:
            name = QKeySequence(key).toString()
            assert any(name in row.sequences for row in rows), spec.id
    for hand in HAND_KEYS:
        assert any(row.text == hand.text and set(hand.keys) <= row.sequences for row in rows)
    assert sum(row.text == "Set class" for row in rows) == 1


@pytest.mark.parametrize(
    ("wanted", "text"), [("y", "Accept box"), ("ctrl+e", "Export boxes…"), ("SKIP", "Skip photo"), ("7", "Set class")]
)
def test_sheet_of_keys_finds_by_name_or_key(wanted: str, text: str) -> None:
    assert [row.text for row in matching(key_rows(), wanted)] == [text]


def test_sheet_of_keys_finds_nothing_for_nonsense() -> None:
    assert matching(key_rows(), "qqq") == ()


def test_keyboard_shows_every_single_key_of_the_table() -> None:
    shown = words_on_keys()
    wanted = {key for spec in ACTIONS for key in spec.keys if len(key) == 1 and key not in "{}_+"}
    assert set(shown) == wanted | {"B"}
    assert all(words and group in GROUPS for words, group in shown.values())
    assert [shown[key] for key in "YD7W["] == [
        ("accept", "decide"),
        ("next", "move on"),
        ("Class 7", "class"),
        ("draw", "tools"),
        ("less", "threshold"),
    ]
