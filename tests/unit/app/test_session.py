"""The session: opening, proposing, going about."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoState
from engine.errors import MoltboxError
from engine.geometry import Box, iou
from engine.localization.localizer import Localizer
from support.photos import RED, save_photo, shape_photo
from support.sessions import OBJECTS, ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import write_tiny_model


def test_a_folder_s_photos_are_listed_and_the_first_gets_its_box(three: ToldSession) -> None:
    assert [row.path for row in three.rows] == ["photo_0.png", "photo_1.png", "photo_2.png"]
    assert three.current is not None
    assert three.current.path == "photo_0.png"
    assert three.pixels is not None
    assert three.pixels.shape == (240, 320, 3)
    (box,) = three.boxes
    assert box.state is BoxState.PROPOSED
    assert iou(box.box, OBJECTS[0]) > 0.8
    assert three.current.state is PhotoState.PROPOSED
    assert three.selected == box
    assert three.told == []


def test_the_next_photos_are_looked_at_ahead(three: ToldSession, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: all(row.state is PhotoState.PROPOSED for row in three.rows))
    assert three.counts()[PhotoState.PROPOSED] == 3
    three.next_photo()
    # Both box and map are there at once: no network has to run.
    assert three.heat_map is not None
    assert iou(three.boxes[0].box, OBJECTS[1]) > 0.8


def test_d_and_a_stop_at_the_ends(three: ToldSession) -> None:
    three.previous_photo()
    assert three.current is not None
    assert three.current.path == "photo_0.png"
    for _ in range(5):
        three.next_photo()
    assert three.current.path == "photo_2.png"


def test_the_threshold_moves_the_box_and_is_stored_at_the_end_of_the_drag(three: ToldSession) -> None:
    photo = three.current
    assert photo is not None
    before = three.boxes[0]
    three.begin_threshold_drag()
    for value in (0.5, 0.7, 0.9):
        three.set_threshold(value, dragging=True)
    moved = three.boxes[0]
    assert moved.box != before.box
    assert moved.box.area < before.box.area
    assert moved.id == before.id
    assert three.heat_map is not None
    assert moved.box == three.heat_map.boxes(0.9)[0].box
    assert three.boxes_of(photo.id)[0].box == before.box
    three.end_threshold_drag()
    stored = three.boxes_of(photo.id)[0]
    assert stored.box == moved.box
    assert stored.threshold == pytest.approx(0.9)
    assert not three.undo_stack.canUndo()


def test_a_drag_given_up_leaves_everything_as_it_was(three: ToldSession) -> None:
    before, threshold = three.boxes, three.threshold
    three.begin_threshold_drag()
    three.set_threshold(0.95, dragging=True)
    three.cancel_threshold_drag()
    assert (three.boxes, three.threshold) == (before, threshold)


def test_a_threshold_above_the_map_takes_the_box_away_and_brings_it_back(three: ToldSession) -> None:
    assert three.current is not None
    three.set_threshold(1.0)
    assert three.boxes == ()
    assert three.photo(three.current.id).note == "Too small to box at 1.00"
    three.set_threshold(0.4)
    assert len(three.boxes) == 1
    assert three.selected == three.boxes[0]


def test_reopening_brings_box_and_map_back_without_a_network(
    three: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = three.boxes
    three.close()
    assert three.rows == []

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a network ran")

    monkeypatch.setattr(Localizer, "look", refuse)
    assert three.open_folder(tmp_path / "photos")
    assert three.boxes == before
    qtbot.waitUntil(lambda: three.heat_map is not None, timeout=10_000)
    assert three.heat_map is not None
    three.set_threshold(0.9)
    assert three.boxes[0].box == three.heat_map.boxes(0.9)[0].box


def test_another_class_brings_its_own_map_and_box(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    photo = shape_photo(OBJECTS[0])
    photo[160:224, 208:304] = RED
    save_photo(tmp_path / "photos" / "a.png", photo)
    session.open_folder(tmp_path / "photos")
    before = wait_for_proposal(session, qtbot)
    assert iou(before.box, OBJECTS[0]) > 0.7
    session.choose_class(next(row.key for row in session.class_scores if row.name == "red"))
    after = wait_for_proposal(session, qtbot)
    assert iou(after.box, Box(208, 160, 304, 224)) > 0.5
    names = {row.id: row.name for row in session.classes}
    assert names[after.class_id] == "red"
    assert session.place_class_id == after.class_id


def test_a_folder_s_name_is_the_class_of_its_photos(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    photo = shape_photo(OBJECTS[0], colour=RED)
    photo[150:230, 200:310] = 255
    save_photo(tmp_path / "photos" / "red" / "a.png", photo)
    session.open_folder(tmp_path / "photos")
    box = wait_for_proposal(session, qtbot)
    assert [row.name for row in session.classes] == ["red"]
    assert iou(box.box, OBJECTS[0]) > 0.7


def test_a_class_the_model_does_not_know_keeps_its_name(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    save_photo(tmp_path / "photos" / "teapot" / "a.png", shape_photo(OBJECTS[0]))
    session.open_folder(tmp_path / "photos")
    box = wait_for_proposal(session, qtbot)
    assert [row.name for row in session.classes] == ["teapot"]
    assert box.class_id == session.classes[0].id
    assert session.class_scores[0].name == "teapot"


def test_the_list_can_be_searched_and_filtered(three: ToldSession, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: three.counts()[PhotoState.PROPOSED] == 3)
    three.set_filter(None, "photo_1")
    assert [row.path for row in three.rows] == ["photo_1.png"]
    three.set_filter(PhotoState.REVIEWED, "")
    assert three.rows == []
    three.set_filter(PhotoState.PROPOSED, "")
    assert len(three.rows) == 3


def test_an_unreadable_photo_says_why_and_the_rest_goes_on(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 2)
    whole = (root / "photo_0.png").read_bytes()
    (root / "photo_0.png").write_bytes(whole[: len(whole) // 2])
    session.open_folder(root)
    wait_for_photos(session, qtbot, 2)
    qtbot.waitUntil(lambda: session.photo(session.rows[0].id).state is PhotoState.FAILED)
    assert "cut off" in (session.rows[0].reason or "")
    assert session.page == "unreadable"
    session.next_photo()
    assert iou(wait_for_proposal(session, qtbot).box, OBJECTS[1]) > 0.8
    (root / "photo_0.png").write_bytes(whole)
    session.previous_photo()
    session.retry()
    assert iou(wait_for_proposal(session, qtbot).box, OBJECTS[0]) > 0.8
    assert session.page == "photo"


def test_an_empty_folder_says_so(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert session.open_folder(tmp_path / "empty")
    qtbot.waitUntil(lambda: session.page == "empty")
    assert "holds no photo" in session.page_text


def test_a_folder_that_is_not_there_leaves_what_is_open(three: ToldSession, tmp_path: Path) -> None:
    assert not three.open_folder(tmp_path / "nowhere")
    assert "is not a folder" in three.told.of_kind("bad")[0]
    assert three.current is not None


def test_a_damaged_model_is_told_and_drawing_goes_on(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "bad.molt").write_bytes(b"PK nothing")
    session = ToldSession(tmp_path / "bad.molt")
    qtbot.waitUntil(lambda: bool(session.told))
    assert "bad.molt cannot be used" in session.told.of_kind("bad")[0]
    session.open_folder(write_photos(tmp_path / "photos", 1))
    qtbot.waitUntil(lambda: session.pixels is not None)
    session.draw(OBJECTS[0])
    assert session.boxes[0].box == OBJECTS[0]
    session.shut_down()


def test_a_second_window_looks_but_does_not_change(three: ToldSession, tiny_model: Path, qtbot: QtBot) -> None:
    assert three.project is not None
    second = ToldSession(tiny_model)
    second.open_folder(three.project.root)
    assert "open in another window" in second.told.of_kind("warn")[0]
    assert second.boxes == three.boxes
    second.accept()
    assert second.boxes == three.boxes
    assert second.told.of_kind("bad")
    second.shut_down()


def test_closing_ends_all_threads_soon(three: ToldSession) -> None:
    three.prelabel_all()
    three.shut_down()
    assert three.project is None
    assert not [thread for thread in three.findChildren(type(three._looks)) if thread.isRunning()]


def test_pre_labelling_reaches_every_photo(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    told = []
    session.job_changed.connect(told.append)
    session.open_folder(write_photos(tmp_path / "photos", 12))
    wait_for_photos(session, qtbot, 12)
    wait_for_proposal(session, qtbot)
    session.prelabel_all()
    qtbot.waitUntil(lambda: session.counts()[PhotoState.PROPOSED] == 12, timeout=10_000)
    qtbot.waitUntil(lambda: bool(told) and told[-1] is None)
    with Project.open(tmp_path / "photos", read_only=True) as project:
        assert all(len(project.content(row.id).boxes) == 1 for row in project.photos())
        assert len(project.photos_with_evidence()) == 12


def test_pre_labelling_rests_while_paused_and_ends_when_cancelled(
    session: ToldSession, qtbot: QtBot, tmp_path: Path
) -> None:
    session.open_folder(write_photos(tmp_path / "photos", 30))
    wait_for_photos(session, qtbot, 30)
    wait_for_proposal(session, qtbot)
    told = []
    session.job_changed.connect(told.append)
    session.prelabel_all()
    session.pause_job()
    assert told[-1].paused
    qtbot.wait(300)
    waiting = session.counts()[PhotoState.NEW]
    qtbot.wait(300)
    assert session.counts()[PhotoState.NEW] == waiting > 0
    session.pause_job()
    qtbot.waitUntil(lambda: session.counts()[PhotoState.NEW] < waiting)
    session.cancel_job()
    assert told[-1] is None


def test_a_failing_disk_keeps_the_photo_and_says_so(three: ToldSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert three.project is not None
    before, photo = three.boxes, three.current

    def refuse(*_: object, **__: object) -> None:
        raise MoltboxError("The change could not be saved: disk full.")

    monkeypatch.setattr(three.project, "put_content", refuse)
    saved = []
    three.saved_changed.connect(saved.append)
    three.accept()
    assert saved == [False]
    assert "disk full" in three.told.of_kind("bad")[0]
    assert three.boxes == before
    assert three.current == photo
    assert not three.undo_stack.canUndo()


def test_another_model_proposes_anew_where_nobody_has_decided(three: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: all(row.state is PhotoState.PROPOSED for row in three.rows))
    three.moves_on = False
    three.accept()
    (accepted,) = three.boxes
    three.next_photo()
    (before,) = three.boxes
    threshold = {"value": 0.8, "calibrated_on": "made for tests", "boxes_used": 0}
    three.use_model(write_tiny_model(tmp_path / "keen.molt", name="keen", threshold=threshold))
    qtbot.waitUntil(lambda: three.model_name == "keen" and three.boxes[0].model_id != before.model_id)
    assert three.boxes[0].box.area < before.box.area
    three.previous_photo()
    qtbot.waitUntil(lambda: three.evidence is not None)
    assert three.boxes == (accepted,)
