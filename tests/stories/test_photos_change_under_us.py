"""Story: photos are deleted or replaced on the disk under the open window; no box is lost, and it is said."""

from __future__ import annotations

import json
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.dataset.project import Project
from engine.dataset.project_records import PhotoState
from engine.geometry import Box, iou
from support.person import Person
from support.photos import save_photo, shape_photo
from support.sessions import OBJECTS, ToldSession, wait_for_photos, write_photos


def decide_both(person: Person, root: Path) -> None:
    """Opens three photos, accepts the boxes of two and stands on the third."""
    person.open_folder(root, photos=3)
    for number in (1, 2):
        person.see_proposal()
        person.press(Qt.Key.Key_Y)
        person.wait_for_photo(f"photo_{number}.png")
    person.see_proposal()


def boxes_on_disk(root: Path) -> dict[str, list[Box]]:
    with Project.open(root, read_only=True) as project:
        return {row.path: [box.box for box in project.content(row.id).boxes] for row in project.photos()}


def test_a_photo_deleted_under_the_window_is_told_and_its_box_stays(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    decide_both(person, root)
    before = boxes_on_disk(root)
    for name in ("photo_0.png", "photo_2.png"):  # one that is not shown, and the one that is
        (root / name).unlink()
    person.press(Qt.Key.Key_Y)  # the photo shown is gone; deciding on it goes on
    person.press(Qt.Key.Key_Home)
    assert person.photo_name == "photo_0.png"
    person.press(Qt.Key.Key_D)
    person.press(Qt.Key.Key_A)
    assert [box.box for box in person.session.boxes] == before["photo_0.png"]
    assert person.session.rows[0].state is PhotoState.REVIEWED
    after = boxes_on_disk(root)
    assert after["photo_0.png"] == before["photo_0.png"]
    assert after["photo_2.png"] == before["photo_2.png"]
    person.export("coco", tmp_path / "labels.json")
    written = json.loads((tmp_path / "labels.json").read_text())
    assert {row["file_name"] for row in written["images"]} == {"photo_0.png", "photo_1.png", "photo_2.png"}
    assert len(written["annotations"]) == 3


def test_a_deleted_photo_is_told_when_it_is_shown_afresh(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 12)
    person.open_folder(root, photos=12)
    person.see_proposal()
    (root / "photo_11.png").unlink()
    person.press(Qt.Key.Key_End)
    person.wait_until(lambda: "photo_11.png is no longer there." in person.words_in_sight())
    person.press(Qt.Key.Key_Home)
    assert iou(person.see_proposal().box, OBJECTS[0]) > 0.8


def test_a_photo_replaced_by_another_of_another_size_keeps_its_box_and_is_told(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 12)
    person.open_folder(root, photos=12)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    before = boxes_on_disk(root)["photo_0.png"]
    save_photo(root / "photo_0.png", shape_photo(Box(8, 8, 60, 60), width=400, height=300))
    (root / "photo_11.png").write_bytes(b"no photo any more")
    person.press(Qt.Key.Key_End)
    person.wait_until(lambda: "photo_11.png is not a picture" in person.words_in_sight())
    person.press(Qt.Key.Key_Home)
    person.wait_for_photo("photo_0.png")
    person.open_folder(root, photos=12)  # the photos in memory are let go
    person.press(Qt.Key.Key_Home)
    person.wait_for_photo("photo_0.png")
    told = "photo_0.png is 400 x 300 pixels now; its boxes were made on 320 x 240."
    person.wait_until(lambda: any(told in words for words in person.window.centre.messages.words()))
    assert boxes_on_disk(root)["photo_0.png"] == before
    person.export("coco", tmp_path / "labels.json")
    written = json.loads((tmp_path / "labels.json").read_text())
    assert [row["file_name"] for row in written["images"]] == ["photo_0.png"]
    assert len(written["annotations"]) == 1


def test_a_window_that_only_looks_tells_of_a_replaced_photo_once(
    person: Person, qtbot: QtBot, tmp_path: Path, tiny_model: Path
) -> None:
    root = write_photos(tmp_path / "photos", 3)
    decide_both(person, root)
    save_photo(root / "photo_0.png", shape_photo(Box(8, 8, 60, 60), width=400, height=300))
    onlooker = ToldSession(tiny_model)
    onlooker.open_folder(root)
    wait_for_photos(onlooker, qtbot, 3)
    assert onlooker.read_only
    first, second = onlooker.rows[0].id, onlooker.rows[1].id
    for photo_id in (first, second, first, second, first):
        onlooker.go_to(photo_id)
        qtbot.waitUntil(lambda: onlooker.pixels is not None and onlooker.heat_map is not None, timeout=10_000)
    told = [message for message in onlooker.told if "photo_0.png is 400 x 300 pixels now" in message.text]
    onlooker.shut_down()
    assert len(told) == 1
