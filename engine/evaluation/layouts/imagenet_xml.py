"""ILSVRC as it is handed out: `Data/CLS-LOC/<split>` beside `Annotations/CLS-LOC/<split>` with one XML a photo.

The XML is VOC's in form, but counts pixels from 0 and both ends in: pixels 10..29 are `xmin=10, xmax=29`. A photo's
classes are those of its objects, named by WordNet number (`n01440764`); `LOC_synset_mapping.txt`, where it lies above
the two folders, gives them words and their place in the list of classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException

from engine.dataset import checks
from engine.dataset.files import relative_name
from engine.errors import LabelFileError
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.layouts.lines import read_lines
from engine.geometry import Box
from engine.images import natural_key

MAPPING = "LOC_synset_mapping.txt"
_PHOTO_FOLDERS = ("Data/CLS-LOC", "Data")
_ANNOTATION_FOLDERS = ("Annotations/CLS-LOC", "Annotations")
_SUFFIX = ".JPEG"


def looks_like(folder: Path) -> bool:
    """Whether a folder has ILSVRC's two folders side by side."""
    return (folder / "Annotations" / "CLS-LOC").is_dir() and (folder / "Data" / "CLS-LOC").is_dir()


def open_folder(folder: Path, annotations: Path | None, split: str) -> GroundTruth:
    """ILSVRC below `folder`.

    Args:
        annotations: folder of the XML files; None takes those beside the photos.
        split: "val", "train" or "all".

    Raises:
        LabelFileError: the folders are not there.
    """
    base = annotations or _first_folder(folder, _ANNOTATION_FOLDERS)
    root = _first_folder(folder, _PHOTO_FOLDERS)
    below = base if split == "all" else base / split
    if not below.is_dir():
        raise LabelFileError(f"{below} is not a folder; expected the XML files of ILSVRC's split {split!r}.")
    mapping = folder / MAPPING
    words = _read_mapping(mapping) if mapping.is_file() else {}
    return GroundTruth("ILSVRC, XML", root, (below,), lambda: _photos(base, below, words), ends_included=True)


def _first_folder(folder: Path, names: tuple[str, ...]) -> Path:
    return next((folder / name for name in names if (folder / name).is_dir()), folder)


def _read_mapping(path: Path) -> dict[str, tuple[int, tuple[str, ...]]]:
    """For each WordNet number its place in the list of classes, from 0, and its words."""
    found: dict[str, tuple[int, tuple[str, ...]]] = {}
    for place, (_, text) in enumerate(read_lines(path)):
        synset, _, words = text.partition(" ")
        found[synset] = place, tuple(word.strip() for word in words.split(",") if word.strip())
    return found


def _photos(base: Path, below: Path, words: Mapping[str, tuple[int, tuple[str, ...]]]) -> Iterator[TruePhoto]:
    count = 0
    waiting = [below]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(folder.iterdir(), key=lambda entry: natural_key(entry.name))
        except OSError as error:
            raise LabelFileError(f"{folder} cannot be read: {error.strerror}.") from error
        waiting.extend(entry for entry in reversed(entries) if entry.is_dir() and not entry.is_symlink())
        for entry in entries:
            if entry.suffix.lower() == ".xml" and entry.is_file():
                count += 1
                yield _photo(entry, base, words)
    if not count:
        raise LabelFileError(f"{below} has no XML files.")


def _photo(path: Path, base: Path, words: Mapping[str, tuple[int, tuple[str, ...]]]) -> TruePhoto:
    root = _parsed(path)
    width = checks.side((root.findtext("size/width") or "0").strip(), source=f"{path.name}, size.width")
    height = checks.side((root.findtext("size/height") or "0").strip(), source=f"{path.name}, size.height")
    by_class: dict[str, list[Box]] = {}
    for place, entry in enumerate(root.iterfind("object"), start=1):
        source = f"{path.name}, object {place}"
        name = checks.class_name(entry.findtext("name"), source=f"{source}, name")
        by_class.setdefault(name, []).append(_box(entry, width, height, source))
    targets = []
    for name, boxes in by_class.items():
        place, more = words.get(name, (None, ()))
        targets.append(Target((name, *more), place, tuple(boxes)))
    relative = path.relative_to(base).with_suffix(_SUFFIX).as_posix()
    return TruePhoto(relative_name(relative, source=f"{path.name}, its name"), width, height, tuple(targets))


def _box(entry: ElementTree.Element, width: int, height: int, source: str) -> Box:
    ends = {}
    for field in ("xmin", "ymin", "xmax", "ymax"):
        text = entry.findtext(f"bndbox/{field}")
        if text is None:
            raise LabelFileError(f"{source} has no bndbox.{field}.")
        ends[field] = checks.number(text.strip(), source=f"{source}, bndbox.{field}")
    return checks.box_inside(
        ends["xmin"],
        ends["ymin"],
        ends["xmax"] + 1,
        ends["ymax"] + 1,
        width=width,
        height=height,
        source=f"{source}, bndbox",
    )


def _parsed(path: Path) -> ElementTree.Element:
    try:
        return SafeElementTree.fromstring(path.read_bytes())
    except OSError as error:
        raise LabelFileError(f"{path} cannot be read: {error.strerror}.") from error
    except DefusedXmlException as error:
        raise LabelFileError(f"{path} defines entities, which a label file has no use for; it was not read.") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise LabelFileError(f"{path} is not an XML file ({error}).") from error
