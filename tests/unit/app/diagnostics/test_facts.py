"""*Copy diagnostics* and the log of a session: enough to help, nothing of the photos."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.diagnostics.log import Log
from app.diagnostics.notes import SessionNotes
from app.main_window import MainWindow
from app.session_types import JobStatus, Message
from engine import __version__
from engine.resources import log_folder
from support.sessions import ToldSession, wait_for_photos, write_photos


@pytest.fixture
def window(qtbot: QtBot, tiny_model: Path) -> MainWindow:
    made = MainWindow(ToldSession(tiny_model))
    qtbot.addWidget(made)
    return made


def test_the_act_copies_versions_figures_and_the_log(window: MainWindow, qtbot: QtBot, tmp_path: Path) -> None:
    write_photos(tmp_path / "secret-holiday")
    Log().write("begun")
    window.session.open_folder(tmp_path / "secret-holiday")
    wait_for_photos(window.session, qtbot, 3)
    photos = [row.path for row in window.session.rows]
    window.actions_by_id["copy_diagnostics"].trigger()
    text = QGuiApplication.clipboard().text()
    for expected in (f"versions: {__version__}", "PySide6 ", "screens ", "project format ", "begun", "language "):
        assert expected in text
    assert f"{len(photos)} " in text
    assert not any(Path(path).name in text for path in photos)
    assert "secret-holiday" not in text
    assert str(Path.home()) not in text
    assert any("Diagnostics copied" in words for words in window.centre.messages.words())


def test_the_log_tells_of_folders_jobs_and_warnings_not_of_photos(
    window: MainWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    log = Log(tmp_path / "logs")
    SessionNotes(window.session, log)
    write_photos(tmp_path / "secret-holiday")
    window.session.open_folder(tmp_path / "secret-holiday")
    wait_for_photos(window.session, qtbot, 3)
    for done in range(3):
        window.session.job_changed.emit(JobStatus("Pre-labelling", done, 340, 2.0, 100.0))
    window.session.job_changed.emit(None)
    window.session.message.emit(Message("bad", "The disk is full", "Nothing was lost."))
    window.session.message.emit(Message("ok", "Written", "a.jpg"))
    window.session.close()
    text = log.end(10_000)
    assert "folder opened" in text
    assert "folder closed" in text
    assert text.count("job begun: Pre-labelling, 340 photos") == 1
    assert text.count("job ended: Pre-labelling") == 1
    assert "bad: The disk is full. Nothing was lost." in text
    assert "a.jpg" not in text
    assert "secret-holiday" not in text


def test_the_log_lies_where_each_system_wants_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert log_folder() == tmp_path / "moltbox"
    monkeypatch.setattr("sys.platform", "darwin")
    assert log_folder() == Path.home() / "Library" / "Logs" / "Moltbox"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert log_folder() == tmp_path / "Moltbox" / "Logs"
