"""The quick preset on a pretrained transformer: DeiT-Tiny at three sizes, its trunk frozen, from class labels alone.

The trunk looks at each photo once, and of its tokens only the nine means that the class heads' scores are made of are
kept (`trainer.molt.kernel_means`): 20 kB a photo. On these the heads are learnt in seconds. What comes out is an
ordinary MOLT: the foreground is the class token's attention of the pretrained transformer, the score maps are the
heads'. The run folder and the loop are those of `trainer.train`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import AdamW

from engine.errors import Cancelled, MoltboxError
from engine.localization.onnx_session import core_count
from trainer.backbones import HUB, input_statistics, weights_licence
from trainer.boxed_photos import BoxedPhotos, read_boxed_photos, score_boxes
from trainer.checkpoint import Progress, load_checkpoint, newest_checkpoint
from trainer.class_loss import ClassLoss
from trainer.config import QuickConfig, start_progress
from trainer.data import EpochBatches, PhotoSet, View, batch_count, class_targets, normalised, read_at_least, squeezed
from trainer.ending import TrainResult, accuracy_facts, end, learn_clusters, take_best, weights_chosen
from trainer.export import FALLBACK_THRESHOLD, ModelFacts, write_molt
from trainer.kept_looks import (
    FOLDER,
    KeptLooks,
    Kind,
    Look,
    check_every_class_is_seen,
    look_once,
    looks_key,
    save_the_start,
)
from trainer.light_features import chosen_photos
from trainer.looking import Seen, molt_looks
from trainer.loop import BoxShare, Loop, Plan, Window, descend, make_optimiser
from trainer.molt import DEFAULT_SIDES, Branch, Molt, kernel_means, logits_of_means
from trainer.quick_network import BACKBONE
from trainer.run import Run, open_photos
from trainer.train import introduce

SIDES = DEFAULT_SIDES
OFFSETS = 9
_VALIDATIONS = 4
_CHUNK = 16
_CPU = torch.device("cpu")


def train_frozen(
    config: QuickConfig, run_folder: Path, *, resume: bool = False, stop: Callable[[], bool] = lambda: False
) -> TrainResult:
    """Trains and writes the model file; see `trainer.train.train`.

    Raises:
        MoltboxError: photos, weights or checkpoint do not serve, or the loss ran away.
        Cancelled: stopped on demand.
    """
    if config.steps < 1 or config.batch < 1:
        raise MoltboxError("Steps and batch must be at least 1.")
    photos = open_photos(config)
    boxed = None if config.boxes is None else read_boxed_photos(Path(config.boxes), photos)
    progress = start_progress(config, run_folder, photos, resume=resume)
    model = frozen_molt(config, len(photos.class_names))
    with Run.open(config, run_folder, photos, progress, _CPU, resume=resume, stop=stop) as run:
        return _learn_and_write(config, run, photos, boxed, progress, model, resume=resume)


def frozen_molt(config: QuickConfig, class_count: int) -> Molt:
    """The network before its training: only the class heads may learn.

    Raises:
        MoltboxError: the weights do not serve.
    """
    torch.manual_seed(config.seed)
    model = Molt(BACKBONE, SIDES, class_count, shared_trunk=True, pretrained=config.pretrained)
    model.requires_grad_(requires_grad=False)
    for branch in model.pyramid:
        branch.head.requires_grad_(requires_grad=True)
    return model.eval()


def _learn_and_write(
    config: QuickConfig,
    run: Run,
    photos: PhotoSet,
    boxed: BoxedPhotos | None,
    progress: Progress,
    model: Molt,
    *,
    resume: bool,
) -> TrainResult:
    train_files, validation_files = chosen_photos(photos, seed=config.seed)
    files = [*train_files, *validation_files]
    targets = class_targets([file.classes for file in files], len(photos.class_names))  # (N, C)
    plan = Plan(
        steps=config.steps,
        steps_per_epoch=batch_count(len(train_files), config.batch),
        validate_every=max(1, config.steps // _VALIDATIONS),
        peak_lr=config.lr,
        warmup=config.warmup,
        log_every=config.log_every,
        save_every_s=config.save_every_s,
        keep=config.keep,
    )
    run.begin(
        photos,
        plan,
        progress.step,
        _CPU,
        preset="quick",
        network=BACKBONE,
        sides=SIDES,
        seen=(len(train_files), len(validation_files)),
        choice=config.choice,
    )
    trunk = model.pyramid[0].trunk
    view = View(SIDES, *input_statistics(trunk))
    telling = run.counting("looking", len(files), "looked at")
    try:
        kept = look_once(
            photos.root,
            files,
            run.folder / FOLDER,
            {"means": Kind(np.float32, (len(SIDES), trunk.embed_dim, OFFSETS))},
            lambda: means_look(model.pyramid, view),
            key=looks_key(files, photos.fingerprint, BACKBONE, weights_sum(trunk), SIDES),
            threads=config.threads or core_count(),
            told=telling,
            stop=run.asks.pause,
            chunk=_CHUNK,
        )
    except Cancelled:
        if progress.step == 0:
            save_the_start(run.folder, photos)
        raise
    finally:
        telling.close()
    torch.set_num_threads(config.threads or core_count())
    taught = np.flatnonzero(kept.readable[: len(train_files)])
    validated = np.flatnonzero(kept.readable[len(train_files) :]) + len(train_files)
    shown = targets.numpy()[taught] > 0  # (n, C)
    check_every_class_is_seen(photos, shown)

    heads = nn.ModuleList([branch.head for branch in model.pyramid])
    optimiser = make_optimiser(heads, peak=config.lr, weight_decay=config.weight_decay)
    checkpoint = newest_checkpoint(run.folder) if progress.step else None
    if checkpoint is not None:
        load_checkpoint(checkpoint, heads, optimiser)
    plan = replace(plan, steps_per_epoch=batch_count(len(taught), config.batch))
    loop = Loop[FrozenBatch, Window](
        plan, run.folder, heads, optimiser, progress, _CPU, Window, log=run.log, on_step=run.told("training")
    )
    introduce(photos, heads, _CPU, config.lr, loop.teller)
    for path, why in kept.unreadable.items():
        loop.leave_out(path, why)
    lesson = _Frozen(config, photos, kept, targets, taught, validated, model, heads, optimiser, boxed, view)
    last = loop.run(lesson, run.asks)
    chosen = take_best(run.folder, heads, last)
    clustering = learn_clusters(config, photos, run, resume=resume)
    run.log.phase("writing", 0, 1)
    counts = shown.sum(axis=0)
    facts = ModelFacts(
        name=Path(config.out).stem,
        class_names=photos.class_names,
        mean=view.mean,
        std=view.std,
        licence=weights_licence(trunk, config.pretrained),
        training={
            "fingerprint": photos.fingerprint,
            "photos": len(taught),
            "classes": {name: int(counts[index]) for index, name in enumerate(photos.class_names)},
            "preset": "quick",
            "steps": config.steps,
            "seed": config.seed,
            "pretrained": HUB if config.pretrained == HUB else "file",
            "weights_chosen": weights_chosen(chosen, last),
        },
        accuracy=accuracy_facts(chosen, photos),
        clustering=clustering,
        class_fusion=lesson.scoring.fusion,
    )
    write_molt(Path(config.out), model, facts)
    shutil.rmtree(run.folder / FOLDER)
    run.log.phase("writing", 1, 1)
    return end(run, config, photos, boxed, chosen, plan.steps_per_epoch)


def weights_sum(trunk: nn.Module) -> float:
    """Tells weights from others."""
    return sum(float(parameter.double().abs().sum()) for parameter in trunk.parameters())


def means_look(branches: list[Branch], view: View) -> Look:
    """Looks at one photo a thread: so the cores are used best, and what is seen does not depend on their number."""
    torch.set_num_threads(1)

    @torch.no_grad()
    def look(path: Path) -> dict[str, NDArray[np.generic]]:
        pixels = torch.from_numpy(read_at_least(path, 2 * max(view.sides))).permute(2, 0, 1)  # (3, H, W)
        images = [normalised(squeezed(pixels, branch.side), view)[None] for branch in branches]
        means = [kernel_means(branch.tokens(image))[0] for branch, image in zip(branches, images, strict=True)]
        return {"means": torch.stack(means).numpy()}  # (S, D, 9)

    return look


FrozenBatch = tuple[Tensor, Tensor]
"""Means (B, S, D, 9) of photos, and their targets (B, C)."""


class _Frozen:
    """What the class heads learn, for `trainer.loop`."""

    def __init__(
        self,
        config: QuickConfig,
        photos: PhotoSet,
        kept: KeptLooks,
        targets: Tensor,
        taught: NDArray[np.intp],
        validated: NDArray[np.intp],
        model: Molt,
        heads: nn.ModuleList,
        optimiser: AdamW,
        boxed: BoxedPhotos | None,
        view: View,
    ) -> None:
        self.config, self.kept, self.targets = config, kept, targets
        self.taught, self.validated = taught, validated
        self.model, self.heads, self.optimiser = model, heads, optimiser
        self.scoring = ClassLoss(several=photos.several)
        self._boxed = boxed
        memory: dict[str, Seen] = {}
        self._look = molt_looks(model.pyramid, photos.root, view, photos.class_names, _CPU, memory=memory)

    def batches(self, epoch: int, first: int) -> Iterator[FrozenBatch]:
        config = self.config
        order = EpochBatches(len(self.taught), config.batch, shuffle=True, seed=config.seed, epoch=epoch, first=first)
        for draws in order:
            yield self._of(self.taught[[place for _, place in draws]])

    def learn(self, batch: FrozenBatch, step: int, lr: float, window: Window) -> None:  # noqa: ARG002
        means, targets = batch
        logits = self._logits(means)
        loss = self.scoring.summed(logits, targets)
        descend(loss, self.heads, self.optimiser, lr, self.config.clip_norm)
        window.add(loss.detach(), [each.detach() for each in logits], targets, self.scoring)

    def validate(self, window: Window) -> BoxShare | None:
        for start in range(0, len(self.validated), self.config.batch):
            means, targets = self._of(self.validated[start : start + self.config.batch])
            logits = self._logits(means)
            window.add(self.scoring.summed(logits, targets), logits, targets, self.scoring)
        return None if self._boxed is None else score_boxes(self._boxed, self._look, FALLBACK_THRESHOLD)

    def _of(self, places: NDArray[np.intp]) -> FrozenBatch:
        return torch.from_numpy(np.asarray(self.kept.values["means"][places], np.float32)), self.targets[places]

    def _logits(self, means: Tensor) -> list[Tensor]:
        parts = zip(means.unbind(1), self.heads, strict=True)
        return [logits_of_means(part, cast(nn.Conv2d, head)) for part, head in parts]
