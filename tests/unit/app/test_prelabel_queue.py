"""Pre-labelling many photos: scopes, a pause, an end, hand work left alone, and what a restart goes on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.session_types import JobStatus
from engine.dataset.project_records import BoxState, PhotoState
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import write_tiny_model

COUNT = 8


@pytest.fixture
def eight(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> ToldSession:
    assert session.open_folder(write_photos(tmp_path / "photos", COUNT))
    wait_for_photos(session, qtbot, COUNT)
    wait_for_proposal(session, qtbot)
    return session


def _ended(session: ToldSession, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)


def test_every_new_photo_gets_its_box_and_the_end_is_told(eight: ToldSession, qtbot: QtBot) -> None:
    told: list[JobStatus | None] = []
    eight.job_changed.connect(told.append)
    eight.prelabel_all()
    _ended(eight, qtbot)
    assert eight.counts()[PhotoState.PROPOSED] == COUNT
    report = eight.prelabelling.report
    assert report is not None
    assert report.boxed + len(report.boxless) + report.passed >= COUNT - 3  # neighbours may have been looked at before
    assert report.failed == {}
    assert "Pre-labelling is done" in eight.told.of_kind("ok")[-1]
    assert told[-1] is None
    assert eight.project is not None
    assert eight.prelabelling.left_over() == 0


def test_scopes_hold_what_they_say(eight: ToldSession, qtbot: QtBot) -> None:
    queue = eight.prelabelling
    eight.moves_on = False
    eight.accept()
    first = eight.rows[0].id
    assert first not in queue.photos_of("unreviewed")
    assert len(queue.photos_of("unreviewed")) == COUNT - 1
    assert queue.photos_of("chosen", [first]) == []
    eight.set_filter(None, "photo_1")
    assert [eight.photo(each).path for each in queue.photos_of("listed")] == ["photo_1.png"]
    assert set(queue.photos_of("new")) <= set(queue.photos_of("unreviewed"))


def test_hand_work_is_never_touched(eight: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    eight.moves_on = False
    eight.prelabel_all()
    _ended(eight, qtbot)
    accepted, drawn, open_photo = (row.id for row in eight.rows[:3])
    eight.go_to(accepted)
    eight.accept()
    eight.go_to(drawn)
    eight.draw(Box(3, 3, 30, 30))
    before = {photo_id: eight.boxes_of(photo_id) for photo_id in (accepted, drawn, open_photo)}
    eight.use_model(write_tiny_model(tmp_path / "other.molt", name="other"))
    qtbot.waitUntil(lambda: eight.model_name == "other", timeout=10_000)
    eight.prelabelling.start(eight.prelabelling.photos_of("unreviewed"))
    _ended(eight, qtbot)
    assert eight.boxes_of(accepted) == before[accepted]
    assert eight.boxes_of(drawn) == before[drawn]
    (renewed,) = eight.boxes_of(open_photo)
    assert renewed.state is BoxState.PROPOSED
    assert renewed.model_id != before[open_photo][0].model_id


def test_photos_this_model_has_looked_at_are_passed_over(eight: ToldSession, qtbot: QtBot) -> None:
    eight.prelabel_all()
    _ended(eight, qtbot)
    looked: list[int] = []
    eight.look_ended.connect(lambda photo_id, _: looked.append(photo_id))
    eight.prelabelling.start(eight.prelabelling.photos_of("unreviewed"))
    _ended(eight, qtbot)
    assert looked == []
    assert eight.prelabelling.report is not None
    assert eight.prelabelling.report.passed == COUNT


def test_a_job_goes_on_with_another_model_that_comes_meanwhile(eight: ToldSession, qtbot: QtBot) -> None:
    """The model that goes answers no more for what it was asked."""
    far = [row.id for row in eight.rows[4:]]
    eight.prelabelling.start(far)
    eight.forget_batch()
    eight.model_changed.emit()
    _ended(eight, qtbot)
    assert {eight.photo(each).state for each in far} == {PhotoState.PROPOSED}


def test_a_pause_holds_and_the_rest_follows(eight: ToldSession, qtbot: QtBot) -> None:
    eight.prelabel_all()
    eight.pause_job()
    assert eight.prelabelling.is_paused
    qtbot.wait(400)
    left = eight.counts()[PhotoState.NEW]
    qtbot.wait(300)
    assert eight.counts()[PhotoState.NEW] == left > 0
    eight.pause_job()
    _ended(eight, qtbot)
    assert eight.counts()[PhotoState.NEW] == 0


def test_a_stopped_job_says_what_was_not_looked_at(eight: ToldSession, qtbot: QtBot) -> None:
    eight.prelabel_all()
    eight.cancel_job()
    assert not eight.prelabelling.is_running
    assert "was stopped" in eight.told.of_kind("info")[-1]
    assert "not looked at" in eight.told.of_kind("info")[-1]
    assert eight.prelabelling.left_over() == 0


def test_an_unreadable_photo_is_counted_with_its_reason(eight: ToldSession, qtbot: QtBot) -> None:
    assert eight.project is not None
    bad = eight.rows[-1]
    (eight.project.root / bad.path).write_bytes(b"no photo")
    eight.prelabel_all()
    _ended(eight, qtbot)
    report = eight.prelabelling.report
    assert report is not None
    assert list(report.failed) == [bad.id]
    assert eight.photo(bad.id).state is PhotoState.FAILED
    message = next(each for each in eight.told if each.title == "Pre-labelling is done")
    assert (message.kind, message.act) == ("warn", "show_failed")


def test_a_closed_window_leaves_a_job_that_goes_on(
    eight: ToldSession, qtbot: QtBot, tmp_path: Path, tiny_model: Path
) -> None:
    chosen = [row.id for row in eight.rows[4:7]]
    eight.prelabelling.start(chosen)
    eight.pause_job()
    left = {each for each in chosen if eight.photo(each).state is PhotoState.NEW}
    eight.shut_down()
    again = ToldSession(tiny_model)
    assert again.open_folder(tmp_path / "photos")
    assert 0 < again.prelabelling.left_over() <= len(left)
    qtbot.waitUntil(lambda: again.localizer is not None, timeout=10_000)
    again.prelabelling.resume()
    _ended(again, qtbot)
    assert all(again.photo(each).state is PhotoState.PROPOSED for each in chosen)
    assert again.photo(again.rows[7].id).state is PhotoState.NEW
    assert again.prelabelling.left_over() == 0
    again.shut_down()


def test_what_is_left_of_a_job_is_counted_without_asking_the_project_for_each_photo(
    eight: ToldSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    eight.prelabel_all()
    _ended(eight, qtbot)
    assert eight.project is not None
    ids = [row.id for row in eight.rows]
    eight.moves_on = False
    eight.accept()
    eight.project.put_setting("prelabel", {"ids": [*ids, 999]})
    asked: list[int] = []
    monkeypatch.setattr(eight.project, "content", asked.append)
    assert eight.prelabelling.left_over() == COUNT - 1
    assert asked == []
