"""Labels of other tools are brought in, looked at, changed, and exported again with the same numbers."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import pytest
from pycocotools.coco import COCO
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

from app.dialogs.export import ExportSheet
from app.dialogs.import_labels import ImportSheet
from app.main_window import MainWindow
from app.settings import Settings
from engine.dataset.coco import read_coco
from engine.dataset.project_records import BoxState, PhotoState
from engine.dataset.voc import write_voc
from engine.geometry import Box
from support.sessions import ToldSession, wait_for_photos, write_photos
from support.tiny_model import write_tiny_model

BOX = Box(48, 32, 144, 128)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return write_photos(tmp_path / "photos")


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path, photos: Path):
    session = ToldSession(write_tiny_model(tmp_path / "tiny.molt"))
    made = MainWindow(session, Settings())
    qtbot.addWidget(made)
    made.resize(1300, 900)
    made.show()
    qtbot.waitExposed(made)
    session.open_folder(photos)
    wait_for_photos(session, qtbot, 3)
    qtbot.waitUntil(lambda: session.pixels is not None)
    yield made
    session.shut_down()


def coco_file(tmp_path: Path) -> Path:
    """A file of another tool, with numbers of its own."""
    width, height = 320, 240
    document = {
        "images": [
            {"id": 41, "file_name": "photo_0.png", "width": width, "height": height},
            {"id": 7, "file_name": "photo_2.png", "width": width, "height": height},
            {"id": 8, "file_name": "gone.png", "width": width, "height": height},
        ],
        "annotations": [
            {"id": 900, "image_id": 41, "category_id": 3, "bbox": [48, 32, 96, 96], "area": 9216, "iscrowd": 0},
            {"id": 17, "image_id": 7, "category_id": 5, "bbox": [10, 10, 20, 20], "area": 400, "iscrowd": 0},
        ],
        "categories": [{"id": 3, "name": "lamp"}, {"id": 5, "name": "cup"}],
    }
    path = tmp_path / "theirs.json"
    path.write_text(json.dumps(document))
    return path


def drop(window: MainWindow, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, modifiers = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPointF(20, 20), Qt.DropAction.CopyAction, data, buttons, modifiers))


def _looked_into(window: MainWindow, qtbot: QtBot) -> ImportSheet:
    sheet = window.sheet
    assert isinstance(sheet, ImportSheet)
    qtbot.waitUntil(lambda: sheet.found is not None)
    return sheet


def test_a_dropped_coco_file_comes_in_and_goes_out_with_its_numbers(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window.session
    drop(window, coco_file(tmp_path))
    sheet = _looked_into(window, qtbot)
    assert "A COCO file" in sheet.result.words()
    assert "2 photos, 2 boxes. lamp, cup" in sheet.result.words()
    assert "1 photo is not in this folder" in sheet.result.words()
    qtbot.mouseClick(sheet.bring_button, Qt.MouseButton.LeftButton)
    assert "2 photos, 2 boxes" in sheet.result.words()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert window.sheet is None
    assert session.counts()[PhotoState.REVIEWED] == 2
    assert session.current is not None
    assert [row.state for row in session.boxes] == [BoxState.ACCEPTED]
    session.move_or_resize(session.boxes[0].id, Box(50, 32, 144, 128))
    window.actions_by_id["export"].trigger()
    sheet = window.sheet
    assert isinstance(sheet, ExportSheet)
    sheet.target.setText(str(tmp_path / "ours.json"))
    with qtbot.waitSignal(session.export_done, timeout=20_000):
        sheet.submit()
    written = json.loads((tmp_path / "ours.json").read_text())
    assert {(image["id"], image["file_name"]) for image in written["images"]} >= {
        (41, "photo_0.png"),
        (7, "photo_2.png"),
    }
    assert {(each["id"], each["image_id"], each["category_id"]) for each in written["annotations"]} == {
        (900, 41, 3),
        (17, 7, 5),
    }
    moved = next(each for each in written["annotations"] if each["id"] == 900)
    assert moved["bbox"] == [50, 32, 94, 96]


def test_what_another_tool_says_besides_comes_out_after_accepting(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    session = window.session
    theirs = json.loads(coco_file(tmp_path).read_text())
    theirs["info"] = {"description": "Lamps of 2019", "contributor": "they"}
    theirs["licenses"] = [{"id": 2, "name": "CC BY"}]
    theirs["images"][0] |= {"license": 2, "date_captured": "2019-05-01"}
    mask = [[48, 32, 144, 40, 140, 128]]
    theirs["annotations"][0] |= {"segmentation": mask, "area": 4224, "attributes": {"lit": True}}
    theirs["annotations"][1] |= {"segmentation": [[10, 10, 30, 10, 30, 30]], "attributes": {"lit": False}}
    theirs["categories"][0]["supercategory"] = "furniture"
    (tmp_path / "rich.json").write_text(json.dumps(theirs))
    drop(window, tmp_path / "rich.json")
    sheet = _looked_into(window, qtbot)
    qtbot.mouseClick(sheet.look, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(sheet.bring_button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    places = {row.path: row.id for row in session.rows}
    session.moves_on = False
    session.go_to(places["photo_0.png"])
    window.actions_by_id["accept"].trigger()
    session.photo_done()
    session.go_to(places["photo_2.png"])
    session.move_or_resize(session.boxes[0].id, Box(12, 10, 30, 30))
    session.photo_done()
    window.actions_by_id["export"].trigger()
    exporting = window.sheet
    assert isinstance(exporting, ExportSheet)
    exporting.target.setText(str(tmp_path / "ours.json"))
    with qtbot.waitSignal(session.export_done, timeout=20_000):
        exporting.submit()
    with contextlib.redirect_stdout(io.StringIO()):
        ours = COCO(str(tmp_path / "ours.json"))
    assert {key: theirs[key] for key in ("info", "licenses")}.items() <= ours.dataset.items()
    (image,) = ours.loadImgs([41])
    assert {"license": 2, "date_captured": "2019-05-01"}.items() <= image.items()
    (kept,), (moved,) = ours.loadAnns([900]), ours.loadAnns([17])
    assert {"segmentation": mask, "area": 4224, "attributes": {"lit": True}}.items() <= kept.items()
    assert {"segmentation": [], "area": 360, "attributes": {"lit": False}}.items() <= moved.items()
    assert ours.getCatIds(supNms=["furniture"]) == [3]


def test_numbers_that_are_taken_are_told(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, coco_file(tmp_path))
    sheet = _looked_into(window, qtbot)
    qtbot.mouseClick(sheet.bring_button, Qt.MouseButton.LeftButton)
    assert "taken" not in sheet.result.words()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    second = json.loads((tmp_path / "theirs.json").read_text())
    second["images"] = [{"id": 41, "file_name": "photo_1.png", "width": 320, "height": 240}]
    second["annotations"] = [{"id": 900, "image_id": 41, "category_id": 3, "bbox": [1, 2, 30, 40]}]
    (tmp_path / "second.json").write_text(json.dumps(second))
    drop(window, tmp_path / "second.json")
    sheet = _looked_into(window, qtbot)
    qtbot.mouseClick(sheet.bring_button, Qt.MouseButton.LeftButton)
    assert "2 numbers were taken" in sheet.result.words()


def test_boxes_to_look_at_wait_for_an_answer(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    drop(window, coco_file(tmp_path))
    sheet = _looked_into(window, qtbot)
    qtbot.mouseClick(sheet.look, Qt.MouseButton.LeftButton)
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert sheet.report is not None
    assert window.session.counts()[PhotoState.REVIEWED] == 0
    assert BoxState.PROPOSED in {row.state for row in window.session.boxes}


def test_the_guess_of_the_dialect_is_shown_and_can_be_changed(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    written = write_voc(tmp_path / "voc", read_coco(coco_file(tmp_path)), dialect="edges")
    for path in (written.folder / "Annotations").rglob("*.xml"):
        path.write_text(path.read_text().replace("Moltbox", "tool").replace("edges", "x"))
    window.actions_by_id["import_labels"].trigger()
    sheet = window.sheet
    assert isinstance(sheet, ImportSheet)
    sheet.take(written.folder)
    qtbot.waitUntil(lambda: sheet.found is not None)
    assert "Pascal VOC files" in sheet.result.words()
    assert sheet.dialect.isVisible()
    before = sheet.found
    qtbot.mouseClick(sheet.dialect.segment("edges"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sheet.found is not None and sheet.found is not before)
    assert sheet.found is not None
    assert sheet.found.source is not None
    assert sheet.found.source.dialect == "edges"


def test_what_cannot_be_read_is_said_in_the_sheet(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "broken.json").write_text("{")
    drop(window, tmp_path / "broken.json")
    sheet = window.sheet
    assert isinstance(sheet, ImportSheet)
    qtbot.waitUntil(lambda: sheet.found is not None)
    assert "broken.json" in sheet.result.words()
    assert not sheet.bring_button.isEnabled()
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)
    assert window.sheet is None


def test_a_dropped_project_opens_its_folder(window: MainWindow, qtbot: QtBot, photos: Path) -> None:
    for dropped in (photos / ".moltbox" / "project.sqlite", photos / ".moltbox"):
        window.session.close()
        drop(window, dropped)
        wait_for_photos(window.session, qtbot, 3)
        assert window.session.project is not None
        assert window.session.project.root == photos
        assert window.settings.recents == (photos,)
