"""CSV tables: classes of whole photos as people keep them, and boxes for a spreadsheet.

Box columns `x0, y0, x1, y1` are pixel edges of the upright photo, half-open: a box over pixels 10..29 is 10 and 30.
A spreadsheet takes a cell that starts with `=`, `+`, `-` or `@` for a formula and runs it, so the name of a photo or a
class that starts so is written with an apostrophe before it, which is taken off again when a table is read. The same
holds behind a `;` inside a name: where semicolons divide cells, it ends one, and quotes do not help.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from engine.dataset import checks
from engine.dataset.files import atomic_write, opened_text, relative_name
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet, Skipped
from engine.errors import FileInTheWayError, LabelFileError

BOX_COLUMNS = ("image", "width", "height", "class", "x0", "y0", "x1", "y1", "score", "state", "verified")

_PHOTO_HEADINGS = ("image", "photo", "file", "filename", "path", "imagepath", "filepath", "imagename", "img", "imageid")
_CLASS_HEADINGS = ("class", "label", "category", "classname", "labels", "classes", "tag", "breed", "species")
_DELIMITERS = ",;\t"
_CELL_START = r"(?:^|(?<=[;\t\r\n]))"
_FORMULA = r"('*[=+@\t\r-])"
"""How a cell starts that would be a formula, with whatever apostrophes are before it already."""
_UNGUARDED, _GUARDED = re.compile(_CELL_START + _FORMULA), re.compile(f"{_CELL_START}'{_FORMULA}")


def read_label_table(path: Path) -> dict[str, tuple[str, ...]]:
    """Reads which classes each photo shows: `{relative path: class names}`, in the order of the file.

    Columns are found by their headings (`image`, `file`, ...; `class`, `label`, ...); without headings the first two
    count. Commas, semicolons and tabs divide. A photo on several lines has several classes.

    Raises:
        LabelFileError: the file is no such table; the sentence names the line.
    """
    path = Path(path)
    lines = _lines(path)
    photo_column, class_column = 0, 1
    first = next(lines)
    headings = [_folded(cell) for cell in first[1]]
    if _first_of(headings, _PHOTO_HEADINGS) is not None or _first_of(headings, _CLASS_HEADINGS) is not None:
        photo_column = _needed_column(headings, _PHOTO_HEADINGS, path)
        class_column = _needed_column(headings, _CLASS_HEADINGS, path)
    else:
        lines = itertools.chain((first,), lines)
    labels: dict[str, dict[str, None]] = {}
    for number, cells in lines:
        source = f"{path.name}, line {number}"
        if len(cells) <= max(photo_column, class_column):
            raise LabelFileError(f"{source} has {len(cells)} columns; expected a photo's name and a class.")
        name = relative_name(name_of(cells[photo_column].strip()), source=f"{source}, image")
        shown = checks.class_name(name_of(cells[class_column].strip()), source=f"{source}, class")
        labels.setdefault(name, {})[shown] = None
    return {name: tuple(classes) for name, classes in labels.items()}


def read_box_table(path: Path) -> LabelSet:
    """Reads boxes from a table with the headings image, width, height, class, x0, y0, x1, y1 in any order.

    The headings score, state and verified may be there too. A line with empty class and coordinates is a photo
    without boxes.

    Raises:
        LabelFileError: the file is no such table; the sentence names line and column.
    """
    path = Path(path)
    lines = _lines(path)
    headings = [_folded(cell) for cell in next(lines)[1]]
    missing = [name for name in BOX_COLUMNS[:8] if name not in headings]
    if missing:
        raise LabelFileError(f"{path.name} has no column {missing[0]}; expected {', '.join(BOX_COLUMNS[:8])}.")
    photos: dict[str, _PhotoLines] = {}
    for number, cells in lines:
        source = f"{path.name}, line {number}"
        if len(cells) != len(headings):
            raise LabelFileError(f"{source} has {len(cells)} columns; expected {len(headings)} as in the first line.")
        values = dict(zip(headings, cells, strict=True))
        _take_line(photos, values, source)
    read = tuple(
        LabelledPhoto(name, found.width, found.height, tuple(found.boxes), verified=found.verified)
        for name, found in photos.items()
    )
    names = dict.fromkeys(box.class_name for photo in read for box in photo.boxes)
    return LabelSet(tuple(names), read)


def write_box_table(path: Path, label_set: LabelSet, *, overwrite: bool = False) -> tuple[Skipped, ...]:
    """Writes a line for each box, and one for each photo without boxes, with full precision.

    Returns what was left out, and why.

    Args:
        overwrite: also in the place of a file, of whatever kind: a table has no room for a mark of ours, so that one
            made by hand looks like one of an earlier export.

    Raises:
        LabelFileError: the file cannot be written or is already there, or a class name cannot stand in a file.
    """
    path = Path(path)
    if not overwrite and path.exists():
        raise FileInTheWayError(f"{path} is already there, and a table does not tell who wrote it.")
    checks.check_class_names(label_set.class_names)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(BOX_COLUMNS)
    skipped = []
    for photo in label_set.photos:
        reason = checks.why_unnameable(photo.path)
        if reason is not None:
            skipped.append(Skipped(photo.path, reason))
            continue
        start = (as_text(photo.path), photo.width, photo.height)
        verified = "yes" if photo.verified else ""
        if not photo.boxes:
            writer.writerow((*start, "", "", "", "", "", "", "", verified))
        for labelled in photo.boxes:
            score = "" if labelled.score is None else repr(float(labelled.score))
            ends = (repr(float(value)) for value in labelled.box.as_tuple())
            writer.writerow((*start, as_text(labelled.class_name), *ends, score, labelled.state or "", verified))
    atomic_write(path, text.getvalue().encode("utf-8"))
    return tuple(skipped)


def as_text(name: str) -> str:
    """A name as a cell that no spreadsheet takes for a formula, or for several cells with one among them."""
    return _UNGUARDED.sub(r"'\1", name)


def name_of(cell: str) -> str:
    """The name that `as_text` made a cell of."""
    return _GUARDED.sub(r"\1", cell)


@dataclass(slots=True)
class _PhotoLines:
    width: int
    height: int
    verified: bool
    boxes: list[LabelledBox] = field(default_factory=list)


def _take_line(photos: dict[str, _PhotoLines], values: dict[str, str], source: str) -> None:
    name = relative_name(name_of(values["image"]), source=f"{source}, image")
    width = checks.side(values["width"].strip() or 0, source=f"{source}, width")
    height = checks.side(values["height"].strip() or 0, source=f"{source}, height")
    verified = values.get("verified", "").strip().lower() in {"yes", "true", "1"}
    photo = photos.setdefault(name, _PhotoLines(width, height, verified))
    if (photo.width, photo.height) != (width, height):
        raise LabelFileError(
            f"{source} says {width} x {height} pixels; an earlier line says {photo.width} x {photo.height}."
        )
    ends = [values[column].strip() for column in ("x0", "y0", "x1", "y1")]
    if not values["class"].strip() and not any(ends):
        return
    x0, y0, x1, y1 = (
        checks.number(value, source=f"{source}, {column}")
        for column, value in zip(("x0", "y0", "x1", "y1"), ends, strict=True)
    )
    score = values.get("score", "").strip()
    photo.boxes.append(
        LabelledBox(
            class_name=checks.class_name(name_of(values["class"].strip()), source=f"{source}, class"),
            box=checks.box_inside(x0, y0, x1, y1, width=width, height=height, source=f"{source}, x0 y0 x1 y1"),
            score=checks.number(score, source=f"{source}, score") if score else None,
            state=checks.box_state(values.get("state", "").strip()),
        )
    )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The table's lines with their numbers, without the empty ones; at least one."""
    with opened_text(path) as file:
        delimiter = max(_DELIMITERS, key=file.readline().count)
        file.seek(0)
        reader = csv.reader(file, delimiter=delimiter, strict=True)
        is_empty = True
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    is_empty = False
                    yield reader.line_num, cells
        except csv.Error as error:
            raise LabelFileError(f"{path.name}, line {reader.line_num} is not a line of a table ({error}).") from error
    if is_empty:
        raise LabelFileError(f"{path} is empty; expected a table.")


def _folded(cell: str) -> str:
    return "".join(character for character in cell.lower() if character.isalnum())


def _first_of(headings: list[str], wanted: tuple[str, ...]) -> int | None:
    return next((headings.index(name) for name in wanted if name in headings), None)


def _needed_column(headings: list[str], wanted: tuple[str, ...], path: Path) -> int:
    place = _first_of(headings, wanted)
    if place is None:
        raise LabelFileError(f"{path.name} has no column {wanted[0]!r}; expected a column {wanted[0]} or {wanted[1]}.")
    return place
