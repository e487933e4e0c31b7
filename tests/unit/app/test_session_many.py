"""Acts on many photos: one undo step, nothing half done, and a stack that stays where it was when the disk refuses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import review
from app.slices import Slices
from engine.dataset.label_sources import ReadLabels
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState, Proposals
from engine.dataset.records import LabelSet
from engine.errors import ProjectError
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_photos, write_photos


def test_slices_run_all_steps_and_tell_the_end(qtbot: QtBot) -> None:
    done: list[int] = []
    work = Slices(done.append(number) for number in range(3))
    with qtbot.waitSignal(work.ended) as ended:
        pass
    assert ended.args == [True]
    assert done == [0, 1, 2]
    assert not work.is_running


def test_a_stopped_work_leaves_the_rest(qtbot: QtBot) -> None:
    done: list[int] = []

    def steps() -> Iterator[None]:
        for number in range(100):
            done.append(number)
            if number == 3:
                work.stop()
            yield

    work = Slices(steps())
    qtbot.waitUntil(lambda: not work.is_running)
    assert done[-1] < 99


def test_many_photos_are_one_step_that_goes_back_and_forth(three: ToldSession) -> None:
    ids = [row.id for row in three.rows]
    three.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    three.many.finish()
    assert {three.photo(each).state for each in ids} == {PhotoState.SKIPPED}
    assert three.undo_stack.count() == 1
    assert three.undo_stack.undoText() == "Skip photos"
    three.undo()
    three.many.finish()
    assert PhotoState.SKIPPED not in {three.photo(each).state for each in ids}
    three.redo()
    three.many.finish()
    assert {three.photo(each).state for each in ids} == {PhotoState.SKIPPED}


def test_a_refused_undo_leaves_the_stack_where_it_was(three: ToldSession, monkeypatch: pytest.MonkeyPatch) -> None:
    three.skip()
    assert three.undo_stack.index() == 1

    def refuse(*_args: object, **_named: object) -> None:
        raise ProjectError("The disk is full.")

    monkeypatch.setattr(three.project, "put_content", refuse)
    three.undo()
    assert three.undo_stack.index() == 1
    monkeypatch.undo()
    three.undo()
    assert three.undo_stack.index() == 0
    assert three.photo(three.rows[0].id).state is not PhotoState.SKIPPED


def test_any_other_act_can_be_a_step(three: ToldSession) -> None:
    said: list[str] = []
    three.push_step("Rename class", lambda: (said.append("back"), True)[1], lambda: (said.append("again"), True)[1])
    three.undo()
    three.redo()
    assert said == ["back", "again"]


def test_an_undo_of_many_photos_that_the_disk_refuses_can_be_done_later(
    three: ToldSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [row.id for row in three.rows]
    three.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    three.many.finish()

    def refuse(*_: object, **__: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(three.project, "put_contents", refuse)
        three.undo()
        three.many.finish()
        assert three.undo_stack.undoText() == "Skip photos"
        assert not three.undo_stack.canRedo()
        assert {three.photo(each).state for each in ids} == {PhotoState.SKIPPED}
    three.undo()
    three.many.finish()
    assert PhotoState.SKIPPED not in {three.photo(each).state for each in ids}


def test_labels_that_the_disk_refuses_make_no_step(three: ToldSession, monkeypatch: pytest.MonkeyPatch) -> None:
    assert three.current is not None
    assert three.project is not None
    named = three.project.class_named("green")
    steps = three.undo_stack.count()

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    monkeypatch.setattr(three.project, "set_labels", refuse)
    three.labels.give("Label photo", [three.current.id], (named.id,))
    three.many.finish()
    assert three.undo_stack.count() == steps
    assert three.labels.of(three.current.id) == ()
    assert three.told[-1].text == "The disk is full."


def _proposed_photos(session: ToldSession, qtbot: QtBot, folder: Path, count: int) -> list[int]:
    """Opens a folder whose photos all have a proposed box."""
    assert session.open_folder(write_photos(folder, count))
    wait_for_photos(session, qtbot, count)
    session.moves_on = False
    qtbot.waitUntil(lambda: session.localizer is not None, timeout=10_000)
    assert session.project is not None
    named = session.project.class_named("thing").id
    ids = [row.id for row in session.rows]
    box = BoxRow(0, named, Box(1, 1, 50, 50), BoxState.PROPOSED, 0.5, 0.1, session.model_number)
    session.project.put_many_proposals(Proposals(each, (box,)) for each in ids)
    session.read_again()
    return ids


def _contents(project: Project | None, ids: list[int]) -> list[PhotoContent]:
    assert project is not None
    return [project.content(each) for each in ids]


@pytest.fixture
def one_step_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every turn of the event loop has one step of the work."""
    monkeypatch.setattr("app.slices.SLICE_S", 0.0)


