"""Boxes that a person decided: what a training validates by and calibrates with, and never learns from.

Boxes of validation photos give the figures. Those of the other photos choose the threshold that the figures are taken
at, and calibrate the model at the end.
"""

from __future__ import annotations

import contextlib
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.records import LabelSet
from engine.errors import Cancelled, LabelFileError, MoltboxError, PhotoError
from engine.evaluation import calibration_command
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from engine.metrics.localization import best_iou
from trainer.data import PhotoSet
from trainer.loop import BoxShare

MOST_SCORED, MOST_CHOOSING = 200, 40
"""Photos looked at in one validation: for the figure, and for its threshold."""

LEAST_TO_CHOOSE = 8
_THRESHOLDS = (0.08, 0.12, 0.16, 0.2, 0.26, 0.34, 0.45, 0.6, 0.75)
_AT = 0.5
_CALIBRATION_FILE, _MOST_CALIBRATING = "calibration.coco.json", 300

Look = Callable[[str], Evidence]
"""What a model sees on the photo of a relative path; raises PhotoError."""


@dataclass(frozen=True, slots=True)
class BoxedClass:
    """A class on a photo with its boxes, in the upright photo's frame."""

    path: str
    class_index: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class BoxedPhotos:
    """Boxes by what they serve for.

    validation: of the validation photos. others: of all other photos. decided: the file's content less validation
    photos.
    """

    validation: tuple[BoxedClass, ...]
    others: tuple[BoxedClass, ...]
    decided: LabelSet


def read_boxed_photos(path: Path, photos: PhotoSet) -> BoxedPhotos:
    """Reads a COCO file; boxes of classes that are not trained are left out.

    Raises:
        LabelFileError: it cannot be read, or holds no box of any class that is trained.
    """
    found = read_coco(path)
    places = {name.casefold(): place for place, name in enumerate(photos.class_names)}
    validating = {file.path for file in photos.validation}
    parts: dict[bool, list[BoxedClass]] = {True: [], False: []}
    kept = []
    for photo in found.photos:
        boxes: dict[int, list[Box]] = {}
        for labelled in photo.boxes:
            place = places.get(labelled.class_name.casefold())
            if place is not None:
                boxes.setdefault(place, []).append(labelled.box)
        is_validating = photo.path in validating
        parts[is_validating] += [BoxedClass(photo.path, place, tuple(each)) for place, each in boxes.items()]
        if boxes and not is_validating:
            kept.append(replace(photo, boxes=tuple(box for box in photo.boxes if box.class_name.casefold() in places)))
    if not parts[True] and not parts[False]:
        raise LabelFileError(f"{path.name} has no box of any of the classes {', '.join(photos.class_names[:5])}.")
    return BoxedPhotos(tuple(parts[True]), tuple(parts[False]), replace(found, photos=tuple(kept)))


def score_boxes(boxed: BoxedPhotos, look: Look, fallback_threshold: float) -> BoxShare | None:
    """Share of the validation boxes that a model meets; None without such boxes.

    The threshold is the one that meets most boxes of the other photos, so that no photo is scored at a threshold chosen
    by it; with fewer than eight such photos it is the fallback.
    """
    if not boxed.validation:
        return None
    threshold = fallback_threshold
    if len(boxed.others) >= LEAST_TO_CHOOSE:
        met = best_ious(spread(boxed.others, MOST_CHOOSING), look, _THRESHOLDS) >= _AT  # (N, K)
        if len(met):
            threshold = _THRESHOLDS[int(np.argmax(met.mean(axis=0)))]
    return share_of(best_ious(spread(boxed.validation, MOST_SCORED), look, (threshold,))[:, 0])


def score_model(model: Path, root: Path, boxed: BoxedPhotos, *, threads: int | None) -> BoxShare | None:
    """Share of the validation boxes that a model file meets at its own threshold; None without such boxes."""
    if not boxed.validation:
        return None
    localizer = Localizer.open(model, device="cpu", threads=threads)
    found = best_ious(
        spread(boxed.validation, MOST_SCORED),
        lambda path: localizer.look(read_photo(root / path)),
        (localizer.model.manifest.threshold,),
    )
    return share_of(found[:, 0])


def calibrate(model: Path, root: Path, boxed: BoxedPhotos, run_folder: Path, *, threads: int | None) -> str | None:
    """Fits threshold, fusion and refinement of a model file to the boxes of photos that do not validate.

    Returns:
        Why it could not, in a sentence; None where it did.
    """
    if len({each.path for each in boxed.others}) < LEAST_TO_CHOOSE:
        return f"Not calibrated: fewer than {LEAST_TO_CHOOSE} photos beside those for validation have boxes."
    file = run_folder / _CALIBRATION_FILE
    parser = ArgumentParser()
    calibration_command.add_arguments(parser)
    words = [str(model), str(root), "--boxes", str(file), "--in-place", "--photos", str(_MOST_CALIBRATING)]
    words += ["--device", "cpu", *([] if threads is None else ["--threads", str(threads)])]
    try:
        write_coco(file, boxed.decided, overwrite=True)
        with contextlib.redirect_stdout(sys.stderr):
            calibration_command.run(parser.parse_args(words))
    except Cancelled:
        raise
    except MoltboxError as error:
        return f"Not calibrated: {error}"
    return None


def best_ious(subjects: Sequence[BoxedClass], look: Look, thresholds: Sequence[float]) -> NDArray[np.float64]:
    """(N, K) best IoU of each subject's box at each threshold; a photo that cannot be read is left out."""
    rows = []
    for subject in subjects:
        try:
            heat_map = look(subject.path).heat_map(subject.class_index)
        except PhotoError:
            continue
        found = (heat_map.boxes(threshold) for threshold in thresholds)
        rows.append([best_iou(each[0].box if each else None, subject.boxes) for each in found])
    return np.array(rows, np.float64).reshape(len(rows), len(thresholds))


def share_of(ious: NDArray[np.floating]) -> BoxShare | None:
    """Share of (N,) best IoUs at 0.5 or above, with Wilson's 95 % interval (Wilson 1927); None of none."""
    count = len(ious)
    if not count:
        return None
    share, z = float(np.mean(ious >= _AT)), 1.959964
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * float(np.sqrt(share * (1 - share) / count + z * z / (4 * count * count)))
    return BoxShare(share, max(0.0, centre - half), min(1.0, centre + half), count)


def spread(subjects: Sequence[BoxedClass], most: int) -> list[BoxedClass]:
    """At most that many, evenly spaced."""
    count = min(most, len(subjects))
    return [subjects[place * len(subjects) // count] for place in range(count)]
