"""How good the starter model's boxes are on real photos, beside the trivial baselines.

    python benchmarks/starter_boxes.py [--data FOLDER] [--model FILE]             # the table of docs/results.md
    python benchmarks/starter_boxes.py --choose            # how the shipped threshold was chosen
    python benchmarks/starter_boxes.py --settings          # scale weights, and where an unknown class is looked for

Scored as `moltbox propose FOLDER --classes folder` proposes: one box a photo, GT-known localization (best geometric IoU
over the photo's boxes). "Cross-fitted" picks the threshold on the half of the photos that is not scored (4 random
halvings); "shipped" is the model's own threshold, chosen without any box of the scored photos.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco
from engine.dataset.records import LabelSet
from engine.dataset.table import read_box_table
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.naming import strongest_place
from engine.metrics.localization import CENTRED_SIDES, best_iou, centred_box_ious, choice_curve, cross_fitted, gt_known
from engine.prelabel.labels import class_limit, label_source, with_labels
from engine.prelabel.pipeline import propose
from engine.resources import starter_model_path

THRESHOLDS = np.round(np.arange(0.01, 0.61, 0.01), 2)
HAND_BOXES = Path(__file__).with_name("hand_boxes.csv")


@dataclass(frozen=True, slots=True)
class Scored:
    """Best IoU of each photo at each threshold (N, K), and of each centred box (N, sides)."""

    by_threshold: NDArray[np.float64]
    centred: NDArray[np.float64]


def score_photos(root: Path, truth: LabelSet, localizer: Localizer) -> Scored:
    """Looks at every photo of `truth` below `root` and scores its box at every threshold."""
    labels = label_source("folder", root)
    boxes = {photo.path: [each.box for each in photo.boxes] for photo in truth.photos if photo.boxes}
    paths = [root / name for name in boxes]
    rows: list[list[float]] = []
    sizes: list[tuple[int, int]] = []
    labelled = with_labels(paths, root, labels, class_limit(None))
    anchors = find_anchors(photos_to_anchor(labelled, localizer.names), localizer)
    for result in propose(paths, root, localizer, labels, threshold=0.5, allowed=class_limit(None), anchors=anchors):
        if result.error is not None:
            raise SystemExit(result.error)
        heat_map = result.found[0].heat_map
        sizes.append((result.width, result.height))
        rows.append([_iou_at(heat_map.boxes(float(cut)), boxes[result.relative]) for cut in THRESHOLDS])
    return Scored(np.array(rows), centred_box_ious(sizes, list(boxes.values())))


def _iou_at(found: tuple, truth: list[Box]) -> float:
    return best_iou(found[0].box if found else None, truth)


def table_row(name: str, scored: Scored, shipped: float) -> str:
    column = int(np.argmin(np.abs(THRESHOLDS - shipped)))
    cells = []
    for at in (0.5, 0.7):
        cells.append(
            f"{100 * cross_fitted(scored.by_threshold, at=at):.1f} | "
            f"{100 * gt_known(scored.by_threshold[:, column], at):.1f} | "
            f"{100 * gt_known(scored.by_threshold.max(axis=1), at):.1f} | "
            f"{100 * cross_fitted(scored.centred, at=at):.1f} | {100 * gt_known(scored.centred[:, -1], at):.1f}"
        )
    return f"| {name} | {len(scored.by_threshold)} | {cells[0]} | {cells[1]} |"


def choose(data: Path, localizer: Localizer) -> None:
    """Prints the threshold that serves photos of known and of unknown classes best, in equal parts."""
    pets = score_photos(data / "pets3", read_coco(data / "pets3" / "boxes_train.coco.json"), localizer)
    hand = score_photos(data / "imagenette10", read_box_table(HAND_BOXES), localizer)
    together = choice_curve(pets.by_threshold) + choice_curve(hand.by_threshold)
    best = int(np.argmax(together))
    print(f"chosen threshold: {THRESHOLDS[best]:.2f}")
    for name, scored in (("pets3 train", pets), ("imagenette10 train, boxed by hand", hand)):
        own = int(np.argmax(choice_curve(scored.by_threshold)))
        print(
            f"  {name}: {len(scored.by_threshold)} photos, {100 * gt_known(scored.by_threshold[:, best]):.1f} % right "
            f"there; its own best is {THRESHOLDS[own]:.2f} with {100 * gt_known(scored.by_threshold[:, own]):.1f} %"
        )


SETTINGS = (
    ((0.0, 0.0, 1.0), 1),
    ((1 / 3, 1 / 3, 1 / 3), 1),
    ((0.2, 0.3, 0.5), 1),
    ((0.1, 0.4, 0.5), 1),
    ((0.1, 0.2, 0.7), 1),
    ((0.1, 0.2, 0.7), 2),
    ((0.1, 0.2, 0.7), 3),
    ((0.1, 0.2, 0.7), 5),
)
"""(weights of the scales, number of classes that place an unknown label)."""


def compare_settings(data: Path, localizer: Localizer) -> None:
    """Prints what each setting makes of the training photos of pets3, cross-fitted."""
    root = data / "pets3"
    truth = [photo for photo in read_coco(root / "boxes_train.coco.json").photos if photo.boxes]
    looks = [localizer.look(read_photo(root / photo.path)).compact() for photo in truth]
    print("| weights | classes | 0.5 | 0.7 |\n|---|---|---|---|")
    for weights, count in SETTINGS:
        rows = []
        for photo, evidence in zip(truth, looks, strict=True):
            scales = tuple(
                replace(scale, weight=weight) for scale, weight in zip(evidence.scales, weights, strict=True) if weight
            )
            heat_map = replace(evidence, scales=scales).heat_map(strongest_place(evidence, count).weights)
            boxes = [each.box for each in photo.boxes]
            rows.append([_iou_at(heat_map.boxes(float(cut)), boxes) for cut in THRESHOLDS])
        scored = np.array(rows)
        shown = ", ".join(f"{weight:.2g}" for weight in weights)
        figures = " | ".join(f"{100 * cross_fitted(scored, at=at):.1f}" for at in (0.5, 0.7))
        print(f"| {shown} | {count} | {figures} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.environ.get("MOLTBOX_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--settings", action="store_true")
    args = parser.parse_args()
    localizer = Localizer.open(args.model)
    if args.choose:
        choose(args.data, localizer)
        return
    if args.settings:
        compare_settings(args.data, localizer)
        return
    shipped = localizer.model.calibrated_threshold
    print(f"{localizer.model.name}, threshold {shipped:.2f} ({localizer.model.manifest.threshold_source})")
    print(f"{datetime.date.today().isoformat()}, {platform.machine()}, {localizer.device.sentence}\n")
    print("| photos (val) | n | " + " | ".join(f"{what} @{at}" for at in (0.5, 0.7) for what in _COLUMNS) + " |")
    print("|---" * (2 + 2 * len(_COLUMNS)) + "|")
    for name in ("imagenette10", "pets3"):
        truth = read_coco(args.data / name / "boxes_val.coco.json")
        print(table_row(name, score_photos(args.data / name, truth, localizer), shipped), flush=True)
    print(f"\nCentred box: side among {CENTRED_SIDES[0]:.2f} to 1, cross-fitted too.")


_COLUMNS = ("cross-fitted", "shipped", "some threshold", "centred box", "whole photo")

if __name__ == "__main__":
    main()
