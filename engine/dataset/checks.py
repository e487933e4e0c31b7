"""What every codec asks of coordinates, sizes and numbers, with one sentence for each way to be wrong."""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Iterable
from pathlib import PurePosixPath

from engine.dataset.files import UNFIT_CHARACTER, relative_name
from engine.dataset.records import LabelledPhoto, Skipped
from engine.errors import LabelFileError
from engine.geometry import Box

# Other tools round, and count pixels from 0 or 1: a box may stick out of the photo by this much and is then cut.
SLACK_PX = 1.0
_LARGEST_SIDE = 1_000_000
_LARGEST_NUMBER = 2**53  # whole numbers above are changed by readers that keep JSON numbers as doubles
_WRITING_SLACK_PX = 1e-6
_LONGEST_NAME_BYTES = 255
_WORD = re.compile(r"[a-z_]{1,40}")
# A file of a few lines can mean a value that takes gigabytes to print: YAML names a list inside itself ten times over.
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 70


def number(value: object, *, source: str) -> float:
    """A finite number as a file gives it, in text or not.

    Raises:
        LabelFileError: it is none; `source` names file and field.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise LabelFileError(f"{source} is {_shown(value)}; expected a number.")
    try:
        result = float(value)
    except (ValueError, OverflowError) as error:
        raise LabelFileError(f"{source} is {_shown(value)}; expected a number.") from error
    if not math.isfinite(result):
        raise LabelFileError(f"{source} is {_shown(value)}; expected a finite number.")
    return result


def whole_number(value: object, *, source: str) -> int:
    """A whole number, 0 or more, also where a tool wrote it as text or as `3.0`."""
    result = number(value, source=source)
    if not result.is_integer() or not 0 <= result <= _LARGEST_NUMBER:
        raise LabelFileError(f"{source} is {_shown(value)}; expected a whole number, 0 or more.")
    return int(result)


def side(value: object, *, source: str) -> int:
    """A photo's width or height in pixels; 0 stands for unknown."""
    result = whole_number(value, source=source)
    if result > _LARGEST_SIDE:
        raise LabelFileError(f"{source} is {result}; expected at most {_LARGEST_SIDE} pixels.")
    return result


def box_inside(x0: float, y0: float, x1: float, y1: float, *, width: int, height: int, source: str) -> Box:
    """A box in our convention, cut at the photo's border where it sticks out by no more than `SLACK_PX`.

    Args:
        width: of the photo in pixels; 0 where unknown, then the far border is not checked.
        source: file and field, for the error's sentence.

    Raises:
        LabelFileError: the box has no area, its ends are swapped, or it leaves the photo.
    """
    for low, high, axis in ((x0, x1, "left and right"), (y0, y1, "top and bottom")):
        if not low < high:
            raise LabelFileError(
                f"{source} has {axis} ends at {low:g} and {high:g}; expected the first before the second."
            )
    far_x, far_y = float(width or _LARGEST_SIDE), float(height or _LARGEST_SIDE)
    if min(x0, y0) < -SLACK_PX or x1 > far_x + SLACK_PX or y1 > far_y + SLACK_PX:
        size = f"{width} x {height} pixels" if width and height else "unknown size"
        raise LabelFileError(f"{source} is ({x0:g}, {y0:g}, {x1:g}, {y1:g}), outside the photo of {size}.")
    clipped = Box(x0, y0, x1, y1).clipped(far_x, far_y)
    if clipped is None:
        raise LabelFileError(f"{source} is ({x0:g}, {y0:g}, {x1:g}, {y1:g}), outside the photo.")
    return clipped


def class_name(value: object, *, source: str) -> str:
    """A class's name without the space around it.

    Raises:
        LabelFileError: it is empty, no text, or has control characters.
    """
    if not isinstance(value, str) or not value.strip():
        raise LabelFileError(f"{source} is {_shown(value)}; expected a class name.")
    name = value.strip()
    if UNFIT_CHARACTER.search(name):
        raise LabelFileError(f"{source} is {_shown(value)}; expected a class name without control characters.")
    return name


def box_state(value: object) -> str | None:
    """A box's state as a file gives it; None where it is no plain word, which no state is."""
    return value if isinstance(value, str) and _WORD.fullmatch(value) else None


def check_class_names(names: Iterable[str]) -> None:
    """Refuses class names that label files cannot hold.

    Raises:
        LabelFileError: a name is empty or has control characters.
    """
    for name in names:
        class_name(name, source="A class name")


def writable(photos: Iterable[LabelledPhoto]) -> tuple[list[LabelledPhoto], list[Skipped]]:
    """Parts photos into those that a label file can hold and those it cannot, with the reason.

    Raises:
        LabelFileError: as `why_unnameable`.
    """
    kept, skipped = [], []
    for photo in photos:
        reason = why_unwritable(photo)
        if reason is None:
            kept.append(photo)
        else:
            skipped.append(Skipped(photo.path, reason))
    return kept, skipped


def unwritable(photos: Iterable[LabelledPhoto]) -> list[Skipped]:
    """The photos that no label file can hold, with the reason.

    Raises:
        LabelFileError: as `why_unnameable`.
    """
    return [Skipped(photo.path, reason) for photo in photos if (reason := why_unwritable(photo)) is not None]


def why_unwritable(photo: LabelledPhoto) -> str | None:
    """Why a photo cannot stand in a label file, as one sentence, or None where it can.

    Raises:
        LabelFileError: as `why_unnameable`.
    """
    unnameable = why_unnameable(photo.path)
    if unnameable is not None:
        return unnameable
    if photo.width <= 0 or photo.height <= 0:
        return "Its size is not known."
    for labelled in photo.boxes:
        box = labelled.box
        far_x, far_y = photo.width + _WRITING_SLACK_PX, photo.height + _WRITING_SLACK_PX
        if min(box.x0, box.y0) < -_WRITING_SLACK_PX or box.x1 > far_x or box.y1 > far_y:
            return (
                f"A box at ({box.x0:g}, {box.y0:g}, {box.x1:g}, {box.y1:g}) lies outside the photo of "
                f"{photo.width} x {photo.height} pixels."
            )
    return None


def why_too_long(label_file: str) -> str | None:
    """Why no label file can have a name, as one sentence about its photo, or None where one can.

    Args:
        label_file: the file's relative path.
    """
    if len(PurePosixPath(label_file).name.encode("utf-8")) > _LONGEST_NAME_BYTES:
        return "Its label file's name would be too long."
    return None


def why_unnameable(path: str) -> str | None:
    """Why a photo's name cannot stand in a label file, as one sentence, or None where it can.

    Raises:
        LabelFileError: the path is not relative, or leads out of the folder of photos.
    """
    if UNFIT_CHARACTER.search(path):
        return "Its name has characters that label files cannot hold."
    relative_name(path, source="A photo's path")
    return None


def _shown(value: object) -> str:
    text = _SHORT.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
