"""YOLO label files: a text file a photo, `class cx cy width height` in shares of the upright photo, classes by number.

Written: `labels/` beside `data.yaml` and `classes.txt`, and `images/` where photos are brought along. An empty file is
a negative example. The numbers of classes follow their order in the project and never change: an export into a folder
that has a `data.yaml` of ours keeps its numbers and adds new classes at the end. Shares have eight digits, so a box
comes back within 0.001 px on photos of up to 100,000 px.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import yaml

from engine.dataset import checks
from engine.dataset.files import (
    LARGEST_LIST_BYTES,
    LARGEST_PHOTO_LABELS_BYTES,
    atomic_write,
    bring_photo,
    files_below,
    inside,
    make_folder,
    read_text,
    refuse_other_photos,
)
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet, Skipped
from engine.errors import FileInTheWayError, LabelFileError

LABELS, IMAGES, DATA_FILE, CLASS_FILE = "labels", "images", "data.yaml", "classes.txt"
_MARK = "# Boxes made with Moltbox"
_DIGITS = 8
# Reading YAML takes a second for a few hundred thousand letters, and for a few thousand lists inside each other.
_LONGEST_YAML = 2_000_000
_DEEPEST_YAML = 50

PhotoSize = tuple[str, int, int]
"""A photo's relative path, and its upright width and height in pixels."""


@dataclass(frozen=True, slots=True)
class YoloReport:
    """What an export wrote, what it left out, and label files of earlier exports that it left there."""

    folder: Path
    photo_count: int
    box_count: int
    skipped: tuple[Skipped, ...] = ()
    stale: tuple[Path, ...] = ()


