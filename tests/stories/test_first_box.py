"""Story: a folder is opened, the photo is there at once, its box comes later, and the panel tells why it is there."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.panels.tiles import HOVER_MS
from engine.dataset.project_records import BoxState
from engine.geometry import Box, iou
from engine.localization.localizer import Localizer
from support.person import Person
from support.sessions import OBJECTS, states, write_photos


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """While it is shut, the model looks and looks."""
    opened = threading.Event()
    look = Localizer.look

    def look_later(self: Localizer, *given, **named):
        opened.wait(10)
        return look(self, *given, **named)

    monkeypatch.setattr(Localizer, "look", look_later)
    yield opened
    opened.set()


def test_the_photo_comes_first_and_can_be_drawn_on_before_its_box_is_there(
    person: Person, gate: threading.Event, tmp_path: Path
) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.wait_for_photo("photo_0.png")
    assert session.boxes == ()
    assert "Waiting for its map" in person.window.evidence.threshold.plot._note
    person.press(Qt.Key.Key_W)
    by_hand = Box(200, 20, 260, 60)
    person.drag(by_hand)
    assert states(session) == [BoxState.DRAWN]
    gate.set()
    person.wait_until(lambda: session.heat_map is not None)
    assert session.boxes[0].state is BoxState.DRAWN


def test_the_panel_tells_why_the_box_is_where_it_is(person: Person, tmp_path: Path) -> None:
    session, panel = person.session, person.window.evidence
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    proposed = person.see_proposal()
    assert iou(proposed.box, OBJECTS[0]) > 0.8
    assert [tile.name for tile in panel.tiles.tiles] == list(session.map_views[1:])
    assert panel.threshold.plot.value == session.threshold
    assert "bright" in [row.score.name for row in panel.scores.rows if row.score is not None]
    assert panel.boxes.rows[0].selected
    assert "proposed" in panel.boxes.rows[0].accessibleName()

    kept = session.map_view
    other = next(tile for tile in panel.tiles.tiles if tile.name != kept)
    _hover(other, enters=True)
    assert session.map_view == kept
    person.wait_until(lambda: session.map_view == other.name)
    _hover(other, enters=False)
    person.wait_until(lambda: session.map_view == kept)
    QTest.mouseClick(other, Qt.MouseButton.LeftButton)
    _hover(other, enters=False)
    QTest.qWait(2 * HOVER_MS)
    assert session.map_view == other.name


def test_a_click_on_a_score_changes_class_and_map_at_once(person: Person, tmp_path: Path) -> None:
    session = person.session
    person.open_folder(write_photos(tmp_path / "photos"), photos=3)
    person.see_proposal()
    before = session.heat_map
    row = next(each for each in person.window.evidence.scores.rows if each.score and each.score.name == "red")
    QTest.mouseClick(row, Qt.MouseButton.LeftButton)
    named = {each.id: each.name for each in session.classes}
    assert [named[box.class_id] for box in session.boxes] == ["red"]
    assert session.heat_map is not before
    person.press(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [named[box.class_id] for box in session.boxes] == ["bright"]


def _hover(tile, *, enters: bool) -> None:
    middle = QPointF(tile.rect().center())
    if enters:
        QApplication.sendEvent(tile, QEnterEvent(middle, middle, QPointF(tile.mapToGlobal(QPoint(3, 3)))))
    else:
        QApplication.sendEvent(tile, QEvent(QEvent.Type.Leave))
