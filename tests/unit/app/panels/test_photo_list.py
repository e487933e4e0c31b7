from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from app.panels.photo_list import PhotoListPanel
from app.panels.photo_list_head import short_count
from app.theme.palette import theme
from engine.dataset.project_records import BoxRow, BoxState, PhotoState
from engine.geometry import Box
from support.fake_session import FakeSession, photo_row

LEFT = Qt.MouseButton.LeftButton
STATES = (
    PhotoState.PROPOSED,
    PhotoState.PROPOSED,
    PhotoState.PROPOSED,
    PhotoState.REVIEWED,
    PhotoState.SKIPPED,
    PhotoState.FAILED,
)


@pytest.fixture
def session(qapp, tmp_path: Path) -> FakeSession:
    return FakeSession([photo_row(n, state=STATES[n % 6], path=f"photo_{n}.jpg") for n in range(60)], tmp_path)


@pytest.fixture
def panel(qtbot, session):
    found = PhotoListPanel(session)
    qtbot.addWidget(found)
    found.resize(312, 700)
    with qtbot.waitExposed(found):
        found.show()
    yield found
    found.close_workers()


def shown(panel) -> list[int]:
    return [panel.model.photo_at(place).id for place in range(panel.model.rowCount())]


def click_row(qtbot, panel, place):
    where = panel.view.visualRect(panel.model.index(place)).center()
    qtbot.mouseClick(panel.view.viewport(), LEFT, pos=where)


def test_a_click_goes_to_the_photo_and_leaves_the_focus_where_it_was(qtbot, panel, session):
    canvas = QLineEdit(panel)
    canvas.show()
    canvas.setFocus()
    click_row(qtbot, panel, 3)
    assert session.called("go_to") == [(3,)]
    assert canvas.hasFocus()


def test_the_current_photo_is_followed_without_going_there_again(panel, session):
    session.go_to(41)
    assert session.called("go_to") == [(41,)]
    assert panel.view.currentIndex().row() == 41
    assert panel.view.viewport().rect().intersects(panel.view.visualRect(panel.view.currentIndex()))


def test_a_click_moves_no_row_and_a_step_shows_what_comes_next(qtbot, panel, session):
    last = panel.view.indexAt(panel.view.viewport().rect().bottomLeft()).row() - 1
    click_row(qtbot, panel, last)
    assert panel.view.verticalScrollBar().value() == 0
    session.go_to(last)
    session.go_to(30)
    shown_area = panel.view.viewport().rect()
    assert shown_area.contains(panel.view.visualRect(panel.model.index(30)))
    assert shown_area.contains(panel.view.visualRect(panel.model.index(32)))


def test_the_current_photo_stays_in_sight_when_rows_become_lower(qtbot, panel, session):
    session.go_to(50)
    panel.set_compact(True)
    panel.resize(200, 400)
    qtbot.waitUntil(
        lambda: panel.view.viewport().rect().intersects(panel.view.visualRect(panel.model.index(50))), timeout=1000
    )


def test_arrow_keys_walk_when_the_list_has_the_focus(qtbot, panel, session):
    session.go_to(5)
    panel.view.setFocus()
    qtbot.keyClick(panel.view, Qt.Key.Key_Down)
    assert session.called("go_to")[-1] == (6,)


def test_chips_count_and_filter(qtbot, panel, session):
    assert panel.head.chip(PhotoState.PROPOSED).text() == "30"
    assert panel.head.chip(PhotoState.REVIEWED).text() == "10"
    qtbot.mouseClick(panel.head.chip(PhotoState.FAILED), LEFT)
    assert session.called("set_filter")[-1] == (PhotoState.FAILED, "")
    assert shown(panel) == [n for n in range(60) if n % 6 == 5]
    assert panel.head._line.text().startswith("Failed · ")
    assert panel.head.chip(PhotoState.FAILED).accessibleName() == "Failed, 10"


def test_typing_filters_after_a_pause_and_return_gives_the_focus_back(qtbot, panel, session):
    panel.focus_search()
    with qtbot.waitSignal(panel.typing_ended):
        qtbot.keyClicks(panel.head.search, "photo_12")
        qtbot.keyClick(panel.head.search, Qt.Key.Key_Return)
    assert session.called("set_filter")[-1] == (None, "photo_12")
    assert shown(panel) == [12]


def test_escape_empties_the_field_before_it_leaves_it(qtbot, panel):
    ended = []
    panel.typing_ended.connect(lambda: ended.append(True))
    qtbot.keyClicks(panel.head.search, "x")
    qtbot.keyClick(panel.head.search, Qt.Key.Key_Escape)
    assert panel.head.search.text() == ""
    assert not ended
    qtbot.keyClick(panel.head.search, Qt.Key.Key_Escape)
    assert ended


def test_a_filter_without_photos_says_so_and_can_be_cleared(qtbot, panel, session):
    qtbot.mouseClick(panel.head.chip(PhotoState.PROPOSED), LEFT)
    qtbot.keyClicks(panel.head.search, "camera")
    qtbot.waitUntil(lambda: panel.empty.isVisible(), timeout=2000)
    assert panel.empty.sentence == "No photo matches <i>camera</i>, <i>to review</i>."
    qtbot.mouseClick(panel.empty.clear, LEFT)
    assert len(shown(panel)) == 60
    assert panel.view.isVisible()


def test_an_empty_folder_says_what_is_read(qtbot, session):
    empty = PhotoListPanel(FakeSession())  # type: ignore[arg-type]
    qtbot.addWidget(empty)
    assert empty.empty.sentence.startswith("No photo here yet")
    assert not empty.empty.clear.isVisibleTo(empty)
    empty.close_workers()


