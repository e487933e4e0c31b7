"""What a training is asked to do, and whether a run folder can take it up again."""

from __future__ import annotations

import json
from dataclasses import MISSING, asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import MoltboxError
from trainer.backbones import DEFAULT_BACKBONE, HUB, NO_WEIGHTS
from trainer.checkpoint import Progress, newest_checkpoint, read_progress
from trainer.data import PhotoSet
from trainer.molt import DEFAULT_SIDES

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_RUN_ONLY = frozenset(
    {
        "data",
        "labels",
        "boxes",
        "out",
        "device",
        "threads",
        "workers",
        "log_every",
        "save_every_s",
        "keep",
        "accumulate",
        "compile",
        "choice",
    }
)
"""Settings that may differ when a training is taken up again: they change no weight."""


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """Everything that shapes a training; stored as `config.json` beside its results.

    lr: peak learning rate of the trunk; None takes the rule of `base_lr`. The class heads learn `head_lr_factor` times
        as fast, as they start from nothing.
    warmup: share of all steps over which the rate rises to its peak; from there it falls along a cosine to 0.
    device: "auto", "cpu" or "cuda".
    lr_falls: epochs at whose multiples the rate falls to a tenth; with any, there is neither rise nor cosine.
    layer_decay: each block of a trunk learns at this share of the rate of the block above it; 1 is the same for all.
    freeze_trunk: only the class heads learn.
    per_branch: the branches learn one after another, each all epochs, in place of together; takes the memory of one.
    head_bias: start the class heads' biases with those of the pretrained classifier, where it has as many classes.
    clip_norm: largest norm of each branch's gradients, with a shared trunk of all; 0 leaves them as they are.
    precision: number format of the forward pass: "auto" (see `trainer.devices.precision_on`), "bf16", "fp16" or
        "fp32".
    accumulate: parts that a process's share of a batch goes through the network in.
    compile: let torch.compile make kernels of the network: minutes first, faster steps then.
    recipe: where the values come from: "default" or "strict_tscam" (see `trainer.recipes`).
    batch: photos a step, over all processes.
    clusters: train the clustering network, too; the light MOLT gained nothing by it (docs/results.md).
    labels: table of labels (see `trainer.label_table`); None reads them from folders.
    boxes: COCO file with boxes, for validation figures and for the calibration at the end; None does without.
    keep: how many of the newest checkpoints stay.
    threads, workers: CPU threads and loading processes; None leaves the choice to the program.
    """

    data: str
    out: str
    labels: str | None = None
    boxes: str | None = None
    backbone: str = DEFAULT_BACKBONE
    sides: tuple[int, ...] = DEFAULT_SIDES
    shared_trunk: bool = False
    pretrained: str = HUB
    epochs: int = 20
    batch: int = 64
    lr: float | None = None
    head_lr_factor: float = 10.0
    weight_decay: float = 0.05
    warmup: float = 0.05
    drop_path: float = 0.1
    clip_norm: float = 1.0
    lr_falls: tuple[int, ...] = ()
    layer_decay: float = 1.0
    freeze_trunk: bool = False
    per_branch: bool = False
    head_bias: bool = False
    precision: str = "auto"
    accumulate: int = 1
    compile: bool = False
    recipe: str = "default"
    clusters: bool = True
    seed: int = 0
    device: str = "auto"
    threads: int | None = None
    workers: int | None = None
    log_every: int = 10
    save_every_s: float = 600.0
    keep: int = 2


@dataclass(frozen=True, slots=True)
class QuickConfig:
    """Everything that shapes a training with the quick preset (`trainer.light_train`, `trainer.frozen_train`).

    pretrained: weights of DeiT-Tiny as in `TrainConfig`; "none" learns on the light convolutional network.
    choice: why that network, in a sentence.
    steps: of `batch` photos each, however many photos there are.
    lr, warmup, clusters, labels, boxes, keep: as in `TrainConfig`.
    foreground_loss, box_loss, class_loss: weights of the three losses.
    """

    data: str
    out: str
    labels: str | None = None
    boxes: str | None = None
    pretrained: str = NO_WEIGHTS
    choice: str = ""
    steps: int = 500
    batch: int = 32
    lr: float = 1e-3
    weight_decay: float = 0.05
    warmup: float = 0.1
    clip_norm: float = 1.0
    foreground_loss: float = 1.0
    box_loss: float = 1.0
    class_loss: float = 0.3
    clusters: bool = False
    seed: int = 0
    threads: int | None = None
    log_every: int = 10
    save_every_s: float = 600.0
    keep: int = 2


def begun_with(run_folder: Path, setting: str) -> str | None:
    """A setting, in words, that the training in a run folder was begun with; None where none was begun."""
    try:
        return json.loads((run_folder / "config.json").read_text(encoding="utf-8")).get(setting)
    except (OSError, ValueError, AttributeError):
        return None


def start_progress(config: TrainConfig | QuickConfig, run_folder: Path, photos: PhotoSet, *, resume: bool) -> Progress:
    """Where to start: at the newest checkpoint with `resume`, else at nothing; changes no file.

    A training that ended before its first checkpoint begins anew, with the settings that it had.

    Raises:
        MoltboxError: nothing to resume, other settings or other photos than before, or an unfinished training that
            would be overwritten.
    """
    checkpoint = newest_checkpoint(run_folder)
    if not resume:
        if checkpoint is not None and not read_progress(checkpoint).finished:
            raise MoltboxError(
                f"{run_folder} holds a training that is not finished: add --resume, or name another --run-dir."
            )
        return Progress(step=0, elapsed_s=0.0, fingerprint=photos.fingerprint)
    settings = run_folder / "config.json"
    if checkpoint is None:
        if not settings.is_file():
            raise MoltboxError(f"{run_folder} has no checkpoint to resume from.")
        check_same_settings(config, settings)
        return Progress(step=0, elapsed_s=0.0, fingerprint=photos.fingerprint)
    known = read_progress(checkpoint)
    check_same_settings(config, settings)
    if known.fingerprint != photos.fingerprint:
        raise MoltboxError(f"The photos in {config.data} have changed since the training was stopped.")
    return known


def check_same_settings(config: DataclassInstance, stored: Path) -> None:
    """
    Raises:
        MoltboxError: the settings stored at the start are missing, or others than `config`.
    """
    try:
        before = json.loads(stored.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MoltboxError(f"{stored} is missing or damaged, so the training cannot be resumed.") from error
    usual = {each.name: None if each.default is MISSING else each.default for each in fields(config)}
    for name, value in json.loads(json.dumps(asdict(config))).items():
        begun = before.get(name, usual[name])  # a setting that is newer than the training had no other value
        if name not in _RUN_ONLY and begun != value:
            raise MoltboxError(f"The training was begun with {name} {begun}, not {value}: resume with that.")
