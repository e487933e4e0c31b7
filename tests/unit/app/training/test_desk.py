"""Trainings of a folder without a window: started, paused, gone on with, compared, answered, and found again."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from pytestqt.qtbot import QtBot

from app.session_types import JobStatus
from app.training.compared import Setup
from app.training.desk import TrainingDesk
from app.training.plan_job import PlanJob, PlannedTraining
from engine.dataset.project_records import PhotoState
from engine.dataset.training_labels import SOURCES
from engine.localization.localizer import Localizer
from support.fake_training import review_shapes, use_fake_trainer, write_shapes
from support.sessions import ToldSession, wait_for_photos

EACH = 6
PYTHON = Path(sys.executable)


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    use_fake_trainer(monkeypatch, tmp_path)
    return monkeypatch


@pytest.fixture
def reviewed(session: ToldSession, qtbot: QtBot, tmp_path: Path, trainer: pytest.MonkeyPatch) -> ToldSession:
    """A folder of two classes; the boxes of some photos are decided on."""
    assert session.open_folder(write_shapes(tmp_path / "shapes", EACH))
    wait_for_photos(session, qtbot, 2 * EACH)
    qtbot.waitUntil(lambda: session.localizer is not None, timeout=10_000)
    review_shapes(session, EACH)
    assert session.counts()[PhotoState.REVIEWED] == EACH
    return session


def planned(session: ToldSession, qtbot: QtBot) -> PlannedTraining:
    job = PlanJob(session, SOURCES)
    with qtbot.waitSignal(job.planned, timeout=10_000) as told:
        job.start()
    assert told.args is not None
    return told.args[0]


def setup_of(plan: PlannedTraining, session: ToldSession) -> Setup:
    classes = tuple((name, 0, count, 0) for name, count in plan.plan.counts.items())
    name, held_out = f"shapes v{plan.number}", len(plan.plan.held_out)
    return Setup(name, "quick", "folder names", classes, len(plan.plan.calibrating), held_out, session.model_name)


def start(session: ToldSession, qtbot: QtBot, python: Path = PYTHON) -> None:
    plan = planned(session, qtbot)
    session.training.start(plan, setup_of(plan, session), python)


def until(qtbot: QtBot, seen: Callable[[], bool]) -> None:
    qtbot.waitUntil(seen, timeout=20_000)


def again(session: ToldSession, qtbot: QtBot, tiny_model: Path) -> ToldSession:
    """The next start, on the same folder."""
    assert session.project is not None
    root = session.project.root
    session.shut_down()
    found = ToldSession(tiny_model)
    assert found.open_folder(root)
    return found


def paused(reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch, *, step: int) -> TrainingDesk:
    """The desk of a training that was started and, at a step or soon after, paused."""
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.05")
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.state.step >= step)
    desk.pause()
    until(qtbot, lambda: desk.is_paused)
    return desk


def test_a_training_is_followed_told_and_compared(reviewed: ToldSession, qtbot: QtBot) -> None:
    desk = reviewed.training
    jobs: list[JobStatus | None] = []
    reviewed.job_changed.connect(jobs.append)
    with qtbot.waitSignal(desk.started):
        start(reviewed, qtbot)
    assert desk.is_running
    until(qtbot, lambda: desk.comparison is not None)
    assert not desk.is_running
    assert desk.model_path is not None
    assert desk.model_path.name == "shapes v1.molt"
    assert desk.comparison is not None
    assert {photo.photo_id for photo in desk.comparison.photos} == set(desk.held_out)
    assert desk.setup is not None
    assert desk.setup.old_right == desk.comparison.old_right / len(desk.held_out)
    titles = {job.title for job in jobs if job is not None}
    assert titles == {"Training shapes v1"}
    assert {job.act for job in jobs if job is not None} == {"training"}
    assert jobs[-1] is None
    assert "shapes v1 is trained" in reviewed.told.of_kind("ok")[-1]
    assert reviewed.model_name == "tiny"


def test_there_is_one_training_at_a_time(reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch) -> None:
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.1")
    start(reviewed, qtbot)
    first = reviewed.training.folder
    start(reviewed, qtbot)
    assert reviewed.training.folder == first


def test_a_python_that_has_vanished_is_told_and_another_one_goes_on(
    reviewed: ToldSession, qtbot: QtBot, tmp_path: Path
) -> None:
    desk = reviewed.training
    start(reviewed, qtbot, tmp_path / "gone" / "python")
    assert not desk.is_running
    assert desk.is_there
    assert desk.state.outcome == "failed"
    assert "is not there any more" in desk.error
    assert "The training has failed" in reviewed.told.of_kind("bad")[-1]
    desk.resume(PYTHON)
    until(qtbot, lambda: desk.model_path is not None)
    assert desk.error == ""


def test_a_disk_that_fills_up_is_told_and_what_was_saved_is_gone_on_with(
    reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setenv("FAKE_TRAINER_ERROR", "OSError: [Errno 28] No space left on device")
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.state.outcome == "failed")
    assert desk.error.startswith("The disk is full.")
    assert desk.folder is not None
    assert desk.folder.is_saved
    trainer.delenv("FAKE_TRAINER_ERROR")
    desk.resume(PYTHON)
    until(qtbot, lambda: desk.model_path is not None)


def test_a_comparison_that_takes_long_is_given_up_for_another_and_harms_nothing(
    reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch
) -> None:
    """On a busy machine the look with the old model alone is not over when the training is."""
    opened: list[Path] = []

    def open_slowly(path: Path) -> Localizer:
        opened.append(path)
        time.sleep(3.0 if len(opened) == 1 else 0.0)
        return Localizer.open(path)

    trainer.setattr("app.training.compare_job.Localizer", SimpleNamespace(open=open_slowly))
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.comparison is not None)
    assert len(opened) == 3
    reviewed.shut_down()


def test_a_pause_is_gone_on_with_where_it_stood(
    reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.05")
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.state.step >= 3)
    reviewed.pause_job()
    until(qtbot, lambda: desk.is_paused)
    stood = desk.state.step
    assert desk.job() is None
    desk.resume(PYTHON)
    assert not desk.is_paused
    until(qtbot, lambda: desk.model_path is not None)
    assert desk.folder is not None
    log = [json.loads(line) for line in desk.folder.log.read_text(encoding="utf-8").splitlines()]
    steps = [line["step"] for line in log if line["event"] == "step"]
    assert steps == list(range(1, 25))
    assert stood < 24


def test_the_best_so_far_becomes_the_model(reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch) -> None:
    trainer.setenv("FAKE_TRAINER_STEP_S", "0.1")
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.state.step >= 2)
    desk.finish()
    until(qtbot, lambda: desk.model_path is not None)
    assert desk.state.step < 24


def test_a_trained_model_waits_for_an_answer_over_the_next_start(
    reviewed: ToldSession, qtbot: QtBot, tiny_model: Path
) -> None:
    """The comparison is made as soon as the model in use is loaded."""
    start(reviewed, qtbot)
    until(qtbot, lambda: reviewed.training.model_path is not None)
    second = again(reviewed, qtbot, tiny_model)
    until(qtbot, lambda: second.training.comparison is not None)
    second.training.keep_old()
    assert not second.training.is_there
    third = again(second, qtbot, tiny_model)
    until(qtbot, lambda: third.localizer is not None)
    assert not third.training.is_there
    third.shut_down()


def test_another_model_in_use_is_compared_anew(reviewed: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    desk = reviewed.training
    start(reviewed, qtbot)
    until(qtbot, lambda: desk.comparison is not None)
    first = desk.comparison
    reviewed.use_model(tmp_path / "learnt.molt")
    until(qtbot, lambda: desk.comparison is not None and desk.comparison is not first)
    assert desk.setup is not None
    assert desk.setup.old_name == "learnt"


def test_a_paused_training_is_found_behind_a_plan_that_never_began(
    reviewed: ToldSession, qtbot: QtBot, tiny_model: Path, trainer: pytest.MonkeyPatch
) -> None:
    paused(reviewed, qtbot, trainer, step=5)
    planned(reviewed, qtbot)
    second = again(reviewed, qtbot, tiny_model)
    assert second.training.is_paused
    assert "shapes v1 stands at epoch" in second.told.of_kind("info")[-1]
    second.shut_down()


def test_one_that_is_still_saving_is_offered_once_it_has(
    reviewed: ToldSession, qtbot: QtBot, tiny_model: Path, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setattr("app.training.desk._LOOK_AGAIN_MS", 50)
    desk = paused(reviewed, qtbot, trainer, step=5)
    folder = desk.folder
    assert folder is not None
    folder.running.touch()
    now_s = time.time()
    os.utime(folder.log, (now_s, now_s))
    second = again(reviewed, qtbot, tiny_model)
    qtbot.wait(200)
    assert not second.training.is_there
    folder.running.unlink()
    until(qtbot, lambda: second.training.is_paused)
    second.shut_down()


def test_a_training_that_failed_before_it_saved_is_not_offered_again(
    reviewed: ToldSession, qtbot: QtBot, tiny_model: Path, tmp_path: Path
) -> None:
    start(reviewed, qtbot, tmp_path / "gone")
    second = again(reviewed, qtbot, tiny_model)
    assert not second.training.is_there
    second.shut_down()


def test_where_nothing_is_held_out_there_is_a_model_but_no_comparison(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, trainer: pytest.MonkeyPatch
) -> None:
    assert session.open_folder(write_shapes(tmp_path / "shapes", EACH))
    wait_for_photos(session, qtbot, 2 * EACH)
    start(session, qtbot)
    until(qtbot, lambda: session.training.model_path is not None)
    qtbot.wait(200)
    assert session.training.comparison is None
    assert session.training.held_out == ()


def kill(desk: object) -> None:
    process = desk._process._process  # pyright: ignore[reportAttributeAccessIssue]
    os.kill(process.pid, signal.SIGKILL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs SIGKILL")
def test_a_killed_training_is_told_and_gone_on_with(
    reviewed: ToldSession, qtbot: QtBot, trainer: pytest.MonkeyPatch
) -> None:
    desk = paused(reviewed, qtbot, trainer, step=3)
    desk.resume(PYTHON)
    until(qtbot, lambda: desk.state.step >= 8)
    kill(desk)
    until(qtbot, lambda: bool(desk.error))
    assert "ended" in desk.error
    assert desk.folder is not None
    assert not desk.folder.running.exists()
    desk.resume(PYTHON)
    until(qtbot, lambda: desk.model_path is not None)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs SIGKILL")
def test_a_training_killed_together_with_its_window_is_offered_at_the_next_start(
    reviewed: ToldSession, qtbot: QtBot, tiny_model: Path, trainer: pytest.MonkeyPatch
) -> None:
    trainer.setattr("app.training.desk._LOOK_AGAIN_MS", 50)
    trainer.setattr("app.training.desk._ALIVE_S", 1.0)
    desk = paused(reviewed, qtbot, trainer, step=3)
    desk.resume(PYTHON)
    until(qtbot, lambda: desk.state.step >= 8)
    kill(desk)
    folder = desk.folder
    assert folder is not None
    until(qtbot, lambda: not desk.is_running)
    folder.running.touch()  # the window was killed, too: it could not take its mark away
    second = again(reviewed, qtbot, tiny_model)
    until(qtbot, lambda: second.training.is_paused)
    assert "shapes v1 stands at epoch" in second.told.of_kind("info")[-1]
    second.training.resume(PYTHON)
    until(qtbot, lambda: second.training.model_path is not None)
    second.shut_down()
