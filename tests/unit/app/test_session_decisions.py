"""Decisions: each is saved at once, moves on, and can be taken back from anywhere."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoContent, PhotoState
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_proposal


def _stored(session: ToldSession, photo_id: int) -> PhotoContent:
    """What another reader finds on the disk now."""
    assert session.project is not None
    with Project.open(session.project.root, read_only=True) as project:
        return project.content(photo_id)


def _current_id(session: ToldSession) -> int:
    assert session.current is not None
    return session.current.id


def test_accepting_stores_the_proposal_and_goes_to_the_next_photo(three: ToldSession, qtbot: QtBot) -> None:
    first = _current_id(three)
    proposed = three.boxes[0]
    three.accept()
    stored = _stored(three, first)
    assert stored.state is PhotoState.REVIEWED
    (box,) = stored.boxes
    assert box.state is BoxState.ACCEPTED
    assert box.box == box.proposed == proposed.box
    assert box.threshold == pytest.approx(three.calibrated_threshold)
    assert box.model_id is not None
    assert box.id == proposed.id
    qtbot.waitUntil(lambda: _current_id(three) != first)
    assert three.current is not None
    assert three.current.path == "photo_1.png"


def test_staying_put_is_a_setting(three: ToldSession, qtbot: QtBot) -> None:
    first = _current_id(three)
    three.moves_on = False
    three.accept()
    qtbot.wait(300)
    assert _current_id(three) == first


def test_a_box_is_accepted_at_the_threshold_it_was_dragged_to(three: ToldSession) -> None:
    first = _current_id(three)
    three.begin_threshold_drag()
    three.set_threshold(0.9, dragging=True)
    shown = three.boxes[0].box
    three.accept()
    (box,) = _stored(three, first).boxes
    assert (box.box, box.threshold) == (shown, 0.9)


def test_rejecting_leaves_a_reviewed_photo_without_a_box(three: ToldSession) -> None:
    first = _current_id(three)
    three.reject()
    stored = _stored(three, first)
    assert stored.state is PhotoState.REVIEWED
    assert [row.state for row in stored.boxes] == [BoxState.REJECTED]


def test_a_drawn_box_is_stored_with_the_shown_class(three: ToldSession) -> None:
    first = _current_id(three)
    three.draw(Box(5.5, 6, 60.25, 70))
    drawn = _stored(three, first).boxes[-1]
    assert drawn.state is BoxState.DRAWN
    assert drawn.box == Box(5.5, 6, 60.25, 70)
    assert drawn.class_id == three.boxes[0].class_id
    assert three.selected is not None
    assert three.selected.id == drawn.id
    # The proposal is still open, so the photo is.
    assert _stored(three, first).state is PhotoState.PROPOSED


def test_a_box_drawn_over_the_edge_is_cut_at_the_photo(three: ToldSession) -> None:
    three.draw(Box(-10, 200, 100, 300))
    assert three.boxes[-1].box == Box(0, 200, 100, 240)


def test_moving_a_proposal_makes_it_edited_and_keeps_what_was_proposed(three: ToldSession) -> None:
    proposed = three.boxes[0]
    three.move_or_resize(proposed.id, proposed.box.moved(3, 4), 1)
    (edited,) = three.boxes
    assert edited.state is BoxState.EDITED
    assert edited.proposed == proposed.box
    assert edited.box == proposed.box.moved(3, 4)
    three.set_threshold(0.9)
    assert three.boxes == (edited,)


def test_a_drawn_box_stays_drawn_when_moved(three: ToldSession) -> None:
    three.draw(Box(10, 10, 50, 50))
    three.move_or_resize(three.boxes[-1].id, Box(20, 20, 60, 60), 1)
    assert three.boxes[-1].state is BoxState.DRAWN


def test_one_gesture_is_one_undo_step(three: ToldSession) -> None:
    box = three.boxes[0]
    for step in range(1, 6):
        three.move_or_resize(box.id, box.box.moved(step, 0), gesture=7)
    three.move_or_resize(box.id, box.box.moved(50, 0), gesture=8)
    three.undo_stack.undo()
    assert three.boxes[0].box == box.box.moved(5, 0)
    three.undo_stack.undo()
    assert three.boxes == (box,)
    assert not three.undo_stack.canUndo()
    three.undo_stack.redo()
    assert three.boxes[0].box == box.box.moved(5, 0)


def test_undo_goes_to_the_photo_first_and_restores_the_same_rows(three: ToldSession, qtbot: QtBot) -> None:
    first = _current_id(three)
    before = _stored(three, first)
    three.accept()
    qtbot.waitUntil(lambda: _current_id(three) != first)
    wait_for_proposal(three, qtbot)
    three.undo_stack.undo()
    assert _current_id(three) == first
    assert _stored(three, first) == before
    assert three.boxes == before.boxes
    three.undo_stack.redo()
    assert _stored(three, first).boxes[0].state is BoxState.ACCEPTED
    assert _stored(three, first).boxes[0].id == before.boxes[0].id


def test_many_acts_can_be_undone_to_the_start_and_redone_to_the_end(three: ToldSession, qtbot: QtBot) -> None:
    first = _current_id(three)
    start = _stored(three, first)
    three.moves_on = False
    three.draw(Box(10, 10, 40, 40))
    three.move_or_resize(three.boxes[-1].id, Box(12, 12, 44, 44), 1)
    three.set_class(three.boxes[-1].id, "cup")
    three.select(start.boxes[0].id)
    three.accept()
    three.draw(Box(100, 100, 140, 140))
    three.delete(three.boxes[-1].id)
    end = _stored(three, first)
    assert end.state is PhotoState.REVIEWED
    assert len(end.boxes) == 2
    while three.undo_stack.canUndo():
        three.undo_stack.undo()
    assert _stored(three, first) == start
    while three.undo_stack.canRedo():
        three.undo_stack.redo()
    assert _stored(three, first) == end


def test_photo_done_takes_the_shown_boxes_as_right(three: ToldSession) -> None:
    first = _current_id(three)
    three.photo_done()
    stored = _stored(three, first)
    assert stored.state is PhotoState.REVIEWED
    assert [row.state for row in stored.boxes] == [BoxState.ACCEPTED]


def test_a_skipped_photo_keeps_its_proposal_undecided(three: ToldSession) -> None:
    first = _current_id(three)
    three.skip()
    stored = _stored(three, first)
    assert stored.state is PhotoState.SKIPPED
    assert [row.state for row in stored.boxes] == [BoxState.PROPOSED]


def test_a_photo_chosen_just_after_an_answer_stays(three: ToldSession, qtbot: QtBot) -> None:
    _, second, third = (row.id for row in three.rows)
    three.photo_done()
    three.go_to(third)
    qtbot.wait(300)
    assert _current_id(three) == third
    three.skip()
    qtbot.waitUntil(lambda: _current_id(three) == second, timeout=5_000)


def test_going_to_undecided_photos_leaves_out_the_decided_ones_both_ways(three: ToldSession) -> None:
    first, second, third = (row.id for row in three.rows)
    three.moves_on = False
    three.go_to(second)
    three.skip()
    for act, start, wanted in (
        (three.next_undecided, first, third),
        (three.next_undecided, third, first),
        (three.previous_undecided, third, first),
        (three.previous_undecided, second, first),
        (three.previous_undecided, first, third),
    ):
        three.go_to(start)
        act()
        assert _current_id(three) == wanted


def test_accept_goes_to_the_next_open_box_of_the_photo_first(three: ToldSession, qtbot: QtBot) -> None:
    assert three.project is not None
    first = _current_id(three)
    second = three.boxes[0]
    rows = (second, type(second)(0, second.class_id, Box(200, 10, 260, 60), BoxState.PROPOSED, 0.5, 0.4))
    three.project.put_proposals(first, rows, need=0.5, note="Steady box")
    three.go_to(first)
    three.accept()
    assert _current_id(three) == first
    assert three.selected == three.boxes[1]
    assert _stored(three, first).state is PhotoState.PROPOSED
    three.accept()
    assert _stored(three, first).state is PhotoState.REVIEWED
    qtbot.waitUntil(lambda: _current_id(three) != first)


def test_after_the_last_photo_the_session_says_that_all_is_done(three: ToldSession, qtbot: QtBot) -> None:
    for _ in range(3):
        shown = _current_id(three)
        wait_for_proposal(three, qtbot)
        three.accept()
        qtbot.waitUntil(lambda shown=shown: _current_id(three) != shown or three.page == "finished")
    assert three.page == "finished"
    photos, _, kept = three.effort_today()
    assert (photos, kept) == (3, 1.0)


def test_a_typed_class_is_made_and_given_to_the_box(three: ToldSession) -> None:
    three.draw(Box(10, 10, 40, 40))
    three.set_class(three.boxes[-1].id, "coffee cup")
    names = {row.id: row.name for row in three.classes}
    assert names[three.boxes[-1].class_id] == "coffee cup"
    assert three.boxes[-1].box == Box(10, 10, 40, 40)


def test_decided_photos_stay_in_the_filtered_list(three: ToldSession, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: three.counts()[PhotoState.PROPOSED] == 3)
    three.set_filter(PhotoState.PROPOSED, "")
    listed = [row.id for row in three.rows]
    three.go_to(listed[0])
    three.accept()
    assert [row.id for row in three.rows] == listed
    assert three.rows[0].state is PhotoState.REVIEWED
