"""How good the starter model's boxes are on real photos, beside the trivial baselines.

    python benchmarks/starter_boxes.py [--data FOLDER] [--model FILE]             # the table of docs/results.md
    python benchmarks/starter_boxes.py --choose       # how the shipped settings and threshold were chosen

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
from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.localizer import Localizer
from engine.localization.naming import folder_label, place_for
from engine.localization.refinement import split_components
from engine.metrics.localization import CENTRED_SIDES, best_iou, centred_box_ious, choice_curve, cross_fitted, gt_known
from engine.prelabel.deciding import Decision
from engine.prelabel.labels import label_source, tasks_for, with_labels
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
    labelled = with_labels(paths, root, labels, None)
    anchors = find_anchors(photos_to_anchor(labelled, localizer.names), localizer)
    for result in propose(tasks_for(boxes, root, labels), localizer, Decision(0.5, anchors)):
        if result.outcome is None:
            raise SystemExit(result.error)
        heat_map = result.outcome.found[0].heat_map
        sizes.append((result.outcome.width, result.outcome.height))
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


@dataclass(frozen=True, slots=True)
class Setting:
    """What can be decided after the look: weights of the scales, the product's exponents, and the refinement."""

    scales: tuple[float, ...]
    foreground_power: float
    refinement_weight: float = 0.0
    parts: bool = False

    @property
    def shown(self) -> str:
        """The row's first cells."""
        refined = f"{self.refinement_weight:g}{', parts' if self.parts else ''}" if self.refinement_weight else "none"
        return f"{', '.join(f'{weight:.2g}' for weight in self.scales)} | {self.foreground_power:g} | {refined}"


FINEST = (0.0, 0.0, 1.0)
SETTINGS = (
    *(Setting(scales, 0.33) for scales in (FINEST, (0.1, 0.2, 0.7), (0.2, 0.3, 0.5), (1 / 3, 1 / 3, 1 / 3))),
    *(Setting(FINEST, power) for power in (0.0, 0.2, 0.5)),
    *(Setting(FINEST, 0.33, weight, parts) for parts in (False, True) for weight in (0.15, 0.3, 0.5)),
)


@dataclass(frozen=True, slots=True)
class Look:
    """One photo as `choose` needs it: what was seen, its clusters cut into parts, where it is placed, its boxes."""

    evidence: Evidence
    parts: NDArray[np.uint16] | None
    place: ClassWeights
    truth: list[Box]

    def ious(self, setting: Setting) -> list[float]:
        """IoU of the box that this setting gives, at each threshold."""
        evidence = self.evidence
        scales = [replace(scale, weight=share) for scale, share in zip(evidence.scales, setting.scales, strict=True)]
        settings = replace(
            evidence.settings,
            foreground_power=setting.foreground_power,
            score_power=1 - setting.foreground_power,
            refinement_weight=setting.refinement_weight,
        )
        decided = replace(
            evidence,
            scales=tuple(scale for scale in scales if scale.weight),
            settings=settings,
            clusters=self.parts if setting.parts else evidence.clusters,
        )
        heat_map = decided.heat_map(self.place)
        return [_iou_at(heat_map.boxes(float(cut)), self.truth) for cut in THRESHOLDS]


def look_at(root: Path, truth: LabelSet, localizer: Localizer) -> list[Look]:
    """Looks at every photo with boxes; labels are the folders' names."""
    photos = [photo for photo in truth.photos if photo.boxes]
    labelled = [(root / photo.path, [folder_label(photo.path) or ""]) for photo in photos]
    anchors = find_anchors(photos_to_anchor(labelled, localizer.names), localizer)
    looks = []
    for photo in photos:
        pixels = read_photo(root / photo.path)
        evidence = localizer.look(pixels)
        place = place_for(folder_label(photo.path), evidence, localizer.names, anchors).weights
        parts = None if evidence.clusters is None else split_components(evidence.clusters, pixels)
        looks.append(Look(evidence.compact([place]), parts, place, [each.box for each in photo.boxes]))
    return looks


def choose(data: Path, localizer: Localizer) -> None:
    """Prints each setting with the one threshold that serves photos of known and of unknown classes, in equal parts."""
    sets = (
        look_at(data / "pets3", read_coco(data / "pets3" / "boxes_train.coco.json"), localizer),
        look_at(data / "imagenette10", read_box_table(HAND_BOXES), localizer),
    )
    print(f"pets3 train ({len(sets[0])} photos); imagenette10 train, boxed by hand ({len(sets[1])})\n")
    figures = " | ".join(f"{name} {what}" for name in ("pets3", "by hand") for what in ("cross-fitted", "there", "own"))
    print(f"| weights of the scales | foreground power | refinement | threshold | {figures} |\n{'|---' * 10}|")
    for setting in SETTINGS:
        if setting.refinement_weight and sets[0][0].evidence.clusters is None:
            continue
        scored = [np.array([look.ious(setting) for look in looks]) for looks in sets]
        best = int(np.argmax(sum(choice_curve(ious) for ious in scored)))
        cells = []
        for ious in scored:
            own = int(np.argmax(choice_curve(ious)))
            fitted, there = (
                " / ".join(f"{100 * value:.1f}" for value in values)
                for values in (
                    [cross_fitted(ious, at=at) for at in (0.5, 0.7)],
                    [gt_known(ious[:, best], at) for at in (0.5, 0.7)],
                )
            )
            cells += [fitted, there, f"{THRESHOLDS[own]:.2f}"]
        print(f"| {setting.shown} | {THRESHOLDS[best]:.2f} | {' | '.join(cells)} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.environ.get("MOLTBOX_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    localizer = Localizer.open(args.model, threads=args.threads)
    if args.choose:
        choose(args.data, localizer)
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
