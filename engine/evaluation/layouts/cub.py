"""CUB-200-2011 as it is handed out: `images.txt`, its labels, split and boxes each in a file of their own.

Each line starts with the photo's number. Boxes are `x y width height` in pixels from the photo's corner; the last edge
is `x + width`, as ours. Class numbers count from 1; a class is named after its folder (`001.Black_footed_Albatross`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.dataset import checks
from engine.dataset.files import relative_name
from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.layouts.lines import LineIndex, fields, read_lines
from engine.localization.naming import folder_label

IMAGES, LABELS, SPLIT, BOXES = "images.txt", "image_class_labels.txt", "train_test_split.txt", "bounding_boxes.txt"
PHOTOS = "images"
_SPLIT_MARKS = {"train": ("1",), "test": ("0",), "all": ("0", "1")}


def looks_like(folder: Path) -> bool:
    """Whether a folder has CUB's files."""
    return all((folder / name).is_file() for name in (IMAGES, LABELS, BOXES))


def open_folder(folder: Path, split: str) -> GroundTruth:
    """CUB below `folder`.

    Args:
        split: "test", "train" or "all".

    Raises:
        LabelFileError: there is no such split.
    """
    if split not in _SPLIT_MARKS:
        raise LabelFileError(f"CUB has no split {split!r}; expected test, train or all.")
    root = folder / PHOTOS if (folder / PHOTOS).is_dir() else folder
    sources = tuple(folder / name for name in (IMAGES, LABELS, SPLIT, BOXES) if (folder / name).is_file())
    return GroundTruth(f"CUB-200-2011, {split}", root, sources, lambda: _photos(folder, split))


def class_words(folder_name: str) -> tuple[str, ...]:
    """Names of a class after its folder: `001.Black_footed_Albatross` is also `Black_footed_Albatross`."""
    number, dot, name = folder_name.partition(".")
    return (folder_name, name) if dot and number.isdecimal() and name else (folder_name,)


def _photos(folder: Path, split: str) -> Iterator[TruePhoto]:
    labels, boxes = LineIndex(folder / LABELS, " "), LineIndex(folder / BOXES, " ")
    splits = None if split == "all" else LineIndex(folder / SPLIT, " ")
    for number, text in read_lines(folder / IMAGES):
        source = f"{IMAGES}, line {number}"
        key, _, name = text.partition(" ")
        relative = relative_name(name.strip(), source=f"{source}, photo")
        if splits is not None:
            line, marked = splits.only(key)
            mark = fields(marked, None, 2, source=f"{SPLIT}, line {line}")[1]
            if mark not in ("0", "1"):
                raise LabelFileError(f"{SPLIT}, line {line} says {mark!r}; expected 1 for training or 0 for test.")
            if mark not in _SPLIT_MARKS[split]:
                continue
        line, labelled = labels.only(key)
        source = f"{LABELS}, line {line}"
        label = checks.whole_number(fields(labelled, None, 2, source=source)[1], source=f"{source}, class")
        if label < 1:
            raise LabelFileError(f"{source} has the class 0; expected numbers from 1.")
        line, boxed = boxes.only(key)
        source = f"{BOXES}, line {line}"
        x, y, width, height = (checks.number(part, source=source) for part in fields(boxed, None, 5, source=source)[1:])
        box = checks.box_inside(x, y, x + width, y + height, width=0, height=0, source=source)
        words = class_words(folder_label(relative) or str(label))
        yield TruePhoto(relative, 0, 0, (Target(words, label - 1, (box,)),))