def _half_accepted(session: ToldSession, qtbot: QtBot, ids: list[int]) -> None:
    """Accepts photos until some of them are stored, not all."""
    with qtbot.waitSignal(session.many.progress):
        session.change_many("Accept photos", "accept", dict.fromkeys(ids, review.done))
    assert session.many.is_running
    first, last = _contents(session.project, [ids[0], ids[-1]])
    assert (first.state, last.state) == (PhotoState.REVIEWED, PhotoState.PROPOSED)


def test_undo_stops_an_act_and_takes_back_what_is_stored_of_it(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, one_step_a_turn: None
) -> None:
    ids = _proposed_photos(session, qtbot, tmp_path / "photos", 45)
    before = _contents(session.project, ids)
    _half_accepted(session, qtbot, ids)
    session.undo()
    qtbot.waitUntil(lambda: not session.many.is_running)
    assert _contents(session.project, ids) == before
    assert not session.undo_stack.canUndo()
    assert session.undo_stack.redoText() == "Accept photos"
    assert session.project is not None
    assert {event.kind for event in session.project.events()} == {"accept", "undo: accept"}


def test_undo_of_an_act_of_which_nothing_is_stored_takes_nothing_else_back(three: ToldSession) -> None:
    three.moves_on = False
    three.accept()
    ids = [row.id for row in three.rows]
    three.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    three.undo()
    assert not three.many.is_running
    assert three.undo_stack.undoText() == "Accept box"
    assert three.photo(ids[0]).state is PhotoState.REVIEWED


def test_a_closed_folder_has_each_photo_wholly_changed_or_not_at_all(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, one_step_a_turn: None
) -> None:
    ids = _proposed_photos(session, qtbot, tmp_path / "photos", 45)
    _half_accepted(session, qtbot, ids)
    session.close()
    assert not session.undo_stack.canUndo()
    with Project.open(tmp_path / "photos") as project:
        assert not project.read_only
        found = [(content.state, {row.state for row in content.boxes}) for content in _contents(project, ids)]
        done = (PhotoState.REVIEWED, {BoxState.ACCEPTED})
        assert {repr(each) for each in found} == {repr(done), repr((PhotoState.PROPOSED, {BoxState.PROPOSED}))}
        assert sum(event.kind == "accept" for event in project.events()) == found.count(done)
        assert project._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_undo_while_a_step_is_taken_back_waits_for_its_end(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, one_step_a_turn: None
) -> None:
    ids = _proposed_photos(session, qtbot, tmp_path / "photos", 45)
    before = _contents(session.project, ids)
    session.change_many("Accept photos", "accept", dict.fromkeys(ids, review.done))
    session.many.finish()
    session.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    session.many.finish()
    session.undo()
    assert session.many.is_running
    session.undo()
    qtbot.waitUntil(lambda: not session.many.is_running)
    assert _contents(session.project, ids) == before
    session.redo()
    session.redo()
    qtbot.waitUntil(lambda: not session.many.is_running)
    assert {content.state for content in _contents(session.project, ids)} == {PhotoState.SKIPPED}


def test_an_act_on_many_photos_waits_for_the_one_before(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, one_step_a_turn: None
) -> None:
    ids = _proposed_photos(session, qtbot, tmp_path / "photos", 25)
    session.change_many("Accept photos", "accept", dict.fromkeys(ids, review.done))
    session.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    qtbot.waitUntil(lambda: not session.many.is_running)
    assert {session.photo(each).state for each in ids} == {PhotoState.SKIPPED}
    assert [session.undo_stack.text(place) for place in range(2)] == ["Accept photos", "Skip photos"]
    session.undo()
    qtbot.waitUntil(lambda: not session.many.is_running)
    assert {session.photo(each).state for each in ids} == {PhotoState.REVIEWED}


def test_labels_are_not_brought_in_between_the_halves_of_an_act(three: ToldSession) -> None:
    ids = [row.id for row in three.rows]
    three.change_many("Skip photos", "skip", dict.fromkeys(ids, review.skipped))
    read = ReadLabels(LabelSet((), ()), None)
    assert three.bring_in(read, reviewed=True) is None
    assert three.told[-1].title == "One act after the other"
    three.many.finish()
    assert {three.photo(each).state for each in ids} == {PhotoState.SKIPPED}
