"""A folder of photos beside a COCO file, our table of boxes, or a VOC folder.

What a photo shows is its folder's name where one of its boxes is of that class (`val/tench/1.jpg`); the boxes of other
classes are then left aside. Where no box has the folder's class, the photo shows each class among its boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.dataset.coco import read_coco
from engine.dataset.records import LabelledPhoto, LabelSet
from engine.dataset.table import read_box_table
from engine.dataset.voc import ANNOTATIONS, PHOTOS, read_voc
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.geometry import Box
from engine.localization.naming import fold_name, folder_label

_NAMES = {"coco": "folder with a COCO file", "csv": "folder with a table of boxes", "voc": "folder with VOC files"}


def looks_like_voc(folder: Path) -> bool:
    """Whether a folder holds VOC files."""
    if (folder / ANNOTATIONS).is_dir():
        return True
    return folder.is_dir() and next(folder.rglob("*.xml"), None) is not None


def open_folder(root: Path, boxes: Path, kind: str) -> GroundTruth:
    """Photos below `root` with their boxes.

    Args:
        boxes: the COCO file or table, or the folder of the VOC files.
        kind: "coco", "csv" or "voc". VOC's photos are those in `JPEGImages` where `root` has that folder.

    Raises:
        LabelFileError: the file is missing, not of that kind, or wrong; the sentence names file and field.
    """
    label_set = _read(boxes, kind)
    if kind == "voc" and (root / PHOTOS).is_dir():
        root = root / PHOTOS
    return GroundTruth(_NAMES[kind], root, (boxes,), lambda: _photos(label_set))


def _read(boxes: Path, kind: str) -> LabelSet:
    if kind == "coco":
        return read_coco(boxes)
    return read_box_table(boxes) if kind == "csv" else read_voc(boxes)


def _photos(label_set: LabelSet) -> Iterator[TruePhoto]:
    for photo in label_set.photos:
        yield TruePhoto(photo.path, photo.width, photo.height, _targets(photo))


def _targets(photo: LabelledPhoto) -> tuple[Target, ...]:
    by_class: dict[str, list[Box]] = {}
    for each in photo.boxes:
        by_class.setdefault(each.class_name, []).append(each.box)
    label = folder_label(photo.path)
    if label is not None:
        own = [name for name in by_class if fold_name(name) == fold_name(label)]
        if own:
            return (Target((label,), None, tuple(box for name in own for box in by_class[name])),)
    return tuple(Target((name,), None, tuple(boxes)) for name, boxes in by_class.items())
