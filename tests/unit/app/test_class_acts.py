"""Acts on classes: stored at once, one undo step each, and refused ones leave everything as it was."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, ClassRow, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_proposal


def _named(session: ToldSession, name: str) -> ClassRow:
    return next(row for row in session.classes if row.name == name)


def _boxed_class(session: ToldSession) -> ClassRow:
    return next(row for row in session.classes if row.id == session.boxes[0].class_id)


def test_renaming_is_taken_back_and_done_again(three: ToldSession) -> None:
    before = _boxed_class(three)
    assert three.class_acts.rename(before.id, "  thing ")
    assert _boxed_class(three).name == "thing"
    assert three.undo_stack.undoText() == "Rename class"
    three.undo()
    assert _boxed_class(three) == before
    three.redo()
    assert _boxed_class(three).name == "thing"


def test_a_class_renamed_shows_the_map_of_its_new_name(three: ToldSession, qtbot: QtBot) -> None:
    shown = _boxed_class(three)
    others = [row.name for row in three.class_scores if row.name != shown.name]
    assert three.class_acts.rename(shown.id, others[0])
    qtbot.waitUntil(lambda: three.place_class_id == shown.id, timeout=10_000)


def test_a_merge_moves_boxes_of_all_photos_and_its_undo_brings_them_back(three: ToldSession, qtbot: QtBot) -> None:
    three.prelabel_all()
    qtbot.waitUntil(lambda: not three.counts()[PhotoState.NEW], timeout=10_000)
    ids = [row.id for row in three.rows]
    gone = _boxed_class(three)
    into = three.class_acts.add("other")
    assert into is not None
    before = {each: three.boxes_of(each) for each in ids}
    assert three.class_acts.merge(gone.id, into.id)
    three.many.finish()
    assert gone not in three.classes
    assert {row.class_id for each in ids for row in three.boxes_of(each)} & {gone.id} == set()
    assert three.boxes[0].class_id == into.id
    three.undo()
    three.many.finish()
    assert {each: three.boxes_of(each) for each in ids} == before
    assert three.boxes == before[ids[0]]
    assert gone in three.classes
    three.redo()
    three.undo()
    assert {each: three.boxes_of(each) for each in ids} == before


def test_a_merge_gives_labels_to_the_other_class(three: ToldSession) -> None:
    assert three.current is not None
    first, second = three.class_acts.add("first"), three.class_acts.add("second")
    assert first is not None
    assert second is not None
    three.labels.give("Label photo", [three.rows[1].id], (first.id,))
    three.many.finish()
    assert three.class_acts.merge(first.id, second.id)
    three.many.finish()
    assert three.photo(three.rows[1].id).label_class_id == second.id
    three.undo()
    three.many.finish()
    assert three.photo(three.rows[1].id).label_class_id == first.id


def test_a_key_is_taken_from_the_class_that_had_it_and_given_back(three: ToldSession) -> None:
    first, second = three.class_acts.add("first"), three.class_acts.add("second")
    assert first is not None
    assert second is not None
    assert three.class_acts.set_key(second.id, first.key)
    assert (_named(three, "first").key, _named(three, "second").key) == (None, first.key)
    three.undo()
    assert (_named(three, "first").key, _named(three, "second").key) == (first.key, second.key)


def test_a_digit_means_the_same_class_on_every_photo(three: ToldSession, qtbot: QtBot) -> None:
    named = three.class_acts.add("mine")
    assert named is not None
    assert three.class_acts.set_key(named.id, "0")
    three.choose_class("0")
    assert three.boxes[0].class_id == named.id
    three.next_photo()
    wait_for_proposal(three, qtbot)
    three.choose_class("0")
    assert three.boxes[0].class_id == named.id


def test_scores_never_show_a_digit_that_is_another_class(three: ToldSession) -> None:
    keys = {row.key: row.name for row in three.classes if row.key}
    shown = {row.key: row.name for row in three.class_scores if row.key}
    assert len(shown) > 1
    assert all(keys.get(key, name) == name for key, name in shown.items())


def test_colours_are_taken_back(three: ToldSession) -> None:
    before = _boxed_class(three)
    assert three.class_acts.recolour(before.id, 6)
    assert _boxed_class(three).colour_index == 6
    three.undo()
    assert _boxed_class(three) == before


def test_only_unused_classes_are_deleted(three: ToldSession) -> None:
    spare = three.class_acts.add("spare")
    assert spare is not None
    used = _boxed_class(three)
    assert not three.class_acts.delete([spare.id, used.id])
    assert "in use" in three.told[-1].text
    assert three.class_acts.delete([spare.id])
    assert spare not in three.classes
    three.undo()
    assert _named(three, "spare") == spare
    three.undo()
    assert spare not in three.classes
    three.redo()
    assert _named(three, "spare") == spare


def test_a_name_that_another_class_has_is_refused_in_one_sentence(three: ToldSession) -> None:
    added = three.class_acts.add("mine")
    assert added is not None
    steps = three.undo_stack.count()
    assert not three.class_acts.rename(added.id, _boxed_class(three).name)
    assert three.told[-1].title == "The class stays as it is"
    assert "already a class" in three.told[-1].text
    assert three.undo_stack.count() == steps
    assert _named(three, "mine") == added


def test_an_undo_that_the_disk_refuses_leaves_the_stack_where_it_was(
    three: ToldSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _boxed_class(three)
    three.class_acts.rename(before.id, "thing")
    assert three.project is not None

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(three.project, "rename_class", refuse)
        three.undo()
        assert three.undo_stack.undoText() == "Rename class"
        assert _boxed_class(three).name == "thing"
        assert three.told[-1].text == "The disk is full."
    three.undo()
    assert _boxed_class(three) == before


def test_decisions_before_a_merge_are_undone_behind_it(three: ToldSession) -> None:
    three.moves_on = False
    proposed = three.boxes
    gone = _boxed_class(three)
    three.accept()
    into = three.class_acts.add("other")
    assert into is not None
    three.class_acts.merge(gone.id, into.id)
    assert [row.state for row in three.boxes] == [BoxState.ACCEPTED]
    for _ in range(3):
        three.undo()
    assert three.boxes == proposed
    assert not three.undo_stack.canUndo()
    for _ in range(3):
        three.redo()
    assert [(row.class_id, row.state) for row in three.boxes] == [(into.id, BoxState.ACCEPTED)]


def test_accepting_all_boxes_shown_goes_on_and_is_one_step(three: ToldSession, qtbot: QtBot) -> None:
    assert three.current is not None
    photo_id = three.current.id
    red, green = three.class_acts.add("red"), three.class_acts.add("green")
    assert red is not None
    assert green is not None
    three.labels.give("Label photo", [photo_id], (red.id, green.id))
    three.many.finish()
    qtbot.waitUntil(lambda: len(three.boxes) == 2, timeout=10_000)
    before = three.boxes
    three.accept_all()
    assert {row.state for row in three.boxes_of(photo_id)} == {BoxState.ACCEPTED}
    qtbot.waitUntil(lambda: three.current is not None and three.current.id != photo_id)
    three.undo()
    assert three.current is not None
    assert three.current.id == photo_id
    assert three.boxes == before


def test_accepting_all_of_nothing_changes_nothing(three: ToldSession) -> None:
    three.moves_on = False
    three.delete()
    assert three.boxes == ()
    steps = three.undo_stack.count()
    three.accept_all()
    assert three.undo_stack.count() == steps


def _merge_in_parts(session: ToldSession, monkeypatch: pytest.MonkeyPatch, ids: list[int]) -> tuple[ClassRow, ClassRow]:
    """Two boxes on each photo of a class that is merged into another, one box at a time."""
    merge = Project.merge_classes
    monkeypatch.setattr(Project, "merge_classes", lambda *given: merge(*given, most=1))
    session.moves_on = False
    gone, into = session.class_acts.add("gone"), session.class_acts.add("into")
    assert gone is not None
    assert into is not None
    for photo_id in ids:
        session.go_to(photo_id)
        session.photo_done()
        session.add_boxes("Draw", [(Box(1, 1, 20, 20), gone.id), (Box(30, 30, 60, 60), gone.id)])
    return gone, into


def test_undo_stops_a_merge_half_way_and_every_box_has_its_class_again(
    three: ToldSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [row.id for row in three.rows]
    gone, into = _merge_in_parts(three, monkeypatch, ids)
    before = {each: three.boxes_of(each) for each in ids}
    assert three.class_acts.merge(gone.id, into.id)
    assert three.many.is_running
    assert gone in three.classes
    assert {each: three.boxes_of(each) for each in ids} != before
    three.undo()
    qtbot.waitUntil(lambda: not three.many.is_running and not three.stale_rows.is_running)
    assert {each: three.boxes_of(each) for each in ids} == before
    assert three.boxes == before[ids[-1]]
    assert three.undo_stack.undoText() == "Draw"
    three.redo()
    qtbot.waitUntil(lambda: not three.many.is_running and not three.stale_rows.is_running)
    assert gone not in three.classes
    assert {row.class_id for each in ids for row in three.boxes_of(each)} & {gone.id} == set()
    assert {into.id} <= {row.class_id for row in three.boxes}
    three.undo()
    three.many.finish()
    assert {each: three.boxes_of(each) for each in ids} == before


def test_a_merge_that_the_disk_refuses_half_way_is_a_step_of_what_it_has_done(
    three: ToldSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [row.id for row in three.rows]
    gone, into = _merge_in_parts(three, monkeypatch, ids)
    before = {each: three.boxes_of(each) for each in ids}
    assert three.class_acts.merge(gone.id, into.id)

    def refuse(*_: object) -> None:
        raise ProjectError("The disk is full.")

    with monkeypatch.context() as full:
        full.setattr(Project, "merge_classes", refuse)
        three.many.finish()
    assert three.told[-1].text == "The disk is full."
    assert gone in three.classes
    assert three.undo_stack.undoText() == "Merge classes"
    three.undo()
    three.many.finish()
    assert {each: three.boxes_of(each) for each in ids} == before


def test_the_list_follows_a_merge_and_what_takes_it_back(
    three: ToldSession, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.stale_rows._TOGETHER", 1)
    ids = [row.id for row in three.rows]
    gone, into = _merge_in_parts(three, monkeypatch, ids)

    def listed(name: str) -> int:
        three.set_filter(None, f"class:{name}")
        return len(three.rows)

    assert (listed("gone"), listed("into")) == (3, 0)
    assert three.class_acts.merge(gone.id, into.id)
    qtbot.waitUntil(lambda: not three.many.is_running and not three.stale_rows.is_running)
    assert listed("into") == 3
    three.undo()
    qtbot.waitUntil(lambda: not three.many.is_running and not three.stale_rows.is_running)
    assert (listed("gone"), listed("into")) == (3, 0)
