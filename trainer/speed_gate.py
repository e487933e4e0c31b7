"""The gate that a faster form of a model has to pass: the same boxes on a person's photos, or it is refused."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, iou
from engine.images import read_photo
from engine.localization.anchors import Anchors
from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from engine.metrics.localization import best_iou

LEAST_MEDIAN_IOU = 0.95
MOST_LOST_POINTS = 0.5
_HIT = 0.5


@dataclass(frozen=True, slots=True)
class GatePhoto:
    """A photo to compare boxes on: its file, its label (None lets the model choose) and its true boxes, where known."""

    path: Path
    label: str | None
    truth: tuple[Box, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a faster form compares with the model it was made of, both at the model's threshold.

    faster: median over the photos of the ratio of times.
    median_iou, least_iou: of its boxes with those of the model.
    gt_known: share of photos whose box has IoU of at least 0.5 with a true box, before and after; None without truth.
    """

    photos: int
    look_ms: float
    faster: float
    median_iou: float
    least_iou: float
    gt_known: tuple[float, float] | None

    @property
    def refusal(self) -> str:
        """Why it is refused; empty where it passes."""
        if not self.median_iou >= LEAST_MEDIAN_IOU:
            return f"median box IoU {self.median_iou:.3f}, expected at least {LEAST_MEDIAN_IOU:g}"
        if self.gt_known is not None:
            lost = 100 * (self.gt_known[0] - self.gt_known[1])
            if lost > MOST_LOST_POINTS + 1e-9:
                return f"GT-known falls by {lost:.1f} points, at most {MOST_LOST_POINTS:g} are allowed"
        if self.faster <= 1.0:
            return "no faster here"
        return ""

    def as_fields(self) -> dict[str, Any]:
        """For the model file and for --json."""
        fields: dict[str, Any] = {
            "photos": self.photos,
            "look_ms": round(self.look_ms, 1),
            "faster": round(self.faster, 2),
            "median_iou": round(self.median_iou, 4),
            "least_iou": round(self.least_iou, 4),
        }
        if self.gt_known is not None:
            fields |= {"gt_known_before": round(self.gt_known[0], 4), "gt_known_after": round(self.gt_known[1], 4)}
        return fields


def compare(
    usual: Localizer,
    other: Localizer,
    photos: Sequence[GatePhoto],
    anchors: Anchors,
    told: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Looks at each photo with both, one after the other, and compares boxes and times.

    Args:
        usual: the model in single precision.
        other: its faster form.
        photos: at least one.
        anchors: classes that stand for labels that the model does not know.
        told: hears how many photos are done.

    Raises:
        PhotoError: a photo cannot be read.
    """
    cut = usual.model.calibrated_threshold
    ious, times = [], []
    hits: list[tuple[bool, bool]] = []
    for done, photo in enumerate(photos, start=1):
        pixels = read_photo(photo.path)
        before, before_s = _look(usual, pixels)
        after, after_s = _look(other, pixels)
        place = _place(photo, before, usual, anchors)
        pair = [_first(evidence, place, cut) for evidence in (before, after)]
        ious.append(_agreement(*pair))
        times.append((before_s, after_s))
        if photo.truth:
            right = [best_iou(box, list(photo.truth)) >= _HIT for box in pair]
            hits.append((right[0], right[1]))
        told(done)
    spent = np.array(times)
    shares = np.array(hits, dtype=float).mean(axis=0) if hits else None
    return Verdict(
        len(photos),
        1000 * float(np.median(spent[:, 1])),
        float(np.median(spent[:, 0] / spent[:, 1])),
        float(np.median(ious)),
        float(np.min(ious)),
        None if shares is None else (float(shares[0]), float(shares[1])),
    )


def _look(localizer: Localizer, pixels: NDArray[np.uint8]) -> tuple[Evidence, float]:
    started_s = time.perf_counter()
    evidence = localizer.look(pixels)
    return evidence, time.perf_counter() - started_s


def _place(photo: GatePhoto, evidence: Evidence, localizer: Localizer, anchors: Anchors) -> ClassWeights:
    if photo.label is None:
        return ((evidence.top_classes(1)[0][0], 1.0),)
    return place_for(photo.label, evidence, localizer.names, anchors).weights


def _first(evidence: Evidence, place: ClassWeights, cut: float) -> Box | None:
    boxes = evidence.heat_map(place).boxes(cut)
    return boxes[0].box if boxes else None


def _agreement(a: Box | None, b: Box | None) -> float:
    if a is None or b is None:
        return float(a is b)
    return iou(a, b)
