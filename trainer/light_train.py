"""The quick preset: trains a light MOLT in minutes on a CPU, from image-level class labels alone.

The trunk looks at each photo once, makes maps and boxes of the labels alone, and the light MOLT learns from both on
the kept features. The run folder and the loop are those of `trainer.train`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from torch.optim import AdamW
from torchvision.ops import generalized_box_iou_loss

from engine.errors import Cancelled, MoltboxError
from engine.images import read_header
from engine.localization.onnx_session import core_count
from trainer.boxed_photos import BoxedPhotos, read_boxed_photos, score_boxes
from trainer.checkpoint import Progress, load_checkpoint, newest_checkpoint
from trainer.class_loss import ClassLoss
from trainer.config import QuickConfig, start_progress
from trainer.data import EpochBatches, LabelledFile, PhotoSet, batch_count, class_targets, mixed_seed
from trainer.ending import TrainResult, accuracy_facts, end, learn_clusters, take_best, weights_chosen
from trainer.kept_looks import FOLDER, check_every_class_is_seen, save_the_start
from trainer.light import LightAnswers, LightMolt
from trainer.light_export import SCALES, THRESHOLD, write_light_molt
from trainer.light_features import (
    GRID,
    PhotoFeatures,
    channel_statistics,
    chosen_photos,
    look_at_photos,
)
from trainer.light_teacher import Lessons, anchored_weights, prepare_lessons
from trainer.light_trunk import BACKBONE, LightTrunk
from trainer.looking import light_looks
from trainer.loop import BoxShare, Loop, Plan, Window, descend, make_optimiser
from trainer.run import Run, open_photos
from trainer.train import introduce

WINDOW_SHARE, SMALLEST_WINDOW = 0.6, 13
"""Share of the steps that see a window of each photo, and the window's least side in cells."""

_LEAST_BOX = 0.02
_VALIDATIONS = 4
_CPU = torch.device("cpu")


def train_light(
    config: QuickConfig, run_folder: Path, *, resume: bool = False, stop: Callable[[], bool] = lambda: False
) -> TrainResult:
    """Trains and writes the model file; see `trainer.train.train`.

    Raises:
        MoltboxError: photos or checkpoint do not serve, the trunk's weights are missing, or the loss ran away.
        Cancelled: stopped on demand.
    """
    if config.steps < 1 or config.batch < 1:
        raise MoltboxError("Steps and batch must be at least 1.")
    threads = config.threads or core_count()
    torch.set_num_threads(threads)
    photos = open_photos(config)
    boxed = None if config.boxes is None else read_boxed_photos(Path(config.boxes), photos)
    progress = start_progress(config, run_folder, photos, resume=resume)
    trunk = LightTrunk()
    with Run.open(config, run_folder, photos, progress, _CPU, resume=resume, stop=stop) as run:
        return _learn_and_write(config, run, photos, boxed, progress, trunk, threads, resume=resume)


