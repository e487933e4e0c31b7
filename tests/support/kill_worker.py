"""A training that is killed (SIGKILL) again and again at places drawn from a seed, and taken up each time.

    python -m support.kill_worker PRESET PHOTOS FOLDER KILLS SEED

Trains in FOLDER/whole without a kill and in FOLDER/cut with KILLS of them, and prints the place of each. Every attempt
is a process of its own, forked before torch has computed anything: the libraries are read once.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import safetensors.torch

import trainer.light_features
import trainer.light_train
import trainer.train
from engine.errors import MoltboxError
from trainer.config import QuickConfig, TrainConfig
from trainer.light_trunk import LightTrunk
from trainer.loop import Loop

MOST_ATTEMPTS = 60
NOTHING_TO_RESUME = 3
_FILE_ACTS = frozenset({"open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree"})


def paper(photos: str, folder: Path, *, resume: bool) -> None:
    """Twelve steps of a tiny MOLT, each saved."""
    config = TrainConfig(
        data=photos,
        out=str(folder / "out.molt"),
        backbone="test_vit",
        sides=(32, 48),
        pretrained="none",
        epochs=3,
        batch=7,
        lr=1e-3,
        device="cpu",
        log_every=1,
        clusters=False,
        threads=1,
        save_every_s=0.0,
    )
    trainer.train.train(config, folder / "run", resume=resume)


def quick(photos: str, folder: Path, *, resume: bool) -> None:
    """Eight steps of the quick preset on its real trunk."""
    config = QuickConfig(photos, str(folder / "out.molt"), steps=8, batch=4, threads=1, log_every=1, save_every_s=0.0)
    trainer.light_train.train_light(config, folder / "run", resume=resume)


def spare_the_exports(folder: Path) -> None:
    """They take seconds: the trunk's is made once, the model files (whole or not there, see their own tests) never."""
    trainer.train.write_molt = lambda *_: None
    trainer.light_train.write_light_molt = lambda *_, **__: None
    trainer.light_features.CHUNK = 6
    kept, export = folder / "trunk.onnx", trainer.light_features._export_for_features

    def once(trunk: LightTrunk) -> bytes:
        if not kept.exists():
            kept.write_bytes(export(trunk))
        return kept.read_bytes()

    trainer.light_features._export_for_features = once


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("killed processes do not go on")


def drawn(draw: random.Random) -> tuple[str, int]:
    """A place: after so many steps, at so many acts on files, in the middle of so many weights files."""
    kind = draw.choice(("step", "file", "file", "weights"))
    return kind, draw.randint(1, 3) if kind != "file" else draw.randint(1, 70)


def lie_in_wait(run: Path, draw: random.Random) -> None:
    """Arranges this process's death."""
    kind, left = drawn(draw)

    def strike() -> None:
        nonlocal left
        left -= 1
        if left == 0:
            die()

    if kind == "step":
        wrapped: Callable[..., Any] = Loop._asked
        Loop._asked = lambda *words: (strike(), wrapped(*words))[1]  # type: ignore[method-assign]
    elif kind == "weights":
        save = safetensors.torch.save_model

        def save_a_part(model: Any, filename: str, *words: Any, **more: Any) -> None:
            save(model, filename, *words, **more)
            if left == 1:
                os.truncate(filename, draw.randint(0, os.path.getsize(filename) - 1))  # noqa: PTH202
            strike()

        safetensors.torch.save_model = save_a_part
    else:

        def watch(event: str, words: tuple[Any, ...]) -> None:
            if event in _FILE_ACTS and str(run) in str(words[0]):
                strike()

        sys.addaudithook(watch)


def attempt(train: Callable[[], None], run: Path, place: float | None) -> int:
    """Trains in a process of its own; answers its exit status, negative for a signal."""
    child = os.fork()
    if child == 0:
        try:
            if place is not None:
                lie_in_wait(run, random.Random(place))  # noqa: S311 - places, not secrets
            train()
        except MoltboxError as error:
            print(error, file=sys.stderr, flush=True)
            os._exit(NOTHING_TO_RESUME if "no checkpoint" in str(error) else 1)
        except BaseException as error:
            print(repr(error), file=sys.stderr, flush=True)
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def train_through(preset: str, photos: str, folder: Path, kills: int, seed: str) -> int:
    """Answers 0 once the training is through."""
    folder.mkdir()
    draw = random.Random(seed)  # noqa: S311
    train, resume, killed = {"paper": paper, "quick": quick}[preset], False, 0
    for _ in range(MOST_ATTEMPTS):
        place = draw.random() if killed < kills else None
        found = attempt(lambda: train(photos, folder, resume=resume), folder / "run", place)  # noqa: B023
        if found == NOTHING_TO_RESUME:
            resume = False
        elif found == -signal.SIGKILL:
            print(*drawn(random.Random(place)), flush=True)  # noqa: S311
            killed, resume = killed + 1, True
        else:
            return found
    return 2


def main() -> int:
    preset, photos, folder, kills, seed = sys.argv[1], sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
    spare_the_exports(folder)
    return train_through(preset, photos, folder / "whole", 0, seed) or train_through(
        preset, photos, folder / "cut", kills, seed
    )


if __name__ == "__main__":
    sys.exit(main())
