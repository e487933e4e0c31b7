"""The train sheet in the window: sources of labels, what stands in the way, the time, and the Python that trains."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.dialogs.train import TrainSheet
from app.main_window import MainWindow
from app.theme.palette import apply_theme
from app.training.plan_words import boxes_words, fault_words, label_words, unreadable_words, warning_words
from app.training.python import PythonFacts, probe, requirement
from engine import __version__
from engine.dataset.training_labels import LearntPhoto, TrainingPlan
from support.fake_training import review_shapes, use_fake_trainer, write_shapes
from support.sessions import ToldSession, wait_for_photos

EACH = 6


@pytest.fixture
def window(
    qtbot: QtBot, qapp: QApplication, tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    """The window on a folder of two classes, with the fake trainer in the real one's place."""
    apply_theme(qapp, "dark")
    use_fake_trainer(monkeypatch, tmp_path)
    session = ToldSession(tiny_model)
    made = MainWindow(session)
    made.show()
    assert session.open_folder(write_shapes(tmp_path / "shapes", EACH))
    wait_for_photos(session, qtbot, 2 * EACH)
    yield made
    made.close()
    made.deleteLater()


def session_of(window: MainWindow) -> ToldSession:
    assert isinstance(window.session, ToldSession)
    return window.session


def opened(window: MainWindow, qtbot: QtBot) -> TrainSheet:
    """The sheet once it has counted."""
    window.actions_by_id["train"].trigger()
    sheet = window.sheet
    assert isinstance(sheet, TrainSheet)
    qtbot.waitUntil(lambda: sheet.planned is not None, timeout=10_000)
    return sheet


def counted(sheet: TrainSheet, qtbot: QtBot, words: str) -> None:
    qtbot.waitUntil(lambda: words in sheet.learning.text(), timeout=10_000)


def table(sheet: TrainSheet) -> str:
    assert sheet.planned is not None
    return sheet.planned.labels.read_text(encoding="utf-8")


def test_sources_are_switched_one_by_one_and_counts_follow(window: MainWindow, qtbot: QtBot) -> None:
    session = session_of(window)
    review_shapes(session, EACH)
    assert session.project is not None
    keyed = session.rows[-1].id
    session.project.set_labels([(keyed, [session.project.class_named("bright").id])], "person")
    sheet = opened(window, qtbot)
    counted(sheet, qtbot, "in 2 classes")
    ticks = sheet.sources.ticks
    assert [tick.accessibleDescription() for tick in ticks.values()] == ["12 photos", "1 photo", "6 photos"]
    assert all(tick.isChecked() and tick.isEnabled() for tick in ticks.values())
    folder = sheet.planned.folder if sheet.planned is not None else None
    ticks["given"].click()
    counted(sheet, qtbot, "in 1 class")
    assert "one class only (bright)" in sheet.problem.text()
    assert not sheet.start_button.isEnabled()
    assert table(sheet).count("\n") == 1 + EACH + 1
    assert sheet.planned is not None
    assert sheet.planned.folder == folder  # counted anew, not begun anew
    ticks["person"].click()
    qtbot.waitUntil(lambda: table(sheet).count("\n") == 1 + EACH, timeout=10_000)
    assert not ticks["boxes"].isEnabled()
    assert "one of these stays on" in ticks["boxes"].toolTip()
    ticks["boxes"].click()
    assert ticks["boxes"].isChecked()
    ticks["given"].click()
    counted(sheet, qtbot, "in 2 classes")
    assert ticks["boxes"].isEnabled()
    sheet.close_sheet()
    assert folder is not None
    assert not folder.path.exists()


def test_a_source_without_labels_cannot_be_switched(window: MainWindow, qtbot: QtBot) -> None:
    sheet = opened(window, qtbot)
    ticks = sheet.sources.ticks
    assert [tick.isEnabled() for tick in ticks.values()] == [False, False, False]
    assert [tick.isChecked() for tick in ticks.values()] == [True, False, False]
    assert ticks["person"].accessibleDescription() == "no photo"


def test_quick_switching_ends_with_what_is_on(window: MainWindow, qtbot: QtBot) -> None:
    review_shapes(session_of(window), EACH)
    sheet = opened(window, qtbot)
    tick = sheet.sources.ticks["boxes"]
    for _ in range(2):
        tick.click()
    assert not sheet.start_button.isEnabled()
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    assert tick.isChecked()
    assert sheet.planned is not None
    assert sheet.planned.plan.by_hand == EACH


