"""Hands on the canvas: what a mouse, a wheel and keys ask of the session."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from app.canvas.tools import Tool
from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import Box
from support.canvas_hands import ALT, FIRST, LEFT, MIDDLE, NONE, SECOND, SHIFT, drag, turn_wheel


def close_to(box: Box, x0: float, y0: float, x1: float, y1: float, within: float) -> bool:
    return all(abs(a - b) <= within for a, b in zip(box.as_tuple(), (x0, y0, x1, y1), strict=True))


@pytest.mark.parametrize("factor", [0.5, 1.0, 2.0, 3.3])
def test_a_box_drawn_with_the_mouse_has_the_photos_coordinates_at_any_zoom(view, session, at, factor):
    view.camera.zoom_at(QPointF(at(200, 150)), factor)
    pixel = 1 / view.camera.zoom
    view.set_tool(Tool.DRAW)
    drag(view, at(180, 130), at(230, 190))
    ((box, class_id),) = session.called("draw")
    assert close_to(box, 180, 130, 230, 190, pixel)
    assert class_id is None
    assert view.hands.tool is Tool.SELECT


def test_a_box_drawn_beyond_the_photo_ends_at_its_edge(view, session, at):
    view.set_tool(Tool.DRAW)
    drag(view, at(500, 300), QPoint(890, 690))
    ((box, _),) = session.called("draw")
    assert (box.x1, box.y1) == (600, 400)


@pytest.mark.parametrize("factor", [1.0, 2.5])
def test_a_corner_handle_resizes(view, session, at, factor):
    session.set_boxes(FIRST, selected_id=1)
    view.camera.zoom_at(QPointF(at(300, 250)), factor)
    drag(view, at(300, 250) + QPoint(5, 5), at(320, 230) + QPoint(5, 5))
    ((box_id, box, _),) = session.called("move_or_resize")
    assert box_id == 1
    assert close_to(box, 100, 100, 320, 230, 1 / view.camera.zoom)


def test_a_box_moves_when_dragged_inside_and_stays_in_the_photo(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    drag(view, at(200, 180), at(230, 200))
    drag(view, at(230, 200), at(20, 190))
    first, second = (call[1] for call in session.called("move_or_resize"))
    assert close_to(first, 130, 120, 330, 270, 1.5)
    assert second.x0 == 0
    assert (second.width, second.height) == pytest.approx((200, 150), abs=1e-6)
    gestures = [call[2] for call in session.called("move_or_resize")]
    assert gestures[0] != gestures[1]


def test_a_click_selects_and_a_click_on_the_photo_deselects(view, session, at):
    session.set_boxes(FIRST, SECOND, selected_id=1)
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(420, 130))
    assert session.selected.id == 2
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(30, 30))
    assert session.selected is None
    assert not session.called("move_or_resize")


def test_tab_goes_round_the_boxes_and_shift_tab_back(view, session):
    session.set_boxes(FIRST, SECOND, selected_id=-1)
    picked = []
    for key, modifiers in ((Qt.Key.Key_Tab, NONE), (Qt.Key.Key_Tab, NONE), (Qt.Key.Key_Backtab, SHIFT)):
        QTest.keyClick(view, key, modifiers)
        picked.append(session.selected.id)
    assert picked == [2, 1, 2]


@pytest.mark.parametrize(
    ("key", "modifiers", "expected"),
    [
        (Qt.Key.Key_Left, NONE, (99, 100, 299, 250)),
        (Qt.Key.Key_Down, SHIFT, (100, 110, 300, 260)),
        (Qt.Key.Key_Right, ALT, (100, 100, 301, 250)),
        (Qt.Key.Key_Up, ALT | SHIFT, (100, 100, 300, 240)),
    ],
)
def test_arrows_nudge_and_resize_in_photo_pixels(view, session, key, modifiers, expected):
    session.set_boxes(FIRST, selected_id=1)
    QTest.keyClick(view, key, modifiers)
    ((_, box, _),) = session.called("move_or_resize")
    assert box.as_tuple() == expected


def test_quick_arrows_are_one_gesture(view, session):
    session.set_boxes(FIRST, selected_id=1)
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert len({call[2] for call in session.called("move_or_resize")}) == 1


def test_escape_steps_back_one_level_at_a_time(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    view.set_tool(Tool.DRAW)
    QTest.mousePress(view.viewport(), LEFT, NONE, at(400, 300))
    QTest.mouseMove(view.viewport(), at(450, 350))
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, at(450, 350))
    assert not session.called("draw")
    assert view.hands.tool is Tool.DRAW
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert view.hands.tool is Tool.SELECT
    assert session.selected is not None
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert session.selected is None


def test_escape_in_a_drag_leaves_the_box_where_it_was(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    QTest.mousePress(view.viewport(), LEFT, NONE, at(200, 180))
    QTest.mouseMove(view.viewport(), at(260, 200))
    assert view.layers.selected_area().x() == pytest.approx(160, abs=1.5)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, at(260, 200))
    assert view.layers.selected_area().x() == 100
    assert not session.called("move_or_resize")


@pytest.mark.parametrize("modifiers", [NONE, Qt.KeyboardModifier.ControlModifier])
@pytest.mark.parametrize("steps", [1, 4, -2])
def test_the_wheel_keeps_the_photos_point_under_the_pointer(view, at, modifiers, steps):
    place = at(420, 90)
    before, zoom = view.camera.to_photo(QPointF(place)), view.camera.zoom
    turn_wheel(view, place, steps, modifiers)
    after = view.camera.to_photo(QPointF(place))
    assert view.camera.zoom == pytest.approx(zoom * 1.25**steps)
    assert (after - before).manhattanLength() <= 1.0 / view.camera.zoom + 1e-6


def test_there_is_an_end_to_zooming(view, at):
    turn_wheel(view, at(300, 200), 60)
    assert view.camera.zoom == 32
    turn_wheel(view, at(300, 200), -90)
    assert view.camera.zoom >= 0.2


def test_fit_shows_the_whole_photo_and_follows_the_window(view, qtbot):
    view.camera.zoom_by(5)
    view.fit()
    assert view.viewport().rect().toRectF().contains(view.camera.photo_on_screen())
    view.resize(600, 500)
    assert view.viewport().rect().toRectF().contains(view.camera.photo_on_screen())
    view.actual_size()
    assert view.camera.zoom == pytest.approx(1.0)


@pytest.mark.parametrize("how", ["middle", "hand"])
def test_panning_moves_the_photo_by_what_the_pointer_moves(view, session, at, how):
    view.camera.zoom_by(3)
    if how == "hand":
        view.set_tool(Tool.HAND)
    before = view.camera.photo_on_screen()
    drag(view, QPoint(300, 300), QPoint(340, 270), button=MIDDLE if how == "middle" else LEFT)
    assert view.camera.photo_on_screen().topLeft() - before.topLeft() == QPointF(40, -30)
    assert view.camera.photo_on_screen().size() == before.size()


def test_a_photo_cannot_be_lost_by_panning(view):
    view.camera.zoom_by(2)
    view.camera.pan(1e5, 1e5)
    shown = view.camera.photo_on_screen().intersected(view.viewport().rect().toRectF())
    assert shown.width() >= 40
    assert shown.height() >= 40


def test_a_tap_on_space_is_photo_done_and_a_drag_with_it_pans(view, session):
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert len(session.called("photo_done")) == 1
    view.camera.zoom_by(3)
    before = view.camera.photo_on_screen().topLeft()
    QTest.keyPress(view, Qt.Key.Key_Space)
    drag(view, QPoint(300, 300), QPoint(330, 300))
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert view.camera.photo_on_screen().topLeft() - before == QPointF(30, 0)
    assert len(session.called("photo_done")) == 1


def test_space_held_without_a_drag_decides_nothing(view, session):
    QTest.keyPress(view, Qt.Key.Key_Space)
    QTest.qWait(230)
    QTest.keyRelease(view, Qt.Key.Key_Space)
    assert not session.called("photo_done")


def test_b_held_shows_the_bare_photo(view, session):
    session.set_boxes(FIRST, selected_id=1)
    assert len(view.layers.candidates()) == 1
    QTest.keyPress(view, Qt.Key.Key_B)
    assert view.layers.candidates() == []
    assert view.layers.selected_area() is None
    assert not view.floats.answer.isVisible()
    QTest.keyRelease(view, Qt.Key.Key_B)
    assert len(view.layers.candidates()) == 1
    assert view.floats.answer.isVisible()


def test_rejected_boxes_are_hidden_until_shown_or_pointed_at(view, session):
    session.set_boxes(BoxRow(5, 1, FIRST.box, BoxState.REJECTED), selected_id=-1)
    assert view.layers.candidates() == []
    session.hovered_changed.emit(5)
    assert [each.id for each in view.layers.candidates()] == [5]
    session.hovered_changed.emit(-1)
    assert view.layers.candidates() == []
    view.set_show_rejected(show=True)
    assert [each.id for each in view.layers.candidates()] == [5]


def test_the_canvas_says_in_words_what_is_selected(view, session):
    session.set_boxes(FIRST, SECOND, selected_id=1)
    assert view.accessibleDescription() == "motorcycle, proposed, 0.94, box 1 of 2"
    session.select(-1)
    assert view.accessibleDescription() == "2 boxes"
