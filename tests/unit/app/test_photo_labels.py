"""Image-level labels by hand, several for a photo, and acts on many photos chosen in the list."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.acts.photos import photo_menu
from app.main_window import MainWindow
from app.settings import Settings
from engine.dataset.project_records import BoxState, PhotoState
from support.sessions import ToldSession, wait_for_proposal


@pytest.fixture
def window(qtbot: QtBot, three: ToldSession) -> MainWindow:
    made = MainWindow(three, Settings())
    qtbot.addWidget(made)
    made.show()
    qtbot.waitExposed(made)
    return made


def _class_id(session: ToldSession, name: str) -> int:
    assert session.project is not None
    return session.project.class_named(name).id


def test_several_labels_bring_a_proposal_each(three: ToldSession, qtbot: QtBot) -> None:
    assert three.current is not None
    photo_id = three.current.id
    wanted = (_class_id(three, "red"), _class_id(three, "green"))
    three.labels.give("Label 1 photo", [photo_id], wanted)
    three.many.finish()
    assert three.labels.of(photo_id) == wanted
    qtbot.waitUntil(lambda: {row.class_id for row in three.boxes} == set(wanted), timeout=10_000)
    assert {row.state for row in three.boxes} == {BoxState.PROPOSED}
    assert three.photo(photo_id).state is PhotoState.PROPOSED


def test_a_label_can_be_taken_back_with_the_boxes_it_replaced(three: ToldSession, qtbot: QtBot) -> None:
    assert three.current is not None
    photo_id, before = three.current.id, three.boxes
    three.labels.give("Label 1 photo", [photo_id], (_class_id(three, "green"),))
    three.many.finish()
    qtbot.waitUntil(lambda: bool(three.boxes) and three.boxes != before, timeout=10_000)
    assert three.undo_stack.undoText() == "Label 1 photo"
    three.undo()
    three.many.finish()
    assert three.boxes == before
    assert three.labels.of(photo_id) == ()


def test_a_label_never_touches_what_a_person_decided(three: ToldSession, qtbot: QtBot) -> None:
    assert three.current is not None
    photo_id = three.current.id
    three.moves_on = False
    three.accept()
    before = three.boxes
    three.labels.give("Label 1 photo", [photo_id], (_class_id(three, "green"),))
    three.many.finish()
    qtbot.wait(100)
    assert three.boxes == before
    assert three.photo(photo_id).state is PhotoState.REVIEWED


def _choose_all(window: MainWindow, qtbot: QtBot) -> None:
    view = window.photo_list.view
    for place in range(3):
        modifier = Qt.KeyboardModifier.ControlModifier if place else Qt.KeyboardModifier.NoModifier
        middle = view.visualRect(view.model().index(place, 0)).center()
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, modifier, middle)


def test_photos_chosen_with_ctrl_are_accepted_together_and_taken_back_together(
    window: MainWindow, three: ToldSession, qtbot: QtBot
) -> None:
    three.prelabel_all()
    qtbot.waitUntil(lambda: not three.counts()[PhotoState.NEW], timeout=10_000)
    _choose_all(window, qtbot)
    ids = window.photo_list.selected_ids()
    assert ids == tuple(row.id for row in three.rows)
    assert three.current is not None
    assert three.current.id == ids[-1]
    window.actions_by_id["accept_photos"].trigger()
    three.many.finish()
    assert {three.photo(each).state for each in ids} == {PhotoState.REVIEWED}
    assert {row.state for each in ids for row in three.boxes_of(each)} == {BoxState.ACCEPTED}
    window.actions_by_id["undo"].trigger()
    three.many.finish()
    assert {three.photo(each).state for each in ids} == {PhotoState.PROPOSED}


def test_review_again_opens_what_was_decided_as_proposed(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    three.moves_on = False
    three.accept()
    window.actions_by_id["review_again"].trigger()
    three.many.finish()
    assert [row.state for row in three.boxes] == [BoxState.PROPOSED]
    assert three.current is not None
    assert three.current.state is PhotoState.PROPOSED


def test_the_menu_of_the_chosen_photos_labels_them(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    wait_for_proposal(three, qtbot)
    window.photo_list.view.selectAll()
    menu = photo_menu(window)
    assert menu.actions()[0].text() == "3 photos"
    labels = next(action.menu() for action in menu.actions() if action.text() == "They show")
    first = labels.actions()[0]  # pyright: ignore[reportAttributeAccessIssue]
    first.trigger()
    three.many.finish()
    named = next(row.id for row in three.classes if row.name == first.text())
    assert {three.labels.of(row.id) for row in three.rows} == {(named,)}


def test_going_on_by_key_ends_the_choice(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    window.photo_list.view.selectAll()
    assert len(window.photo_list.selected_ids()) == 3
    three.next_photo()
    assert window.photo_list.selected_ids() == (three.rows[1].id,)


def test_searching_says_what_it_does_not_understand(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    field = window.photo_list.head.search
    qtbot.keyClicks(field, "state:ready")
    qtbot.waitUntil(lambda: "state: expects" in window.photo_list.head._problem.text())
    assert window.photo_list.model.rowCount() == 3
    field.clear()
    qtbot.waitUntil(lambda: window.photo_list.head._problem.text() == "")
