"""The export sheet: what it asks the session for, and how it shows what came of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMainWindow

from app.dialogs.export import ExportSheet, report_text
from app.dialogs.export_result import FactLine
from app.export_job import ExportReport, ExportRequest, Fact
from app.theme.palette import apply_theme
from app.widgets import TickBox
from engine.dataset.project_records import PhotoState


class FakeSession(QObject):
    export_done = Signal(object)

    def __init__(self, root: Path) -> None:
        super().__init__()
        self.project = SimpleNamespace(root=root)
        self.asked: list[ExportRequest] = []
        self.exporting = False

    def export(self, request: ExportRequest) -> None:
        self.asked.append(request)

    def counts(self) -> dict[PhotoState, int]:
        return {PhotoState.REVIEWED: 1}

    def boxes_to_export(self) -> tuple[int, int]:
        return 2, 1498


@pytest.fixture
def session(tmp_path: Path) -> FakeSession:
    return FakeSession(tmp_path)


@pytest.fixture
def sheet(qtbot, qapp, session: FakeSession) -> ExportSheet:
    apply_theme(qapp, "dark")
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(1200, 800)
    made = ExportSheet(session, window)  # type: ignore[arg-type]
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    made.open_sheet()
    return made


def report(target: Path, *facts: Fact, ok: bool = True, in_the_way: bool = False) -> ExportReport:
    return ExportReport(ok, "Written" if ok else "Not exported", facts, 1.4, target, in_the_way=in_the_way)


def test_first_offer_is_what_a_person_saw(sheet: ExportSheet, session: FakeSession, tmp_path: Path) -> None:
    sheet.export()
    (request,) = session.asked
    assert (request.format, request.include_proposals, request.copy_photos) == ("coco", False, False)
    assert not request.overwrite
    assert request.target.parent == tmp_path / "export"


def test_choice_says_how_much_it_is(sheet: ExportSheet) -> None:
    assert sheet.decided.accessibleDescription() == "1 photo, 2 boxes"
    assert sheet.proposals.accessibleDescription() == "adds 1,498 boxes of photos not yet reviewed"


def test_photos_are_copied_only_beside_voc_labels(sheet: ExportSheet) -> None:
    assert not sheet.copy_photos.isVisible()
    sheet.formats["voc"].click()
    assert sheet.copy_photos.isVisible()
    sheet.copy_photos.click()
    assert sheet.request().copy_photos
    sheet.formats["coco"].click()
    assert not sheet.request().copy_photos


def test_second_click_while_it_writes_asks_for_nothing(sheet: ExportSheet, session: FakeSession) -> None:
    sheet.export()
    sheet.export()
    assert len(session.asked) == 1
    assert not sheet.export_button.isEnabled()
    assert not sheet.target.isEnabled()


def test_sheet_opened_again_while_it_writes_waits_for_that(
    sheet: ExportSheet, session: FakeSession, qtbot, tmp_path: Path
) -> None:
    sheet.export()
    window = sheet.window()
    sheet.close_sheet()
    session.exporting = True
    again = ExportSheet(session, window)  # type: ignore[arg-type]
    again.open_sheet()
    again.export()
    assert len(session.asked) == 1
    assert not again.export_button.isEnabled()
    session.export_done.emit(report(tmp_path, Fact("ok", "All came back")))
    assert again.done_button.isVisible()
    assert "All came back" in again.result.words()


def test_what_is_in_the_way_is_replaced_only_when_told_to(
    sheet: ExportSheet, session: FakeSession, qtbot, tmp_path: Path
) -> None:
    sheet.export()
    fact = Fact("warn", "Nothing was exported", "boxes.json is already there and was not written by Moltbox.")
    session.export_done.emit(report(tmp_path / "boxes.json", fact, ok=False, in_the_way=True))
    assert sheet.replace_button.isVisible()
    assert not sheet.done_button.isVisible()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert [request.overwrite for request in session.asked] == [False, False]
    session.export_done.emit(report(tmp_path / "boxes.json", fact, ok=False, in_the_way=True))
    sheet.replace_button.click()
    assert session.asked[-1].overwrite
    session.export_done.emit(report(tmp_path / "boxes.json"))
    assert not sheet.replace_button.isVisible()
    assert sheet.done_button.isVisible()


def test_other_failures_offer_no_replacing(sheet: ExportSheet, session: FakeSession, tmp_path: Path) -> None:
    sheet.export()
    session.export_done.emit(report(tmp_path, Fact("bad", "Nothing was exported", "The disk is full."), ok=False))
    assert not sheet.replace_button.isVisible()
    assert sheet.again_button.isVisible()


def test_photos_of_a_fact_are_shown_and_hidden(sheet: ExportSheet, session: FakeSession, qtbot, tmp_path: Path) -> None:
    photos = tuple(f"cup/{number:03}.jpg" for number in range(45))
    sheet.export()
    session.export_done.emit(report(tmp_path, Fact("ok", "All came back"), Fact("warn", "45 are turned", "", photos)))
    plain, turned = sheet.result.findChildren(FactLine)
    assert plain.show_button.isHidden()
    assert "turned" in turned.show_button.accessibleName()
    qtbot.waitUntil(turned.show_button.isVisible)
    turned.show_button.click()
    assert "cup/000.jpg" in turned.photos.text()
    assert "and 5 more" in turned.photos.text()
    lines_px = 41 * turned.photos.fontMetrics().height()
    qtbot.waitUntil(lambda: turned.photos.height() >= lines_px)
    assert sheet.result.height() <= sheet.height()
    turned.show_button.click()
    qtbot.waitUntil(lambda: sheet.result.height() < lines_px)


def test_copied_report_names_every_photo(tmp_path: Path) -> None:
    photos = tuple(f"cup/{number:03}.jpg" for number in range(45))
    text = report_text(report(tmp_path, Fact("warn", "45 are turned", "Upright.", photos)))
    assert all(photo in text for photo in photos)
    assert "- 45 are turned. Upright." in text


def test_closed_sheet_hears_no_more(sheet: ExportSheet, session: FakeSession, tmp_path: Path) -> None:
    sheet.export()
    sheet.close_sheet()
    session.export_done.emit(report(tmp_path))
    assert sheet._report is None


def test_tick_box_is_ticked_by_mouse_and_space(qtbot) -> None:
    box = TickBox("Copy photos")
    qtbot.addWidget(box)
    with qtbot.waitActive(box):
        box.show()
        box.activateWindow()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton)
    assert box.isChecked()
    box.setFocus()
    qtbot.keyClick(box, Qt.Key.Key_Space)
    assert not box.isChecked()
    assert box.sizeHint().height() >= 24
