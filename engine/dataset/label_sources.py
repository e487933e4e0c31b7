"""What a file or folder of labels is, found out by looking into it, and how it is brought into a project."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal

from engine.dataset.coco import read_coco
from engine.dataset.files import inside, opened_text
from engine.dataset.image_sets import class_lists, read_image_sets
from engine.dataset.records import LabelledPhoto, LabelSet
from engine.dataset.table import BOX_COLUMNS, read_box_table, read_label_table
from engine.dataset.voc import ANNOTATIONS, Dialect, guess_dialect, read_voc
from engine.dataset.yolo import CLASS_FILE, DATA_FILE, PhotoSize, read_yolo
from engine.errors import LabelFileError

SourceKind = Literal["coco", "voc", "yolo", "box_table", "label_table", "image_sets"]
KINDS: tuple[SourceKind, ...] = ("coco", "voc", "yolo", "box_table", "label_table", "image_sets")
BOX_KINDS: frozenset[SourceKind] = frozenset({"coco", "voc", "yolo", "box_table"})
"""Those that hold boxes; the others tell what photos show as a whole."""

_TABLE_SUFFIXES = {".csv", ".tsv", ".txt"}


@dataclass(frozen=True, slots=True)
class LabelSource:
    """Where labels come from. `dialect` is the one that a VOC folder is read in, None for other kinds."""

    kind: SourceKind
    path: Path
    dialect: Dialect | None = None


@dataclass(frozen=True, slots=True)
class ReadLabels:
    """What a source holds: boxes, or the classes of whole photos by relative path; the other is None.

    `unknown` counts photos of the source that the project does not have.
    """

    boxes: LabelSet | None
    classes: Mapping[str, tuple[str, ...]] | None
    unknown: int = 0


def recognise(path: Path) -> LabelSource:
    """Finds out what a file or folder holds.

    Raises:
        LabelFileError: it is none of the kinds that are read, or what a folder holds is a link out of it.
    """
    path = Path(path)
    if path.is_dir():
        return _recognise_folder(path)
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LabelFileError(f"{path} is not there.")
    if suffix == ".json":
        return LabelSource("coco", path)
    if path.name in (DATA_FILE, CLASS_FILE):
        return LabelSource("yolo", path.parent)
    if suffix == ".xml":
        return LabelSource("voc", path.parent, guess_dialect(path.parent))
    if suffix in _TABLE_SUFFIXES:
        cells = _headings(path)
        return LabelSource("box_table" if set(BOX_COLUMNS[:8]) <= cells else "label_table", path)
    raise LabelFileError(f"{path.name} is no label file; expected COCO (.json), VOC (.xml), YOLO or a table (.csv).")


def read_labels(source: LabelSource, photos: Iterable[PhotoSize]) -> ReadLabels:
    """Reads a source for the photos of a project.

    Args:
        photos: `(relative path, width, height)` of the photos; sizes matter to YOLO alone.

    Raises:
        LabelFileError: a file is damaged or a value wrong; the sentence names file and field.
    """
    known = list(photos)
    if source.kind == "label_table":
        return _classes(read_label_table(source.path), known, by_stem=False)
    if source.kind == "image_sets":
        return _classes(read_image_sets(source.path), known, by_stem=True)
    if source.kind == "coco":
        boxes = read_coco(source.path)
    elif source.kind == "voc":
        boxes = read_voc(source.path, dialect=source.dialect)
    elif source.kind == "yolo":
        boxes = read_yolo(source.path, known)
    else:
        boxes = read_box_table(source.path)
    found = _matched(known, (photo.path for photo in boxes.photos), by_stem=source.kind == "voc")
    matched = [_renamed(photo, found[photo.path]) for photo in boxes.photos if photo.path in found]
    return ReadLabels(replace(boxes, photos=tuple(matched)), None, len(boxes.photos) - len(matched))


def _recognise_folder(folder: Path) -> LabelSource:
    if (folder / DATA_FILE).is_file() or ((folder / CLASS_FILE).is_file() and any(folder.rglob("*.txt"))):
        return LabelSource("yolo", folder)
    if (folder / ANNOTATIONS).is_dir() or any(folder.glob("*.xml")):
        return LabelSource("voc", folder, guess_dialect(folder))
    if class_lists(folder):
        return LabelSource("image_sets", folder)
    tables = sorted(folder.glob("*.json"))
    if len(tables) == 1:
        return LabelSource("coco", inside(folder, tables[0].name))
    raise LabelFileError(
        f"{folder} holds no labels that Moltbox knows; expected {ANNOTATIONS}, {DATA_FILE}, {CLASS_FILE}, "
        "ImageSets/Main or one COCO file."
    )


def _classes(found: Mapping[str, tuple[str, ...]], known: list[PhotoSize], *, by_stem: bool) -> ReadLabels:
    paths = _matched(known, found, by_stem=by_stem)
    classes = {paths[name]: classes for name, classes in found.items() if name in paths}
    return ReadLabels(None, classes, len(found) - len(classes))


def _matched(known: list[PhotoSize], names: Iterable[str], *, by_stem: bool) -> dict[str, str]:
    """The photo that each name of a source means: the same path, or the only photo of that file name."""
    paths = {path for path, _, _ in known}
    keys: dict[str, list[str]] = {}
    for path in paths:
        pure = PurePosixPath(path)
        for key in {pure.name, *((pure.stem, str(pure.with_suffix(""))) if by_stem else ())}:
            keys.setdefault(key, []).append(path)
    matched = {}
    for name in names:
        same_name = keys.get(name) or keys.get(PurePosixPath(name).name, [])
        if name in paths:
            matched[name] = name
        elif len(same_name) == 1:
            matched[name] = same_name[0]
    return matched


def _renamed(photo: LabelledPhoto, path: str) -> LabelledPhoto:
    return photo if photo.path == path else replace(photo, path=path)


def _headings(path: Path) -> set[str]:
    with opened_text(path) as file:
        first = file.readline()
    delimiter = max(",;\t", key=first.count)
    try:
        row = next(csv.reader(io.StringIO(first), delimiter=delimiter), [])
    except csv.Error as error:
        raise LabelFileError(f"{path.name}, line 1 is not a line of a table ({error}).") from error
    return {cell.strip().casefold() for cell in row}