def write_yolo(
    folder: Path,
    label_set: LabelSet,
    *,
    photos: Path | None = None,
    photo_mode: Literal["copy", "link"] = "copy",
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> YoloReport:
    """Writes a YOLO data set below `folder`; sub-folders of the photos are mirrored. Each file is written whole.

    Args:
        photos: folder of the photos; when given they are brought into `images/`.
        photo_mode: as `voc.write_voc`.
        overwrite: also in a folder with label files that Moltbox did not write, and in the place of other photos.
        on_progress: told `(done, total)`; may raise to stop the work.

    Raises:
        LabelFileError: something cannot be written, is not ours, or a class name cannot stand in a file.
    """
    folder = Path(folder)
    checks.check_class_names(label_set.class_names)
    data_file, class_file = inside(folder, DATA_FILE), inside(folder, CLASS_FILE)
    is_ours = _is_ours(data_file)
    if not is_ours and not overwrite:
        _refuse_foreign(folder)
    names = _numbered(label_set.class_names, class_names_of(folder) if is_ours else ())
    numbers = {name: number for number, name in enumerate(names)}
    kept, skipped = checks.writable(label_set.photos)
    kept, without_file = _with_own_file(kept)
    skipped.extend(without_file)
    if photos is not None and not overwrite:
        refuse_other_photos(photos, inside(folder, IMAGES), (photo.path for photo in kept))
    make_folder(inside(folder, LABELS))
    atomic_write(data_file, _data_file(names).encode("utf-8"))
    atomic_write(class_file, ("\n".join(names) + "\n" if names else "").encode("utf-8"))
    written: set[Path] = set()
    box_count = 0
    for done, photo in enumerate(kept):
        if on_progress is not None:
            on_progress(done, len(kept))
        missing = None
        if photos is not None:
            missing = bring_photo(photos, inside(folder, IMAGES), photo.path, link=photo_mode == "link")
        if missing is not None:
            skipped.append(Skipped(photo.path, missing))
            continue
        path = inside(folder, PurePosixPath(LABELS, photo.path).with_suffix(".txt"))
        make_folder(path.parent)
        text = "".join(_line(box, numbers, photo) for box in photo.boxes)
        atomic_write(path, text.encode("utf-8"), durable=False)
        written.add(path)
        box_count += len(photo.boxes)
    stale = tuple(sorted(path for path in (folder / LABELS).rglob("*.txt") if path not in written))
    return YoloReport(folder, len(written), box_count, tuple(skipped), stale)


def read_yolo(folder: Path, photos: Iterable[PhotoSize]) -> LabelSet:
    """Reads a YOLO data set for photos that are known, since its files do not tell their sizes.

    A label file belongs to the photo with the same path but for the suffix, below `labels/` or below `folder` itself;
    where only the name is the same, that must be the only one.

    Raises:
        LabelFileError: there are no classes or no labels, or a line is wrong; the sentence names file and line.
    """
    folder = Path(folder)
    names = class_names_of(folder)
    if not names:
        raise LabelFileError(f"{folder} has no class names; expected {DATA_FILE} or {CLASS_FILE}.")
    files = label_files_of(folder)
    if not files:
        raise LabelFileError(f"{folder} has no label files; expected text files below {LABELS}.")
    by_stem = {str(PurePosixPath(path).with_suffix("")): (path, width, height) for path, width, height in photos}
    by_name: dict[str, list[PhotoSize]] = {}
    for stem, photo in by_stem.items():
        by_name.setdefault(PurePosixPath(stem).name, []).append(photo)
    read = []
    for stem, file in files.items():
        same_name = by_name.get(PurePosixPath(stem).name, [])
        photo = by_stem.get(stem) or (same_name[0] if len(same_name) == 1 else (f"{stem}.jpg", 0, 0))
        path, width, height = photo
        boxes = tuple(_boxes(file, names, width, height)) if width and height else ()
        read.append(LabelledPhoto(path, width, height, boxes, verified=False))
    return LabelSet(names, tuple(read))


def class_names_of(folder: Path) -> tuple[str, ...]:
    """The classes of a data set by number, from `data.yaml` or, where there is none, `classes.txt`; () for neither.

    Raises:
        LabelFileError: the file is damaged or leads out of the folder through a link, or a number has no name.
    """
    folder = Path(folder)
    if (data_file := inside(folder, DATA_FILE)).is_file():
        return _named_in_yaml(data_file)
    for place in (inside(folder, CLASS_FILE), inside(folder, f"{LABELS}/{CLASS_FILE}")):
        if place.is_file():
            lines = [line.strip() for line in read_text(place, most_bytes=LARGEST_LIST_BYTES).splitlines()]
            while lines and not lines[-1]:
                lines.pop()
            return tuple(
                checks.class_name(line, source=f"{place.name}, line {number}") for number, line in enumerate(lines, 1)
            )
    return ()


def label_files_of(folder: Path) -> dict[str, Path]:
    """The label files of a data set by the path of their photo, without suffix.

    Raises:
        LabelFileError: `labels` leads out of the folder through a link.
    """
    root = inside(folder, LABELS)
    root = root if root.is_dir() else Path(folder)
    files = [path for path in files_below(root, ".txt") if path.name != CLASS_FILE]
    return {path.relative_to(root).with_suffix("").as_posix(): path for path in files}


def _named_in_yaml(path: Path) -> tuple[str, ...]:
    text = read_text(path, most_bytes=LARGEST_LIST_BYTES)
    if len(text) > _LONGEST_YAML or _depth(text) > _DEEPEST_YAML:
        raise LabelFileError(f"{path.name} is far too long or too deep for a list of class names.")
    try:
        document = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # such as a day of a thirteenth month
        raise LabelFileError(f"{path.name} is no YAML file.") from error
    given = document.get("names") if isinstance(document, Mapping) else None
    if isinstance(given, list):
        given = dict(enumerate(given))
    if not isinstance(given, Mapping):
        raise LabelFileError(f"{path.name} has no field names; expected a name for each class number.")
    if set(given) != set(range(len(given))):
        raise LabelFileError(
            f"{path.name}, names has numbers {sorted(map(str, given))!r:.200}; expected 0 to {len(given) - 1}."
        )
    named = [given[number] for number in range(len(given))]
    # YAML takes a class called 7 or yes for a number or a truth.
    texts = [str(name) if isinstance(name, bool | int | float) else name for name in named]
    return tuple(checks.class_name(text, source=f"{path.name}, names, {number}") for number, text in enumerate(texts))


def _depth(text: str) -> int:
    """How many brackets are open at the most."""
    steps = (1 if letter in "[{" else -1 for letter in text if letter in "[]{}")
    return max(itertools.accumulate(steps), default=0)


def _boxes(file: Path, names: tuple[str, ...], width: int, height: int) -> Iterable[LabelledBox]:
    for number, line in enumerate(read_text(file, most_bytes=LARGEST_PHOTO_LABELS_BYTES).splitlines(), 1):
        cells = line.split()
        source = f"{file.name}, line {number}"
        if not cells:
            continue
        if len(cells) not in (5, 6):
            raise LabelFileError(
                f"{source} has {len(cells)} values; expected class, centre x, centre y, width, height."
            )
        place = checks.whole_number(cells[0], source=f"{source}, class")
        if place >= len(names):
            raise LabelFileError(f"{source} has class {place}; expected 0 to {len(names) - 1}.")
        x, y, w, h = (checks.number(cell, source=source) for cell in cells[1:5])
        ends = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        box = checks.box_inside(*ends, width=width, height=height, source=source)
        score = checks.number(cells[5], source=f"{source}, score") if len(cells) == 6 else None
        yield LabelledBox(names[place], box, score)


def _line(labelled: LabelledBox, numbers: Mapping[str, int], photo: LabelledPhoto) -> str:
    box = labelled.box
    shares = (
        (box.x0 + box.x1) / 2 / photo.width,
        (box.y0 + box.y1) / 2 / photo.height,
        box.width / photo.width,
        box.height / photo.height,
    )
    figures = " ".join(f"{min(max(share, 0.0), 1.0):.{_DIGITS}f}" for share in shares)
    return f"{numbers[labelled.class_name]} {figures}\n"


def _numbered(wanted: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*known, *wanted)))


