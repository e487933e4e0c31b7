"""Checkpoints: everything that a training needs to go on as if it had never stopped.

A checkpoint is a folder `checkpoint-<step>` with `weights.safetensors`, `optimiser.pt` and `state.json`. It is written
under another name and renamed once it is whole, so a folder of that name is always complete. `best-<step>` holds the
weights that validated best so far, and the state they had. What goes is renamed before it is removed, so that a process
killed at any moment leaves whole folders of these names and no others.
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

from engine.dataset.files import sync_folder
from engine.errors import MoltboxError

_NAME, _BEST_NAME = re.compile(r"checkpoint-(\d+)"), re.compile(r"best-(\d+)")
_LEFT_OVER = re.compile(r"\.(writing|going)-(checkpoint|best)-\d+")
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
    boxes_right, boxes_scored: share of validation boxes met at IoU 0.5, and of how many; None and 0 without boxes.
    scaler: state of the scaler of half-precision gradients; empty without one.
    """

    step: int
    elapsed_s: float
    fingerprint: str
    finished: bool = False
    unreadable: list[str] = field(default_factory=list)
    accuracy: float | None = None
    scored: int = 0
    boxes_right: float | None = None
    boxes_scored: int = 0
    scaler: dict[str, float] = field(default_factory=dict)

    def is_no_worse(self, other: Progress) -> bool:
        """Whether this one validated at least as well: by boxes where both have them, else by classes."""
        if self.boxes_right is not None and other.boxes_right is not None:
            return self.boxes_right >= other.boxes_right
        return (self.accuracy or 0.0) >= (other.accuracy or 0.0)


def save_checkpoint(
    run_folder: Path, model: nn.Module, optimiser: Optimizer, progress: Progress, *, keep: int = 1
) -> None:
    """Writes a checkpoint in one step and removes all but the newest `keep`."""
    final = run_folder / f"checkpoint-{progress.step}"
    _write_whole(final, model, progress, optimiser)
    for folder in sorted(_folders(run_folder, _NAME), key=_step)[:-keep]:
        _remove(folder)


def save_best(run_folder: Path, model: nn.Module, progress: Progress, steps: range) -> None:
    """Writes the weights that validated best in one step, and removes the others among these steps."""
    final = run_folder / f"best-{progress.step}"
    _write_whole(final, model, progress, None)
    for folder in _folders(run_folder, _BEST_NAME):
        if folder != final and _step(folder) in steps:
            _remove(folder)


def _write_whole(final: Path, model: nn.Module, progress: Progress, optimiser: Optimizer | None) -> None:
    _clear_left_overs(final.parent)
    writing = final.with_name(f".writing-{final.name}")
    writing.mkdir(parents=True)
    safetensors.torch.save_model(model, str(writing / _WEIGHTS))
    if optimiser is not None:
        torch.save(optimiser.state_dict(), writing / _OPTIMISER)
    (writing / _STATE).write_text(json.dumps(asdict(progress), indent=1), encoding="utf-8")
    for path in writing.iterdir():
        with path.open("rb+") as file:
            os.fsync(file.fileno())
    sync_folder(writing)
    if final.exists():
        _remove(final)
    writing.replace(final)
    sync_folder(final.parent)


def _remove(folder: Path) -> None:
    """Takes the name away first: what is left of a folder half removed is nobody's checkpoint."""
    going = folder.with_name(f".going-{folder.name}")
    shutil.rmtree(going, ignore_errors=True)
    folder.replace(going)
    shutil.rmtree(going, ignore_errors=True)


def _clear_left_overs(run_folder: Path) -> None:
    """What a killed process was writing or removing."""
    for folder in _folders(run_folder, _LEFT_OVER):
        shutil.rmtree(folder, ignore_errors=True)


def newest_checkpoint(run_folder: Path) -> Path | None:
    """The checkpoint of the most steps; None where there is none."""
    return max(_folders(run_folder, _NAME), key=_step, default=None)


def best_checkpoint(run_folder: Path, steps: range | None = None) -> Path | None:
    """The weights that validated best among these steps, or among all; None where there are none."""
    found = [folder for folder in _folders(run_folder, _BEST_NAME) if steps is None or _step(folder) in steps]
    return max(found, key=_step, default=None)


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
    load_weights(checkpoint, model)
    try:
        optimiser.load_state_dict(torch.load(checkpoint / _OPTIMISER, weights_only=True, map_location="cpu"))
    except (OSError, RuntimeError, ValueError, KeyError, EOFError, pickle.UnpicklingError) as error:
        raise _damaged(checkpoint, _OPTIMISER) from error


def load_branch(checkpoint: Path, model: nn.Module, branch: int) -> None:
    """Puts the weights of one branch of a MOLT back; the branches share nothing.

    Raises:
        MoltboxError: the file is damaged or belongs to another model.
    """
    try:
        stored = safetensors.torch.load_file(checkpoint / _WEIGHTS)
        own = {name: value for name, value in stored.items() if name.startswith(f"branches.{branch}.")}
        model.load_state_dict({**model.state_dict(), **own})
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise _damaged(checkpoint, _WEIGHTS) from error


def load_weights(checkpoint: Path, model: nn.Module) -> None:
    """Puts the weights alone back.

    Raises:
        MoltboxError: the file is damaged or belongs to another model.
    """
    try:
        safetensors.torch.load_model(model, str(checkpoint / _WEIGHTS), strict=True)
    except (OSError, RuntimeError, safetensors.SafetensorError) as error:
        raise _damaged(checkpoint, _WEIGHTS) from error


def remove_checkpoints(run_folder: Path) -> None:
    """Clears the checkpoints of an earlier training away, and its best."""
    for name in (_NAME, _BEST_NAME):
        for folder in _folders(run_folder, name):
            _remove(folder)
    _clear_left_overs(run_folder)


def _folders(run_folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not run_folder.is_dir():
        return []
    return [entry for entry in run_folder.iterdir() if entry.is_dir() and name.fullmatch(entry.name)]


def _step(checkpoint: Path) -> int:
    return int(checkpoint.name.rpartition("-")[2])


def _damaged(checkpoint: Path, part: str) -> MoltboxError:
    return MoltboxError(f"{checkpoint.name}/{part} is damaged or belongs to another training: start without --resume.")
