"""Story: a folder is pre-labelled in the background, paused, left by a closed window, and gone on with."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dialogs.prelabel import PrelabelSheet
from app.main_window import MainWindow
from engine.dataset.project_records import BoxState, PhotoState
from support.person import Person
from support.sessions import ToldSession, wait_for_proposal, write_photos

COUNT = 10


def _start(person: Person, qtbot: QtBot) -> None:
    person.press(Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    sheet = person.window.sheet
    assert isinstance(sheet, PrelabelSheet)
    assert sheet.scopes["new"].isChecked()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert person.window.sheet is None


def test_labelling_goes_on_while_the_folder_is_looked_at(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos", COUNT), photos=COUNT)
    session = person.session
    wait_for_proposal(session, qtbot)
    _start(person, qtbot)
    strip = person.window.job_strip
    assert strip.words().startswith("Pre-labelling")
    person.click("Pause this job")
    assert "paused" in strip.words()
    person.press(Qt.Key.Key_Y)
    qtbot.waitUntil(lambda: session.counts()[PhotoState.REVIEWED] == 1)
    person.click("Go on with this job")
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=20_000)
    assert session.counts()[PhotoState.NEW] == 0
    assert session.counts()[PhotoState.REVIEWED] == 1
    assert not strip.pause.isVisible()
    assert any(words.startswith("Pre-labelling is done") for words in person.window.centre.messages.words())


@pytest.mark.parametrize("read_at_once", [2000, COUNT // 2], ids=["small", "large"])
def test_a_closed_window_offers_to_go_on(
    person: Person,
    qtbot: QtBot,
    tmp_path: Path,
    tiny_model: Path,
    monkeypatch: pytest.MonkeyPatch,
    read_at_once: int,
) -> None:
    monkeypatch.setattr("app.session_folder._READ_AT_ONCE", read_at_once)
    folder = write_photos(tmp_path / "photos", COUNT)
    person.open_folder(folder, photos=COUNT)
    wait_for_proposal(person.session, qtbot)
    _start(person, qtbot)
    person.click("Pause this job")
    person.window.close()
    window = MainWindow(ToldSession(tiny_model))
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitExposed(window)
    again = Person(window, qtbot)
    qtbot.waitUntil(lambda: again.session.localizer is not None, timeout=10_000)
    again.open_folder(folder, photos=COUNT)
    again.wait_until(lambda: any("was not finished" in words for words in window.centre.messages.words()))
    again.click("Go on with the pre-labelling")
    qtbot.waitUntil(lambda: again.session.counts()[PhotoState.NEW] == 0, timeout=20_000)
    window.close()


def test_a_job_is_stopped_and_what_it_found_stays(person: Person, qtbot: QtBot, tmp_path: Path) -> None:
    person.open_folder(write_photos(tmp_path / "photos", COUNT), photos=COUNT)
    session = person.session
    first = wait_for_proposal(session, qtbot)
    _start(person, qtbot)
    person.click("Stop this job")
    assert not session.prelabelling.is_running
    assert first in session.boxes
    assert {row.state for row in session.boxes} == {BoxState.PROPOSED}
    assert any("was stopped" in words for words in person.window.centre.messages.words())