def _learn_and_write(
    config: QuickConfig,
    run: Run,
    photos: PhotoSet,
    boxed: BoxedPhotos | None,
    progress: Progress,
    trunk: LightTrunk,
    threads: int,
    *,
    resume: bool,
) -> TrainResult:
    train_files, validation_files = chosen_photos(photos, seed=config.seed)
    files = [*train_files, *validation_files]
    classes = [file.classes for file in files]
    targets = class_targets(classes, len(photos.class_names))  # (N, C)
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
        sides=[side for side, _ in SCALES],
        seen=(len(train_files), len(validation_files)),
        choice=config.choice,
    )
    try:
        features = _look(photos, files, trunk, run, threads)
        taught = np.flatnonzero(features.readable[: len(train_files)])
        shown = targets.numpy()[taught] > 0  # (n, C)
        check_every_class_is_seen(photos, shown)
        weights = anchored_weights(features.logits[taught], shown, trunk.classifier.weight)  # (C, 1280)
        telling = run.counting("maps", len(train_files), "made maps of")
        lessons = prepare_lessons(
            features,
            classes[: len(train_files)],
            weights,
            trunk,
            telling,
            run.asks.pause,
        )
        telling.close()
    except Cancelled:
        if progress.step == 0:
            save_the_start(run.folder, photos)
        raise

    torch.manual_seed(config.seed)
    model = LightMolt(len(photos.class_names), *channel_statistics(features, taught, config.seed))
    optimiser = make_optimiser(model, peak=config.lr, weight_decay=config.weight_decay)
    checkpoint = newest_checkpoint(run.folder) if progress.step else None
    if checkpoint is not None:
        load_checkpoint(checkpoint, model, optimiser)
    plan = replace(plan, steps_per_epoch=batch_count(len(taught), config.batch))
    loop = Loop[LightBatch, Window](
        plan, run.folder, model, optimiser, progress, _CPU, Window, log=run.log, on_step=run.told("training")
    )
    introduce(photos, model, _CPU, config.lr, loop.teller)
    for path, why in features.unreadable.items():
        loop.leave_out(path, why)
    validated = np.flatnonzero(features.readable[len(train_files) :]) + len(train_files)
    scoring = ClassLoss(several=photos.several)
    scored = _scoring_boxes(boxed, photos, files, features, model, trunk, weights)
    lesson = _Light(config, scoring, features, lessons, targets, taught, validated, model, optimiser, scored)
    progress = loop.run(lesson, run.asks)
    counts = shown.sum(axis=0)
    chosen = take_best(run.folder, model, progress)
    clustering = learn_clusters(config, photos, run, resume=resume)
    run.log.phase("writing", 0, 1)
    write_light_molt(
        Path(config.out),
        trunk,
        model,
        weights,
        class_names=photos.class_names,
        training={
            "fingerprint": photos.fingerprint,
            "photos": len(taught),
            "classes": {name: int(counts[index]) for index, name in enumerate(photos.class_names)},
            "preset": "quick",
            "steps": config.steps,
            "seed": config.seed,
            "pretrained": "ImageNet (ILSVRC-2012), by the authors of the trunk's weights",
            "weights_chosen": weights_chosen(chosen, progress),
        },
        accuracy=accuracy_facts(chosen, photos),
        clustering=clustering,
        class_fusion=scoring.fusion,
    )
    shutil.rmtree(run.folder / FOLDER)
    run.log.phase("writing", 1, 1)
    return end(run, config, photos, boxed, chosen, plan.steps_per_epoch)


@dataclass(frozen=True, slots=True)
class LightBatch:
    """A batch: features (B, 624, h, w), foreground (B, h, w) in [0, 1], boxes (B, 4) x0, y0, x1, y1 as shares of the
    view, 0s where there is none, targets (B, C), 1 where a photo shows a class."""

    features: Tensor
    foreground: Tensor
    boxes: Tensor
    targets: Tensor


class _Light:
    """What a light MOLT learns, for `trainer.loop`."""

    def __init__(
        self,
        config: QuickConfig,
        scoring: ClassLoss,
        features: PhotoFeatures,
        lessons: Lessons,
        targets: Tensor,
        taught: np.ndarray,
        validated: np.ndarray,
        model: LightMolt,
        optimiser: AdamW,
        scored: Callable[[], BoxShare | None],
    ) -> None:
        self.config, self.scoring = config, scoring
        self.features, self.lessons, self.targets = features, lessons, targets
        self.taught, self.validated, self.model, self.optimiser = taught, validated, model, optimiser
        self.scored = scored

    def batches(self, epoch: int, first: int) -> Iterator[LightBatch]:
        config = self.config
        order = EpochBatches(len(self.taught), config.batch, shuffle=True, seed=config.seed, epoch=epoch, first=first)
        for number, draws in enumerate(order, start=first):
            generator = torch.Generator().manual_seed(mixed_seed(config.seed, epoch, number, 1))
            places = [int(self.taught[place]) for _, place in draws]
            yield seen_in_windows(self.features, self.lessons, self.targets, places, generator)

    def learn(self, batch: LightBatch, step: int, lr: float, window: Window) -> None:
        torch.manual_seed(mixed_seed(self.config.seed, step))  # dropout of this step
        answers = self.model(batch.features)
        loss = summed_loss(answers, batch, self.config, self.scoring)
        descend(loss, self.model, self.optimiser, lr, self.config.clip_norm)
        window.add(loss.detach(), [answers.logits.detach()], batch.targets, self.scoring)

    def validate(self, window: Window) -> BoxShare | None:
        """Scores the class token's classes of the whole photos; its loss is that of the classes alone.

        Boxes are scored at the one scale that features are kept of: a little below what the model file does.
        """
        for start in range(0, len(self.validated), self.config.batch):
            places = self.validated[start : start + self.config.batch]
            features = torch.from_numpy(np.asarray(self.features.maps[places], np.float32))
            logits = self.model(features).logits
            targets = self.targets[torch.from_numpy(places)]
            window.add(self.scoring.loss(logits, targets), [logits], targets, self.scoring)
        return self.scored()