def test_searched_text_is_not_read_as_markup(qtbot, panel):
    panel.head.search.setText("<b>x")
    qtbot.waitUntil(lambda: panel.empty.isVisible(), timeout=2000)
    assert "&lt;b&gt;x" in panel.empty.sentence


def test_a_decided_photo_stays_where_it_is(panel, session):
    before = shown(panel)
    session.change(replace(session.rows[2], state=PhotoState.REVIEWED))
    assert shown(panel) == before
    assert panel.model.photo_at(2).state is PhotoState.REVIEWED


def test_a_changed_photo_shows_its_new_boxes_at_once(qtbot, panel, session):
    qtbot.waitUntil(lambda: panel.model.knows_boxes(2), timeout=2000)
    session.known_boxes[2] = (BoxRow(1, 4, Box(0, 0, 9, 9), BoxState.EDITED),)
    session.change(replace(session.rows[2], state=PhotoState.REVIEWED))
    assert "Accepted after edit" in panel.model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)


def test_the_order_is_said_as_the_session_sorts(qtbot, panel):
    assert panel.head._line.text() == "All photos · by name"
    qtbot.mouseClick(panel.head.chip(PhotoState.PROPOSED), LEFT)
    assert panel.head._line.text() == "To review · most in need first"


def test_scanned_photos_do_not_move_the_rows_in_sight(qtbot, panel, session):
    panel.view.verticalScrollBar().setValue(20 * 64)
    top = panel.view.indexAt(panel.view.viewport().rect().topLeft()).row()
    session.add([photo_row(n) for n in range(60, 5000)])
    assert panel.model.rowCount() == 5000
    assert panel.view.indexAt(panel.view.viewport().rect().topLeft()).row() == top


def test_hundred_thousand_photos_scroll_in_frames_below_fifty_milliseconds(qtbot, panel, session):
    session.add([photo_row(n) for n in range(60, 100_000)])
    qtbot.wait(50)
    bar = panel.view.verticalScrollBar()
    slowest_s = 0.0
    for step in range(1, 20):
        # The thread's own time: what else runs on the machine does not count.
        start_s = time.thread_time()
        bar.setValue(bar.maximum() * step // 20)
        panel.view.viewport().repaint()
        slowest_s = max(slowest_s, time.thread_time() - start_s)
    assert slowest_s < 0.05


def test_boxes_and_thumbnails_are_asked_for_rows_in_sight_only(qtbot, session, tmp_path):
    for n in range(60):
        cv2.imwrite(str(tmp_path / f"photo_{n}.jpg"), np.full((48, 64, 3), 128, np.uint8))
    session.known_boxes[0] = (BoxRow(1, 1, Box(6, 6, 58, 42), BoxState.ACCEPTED, 0.9),)
    panel = PhotoListPanel(session)
    qtbot.addWidget(panel)
    panel.resize(312, 500)
    panel.show()
    qtbot.waitUntil(lambda: panel.thumbnails.thumbnail(0) is not None, timeout=5000)
    asked = {photo_id for (photo_id,) in session.called("boxes_of")}
    assert 0 in asked
    assert max(asked) < 25

    panel.view.repaint()
    image = panel.view.viewport().grab().toImage()
    row = panel.view.visualRect(panel.model.index(0))
    thumbnail = panel.thumbnails.thumbnail(0)
    assert thumbnail is not None
    line = thumbnail.framing.place(Box(6, 6, 58, 42))
    colours = {
        image.pixelColor(row.left() + 16 + round(line.left()) + offset, row.top() + 30).name()
        for offset in range(-1, 4)
    }
    assert "#2bc6ff" in colours
    panel.close_workers()


def test_compact_rows_are_lower_and_one_chip_holds_the_filter(qtbot, panel):
    panel.set_compact(True)
    panel.resize(200, 500)
    qtbot.wait(20)
    assert panel.view.visualRect(panel.model.index(0)).height() == 56
    assert not panel.head.chip(PhotoState.PROPOSED).isVisible()
    assert panel.head._folded.text() == "All photos 60"
    assert panel.head.minimumSizeHint().width() <= 200


def test_chips_fold_where_they_have_no_room(qtbot, panel):
    assert panel.head.chip(PhotoState.PROPOSED).isVisible()
    assert panel.minimumSizeHint().width() <= 220
    panel.resize(220, 500)
    qtbot.wait(20)
    assert not panel.head.chip(PhotoState.PROPOSED).isVisible()
    assert panel.head._folded.isVisible()


def test_counts_fit_their_chips():
    assert [short_count(n) for n in (0, 861, 1204, 9999, 12_345, 100_000)] == [
        "0",
        "861",
        "1,204",
        "9,999",
        "12k",
        "100k",
    ]


def test_the_foot_says_what_was_done_today(panel):
    assert panel.foot._line.text() == "Today 214 photos · 3.1 s each · 88 % kept"
    panel.foot.set_effort(0, 0.0, 0.0)
    assert panel.foot._line.text() == "No photo decided today yet"


def test_every_chosen_row_has_the_ground_of_what_is_chosen(qtbot, panel):
    def ground(place: int) -> str:
        rect = panel.view.visualRect(panel.model.index(place))
        return panel.view.viewport().grab(rect).toImage().pixelColor(rect.width() // 2, 3).name()

    click_row(qtbot, panel, 1)
    rect = panel.view.visualRect(panel.model.index(3))
    qtbot.mouseClick(panel.view.viewport(), LEFT, Qt.KeyboardModifier.ControlModifier, rect.center())
    assert ground(1) == ground(3) == theme().colour("soft").name()
    assert ground(0) != ground(1)
