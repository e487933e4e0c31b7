"""Everything a report says, as plain JSON values; the arithmetic is `engine.metrics`'s.

A figure of shares is `{"share": in [0, 1], "low": ..., "high": ...}` with its 95 % bootstrap interval over photos, or
null where it does not apply; `not_applicable` then says why. IoU is geometric (half-open boxes, photo pixels) but for
`parity`. `SCHEMA_VERSION` goes up when a field changes its meaning or goes away.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import __version__
from engine.evaluation.calibration_record import CalibrationRecord
from engine.evaluation.collect import Collected, as_levels, collect
from engine.evaluation.extras import parity_figures, pixel_figure
from engine.evaluation.ground_truth import Extent, GroundTruth
from engine.evaluation.score_store import ScoreStore
from engine.evaluation.scoring import Scorer
from engine.evaluation.variants import Variant
from engine.localization.model_file import ModelFile
from engine.metrics.effort import RIGHT_AS_IT_STANDS, ActionTimes, effort_hours, effort_shares
from engine.metrics.intervals import mean_interval, paired_gain
from engine.metrics.kinds import SIZE_NAMES
from engine.metrics.localization import CENTRED_SIDES, cross_fitted_hits
from engine.metrics.maxboxacc import max_box_acc, max_box_acc_v2

SCHEMA_VERSION = 1
_IOUS = (0.3, 0.5, 0.7)
_HEADLINE_IOUS = (0.5, 0.7)
_SHOWN_FAILURES = 20
_FEWEST_TO_FIT = 2


def evaluate(
    store: ScoreStore, truth: GroundTruth, extent: Extent, model: ModelFile, scorer: Scorer, mode: str
) -> dict[str, Any]:
    """The report of a finished run as JSON values."""
    scored, failed, subjects = store.counts()
    found = collect(store.scores(), subjects, scorer.variants)
    report: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "moltbox": __version__,
        "date": datetime.date.today().isoformat(),
        "model": _model(model, scorer.threshold, store),
        "data": {
            "name": _name(truth),
            "layout": truth.layout,
            "photos": str(truth.root),
            "boxes": [str(path) for path in truth.sources],
            "scored": scored,
            "failed": failed,
            "without_boxes": extent.without_truth,
            "classes_on_photos": len(found),
            "with_several_boxes": found.several,
        },
        "not_applicable": {},
    }
    if len(found):
        report |= _of_boxes(found, scorer.variants)
        report |= _of_classes(found, report["not_applicable"])
    else:
        report |= dict.fromkeys(_BOX_FIELDS)
        report["not_applicable"]["gt_known"] = "the data set has masks and no boxes."
    report["unknown_labels"] = found.unknown
    report["px_ap"] = pixel_figure(store.scores())
    if report["px_ap"] is None:
        report["not_applicable"]["px_ap"] = "the data set has no masks."
    report["parity"] = None
    if len(found):
        boxed = (score for score in store.scores() if score.truth)
        report["parity"] = parity_figures(mode, boxed, found.ranks)
    report["failures"] = [{"photo": path, "reason": why} for path, why in store.failures(_SHOWN_FAILURES)]
    report["files"] = []
    return report


_CLASS_FIELDS = ("top_1", "top_5", "accuracy_top_1", "accuracy_top_5", "right_box_wrong_class")
_BOX_FIELDS = (
    *_CLASS_FIELDS,
    "gt_known",
    "cross_fitted",
    "some_threshold",
    "max_box_acc",
    "max_box_acc_v2",
    "baselines",
    "maps",
    "by_size",
    "errors",
    "effort",
)


def _name(truth: GroundTruth) -> str:
    """The folder's name; of a folder called images or photos its parent's."""
    root = truth.root.resolve()
    return root.parent.name if root.name.lower() in ("images", "photos", "jpegimages", "cls-loc", "data") else root.name


def _model(model: ModelFile, threshold: float, store: ScoreStore) -> dict[str, Any]:
    manifest = model.manifest
    record = CalibrationRecord.from_accuracy(manifest.accuracy)
    note = None if record is None else record.note_on(score.mark for score in store.scores())
    return {
        "name": model.name,
        "file": str(Path(model.path)),
        "sha256": model.sha256,
        "backbone": manifest.backbone,
        "threshold": threshold,
        "own_threshold": manifest.threshold,
        "calibrated_on": manifest.threshold_source,
        "boxes_used": manifest.threshold_boxes_used,
        "note": note,
    }


def _of_boxes(found: Collected, variants: Sequence[Variant]) -> dict[str, Any]:
    proposal = found.at_threshold[:, 0]
    reach = [place for place, variant in enumerate(variants) if variant.in_reach]
    others = np.max(found.best[:, reach], axis=1) if reach else np.zeros(len(found))
    shares = effort_shares(proposal, found.best[:, 0], others, at=RIGHT_AS_IT_STANDS)
    times = ActionTimes()
    hours = effort_hours(shares, times)
    v2 = max_box_acc_v2(as_levels(found.best_of_all))
    right = proposal >= 0.5
    maps = _maps(found, variants)
    return {
        "gt_known": _at_each(proposal, _IOUS),
        "cross_fitted": maps[0]["cross_fitted"],
        "some_threshold": _at_each(found.best[:, 0], _HEADLINE_IOUS),
        "max_box_acc": max_box_acc(found.grid_ious(0)).value,
        "max_box_acc_v2": {"mean": v2.value, **{str(at): value for at, value in v2.by_delta.items()}},
        "baselines": {
            "centred_box": _fitted(_fitted_hits(found.centred)),
            "centred_box_side": _best_side(found.centred),
            "whole_photo": _at_each(found.whole, _HEADLINE_IOUS),
        },
        "maps": maps,
        "by_size": [_size(name, right[found.size_bins == place]) for place, name in enumerate(SIZE_NAMES)],
        "errors": {kind: number / len(found) for kind, number in sorted(found.kinds.items())},
        "effort": {
            "right_at_iou": RIGHT_AS_IT_STANDS,
            "as_it_stands": shares.as_it_stands,
            "slider": shares.slider,
            "other_map": shares.other_map,
            "redrawn": shares.redrawn,
            "hours_per_1000": {
                "with_proposals": hours.with_proposals,
                "with_proposals_and_clicking": hours.with_proposals_and_clicking,
                "all_drawn": hours.all_drawn,
                "all_clicked": hours.all_clicked,
            },
            "seconds": asdict(times),
        },
    }


def _of_classes(found: Collected, not_applicable: dict[str, str]) -> dict[str, Any]:
    """Figures that need the model to know the labels; a photo of a label that it does not know counts as wrong."""
    fields: dict[str, Any] = dict.fromkeys(_CLASS_FIELDS)
    if not (found.ranks >= 0).any():
        not_applicable.update(dict.fromkeys(fields, "the model knows none of the labels."))
        return fields
    right = found.at_threshold[:, 0] >= 0.5
    for count in (1, 5):
        among = (found.ranks >= 0) & (found.ranks < count)
        fields |= {f"top_{count}": _share(among & right), f"accuracy_top_{count}": _share(among)}
    fields["right_box_wrong_class"] = float(np.mean(right & (found.ranks != 0)))
    return fields


def _maps(found: Collected, variants: Sequence[Variant]) -> list[dict[str, Any]]:
    """Figures of each map, and what the proposal, the first of them, gains over it on the same photos."""
    entries: list[dict[str, Any]] = []
    proposed: dict[float, NDArray[np.float64]] = {}
    for place, variant in enumerate(variants):
        hits = _fitted_hits(found.grid_ious(place))
        proposed = proposed or hits
        gains = {at: paired_gain(hits[at], proposed[at]) for at in hits}
        entries.append(
            {
                "name": variant.name,
                "kind": variant.kind,
                "at_threshold": _at_each(found.at_threshold[:, place], _HEADLINE_IOUS),
                "cross_fitted": _fitted(hits),
                "some_threshold": _at_each(found.best[:, place], _HEADLINE_IOUS),
                "gain_of_proposal": None
                if place == 0 or not hits
                else {
                    str(at): {"share": gain.gain, "low": gain.interval.low, "high": gain.interval.high}
                    for at, gain in gains.items()
                },
            }
        )
    return entries


def _size(name: str, right: NDArray[np.bool_]) -> dict[str, Any]:
    return {"size": name, "photos": len(right), "gt_known": _share(right) if len(right) else None}


def _best_side(centred: NDArray[np.float64]) -> float:
    """Side of the centred box that is right most often at IoU 0.5 on all photos."""
    return float(CENTRED_SIDES[int(np.argmax((centred >= 0.5).mean(axis=0)))])


def _fitted_hits(ious: NDArray[Any]) -> dict[float, NDArray[np.float64]]:
    """By IoU each photo's hits with the setting chosen on the half it is not in; empty for fewer than two photos."""
    if len(ious) < _FEWEST_TO_FIT:
        return {}
    return {at: cross_fitted_hits(ious, at=at) for at in _HEADLINE_IOUS}


def _fitted(hits: dict[float, NDArray[np.float64]]) -> dict[str, dict[str, float]] | None:
    return {str(at): _share(values) for at, values in hits.items()} or None


def _at_each(ious: NDArray[np.float64], levels: Sequence[float]) -> dict[str, dict[str, float]]:
    return {str(at): _share(ious >= at) for at in levels}


def _share(values: NDArray[Any]) -> dict[str, float]:
    numbers = np.asarray(values, np.float64)
    interval = mean_interval(numbers)
    return {"share": float(numbers.mean()), "low": interval.low, "high": interval.high}
