"""The services of every training loop: steps and epochs, log, progress line, checkpoints, stopping and going on.

What is learnt at a step is the caller's; it must depend on the step and its seed alone, so that a training that was
stopped goes on exactly where it was.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

from engine.errors import Cancelled, MoltboxError
from trainer.checkpoint import Progress, save_checkpoint
from trainer.progress import Teller, TrainingLog, spoken

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
    """

    steps: int
    steps_per_epoch: int
    validate_every: int
    peak_lr: float
    warmup: float
    log_every: int
    save_every_s: float


class Tally:
    """Loss and one measure since the last report, summed on the device so that the loop need not wait for it.

    name: of the measure in the log.
    told: the measure in words, for `str.format`.
    """

    name = ""
    told = ""

    def __init__(self, device: torch.device) -> None:
        self.photos = 0
        self._loss = torch.zeros((), device=device, dtype=torch.float64)
        self._measured = torch.zeros((), device=device, dtype=torch.int64)

    def count(self, loss: Tensor, measured: Tensor, photos: int) -> None:
        """Adds photos: their mean loss, and the sum of their measures."""
        self.photos += photos
        self._loss += loss.double() * photos
        self._measured += measured

    def means(self) -> tuple[float, float]:
        """Loss and measure per photo."""
        return self._loss.item() / self.photos, self._measured.item() / self.photos


class Window(Tally):
    """Loss and accuracy of classification."""

    name = "accuracy"
    told = "accuracy {:.0%}"

    def add(self, loss: Tensor, logits: list[Tensor], labels: Tensor) -> None:
        """Adds a batch: its mean loss, one (B, C) of logits per branch, (B,) labels."""
        fused = torch.stack([each.float().softmax(dim=1) for each in logits]).mean(dim=0)  # (B, C)
        self.count(loss, (fused.argmax(dim=1) == labels).sum(), len(labels))