def test_the_time_is_tried_in_sight_and_then_told(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TRAINER_ESTIMATE_S", "0.5")
    sheet = opened(window, qtbot)
    qtbot.waitUntil(lambda: sheet.time.is_trying, timeout=10_000)
    assert sheet.time.isVisible()
    assert sheet.time.progress.isVisible()
    assert sheet.time.words.text().startswith("Trying how fast this computer is, 0 of 10 s")
    assert sheet.start_button.isEnabled()  # nobody has to wait for it
    qtbot.waitUntil(lambda: not sheet.time.is_trying, timeout=10_000)
    assert sheet.time.words.text() == "About 1 min 30 s on this computer (CPU, 1.0 GB)"
    assert not sheet.time.progress.isVisible()
    sheet.presets["paper"].click()
    qtbot.waitUntil(lambda: sheet.time.is_trying, timeout=10_000)
    assert sheet.preset == "paper"


def test_a_probe_that_takes_long_says_so(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.dialogs.train_parts.PROBE_S", 0.2)
    monkeypatch.setenv("FAKE_TRAINER_ESTIMATE_S", "20")
    sheet = opened(window, qtbot)
    qtbot.waitUntil(lambda: "you can start without it" in sheet.time.words.text(), timeout=10_000)
    sheet.close_sheet()  # ends the probe


def test_a_probe_that_fails_says_why(window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_TRAINER_ERROR", "ModuleNotFoundError: No module named 'torch'")
    sheet = opened(window, qtbot)
    qtbot.waitUntil(lambda: "has no torch any more" in sheet.time.words.text(), timeout=10_000)


def test_without_a_python_it_says_exactly_what_to_install(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    near = PythonFacts(tmp_path / "bin" / "python", (3, 12, 1), "", ("torch", "timm"), own=True, trouble="lacks")
    monkeypatch.setattr("app.training.python_search.probe", lambda _path, **_: near)
    sheet = opened(window, qtbot)
    qtbot.waitUntil(sheet.python.copy.isVisible, timeout=10_000)
    assert "lacks torch, timm" in sheet.python.words.text()
    assert not sheet.start_button.isEnabled()
    assert not sheet.time.isVisible()
    sheet.python.copy.click()
    assert QApplication.clipboard().text() == sheet.python.command.text()
    assert sheet.python.command.text() == f'"{near.path}" -m pip install "{requirement()}"'
    monkeypatch.setattr("app.training.python_search.probe", lambda path, **_: PythonFacts(path, (3, 12, 1)))
    sheet.python.again.click()
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    assert not sheet.python.copy.isVisible()


def test_a_python_chosen_by_hand_is_tried_and_remembered(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chosen = tmp_path / "own" / "python"

    def tried(path: Path, **_: object) -> PythonFacts:
        able = path == chosen
        return PythonFacts(path, (3, 12, 1), trouble=None if able else "lacks", lacks=() if able else ("torch",))

    monkeypatch.setattr("app.training.python_search.probe", tried)
    sheet = opened(window, qtbot)
    qtbot.waitUntil(sheet.python.choose.isVisible, timeout=10_000)
    picked = iter([str(tmp_path / "another"), str(chosen)])
    monkeypatch.setattr("app.dialogs.train_parts.QFileDialog.getOpenFileName", lambda *_: (next(picked), ""))
    sheet.python.choose.click()
    qtbot.waitUntil(lambda: "another" in sheet.python.words.text() and sheet.python.choose.isVisible(), timeout=10_000)
    sheet.python.choose.click()
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    assert str(chosen) in sheet.python.words.text()
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    assert window.settings.trainer_python == str(chosen)


@pytest.mark.skipif(sys.platform == "win32", reason="the made-up interpreter is a shell script")
def test_the_desktop_build_finds_a_python_that_can_train(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It carries no trainer; beside the photos there is an environment that has one."""
    monkeypatch.setattr("app.training.python.is_desktop_build", lambda: True)
    monkeypatch.setattr("app.training.python_search.probe", probe)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    monkeypatch.delenv("VIRTUAL_ENV", raising=False)
    answer = json.dumps({"version": [3, 12, 1], "moltbox": __version__, "lacks": [], "own": True})
    made = tmp_path / "shapes" / ".venv" / "bin" / "python"
    made.parent.mkdir(parents=True)
    made.write_text(f"#!/bin/sh\necho '{answer}'\n", encoding="utf-8")
    made.chmod(0o755)
    sheet = opened(window, qtbot)
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    assert sheet.python.words.text() == f"Trains with {made}, Python 3.12.1"


def test_return_starts_with_the_labels_that_are_on(window: MainWindow, qtbot: QtBot) -> None:
    review_shapes(session_of(window), EACH)
    sheet = opened(window, qtbot)
    sheet.sources.ticks["boxes"].click()
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=10_000)
    qtbot.keyClick(sheet, Qt.Key.Key_Return)
    desk = window.session.training
    assert window.sheet is None
    assert desk.folder is not None
    assert desk.setup is not None
    assert desk.setup.labels == "folder names"
    kept = json.loads((desk.folder.path / "setup.json").read_text(encoding="utf-8"))
    assert kept["setup"]["name"] == "shapes v1"
    assert window.settings.trainer_python == ""  # the running one needs no note
    assert sys.executable
    qtbot.waitUntil(lambda: desk.model_path is not None, timeout=20_000)


def test_a_window_closed_over_the_sheet_leaves_nothing_behind(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TRAINER_ESTIMATE_S", "20")
    sheet = opened(window, qtbot)
    assert sheet.planned is not None
    folder = sheet.planned.folder
    qtbot.waitUntil(lambda: sheet.time.is_trying, timeout=10_000)
    window.close()
    assert not folder.path.exists()


# What a plan means, in words.


def plan_of(*photos: tuple[str, int], boxed: int = 0, held_out: int = 0) -> TrainingPlan:
    """Classes with their photos; the first ones of all have boxes, of these the first are held out."""
    names = [name for name, count in photos for _ in range(count)]
    learnt = tuple(LearntPhoto(at, f"{at}.jpg", (name,), at < boxed, at < held_out) for at, name in enumerate(names))
    return TrainingPlan(learnt, frozenset(range(boxed)), {"given": len(names)})


def test_what_boxes_are_used_for_is_true() -> None:
    assert "Review a few first" in boxes_words(plan_of(("cat", 9), ("dog", 9)))
    said = boxes_words(plan_of(("cat", 9), ("dog", 9), boxed=5, held_out=2))
    assert said == "Your boxes: 2 photos held out to score old and new, 3 photos to fit the threshold."
    everything = boxes_words(plan_of(("cat", 3), ("dog", 3), boxed=6))
    assert "Review" not in everything
    assert everything.startswith("Your boxes: 6 photos to fit the threshold. None can be held out")


def test_what_stands_in_the_way() -> None:
    assert "No photo has a label" in fault_words(plan_of())
    assert "one class only (cat)" in fault_words(plan_of(("cat", 9)))
    few = fault_words(plan_of(("ape", 3), ("bee", 1), ("cat", 2), ("dog", 1), ("elk", 9)))
    assert few == "Too few photos of ape (3), bee (1), cat (2), 1 class more: 4 or more are needed."
    assert fault_words(plan_of(("cat", 4), ("dog", 4))) == ""


def test_thin_classes_and_unreadable_photos() -> None:
    assert warning_words(plan_of(("cat", 100), ("dog", 12))) == "dog has 12 photos; 100 or more works better."
    assert warning_words(plan_of(("cat", 50), ("dog", 12))).startswith("2 classes have fewer than 100")
    assert warning_words(plan_of(("cat", 100), ("dog", 100))) == ""
    assert unreadable_words(()) == ""
    assert unreadable_words(("a.jpg",)) == "1 photo cannot be read and is left out: a.jpg"


def test_where_labels_come_from() -> None:
    assert label_words(plan_of(("cat", 4), ("dog", 4))) == "folder names"
    assert label_words(plan_of(("cat", 4), ("dog", 4), boxed=3)) == "folder names, 3 set by hand"
    assert label_words(plan_of(("cat", 4), ("dog", 4), boxed=8)) == "all set by hand"
