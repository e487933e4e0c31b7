"""The window as a whole: pages, panels and their widths, what is kept between starts, sheets and messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from app.dialogs.export import ExportSheet, report_text
from app.dialogs.shortcuts import ShortcutSheet
from app.durations import duration
from app.export_job import ExportFormat
from app.job_strip import job_words
from app.layout_rules import widths_for
from app.main_window import MainWindow
from app.session_types import JobStatus, Message
from app.settings import Settings
from app.theme.palette import apply_theme, theme
from engine.dataset.project import Project
from engine.dataset.project_records import FoundPhoto, PhotoState
from support.sessions import ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import write_tiny_model


@pytest.fixture
def window(qtbot, qapp, tiny_model: Path):
    """The window on its first page."""
    apply_theme(qapp, "dark")
    made = MainWindow(ToldSession(tiny_model))
    made.resize(1600, 1000)
    with qtbot.waitActive(made):
        made.show()
        made.activateWindow()
    yield made
    made.close()
    # Each widget that lives on is dressed again at every change of the theme.
    made.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos")


@pytest.fixture
def opened(window: MainWindow, qtbot, folder: Path) -> MainWindow:
    """The window on the first of three photos, which has its box."""
    window.acts.open_folder(folder)
    wait_for_photos(window.session, qtbot, 3)
    wait_for_proposal(window.session, qtbot)
    return window


def test_first_page_offers_a_folder_and_nothing_that_needs_one(window: MainWindow) -> None:
    assert window.centre.page is window.centre.first_run
    assert not window.photo_list.isVisible()
    assert not window.evidence.isVisible()
    assert not window.top_bar.buttons["export"].isVisible()
    assert window.top_bar.buttons["shortcuts"].isVisible()
    assert window.job_strip.words() == "Ready. Drop a folder, or press Ctrl+O."
    assert window.windowTitle() == "Moltbox"
    enabled = {name for name, action in window.actions_by_id.items() if action.isEnabled()}
    assert {"open_folder", "choose_model", "shortcuts", "quit"} <= enabled
    assert enabled.isdisjoint({"accept", "next", "export", "undo", "threshold_less", "prelabel"})


def test_opening_a_folder_shows_its_photo_and_panels(opened: MainWindow, folder: Path) -> None:
    assert opened.centre.page is opened.centre.canvas
    assert opened.photo_list.isVisible()
    assert opened.evidence.isVisible()
    assert opened.top_bar.buttons["export"].isVisible()
    assert opened.windowTitle() == "photos – Moltbox"
    assert opened.centre.canvas.hasFocus()
    assert Settings().recents == (folder,)
    assert opened.actions_by_id["threshold_less"].isEnabled()


def test_closing_the_folder_goes_back_to_the_first_page(opened: MainWindow, folder: Path) -> None:
    opened.actions_by_id["close_folder"].trigger()
    assert opened.centre.page is opened.centre.first_run
    assert not opened.photo_list.isVisible()
    assert [line.folder for line in opened.centre.first_run.recents.lines()] == [folder]
    assert not opened.actions_by_id["accept"].isEnabled()


def test_folder_without_photos_says_so(window: MainWindow, qtbot, tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()
    window.acts.open_folder(empty)
    qtbot.waitUntil(lambda: window.centre.page is window.centre.no_photos)
    assert str(empty) in window.centre.no_photos.text.text()


def test_folder_that_is_gone_is_a_message_and_no_longer_recent(window: MainWindow, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    window.settings.remember(gone)
    window.acts.open_folder(gone)
    assert len(window.centre.messages.words()) == 1
    assert str(gone) in window.centre.messages.words()[0]
    assert window.settings.recents == ()
    assert window.centre.page is window.centre.first_run


def drop(window: MainWindow, path: Path) -> bool:
    """Drops a path of the disk on the window; whether it took it, both while it hovered and in the end."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    spot, copy = QPoint(200, 200), Qt.DropAction.CopyAction
    hands = data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    hovering, dropped = QDragEnterEvent(spot, copy, *hands), QDropEvent(QPointF(spot), copy, *hands)
    hovering.ignore()
    window.dragEnterEvent(hovering)
    dropped.ignore()
    window.dropEvent(dropped)
    return hovering.isAccepted() and dropped.isAccepted()


