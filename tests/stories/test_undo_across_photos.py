"""Story: every act has a name, is taken back wherever it was done, and done again; a refused undo changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box
from support.person import Person
from support.sessions import states, write_photos

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def _undo(person: Person) -> None:
    person.press(Qt.Key.Key_Z, CTRL)


def _redo(person: Person) -> None:
    person.press(Qt.Key.Key_Z, CTRL | SHIFT)


def test_acts_on_three_photos_are_taken_back_one_by_one(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    person.see_proposal()
    person.press(Qt.Key.Key_N)
    person.wait_for_photo("photo_2.png")
    person.see_proposal()
    person.press(Qt.Key.Key_W)
    person.drag(Box(8, 8, 60, 70))
    person.press(Qt.Key.Key_A)
    person.press(Qt.Key.Key_A)
    assert person.photo_name == "photo_0.png"

    seen = []
    for _ in range(3):
        seen.append(person.window.actions_by_id["undo"].text())
        _undo(person)
        seen.append(person.photo_name)
    assert seen == [
        "Undo: Draw box",
        "photo_2.png",
        "Undo: Reject box",
        "photo_1.png",
        "Undo: Accept box",
        "photo_0.png",
    ]
    assert not person.window.actions_by_id["undo"].isEnabled()
    for photo in session.rows:
        assert {row.state for row in session.boxes_of(photo.id)} == {BoxState.PROPOSED}
        assert photo.state is PhotoState.PROPOSED

    for _ in range(3):
        _redo(person)
    assert person.photo_name == "photo_2.png"
    assert states(session) == [BoxState.PROPOSED, BoxState.DRAWN]
    assert not person.window.actions_by_id["redo"].isEnabled()
    with Project.open(tmp_path / "photos", read_only=True) as stored:
        decided = [[row.state for row in stored.content(photo.id).boxes] for photo in session.rows]
    assert decided == [[BoxState.ACCEPTED], [BoxState.REJECTED], [BoxState.PROPOSED, BoxState.DRAWN]]


def test_a_new_act_ends_what_could_be_done_again(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_N)
    person.wait_for_photo("photo_1.png")
    _undo(person)
    assert person.photo_name == "photo_0.png"
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    assert not person.window.actions_by_id["redo"].isEnabled()
    _undo(person)
    assert states(person.session) == [BoxState.PROPOSED]


def test_what_the_disk_refuses_to_take_back_can_be_taken_back_later(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")

    def refuse(*_: object, **__: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as patch:
        assert session.project is not None
        patch.setattr(session.project, "put_content", refuse)
        _undo(person)
        assert person.photo_name == "photo_0.png"
        assert states(session) == [BoxState.ACCEPTED]
        assert person.window.actions_by_id["undo"].text() == "Undo: Accept box"
        assert not person.window.actions_by_id["redo"].isEnabled()
        assert "Not saved" in person.words_in_sight()
    _undo(person)
    assert states(session) == [BoxState.PROPOSED]


def test_a_class_given_on_one_photo_is_taken_back_from_another(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    before = person.see_proposal()
    person.press(Qt.Key.Key_L)
    for key in (Qt.Key.Key_C, Qt.Key.Key_U, Qt.Key.Key_P, Qt.Key.Key_Return):
        person.press(key)
    assert session.boxes[0].class_id != before.class_id
    person.press(Qt.Key.Key_D)
    assert person.window.actions_by_id["undo"].text() == "Undo: Change class"
    _undo(person)
    assert person.photo_name == "photo_0.png"
    assert session.boxes[0].class_id == before.class_id
