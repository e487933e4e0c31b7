"""How well a threshold can be chosen without boxes: every substitute that was tried, on real photos.

    python benchmarks/boxless_threshold.py [--data FOLDER] [--model FILE] [--work FOLDER]

Each rule sees a whole set of photos without boxes and names one threshold for it. Its loss is GT-known localization at
IoU 0.5 with that threshold less that of the cross-fitted best threshold, which is chosen with boxes. Boxes are used for
the losses only. "Of n" draws n photos twenty times, chooses on them and scores all: the mean loss, and the worst.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco
from engine.evaluation.calibration import ScoreTable
from engine.evaluation.calibration_boxless import BoxlessMeasures, choose_without_boxes
from engine.evaluation.calibration_looks import LookStore, Sample, Subject, look_at_all
from engine.evaluation.calibration_settings import THRESHOLDS, Settings
from engine.evaluation.ground_truth import Target
from engine.evaluation.matching import LabelMatcher
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.naming import folder_label
from engine.metrics.localization import cross_fitted
from engine.resources import starter_model_path

SETS = (("imagenette10", "val"), ("pets3", "val"), ("pets3", "train"))
FIXED = (0.10, 0.15, 0.20)
DRAWN = (30, 100)
_DRAWS = 20
_SHUFFLES = (1, 3, 7, 11, 17, 23, 29, 37)
_SURE, _SURELY_NOT = 0.7, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """One set under one setting.

    ious: (N, K) best IoU at each threshold. scales: (N, S, K, 4) each scale's box. grabcut: (N, 4) box of GrabCut.
    """

    ious: NDArray[np.float64]
    measures: BoxlessMeasures
    scales: NDArray[np.float64]
    grabcut: NDArray[np.float64]

    def drawn(self, rows: NDArray[np.intp]) -> Measured:
        taken = self.measures
        return Measured(
            self.ious[rows],
            BoxlessMeasures(taken.boxes[rows], taken.mirrored[rows], taken.contrast[rows]),
            self.scales[rows],
            self.grabcut[rows],
        )


Rule = Callable[[Measured], float]


def rules(present: float) -> dict[str, Rule]:
    """Every substitute by name; the last one is what ships."""
    found: dict[str, Rule] = {f"fixed at {cut:.2f}": lambda _, cut=cut: cut for cut in FIXED}
    found[f"the model's own, {present:.2f}"] = lambda _: present
    for share in (0.4, 0.5):
        found[f"mean box area {share:.0%}"] = lambda seen, share=share: _area(seen, share)
    found["box steady under ±0.04"] = lambda seen: _peak(_agreement(*_shifted(seen)))
    found["agreement of the scales"] = lambda seen: _peak(_over_scales(seen, _agreement))
    found["agreement of the scales beyond chance"] = lambda seen: _peak(_over_scales(seen, _beyond_chance))
    found["agreement with the mirror image"] = lambda seen: _peak(
        _agreement(seen.measures.boxes, seen.measures.mirrored)
    )
    found["agreement with the mirror image beyond chance"] = lambda seen: _peak(seen.measures.repeatability())
    found["agreement with GrabCut's box"] = lambda seen: _peak(_with_grabcut(seen, _agreement))
    found["agreement with GrabCut's box beyond chance"] = lambda seen: _peak(_with_grabcut(seen, _beyond_chance))
    found["colour contrast"] = lambda seen: _peak(seen.measures.contrast.mean(axis=0))
    found["mirror beyond chance x colour contrast"] = lambda seen: _peak(seen.measures.curve(), width=1)
    found["the same, drawn to the model's own (shipped)"] = lambda seen: (
        choose_without_boxes(seen.measures, present).threshold
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default_data = os.environ.get("MOLTBOX_DATA") or Path(__file__).resolve().parents[2] / "shared" / "data"
    parser.add_argument("--data", type=Path, default=Path(default_data))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "moltbox-boxless")
    parser.add_argument("--threads", type=int, default=None)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    localizer = Localizer.open(args.model, threads=args.threads)
    present = localizer.model.manifest.threshold
    samples = {f"{name} {split}": look(localizer, args.data / name, split, args.work) for name, split in SETS}
    for title, settings in settings_of(localizer):
        measured = {name: measure(taken, settings, present) for name, taken in samples.items()}
        print(f"\n{title}\n", flush=True)
        print_table(measured, present)


def settings_of(localizer: Localizer) -> Iterator[tuple[str, Settings]]:
    """The model as it is, and with steps left out."""
    manifest = localizer.model.manifest
    full = Settings.of(manifest)
    yield f"{localizer.model.name} as it is", full
    without = replace(full, foreground_power=0.0, score_power=1.0, refinement_weight=0.0)
    if without != full:
        yield "without foreground and refinement", without
    plain = replace(without, propagates=False)
    for place, scale in enumerate(manifest.scales):
        weights = tuple(float(place == each) for each in range(len(manifest.scales)))
        if scale.side == 320 and weights != full.scale_weights:
            yield "plain class activation map at 320 pixels", replace(plain, scale_weights=weights)


def look(localizer: Localizer, root: Path, split: str, work: Path) -> list[Sample]:
    """Looks at all photos of a set and their mirror images; what is looked at is kept in `work` for the next run."""
    photos = [photo for photo in read_coco(root / f"boxes_{split}.coco.json").photos if photo.boxes]
    subjects = [
        Subject(photo.path, Target((folder_label(photo.path) or "",), None, tuple(each.box for each in photo.boxes)))
        for photo in photos
    ]
    matcher = LabelMatcher(localizer.names, len(localizer.model.class_names))
    labelled = [(root / photo.path, [folder_label(photo.path) or ""]) for photo in photos]
    anchors = find_anchors(photos_to_anchor(labelled, localizer.names), localizer)
    store = LookStore(work / f"{root.name}-{split}.looks", localizer.model.sha256)
    try:
        return list(
            look_at_all(
                subjects,
                root,
                localizer,
                lambda subject, evidence: (
                    matcher.place(subject.target, evidence, anchors).weights if subject.target is not None else ()
                ),
                store,
                mirror=True,
                on_failure=_stop,
            )
        )
    finally:
        store.close()


def _stop(name: str, why: str) -> None:
    raise SystemExit(f"{name}: {why}")


def measure(samples: list[Sample], settings: Settings, present: float) -> Measured:
    scales, grabcut = [], []
    for sample in samples:
        heat_map = sample.heat_map(settings)
        scales.append([_boxes(each.values) for each in heat_map.scales])
        grabcut.append(_grabcut_box(heat_map.refined, sample.small_photo()))
    ious = ScoreTable(samples, present).ious(settings)[:, :-1].astype(np.float64)
    return Measured(ious, BoxlessMeasures.of(samples, settings), np.array(scales), np.array(grabcut))


def print_table(measured: dict[str, Measured], present: float) -> None:
    best = {name: 100 * cross_fitted(seen.ious) for name, seen in measured.items()}
    heads = [f"{name} (best {best[name]:.1f})" for name in measured]
    draws = [f"of {count}" for count in DRAWN]
    print("| rule | " + " | ".join(heads + draws) + " |\n" + "|---" * (1 + len(heads) + len(draws)) + "|")
    for title, rule in rules(present).items():
        cells = []
        for name, seen in measured.items():
            cut = rule(seen)
            cells.append(f"{cut:.2f}: {_right(seen, cut) - best[name]:+.1f}")
        for count in DRAWN:
            losses = [
                _right(seen, rule(seen.drawn(np.random.default_rng(draw).permutation(len(seen.ious))[:count])))
                - best[name]
                for name, seen in measured.items()
                for draw in range(_DRAWS)
            ]
            cells.append(f"{np.mean(losses):+.1f}, {np.min(losses):+.0f}")
        print(f"| {title} | " + " | ".join(cells) + " |", flush=True)


def _right(seen: Measured, cut: float) -> float:
    return 100 * float(np.mean(seen.ious[:, int(np.argmin(np.abs(THRESHOLDS - cut)))] >= 0.5))


def _peak(curve: NDArray[np.float64], width: int = 5) -> float:
    padded = np.pad(curve, width // 2, mode="edge")
    return float(THRESHOLDS[int(np.argmax(np.convolve(padded, np.ones(width) / width, mode="valid")))])


def _area(seen: Measured, share: float) -> float:
    boxes = seen.measures.boxes
    areas = np.prod(boxes[..., 2:] - boxes[..., :2], axis=-1).mean(axis=0)
    return float(THRESHOLDS[int(np.argmin(np.abs(areas - share)))])


def _shifted(seen: Measured) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    places = np.arange(len(THRESHOLDS))
    boxes = seen.measures.boxes
    return boxes[:, np.maximum(places - 4, 0)], boxes[:, np.minimum(places + 4, len(places) - 1)]


def _ious(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    union = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def _agreement(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    return _ious(a, b).mean(axis=0)


def _beyond_chance(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    chance = np.mean([_agreement(a, np.roll(b, shift, axis=0)) for shift in _SHUFFLES], axis=0)
    return (_agreement(a, b) - chance) / np.maximum(1 - chance, 1e-3)


def _over_scales(seen: Measured, how: Callable[..., NDArray[np.float64]]) -> NDArray[np.float64]:
    count = seen.scales.shape[1]
    pairs = [(a, b) for a in range(count) for b in range(a)] or [(0, 0)]
    return np.mean([how(seen.scales[:, a], seen.scales[:, b]) for a, b in pairs], axis=0)


def _with_grabcut(seen: Measured, how: Callable[..., NDArray[np.float64]]) -> NDArray[np.float64]:
    boxes = seen.measures.boxes
    return how(boxes, np.broadcast_to(seen.grabcut[:, None], boxes.shape))


def _boxes(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """(K, 4) box of the largest component at each threshold as shares of the map; zeros where there is none."""
    rows = np.zeros((len(THRESHOLDS), 4))
    for row, cut in zip(rows, THRESHOLDS, strict=True):
        row[:] = _largest((values > cut).astype(np.uint8))
    return rows


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return np.zeros(4)
    x, y, width, height, _ = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))]
    return np.array([x, y, x + width, y + height]) / np.array([*mask.shape[::-1]] * 2)


def _grabcut_box(values: NDArray[np.float32], photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Rother et al. 2004, seeded by the map: its hottest cells are the object, its coldest the ground."""
    labels = np.where(values > 0.25, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[values > _SURE] = cv2.GC_FGD
    labels[values < _SURELY_NOT] = cv2.GC_BGD
    if len(np.unique(labels)) < 2:
        return np.zeros(4)
    background, foreground = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(photo, labels, (0, 0, 0, 0), background, foreground, 3, cv2.GC_INIT_WITH_MASK)
    return _largest(np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8))


if __name__ == "__main__":
    main()
