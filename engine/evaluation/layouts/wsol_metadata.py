"""Metadata as wsolevaluation (Choe et al., CVPR 2020) lays it out, for CUB, ILSVRC and OpenImages.

`image_ids.txt` `path`; `class_labels.txt` `path,class` from 0; `image_sizes.txt` `path,width,height`, may be missing or
empty; `localization.txt` `path,x0,y0,x1,y1` for each box, or `path,mask,ignore` for each mask, the third field on a
photo's first line only. Boxes are whole pixel numbers of the original photo that its evaluator counts with both ends
in: pixels 10..29 are `10,29`. (For CUB its files give `x + width` as `x1`, one more than that; they are read as they
are scored there.)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from engine.dataset import checks
from engine.dataset.files import relative_name
from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth, MaskFiles, Target, TruePhoto
from engine.evaluation.layouts.cub import class_words
from engine.evaluation.layouts.lines import LineIndex, fields, read_lines
from engine.geometry import Box
from engine.localization.naming import folder_label

IMAGES, LABELS, SIZES, TRUTH = "image_ids.txt", "class_labels.txt", "image_sizes.txt", "localization.txt"


def looks_like(folder: Path) -> bool:
    """Whether a folder has such metadata."""
    return all((folder / name).is_file() for name in (IMAGES, LABELS, TRUTH))


def open_folder(folder: Path, root: Path, mask_root: Path | None) -> GroundTruth:
    """The metadata in `folder` with the photos below `root` and the masks below `mask_root` (else below `root`)."""
    sources = tuple(folder / name for name in (IMAGES, LABELS, SIZES, TRUTH) if (folder / name).is_file())
    return GroundTruth(
        "wsolevaluation metadata",
        root,
        sources,
        lambda: _photos(folder),
        ends_included=True,
        mask_root=mask_root or root,
    )


def _photos(folder: Path) -> Iterator[TruePhoto]:
    labels, truth = LineIndex(folder / LABELS, ","), LineIndex(folder / TRUTH, ",")
    sizes = LineIndex(folder / SIZES, ",") if (folder / SIZES).is_file() else None
    for number, text in read_lines(folder / IMAGES):
        name = relative_name(text, source=f"{IMAGES}, line {number}")
        line, labelled = labels.only(text)
        source = f"{LABELS}, line {line}"
        label = checks.whole_number(fields(labelled, ",", 2, source=source)[1], source=f"{source}, class")
        width, height = (0, 0) if sizes is None or not len(sizes) else _size(*sizes.only(text))
        words = class_words(folder_label(name) or str(label))
        lines = truth.find(text)
        if lines and len(lines[0][1].split(",")) == 3:
            yield TruePhoto(name, width, height, (Target(words, label, ()),), _masks(lines))
        else:
            boxes = tuple(_box(text, width, height, f"{TRUTH}, line {line}") for line, text in lines)
            yield TruePhoto(name, width, height, (Target(words, label, boxes),))


def _size(line: int, text: str) -> tuple[int, int]:
    source = f"{SIZES}, line {line}"
    _, width, height = fields(text, ",", 3, source=source)
    return checks.side(width, source=f"{source}, width"), checks.side(height, source=f"{source}, height")


def _box(text: str, width: int, height: int, source: str) -> Box:
    x0, y0, x1, y1 = (checks.number(part, source=source) for part in fields(text, ",", 5, source=source)[1:])
    return checks.box_inside(x0, y0, x1 + 1, y1 + 1, width=width, height=height, source=source)


def _masks(lines: list[tuple[int, str]]) -> MaskFiles:
    instances = []
    ignore = None
    for line, text in lines:
        source = f"{TRUTH}, line {line}"
        _, mask, ignored = fields(text, ",", 3, source=source)
        instances.append(relative_name(mask, source=f"{source}, mask"))
        if ignored:
            if ignore is not None:
                raise LabelFileError(f"{source} names a second picture of what is ignored; expected one a photo.")
            ignore = relative_name(ignored, source=f"{source}, ignore")
    return MaskFiles(tuple(instances), ignore)
