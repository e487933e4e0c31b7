"""Exports a project's boxes in the background, reads back what was written, and says what came of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, QThread, Signal

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.records import LabelledBox, LabelSet, Skipped
from engine.dataset.voc import read_voc, write_voc
from engine.errors import MoltboxError
from engine.geometry import Box

ExportFormat = Literal["coco", "voc"]

_COCO_TOLERANCE_PX = 0.01
_VOC_TOLERANCE_PX = 1.0


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export: a COCO file or a folder of VOC files at `target`; undecided boxes only where asked."""

    format: ExportFormat
    target: Path
    include_proposals: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the result."""

    kind: Literal["ok", "warn", "info", "bad"]
    title: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What came of an export, as facts for a person. `ok` is False where nothing usable was written."""

    ok: bool
    title: str
    facts: tuple[Fact, ...]
    elapsed_s: float
    written: Path


class ExportJob(QThread):
    """Runs one export beside the window."""

    ended = Signal(object)

    def __init__(self, request: ExportRequest, label_set: LabelSet, turned: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._request = request
        self._label_set = label_set
        self._turned = turned

    def run(self) -> None:
        self.ended.emit(export(self._request, self._label_set, self._turned))


def export(request: ExportRequest, label_set: LabelSet, turned: int = 0) -> ExportReport:
    """Writes, reads back and compares.

    Args:
        request: what and where to.
        label_set: photos and boxes.
        turned: how many of the photos are turned by EXIF.
    """
    started = time.perf_counter()
    try:
        request.target.parent.mkdir(parents=True, exist_ok=True)
        if request.format == "coco":
            skipped = write_coco(request.target, label_set).skipped
            back = read_coco(request.target)
        else:
            skipped = write_voc(request.target, label_set).skipped
            back = read_voc(request.target)
        tolerance = _COCO_TOLERANCE_PX if request.format == "coco" else _VOC_TOLERANCE_PX
        difference = largest_difference(label_set, back, {each.path for each in skipped})
    except (MoltboxError, OSError) as error:
        fact = Fact("bad", "Nothing was exported", str(error))
        return ExportReport(False, "Not exported", (fact,), time.perf_counter() - started, request.target)
    same = difference is not None and difference <= tolerance
    facts = _facts(label_set, back, skipped, difference, same=same, turned=turned, voc=request.format == "voc")
    title = "Written and read back: no difference" if same else "Written, but it reads back differently"
    return ExportReport(same, title, tuple(facts), time.perf_counter() - started, request.target)


def largest_difference(written: LabelSet, back: LabelSet, left_out: set[str]) -> float | None:
    """Largest difference of a coordinate in pixels; None where photos, boxes or classes are not the same."""
    expected = {photo.path: photo.boxes for photo in written.photos if photo.path not in left_out}
    found = {photo.path: photo.boxes for photo in back.photos}
    if expected.keys() != found.keys():
        return None
    largest = 0.0
    for path, boxes in expected.items():
        if len(boxes) != len(found[path]):
            return None
        for one, other in zip(_in_order(boxes), _in_order(found[path]), strict=True):
            if one.class_name != other.class_name:
                return None
            largest = max(largest, _apart(one.box, other.box))
    return largest


def _in_order(boxes: tuple[LabelledBox, ...]) -> list[LabelledBox]:
    return sorted(boxes, key=lambda each: (each.class_name, tuple(round(value) for value in each.box.as_tuple())))


def _apart(one: Box, other: Box) -> float:
    return max(abs(a - b) for a, b in zip(one.as_tuple(), other.as_tuple(), strict=True))


def _facts(
    label_set: LabelSet,
    back: LabelSet,
    skipped: tuple[Skipped, ...],
    difference: float | None,
    *,
    same: bool,
    turned: int,
    voc: bool,
) -> list[Fact]:
    counted = f"{_count(len(back.photos), 'photo')}, {_count(back.box_count, 'box')}, "
    counted += f"{_count(len({box.class_name for photo in back.photos for box in photo.boxes}), 'class')} read back"
    how_far = "" if difference is None else f"Largest coordinate difference {difference:.2f} px"
    if voc:
        how_far += ". VOC keeps whole pixels, counted from 1, both ends included." if how_far else ""
    facts = [Fact("ok" if same else "bad", counted, how_far)]
    if not voc:
        facts.append(Fact("ok", "Numbers start at 1 and stay the same between exports", "area and iscrowd are set"))
    if turned:
        text = "Boxes are in the upright frame. Readers that ignore EXIF will show them turned."
        facts.append(Fact("warn", f"{_count(turned, 'photo')} turned by EXIF", text))
    empty = sum(1 for photo in label_set.photos if not photo.boxes)
    if empty:
        facts.append(
            Fact("info", f"{_count(empty, 'photo')} without a box", "Listed with no annotation, as negatives.")
        )
    facts.extend(Fact("warn", f"{each.path} is left out", each.reason) for each in skipped[:5])
    return facts


def _count(number: int, noun: str) -> str:
    plural = noun + ("es" if noun.endswith(("x", "s")) else "s")
    return f"{number:,} {noun if number == 1 else plural}"
