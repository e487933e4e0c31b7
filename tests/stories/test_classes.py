"""Story: classes are made, found by typing, given keys and colours, merged, cleared away, and all of it taken back."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from app.dialogs.classes import ClassesSheet
from app.dialogs.go_to import GoToSheet
from engine.dataset.project_records import PhotoState
from support.person import Person
from support.sessions import write_photos

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _names(person: Person) -> list[str]:
    return [row.name for row in person.session.classes]


def _class_of_box(person: Person) -> str:
    return next(row.name for row in person.session.classes if row.id == person.session.boxes[0].class_id)


def _type(person: Person, words: str) -> None:
    for letter in words:
        person.press(Qt.Key(ord(letter.upper())))


def _open_classes(person: Person) -> ClassesSheet:
    person.press(Qt.Key.Key_C, CTRL | SHIFT)
    assert isinstance(person.window.sheet, ClassesSheet)
    return person.window.sheet


def test_a_person_keeps_the_classes_in_order(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_L)
    _type(person, "kitten")
    person.press(Qt.Key.Key_Return)
    assert _class_of_box(person) == "kitten"
    assert person.canvas.hasFocus()

    sheet = _open_classes(person)
    assert QApplication.focusWidget() is sheet.field
    _type(person, "cat")
    person.press(Qt.Key.Key_Return)
    assert "cat" in _names(person)
    assert sheet.form.name.text() == "cat"
    _type(person, "feline")
    person.press(Qt.Key.Key_Return)
    assert "feline" in _names(person)
    assert "cat" not in _names(person)
    person.press(Qt.Key.Key_Z, CTRL)
    assert "cat" in _names(person)
    assert sheet.form.name.text() == "cat"

    person.click("0", sheet.form)
    assert next(row.key for row in session.classes if row.name == "cat") == "0"
    person.click("mint", sheet.form)
    assert next(row.colour_index for row in session.classes if row.name == "cat") == 7

    sheet.list.choose(next(row.id for row in session.classes if row.name == "kitten"))
    person.click("Merge into…", sheet.form)
    _type(person, "cat")
    person.press(Qt.Key.Key_Return)
    assert "kitten" not in _names(person)
    assert _class_of_box(person) == "cat"
    assert sheet.list.current is not None
    assert sheet.list.current.name == "cat"

    person.wait_until(lambda: not sheet.form.delete.isEnabled())
    person.press(Qt.Key.Key_Escape)
    assert person.window.sheet is None

    person.press(Qt.Key.Key_D)
    person.see_proposal()
    person.press(Qt.Key.Key_0)
    assert _class_of_box(person) == "cat"


def test_classes_that_nothing_has_are_cleared_away_at_once_and_come_back(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    sheet = _open_classes(person)
    for name in ("one", "two"):
        sheet.field.setFocus()
        sheet.field.clear()
        _type(person, name)
        person.press(Qt.Key.Key_Return)
    before = _names(person)
    person.wait_until(lambda: "Delete 2 unused classes" in person.words_in_sight())
    person.click("Delete 2 unused classes", sheet)
    assert set(before) - set(_names(person)) == {"one", "two"}
    person.press(Qt.Key.Key_Z, CTRL)
    assert _names(person) == before


def test_a_name_that_is_taken_offers_to_merge(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    kept = _class_of_box(person)
    sheet = _open_classes(person)
    _type(person, "twin")
    person.press(Qt.Key.Key_Return)
    _type(person, kept)
    person.click(f"Merge into {kept}, which is there already", sheet)
    assert "twin" not in _names(person)
    assert kept in _names(person)


def test_two_labels_ticked_over_the_photo_bring_two_boxes(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_L, SHIFT)
    for name in ("red", "green"):
        _type(person, name)
        person.press(Qt.Key.Key_Return)
        session.many.finish()
    assert person.button("Class of the photo: red, green").isVisible()
    person.press(Qt.Key.Key_Escape)
    person.wait_until(lambda: len({row.class_id for row in session.boxes}) == 2)
    assert person.canvas.hasFocus()
    person.press(Qt.Key.Key_Y, SHIFT)
    person.wait_for_photo("photo_1.png")
    person.press(Qt.Key.Key_Z, CTRL)
    person.wait_for_photo("photo_0.png")
    assert session.current is not None
    assert session.current.state is PhotoState.PROPOSED


def test_a_photo_is_gone_to_by_number_and_by_name(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    for typed, name in (("3", "photo_2.png"), ("O_1", "photo_1.png")):
        person.press(Qt.Key.Key_G, CTRL)
        assert isinstance(person.window.sheet, GoToSheet)
        _type(person, typed)
        person.press(Qt.Key.Key_Return)
        assert person.photo_name == name
        assert person.window.sheet is None
