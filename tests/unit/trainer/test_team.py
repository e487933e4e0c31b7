"""Two processes that train together are one process with the whole batch; only the first writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from engine.errors import MoltboxError
from support import team_worker
from support.shape_classes import write_shape_classes
from trainer.data import EpochBatches
from trainer.team import Team, join_team

REPOSITORY = Path(__file__).resolve().parents[3]


def start(photos: Path, folder: Path, rank: int, port: int) -> subprocess.Popen[str]:
    places = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": rank, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    surroundings = {**os.environ, **{name: str(value) for name, value in places.items()}}
    surroundings["PYTHONPATH"] = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])
    words = [sys.executable, "-m", "support.team_worker", str(photos), str(folder), str(rank)]
    return subprocess.Popen(words, env=surroundings, stderr=subprocess.PIPE, text=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Folders of a team of two and of one process; one photo cannot be read, and the last batch of an epoch is odd."""
    root = tmp_path_factory.mktemp("team")
    photos = write_shape_classes(root / "photos", 8, width=48, height=40)
    (photos / "red" / "2.png").write_bytes(b"")
    (root / "two").mkdir()
    (root / "one").mkdir()
    port = free_port()
    processes = [start(photos, root / "two", rank, port) for rank in (0, 1)]
    team_worker.train_and_note(str(photos), root / "one", 0)
    for process in processes:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told
    return root / "two", root / "one"


def test_two_processes_have_the_gradients_of_one_with_the_whole_batch(trained) -> None:
    first, second = (load_file(trained[0] / f"gradients-{rank}.safetensors") for rank in (0, 1))
    alone = load_file(trained[1] / "gradients-0.safetensors")
    assert first.keys() == second.keys() == alone.keys()
    assert max(int(name.split(":")[0]) for name in alone) == 7
    for name, expected in alone.items():
        assert torch.equal(first[name], second[name]), name
        # AdamW makes a step of rounding; the steps before the first update must agree closely.
        tolerance = 1e-6 if name.startswith("0:") else 2e-3
        scale = float(expected.abs().max())
        assert float((first[name] - expected).abs().max()) <= tolerance * max(scale, 1e-3), name
    assert any(float(value.abs().max()) > 1e-3 for value in alone.values())


def test_the_team_tells_what_one_process_does_and_tells_it_once(trained) -> None:
    told = []
    for folder in trained:
        lines = [json.loads(line) for line in (folder / "run" / "log.jsonl").read_text().splitlines()]
        told.append(lines)
    two, one = told
    assert [line["event"] for line in two if line["event"] != "phase"] == [
        line["event"] for line in one if line["event"] != "phase"
    ]
    for mine, other in zip(*([line for line in lines if line["event"] == "step"] for lines in told), strict=True):
        assert mine["loss"] == pytest.approx(other["loss"], rel=1e-3)
    left_out = [line for line in two if line["event"] == "unreadable"]
    assert [line["path"] for line in left_out] == ["red/2.png"]
    assert json.loads((trained[0] / "run" / "environment.json").read_text())["processes"] == 2
    validations = [[line for line in lines if line["event"] == "validation"][-1] for lines in told]
    assert validations[0]["photos"] == validations[1]["photos"] == 3
    assert validations[0]["accuracy"] == validations[1]["accuracy"]


def test_shares_of_a_batch_are_all_of_it() -> None:
    whole = list(EpochBatches(11, 4, shuffle=True, seed=2))
    shares = [list(EpochBatches(11, 4, shuffle=True, seed=2, share=(rank, 3))) for rank in range(3)]
    for number, batch in enumerate(whole):
        assert sorted(batch) == sorted(draw for share in shares for draw in share[number])
    assert [len(share[-1]) for share in shares] == [1, 1, 1]
    assert list(EpochBatches(5, 4, shuffle=False, seed=0, share=(1, 2)))[-1] == []


def test_a_process_of_its_own_is_the_first_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    team = join_team(torch.device("cpu"))
    assert team == Team()
    assert team.is_first
    assert team.gather("x") == ["x"]
    assert team.as_the_first([True, False], torch.device("cpu")) == [True, False]
    monkeypatch.setenv("RANK", "first")
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(MoltboxError, match="torchrun"):
        join_team(torch.device("cpu"))
