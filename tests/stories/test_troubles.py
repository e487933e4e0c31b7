"""Story: something is wrong with a photo, a folder or a model; the window says it and the rest goes on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app import workers
from app.workers import CURRENT
from engine.dataset.project_records import PhotoState
from engine.geometry import iou
from engine.images import scan_folder
from support.person import Person
from support.photos import save_photo, shape_photo
from support.sessions import OBJECTS, write_photos


def test_an_unreadable_photo_is_told_in_its_place(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    (root / "photo_0.png").write_bytes(b"")
    person.open_folder(root, photos=3)
    person.wait_until(lambda: "photo_0.png is empty." in person.words_in_sight())
    assert "This photo cannot be read" in person.words_in_sight()
    assert person.session.counts()[PhotoState.FAILED] == 1
    person.press(Qt.Key.Key_D)
    assert person.photo_name == "photo_1.png"
    assert iou(person.see_proposal().box, OBJECTS[1]) > 0.8
    assert "This photo cannot be read" not in person.words_in_sight()


def test_a_mended_photo_is_read_when_tried_again(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 1)
    whole = (root / "photo_0.png").read_bytes()
    (root / "photo_0.png").write_bytes(whole[:1000])
    person.open_folder(root, photos=1)
    person.wait_until(lambda: "cut off" in person.words_in_sight())
    (root / "photo_0.png").write_bytes(whole)
    person.click("Try again")
    assert iou(person.see_proposal().box, OBJECTS[0]) > 0.8


def test_an_empty_folder_is_told_and_another_can_be_opened(person: Person, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    person.window.acts.open_folder(tmp_path / "nothing")
    person.wait_until(lambda: "holds no photo" in person.words_in_sight())
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    assert "holds no photo" not in person.words_in_sight()


@pytest.mark.parametrize("fault", ["garbled", "gone", "large and garbled"])
def test_a_damaged_project_is_told_and_its_backup_brought_back(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    root = write_photos(tmp_path / "photos")
    person.open_folder(root, photos=3)
    person.see_proposal()
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    person.session.close()
    person.open_folder(root, photos=3)  # which makes a backup of what was decided
    file = root / ".moltbox" / "project.sqlite"
    person.session.close()
    raw = bytearray(file.read_bytes())
    if fault == "gone":
        file.unlink()
    elif fault == "garbled":
        file.write_bytes(b"noise")
    else:
        monkeypatch.setattr("engine.dataset.project_check.AT_ONCE_BYTES", 0)
        raw[3 * 4096 + 8 : -4096] = bytes(len(raw[3 * 4096 + 8 : -4096]))
        file.write_bytes(bytes(raw))
    person.window.acts.open_folder(root)
    person.wait_until(lambda: "The folder cannot be opened" in person.words_in_sight())
    assert person.session.project is None
    assert "The newest backup is" in person.words_in_sight()
    person.click("Restore the backup")
    person.wait_until(lambda: "The backup is restored" in person.words_in_sight())
    assert person.session.counts()[PhotoState.REVIEWED] == 1
    kept = list((root / ".moltbox").glob("damaged-*.sqlite"))
    assert len(kept) == (0 if fault == "gone" else 1)
    assert not person.window.actions_by_id["restore_backup"].isEnabled()


def test_a_damaged_project_without_a_backup_offers_none(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    (root / ".moltbox").mkdir()
    (root / ".moltbox" / "project.sqlite").write_bytes(b"noise")
    person.window.acts.open_folder(root)
    assert "There is no backup of it." in person.words_in_sight()
    assert not person.sees("Restore the backup")


def test_a_folder_that_is_gone_is_told(person: Person, tmp_path: Path) -> None:
    person.window.acts.open_folder(tmp_path / "gone")
    assert any("gone is not a folder" in words for words in person.window.centre.messages.words())
    assert person.session.project is None


def test_a_damaged_model_leaves_the_good_one_at_work(person: Person, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    (tmp_path / "damaged.molt").write_bytes(b"PK\x03\x04 half a file")
    person.session.use_model(tmp_path / "damaged.molt")
    person.wait_until(lambda: any("damaged.molt cannot be used" in words for words in _messages(person)))
    person.press(Qt.Key.Key_D)
    assert iou(person.see_proposal().box, OBJECTS[1]) > 0.8


def test_an_unknown_class_keeps_its_name_and_gets_a_box(person: Person, tmp_path: Path) -> None:
    save_photo(tmp_path / "photos" / "zebra fish" / "a.png", shape_photo(OBJECTS[0]))
    person.open_folder(tmp_path / "photos", photos=1)
    person.see_proposal()
    assert "zebra fish" in person.words_in_sight()


def test_the_first_photo_shows_before_the_scan_ends(
    person: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_photos(tmp_path / "photos", 40)
    seen_first = threading.Event()

    def slow_scan(folder: Path, **more: object) -> Iterator[list[Path]]:
        batches = scan_folder(folder, **more)  # type: ignore[arg-type]
        yield next(batches)
        assert seen_first.wait(20)
        yield from batches

    monkeypatch.setattr(workers, "scan_folder", slow_scan)
    person.window.acts.open_folder(root)
    person.wait_for_photo("photo_0.png")
    assert iou(person.see_proposal().box, OBJECTS[0]) > 0.8
    person.wait_until(lambda: len(person.session.rows) == 32)
    person.press(Qt.Key.Key_Y)
    person.wait_for_photo("photo_1.png")
    seen_first.set()
    person.wait_until(lambda: len(person.session.rows) == 40)
    assert person.photo_name == "photo_1.png"


def _messages(person: Person) -> tuple[str, ...]:
    return person.window.centre.messages.words()


def test_a_reading_that_fails_late_does_not_outlive_a_photo_that_is_whole_again(person: Person, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 1)
    person.open_folder(root, photos=1)
    person.see_proposal()
    session = person.session
    session._pixels_failed(session.rows[0].id, "photo_0.png is cut off.")
    assert session.rows[0].state is PhotoState.FAILED
    session._ask_look(session.rows[0], CURRENT)
    person.wait_until(lambda: session.rows[0].state is PhotoState.PROPOSED)
    assert "cut off" not in person.words_in_sight()
