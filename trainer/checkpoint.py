"""Checkpoints: everything that a training needs to go on as if it had never stopped.

A checkpoint is a folder `checkpoint-<step>` with `weights.safetensors`, `optimiser.pt` and `state.json`. It is written
under another name and renamed once it is whole, so a folder of that name is always complete.
"""

from __future__ import annotations

import json
import os
import pickle
import re
import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path

import safetensors
import safetensors.torch
import torch
from torch import nn
from torch.optim import Optimizer

from engine.errors import MoltboxError

_NAME = re.compile(r"checkpoint-(\d+)")
_WEIGHTS, _OPTIMISER, _STATE = "weights.safetensors", "optimiser.pt", "state.json"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a training stands.

    step: optimiser steps done, over all epochs.
    elapsed_s: seconds of training so far, pauses between runs left out.
    finished: whether those are all steps.
    fingerprint: of the photos (see `trainer.data.PhotoSet`).
    unreadable: relative paths of photos that could not be read so far.
    accuracy: share of validation photos whose class is right, after the last finished epoch; None before.
    scored: validation photos behind `accuracy`.
    """

    step: int
    elapsed_s: float
    fingerprint: str
    finished: bool = False
    unreadable: list[str] = field(default_factory=list)
    accuracy: float | None = None
    scored: int = 0


def save_checkpoint(run_folder: Path, model: nn.Module, optimiser: Optimizer, progress: Progress) -> None:
    """Writes a checkpoint in one step and removes the ones before it."""
    final = run_folder / f"checkpoint-{progress.step}"
    writing = run_folder / f".writing-{final.name}"
    shutil.rmtree(writing, ignore_errors=True)
    writing.mkdir(parents=True)
    safetensors.torch.save_model(model, str(writing / _WEIGHTS))
    torch.save(optimiser.state_dict(), writing / _OPTIMISER)
    (writing / _STATE).write_text(json.dumps(asdict(progress), indent=1), encoding="utf-8")
    for name in (_WEIGHTS, _OPTIMISER, _STATE):
        with (writing / name).open("rb+") as file:
            os.fsync(file.fileno())
    earlier = _checkpoints(run_folder)
    if final in earlier:
        shutil.rmtree(final)
    writing.replace(final)
    for folder in earlier:
        if folder != final:
            shutil.rmtree(folder, ignore_errors=True)


def newest_checkpoint(run_folder: Path) -> Path | None:
    """The checkpoint of the most steps; None where there is none."""
    return max(_checkpoints(run_folder), key=_step, default=None)


def read_progress(checkpoint: Path) -> Progress:
    """Raises:
    MoltboxError: the checkpoint is damaged.
    """
    try:
        return Progress(**json.loads((checkpoint / _STATE).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise _damaged(checkpoint, _STATE) from error


def load_checkpoint(checkpoint: Path, model: nn.Module, optimiser: Optimizer) -> None:
    """Puts weights and optimiser state back. No code runs from the files.

    Raises:
        MoltboxError: the checkpoint is damaged or belongs to another model.
    """
    try:
        safetensors.torch.load_model(model, str(checkpoint / _WEIGHTS), strict=True)
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise _damaged(checkpoint, _WEIGHTS) from error
    try:
        optimiser.load_state_dict(torch.load(checkpoint / _OPTIMISER, weights_only=True, map_location="cpu"))
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise _damaged(checkpoint, _OPTIMISER) from error


def remove_checkpoints(run_folder: Path) -> None:
    """Clears the checkpoints of an earlier training away."""
    for folder in _checkpoints(run_folder):
        shutil.rmtree(folder)


def _checkpoints(run_folder: Path) -> list[Path]:
    if not run_folder.is_dir():
        return []
    return [entry for entry in run_folder.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name)]


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _damaged(checkpoint: Path, part: str) -> MoltboxError:
    return MoltboxError(f"{checkpoint.name}/{part} is damaged or belongs to another training: start without --resume.")
