"""A training's log as it grows, and the process behind it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.training.compared import Setup
from app.training.files import TrainingFolder, new_training, training_folders
from app.training.process import LogReader, TrainingProcess
from app.training.state import TrainingState, read_state

BEGIN = {
    "event": "begin",
    "steps": 8,
    "epochs": 2,
    "photos": 40,
    "classes": {"wren": 30, "robin": 10},
    "device": "cpu",
    "preset": "quick",
    "network": "light",
    "sides": [320, 448],
}
STEPS = [{"event": "step", "step": n, "steps": 8, "epoch": n / 4, "loss": 2.0 / n, "elapsed_s": n} for n in range(1, 9)]
END = {"event": "end", "model": "birds.molt", "accuracy": 0.9, "best_epoch": 2.0}
SETUP = Setup("birds v1", "quick", "folder names", (("wren", 0, 30, 2),), 1, 1, "starter")


def log(*events: dict) -> str:
    return "".join(json.dumps(event) + "\n" for event in events)


WHOLE = log(BEGIN, *STEPS, {"event": "saved", "step": 8, "epoch": 2.0}, END)


@given(st.lists(st.integers(0, len(WHOLE.encode())), max_size=6))
def test_a_log_read_in_any_pieces_tells_the_same(tmp_path_factory, cuts: list[int]) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.touch()
    reader = LogReader(path)
    data = WHOLE.encode()
    at = 0
    for cut in [*sorted(cuts), len(data)]:
        with path.open("ab") as file:
            file.write(data[at:cut])
        at = cut
        reader.read()
    assert reader.state == read_state(WHOLE)
    assert reader.state.outcome == "done"
    assert len(reader.state.losses) == 8


def test_a_log_written_anew_is_read_from_its_start(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(log(BEGIN, *STEPS), encoding="utf-8")
    reader = LogReader(path)
    assert reader.read()
    assert reader.state.step == 8
    other = tmp_path / "other"
    other.write_text(log(BEGIN, *STEPS[:2]), encoding="utf-8")
    other.replace(path)
    assert reader.read()
    assert reader.state.step == 2
    assert not reader.read()


def test_lines_of_no_use_change_nothing() -> None:
    odd = ["", "{", "[]", '{"event": "unheard of"}', '{"event": "step", "step": "x"}', '"text"', "null"]
    assert read_state("\n".join(odd)) == TrainingState()


def test_the_clusters_own_steps_are_no_loss_of_the_classes() -> None:
    phase = {"event": "phase", "name": "clusters", "done": 1, "total": 9, "eta_s": 4}
    state = read_state(log(BEGIN, *STEPS, phase, {**STEPS[0], "loss": -6.0}))
    assert min(loss for _, loss in state.losses) > 0
    assert (state.phase, state.done, state.total, state.step) == ("clusters", 1, 9, 8)


def test_trainings_are_numbered_and_remember_what_they_were_started_with(tmp_path: Path) -> None:
    assert training_folders(tmp_path) == []
    for wanted in ("1", "2"):
        folder = new_training(tmp_path)
        assert folder.path.name == wanted
    folder.keep(SETUP, (4, 5))
    assert folder.kept() == (SETUP, (4, 5))
    assert training_folders(tmp_path)[-1] == folder
    (folder.path / "setup.json").write_text('{"setup": {"name": 3}}', encoding="utf-8")
    assert folder.kept() is None


def _folder(tmp_path: Path) -> TrainingFolder:
    folder = new_training(tmp_path)
    folder.run.mkdir()
    return folder


def test_what_a_program_says_last_is_why_it_failed(qtbot: QtBot, tmp_path: Path) -> None:
    process = TrainingProcess(_folder(tmp_path))
    with qtbot.waitSignal(process.ended, timeout=20_000) as told:
        process.start([sys.executable, "-c", "import sys; sys.exit('birds has one class only.')"])
    assert told.args == ["failed", "birds has one class only."]
    assert not process.is_running


def test_a_program_that_is_not_there_is_told(qtbot: QtBot, tmp_path: Path) -> None:
    process = TrainingProcess(_folder(tmp_path))
    with qtbot.waitSignal(process.ended) as told:
        process.start([str(tmp_path / "no python"), "-m", "trainer"])
    assert told.args is not None
    assert told.args[0] == "failed"
    assert "no python is not there any more" in told.args[1]


def test_a_pause_is_heard_and_is_no_failure(qtbot: QtBot, tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    listens = (
        "import sys, time, pathlib\n"
        "ask = pathlib.Path(sys.argv[1])\n"
        "for _ in range(400):\n"
        "    if ask.is_file() and ask.read_text() == 'pause': sys.exit(130)\n"
        "    time.sleep(0.05)\n"
    )
    process = TrainingProcess(folder)
    process.start([sys.executable, "-c", listens, str(folder.ask)])
    with qtbot.waitSignal(process.ended, timeout=20_000) as told:
        process.pause()
    assert told.args == ["paused", ""]
