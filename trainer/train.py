"""Trains a MOLT from image-level class labels: one loop, from photos to a model file.

The run folder holds `config.json`, `log.jsonl` and the newest checkpoint. Everything drawn at random depends on the
seed, the epoch and the step alone, so a training that was stopped goes on exactly where it was.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.optim import AdamW
from torch.utils.data import DataLoader

from engine.dataset.files import atomic_write
from engine.errors import Cancelled, MoltboxError
from trainer.backbones import HUB, NO_WEIGHTS, input_statistics, weights_licence
from trainer.checkpoint import Progress, load_checkpoint, newest_checkpoint, remove_checkpoints, save_checkpoint
from trainer.config import TrainConfig, start_progress
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
    read_photo_set,
)
from trainer.export import ModelFacts, write_molt
from trainer.molt import Molt
from trainer.progress import Teller, TrainingLog, spoken

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
        run_folder: where config, log and checkpoint go; made where missing.
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
    photos = read_photo_set(Path(config.data), seed=config.seed)
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
    optimiser = make_optimiser(model, config, peak)
    checkpoint = newest_checkpoint(run_folder) if resume else None
    if checkpoint is not None:
        load_checkpoint(checkpoint, model, optimiser)
    if not resume:
        remove_checkpoints(run_folder)
    run_folder.mkdir(parents=True, exist_ok=True)
    atomic_write(run_folder / "config.json", json.dumps(asdict(config), indent=1).encode())

    trunk = model.pyramid[0].trunk
    mean, std = input_statistics(trunk)
    view = View(config.sides, tuple(mean), tuple(std))
    loop = _Loop(config, run_folder, photos, view, model, optimiser, peak, device, progress)
    try:
        progress = loop.run(stop)
    except torch.OutOfMemoryError as error:
        raise MoltboxError(f"The {device.type} memory is too small for a batch of {config.batch}: lower it.") from error

    counts = photos.train_counts(frozenset(progress.unreadable))
    lost = [name for name, count in counts.items() if count == 0]
    if lost:
        raise MoltboxError(f"None of the photos of the class {lost[0]!r} could be read, so there is no model of it.")
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
                "weights_chosen": "last epoch",
            },
            accuracy={
                "classification_top1": progress.accuracy,
                "photos": progress.scored,
                "split": photos.split if progress.scored else "none",
            },
        ),
    )
    return TrainResult(Path(config.out), progress.accuracy)


class _Loop:
    """The loop's fixed parts, and the progress that it moves."""

    def __init__(
        self,
        config: TrainConfig,
        run_folder: Path,
        photos: PhotoSet,
        view: View,
        model: Molt,
        optimiser: AdamW,
        peak_lr: float,
        device: torch.device,
        progress: Progress,
    ) -> None:
        self.config, self.run_folder, self.photos, self.view = config, run_folder, photos, view
        self.model, self.optimiser, self.peak_lr, self.device = model, optimiser, peak_lr, device
        self.progress = progress
        self.steps_per_epoch = batch_count(len(photos.train), config.batch)
        self.steps = self.steps_per_epoch * config.epochs
        self.log = TrainingLog(run_folder / "log.jsonl", keep_to_step=progress.step)
        self.teller = Teller(progress.step, self.steps)
        self.started = time.monotonic() - progress.elapsed_s
        self.saved_at = time.monotonic()
        self.first_step_here = progress.step
        self.began_here = time.monotonic()

    def run(self, stop: Callable[[], bool]) -> Progress:
        """Runs what is left of the epochs and answers the final progress."""
        self._introduce()
        try:
            while self.progress.step < self.steps:
                self._epoch(self.progress.step // self.steps_per_epoch, stop)
        finally:
            self.teller.close()
        return self.progress

    def _introduce(self) -> None:
        photos, say = self.photos, self.teller.say
        say(
            f"{len(photos.train)} photos in {len(photos.class_names)} classes, {len(photos.validation)} for validation "
            f"({photos.split}); {sum(p.numel() for p in self.model.parameters()) / 1e6:.1f} million weights on "
            f"{self.device.type}, peak learning rate {self.peak_lr:.2g}."
        )
        if photos.left_out:
            say(f"Left out, as they have no photos: {', '.join(photos.left_out)}.")
        if self.progress.step:
            say(f"Going on from step {self.progress.step} of {self.steps}.")

    def _epoch(self, epoch: int, stop: Callable[[], bool]) -> None:
        config, device = self.config, self.device
        batches = EpochBatches(
            len(self.photos.train),
            config.batch,
            shuffle=True,
            seed=config.seed,
            epoch=epoch,
            first=self.progress.step % self.steps_per_epoch,
        )
        window = Window(device)
        self.model.train()
        for batch in self._batches(self.photos.train, batches, training=True):
            step = self.progress.step
            self._set_aside(batch)
            lr = lr_at(step, self.steps, self.peak_lr, config.warmup)
            if len(batch.labels):
                torch.manual_seed(mixed_seed(config.seed, step))  # stochastic depth of this step
                self._optimise(batch.to(device), lr, window)
            step += 1
            self.progress = replace(
                self.progress, step=step, finished=step == self.steps, elapsed_s=time.monotonic() - self.started
            )
            stopping = stop() and step < self.steps
            ends_epoch = step % self.steps_per_epoch == 0
            saving = stopping or ends_epoch or time.monotonic() - self.saved_at > config.save_every_s
            if window.photos and (saving or step % config.log_every == 0):
                self._report(window, epoch, lr)
                window = Window(device)
            if ends_epoch:
                self._validate(epoch)
            if saving:
                save_checkpoint(self.run_folder, self.model, self.optimiser, self.progress)
                self.saved_at = time.monotonic()
            if stopping:
                raise Cancelled(f"Stopped after step {step} of {self.steps}: --resume goes on from there.")

    def _optimise(self, batch: Batch, lr: float, window: Window) -> None:
        for group in self.optimiser.param_groups:
            group["lr"] = lr * group["lr_factor"]
        with autocast(self.device):
            logits = self.model(batch.images)  # one (B, C) per branch
            loss = torch.stack([functional.cross_entropy(each.float(), batch.labels) for each in logits]).sum()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
        self.optimiser.step()
        window.add(loss.detach(), logits, batch.labels)

    def _report(self, window: Window, epoch: int, lr: float) -> None:
        step, elapsed_s = self.progress.step, self.progress.elapsed_s
        loss, accuracy = window.means()
        if not math.isfinite(loss):
            raise MoltboxError(f"The loss ran away at step {step}: try a smaller --lr than {self.peak_lr:.2g}.")
        pace_s = (time.monotonic() - self.began_here) / (step - self.first_step_here)
        eta_s = pace_s * (self.steps - step)
        self.log.write(
            "step",
            step=step,
            steps=self.steps,
            epoch=epoch + 1,
            loss=loss,
            accuracy=accuracy,
            lr=lr,
            elapsed_s=round(elapsed_s, 3),
            eta_s=round(eta_s, 1),
        )
        self.teller.step(step, loss=loss, accuracy=accuracy, eta_s=eta_s)

    @torch.no_grad()
    def _validate(self, epoch: int) -> None:
        """Scores the validation photos as the engine does: whole photo, mean of the branches' softmax."""
        files = self.photos.validation
        window = Window(self.device)
        self.model.eval()
        order = EpochBatches(len(files), self.config.batch, shuffle=False, seed=self.config.seed)
        for batch in self._batches(files, order, training=False):
            self._set_aside(batch)
            if not len(batch.labels):
                continue
            shown = batch.to(self.device)
            with autocast(self.device):
                logits = self.model(shown.images)
                loss = torch.stack([functional.cross_entropy(each.float(), shown.labels) for each in logits]).sum()
            window.add(loss, logits, shown.labels)
        self.model.train()
        if not window.photos:
            return
        loss, accuracy = window.means()
        self.progress = replace(
            self.progress, accuracy=accuracy, scored=window.photos, elapsed_s=time.monotonic() - self.started
        )
        self.log.write(
            "validation", step=self.progress.step, epoch=epoch + 1, loss=loss, accuracy=accuracy, photos=window.photos
        )
        self.teller.say(
            f"epoch {epoch + 1} of {self.config.epochs}: {accuracy:.1%} of {window.photos} validation photos right, "
            f"{spoken(self.progress.elapsed_s)} so far"
        )

    def _batches(self, files: Sequence[LabelledFile], batches: EpochBatches, *, training: bool) -> DataLoader[Batch]:
        workers = self.config.workers
        if workers is None:
            workers = min(8, (os.cpu_count() or 2) - 1) if self.device.type == "cuda" else 0
        views = PhotoViews(self.photos.root, files, self.view, training=training, seed=self.config.seed)
        return load_batches(views, batches, workers=workers, pinned=self.device.type == "cuda")

    def _set_aside(self, batch: Batch) -> None:
        known = set(self.progress.unreadable)
        fresh = [photo for photo in batch.unreadable if photo.path not in known]
        for photo in fresh:
            self.teller.say(f"Left out {photo.path}: {photo.why}")
        if fresh:
            names = [*self.progress.unreadable, *(photo.path for photo in fresh)]
            self.progress = replace(self.progress, unreadable=names)


class Window:
    """Loss and accuracy since the last report, summed on the device so that the loop need not wait for it."""

    def __init__(self, device: torch.device) -> None:
        self.photos = 0
        self._loss = torch.zeros((), device=device, dtype=torch.float64)
        self._right = torch.zeros((), device=device, dtype=torch.int64)

    def add(self, loss: Tensor, logits: list[Tensor], labels: Tensor) -> None:
        """Adds a batch: its mean loss, one (B, C) of logits per branch, (B,) labels."""
        fused = torch.stack([each.float().softmax(dim=1) for each in logits]).mean(dim=0)  # (B, C)
        self.photos += len(labels)
        self._loss += loss.double() * len(labels)
        self._right += (fused.argmax(dim=1) == labels).sum()

    def means(self) -> tuple[float, float]:
        """Loss and accuracy per photo."""
        return self._loss.item() / self.photos, self._right.item() / self.photos


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


def lr_at(step: int, steps: int, peak: float, warmup: float) -> float:
    """Learning rate of a step (0 to steps - 1): linear rise over the first share `warmup`, then a cosine to 0."""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def make_optimiser(model: Molt, config: TrainConfig, peak: float) -> AdamW:
    """AdamW; biases, scales, position tables and tokens do not decay, class heads learn faster."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        kept = parameter.ndim <= 1 or name.endswith(("positions", "cls_token", "reg_token"))
        in_head = ".head." in name
        groups.setdefault((kept, in_head), []).append(parameter)
    settings = [
        {
            "params": parameters,
            "weight_decay": 0.0 if kept else config.weight_decay,
            "lr_factor": config.head_lr_factor if in_head else 1.0,
        }
        for (kept, in_head), parameters in groups.items()
    ]
    return AdamW(settings, lr=peak, betas=(0.9, 0.999), eps=1e-8)
