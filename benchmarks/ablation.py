"""What each step of the starter model is worth: from a plain class activation map to what ships.

    python benchmarks/ablation.py [--data FOLDER] [--model FILE] [--sets imagenette10,pets3] [--threads N]

Every row is made by the engine's own steps from the same looks, with the model's settings of the steps that it has;
GT-known localization of one box a photo, its threshold cross-fitted. Gains are over the row named last in the table,
paired, with their 95 % intervals over photos and the photos won and lost.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco
from engine.images import read_photo
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.evidence import Evidence, ScaleEvidence
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from engine.localization.naming import folder_label, place_for
from engine.metrics.intervals import PairedGain, paired_gain
from engine.metrics.localization import best_iou, choice_curve, cross_fitted_hits
from engine.resources import starter_model_path

THRESHOLDS = np.round(np.arange(0.01, 0.71, 0.01), 2)
PLAIN_SIDE = 320


@dataclass(frozen=True, slots=True)
class Row:
    """One row: which scales it sees and which steps it takes.

    over: the row that it is compared with.
    scales: name to weight, of the look at the photo as it is; None for the plain look, squashed to a square.
    anchored: a label unknown to the model is placed by its anchor, else by the photo's own guess.
    """

    name: str
    scales: Mapping[str, float] | None
    over: str = ""
    propagated: bool = False
    anchored: bool = False
    foreground: bool = False
    refined: bool = False


def rows_of(model: ModelFile) -> list[Row]:
    """The rows that the model's settings allow: each takes one step more than the row that it is compared with."""
    sides = {scale.name: scale.side for scale in model.manifest.scales}
    finest = max(sides, key=lambda name: sides[name])
    alone, evenly = {finest: 1.0}, dict.fromkeys(sides, 1.0 / len(sides))
    shipped = {scale.name: scale.weight for scale in model.manifest.scales if scale.weight}
    plain, kept = f"plain CAM, {PLAIN_SIDE} px squashed", f"{PLAIN_SIDE} px, the photo's shape kept"
    propagated, anchored, whole = "propagated", "unknown labels anchored", "times foreground"
    every = {"propagated": True, "anchored": True, "foreground": True}
    rows = [Row(plain, None)]
    if str(PLAIN_SIDE) in sides:
        rows.append(Row(kept, {str(PLAIN_SIDE): 1.0}, plain))
    rows += [
        Row(f"{finest} px", alone, rows[-1].name),
        Row(propagated, alone, f"{finest} px", propagated=True),
        Row(anchored, alone, propagated, propagated=True, anchored=True),
        Row(whole, alone, anchored, **every),
        Row("foreground without propagation", alone, whole, anchored=True, foreground=True),
    ]
    if len(sides) > 1:
        rows.append(Row(f"{len(sides)} scales evenly", evenly, whole, **every))
    if model.manifest.clustering is not None:
        rows.append(Row("as shipped, refined by clusters", shipped, whole, **every, refined=True))
    return rows


def decided(row: Row, plain: Evidence, whole: Evidence) -> Evidence:
    """The evidence of a row: the scales that it sees, with the settings that it uses."""
    source = plain if row.scales is None else whole
    weights = {source.scales[0].name: 1.0} if row.scales is None else row.scales
    scales = tuple(_weighted(scale, weights[scale.name], row) for scale in source.scales if scale.name in weights)
    settings = whole.settings
    return replace(
        source,
        scales=scales,
        settings=replace(
            settings,
            propagation=settings.propagation if row.propagated else None,
            foreground_power=settings.foreground_power if row.foreground else 1.0,
            score_power=settings.score_power if row.foreground else 1.0,
            refinement_weight=settings.refinement_weight if row.refined else 0.0,
        ),
    )


def _weighted(scale: ScaleEvidence, weight: float, row: Row) -> ScaleEvidence:
    return replace(scale, weight=weight, foreground=scale.foreground if row.foreground else None)


def plain_look(model: ModelFile, threads: int | None) -> Localizer:
    """The same network, shown photos squashed to one square."""
    scale = model.manifest.scales[0]
    grid = (PLAIN_SIDE // scale.patch, PLAIN_SIDE // scale.patch)
    square = replace(scale, name="plain", resize="square", side=PLAIN_SIDE, grid=grid, weight=1.0)
    manifest = replace(model.manifest, scales=(square,), clustering=None)
    return Localizer(replace(model, manifest=manifest), threads=threads)


def score(root: Path, model: ModelFile, threads: int | None) -> dict[str, NDArray[np.float64]]:
    """(N, K) best IoU of each validation photo at each threshold, by the row's name."""
    localizer, plain = Localizer(model, threads=threads), plain_look(model, threads)
    truth = [photo for photo in read_coco(root / "boxes_val.coco.json").photos if photo.boxes]
    labels = {photo.path: folder_label(photo.path) or "" for photo in truth}
    labelled = ((root / path, [label]) for path, label in labels.items())
    anchors = find_anchors(photos_to_anchor(labelled, localizer.names), localizer)
    ious: dict[str, list[list[float]]] = {row.name: [] for row in rows_of(model)}
    for photo in truth:
        pixels = read_photo(root / photo.path)
        looks = plain.look(pixels), localizer.look(pixels)
        boxes = [each.box for each in photo.boxes]
        for row in rows_of(model):
            evidence = decided(row, *looks)
            place = place_for(labels[photo.path], evidence, localizer.names, anchors if row.anchored else {})
            heat_map = evidence.heat_map(place.weights)
            found = (heat_map.boxes(float(cut)) for cut in THRESHOLDS)
            ious[row.name].append([best_iou(each[0].box if each else None, boxes) for each in found])
    return {name: np.array(values) for name, values in ious.items()}


def print_table(name: str, rows: list[Row], scored: Mapping[str, NDArray[np.float64]]) -> None:
    print(f"\n**{name} val**, {len(scored[rows[0].name])} photos\n")
    print("| step | 0.5 | 0.7 | gain at 0.5 | gain at 0.7 | own best threshold | gain over |")
    print("|---|---|---|---|---|---|---|")
    hits = {row.name: {at: cross_fitted_hits(scored[row.name], at=at) for at in (0.5, 0.7)} for row in rows}
    for row in rows:
        mine, before = hits[row.name], hits.get(row.over)
        figures = [f"{100 * values.mean():.1f}" for values in mine.values()]
        gains = [_said(paired_gain(before[at], mine[at])) if before else "" for at in mine]
        best = THRESHOLDS[int(np.argmax(choice_curve(scored[row.name])))]
        print(f"| {' | '.join([row.name, *figures, *gains])} | {best:.2f} | {row.over} |", flush=True)


def _said(gain: PairedGain) -> str:
    low, high = 100 * gain.interval.low, 100 * gain.interval.high
    return f"{100 * gain.gain:+.1f} [{low:+.1f}, {high:+.1f}], {gain.won} won, {gain.lost} lost"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.environ.get("MOLTBOX_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--sets", default="imagenette10,pets3")
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    model = ModelFile.read(args.model)
    for name in args.sets.split(","):
        print_table(name, rows_of(model), score(args.data / name, model, args.threads))


if __name__ == "__main__":
    main()
