"""What nobody caught is told once, kept in the log, and never stops the window."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMessageLogContext, QtMsgType

from app.diagnostics.log import Log
from app.mishaps import Mishaps
from engine.errors import PhotoError
from engine.geometry import Box


def fail(words: str = "seven") -> None:
    raise KeyError(words)


def take(mishaps: Mishaps, words: str = "seven") -> None:
    try:
        fail(words)
    except KeyError as error:
        mishaps.take(type(error), error, error.__traceback__)


@pytest.fixture
def mishaps(qtbot, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    return Mishaps(Log(tmp_path / "logs"))


def test_fault_is_one_sentence_and_the_rest_is_in_the_log(mishaps: Mishaps, qtbot) -> None:
    with qtbot.waitSignal(mishaps.happened) as told:
        take(mishaps)
    sentence = told.args[0]
    assert sentence.startswith("KeyError in test_mishaps.py, line ")
    assert str(mishaps.log.file) in sentence
    assert "Traceback" not in sentence
    log = mishaps.log.file.read_text(encoding="utf-8")
    assert "Traceback" in log
    assert ", in fail\n" in log
    assert log.endswith("\nKeyError\n")


def test_the_log_has_no_numbers_of_a_box_and_no_name_of_a_photo(
    mishaps: Mishaps, qtbot, capsys: pytest.CaptureFixture[str]
) -> None:
    corner = 17.25
    try:
        try:
            Box(corner, 2, float("nan"), 4)
        except ValueError as error:
            raise PhotoError("holiday.jpg is cut off.") from error
    except PhotoError as error:
        mishaps.take(type(error), error, error.__traceback__)
    log = mishaps.log.file.read_text(encoding="utf-8")
    assert log.index("\nValueError\nthen\n") < log.index("\nPhotoError\n")
    assert "geometry.py" in log
    assert "17.25" not in log.replace("corner = 17.25", "")
    told = capsys.readouterr().err
    assert "17.25, 2" in told
    assert "PhotoError: holiday.jpg is cut off." in told


def test_same_fault_is_told_once(mishaps: Mishaps) -> None:
    told: list[str] = []
    mishaps.happened.connect(told.append)
    for number in range(100):
        take(mishaps, str(number))
    assert len(told) == 1
    assert mishaps.log.file.read_text(encoding="utf-8").count("Traceback") == 1


def test_log_that_cannot_be_written_is_not_named(qtbot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    mishaps = Mishaps(Log(tmp_path / "file"))
    with qtbot.waitSignal(mishaps.happened) as told:
        take(mishaps)
    assert "moltbox.log" not in told.args[0]


def test_what_qt_complains_of_is_kept_once(mishaps: Mishaps, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(3):
        mishaps.note(QtMsgType.QtWarningMsg, QMessageLogContext(), "QPainter: not active")
    mishaps.note(QtMsgType.QtDebugMsg, QMessageLogContext(), "only said")
    assert mishaps.log.file.read_text(encoding="utf-8").count("QPainter: not active") == 1
    assert "only said" not in mishaps.log.file.read_text(encoding="utf-8")
    assert capsys.readouterr().err.count("QPainter: not active") == 3


def test_faults_of_threads_are_taken(mishaps: Mishaps, qtbot) -> None:
    mishaps.install()
    mishaps.uninstall_from_qt()
    with qtbot.waitSignal(mishaps.happened) as told:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "KeyError" in told.args[0]


def test_interrupt_goes_its_usual_way(mishaps: Mishaps, monkeypatch) -> None:
    passed: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "__excepthook__", lambda kind, *_: passed.append(kind))
    mishaps.take(KeyboardInterrupt, KeyboardInterrupt(), None)
    assert passed == [KeyboardInterrupt]
    assert not mishaps.log.file.exists()
