"""What follows the learning, in both presets: the best weights, pixel clusters, the calibration, the last words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from trainer.boxed_photos import BoxedPhotos, calibrate, score_model
from trainer.checkpoint import Progress, best_checkpoint, load_branch, load_weights, read_progress
from trainer.clustering.amortised import ClusteringConfig, HalfLearnt, train_clustering
from trainer.config import QuickConfig, TrainConfig
from trainer.curves import draw_curves
from trainer.data import PhotoSet
from trainer.loop import Plan
from trainer.run import Run


@dataclass(frozen=True, slots=True)
class TrainResult:
    """The written model file, and the share of validation photos whose class is right (None without such photos)."""

    model_path: Path
    accuracy: float | None


def take_best(run_folder: Path, model: nn.Module, progress: Progress) -> Progress:
    """Puts the weights that validated best into the model, where such were kept, and answers where they stood."""
    best = best_checkpoint(run_folder)
    if best is None:
        return progress
    load_weights(best, model)
    return read_progress(best)


def take_best_of_each(run_folder: Path, model: nn.Module, plan: Plan) -> list[int]:
    """Of branches that learnt one after another: puts each one's best weights back, and answers their steps.

    A stage that was never validated has none; its branch stays as it is.
    """
    steps = []
    for stage in range(plan.stages):
        best = best_checkpoint(run_folder, plan.steps_of(stage))
        if best is not None:
            load_branch(best, model, stage)
            steps.append(read_progress(best).step)
    return steps


def weights_chosen(chosen: Progress, last: Progress) -> str:
    """How the weights were chosen, in words."""
    if chosen.boxes_right is not None:
        return f"step {chosen.step} of {last.step}: most boxes of validation photos met"
    if chosen.step < last.step:
        return f"step {chosen.step} of {last.step}: most classes of validation photos right, without boxes to go by"
    return f"last step, {last.step}"


def accuracy_facts(chosen: Progress, photos: PhotoSet) -> dict[str, Any]:
    """The object `accuracy` of the model file."""
    return {
        "classification_top1": chosen.accuracy,
        "photos": chosen.scored,
        "split": photos.split if chosen.scored else "none",
    }


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


def end(
    run: Run,
    config: TrainConfig | QuickConfig,
    photos: PhotoSet,
    boxed: BoxedPhotos | None,
    chosen: Progress,
    steps_per_epoch: int,
) -> TrainResult:
    """Calibrates the written model file where there are boxes, scores it, draws the curves, writes the last line."""
    model = Path(config.out)
    boxes_right = None
    if boxed is not None:
        run.log.phase("calibrating", 0, 2)
        why_not = calibrate(model, photos.root, boxed, run.folder, threads=config.threads)
        if why_not is not None:
            run.warn(why_not)
        run.log.phase("calibrating", 1, 2)
        share = score_model(model, photos.root, boxed, threads=config.threads)
        boxes_right = None if share is None else share.right
        run.log.phase("calibrating", 2, 2)
    draw_curves(run.folder / "log.jsonl", run.folder / "curves.png")
    run.log.write(
        "end",
        model=str(model),
        accuracy=chosen.accuracy,
        boxes_right=boxes_right,
        best_epoch=-(-chosen.step // steps_per_epoch),
    )
    return TrainResult(model, chosen.accuracy)
