"""Acts on many photos: one undo step, nothing half done, and a stack that stays where it was when the disk refuses."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from app import review
from app.slices import Slices
from engine.dataset.project_records import PhotoState
from engine.errors import ProjectError
from support.sessions import ToldSession


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
