"""Old model against new on the photos that a person has reviewed; what the page of a training shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.geometry import Box

Change = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True)
class ComparedPhoto:
    """One reviewed photo: the person's box and those that the two models propose, in photo pixels (None: no box).

    old_iou, new_iou: of the proposals with the person's box, in [0, 1].
    """

    photo_id: int
    path: Path
    colour_index: int
    width: int
    height: int
    truth: Box
    old: Box | None
    new: Box | None
    old_iou: float
    new_iou: float
    change: Change


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two models on the same photos.

    old_right, new_right: photos whose box has IoU 0.5 or more with the person's.
    chance: how probable a difference as large is if neither were better (exact sign test on the photos that only one
        has right), in [0, 1].
    """

    photos: tuple[ComparedPhoto, ...]
    old_right: int
    new_right: int
    chance: float

    def of(self, change: Change) -> tuple[ComparedPhoto, ...]:
        return tuple(photo for photo in self.photos if photo.change == change)


@dataclass(frozen=True, slots=True)
class Setup:
    """What a training was started with, for the page's "How" card and its lines.

    classes: of each class its name, colour index, photos learnt from, and boxes that a person decided on.
    labels: in words, such as "folder names, 41 set by hand".
    calibrated_on, scored_on: reviewed photos that the threshold is fitted on, and others held out.
    old_name, old_right, centred_right, whole_right: of the model in use and of two trivial boxes on the held-out
        photos, shares in [0, 1]; None where nothing is held out.
    memory_bytes: the most that it will need, as it was estimated; 0 where that is not known.
    """

    name: str
    preset: str
    labels: str
    classes: tuple[tuple[str, int, int, int], ...]
    calibrated_on: int
    scored_on: int
    old_name: str
    old_right: float | None = None
    centred_right: float | None = None
    whole_right: float | None = None
    memory_bytes: int = 0
