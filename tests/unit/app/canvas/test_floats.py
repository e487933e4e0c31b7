"""The bars over the photo: when they are there, where they stand, what they ask for."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from app.canvas.class_menu import matching
from app.canvas.tools import Tool
from app.widgets import Button
from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import Box
from support.canvas_hands import ALT, FIRST, LEFT, NONE, SECOND, drag, turn_wheel
from support.fake_canvas_session import SmallHeatMap, bump


@pytest.fixture
def looked(view, session):
    """The canvas with a photo that has a map."""
    photo = np.full((400, 600, 3), 90, np.uint8)
    session.show(photo, SmallHeatMap(bump(104, 156), 600, 400))
    return view


def box_on_screen(view) -> QRect:
    return view.camera.to_screen(view.layers.selected_area()).toRect()


def test_the_answer_bar_stands_twelve_pixels_below_the_box(view, session):
    session.set_boxes(FIRST, selected_id=1)
    panel = view.floats.answer.geometry().marginsRemoved(view.floats.answer.contentsMargins())
    box = box_on_screen(view)
    assert panel.top() - box.bottom() == pytest.approx(12, abs=2)
    assert panel.center().x() == pytest.approx(box.center().x(), abs=2)


@pytest.mark.parametrize("box", [Box(0, 0, 600, 400), Box(560, 380, 600, 400), Box(0, 200, 30, 400)])
@pytest.mark.parametrize("zoom", [1.0, 3.0])
def test_the_answer_bar_is_always_whole_on_the_canvas_and_clear_of_the_zoom(view, session, box, zoom):
    session.set_boxes(BoxRow(1, 1, box, BoxState.PROPOSED, 0.9), selected_id=1)
    view.camera.zoom_at(QPointF(450, 350), zoom)
    bar = view.floats.answer.geometry()
    assert view.viewport().rect().contains(bar)
    assert not bar.marginsRemoved(view.floats.answer.contentsMargins()).intersects(
        view.floats.zoom.geometry().marginsRemoved(view.floats.zoom.contentsMargins())
    )


def test_the_answer_bar_hides_while_dragging_and_comes_back(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    QTest.mousePress(view.viewport(), LEFT, NONE, at(200, 180))
    QTest.mouseMove(view.viewport(), at(240, 200))
    assert not view.floats.answer.isVisible()
    assert view.floats.read_out.isVisible()
    assert view.floats.read_out.words == ("200 × 150 px",)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, at(240, 200))
    assert view.floats.answer.isVisible()
    assert not view.floats.read_out.isVisible()


def test_accept_and_reject_ask_the_session(view, session):
    session.set_boxes(FIRST, selected_id=1)
    QTest.mouseClick(view.floats.answer.accept, LEFT)
    QTest.mouseClick(view.floats.answer.reject, LEFT)
    assert session.called("accept") == [(None,)]
    assert session.called("reject") == [(None,)]


def test_a_decided_box_is_not_offered_for_accepting(view, session):
    session.set_boxes(FIRST, SECOND, selected_id=2)
    assert not view.floats.answer.accept.isVisible()
    session.select(1)
    assert view.floats.answer.accept.isVisible()


def test_every_button_over_the_photo_has_a_name_and_leaves_the_keyboard_to_the_photo(looked):
    buttons = looked.viewport().findChildren(Button)
    assert len(buttons) > 10
    for button in buttons:
        assert button.accessibleName()
        assert button.focusPolicy() == Qt.FocusPolicy.NoFocus


def test_bars_near_the_drawing_fade_and_come_back(view, at):
    view.set_tool(Tool.DRAW)
    tools = view.floats.tools.geometry()
    QTest.mousePress(view.viewport(), LEFT, NONE, at(300, 200))
    QTest.mouseMove(view.viewport(), at(200, 150))
    assert view.floats.tools.graphicsEffect() is None
    QTest.mouseMove(view.viewport(), tools.center() + QPoint(4, 0))
    effect = view.floats.tools.graphicsEffect()
    assert effect is not None
    assert effect.opacity() == pytest.approx(0.3)
    QTest.mouseRelease(view.viewport(), LEFT, NONE, tools.center())
    assert view.floats.tools.graphicsEffect() is None


# The class field.


def test_the_class_field_changes_the_class_by_typing(view, session):
    session.set_boxes(FIRST, selected_id=1)
    view.open_class_menu()
    field = view.floats.classes.field
    assert field.hasFocus()
    QTest.keyClicks(field, "cu")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert session.called("set_class") == [(1, "cup")]
    assert not view.floats.classes.isVisible()
    assert view.hasFocus()


def test_the_class_field_makes_a_new_class(view, session):
    session.set_boxes(FIRST, selected_id=1)
    view.open_class_menu()
    QTest.keyClicks(view.floats.classes.field, "  Sea lion ")
    QTest.keyClick(view.floats.classes.field, Qt.Key.Key_Return)
    assert session.called("set_class") == [(1, "Sea lion")]


def test_escape_leaves_the_class_field_and_only_that(view, session):
    session.set_boxes(FIRST, selected_id=1)
    view.open_class_menu()
    QTest.keyClick(view.floats.classes.field, Qt.Key.Key_Escape)
    assert not view.floats.classes.isVisible()
    assert session.selected is not None
    assert not session.called("set_class")


def test_letters_act_on_the_photo_but_not_while_typing_a_class(view, session, qtbot):
    fired: list[str] = []
    for keys in ("Y", "N", "D", "C", "1", "Space", "Del"):
        action = QAction(keys, view)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda _=False, keys=keys: fired.append(keys))
        view.addAction(action)
    session.set_boxes(FIRST, selected_id=1)
    view.activateWindow()
    view.setFocus()
    qtbot.waitUntil(view.hasFocus)
    QTest.keyClicks(view, "yn")
    assert fired == ["Y", "N"]
    view.open_class_menu()
    field = view.floats.classes.field
    QTest.keyClicks(field, "candy 1")
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert fired == ["Y", "N"]
    assert field.text() == "candy 1"
    assert not session.called("photo_done")


def test_classes_that_begin_with_the_typed_text_come_first(session):
    assert [row.name for row in matching(session.classes, "c")] == ["cat", "cup", "motorcycle"]
    assert [row.name for row in matching(session.classes, " PERS")] == ["person"]


# The threshold in motion.


def test_a_threshold_drag_shows_the_box_before_and_the_figures(looked, session):
    start = session.selected.box
    session.begin_threshold_drag()
    for threshold in (0.4, 0.5, 0.57):
        session.set_threshold(threshold, True)
    assert looked.layers.ghost.isVisible()
    assert looked.layers.ghost.area().getRect() == pytest.approx((start.x0, start.y0, start.width, start.height))
    now = session.selected.box
    assert looked.floats.read_out.isVisible()
    assert looked.floats.read_out.words == (
        "threshold 0.57",
        f"box {round(now.width)} × {round(now.height)} px",
        f"{now.area / start.area * 100:.0f} % of before",
    )
    assert not looked.floats.answer.isVisible()
    session.end_threshold_drag()
    assert not looked.layers.ghost.isVisible()
    assert not looked.floats.read_out.isVisible()
    assert looked.floats.answer.isVisible()


def test_the_contour_drawn_touches_the_box_drawn_at_every_threshold(looked, session):
    session.begin_threshold_drag()
    for threshold in np.linspace(0.1, 0.9, 17):
        session.set_threshold(float(threshold), True)
        area, line = looked.layers.selected_area(), looked.layers.contour.outline().boundingRect()
        assert line.getRect() == pytest.approx(area.getRect(), abs=1e-6)


def test_escape_cancels_a_threshold_drag(looked, session):
    session.begin_threshold_drag()
    session.set_threshold(0.6, True)
    QTest.keyClick(looked, Qt.Key.Key_Escape)
    assert session.called("cancel_threshold_drag") == [()]
    assert session.threshold == 0.34
    assert not looked.layers.ghost.isVisible()


def test_alt_and_wheel_move_the_threshold_and_let_go_after_a_rest(looked, session, at, qtbot):
    zoom = looked.camera.zoom
    turn_wheel(looked, at(300, 200), 1, ALT)
    turn_wheel(looked, at(300, 200), 2, ALT)
    assert session.threshold == pytest.approx(0.37)
    assert looked.camera.zoom == zoom
    assert session.called("begin_threshold_drag") == [()]
    qtbot.waitUntil(lambda: session.called("end_threshold_drag") == [()], timeout=2000)


# Waiting, no box, nothing to show.


def test_a_look_under_way_is_told_and_ends_with_the_map(view, session):
    session.look_progress.emit(1, "384", 2, 3)
    assert view.floats.looking.isVisible()
    assert view.floats.looking.title.text() == "Looking at 384"
    session.heat_map = SmallHeatMap(bump(104, 156), 600, 400)
    session.evidence_ready.emit(1)
    assert not view.floats.looking.isVisible()


def test_photos_of_a_new_class_are_told_before_the_look(view, session):
    session.anchor_progress.emit(1, "gizmo", 3, 16)
    looking = view.floats.looking
    assert looking.isVisible()
    assert looking.title.text() == "Finding what gizmo looks like"
    assert looking.text.text() == "4 of 16 photos"
    session.look_progress.emit(1, "224", 0, 3)
    assert looking.title.text() == "Looking at 224"
    session.anchor_progress.emit(1, "a class with a very long name that nobody would type", 0, 1)
    assert "…" in looking.title.text()
    assert looking.text.text() == ""
    assert looking.width() <= view.viewport().width()


def test_all_boxes_can_be_accepted_at_once_where_there_are_several(view, session):
    session.set_boxes(FIRST, selected_id=1)
    view.floats.answer.open_more(view.mapToGlobal(view.rect().center()))
    assert not [text for text in menu_texts(view) if "Accept all" in text]
    session.set_boxes(FIRST, replace(FIRST, id=2), replace(FIRST, id=3, state=BoxState.ACCEPTED), selected_id=1)
    view.floats.answer.open_more(view.mapToGlobal(view.rect().center()))
    assert "Accept all boxes\t⇧Y" in menu_texts(view)


def menu_texts(view) -> list[str]:
    """The words of the menu opened last; closes it."""
    menu = view.floats.answer.findChildren(QMenu)[-1]
    texts = [action.text() for action in menu.actions()]
    menu.close()
    return texts


def test_a_look_at_another_photo_is_not_told(view, session):
    session.look_progress.emit(77, "384", 2, 3)
    assert not view.floats.looking.isVisible()


def small_spot() -> SmallHeatMap:
    values = bump(104, 156) * np.float32(0.3)
    values[40:48, 60:70] += np.float32(0.7)
    return SmallHeatMap((values / values.max()).astype(np.float32), 600, 400)


def test_too_small_a_box_is_explained_and_another_threshold_offered(view, session):
    session.threshold, session.place_class_id = 0.6, 3
    session.show(np.zeros((400, 600, 3), np.uint8), small_spot())
    bar = view.floats.no_box
    assert bar.isVisible()
    assert bar.title.text() == "Too small to box at 0.60"
    assert bar.text.text() == "0.5 % of the photo; least size 1 %"
    assert bar.none.text() == "No cup here"
    QTest.mouseClick(bar.use, LEFT)
    offered = session.called("set_threshold")[0][0]
    assert bar.use.text() == f"Use {offered:.2f}"
    assert session.heat_map.boxes(offered)
    assert not bar.isVisible()


def test_draw_in_the_bar_takes_the_tool(view, session):
    session.threshold = 0.6
    session.show(np.zeros((400, 600, 3), np.uint8), small_spot())
    QTest.mouseClick(view.floats.no_box.draw, LEFT)
    assert view.hands.tool is Tool.DRAW
    assert view.floats.tools.buttons[Tool.DRAW].isChecked()
    QTest.mouseClick(view.floats.no_box.none, LEFT)
    assert session.called("photo_done") == [()]


def test_a_photo_that_cannot_be_read_gives_its_place_to_the_reason(view, session):
    session.show_page("unreadable", "scan_0040.tif is cut off after 1.2 MB.")
    notice = view.floats.notice
    assert notice.isVisible()
    assert notice.text.text() == "scan_0040.tif is cut off after 1.2 MB."
    assert view.layers.photo.boundingRect().isEmpty()
    assert not view.floats.tools.isVisible()
    session.show_page("photo")
    assert not notice.isVisible()
    assert not view.layers.photo.boundingRect().isEmpty()


def test_the_end_of_the_work_asks_the_window_for_export(view, session, qtbot):
    session.known_counts = {}
    session.show_page("finished", "3.1 s a photo.")
    export = next(each for each in view.floats.notice.findChildren(Button) if each.text() == "Export")
    with qtbot.waitSignal(view.asked) as asked:
        QTest.mouseClick(export, LEFT)
    assert asked.args == ["export"]


def test_the_zoom_bar_tells_and_sets_the_zoom(view):
    QTest.mouseClick(view.floats.zoom.figure, LEFT)
    assert view.floats.zoom.figure.text() == "100 %"
    QTest.mouseClick(view.floats.zoom.into, LEFT)
    assert view.floats.zoom.figure.text() == "125 %"
    QTest.mouseClick(view.floats.zoom.fit, LEFT)
    assert view.camera.fitted


def test_a_drag_on_the_canvas_leaves_no_modal_window(view, session, at):
    session.set_boxes(FIRST, selected_id=1)
    drag(view, at(200, 180), at(230, 200))
    assert QApplication.activeModalWidget() is None
