"""The services of every training loop: steps and epochs, log, progress line, checkpoints, stopping and going on.

What is learnt at a step is the caller's; it must depend on the step and its seed alone, so that a training that was
stopped goes on exactly where it was.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from engine.errors import Cancelled, MoltboxError
from trainer.asking import Asks
from trainer.checkpoint import Progress, best_checkpoint, read_progress, save_best, save_checkpoint
from trainer.class_loss import ClassLoss
from trainer.progress import Pace, Teller, TrainingLog, spoken
from trainer.team import Team

_AGREE_EVERY = 10

BatchT = TypeVar("BatchT")
TallyT = TypeVar("TallyT", bound="Tally")
SeenT = TypeVar("SeenT", bound="Tally", contravariant=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a loop runs, and how often it does what.

    steps: optimiser steps in all.
    steps_per_epoch: of one pass over the photos; the last epoch may be cut short.
    validate_every: steps between two validations; there is one after the last step, too.
    peak_lr, warmup: see `lr_at`.
    log_every: steps between two lines of the log.
    save_every_s: seconds between two checkpoints; there is one after each validation, too.
    keep: how many of the newest checkpoints stay.
    lr_falls: epochs at whose multiples the rate falls to a tenth, in place of rise and cosine; see `stepped_lr`.
    stages: parts of equal length that the steps fall into, each with the rates, and the best weights, of a training
        of its own.
    best_by_accuracy: keep the weights that validated best by classes where there are no boxes to validate by.
    """

    steps: int
    steps_per_epoch: int
    validate_every: int
    peak_lr: float
    warmup: float
    log_every: int
    save_every_s: float
    keep: int = 1
    best_by_accuracy: bool = False
    lr_falls: tuple[int, ...] = ()
    stages: int = 1

    @property
    def stage_steps(self) -> int:
        """Steps of one stage."""
        return self.steps // self.stages

    def steps_of(self, stage: int) -> range:
        """The steps of a stage, both from 0 and 1: stage 0 ends with step `stage_steps`."""
        return range(stage * self.stage_steps + 1, (stage + 1) * self.stage_steps + 1)

    def lr(self, step: int) -> float:
        """Learning rate of a step, from 0."""
        step %= self.stage_steps
        if self.lr_falls:
            return stepped_lr(step // self.steps_per_epoch + 1, self.peak_lr, self.lr_falls)
        return lr_at(step, self.stage_steps, self.peak_lr, self.warmup)


@dataclass(frozen=True, slots=True)
class BoxShare:
    """Share of validation boxes met at IoU 0.5, its 95 % interval, and of how many boxes."""

    right: float
    low: float
    high: float
    scored: int


class Tally:
    """Loss and one measure since the last report, summed on the device so that the loop need not wait for it.

    name: of the measure in the log.
    told: the measure in words, for `str.format`.
    about: what else the log's line should say.
    """

    name = ""
    told = ""

    def __init__(self, device: torch.device) -> None:
        self.photos = 0
        self.about: dict[str, int] = {}
        self._loss = torch.zeros((), device=device, dtype=torch.float64)
        self._measured = torch.zeros((), device=device, dtype=torch.int64)

    def count(self, loss: Tensor, measured: Tensor, photos: int) -> None:
        """Adds photos: their mean loss, and the sum of their measures."""
        self.photos += photos
        self._loss += loss.double() * photos
        self._measured += measured

    def join(self, team: Team) -> None:
        """Makes the tally that of all processes."""
        if team.size > 1:
            device = self._loss.device
            photos = torch.tensor(self.photos, device=device, dtype=torch.float64)
            sums = team.add_up(torch.stack([photos, self._loss, self._measured.double()]))
            self.photos = int(sums[0])
            self._loss, self._measured = sums[1], sums[2].long()

    def means(self) -> tuple[float, float]:
        """Loss and measure per photo."""
        return self._loss.item() / self.photos, self._measured.item() / self.photos


class Window(Tally):
    """Loss and accuracy of classification."""

    name = "accuracy"
    told = "accuracy {:.0%}"

    def add(self, loss: Tensor, logits: list[Tensor], targets: Tensor, scoring: ClassLoss) -> None:
        """Adds a batch: its mean loss, one (B, C) of logits per branch, (B, C) targets."""
        self.count(loss, scoring.right(logits, targets), len(targets))


class Lesson(Protocol[BatchT, SeenT]):
    """What a training teaches; the loop asks for it."""

    def batches(self, epoch: int, first: int) -> Iterable[BatchT]:
        """Batches of an epoch from the `first` on."""
        ...

    def learn(self, batch: BatchT, step: int, lr: float, window: SeenT) -> None:
        """One optimiser step at learning rate `lr`; adds to the window what it saw, nothing where there was nothing."""
        ...

    def validate(self, window: SeenT) -> BoxShare | None:
        """Scores the validation photos into the window, and their boxes where there are any."""
        ...


class Loop(Generic[BatchT, TallyT]):
    """A loop's fixed parts, and the progress that it moves."""

    def __init__(
        self,
        plan: Plan,
        run_folder: Path,
        model: nn.Module,
        optimiser: Optimizer,
        progress: Progress,
        device: torch.device,
        tally: type[TallyT],
        *,
        log: TrainingLog,
        team: Team | None = None,
        unit: str = "step",
        on_step: Callable[[int, int, float | None], None] | None = None,
        scaler: torch.amp.GradScaler | None = None,
    ) -> None:
        """
        Args:
            log: where the loop writes its lines.
            team: the processes that train together; None for this one alone.
            unit: of the progress line.
            on_step: told the steps done, of how many, and the seconds left, after each.
            scaler: of half-precision gradients; a checkpoint holds its state.
        """
        self.tally, self.log, self.team = tally, log, team or Team()
        self.plan, self.run_folder, self.model, self.optimiser = plan, run_folder, model, optimiser
        self.progress, self.device = progress, device
        self.teller = Teller(progress.step, plan.steps, unit=unit, quiet=not self.team.is_first)
        self._on_step, self._scaler = on_step, scaler
        self._why: dict[str, str] = {}
        if scaler is not None and progress.scaler:
            scaler.load_state_dict(progress.scaler)
        self._started = time.monotonic() - progress.elapsed_s
        self._saved_at = time.monotonic()
        self._pace = Pace(progress.step)

    def run(self, lesson: Lesson[BatchT, TallyT], asks: Asks) -> Progress:
        """Runs what is left of the steps and answers the final progress.

        Raises:
            MoltboxError: the loss ran away.
            Cancelled: asked to pause; a checkpoint is written.
        """
        if self.progress.step and not self.progress.finished:
            self.teller.say(f"Going on from step {self.progress.step} of {self.plan.steps}.")
        try:
            while not self.progress.finished:
                self._epoch(lesson, asks)
        finally:
            self.teller.close()
        return self.progress

    def leave_out(self, path: str, why: str) -> None:
        """Tells once of a photo that cannot be read, and remembers it."""
        self._why[path] = why
        if path not in self.progress.unreadable:
            self.teller.say(f"Left out {path}: {why}")
            self.log.write("unreadable", path=path, why=why)
            self.progress = replace(self.progress, unreadable=[*self.progress.unreadable, path])

    def warn(self, sentence: str) -> None:
        """Tells of something that a person should know."""
        self.teller.say(sentence)
        self.log.write("warning", text=sentence)

    def _epoch(self, lesson: Lesson[BatchT, TallyT], asks: Asks) -> None:
        plan = self.plan
        epoch, first = divmod(self.progress.step, plan.steps_per_epoch)
        window, window_began = self.tally(self.device), time.monotonic()
        self.model.train()
        for batch in lesson.batches(epoch, first):
            lr = plan.lr(self.progress.step)
            lesson.learn(batch, self.progress.step, lr, window)
            step = self.progress.step + 1
            pausing, finishing, is_time = self._asked(asks, step)
            is_last = finishing or step == plan.steps
            self.progress = replace(
                self.progress, step=step, finished=is_last, elapsed_s=time.monotonic() - self._started
            )
            stopping = pausing and not is_last
            validating = is_last or step % plan.validate_every == 0
            saving = stopping or validating or is_time
            if saving or step % plan.log_every == 0:
                self._report(window, epoch, lr, time.monotonic() - window_began)
                window, window_began = self.tally(self.device), time.monotonic()
            if self._on_step is not None:
                self._on_step(step, plan.steps, self._pace.eta_s(step, plan.steps))
            if validating:
                self._validate(lesson, epoch)
                window_began = time.monotonic()
            if saving:
                self._save(epoch)
            if stopping:
                raise Cancelled(f"Stopped after step {step} of {plan.steps}: --resume goes on from there.")
            if is_last:
                return

    def _asked(self, asks: Asks, step: int) -> list[bool]:
        """Whether to pause, to finish, to save; processes that train together agree every few steps only."""
        if self.team.size > 1 and step % _AGREE_EVERY:
            return [False, False, False]
        is_time = time.monotonic() - self._saved_at > self.plan.save_every_s
        return self.team.as_the_first([asks.pause(), asks.finish(), is_time], self.device)

    def _report(self, window: TallyT, epoch: int, lr: float, took_s: float) -> None:
        window.join(self.team)
        if not window.photos:
            return
        step, steps, elapsed_s = self.progress.step, self.plan.steps, self.progress.elapsed_s
        loss, measure = window.means()
        if not math.isfinite(loss):
            raise MoltboxError(f"The loss ran away at step {step}: try a smaller --lr than {self.plan.peak_lr:.2g}.")
        eta_s = self._pace.eta_s(step, steps) or 0.0
        self.log.write(
            "step",
            step=step,
            steps=steps,
            epoch=epoch + 1,
            loss=loss,
            lr=lr,
            elapsed_s=round(elapsed_s, 3),
            eta_s=round(eta_s, 1),
            photos_per_s=round(window.photos / max(took_s, 1e-9), 2),
            **{window.name: measure},
            **window.about,
        )
        self.teller.step(step, loss=loss, measure=window.told.format(measure), eta_s=eta_s)

    def _validate(self, lesson: Lesson[BatchT, TallyT], epoch: int) -> None:
        window = self.tally(self.device)
        self.model.eval()
        with torch.no_grad():
            boxes = lesson.validate(window)
        self.model.train()
        window.join(self.team)
        for whys in self.team.gather(self._why):
            for path, why in whys.items():
                self.leave_out(path, why)
        if not window.photos:
            return
        loss, accuracy = window.means()
        self.progress = replace(
            self.progress,
            accuracy=accuracy,
            scored=window.photos,
            boxes_right=None if boxes is None else boxes.right,
            boxes_scored=0 if boxes is None else boxes.scored,
            elapsed_s=time.monotonic() - self._started,
        )
        step = self.progress.step
        figures: dict[str, float] = dict(window.about)
        told = ""
        if boxes is not None:
            figures |= {
                "boxes_right": boxes.right,
                "boxes_low": boxes.low,
                "boxes_high": boxes.high,
                "boxes_scored": boxes.scored,
            }
            told = f", {boxes.right:.1%} of {boxes.scored} boxes met"
        self.log.write(
            "validation", step=step, epoch=epoch + 1, loss=loss, accuracy=accuracy, photos=window.photos, **figures
        )
        self.teller.say(
            f"step {step} of {self.plan.steps}: {accuracy:.1%} of {window.photos} validation photos right{told}, "
            f"{spoken(self.progress.elapsed_s)} so far"
        )
        self._keep_the_best()

    def _keep_the_best(self) -> None:
        progress = self.progress
        if not self.team.is_first or (progress.boxes_right is None and not self.plan.best_by_accuracy):
            return
        steps = self.plan.steps_of((progress.step - 1) // self.plan.stage_steps)
        before = best_checkpoint(self.run_folder, steps)
        if before is None or progress.is_no_worse(read_progress(before)):
            save_best(self.run_folder, self.model, progress, steps)

    def _save(self, epoch: int) -> None:
        if self._scaler is not None:
            self.progress = replace(self.progress, scaler=self._scaler.state_dict())
        if self.team.is_first:
            save_checkpoint(self.run_folder, self.model, self.optimiser, self.progress, keep=self.plan.keep)
            self.log.write("saved", step=self.progress.step, epoch=epoch + 1)
        self._saved_at = time.monotonic()


def descend(loss: Tensor, model: nn.Module, optimiser: Optimizer, lr: float, clip_norm: float) -> None:
    """One optimiser step down the loss: gradients clipped, each group at `lr` times its own factor."""
    set_rates(optimiser, lr)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    take_step([model], optimiser, clip_norm)


def set_rates(optimiser: Optimizer, lr: float) -> None:
    """Gives each group `lr` times its own factor."""
    for group in optimiser.param_groups:
        group["lr"] = lr * group["lr_factor"]


def take_step(
    parts: Sequence[nn.Module], optimiser: Optimizer, clip_norm: float, scaler: torch.amp.GradScaler | None = None
) -> None:
    """One step along the gradients that are there, those of each part clipped to a norm (0: as they are)."""
    if scaler is not None:
        scaler.unscale_(optimiser)
    for part in parts if clip_norm else ():
        nn.utils.clip_grad_norm_(part.parameters(), clip_norm)
    if scaler is None:
        optimiser.step()
    else:
        scaler.step(optimiser)
        scaler.update()


def lr_at(step: int, steps: int, peak: float, warmup: float) -> float:
    """Learning rate of a step (0 to steps - 1): linear rise over the first share `warmup`, then a cosine to 0."""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def stepped_lr(epoch: int, peak: float, falls: Sequence[int]) -> float:
    """Learning rate of an epoch (from 1): a tenth from each epoch on that a number in `falls` divides."""
    fallen = sum(any(each % fall == 0 for fall in falls) for each in range(1, epoch + 1))
    return peak * 0.1**fallen


def make_optimiser(
    model: nn.Module,
    *,
    peak: float,
    weight_decay: float,
    head_lr_factor: float = 1.0,
    layer_decay: float = 1.0,
    depth: int = 0,
) -> AdamW:
    """AdamW over what may be trained; biases, scales, positions and tokens do not decay, class heads learn faster.

    Args:
        layer_decay: each block of a trunk learns at this share of the rate of the block above it; the patches, tokens
            and positions lie below the first block.
        depth: blocks of a trunk, where layers decay.
    """
    groups: dict[tuple[bool, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        kept = parameter.ndim <= 1 or name.endswith(("positions", "cls_token", "reg_token"))
        factor = head_lr_factor if ".head." in name else layer_decay ** (depth + 1 - _layer(name, depth))
        groups.setdefault((kept, factor), []).append(parameter)
    settings = [
        {"params": parameters, "weight_decay": 0.0 if kept else weight_decay, "lr_factor": factor}
        for (kept, factor), parameters in groups.items()
    ]
    return AdamW(settings, lr=peak, betas=(0.9, 0.999), eps=1e-8)


def _layer(name: str, depth: int) -> int:
    """A parameter's height in its trunk: 0 below the blocks, 1 to `depth` in them, `depth` + 1 above."""
    block = re.search(r"\.blocks\.(\d+)\.", name)
    if block is not None:
        return int(block[1]) + 1
    below = ("patch_embed", "cls_token", "reg_token", "positions", "norm_pre")
    return 0 if any(part in name for part in below) else depth + 1
