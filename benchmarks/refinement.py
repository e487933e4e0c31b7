"""What refinement by pixel clusters is worth: amortised clusters against clusters trained on each photo.

    python benchmarks/clusters.py per-photo maps              # seconds a photo; goes on where it stopped
    python benchmarks/refinement.py --maps maps               # the starter model, and any --model

Only photos that have a per-photo label map are scored. Every row is GT-known localization with its threshold
cross-fitted; the gain at IoU 0.5 is paired with the row "fused", with its 95 % interval and the photos won and lost.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.anchors import Anchors, find_anchors, photos_to_anchor
from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from engine.localization.naming import folder_label, place_for
from engine.localization.refinement import number_clusters, split_components
from engine.metrics.intervals import mean_interval, paired_gain
from engine.metrics.localization import best_iou, cross_fitted_hits
from engine.resources import starter_model_path

THRESHOLDS = np.round(np.arange(0.01, 0.81, 0.01), 2)
WEIGHTS = (0.25, 0.5, 0.75)


def decisions(evidence: Evidence, own: NDArray[np.integer], photo: NDArray[np.uint8]) -> Iterator[tuple[str, Evidence]]:
    """The same look, refined in every way that is compared."""
    kinds = [("per photo", number_clusters(own)), ("per photo, parts", split_components(own, photo))]
    if evidence.clusters is not None:
        kinds = [
            ("amortised", evidence.clusters),
            ("amortised, parts", split_components(evidence.clusters, photo)),
            *kinds,
        ]
    yield "fused", replace(evidence, settings=replace(evidence.settings, refinement_weight=0.0))
    for name, clusters in kinds:
        for weight in WEIGHTS:
            settings = replace(evidence.settings, refinement_weight=weight)
            yield f"{name}, {weight:g}", replace(evidence, clusters=clusters, settings=settings)


def score(root: Path, maps: Path, localizer: Localizer) -> dict[str, NDArray[np.float64]]:
    """(N, K) best IoU at each threshold, by row of the table."""
    truth = {each.path: [box.box for box in each.boxes] for each in read_coco(root / "boxes_val.coco.json").photos}
    names = [name for name in truth if truth[name] and (maps / f"{name.replace('/', '__')}.npy").exists()]
    labels = {name: folder_label(name) or "" for name in names}
    anchors: Anchors = find_anchors(
        photos_to_anchor(((root / name, [labels[name]]) for name in names), localizer.names), localizer
    )
    rows: dict[str, list[list[float]]] = {}
    for name in names:
        photo = read_photo(root / name)
        evidence = localizer.look(photo)
        place = place_for(labels[name], evidence, localizer.names, anchors).weights
        own = np.load(maps / f"{name.replace('/', '__')}.npy", allow_pickle=False)
        for row, decided in decisions(evidence, own, photo):
            heat_map = decided.heat_map(place)
            found = [heat_map.boxes(float(cut)) for cut in THRESHOLDS]
            rows.setdefault(row, []).append([_first_iou(each, truth[name]) for each in found])
    return {row: np.array(ious) for row, ious in rows.items()}


def _first_iou(found: tuple, truth: list[Box]) -> float:
    return best_iou(found[0].box if found else None, truth)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.environ.get("MOLTBOX_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--maps", type=Path, required=True, help="folder of per-photo label maps, one folder a set")
    parser.add_argument("--sets", default="imagenette10,pets3")
    args = parser.parse_args()
    localizer = Localizer.open(args.model)
    print(f"{localizer.model.name}, {localizer.device.sentence}")
    print("| photos (val) | n | map | 0.5 [95 %] | 0.7 | gain at 0.5 over fused [95 %] |")
    print("|---|---|---|---|---|---|")
    for name in args.sets.split(","):
        ious = score(args.data / name, args.maps / name, localizer)
        fused = cross_fitted_hits(ious["fused"])
        for row, each in ious.items():
            hits = cross_fitted_hits(each)
            interval, gain = mean_interval(hits), paired_gain(fused, hits)
            told = f"{100 * gain.gain:+.1f} [{100 * gain.interval.low:+.1f}, {100 * gain.interval.high:+.1f}]"
            print(
                f"| {name} | {len(hits)} | {row} | {100 * hits.mean():.1f} "
                f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}] | "
                f"{100 * cross_fitted_hits(each, at=0.7).mean():.1f} | {told}, {gain.won} won {gain.lost} lost |",
                flush=True,
            )


if __name__ == "__main__":
    main()
