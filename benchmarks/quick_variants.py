"""What each part of the quick preset is worth: it is trained again with one part left out or changed.

    python benchmarks/quick_variants.py DATA --boxes DATA/boxes_val.coco.json --work FOLDER [--only NAME,NAME]

The frozen trunk looks at the photos once, all variants learn from the same features. `moltbox evaluate` scores each
on the photos of the boxes: GT-known, threshold cross-fitted (last column: at the model's own). What is trained is kept.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine.localization.fusion import min_max
from engine.localization.propagation import propagate, transition
from trainer import light_teacher, light_train
from trainer.checkpoint import load_weights, newest_checkpoint
from trainer.config import QuickConfig
from trainer.light import LightMolt
from trainer.light_export import FOREGROUND_POWER, SCORE_POWER
from trainer.light_features import PhotoFeatures
from trainer.light_trunk import LightTrunk

SHIPPED = "as shipped"
_FEATURES = "features"
_POWER, _STEPS = 6, 16
"""Propagation of the model file."""


@contextmanager
def replaced(module: Any, **values: Any) -> Iterator[None]:
    """Sets attributes of a module for a while."""
    before = {name: getattr(module, name) for name in values}
    for name, value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)


def patches_hidden(share: float) -> Callable[..., light_train.LightBatch]:
    """Hides a square of the features, `share` of the side, from half of the photos; what they teach stays whole."""
    shown = light_train.seen_in_windows

    def seen(*args: Any) -> light_train.LightBatch:
        batch = shown(*args)
        generator = torch.Generator().manual_seed(int(batch.features[0, 0, 0, 0] * 1e6) & 0x7FFFFFFF)
        _, _, rows, columns = batch.features.shape
        height, width = round(share * rows), round(share * columns)
        for photo in batch.features[::2]:
            top = int(torch.randint(0, rows - height + 1, (1,), generator=generator))
            left = int(torch.randint(0, columns - width + 1, (1,), generator=generator))
            photo[:, top : top + height, left : left + width] = photo.mean(dim=(1, 2))[:, None, None]
        return batch

    return seen


def second_round(first: Path) -> Callable[..., light_teacher.Lessons]:
    """Lessons from the maps of the model that `first` (a run folder) trained, cut as its model file cuts them."""
    checkpoint = newest_checkpoint(first)
    if checkpoint is None:
        raise SystemExit(f"{first} holds no checkpoint: train {SHIPPED!r} first.")

    def prepare(
        features: PhotoFeatures, classes: Any, weights: torch.Tensor, trunk: LightTrunk, told: Any, _stop: Any
    ) -> light_teacher.Lessons:
        model = LightMolt(len(weights), torch.zeros(624), torch.ones(624))
        load_weights(checkpoint, model)
        model.eval()
        lessons = light_teacher.Lessons(torch.zeros(len(classes), 20, 20), torch.zeros(len(classes), 4))
        for place, labels in enumerate(classes):
            if not features.readable[place]:
                continue
            seen = torch.from_numpy(np.asarray(features.maps[place], np.float32))
            with torch.no_grad():
                row, _ = model.look(seen[None])
                head = trunk.to_head(seen[-light_teacher.LAST :][None])[0]  # (1280, h, w)
            score_map = torch.einsum("d,dhw->hw", weights[labels[0]], head).numpy()
            marked = min_max(np.maximum(score_map, 0.0))
            moves = transition(seen[: light_teacher.STAGE_5].numpy(), _POWER)
            spread = min_max(propagate(marked, moves, _STEPS))
            product = min_max(row[0].numpy()) ** FOREGROUND_POWER * spread**SCORE_POWER
            found = min_max(product.astype(np.float32))
            lessons.foreground[place] = torch.from_numpy(np.clip(found / 0.36, 0, 1))
            with replaced(light_teacher, BOX_THRESHOLD=0.18):
                lessons.boxes[place] = torch.tensor(light_teacher.pseudo_box(found))
            told(place + 1)
        return lessons

    return prepare


def variants(work: Path) -> dict[str, tuple[dict[str, Any], Callable[[], dict[str, Any]]]]:
    """Name: settings of the training that differ, and parts of `trainer.light_train` that are replaced."""

    def none() -> dict[str, Any]:
        return {}

    return {
        SHIPPED: ({}, none),
        "seed 1": ({"seed": 1}, none),
        "seed 2": ({"seed": 2}, none),
        "no box loss": ({"box_loss": 0.0}, none),
        "no foreground loss": ({"foreground_loss": 0.0}, none),
        "no windows": ({}, lambda: {"WINDOW_SHARE": 0.0}),
        "half the steps": ({"steps": 250}, none),
        "twice the steps": ({"steps": 1000}, none),
        "patches hidden": ({}, lambda: {"seen_in_windows": patches_hidden(0.4)}),
        "second round": ({}, lambda: {"prepare_lessons": second_round(_run_folder(work, SHIPPED))}),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--boxes", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", default="")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()
    known = variants(args.work)
    wanted = [name.strip() for name in args.only.split(",")] if args.only else list(known)
    print("| variant | GT-known 0.5 | 0.7 | at 0.18 |\n|---|---|---|---|", flush=True)
    for name in wanted:
        settings, parts = known[name]
        model = _run_folder(args.work, name).with_suffix(".molt")
        if not model.exists():
            config = QuickConfig(data=str(args.data), out=str(model), threads=args.threads, **settings)
            _train(config, _run_folder(args.work, name), args.work / _FEATURES, parts())
        print(_row(name, model, args), flush=True)


def _run_folder(work: Path, name: str) -> Path:
    return work / name.replace(" ", "_")


def _train(config: QuickConfig, run_folder: Path, kept: Path, parts: dict[str, Any]) -> None:
    """Trains with features that were kept, and keeps them."""
    look = light_train.look_at_photos

    def look_once(root: Path, files: Any, trunk: LightTrunk, _folder: Path, **rest: Any) -> PhotoFeatures:
        return look(root, files, trunk, kept, **rest)

    with replaced(light_train, look_at_photos=look_once, **parts):
        shutil.rmtree(run_folder, ignore_errors=True)
        (run_folder / _FEATURES).mkdir(parents=True)
        light_train.train_light(config, run_folder)


def _row(name: str, model: Path, args: argparse.Namespace) -> str:
    out = model.with_suffix(".evaluation")
    command = [sys.executable, "-m", "app", "evaluate", str(model), str(args.data), "--boxes", str(args.boxes)]
    subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)  # noqa: S603
    report = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    at = report["cross_fitted"]
    cells = [
        f"{100 * at[iou]['share']:.1f} [{100 * at[iou]['low']:.1f}, {100 * at[iou]['high']:.1f}]"
        for iou in ("0.5", "0.7")
    ]
    return f"| {name} | {cells[0]} | {cells[1]} | {100 * report['gt_known']['0.5']['share']:.1f} |"


if __name__ == "__main__":
    main()
