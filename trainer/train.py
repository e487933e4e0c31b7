"""Trains a MOLT from image-level class labels: one loop, from photos to a model file.

Everything drawn at random depends on the seed, the epoch and the step alone, so a training that was stopped goes on
exactly where it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn
from torch.optim import AdamW

from engine.errors import MoltboxError
from trainer.backbones import HUB, NO_WEIGHTS, classifier_bias, input_statistics, weights_licence
from trainer.boxed_photos import BoxedPhotos, read_boxed_photos
from trainer.branch_lesson import BranchLesson
from trainer.checkpoint import Progress, load_checkpoint, newest_checkpoint
from trainer.class_loss import ClassLoss
from trainer.config import TrainConfig, start_progress
from trainer.data import Batch, PhotoSet, View, batch_count
from trainer.devices import open_device, precision_on
from trainer.ending import (
    TrainResult,
    accuracy_facts,
    end,
    learn_clusters,
    take_best,
    take_best_of_each,
    weights_chosen,
)
from trainer.export import ModelFacts, write_molt
from trainer.loop import Loop, Plan, Window, make_optimiser
from trainer.molt import Molt
from trainer.progress import Teller
from trainer.recipes import LARGE_SET
from trainer.run import Run, open_photos
from trainer.team import Team, join_team


def train(
    config: TrainConfig,
    run_folder: Path,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    photos: PhotoSet | None = None,
) -> TrainResult:
    """Trains and writes the model file; under `torchrun` as one of several processes.

    Args:
        config: what to do.
        run_folder: where config, log and checkpoints go (see `trainer.run`); made where missing.
        resume: go on from the newest checkpoint there.
        stop: asked after each step; once it says so, a checkpoint is written and `Cancelled` raised.
        photos: those of the config, where they are read already.

    Raises:
        MoltboxError: photos, backbone, weights, device or checkpoint do not serve, or the loss ran away.
        Cancelled: stopped on demand.
    """
    if config.epochs < 1 or config.batch < 1 or config.accumulate < 1:
        raise MoltboxError("Epochs, batch and accumulate must be at least 1.")
    if config.per_branch and config.shared_trunk:
        raise MoltboxError("--per-branch does not go with --shared-trunk: one size would change what another learnt.")
    device = open_device(config.device)
    precision = precision_on(config.precision, device)
    if config.threads:
        torch.set_num_threads(config.threads)
    torch.set_float32_matmul_precision("highest" if precision == "fp32" else "high")
    photos = photos or open_photos(config)
    boxed = None if config.boxes is None else read_boxed_photos(Path(config.boxes), photos)
    progress = start_progress(config, run_folder, photos, resume=resume)
    team = join_team(device)
    try:
        model = make_model(config, len(photos.class_names)).to(device)
        team.gather(team.rank)  # nobody writes to the run folder before all have read it
        with Run.open(config, run_folder, photos, progress, device, resume=resume, stop=stop, team=team) as run:
            return _Training(config, run, photos, boxed, model, device).result(progress, resume=resume)
    finally:
        team.leave()


def make_model(config: TrainConfig, class_count: int) -> Molt:
    """The network before its training.

    Raises:
        MoltboxError: the backbone or its weights do not serve.
    """
    torch.manual_seed(config.seed)
    model = Molt(
        config.backbone,
        config.sides,
        class_count,
        shared_trunk=config.shared_trunk,
        pretrained=config.pretrained,
        drop_path=0.0 if config.freeze_trunk else config.drop_path,
    )
    bias = classifier_bias(config.backbone, config.pretrained) if config.head_bias else None
    for branch in model.pyramid:
        if bias is not None and len(bias) == class_count:
            branch.head.bias = nn.Parameter(bias.detach().clone())
        if config.freeze_trunk:
            for part in (*branch.trunk.parameters(), branch.positions):
                part.requires_grad = False
    return model


class _Training:
    """From the first step to the model file."""

    def __init__(
        self,
        config: TrainConfig,
        run: Run,
        photos: PhotoSet,
        boxed: BoxedPhotos | None,
        model: Molt,
        device: torch.device,
    ) -> None:
        self.config, self.run, self.photos, self.boxed = config, run, photos, boxed
        self.model, self.device = model, device
        self.trunk = model.pyramid[0].trunk
        mean, std = input_statistics(self.trunk)
        self.view = View(config.sides, tuple(mean), tuple(std))

    def result(self, progress: Progress, *, resume: bool) -> TrainResult:
        config, run, photos = self.config, self.run, self.photos
        per_epoch = batch_count(len(photos.train), config.batch)
        plan = self._plan(per_epoch)
        last = self._learn(progress, plan, resume=resume)
        counts = photos.train_counts(frozenset(last.unreadable))
        lost = [name for name, count in counts.items() if count == 0]
        if lost:
            raise MoltboxError(
                f"None of the photos of the class {lost[0]!r} could be read, so there is no model of it."
            )
        if not run.team.is_first:
            return TrainResult(Path(config.out), last.accuracy)
        chosen, how = self._chosen(last, plan)
        clustering = learn_clusters(config, photos, run, resume=resume)
        run.log.phase("writing", 0, 1)
        write_molt(Path(config.out), self.model, self._facts(last, chosen, how, counts, clustering))
        run.log.phase("writing", 1, 1)
        return end(run, config, photos, self.boxed, chosen, per_epoch)

    def _plan(self, per_epoch: int) -> Plan:
        config = self.config
        stages = len(config.sides) if config.per_branch else 1
        return Plan(
            steps=per_epoch * config.epochs * stages,
            steps_per_epoch=per_epoch,
            validate_every=per_epoch,
            peak_lr=config.lr or base_lr(config, len(self.photos.train)),
            warmup=config.warmup,
            log_every=config.log_every,
            save_every_s=config.save_every_s,
            keep=config.keep,
            best_by_accuracy=True,
            lr_falls=config.lr_falls,
            stages=stages,
        )

    def _learn(self, progress: Progress, plan: Plan, *, resume: bool) -> Progress:
        config, run, photos = self.config, self.run, self.photos
        optimiser = make_optimiser(
            self.model,
            peak=plan.peak_lr,
            weight_decay=config.weight_decay,
            head_lr_factor=config.head_lr_factor,
            layer_decay=config.layer_decay,
            depth=len(self.trunk.blocks),
        )
        checkpoint = newest_checkpoint(run.folder) if resume else None
        if checkpoint is not None:
            load_checkpoint(checkpoint, self.model, optimiser)
        run.begin(
            photos,
            plan,
            progress.step,
            self.device,
            preset="paper",
            network=config.backbone,
            sides=config.sides,
            seen=(len(photos.train), len(photos.validation)),
        )
        lesson = self._lesson(optimiser, run.team)
        loop = Loop[Batch, Window](
            plan,
            run.folder,
            self.model,
            optimiser,
            progress,
            self.device,
            Window,
            log=run.log,
            team=run.team,
            on_step=run.told("training"),
            scaler=lesson.scaler if lesson.scaler.is_enabled() else None,
        )
        lesson.leave_out = loop.leave_out
        introduce(photos, self.model, self.device, plan.peak_lr, loop.teller)
        if config.per_branch:
            loop.teller.say(f"The {plan.stages} sizes are learnt one after another, {plan.stage_steps} steps each.")
        return loop.run(lesson, run.asks)

    def _lesson(self, optimiser: AdamW, team: Team, *, together: bool = False) -> BranchLesson:
        return BranchLesson(
            self.config,
            self.photos,
            self.view,
            self.model,
            optimiser,
            self.device,
            team,
            self.boxed,
            self.run.warn,
            together=together,
        )

    def _chosen(self, last: Progress, plan: Plan) -> tuple[Progress, str]:
        """Puts the best weights into the model; answers how they validated, and how they were chosen, in words."""
        if not self.config.per_branch:
            chosen = take_best(self.run.folder, self.model, last)
            return chosen, weights_chosen(chosen, last)
        steps = take_best_of_each(self.run.folder, self.model, plan)
        self._leave_out_the_unlearnt(-(-last.step // plan.stage_steps))
        lesson, window = self._lesson(AdamW(self.model.parameters()), Team(), together=True), Window(self.device)
        self.model.eval()
        with torch.no_grad():
            boxes = lesson.validate(window)
        if not window.photos:
            return last, "each branch's last step"
        loss, accuracy = window.means()
        epoch = -(-last.step // plan.steps_per_epoch)
        self.run.log.write(
            "validation", step=last.step, epoch=epoch, loss=loss, accuracy=accuracy, photos=window.photos
        )
        chosen = replace(
            last,
            accuracy=accuracy,
            scored=window.photos,
            boxes_right=None if boxes is None else boxes.right,
            boxes_scored=0 if boxes is None else boxes.scored,
        )
        return chosen, f"each branch's own best of its {plan.stage_steps} steps: {', '.join(map(str, steps))}"

    def _leave_out_the_unlearnt(self, learnt: int) -> None:
        """Asked to finish early, branches whose turn never came are no part of the model."""
        left = self.model.sides[learnt:]
        if left:
            sizes = ", ".join(map(str, left))
            self.run.warn(f"Finished before these sizes were learnt, so the model lacks them: {sizes}.")
            self.model.keep_first(learnt)
            self.view = replace(self.view, sides=self.model.sides)

    def _facts(
        self, last: Progress, chosen: Progress, how: str, counts: dict[str, int], clustering: bytes | None
    ) -> ModelFacts:
        config, photos = self.config, self.photos
        return ModelFacts(
            name=Path(config.out).stem,
            class_names=photos.class_names,
            mean=self.view.mean,
            std=self.view.std,
            licence=weights_licence(self.trunk, config.pretrained),
            training={
                "fingerprint": photos.fingerprint,
                "photos": len(photos.train) - len([file for file in photos.train if file.path in last.unreadable]),
                "classes": counts,
                "recipe": config.recipe,
                "epochs": config.epochs,
                "seed": config.seed,
                "pretrained": config.pretrained if config.pretrained in (HUB, NO_WEIGHTS) else "file",
                "weights_chosen": how,
            },
            accuracy=accuracy_facts(chosen, photos),
            clustering=clustering,
            class_fusion=ClassLoss(several=photos.several).fusion,
        )


def introduce(photos: PhotoSet, model: nn.Module, device: torch.device, peak_lr: float, teller: Teller) -> None:
    """Says what is about to be trained."""
    teller.say(
        f"{len(photos.train)} photos in {len(photos.class_names)} classes, {len(photos.validation)} for validation "
        f"({photos.split}); {sum(p.numel() for p in model.parameters()) / 1e6:.1f} million weights on "
        f"{device.type}, peak learning rate {peak_lr:.2g}."
    )
    if photos.left_out:
        teller.say(f"Left out, as they have no photos: {', '.join(photos.left_out)}.")


def base_lr(config: TrainConfig, photos: int) -> float:
    """Peak learning rate of the trunk: gentle where a small set fine-tunes pretrained weights."""
    if photos < LARGE_SET and config.pretrained != NO_WEIGHTS:
        return 5e-5 * config.batch / 128
    return 5e-4 * config.batch / 256
