"""Boxes copied, doubled, kept from the photo before and snapped; what helps the eye changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from app.acts.hands import KEPT
from app.box_clipboard import CarriedBox
from app.canvas.photo_item import lit
from app.canvas.tools import Tool
from app.main_window import MainWindow
from app.settings import Settings
from engine.dataset.project_records import BoxState
from engine.geometry import Box, iou
from support.sessions import ToldSession, kept, wait_for_proposal


@pytest.fixture
def window(qtbot: QtBot, three: ToldSession) -> MainWindow:
    made = MainWindow(three, Settings())
    qtbot.addWidget(made)
    made.resize(1300, 900)
    made.show()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: three.pixels is not None)
    return made


def _seen(panel: QWidget) -> QRect:
    """Where a bar over the photo is, without its shadow."""
    return panel.contentsRect().translated(panel.pos())


def _act(window: MainWindow, name: str) -> None:
    window.actions_by_id[name].trigger()


def test_a_box_is_carried_to_another_photo(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    carried = three.boxes[0]
    _act(window, "copy")
    _act(window, "next")
    wait_for_proposal(three, qtbot)
    before = {row.id for row in three.boxes}
    _act(window, "paste")
    (added,) = [row for row in three.boxes if row.id not in before]
    assert (added.box, added.class_id, added.state) == (carried.box, carried.class_id, BoxState.DRAWN)
    assert three.selected == added
    assert three.undo_stack.undoText() == "Paste 1 box"
    _act(window, "undo")
    assert {row.id for row in three.boxes} == before


def test_a_copy_on_the_same_photo_lies_beside_its_original(window: MainWindow, three: ToldSession) -> None:
    original = three.boxes[0]
    _act(window, "duplicate")
    (first,) = kept(three)
    assert first.box != original.box
    assert first.box.width == pytest.approx(original.box.width)
    assert iou(first.box, original.box) > 0.5
    three.select(original.id)
    _act(window, "duplicate")
    assert len({row.box for row in three.boxes}) == 3


def test_boxes_follow_the_size_of_the_photo() -> None:
    carried = CarriedBox(Box(10, 20, 30, 60), 1, 100, 200)
    assert carried.on(100, 200) == Box(10, 20, 30, 60)
    assert carried.on(200, 100) == Box(20, 10, 60, 30)


def test_the_last_photos_boxes_are_kept_with_one_key(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    three.moves_on = False
    three.accept()
    three.draw(Box(4, 4, 40, 40))
    wanted = [(row.box, row.class_id) for row in kept(three)]
    assert len(wanted) == 2
    _act(window, "next")
    wait_for_proposal(three, qtbot)
    _act(window, "keep_last")
    assert [(row.box, row.class_id) for row in kept(three)] == wanted


def test_nothing_to_keep_is_said(window: MainWindow, three: ToldSession, qtbot: QtBot) -> None:
    _act(window, "next")
    wait_for_proposal(three, qtbot)
    _act(window, "keep_last")
    assert kept(three) == []
    assert "has no box that counts" in three.told.of_kind("info")[-1]


def test_a_box_snaps_to_the_component_it_covers(window: MainWindow, three: ToldSession) -> None:
    proposed = three.boxes[0].box
    three.move_or_resize(three.boxes[0].id, proposed.moved(9, -7))
    assert three.boxes[0].box != proposed
    _act(window, "snap")
    assert three.boxes[0].box == proposed
    assert three.boxes[0].state is BoxState.EDITED


def test_snapping_before_the_map_is_there_is_said(
    window: MainWindow, three: ToldSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = three.boxes
    with monkeypatch.context() as patched:
        patched.setattr(ToldSession, "heat_map", None, raising=False)
        three.clipboard.snap()
    assert "not there yet" in three.told.of_kind("info")[-1]
    assert three.boxes == before


def test_hidden_boxes_cannot_be_hit_are_told_of_and_come_back(
    window: MainWindow, three: ToldSession, qtbot: QtBot
) -> None:
    canvas = window.centre.canvas
    note = canvas.aids.hidden_note
    assert canvas.layers.candidates()
    _act(window, "hide_boxes")
    assert canvas.layers.candidates() == []
    assert not canvas.floats.answer.isVisible()
    _act(window, "next")
    wait_for_proposal(three, qtbot)
    assert note.isVisible()
    (button,) = note.findChildren(QAbstractButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert canvas.layers.candidates()
    assert canvas.floats.answer.isVisible()
    assert not note.isVisible()
    assert not window.actions_by_id["hide_boxes"].isChecked()


def test_rejected_boxes_are_shown_by_menu_and_by_act_alike(window: MainWindow, three: ToldSession) -> None:
    three.moves_on = False
    three.reject()
    canvas = window.centre.canvas
    assert canvas.layers.candidates() == []
    _act(window, "show_rejected")
    assert len(canvas.layers.candidates()) == 1
    assert canvas.floats.answer.shows_rejected
    canvas.floats.answer.rejected_toggled.emit(False)
    assert canvas.layers.candidates() == []
    assert not window.actions_by_id["show_rejected"].isChecked()


def test_the_crosshair_is_there_while_drawing_and_where_it_is_wanted(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.centre.canvas
    crosshair = canvas.aids.crosshair
    assert not crosshair.isVisible()
    canvas.set_tool(Tool.DRAW)
    assert crosshair.isVisible()
    QTest.mouseMove(canvas.viewport(), QPoint(200, 150))
    qtbot.waitUntil(lambda: crosshair.place == QPointF(200, 150))
    canvas.set_tool(Tool.SELECT)
    assert not crosshair.isVisible()
    _act(window, "crosshair")
    assert crosshair.isVisible()


def test_the_navigator_moves_what_is_seen(window: MainWindow, qtbot: QtBot) -> None:
    canvas = window.centre.canvas
    _act(window, "navigator")
    assert not canvas.aids.navigator.isVisible()  # the whole photo is in sight
    canvas.camera.zoom_by(8)
    assert canvas.aids.navigator.isVisible()
    navigator = canvas.aids.navigator
    qtbot.mouseClick(navigator, Qt.MouseButton.LeftButton, pos=QPoint(navigator.width() // 4, navigator.height() // 4))
    middle = canvas.camera.to_photo(QPointF(canvas.viewport().rect().center()))
    size = canvas.photo_size()
    assert middle.x() == pytest.approx(size.width * 0.22, abs=size.width * 0.04)
    assert middle.y() == pytest.approx(size.height * 0.21, abs=size.height * 0.05)


def test_the_answer_stands_clear_of_the_navigator(window: MainWindow, three: ToldSession) -> None:
    canvas = window.centre.canvas
    _act(window, "navigator")
    canvas.camera.zoom_by(3)
    navigator, answer = canvas.aids.navigator, canvas.floats.answer
    port = canvas.viewport().rect()
    place = QPointF(navigator.geometry().center())
    low = canvas.camera.to_photo(place)
    selected = three.selected
    assert selected is not None
    three.move_or_resize(selected.id, Box(low.x() - 30, low.y() - 30, low.x() - 5, low.y() - 20))
    assert answer.isVisible()
    assert not _seen(answer).intersects(_seen(navigator))
    assert port.contains(answer.geometry())


def test_what_was_switched_on_for_the_eye_is_on_again_in_the_next_window(
    window: MainWindow, three: ToldSession, qtbot: QtBot
) -> None:
    for name in ("crosshair", "hold_view"):
        _act(window, name)
    other = MainWindow(three, Settings())
    qtbot.addWidget(other)
    assert [other.actions_by_id[name].isChecked() for name in KEPT] == [True, False, True]
    assert other.centre.canvas.camera.holds
    other.actions_by_id["hold_view"].trigger()
    assert not other.centre.canvas.camera.holds
    assert Settings().canvas_aids == {"crosshair"}


def test_light_changes_what_is_shown_and_never_the_pixels(window: MainWindow, three: ToldSession) -> None:
    canvas = window.centre.canvas
    assert three.pixels is not None
    before, pixels = canvas.grab().toImage(), three.pixels.copy()
    _act(window, "light")
    canvas.aids.light.brightness.setValue(80)
    canvas.aids.light.hide()
    assert canvas.grab().toImage() != before
    assert np.array_equal(three.pixels, pixels)
    canvas.aids.light.reset()
    assert canvas.grab().toImage() == before


def test_light_is_the_plain_formula() -> None:
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    expected = np.clip(np.round((pixels.astype(float) - 127.5) * 3**0.5 + 127.5 + 0.2 * 127.5), 0, 255)
    assert np.abs(lit(pixels, 0.2, 0.5).astype(float) - expected).max() <= 1
    assert np.array_equal(lit(pixels, 0.0, 0.0), pixels)


def test_the_clipboard_is_empty_after_the_folder_is_closed(three: ToldSession, tmp_path: Path) -> None:
    three.clipboard.copy()
    assert not three.clipboard.is_empty
    three.close()
    assert three.clipboard.is_empty