def test_dropped_folder_opens(window: MainWindow, qtbot, folder: Path) -> None:
    assert drop(window, folder)
    wait_for_photos(window.session, qtbot, 3)


def test_drop_on_the_photo_is_the_window_s(window: MainWindow) -> None:
    """A graphics view takes drops for its scene unless it is told not to, and then loses them."""
    canvas = window.centre.canvas
    assert not canvas.acceptDrops()
    assert not canvas.viewport().acceptDrops()


def test_dropped_model_file_is_used(window: MainWindow, qtbot, tmp_path: Path) -> None:
    qtbot.waitUntil(lambda: bool(window.session.model_name), timeout=10_000)
    with qtbot.waitSignal(window.session.model_changed, timeout=10_000):
        assert drop(window, write_tiny_model(tmp_path / "mailed.molt"))
    assert window.session.project is None


def test_drop_of_what_is_not_there_is_refused(window: MainWindow, tmp_path: Path) -> None:
    assert not drop(window, tmp_path / "gone")


def test_chosen_folder_opens_and_cancel_changes_nothing(window: MainWindow, qtbot, folder, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    window.actions_by_id["open_folder"].trigger()
    assert window.session.project is None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    window.actions_by_id["open_folder"].trigger()
    wait_for_photos(window.session, qtbot, 3)


def test_demo_copies_the_samples_and_opens_them(window: MainWindow, qtbot) -> None:
    window.centre.first_run.demo_button.click()
    qtbot.waitUntil(lambda: len(window.session.rows) >= 3, timeout=10_000)


@pytest.mark.parametrize(
    ("width", "photo_list", "evidence", "compact"),
    [
        (1600, 312, 344, False),
        (1400, 312, 344, False),
        (1399, 312, 304, False),
        (1180, 312, 304, False),
        (1179, 200, 264, True),
        (1024, 200, 264, True),
    ],
)
def test_widths_follow_the_window(opened: MainWindow, qtbot, width, photo_list, evidence, compact) -> None:
    rule = widths_for(width)
    assert (rule.photo_list, rule.evidence, rule.compact) == (photo_list, evidence, compact)
    opened.resize(width, 640)
    qtbot.waitUntil(lambda: opened.width() == width)
    qtbot.waitUntil(lambda: (opened.photo_list.width(), opened.evidence.width()) == (photo_list, evidence))
    assert opened.job_strip.model.isVisible() is not compact


def test_width_of_the_list_stays_within_its_limits() -> None:
    assert widths_for(1600, 300).photo_list == 300
    assert widths_for(1600, 90).photo_list == 220
    assert widths_for(1600, 900).photo_list == 420
    assert widths_for(1000, 300).photo_list == 200


def test_evidence_can_be_hidden_and_stays_hidden_at_the_next_start(opened: MainWindow, qtbot) -> None:
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_E)
    assert not opened.evidence.isVisible()
    assert not Settings().evidence_shown
    opened.evidence.hide_requested.emit()
    assert opened.evidence.isVisible()


def test_full_screen_hides_everything_but_the_photo(opened: MainWindow, qtbot) -> None:
    opened.actions_by_id["full_screen"].trigger()
    chrome = (opened.top_bar, opened.photo_list, opened.evidence, opened.job_strip)
    assert not any(part.isVisible() for part in chrome)
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_F11)
    assert all(part.isVisible() for part in chrome)


def test_undo_and_redo_follow_the_stack_and_name_the_act(opened: MainWindow, qtbot) -> None:
    undo, redo = opened.actions_by_id["undo"], opened.actions_by_id["redo"]
    assert not undo.isEnabled()
    photo_id = opened.session.rows[0].id
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_Y)
    assert undo.isEnabled()
    assert undo.text() == "Undo: Accept box"
    assert opened.top_bar.buttons["undo"].toolTip() == "Undo: Accept box, Ctrl+Z"
    qtbot.keyClick(opened, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert opened.session.photo(photo_id).state is PhotoState.PROPOSED
    assert (undo.isEnabled(), redo.isEnabled()) == (False, True)


def test_tools_follow_the_canvas(opened: MainWindow, qtbot) -> None:
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_W)
    assert opened.actions_by_id["tool_draw"].isChecked()
    assert opened.centre.canvas.hands.tool == "draw"
    opened.centre.canvas.set_tool("hand")
    assert not opened.actions_by_id["tool_draw"].isChecked()
    assert not opened.actions_by_id["tool_select"].isChecked()
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_V)
    assert opened.actions_by_id["tool_select"].isChecked()
    assert not opened.actions_by_id["tool_draw"].isChecked()


