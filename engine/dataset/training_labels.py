"""What a project gives a training: a table of labels, and a person's boxes to score and to calibrate with.

No box is trained on. Of the photos with boxes that a person decided on, some are held out: they are neither learnt from
nor calibrated with, so what is scored on them is what new photos can expect.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from engine.dataset.coco import write_coco
from engine.dataset.files import atomic_write
from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoContent, PhotoState
from engine.dataset.records import LabelSet
from engine.dataset.table import as_text

_PERSON = "person"
MOST_HELD_OUT = 60
HELD_OUT_SHARE = 0.6
"""Of the photos with a person's boxes; the others calibrate."""

LEAST_LEARNT_SHARE = 0.75
"""Of a class's photos, those that stay to be learnt from."""

Source = Literal["given", "person", "boxes"]
"""Where labels come from: folders and tables, a person's word for the whole photo, the classes of decided boxes."""

SOURCES: tuple[Source, ...] = ("given", "person", "boxes")
LABELS_FILE, BOXES_FILE = "labels.csv", "boxes.coco.json"


@dataclass(frozen=True, slots=True)
class LearntPhoto:
    """A photo with what it shows as a whole; `held_out` photos only score.

    by_hand: whether a person said so, by a label or by a box, and not only a folder or a table.
    """

    photo_id: int
    path: str
    class_names: tuple[str, ...]
    by_hand: bool
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """The photos that a training would learn from, and those with a person's boxes.

    boxed: ids of the photos with boxes that a person decided on; held-out ones among them.
    offered: photos that each source has labels of, whether it is used or not.
    unreadable: photos left out because they cannot be read.
    """

    photos: tuple[LearntPhoto, ...]
    boxed: frozenset[int]
    offered: Mapping[Source, int]
    unreadable: tuple[str, ...] = ()

    @property
    def held_out(self) -> tuple[LearntPhoto, ...]:
        return tuple(photo for photo in self.photos if photo.held_out)

    @property
    def calibrating(self) -> tuple[LearntPhoto, ...]:
        """Photos with a person's boxes that are not held out."""
        return tuple(photo for photo in self.photos if photo.photo_id in self.boxed and not photo.held_out)

    @property
    def counts(self) -> dict[str, int]:
        """Photos that each class is learnt from."""
        return dict(Counter(name for photo in self.photos if not photo.held_out for name in photo.class_names))

    @property
    def by_hand(self) -> int:
        """Photos whose label a person gave."""
        return sum(photo.by_hand for photo in self.photos)


def plan_training(project: Project, sources: Collection[Source] = SOURCES) -> TrainingPlan:
    """Works out what a training would learn from.

    A photo shows what its label says, the person's word before a table's before a folder's, and the classes of the
    boxes that a person accepted, edited or drew. Photos without any of them, skipped ones and those that cannot be read
    are left out.

    Args:
        project: whose photos.
        sources: that labels are taken from. Boxes score and calibrate also where their classes are no labels.
    """
    names = {row.id: row.name for row in project.classes()}
    truths = {content.photo_id: content for content in project.contents(PhotoState.REVIEWED)}
    photos: list[LearntPhoto] = []
    boxed: set[int] = set()
    unreadable: list[str] = []
    offered: Counter[Source] = Counter()
    for row in project.photos():
        if row.state is PhotoState.FAILED:
            unreadable.append(row.path)
        if row.state in (PhotoState.FAILED, PhotoState.SKIPPED):
            continue
        labels = project.labels(row.id)
        decided = _boxed_classes(truths.get(row.id))
        offered.update({_source_of(name) for _, name in labels})
        offered.update(("boxes",) if decided else ())
        given = [(class_id, name) for class_id, name in labels if _source_of(name) in sources]
        shown = {names[class_id]: None for class_id, name in given if name == given[0][1]}
        by_hand = bool(given) and given[0][1] == _PERSON
        if "boxes" in sources:
            by_hand |= bool(decided)
            shown.update({names[class_id]: None for class_id in decided})
        if shown:
            photos.append(LearntPhoto(row.id, row.path, tuple(shown), by_hand))
            if decided:
                boxed.add(row.id)
    return TrainingPlan(_with_held_out(photos, boxed), frozenset(boxed), dict(offered), tuple(unreadable))


def _source_of(label_source: str) -> Source:
    return "person" if label_source == _PERSON else "given"


def write_training_files(project: Project, plan: TrainingPlan, folder: Path) -> tuple[Path, Path | None]:
    """Writes the table of labels, and the boxes where there are any.

    Args:
        plan: of this project.
        folder: where to; it is there.

    Returns:
        the files of labels and of boxes (None without).

    Raises:
        LabelFileError: the folder cannot be written.
    """
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(("image", "class", "split"))
    for photo in plan.photos:
        for name in photo.class_names:
            writer.writerow((as_text(photo.path), as_text(name), "val" if photo.held_out else ""))
    labels, boxes = folder / LABELS_FILE, folder / BOXES_FILE
    atomic_write(labels, table.getvalue().encode())
    if not plan.boxed:
        boxes.unlink(missing_ok=True)  # of an earlier plan in the same folder
        return labels, None
    paths = {photo.path for photo in plan.photos if photo.photo_id in plan.boxed}
    truth = project.label_set("reviewed")
    write_coco(boxes, _of_photos(truth, paths), overwrite=True)
    return labels, boxes


def _of_photos(given: LabelSet, paths: set[str]) -> LabelSet:
    return replace(given, photos=tuple(photo for photo in given.photos if photo.path in paths))


def _boxed_classes(content: PhotoContent | None) -> tuple[int, ...]:
    if content is None:
        return ()
    kept = (BoxState.ACCEPTED, BoxState.EDITED, BoxState.DRAWN)
    return tuple(dict.fromkeys(box.class_id for box in content.boxes if box.state in kept))


def _with_held_out(photos: list[LearntPhoto], boxed: set[int]) -> tuple[LearntPhoto, ...]:
    """Holds some of the boxed photos out, always the same ones, and leaves every class most of its photos."""
    room = Counter(name for photo in photos for name in photo.class_names)
    most = {name: int(count * (1 - LEAST_LEARNT_SHARE)) for name, count in room.items()}
    candidates = sorted((photo for photo in photos if photo.photo_id in boxed), key=lambda photo: _rank(photo.path))
    wanted = min(MOST_HELD_OUT, round(HELD_OUT_SHARE * len(candidates)))
    taken: defaultdict[str, int] = defaultdict(int)
    chosen: set[int] = set()
    for photo in candidates:
        if len(chosen) < wanted and all(taken[name] < most[name] for name in photo.class_names):
            chosen.add(photo.photo_id)
            for name in photo.class_names:
                taken[name] += 1
    return tuple(replace(photo, held_out=photo.photo_id in chosen) for photo in photos)


def _rank(path: str) -> bytes:
    return hashlib.sha256(path.encode()).digest()
