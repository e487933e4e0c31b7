"""ILSVRC as TS-CAM lists it: `synset/name.JPEG label x1 y1 x2 y2 [x1 y1 x2 y2 ...]`, one photo a line.

Coordinates are pixel numbers from 0 that count both ends in, as ILSVRC's own boxes do: pixels 10..29 are `10 29`.
Labels count from 0 in the order of the sorted WordNet numbers, as torchvision and timm do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.dataset import checks
from engine.dataset.files import relative_name
from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.layouts.lines import read_lines
from engine.geometry import Box
from engine.localization.naming import folder_label


def looks_like(path: Path) -> bool:
    """Whether a file's first line is one of such a list."""
    if not path.is_file():
        return False
    try:
        first = next(read_lines(path), None)
    except LabelFileError:
        return False
    parts = [] if first is None else first[1].split()
    return len(parts) >= 6 and (len(parts) - 2) % 4 == 0 and all(_is_number(part) for part in parts[1:])


def open_list(path: Path, root: Path) -> GroundTruth:
    """The list at `path` with the photos below `root`."""
    return GroundTruth("ILSVRC, TS-CAM's list", root, (path,), lambda: _photos(path), ends_included=True)


def _photos(path: Path) -> Iterator[TruePhoto]:
    for number, text in read_lines(path):
        source = f"{path.name}, line {number}"
        parts = text.split()
        if len(parts) < 6 or (len(parts) - 2) % 4 != 0:
            raise LabelFileError(f"{source} has {len(parts)} fields; expected photo, label, and four a box.")
        name = relative_name(parts[0], source=f"{source}, photo")
        label = checks.whole_number(parts[1], source=f"{source}, label")
        ends = [checks.number(part, source=f"{source}, box") for part in parts[2:]]
        boxes = tuple(_box(ends[at : at + 4], source) for at in range(0, len(ends), 4))
        words = (folder_label(name) or str(label),)
        yield TruePhoto(name, 0, 0, (Target(words, label, boxes),))


def _box(ends: list[float], source: str) -> Box:
    x0, y0, x1, y1 = ends
    return checks.box_inside(x0, y0, x1 + 1, y1 + 1, width=0, height=0, source=f"{source}, box")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