@pytest.mark.parametrize(
    ("key", "modifiers", "step"),
    [
        (Qt.Key.Key_BracketRight, Qt.KeyboardModifier.NoModifier, 0.01),
        (Qt.Key.Key_Minus, Qt.KeyboardModifier.NoModifier, -0.01),
        (Qt.Key.Key_BracketRight, Qt.KeyboardModifier.ShiftModifier, 0.05),
        (Qt.Key.Key_BracketLeft, Qt.KeyboardModifier.ShiftModifier, -0.05),
    ],
)
def test_threshold_moves_by_keys_and_c_goes_back(opened: MainWindow, qtbot, key, modifiers, step: float) -> None:
    opened.session.set_threshold(0.3)
    qtbot.keyClick(opened.centre.canvas, key, modifiers)
    assert opened.session.threshold == pytest.approx(0.3 + step)
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_C)
    assert opened.session.threshold == opened.session.calibrated_threshold


def test_slash_finds_and_escape_gives_the_keyboard_back(opened: MainWindow, qtbot) -> None:
    qtbot.keyClick(opened.centre.canvas, Qt.Key.Key_Slash)
    field = opened.photo_list.head.search
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "y1")
    assert field.text() == "y1"
    assert opened.session.undo_stack.count() == 0
    # The first Esc empties the field, the second leaves it.
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    qtbot.waitUntil(opened.centre.canvas.hasFocus)


def test_theme_is_changed_at_once_and_kept(window: MainWindow) -> None:
    window.actions_by_id["theme_light"].trigger()
    assert not theme().dark
    assert Settings().scheme == "light"
    assert window.actions_by_id["theme_light"].isChecked()
    assert not window.actions_by_id["theme_system"].isChecked()
    window.actions_by_id["theme_dark"].trigger()
    assert theme().dark


def test_map_colours_are_changed_at_once_and_kept(opened: MainWindow) -> None:
    assert opened.actions_by_id["colours_inferno"].isChecked()
    canvas, tile = opened.centre.canvas.viewport(), opened.evidence.tiles.tiles[0]
    before = canvas.grab().toImage(), tile.grab().toImage()
    opened.actions_by_id["colours_viridis"].trigger()
    assert Settings().colour_map == "viridis"
    assert canvas.grab().toImage() != before[0]
    assert tile.grab().toImage() != before[1]
    opened.actions_by_id["colours_inferno"].trigger()
    assert (canvas.grab().toImage(), tile.grab().toImage()) == before


def test_keys_walk_to_the_ends_of_the_list_and_take_the_map_away(opened: MainWindow, qtbot) -> None:
    canvas, session = opened.centre.canvas, opened.session
    for key, place in ((Qt.Key.Key_End, 3), (Qt.Key.Key_Home, 1)):
        qtbot.keyClick(canvas, key)
        assert session.position[0] == place
    assert session.map_view != "off"
    qtbot.keyClick(canvas, Qt.Key.Key_H, Qt.KeyboardModifier.ShiftModifier)
    assert session.map_view == "off"


def test_place_and_opacity_are_kept(window: MainWindow, qtbot, tiny_model: Path) -> None:
    window.resize(1234, 701)
    window.session.set_opacity(0.25)
    place = window.saveGeometry()
    window.close()
    assert Settings().geometry == place
    again = MainWindow(ToldSession(tiny_model))
    qtbot.addWidget(again)
    # The screen of the headless platform is not so wide, so the window may have been fitted to it.
    assert again.height() == 701
    assert again.session.opacity == pytest.approx(0.25)
    again.close()


