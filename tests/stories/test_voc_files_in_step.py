"""VOC files beside the photos follow what is decided in the window."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dialogs.preferences import PreferencesSheet
from app.main_window import MainWindow
from app.settings import Settings
from app.widgets import SegmentControl
from engine.dataset.project_records import PhotoState
from engine.dataset.voc import read_voc_file
from support.sessions import ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import write_tiny_model


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path):
    session = ToldSession(write_tiny_model(tmp_path / "tiny.molt"))
    made = MainWindow(session, Settings())
    qtbot.addWidget(made)
    made.resize(1300, 900)
    made.show()
    qtbot.waitExposed(made)
    session.moves_on = False
    session.open_folder(write_photos(tmp_path / "photos"))
    wait_for_photos(session, qtbot, 3)
    wait_for_proposal(session, qtbot)
    yield made
    session.shut_down()


def choose(window: MainWindow, qtbot: QtBot, place: str) -> None:
    """Chooses in the preferences where the files go."""
    window.actions_by_id["preferences"].trigger()
    sheet = window.sheet
    assert isinstance(sheet, PreferencesSheet)
    controls = [each for each in sheet.findChildren(SegmentControl) if each.accessibleName().startswith("Keep VOC")]
    qtbot.mouseClick(controls[0].segment(place), Qt.MouseButton.LeftButton)
    qtbot.keyClick(sheet, Qt.Key.Key_Escape)


def names_in(path: Path) -> list[str]:
    return [box.class_name for box in read_voc_file(path).boxes]


def test_files_come_with_answers_and_go_with_undo(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    photos, session = tmp_path / "photos", window.session
    window.actions_by_id["accept"].trigger()
    session.photo_done()
    assert list(photos.rglob("*.xml")) == []  # off until somebody wants it
    choose(window, qtbot, "beside")
    first = photos / "photo_0.xml"
    qtbot.waitUntil(first.exists)
    qtbot.waitUntil(lambda: len(names_in(first)) == 1)
    # A look that is still to come would bring the class back under its old name, and the name could not be undone.
    qtbot.waitUntil(lambda: session.counts()[PhotoState.NEW] == 0, timeout=20_000)
    session.class_acts.rename(session.boxes[0].class_id, "lamp")
    qtbot.waitUntil(lambda: names_in(first) == ["lamp"])
    session.delete(session.boxes[0].id)
    qtbot.waitUntil(lambda: names_in(first) == [])
    for _ in range(session.undo_stack.count()):
        window.actions_by_id["undo"].trigger()
    assert not session.undo_stack.canUndo()
    qtbot.waitUntil(lambda: not first.exists())
    window.actions_by_id["redo"].trigger()
    qtbot.waitUntil(first.exists)
    choose(window, qtbot, "off")
    window.actions_by_id["undo"].trigger()
    qtbot.wait(50)
    assert first.exists()


def test_another_tool_s_file_is_left_and_told_once(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    photos, session = tmp_path / "photos", window.session
    assert isinstance(session, ToldSession)
    for name in ("photo_0.xml", "photo_1.xml"):
        (photos / name).write_text("<annotation/>")
    choose(window, qtbot, "beside")
    for row in list(session.rows):
        session.go_to(row.id)
        session.photo_done()
    session.close()  # what was decided is written before
    qtbot.wait(10)
    assert (photos / "photo_2.xml").exists()
    assert {(photos / name).read_text() for name in ("photo_0.xml", "photo_1.xml")} == {"<annotation/>"}
    (told,) = session.told.of_kind("warn")
    assert "photo_0.xml is already there and was not written by Moltbox. Moltbox leaves such files as they are." in told


def test_the_choice_is_kept_for_the_next_folder(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    choose(window, qtbot, "folder")
    assert Settings().voc_mirror == "folder"
    session = window.session
    session.open_folder(write_photos(tmp_path / "other"))
    wait_for_photos(session, qtbot, 3)
    wait_for_proposal(session, qtbot)
    session.photo_done()
    qtbot.waitUntil((tmp_path / "other" / "Annotations" / "photo_0.xml").exists)
