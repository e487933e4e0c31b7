"""What nobody caught is told once, kept in the log, and never stops the window."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from app.mishaps import Mishaps


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
    return Mishaps(tmp_path / "logs" / "moltbox.log")


def test_fault_is_one_sentence_and_the_rest_is_in_the_log(mishaps: Mishaps, qtbot) -> None:
    with qtbot.waitSignal(mishaps.happened) as told:
        take(mishaps)
    sentence = told.args[0]
    assert sentence.startswith("KeyError in test_mishaps.py, line ")
    assert str(mishaps.log) in sentence
    assert "Traceback" not in sentence
    log = mishaps.log.read_text(encoding="utf-8")
    assert "Traceback" in log
    assert "KeyError: 'seven'" in log


def test_same_fault_is_told_once(mishaps: Mishaps) -> None:
    told: list[str] = []
    mishaps.happened.connect(told.append)
    for number in range(100):
        take(mishaps, str(number))
    assert len(told) == 1
    assert mishaps.log.read_text(encoding="utf-8").count("Traceback") == 1


def test_log_that_cannot_be_written_is_not_named(qtbot, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    mishaps = Mishaps(tmp_path / "file" / "moltbox.log")
    with qtbot.waitSignal(mishaps.happened) as told:
        take(mishaps)
    assert "moltbox.log" not in told.args[0]


def test_large_log_begins_anew(mishaps: Mishaps) -> None:
    mishaps.log.parent.mkdir()
    mishaps.log.write_text("x" * 1_000_001, encoding="utf-8")
    take(mishaps)
    assert mishaps.log.stat().st_size < 10_000


def test_faults_of_threads_are_taken(mishaps: Mishaps, qtbot) -> None:
    mishaps.install()
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
    assert not mishaps.log.exists()