def _scoring_boxes(
    boxed: BoxedPhotos | None,
    photos: PhotoSet,
    files: list[LabelledFile],
    features: PhotoFeatures,
    model: LightMolt,
    trunk: LightTrunk,
    weights: Tensor,
) -> Callable[[], BoxShare | None]:
    """Scores the boxes of photos whose features are kept, as the model stands when it is asked."""
    if boxed is None:
        return lambda: None
    places = {file.path: place for place, file in enumerate(files) if features.readable[place]}
    known = replace(
        boxed,
        validation=tuple(each for each in boxed.validation if each.path in places),
        others=tuple(each for each in boxed.others if each.path in places),
    )
    headers = {each.path: read_header(photos.root / each.path) for each in (*known.validation, *known.others)}
    sizes = {path: (header.width, header.height) for path, header in headers.items()}
    look = light_looks(model, trunk, weights, features, places, sizes, photos.class_names)
    return lambda: score_boxes(known, look, THRESHOLD)


def seen_in_windows(
    features: PhotoFeatures, lessons: Lessons, targets: Tensor, places: list[int], generator: torch.Generator
) -> LightBatch:
    """Shows each photo flipped half of the time, and often a window of it, of one size for the batch."""

    def draw(low: int, high: int) -> int:
        return int(torch.randint(low, high + 1, (1,), generator=generator))

    windowed = float(torch.rand(1, generator=generator)) < WINDOW_SHARE
    rows, columns = (draw(SMALLEST_WINDOW, GRID), draw(SMALLEST_WINDOW, GRID)) if windowed else (GRID, GRID)
    seen, foregrounds, boxes = [], [], []
    for place in places:
        top, left = draw(0, GRID - rows), draw(0, GRID - columns)
        flipped = draw(0, 1) == 1
        part = (slice(top, top + rows), slice(left, left + columns))
        values = torch.from_numpy(np.array(features.maps[(place, slice(None), *part)]))  # (624, rows, columns)
        foreground = lessons.foreground[(place, *part)]  # (rows, columns)
        shift = torch.tensor([left, top, left, top]) / GRID
        stretch = torch.tensor([GRID / columns, GRID / rows] * 2)
        box = ((lessons.boxes[place] - shift) * stretch).clamp(0, 1)
        if min(box[2] - box[0], box[3] - box[1]) < _LEAST_BOX:
            box = torch.zeros(4)
        elif flipped:
            box = torch.stack([1 - box[2], box[1], 1 - box[0], box[3]])
        seen.append(values.flip(2) if flipped else values)
        foregrounds.append(foreground.flip(1) if flipped else foreground)
        boxes.append(box)
    return LightBatch(torch.stack(seen).float(), torch.stack(foregrounds), torch.stack(boxes), targets[places])


def summed_loss(answers: LightAnswers, batch: LightBatch, config: QuickConfig, scoring: ClassLoss) -> Tensor:
    """Cross-entropy of cells and of classes, and distance plus generalised IoU loss of the boxes, by weight."""
    cells = functional.binary_cross_entropy_with_logits(answers.foreground, batch.foreground)
    classes = scoring.loss(answers.logits, batch.targets)
    boxed = batch.boxes[:, 2] > batch.boxes[:, 0]
    x, y, width, height = answers.box[boxed].unbind(1)
    found = torch.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], dim=1)
    wanted = batch.boxes[boxed]
    sides = torch.stack([wanted[:, 2] - wanted[:, 0], wanted[:, 3] - wanted[:, 1]], dim=1)
    centred = torch.cat([(wanted[:, :2] + wanted[:, 2:]) / 2, sides], dim=1)  # (b, 4)
    distance = 2 * (answers.box[boxed] - centred).abs().mean(dim=1)  # (b,)
    boxes = (distance + generalized_box_iou_loss(found, wanted)).sum() / max(1, int(boxed.sum()))
    return config.foreground_loss * cells + config.box_loss * boxes + config.class_loss * classes


def _look(
    photos: PhotoSet,
    files: list[LabelledFile],
    trunk: LightTrunk,
    run: Run,
    threads: int,
) -> PhotoFeatures:
    telling = run.counting("looking", len(files), "looked at")
    try:
        return look_at_photos(
            photos.root,
            files,
            trunk,
            run.folder / FOLDER,
            fingerprint=photos.fingerprint,
            threads=threads,
            told=telling,
            stop=run.asks.pause,
        )
    finally:
        telling.close()
