"""Trains a MOLT from image-level class labels: one loop, from photos to a model file.

The run folder holds `config.json`, `log.jsonl` and the newest checkpoint. Everything drawn at random depends on the
seed, the epoch and the step alone, so a training that was stopped goes on exactly where it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim import AdamW
from torch.utils.data import DataLoader

from engine.errors import MoltboxError
from trainer.backbones import HUB, NO_WEIGHTS, input_statistics, weights_licence
from trainer.checkpoint import (
    Progress,
    best_checkpoint,
    load_checkpoint,
    load_weights,
    newest_checkpoint,
    read_progress,
)
from trainer.class_loss import ClassLoss
from trainer.clustering.amortised import ClusteringConfig, HalfLearnt, train_clustering
from trainer.config import QuickConfig, TrainConfig, start_progress
from trainer.data import (
    Batch,
    EpochBatches,
    LabelledFile,
    PhotoSet,
    PhotoViews,
    View,
    batch_count,
    load_batches,
    mixed_seed,
)
from trainer.export import ModelFacts, write_molt
from trainer.loop import Loop, Plan, Window, descend, make_optimiser
from trainer.molt import Molt
from trainer.progress import Teller
from trainer.run import Run, open_photos

LARGE_SET = 100_000


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The written model file, and the share of validation photos whose class is right (None without such photos)."""

    model_path: Path
    accuracy: float | None


def train(
    config: TrainConfig, run_folder: Path, *, resume: bool = False, stop: Callable[[], bool] = lambda: False
) -> TrainResult:
    """Trains and writes the model file.

    Args:
        config: what to do.
        run_folder: where config, log and checkpoints go (see `trainer.run`); made where missing.
        resume: go on from the newest checkpoint there.
        stop: asked after each step; once it says so, a checkpoint is written and `Cancelled` raised.

    Raises:
        MoltboxError: photos, backbone, weights, device or checkpoint do not serve, or the loss ran away.
        Cancelled: stopped on demand.
    """
    if config.epochs < 1 or config.batch < 1:
        raise MoltboxError("Epochs and batch must be at least 1.")
    device = open_device(config.device)
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.set_float32_matmul_precision("high")
    photos = open_photos(config)
    progress = start_progress(config, run_folder, photos, resume=resume)

    torch.manual_seed(config.seed)
    model = Molt(
        config.backbone,
        config.sides,
        len(photos.class_names),
        shared_trunk=config.shared_trunk,
        pretrained=config.pretrained,
        drop_path=config.drop_path,
    ).to(device)
    peak = config.lr or base_lr(config, len(photos.train))
    optimiser = make_optimiser(model, peak=peak, weight_decay=config.weight_decay, head_lr_factor=config.head_lr_factor)
    checkpoint = newest_checkpoint(run_folder) if resume else None
    if checkpoint is not None:
        load_checkpoint(checkpoint, model, optimiser)
    with Run.open(config, run_folder, photos, progress, device, resume=resume, stop=stop) as run:
        return _learn_and_write(config, run, photos, progress, model, optimiser, device, peak, resume=resume)


