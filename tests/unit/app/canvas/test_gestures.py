"""Gestures that save a second try: clicks through boxes in a heap, quick presses, panning, drawing in a row."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.canvas.edge_pan import pan_step
from app.canvas.tools import Tool
from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import Box
from support.canvas_hands import FIRST, LEFT, NONE, SECOND, SHIFT, drag

SMALL = BoxRow(1, 1, Box(200, 150, 300, 250), BoxState.PROPOSED, 0.9, 0.3)
MIDDLE_SIZED = BoxRow(2, 1, Box(150, 100, 350, 300), BoxState.PROPOSED, 0.8, 0.3)
LARGE = BoxRow(3, 2, Box(100, 50, 500, 350), BoxState.ACCEPTED, 0.7, 0.3)


def test_clicks_in_one_place_go_down_through_the_heap_and_round(view, session, at):
    session.set_boxes(LARGE, SMALL, MIDDLE_SIZED)
    chosen = []
    for _ in range(4):
        QTest.mouseClick(view.viewport(), LEFT, NONE, at(250, 200))
        chosen.append(session.selected.id)
    assert chosen == [1, 2, 3, 1]
    assert not session.called("move_or_resize")


def test_a_click_elsewhere_in_the_heap_begins_at_its_top(view, session, at):
    session.set_boxes(LARGE, SMALL, MIDDLE_SIZED)
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(250, 200))
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(250, 200))
    assert session.selected.id == 2
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(230, 180))
    assert session.selected.id == 1


def test_the_box_that_was_clicked_through_to_is_the_one_dragged(view, session, at):
    session.set_boxes(LARGE, SMALL, MIDDLE_SIZED)
    for _ in range(2):
        QTest.mouseClick(view.viewport(), LEFT, NONE, at(250, 200))
    drag(view, at(250, 200), at(280, 200))
    ((box_id, box, _),) = session.called("move_or_resize")
    assert box_id == 2
    assert box.x0 == pytest.approx(180, abs=1.5)
    assert session.selected.id == 2


def test_another_photo_begins_a_new_heap(view, session, at):
    session.set_boxes(LARGE, SMALL, selected_id=1)
    QTest.mouseClick(view.viewport(), LEFT, NONE, at(250, 200))
    place = at(250, 200)
    session.show(session.pixels.copy())
    session.set_boxes(LARGE, SMALL, selected_id=1)
    QTest.mouseClick(view.viewport(), LEFT, NONE, place)
    assert session.selected.id == 1


def test_the_second_of_two_quick_presses_draws_too(view, session, at):
    view.set_tool(Tool.DRAW)
    port = view.viewport()
    QTest.mouseClick(port, LEFT, NONE, at(60, 60))
    place = QPointF(at(60, 60))
    kind = QEvent.Type.MouseButtonDblClick
    QApplication.sendEvent(port, QMouseEvent(kind, place, port.mapToGlobal(place), LEFT, LEFT, NONE))
    QTest.mouseMove(port, at(160, 140))
    QTest.mouseRelease(port, LEFT, NONE, at(160, 140))
    assert len(session.called("draw")) == 1


def test_with_shift_the_tool_stays_in_hand(view, session, at):
    view.set_tool(Tool.DRAW)
    drag(view, at(20, 20), at(90, 80), modifiers=SHIFT)
    assert view.hands.tool is Tool.DRAW
    drag(view, at(120, 20), at(190, 80))
    assert view.hands.tool is Tool.SELECT
    assert len(session.called("draw")) == 2


def test_a_drag_on_the_bare_photo_pans_and_keeps_the_selection(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    view.camera.zoom_at(QPointF(at(400, 300)), 2.0)
    before = at(400, 300)
    drag(view, before, before + QPoint(-60, -40))
    assert at(400, 300) - before == QPoint(-60, -40)
    assert session.selected.id == 1
    QTest.mouseClick(view.viewport(), LEFT, NONE, before)
    assert session.selected is None


def test_a_drag_over_the_edge_moves_the_photo_on_until_it_ends(view, session, at, qtbot):
    view.camera.zoom_at(QPointF(at(300, 200)), 4.0)
    port = view.viewport()
    view.set_tool(Tool.DRAW)
    start = QPoint(port.width() // 2, port.height() // 2)
    begun_at = view.camera.to_photo(QPointF(start))
    outside = QPoint(port.width() + 80, start.y() + 40)
    QTest.mousePress(port, LEFT, NONE, start)
    QTest.mouseMove(port, outside)
    seen = view.camera.to_photo(QPointF(port.width(), 0)).x()
    qtbot.waitUntil(lambda: view.camera.to_photo(QPointF(port.width(), 0)).x() > seen + 20)
    QTest.mouseRelease(port, LEFT, NONE, outside)
    ((box, _),) = session.called("draw")
    assert box.x0 == pytest.approx(begun_at.x(), abs=1e-6)
    assert box.x1 > seen + 20
    stands = view.camera.to_photo(QPointF(0, 0))
    qtbot.wait(80)
    assert view.camera.to_photo(QPointF(0, 0)) == stands


@pytest.mark.parametrize(
    ("place", "step"),
    [
        ((50, 50), (0, 0)),
        ((-20, 50), (3, 0)),
        ((50, 140), (0, -6)),
        ((101, -1), (-1, 1)),
        ((-4000, 4000), (30, -30)),
    ],
)
def test_the_further_outside_the_faster_and_never_too_fast(place, step):
    assert pan_step(QPointF(*place), QRectF(0, 0, 100, 100)) == QPointF(*step)


def test_the_box_is_looked_at_closely_and_then_the_whole_photo_again(view, session):
    session.set_boxes(SMALL, selected_id=1)
    fitted = view.camera.zoom
    view.look_at_box()
    area = view.camera.to_screen(view.layers.selected_area())
    port = QRectF(view.viewport().rect())
    assert port.contains(area)
    assert max(area.width() / port.width(), area.height() / port.height()) > 0.5
    assert abs(area.center().y() - port.center().y()) <= 1
    view.look_at_box()
    assert view.camera.zoom == fitted
    assert view.camera.fitted


def test_a_box_panned_away_is_looked_at_again(view, session):
    session.set_boxes(SMALL, selected_id=1)
    view.look_at_box()
    close = view.camera.zoom
    view.camera.pan(40, 0)
    view.look_at_box()
    assert view.camera.zoom == close


@pytest.mark.parametrize("holds", [True, False])
def test_the_view_is_held_from_photo_to_photo_of_the_same_size_where_wanted(view, session, at, holds):
    view.camera.holds = holds
    fitted = view.camera.zoom
    view.camera.zoom_at(QPointF(at(100, 100)), 3.0)
    seen = view.camera.to_photo(QPointF(0, 0))
    session.show(session.pixels.copy())
    assert (view.camera.to_photo(QPointF(0, 0)) == seen) is holds
    assert (view.camera.zoom == fitted) is not holds
    session.show(session.pixels[:300].copy())
    assert view.camera.fitted


@pytest.mark.parametrize("size", [(1200, 800), (500, 420)])
def test_what_is_in_the_middle_stays_there_when_the_window_changes(view, at, size):
    view.camera.zoom_at(QPointF(at(400, 250)), 4.0)
    before = view.camera.to_photo(QRectF(view.viewport().rect()).center())
    view.resize(*size)
    QApplication.processEvents()
    after = view.camera.to_photo(QRectF(view.viewport().rect()).center())
    assert (after.x(), after.y()) == pytest.approx((before.x(), before.y()), abs=2 / view.camera.zoom)


def test_the_menu_is_about_the_box_under_the_pointer(view, session, at, monkeypatch):
    session.set_boxes(FIRST, SECOND, selected_id=1)
    opened = []
    monkeypatch.setattr(view.floats, "open_more_menu", lambda _: opened.append(session.selected.id))
    ask_for_menu(view, at(420, 130))
    assert opened == [2]
    ask_for_menu(view, at(20, 380))
    assert opened == [2]
    assert session.selected.id == 2
    ask_for_menu(view, at(20, 380), QContextMenuEvent.Reason.Keyboard)
    assert opened == [2, 2]


def ask_for_menu(view, place: QPoint, reason=QContextMenuEvent.Reason.Mouse) -> None:
    QApplication.sendEvent(view.viewport(), QContextMenuEvent(reason, place, view.viewport().mapToGlobal(place)))
