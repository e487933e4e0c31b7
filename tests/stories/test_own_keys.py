"""Story: a person gives their own keys in the sheet of keys, is warned of a conflict, works with them, and resets."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt

from app.dialogs.shortcuts import ShortcutSheet
from app.settings import Settings
from engine.dataset.project_records import BoxState
from support.person import Person
from support.sessions import states, write_photos


def sheet_of_keys(person: Person) -> ShortcutSheet:
    person.press(Qt.Key.Key_F1)
    sheet = person.window.sheet
    assert isinstance(sheet, ShortcutSheet)
    return sheet


def give(person: Person, sheet: ShortcutSheet, act: str, key: Qt.Key, slot: int = 0) -> None:
    place = sheet.editor.slots_of(act)[slot]
    person.wait_until(place.isVisible)
    person.click(place.accessibleName(), sheet)
    assert place.waiting
    person.press(key)


def test_keys_are_changed_with_a_warning_kept_and_reset(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    sheet = sheet_of_keys(person)
    person.click("Change keys", sheet)

    give(person, sheet, "accept", Qt.Key.Key_Q)
    assert (sheet.message(), Settings().own_keys) == ("", {"accept": ("Q",)})

    # A key that is taken changes nothing until the person says so.
    give(person, sheet, "skip", Qt.Key.Key_N)
    assert sheet.message() == "N is the key of “Reject box” That act would be left without a key."
    assert Settings().own_keys == {"accept": ("Q",)}
    person.click("Use it here", sheet)
    assert Settings().own_keys == {"accept": ("Q",), "skip": ("N",), "reject": ()}

    # What the photo answers to by itself stays its own; Esc gives up and leaves the sheet open.
    give(person, sheet, "next", Qt.Key.Key_Tab)
    assert "cannot be given away" in sheet.message()
    give(person, sheet, "next", Qt.Key.Key_Escape)
    assert person.window.sheet is sheet
    assert person.window.actions_by_id["next"].shortcut().toString() == "D"

    person.click("Done", sheet)
    person.press(Qt.Key.Key_F1)
    person.wait_until(lambda: person.window.sheet is None)
    person.press(Qt.Key.Key_Y)
    assert states(person.session) == [BoxState.PROPOSED]
    person.press(Qt.Key.Key_Q)
    person.wait_for_photo("photo_1.png")
    assert person.window.top_bar.buttons["undo"].toolTip().startswith("Undo")

    sheet = sheet_of_keys(person)
    person.click("Change keys", sheet)
    person.click("Reset all keys", sheet)
    assert Settings().own_keys == {}
    person.press(Qt.Key.Key_Escape)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_2.png")


def test_a_key_is_taken_away_with_del_and_one_act_is_reset(person: Person) -> None:
    sheet = sheet_of_keys(person)
    person.click("Change keys", sheet)
    slot = sheet.editor.slots_of("fit")[0]
    slot.setFocus()
    person.press(Qt.Key.Key_Delete)
    assert Settings().own_keys == {"fit": ()}
    person.wait_until(sheet.editor.slots_of("fit")[0].isVisible)
    person.click("Fit the photo: back to the usual keys", sheet)
    assert Settings().own_keys == {}
    assert sheet.editor.slots_of("fit")[0].key == "Ctrl+F"


def test_the_sheet_finds_by_a_pressed_key_while_keys_are_changed(person: Person) -> None:
    sheet = sheet_of_keys(person)
    person.click("Change keys", sheet)
    sheet.field.setFocus()
    person.press(Qt.Key.Key_F11)
    assert [row.text for row in sheet.shown] == ["Only the photo, full screen"]