def _learn_and_write(
    config: TrainConfig,
    run: Run,
    photos: PhotoSet,
    progress: Progress,
    model: Molt,
    optimiser: AdamW,
    device: torch.device,
    peak: float,
    *,
    resume: bool,
) -> TrainResult:
    trunk = model.pyramid[0].trunk
    mean, std = input_statistics(trunk)
    view = View(config.sides, tuple(mean), tuple(std))
    per_epoch = batch_count(len(photos.train), config.batch)
    plan = Plan(
        steps=per_epoch * config.epochs,
        steps_per_epoch=per_epoch,
        validate_every=per_epoch,
        peak_lr=peak,
        warmup=config.warmup,
        log_every=config.log_every,
        save_every_s=config.save_every_s,
        keep=config.keep,
        best_by_accuracy=True,
    )
    run.begin(
        photos,
        plan,
        progress.step,
        device,
        preset="paper",
        network=config.backbone,
        sides=config.sides,
        seen=(len(photos.train), len(photos.validation)),
    )
    loop = Loop[Batch, Window](
        plan, run.folder, model, optimiser, progress, device, Window, log=run.log, on_step=run.told("training")
    )
    introduce(photos, model, device, peak, loop.teller)
    try:
        progress = loop.run(_Branches(config, photos, view, model, optimiser, device, loop.leave_out), run.asks)
    except torch.OutOfMemoryError as error:
        raise MoltboxError(f"The {device.type} memory is too small for a batch of {config.batch}: lower it.") from error

    counts = photos.train_counts(frozenset(progress.unreadable))
    lost = [name for name, count in counts.items() if count == 0]
    if lost:
        raise MoltboxError(f"None of the photos of the class {lost[0]!r} could be read, so there is no model of it.")
    chosen = take_best(run.folder, model, progress)
    clustering = learn_clusters(config, photos, run, resume=resume)
    run.log.phase("writing", 0, 1)
    write_molt(
        Path(config.out),
        model,
        ModelFacts(
            name=Path(config.out).stem,
            class_names=photos.class_names,
            mean=mean,
            std=std,
            licence=weights_licence(trunk, config.pretrained),
            training={
                "fingerprint": photos.fingerprint,
                "photos": sum(counts.values()),
                "classes": counts,
                "epochs": config.epochs,
                "seed": config.seed,
                "pretrained": config.pretrained if config.pretrained in (HUB, NO_WEIGHTS) else "file",
                "weights_chosen": weights_chosen(chosen, progress),
            },
            accuracy=accuracy_facts(chosen, photos),
            clustering=clustering,
        ),
    )
    run.log.phase("writing", 1, 1)
    return end(run, Path(config.out), chosen, per_epoch)


def take_best(run_folder: Path, model: nn.Module, progress: Progress) -> Progress:
    """Puts the weights that validated best into the model, where such were kept, and answers where they stood."""
    best = best_checkpoint(run_folder)
    if best is None:
        return progress
    load_weights(best, model)
    return read_progress(best)


def weights_chosen(chosen: Progress, last: Progress) -> str:
    """How the weights were chosen, in words."""
    if chosen.boxes_right is not None:
        return f"step {chosen.step} of {last.step}: most boxes of validation photos right"
    if chosen.step < last.step:
        return f"step {chosen.step} of {last.step}: most classes of validation photos right"
    return f"last step, {last.step}"


def accuracy_facts(chosen: Progress, photos: PhotoSet) -> dict[str, Any]:
    """The object `accuracy` of the model file."""
    return {
        "classification_top1": chosen.accuracy,
        "photos": chosen.scored,
        "split": photos.split if chosen.scored else "none",
    }


