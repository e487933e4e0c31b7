"""Story: a folder that cannot be written, and one that is open in another window: all can be seen, nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.main_window import MainWindow
from engine.dataset.project import Project
from engine.dataset.project_records import PhotoState
from support.person import Person
from support.sessions import ToldSession, wait_for_proposal, write_photos


@pytest.fixture
def closed_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of photos in which nothing can be made, for whoever runs the tests."""
    folder = write_photos(tmp_path / "photos")
    make = Path.mkdir

    def refuse(path: Path, *args: Any, **named: Any) -> None:
        if folder in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        make(path, *args, **named)

    monkeypatch.setattr(Path, "mkdir", refuse)
    return folder


def test_decisions_on_a_folder_that_cannot_be_written_are_kept_elsewhere(
    person: Person, qtbot: QtBot, closed_folder: Path
) -> None:
    person.open_folder(closed_folder, photos=3)
    wait_for_proposal(person.session, qtbot)
    assert any("The folder itself stays as it is" in words for words in person.window.centre.messages.words())
    person.press(Qt.Key.Key_Y)
    qtbot.waitUntil(lambda: person.session.counts()[PhotoState.REVIEWED] == 1)
    assert sorted(path.name for path in closed_folder.iterdir()) == ["photo_0.png", "photo_1.png", "photo_2.png"]


def test_a_second_window_sees_all_and_changes_nothing(
    person: Person, qtbot: QtBot, tmp_path: Path, tiny_model: Path
) -> None:
    folder = write_photos(tmp_path / "photos")
    person.open_folder(folder, photos=3)
    wait_for_proposal(person.session, qtbot)
    second_window = MainWindow(ToldSession(tiny_model))
    qtbot.addWidget(second_window)
    second_window.show()
    second_window.activateWindow()
    qtbot.waitExposed(second_window)
    second = Person(second_window, qtbot)
    second.open_folder(folder, photos=3)
    qtbot.waitUntil(lambda: second.session.heat_map is not None, timeout=10_000)
    assert second.session.read_only
    assert any("You can look, not change" in words for words in second_window.centre.messages.words())
    assert "Only looking" in second_window.job_strip.saved.text()
    before = second.session.boxes
    for key in (Qt.Key.Key_Y, Qt.Key.Key_N, Qt.Key.Key_W, Qt.Key.Key_1, Qt.Key.Key_S, Qt.Key.Key_Delete):
        second.press(key)
    assert second.session.boxes == before
    for name in ("accept", "prelabel", "import_labels", "paste", "keep_last", "accept_photos"):
        assert not second_window.actions_by_id[name].isEnabled(), name
    second.press(Qt.Key.Key_D)
    assert second.session.position[0] == 2
    second_window.close()
    person.window.activateWindow()
    qtbot.waitUntil(person.window.isActiveWindow)
    person.canvas.setFocus()
    person.press(Qt.Key.Key_Y)
    qtbot.waitUntil(lambda: person.session.counts()[PhotoState.REVIEWED] == 1)
    with Project.open(folder, read_only=True) as project:
        assert project.counts()[PhotoState.REVIEWED] == 1