def test_model_that_cannot_be_used_is_still_told_after_a_folder_is_opened(qtbot, tmp_path: Path, folder: Path) -> None:
    damaged = tmp_path / "damaged.molt"
    damaged.write_bytes(b"no model")
    window = MainWindow(ToldSession(damaged))
    qtbot.waitUntil(lambda: bool(window.centre.messages.words()), timeout=10_000)
    window.session.message.emit(Message("warn", "Only news"))
    window.acts.open_folder(folder)
    wait_for_photos(window.session, qtbot, 3)
    assert len(window.centre.messages.words()) == 1
    assert "damaged.molt" in window.centre.messages.words()[0]
    window.close()


def test_messages_stack_replace_and_offer_an_act(window: MainWindow, monkeypatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (asked.append(1), ("", ""))[1])
    tell = window.session.message.emit
    tell(Message("warn", "One", "first"))
    tell(Message("warn", "One", "second"))
    assert window.centre.messages.words() == ("One second",)
    for title in ("Two", "Three"):
        tell(Message("info", title))
    tell(Message("bad", "The model cannot be used", "It is cut off.", "choose_model"))
    assert window.centre.messages.words() == ("Two", "Three", "The model cannot be used It is cut off.")
    bar = window.centre.messages.bars()[-1]
    bar.acted.emit()
    assert asked == [1]
    assert window.centre.messages.words() == ("Two", "Three")


def test_job_strip_tells_the_job_and_stops_it(window: MainWindow, monkeypatch) -> None:
    window.session.job_changed.emit(JobStatus("Pre-labelling", 640, 1204, 3.8, 150.0))
    strip = window.job_strip
    assert strip.words() == "Pre-labelling 640 of 1,204  ·  3.8 photos/s  ·  about 2 min 30 s left"
    assert strip.share() == pytest.approx(640 / 1204)
    assert strip.pause.isVisible()
    window.session.job_changed.emit(JobStatus("Pre-labelling", 640, 1204, 3.8, 150.0, paused=True))
    assert strip.words() == "Pre-labelling 640 of 1,204  ·  paused"
    window.session.job_changed.emit(None)
    assert (strip.share(), strip.pause.isVisible()) == (0.0, False)