def end(run: Run, model_path: Path, chosen: Progress, per_epoch: int) -> TrainResult:
    """Writes the log's last line."""
    run.log.write(
        "end",
        model=str(model_path),
        accuracy=chosen.accuracy,
        boxes_right=chosen.boxes_right,
        best_epoch=-(-chosen.step // per_epoch),
    )
    return TrainResult(model_path, chosen.accuracy)


def learn_clusters(config: TrainConfig | QuickConfig, photos: PhotoSet, run: Run, *, resume: bool) -> bytes | None:
    """Trains the clustering network on the training photos, in the folder `clusters` of the run.

    None where it is not wanted, or a person asked to finish before it was learnt.

    Raises:
        MoltboxError: see `train_clustering`.
        Cancelled: asked to pause.
    """
    if not config.clusters:
        return None
    try:
        if run.asks.finish():
            raise HalfLearnt("Asked to finish before any cluster was learnt.")
        return train_clustering(
            [photos.root / file.path for file in photos.train],
            run.folder / "clusters",
            ClusteringConfig(seed=config.seed),
            resume=resume,
            asks=run.asks,
            told=run.told("clusters"),
        )
    except HalfLearnt:
        run.warn("Finished before pixel clusters were learnt: the model does not refine its maps by them.")
        return None


def introduce(photos: PhotoSet, model: nn.Module, device: torch.device, peak_lr: float, teller: Teller) -> None:
    """Says what is about to be trained."""
    teller.say(
        f"{len(photos.train)} photos in {len(photos.class_names)} classes, {len(photos.validation)} for validation "
        f"({photos.split}); {sum(p.numel() for p in model.parameters()) / 1e6:.1f} million weights on "
        f"{device.type}, peak learning rate {peak_lr:.2g}."
    )
    if photos.left_out:
        teller.say(f"Left out, as they have no photos: {', '.join(photos.left_out)}.")


class _Branches:
    """What a MOLT learns: the class of each photo, in every branch."""

    def __init__(
        self,
        config: TrainConfig,
        photos: PhotoSet,
        view: View,
        model: Molt,
        optimiser: AdamW,
        device: torch.device,
        leave_out: Callable[[str, str], None],
    ) -> None:
        self.config, self.photos, self.view = config, photos, view
        self.scoring = ClassLoss(several=photos.several)
        self.model, self.optimiser, self.device, self.leave_out = model, optimiser, device, leave_out

    def batches(self, epoch: int, first: int) -> DataLoader[Batch]:
        count, config = len(self.photos.train), self.config
        order = EpochBatches(count, config.batch, shuffle=True, seed=config.seed, epoch=epoch, first=first)
        return self._load(self.photos.train, order, training=True)

    def learn(self, batch: Batch, step: int, lr: float, window: Window) -> None:
        self._set_aside(batch)
        if not len(batch.targets):
            return
        torch.manual_seed(mixed_seed(self.config.seed, step))  # stochastic depth of this step
        shown = batch.to(self.device)
        with autocast(self.device):
            logits = self.model(shown.images)  # one (B, C) per branch
            loss = self.scoring.summed(logits, shown.targets)
        descend(loss, self.model, self.optimiser, lr, self.config.clip_norm)
        window.add(loss.detach(), logits, shown.targets, self.scoring)

    def validate(self, window: Window) -> None:
        """Scores the validation photos as the engine does: whole photo, mean of the branches' softmax."""
        files = self.photos.validation
        order = EpochBatches(len(files), self.config.batch, shuffle=False, seed=self.config.seed)
        for batch in self._load(files, order, training=False):
            self._set_aside(batch)
            if not len(batch.targets):
                continue
            shown = batch.to(self.device)
            with autocast(self.device):
                logits = self.model(shown.images)
                loss = self.scoring.summed(logits, shown.targets)
            window.add(loss, logits, shown.targets, self.scoring)

    def _load(self, files: Sequence[LabelledFile], batches: EpochBatches, *, training: bool) -> DataLoader[Batch]:
        workers = self.config.workers
        if workers is None:
            workers = min(8, (os.cpu_count() or 2) - 1) if self.device.type == "cuda" else 0
        views = PhotoViews(self.photos.root, files, self.view, training=training, seed=self.config.seed)
        class_count, pinned = len(self.photos.class_names), self.device.type == "cuda"
        return load_batches(views, batches, class_count=class_count, workers=workers, pinned=pinned)

    def _set_aside(self, batch: Batch) -> None:
        for photo in batch.unreadable:
            self.leave_out(photo.path, photo.why)


def open_device(name: str) -> torch.device:
    """Raises:
    MoltboxError: a GPU was asked for and there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise MoltboxError("No CUDA GPU can be used here: choose --device cpu.")
    return torch.device(name)


def autocast(device: torch.device) -> torch.autocast:
    """bfloat16 where it pays: on a GPU."""
    return torch.autocast(device.type, dtype=torch.bfloat16, enabled=device.type == "cuda")


def base_lr(config: TrainConfig, photos: int) -> float:
    """Peak learning rate of the trunk: gentle where a small set fine-tunes pretrained weights."""
    if photos < LARGE_SET and config.pretrained != NO_WEIGHTS:
        return 5e-5 * config.batch / 128
    return 5e-4 * config.batch / 256
