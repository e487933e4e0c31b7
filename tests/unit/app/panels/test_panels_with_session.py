"""The panels on a real session with a tiny model: what they show is what the project holds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from app.panels.evidence import EvidencePanel
from app.panels.photo_list import PhotoListPanel
from engine.dataset.project_records import PhotoState
from support.sessions import ToldSession

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def photo_list(qtbot: QtBot, three: ToldSession) -> Iterator[PhotoListPanel]:
    panel = PhotoListPanel(three)
    qtbot.addWidget(panel)
    panel.resize(312, 600)
    panel.show()
    yield panel
    panel.close_workers()


@pytest.fixture
def evidence(qtbot: QtBot, three: ToldSession) -> EvidencePanel:
    panel = EvidencePanel(three)
    qtbot.addWidget(panel)
    panel.resize(344, 900)
    panel.show()
    return panel


def test_the_list_shows_the_folder_and_follows_decisions(qtbot, three, photo_list):
    assert photo_list.head._title.text() == "photos"
    assert photo_list.model.rowCount() == 3
    qtbot.waitUntil(lambda: photo_list.thumbnails.thumbnail(three.rows[0].id) is not None, timeout=5000)
    three.photo_done()
    assert photo_list.model.photo_at(0).state is PhotoState.REVIEWED
    qtbot.waitUntil(lambda: photo_list.head._figures.text() == "1 / 3", timeout=2000)
    assert photo_list.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole).endswith("Accepted")
    three.undo_stack.undo()
    assert photo_list.model.photo_at(0).state is PhotoState.PROPOSED


def test_a_click_in_the_list_changes_the_photo(qtbot, three, photo_list):
    where = photo_list.view.visualRect(photo_list.model.index(2)).center()
    qtbot.mouseClick(photo_list.view.viewport(), LEFT, pos=where)
    assert three.current is not None
    assert three.current.path == "photo_2.png"


def test_the_filter_and_the_search_are_the_sessions(qtbot, three, photo_list):
    photo_list.head.search.setText("photo_1")
    qtbot.waitUntil(lambda: photo_list.model.rowCount() == 1, timeout=2000)
    photo_list.head.choose(PhotoState.SKIPPED)
    assert photo_list.model.rowCount() == 0
    assert photo_list.empty.isVisible()
    photo_list.head.clear_filter()
    assert photo_list.model.rowCount() == 3


def test_a_drag_moves_the_box_and_is_stored_at_its_end(qtbot, three, evidence):
    plot = evidence.threshold.plot
    assert plot.value == three.threshold
    assert [tile.name for tile in evidence.tiles.tiles] == list(three.map_views[1:])
    before = three.boxes[0].box

    def at(threshold: float) -> QPoint:
        return QPoint(round(plot.x_of(threshold)), 90)

    qtbot.mousePress(plot.viewport(), LEFT, pos=at(0.95))
    assert three.threshold == pytest.approx(0.95, abs=0.02)
    assert three.boxes[0].box != before
    qtbot.keyClick(plot, Qt.Key.Key_Escape)
    assert three.boxes[0].box == before
    qtbot.mouseRelease(plot.viewport(), LEFT, pos=at(0.95))

    qtbot.mouseClick(plot.viewport(), LEFT, pos=at(0.95))
    assert three.project is not None
    assert three.current is not None
    stored = three.project.content(three.current.id).boxes[0]
    assert stored.box == three.boxes[0].box != before
    assert stored.threshold == three.threshold


def test_a_class_chosen_in_the_panel_becomes_the_boxs_class(qtbot, three, evidence):
    second = evidence.scores.rows[1]
    wanted = second.score.name
    qtbot.mouseClick(second, LEFT)
    names = {row.id: row.name for row in three.classes}
    assert names[three.boxes[0].class_id] == wanted
    assert evidence.boxes.rows[0].accessibleName().startswith(wanted)


def test_closing_the_folder_empties_both_panels(qtbot, three, photo_list, evidence):
    three.close()
    assert photo_list.model.rowCount() == 0
    assert photo_list.empty.isVisible()
    assert evidence.boxes.rows == ()
    assert not any(tile.isEnabled() for tile in evidence.tiles.tiles)
