"""Labels from a table in place of folders: `image,class,split`, one row for each class of a photo.

`image` is relative to the data folder, with forward slashes. A photo with several classes has several rows; an empty
class says that it shows none of them. An apostrophe that keeps a name from being a formula is taken off (see
`engine.dataset.table`). `split` is train, val or empty: photos are trained on unless it says val.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from engine.dataset.files import read_text, relative_name
from engine.dataset.table import name_of
from trainer.data import DataError, LabelledFile, PhotoSet, fingerprint_of, held_out, held_out_words

COLUMNS = ("image", "class", "split")
_TRAIN, _VALIDATION = "train", "val"


@dataclass(slots=True)
class _Photo:
    split: str
    names: dict[str, None] = field(default_factory=dict)


def read_labelled_photos(root: Path, table: Path, *, seed: int) -> PhotoSet:
    """Reads which photos to train on, and what they show; nothing is decoded.

    Where no row says val, a share of the photos is held out as in `trainer.data.read_photo_set`, of those that no row
    says train of.

    Args:
        root: folder that the photos' paths are relative to.
        table: the CSV file.
        seed: picks the validation photos where the table does not.

    Raises:
        DataError: the table is no such table, says two things of a photo, names no class, one class only (unless
            other photos show none), or a class of validation photos that no training photo has.
        LabelFileError: the file cannot be read, or a path leads out of the folder.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder: expected the one that the photos of {table.name} lie in.")
    photos = _read(Path(table))
    names = sorted({name for photo in photos.values() for name in photo.names})
    negatives = any(not photo.names for photo in photos.values())
    if not names:
        raise DataError(f"{table.name} names no class: expected at least two, or one and photos without it.")
    if len(names) < 2 and not negatives:
        raise DataError(f"{table.name} has one class only ({names[0]}): a classifier needs at least two.")
    places = {name: place for place, name in enumerate(names)}
    files = {
        path: LabelledFile(path, tuple(sorted(places[name] for name in photo.names))) for path, photo in photos.items()
    }
    validation = [files[path] for path, photo in photos.items() if photo.split == _VALIDATION]
    train = [files[path] for path, photo in photos.items() if photo.split != _VALIDATION]
    split = f"as {table.name} says"
    if not validation:
        free = [files[path] for path, photo in photos.items() if not photo.split]
        kept, validation = held_out(free, seed)
        train = [file for file in train if photos[file.path].split] + kept
        split = held_out_words(seed)
    _check_trained(names, train)
    fingerprint = fingerprint_of(root, [*train, *validation], with_classes=True)
    return PhotoSet(root, tuple(names), tuple(train), tuple(validation), split, (), fingerprint)


def _read(table: Path) -> dict[str, _Photo]:
    rows = csv.reader(io.StringIO(read_text(table), newline=""))
    heading = [cell.strip().lower() for cell in next(rows, [])]
    if tuple(heading[:3]) != COLUMNS:
        raise DataError(f"{table.name} begins with {','.join(heading) or 'nothing'}; expected {','.join(COLUMNS)}.")
    photos: dict[str, _Photo] = {}
    for cells in rows:
        where = f"{table.name}, line {rows.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) < len(COLUMNS):
            raise DataError(f"{where} has {len(cells)} columns; expected {','.join(COLUMNS)}.")
        path = relative_name(name_of(cells[0].strip()), source=f"{where}, image")
        name, split = name_of(cells[1].strip()), cells[2].strip().lower()
        if split not in ("", _TRAIN, _VALIDATION):
            raise DataError(f"{where} has the split {split!r}; expected train, val or nothing.")
        photo = photos.setdefault(path, _Photo(split))
        if photo.split != split:
            raise DataError(f"{where} says {split or 'no split'} of {path}; an earlier line {photo.split or 'none'}.")
        if name:
            photo.names[name] = None
    return photos


def _check_trained(names: list[str], train: list[LabelledFile]) -> None:
    there = {place for file in train for place in file.classes}
    for place, name in enumerate(names):
        if place not in there:
            raise DataError(f"No photo to train on shows {name!r}, which photos for validation do.")
