"""A training that was killed again and again, compared with one that never was.

    python -m support.killed_training "training" --tries 100 --seed 1

Trains a tiny MOLT (paper preset) and the quick preset in turn, with some kills each, until there were as many as asked
for. Prints one line of JSON, as `support.faults` does: `told` are the steps logged.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support.shape_classes import write_shape_classes
from trainer.checkpoint import best_checkpoint, newest_checkpoint

REPOSITORY = Path(__file__).resolve().parents[2]
NAME = "training"
PRESETS = (("paper", 9, 8), ("quick", 5, 5))
"""Preset, photos of a class, kills of one training."""


def trained(preset: str, photos: Path, folder: Path, *, kills: int, seed: int) -> list[str]:
    """Trains without and through `kills` kills, and answers where they were.

    Raises:
        AssertionError: a training did not come to its end.
    """
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    words = [sys.executable, "-m", "support.kill_worker", preset, str(photos), str(folder), str(kills), str(seed)]
    done = subprocess.run(words, env=surroundings, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def logged(run: Path, event: str, *fields: str) -> list[tuple[Any, ...]]:
    """What a run's log tells of an event, line by line."""
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [tuple(line[field] for field in fields) for line in lines if line["event"] == event]


def assert_same(folder: Path) -> int:
    """Makes sure that both runs are one to the last bit; answers the number of steps.

    Raises:
        AssertionError: they are not.
    """
    whole, cut = folder / "whole" / "run", folder / "cut" / "run"
    steps = logged(whole, "step", "step", "loss", "accuracy", "lr", "epoch")
    assert [line[0] for line in steps] == list(range(1, len(steps) + 1))
    assert logged(cut, "step", "step", "loss", "accuracy", "lr", "epoch") == steps
    for event, fields in (("validation", ("step", "loss", "accuracy")), ("end", ("accuracy", "best_epoch"))):
        assert logged(cut, event, *fields) == logged(whole, event, *fields)
    for find in (newest_checkpoint, best_checkpoint):
        one, other = find(whole), find(cut)
        assert (one and one.name) == (other and other.name)
        if one and other:
            assert (one / "weights.safetensors").read_bytes() == (other / "weights.safetensors").read_bytes()
    assert not [path for path in cut.iterdir() if path.name.startswith(".writing")]
    return len(steps)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=[NAME])
    parser.add_argument("--tries", type=int, default=26)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    tries = told = 0
    losses: list[str] = []
    while tries < args.tries:
        for preset, photos, kills in PRESETS:
            seed = 1000 * args.seed + tries
            with tempfile.TemporaryDirectory(prefix="faults-") as name:
                folder = Path(name)
                shapes = write_shape_classes(folder / "photos", photos, width=48, height=40)
                where = trained(preset, shapes, folder, kills=kills, seed=seed)
                tries += len(where)
                try:
                    told += assert_same(folder)
                except AssertionError as error:
                    losses.append(f"{preset}, seed {seed}: {error}")
    print(json.dumps({"kind": NAME, "tries": tries, "cut": tries, "told": told, "losses": losses}))
    return 1 if losses else 0


if __name__ == "__main__":
    sys.exit(main())