def _data_file(names: Iterable[str]) -> str:
    # A JSON string is a YAML string, whatever it holds.
    listed = "".join(f"  {number}: {json.dumps(name, ensure_ascii=False)}\n" for number, name in enumerate(names))
    fields = f"path: .\ntrain: {IMAGES}\nval: {IMAGES}\n"
    return f"{_MARK}\n{fields}names:\n{listed}" if listed else f"{_MARK}\n{fields}names: {{}}\n"


def _with_own_file(photos: Iterable[LabelledPhoto]) -> tuple[list[LabelledPhoto], list[Skipped]]:
    """Photos that can have a label file, and that no other photo has; of `a.jpg` and `a.png` the second is left out.

    Case does not tell files apart on many disks, so it does not here.
    """
    kept: dict[str, LabelledPhoto] = {}
    skipped = []
    for photo in photos:
        stem = str(PurePosixPath(photo.path).with_suffix("")).casefold()
        if stem in kept:
            reason = f"Its label file would be that of {kept[stem].path}."
            skipped.append(Skipped(photo.path, reason))
        elif (too_long := checks.why_too_long(str(PurePosixPath(photo.path).with_suffix(".txt")))) is not None:
            skipped.append(Skipped(photo.path, too_long))
        else:
            kept[stem] = photo
    return list(kept.values()), skipped


def _is_ours(path: Path) -> bool:
    return path.is_file() and read_text(path, most_bytes=LARGEST_LIST_BYTES).startswith(_MARK)


def _refuse_foreign(folder: Path) -> None:
    for place in (folder / DATA_FILE, folder / CLASS_FILE, folder / LABELS):
        if place.exists():
            raise FileInTheWayError(f"{place} is already there and was not written by Moltbox.")