def test_compact_job_words_are_short() -> None:
    job = JobStatus("Pre-labelling", 640, 1204, 3.8, 150.0)
    assert job_words(job, compact=True) == "640 / 1,204  ·  2 min 30 s"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 s"), (59.4, "59 s"), (61, "1 min"), (150, "2 min 30 s"), (3599, "1 h 00 min"), (3900, "1 h 05 min")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_keys_sheet_opens_finds_and_closes(opened: MainWindow, qtbot) -> None:
    qtbot.keyClick(opened, Qt.Key.Key_F1)
    sheet = opened.sheet
    assert isinstance(sheet, ShortcutSheet)
    assert not opened.actions_by_id["accept"].isEnabled()
    qtbot.keyClicks(sheet.field, "skip")
    assert [row.text for row in sheet.shown] == ["Skip photo"]
    sheet.field.clear()
    qtbot.keyClick(sheet.field, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert [row.text for row in sheet.shown] == ["Export boxes…"]
    qtbot.keyClick(opened, Qt.Key.Key_F1)
    assert opened.sheet is None
    assert opened.actions_by_id["accept"].isEnabled()
    assert opened.centre.canvas.hasFocus()


def test_tab_stays_in_a_sheet(opened: MainWindow, qtbot) -> None:
    opened.open_export()
    sheet = opened.sheet
    assert sheet is not None
    for _ in range(20):
        focused = QApplication.focusWidget()
        assert focused is not None
        assert sheet.isAncestorOf(focused) or focused is sheet
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert opened.sheet is None


@pytest.mark.parametrize("name", ["coco", "voc"])
def test_export_writes_and_tells_what_reads_back(opened: MainWindow, qtbot, tmp_path: Path, name: ExportFormat) -> None:
    opened.session.accept()
    opened.open_export()
    sheet = opened.sheet
    assert isinstance(sheet, ExportSheet)
    assert not sheet.request().include_proposals
    sheet.formats[name].click()
    target = tmp_path / "out" / ("boxes.json" if name == "coco" else "boxes")
    sheet.target.setText(str(target))
    sheet.target.textEdited.emit(str(target))
    with qtbot.waitSignal(opened.session.export_done, timeout=10_000):
        qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert "no difference" in sheet.result.words()
    assert sheet.done_button.isVisible()
    if name == "coco":
        assert len(json.loads(target.read_text(encoding="utf-8"))["annotations"]) == 1
    else:
        assert len(list(target.rglob("*.xml"))) == 1
    sheet.copy.click()
    assert "no difference" in QApplication.clipboard().text()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert opened.sheet is None


def test_export_that_fails_says_why(opened: MainWindow, qtbot, tmp_path: Path) -> None:
    opened.session.accept()
    blocker = tmp_path / "a file"
    blocker.write_text("in the way", encoding="utf-8")
    opened.open_export()
    sheet = opened.sheet
    assert isinstance(sheet, ExportSheet)
    sheet.target.setText(str(blocker / "boxes.json"))
    with qtbot.waitSignal(opened.session.export_done, timeout=10_000) as told:
        sheet.export()
    assert not told.args[0].ok
    assert "a file" in report_text(told.args[0])
    assert sheet.again_button.isVisible()
    sheet.close_sheet()


def test_folder_open_elsewhere_can_be_looked_at_but_not_changed(window: MainWindow, qtbot, folder: Path) -> None:
    with Project.open(folder) as other:
        other.add_photos(FoundPhoto(path.name, 1, 1) for path in folder.glob("*.png"))
        window.acts.open_folder(folder)
        qtbot.waitUntil(lambda: window.session.heat_map is not None, timeout=10_000)
        actions = window.actions_by_id
        assert "not change" in window.centre.messages.words()[0]
        assert window.job_strip.saved.text() == "Only looking, nothing is changed"
        for name in ("accept", "reject", "photo_done", "skip", "delete", "tool_draw", "class_1", "prelabel"):
            assert not actions[name].isEnabled(), name
        for name in ("next", "cycle_map", "threshold_more", "export", "fit"):
            assert actions[name].isEnabled(), name
        window.session.close()
    window.acts.open_folder(folder)
    wait_for_proposal(window.session, qtbot)
    assert window.job_strip.saved.text() == "Every decision saved"
    assert actions["accept"].isEnabled()


def test_unreadable_photo_can_be_skipped_by_key(window: MainWindow, qtbot, folder: Path) -> None:
    (folder / "photo_0.png").write_bytes((folder / "photo_0.png").read_bytes()[:60])
    window.acts.open_folder(folder)
    wait_for_photos(window.session, qtbot, 3)
    qtbot.waitUntil(lambda: window.session.page == "unreadable", timeout=10_000)
    first = window.session.rows[0].id
    qtbot.keyClick(window.centre.canvas, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: window.session.current is not None and window.session.current.id != first)


def test_f6_goes_round_the_parts_of_the_window(opened: MainWindow, qtbot) -> None:
    canvas = opened.centre.canvas
    order = (opened.evidence, opened.job_strip, opened.top_bar, opened.photo_list, opened.centre.header, canvas)
    for part in order:
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_F6)
        focused = QApplication.focusWidget()
        assert focused is not None
        assert part is focused or part.isAncestorOf(focused)


def test_icon_buttons_have_names(opened: MainWindow) -> None:
    from app.widgets import PaintedButton

    for button in opened.findChildren(PaintedButton):
        if button.isVisible():
            assert button.text() or button.accessibleName(), button


@pytest.mark.parametrize("state", [PhotoState.SKIPPED, PhotoState.FAILED])
def test_the_others_of_a_finished_folder_are_those_there_are(window: MainWindow, qtbot, folder: Path, state) -> None:
    if state is PhotoState.FAILED:
        (folder / "photo_0.png").write_bytes((folder / "photo_0.png").read_bytes()[:60])
    window.acts.open_folder(folder)
    wait_for_photos(window.session, qtbot, 3)
    session = window.session
    if state is PhotoState.SKIPPED:
        wait_for_proposal(session, qtbot)
        session.skip()
    for row in session.rows[1:]:
        session.go_to(row.id)
        wait_for_proposal(session, qtbot)
        session.photo_done()
    qtbot.waitUntil(lambda: session.page == "finished", timeout=10_000)
    window.centre.canvas.asked.emit("others")
    assert [row.state for row in session.rows] == [state]