class Lesson(Protocol[BatchT, SeenT]):
    """What a training teaches; the loop asks for it."""

    def batches(self, epoch: int, first: int) -> Iterable[BatchT]:
        """Batches of an epoch from the `first` on."""
        ...

    def learn(self, batch: BatchT, step: int, lr: float, window: SeenT) -> None:
        """One optimiser step at learning rate `lr`; adds to the window what it saw, nothing where there was nothing."""
        ...

    def validate(self, window: SeenT) -> None:
        """Scores the validation photos into the window."""
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
        unit: str = "step",
    ) -> None:
        self.tally = tally
        self.plan, self.run_folder, self.model, self.optimiser = plan, run_folder, model, optimiser
        self.progress, self.device = progress, device
        self.log = TrainingLog(run_folder / "log.jsonl", keep_to_step=progress.step)
        self.teller = Teller(progress.step, plan.steps, unit=unit)
        self._started = time.monotonic() - progress.elapsed_s
        self._saved_at = self._began_here = time.monotonic()
        self._first_step_here = progress.step

    def run(self, lesson: Lesson[BatchT, TallyT], stop: Callable[[], bool]) -> Progress:
        """Runs what is left of the steps and answers the final progress.

        Raises:
            MoltboxError: the loss ran away.
            Cancelled: `stop` said so; a checkpoint is written.
        """
        if self.progress.step:
            self.teller.say(f"Going on from step {self.progress.step} of {self.plan.steps}.")
        try:
            while self.progress.step < self.plan.steps:
                self._epoch(lesson, stop)
        finally:
            self.teller.close()
        return self.progress

    def leave_out(self, path: str, why: str) -> None:
        """Tells once of a photo that cannot be read, and remembers it."""
        if path not in self.progress.unreadable:
            self.teller.say(f"Left out {path}: {why}")
            self.progress = replace(self.progress, unreadable=[*self.progress.unreadable, path])

    def _epoch(self, lesson: Lesson[BatchT, TallyT], stop: Callable[[], bool]) -> None:
        plan = self.plan
        epoch, first = divmod(self.progress.step, plan.steps_per_epoch)
        window = self.tally(self.device)
        self.model.train()
        for batch in lesson.batches(epoch, first):
            lr = lr_at(self.progress.step, plan.steps, plan.peak_lr, plan.warmup)
            lesson.learn(batch, self.progress.step, lr, window)
            step = self.progress.step + 1
            is_last = step == plan.steps
            self.progress = replace(
                self.progress, step=step, finished=is_last, elapsed_s=time.monotonic() - self._started
            )
            stopping = stop() and not is_last
            validating = is_last or step % plan.validate_every == 0
            saving = stopping or validating or time.monotonic() - self._saved_at > plan.save_every_s
            if window.photos and (saving or step % plan.log_every == 0):
                self._report(window, epoch, lr)
                window = self.tally(self.device)
            if validating:
                self._validate(lesson, epoch)
            if saving:
                save_checkpoint(self.run_folder, self.model, self.optimiser, self.progress)
                self._saved_at = time.monotonic()
            if stopping:
                raise Cancelled(f"Stopped after step {step} of {plan.steps}: --resume goes on from there.")
            if is_last:
                return

    def _report(self, window: TallyT, epoch: int, lr: float) -> None:
        step, steps, elapsed_s = self.progress.step, self.plan.steps, self.progress.elapsed_s
        loss, measure = window.means()
        if not math.isfinite(loss):
            raise MoltboxError(f"The loss ran away at step {step}: try a smaller --lr than {self.plan.peak_lr:.2g}.")
        pace_s = (time.monotonic() - self._began_here) / (step - self._first_step_here)
        eta_s = pace_s * (steps - step)
        self.log.write(
            "step",
            step=step,
            steps=steps,
            epoch=epoch + 1,
            loss=loss,
            lr=lr,
            elapsed_s=round(elapsed_s, 3),
            eta_s=round(eta_s, 1),
            **{window.name: measure},
        )
        self.teller.step(step, loss=loss, measure=window.told.format(measure), eta_s=eta_s)

    def _validate(self, lesson: Lesson[BatchT, TallyT], epoch: int) -> None:
        window = self.tally(self.device)
        self.model.eval()
        with torch.no_grad():
            lesson.validate(window)
        self.model.train()
        if not window.photos:
            return
        loss, accuracy = window.means()
        self.progress = replace(
            self.progress, accuracy=accuracy, scored=window.photos, elapsed_s=time.monotonic() - self._started
        )
        step = self.progress.step
        self.log.write("validation", step=step, epoch=epoch + 1, loss=loss, accuracy=accuracy, photos=window.photos)
        self.teller.say(
            f"step {step} of {self.plan.steps}: {accuracy:.1%} of {window.photos} validation photos right, "
            f"{spoken(self.progress.elapsed_s)} so far"
        )


def descend(loss: Tensor, model: nn.Module, optimiser: Optimizer, lr: float, clip_norm: float) -> None:
    """One optimiser step down the loss: gradients clipped, each group at `lr` times its own factor."""
    for group in optimiser.param_groups:
        group["lr"] = lr * group["lr_factor"]
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(model.parameters(), clip_norm)
    optimiser.step()


def lr_at(step: int, steps: int, peak: float, warmup: float) -> float:
    """Learning rate of a step (0 to steps - 1): linear rise over the first share `warmup`, then a cosine to 0."""
    rising = max(1, round(steps * warmup))
    if step < rising:
        return peak * (step + 1) / rising
    return peak * 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def make_optimiser(model: nn.Module, *, peak: float, weight_decay: float, head_lr_factor: float = 1.0) -> AdamW:
    """AdamW; biases, scales, position tables and tokens do not decay, class heads learn faster."""
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        kept = parameter.ndim <= 1 or name.endswith(("positions", "cls_token", "reg_token"))
        in_head = ".head." in name
        groups.setdefault((kept, in_head), []).append(parameter)
    settings = [
        {
            "params": parameters,
            "weight_decay": 0.0 if kept else weight_decay,
            "lr_factor": head_lr_factor if in_head else 1.0,
        }
        for (kept, in_head), parameters in groups.items()
    ]
    return AdamW(settings, lr=peak, betas=(0.9, 0.999), eps=1e-8)
