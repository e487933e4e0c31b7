"""Pascal VOC files: one XML per photo, in the devkit's folder layout.

Two dialects are about. The **devkit** counts pixels from 1 and includes both ends, so a box over pixels 10..29 is
`xmin=11, xmax=30`. Many tools write pixel **edges** instead: `xmin=10, xmax=30`. We write the devkit's unless asked
otherwise, note the dialect in an attribute of `<annotation>`, and read either. Coordinates are whole pixels: a box
comes back with its ends rounded, and is at least one pixel wide and high. What other tools say besides is kept and
comes out again (see `voc_fields`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree
from defusedxml.common import DefusedXmlException

from engine.dataset import checks, voc_fields
from engine.dataset.files import (
    LARGEST_LIST_BYTES,
    LARGEST_PHOTO_LABELS_BYTES,
    atomic_write,
    bring_photo,
    files_below,
    inside,
    make_folder,
    read_bytes,
    read_text,
    refuse_other_photos,
    relative_name,
    safe_relative,
    sync_folder,
)
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet, Skipped
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box

Dialect = Literal["devkit", "edges"]
PhotoMode = Literal["copy", "link"]
Element = ElementTree.Element

ANNOTATIONS = "Annotations"
PHOTOS = "JPEGImages"
LISTS = "ImageSets/Main"

_TOOL = "Moltbox"
_DIALECTS: tuple[Dialect, ...] = ("devkit", "edges")
# Moltbox's files before format 3 of its projects have the mark in <source><annotation>.
_OLD_MARKS: dict[str, Dialect] = {f"{_TOOL} {dialect}": dialect for dialect in _DIALECTS}
_OUR_ROOT = re.compile(rb"<annotation [^>]*\b" + voc_fields.MARK.encode() + rb"=")
_IN_STEP_ROOT = re.compile(_OUR_ROOT.pattern + rb"[^>]*\b" + voc_fields.IN_STEP_MARK.encode() + rb"=")
_MARK_SPAN_BYTES = 2000


@dataclass(frozen=True, slots=True)
class VocReport:
    """What an export wrote, what it left out, and files of earlier exports that it no longer covers."""

    folder: Path
    photo_count: int
    box_count: int
    skipped: tuple[Skipped, ...] = ()
    stale: tuple[Path, ...] = ()


def write_voc(
    folder: Path,
    label_set: LabelSet,
    *,
    dialect: Dialect = "devkit",
    photos: Path | None = None,
    photo_mode: PhotoMode = "copy",
    split: str = "trainval",
    overwrite: bool = False,
    on_progress: Callable[[int, int], None] | None = None,
) -> VocReport:
    """Writes `Annotations/`, `ImageSets/Main/<split>.txt` and, where asked, `JPEGImages/` below `folder`.

    Sub-folders of the photos are mirrored. Photos that differ only in their suffix keep it in the XML's name
    (`a.jpg.xml`, `a.png.xml`). Each file is written whole or not at all; the list is written last.

    Args:
        photos: folder of the photos; when given they are brought into `JPEGImages/`.
        photo_mode: `link` makes hard links, which take no room but are the very files of `photos`: who changes one
            changes both. Where the disk cannot link, photos are copied.
        split: name of the list of photos.
        overwrite: also in the place of files that Moltbox did not write, and of other photos.
        on_progress: told `(done, total)`; may raise to stop the work.

    Raises:
        LabelFileError: something cannot be written, is not ours, or a class name cannot stand in a file.
    """
    folder = Path(folder)
    checks.check_class_names(label_set.class_names)
    skipped = checks.unwritable(label_set.photos)
    left_out = {each.path for each in skipped}
    names = xml_names(photo.path for photo in label_set.photos if photo.path not in left_out)
    too_long = [Skipped(path, why) for path, name in names.items() if (why := checks.why_too_long(name)) is not None]
    for each in too_long:
        left_out.add(each.path)
        del names[each.path]
    skipped.extend(too_long)
    annotations = inside(folder, ANNOTATIONS)
    listed = inside(folder, f"{LISTS}/{split}.txt")
    if not overwrite:
        _refuse_foreign(annotations, names.values())
        _refuse_foreign_list(annotations, listed)
        if photos is not None:
            refuse_other_photos(photos, inside(folder, PHOTOS), names)
    written: list[str] = []
    box_count = 0
    fit = (photo for photo in label_set.photos if photo.path not in left_out)
    for done, photo in enumerate(fit, start=1):
        reason = None
        if photos is not None:
            reason = bring_photo(photos, inside(folder, PHOTOS), photo.path, link=photo_mode == "link")
        if reason is not None:
            skipped.append(Skipped(photo.path, reason))
        else:
            write_voc_photo(inside(annotations, names[photo.path]), photo, dialect=dialect, overwrite=True)
            written.append(names[photo.path].removesuffix(".xml"))
            box_count += len(photo.boxes)
        if on_progress is not None:
            on_progress(done, len(names))
    make_folder(listed.parent)
    atomic_write(listed, "".join(f"{stem}\n" for stem in written).encode("utf-8"))
    sync_folder(annotations)
    return VocReport(folder, len(written), box_count, tuple(skipped), _stale(annotations, written))


def write_voc_photo(
    path: Path,
    photo: LabelledPhoto,
    *,
    dialect: Dialect = "devkit",
    overwrite: bool = False,
    in_step: bool = False,
) -> None:
    """Writes the XML of one photo.

    Args:
        overwrite: also in the place of a file that Moltbox did not write.
        in_step: marks a file that follows the photo's decisions (see `VocMirror`).

    Raises:
        LabelFileError: the file cannot be written or is not ours, or the photo cannot stand in a label file.
    """
    path = Path(path)
    reason = checks.why_unwritable(photo)
    if reason is not None:
        raise LabelFileError(f"{photo.path} cannot be written: {reason}")
    checks.check_class_names(box.class_name for box in photo.boxes)
    if not overwrite and path.exists() and not is_ours(path):
        raise FileInTheWayError(f"{path} is already there and was not written by Moltbox.")
    make_folder(path.parent)
    root = _tree(photo, dialect)
    if in_step:
        root.set(voc_fields.IN_STEP_MARK, "yes")
    ElementTree.indent(root, "\t")
    atomic_write(path, ElementTree.tostring(root, encoding="utf-8") + b"\n", durable=False)


def read_voc_file(path: Path, *, dialect: Dialect | None = None) -> LabelledPhoto:
    """Reads the XML of one photo; the photo's path is what `<filename>` says.

    Args:
        dialect: of a file that does not tell; None lets `guess_dialect` decide.

    Raises:
        LabelFileError: the file is no VOC file, or a value is wrong; the sentence names file and field.
    """
    path = Path(path)
    root = _parsed(path)
    return _photo(root, path, _dialect_of([root], dialect))


def read_voc(folder: Path, *, dialect: Dialect | None = None) -> LabelSet:
    """Reads all XML below `folder/Annotations`, or below `folder` where there is no such sub-folder.

    A photo's path is its XML's sub-folder with the name that `<filename>` gives. Files that do not tell their
    dialect share one, since one tool wrote them.

    Raises:
        LabelFileError: there is no VOC file, or one of them is wrong.
    """
    base, found = _xml_below(Path(folder))
    roots = [_parsed(path) for path in found]
    shared = _dialect_of(roots, dialect)
    photos = tuple(
        _in_sub_folder(_photo(root, path, _told(root) or shared), path.parent.relative_to(base).as_posix())
        for root, path in zip(roots, found, strict=True)
    )
    twice = [path for path, count in Counter(photo.path for photo in photos).items() if count > 1]
    if twice:
        raise LabelFileError(f"{base} has two files for the photo {twice[0]!r}; expected each photo once.")
    names = dict.fromkeys(box.class_name for photo in photos for box in photo.boxes)
    return LabelSet(tuple(names), photos)


def guess_dialect(folder: Path) -> Dialect:
    """The dialect that `read_voc` takes for a folder's files where they do not tell.

    A coordinate 0 is impossible in the devkit's dialect; labelImg, known by its `<path>` and its unnamed database,
    writes edges; all else is taken for the devkit's, which is the published standard.
    """
    _, found = _xml_below(Path(folder))
    return _dialect_of([_parsed(path) for path in found], None)


def xml_names(paths: Iterable[str]) -> dict[str, str]:
    """For each photo's relative path the relative name of its XML; names that would clash keep the photo's suffix.

    Case does not tell files apart on many disks, so it does not here.
    """
    listed = list(paths)
    stems = Counter(str(PurePosixPath(path).with_suffix("")).casefold() for path in listed)
    wholes = {path.casefold() for path in listed}
    names = {}
    for path in listed:
        stem = str(PurePosixPath(path).with_suffix(""))
        # `a.jpg` next to `a.jpg.png`: the second one's plain name would be the first one's long name.
        clashes = stems[stem.casefold()] > 1 or stem.casefold() in wholes
        names[path] = f"{path}.xml" if clashes else f"{stem}.xml"
    return names


def _tree(photo: LabelledPhoto, dialect: Dialect) -> Element:
    place = PurePosixPath(relative_name(photo.path, source="A photo's path"))
    root = ElementTree.Element("annotation", {"verified": "yes"} if photo.verified else {})
    root.set(voc_fields.MARK, dialect)
    _add(root, "folder", place.parent.name or PHOTOS)
    _add(root, "filename", place.name)
    source = ElementTree.SubElement(root, "source")
    _add(source, "database", _TOOL)
    size = ElementTree.SubElement(root, "size")
    _add(size, "width", str(photo.width))
    _add(size, "height", str(photo.height))
    _add(size, "depth", "3")
    _add(root, "segmented", "0")
    voc_fields.put_into_annotation(root, photo.foreign)
    for labelled in photo.boxes:
        entry = ElementTree.SubElement(root, "object")
        _add(entry, "name", labelled.class_name.strip())
        _add(entry, "pose", "Unspecified")
        _add(entry, "truncated", str(int(labelled.truncated)))
        _add(entry, "difficult", str(int(labelled.difficult)))
        bounds = ElementTree.SubElement(entry, "bndbox")
        for field, value in _to_file(labelled.box, photo.width, photo.height, dialect).items():
            _add(bounds, field, str(value))
        voc_fields.put_into_object(entry, labelled.foreign, labelled.box)
    return root


def _add(parent: Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _to_file(box: Box, width: int, height: int, dialect: Dialect) -> dict[str, int]:
    """The four values of `<bndbox>` in the order in which readers expect them."""
    left, right = _whole_pixels(box.x0, box.x1, width)
    top, bottom = _whole_pixels(box.y0, box.y1, height)
    first = 1 if dialect == "devkit" else 0  # the last pixel's 1-based number is the edge after it: no shift there
    return {"xmin": left + first, "ymin": top + first, "xmax": right, "ymax": bottom}


def _whole_pixels(low: float, high: float, side: int) -> tuple[int, int]:
    start, end = (min(max(math.floor(value + 0.5), 0), side) for value in (low, high))
    if start == end:  # thinner than a pixel can show: the pixel in which its middle lies
        start = min(math.floor((low + high) / 2), side - 1)
        end = start + 1
    return start, end


def _photo(root: Element, path: Path, dialect: Dialect) -> LabelledPhoto:
    name = root.findtext("filename")
    if name is None:
        raise LabelFileError(f"{path.name} has no filename; expected the photo's name.")
    width = checks.side(_text(root, "size/width") or 0, source=f"{path.name}, size.width")
    height = checks.side(_text(root, "size/height") or 0, source=f"{path.name}, size.height")
    return LabelledPhoto(
        path=relative_name(name.strip(), source=f"{path.name}, filename"),
        width=width,
        height=height,
        boxes=tuple(
            _labelled_box(entry, width, height, dialect, f"{path.name}, object {place}")
            for place, entry in enumerate(root.iterfind("object"), start=1)
        ),
        verified=root.get("verified", "").strip().lower() in {"yes", "true", "1"},
        foreign=voc_fields.of_annotation(root, is_ours=_told(root) is not None),
    )


def _labelled_box(entry: Element, width: int, height: int, dialect: Dialect, source: str) -> LabelledBox:
    shift = 1.0 if dialect == "devkit" else 0.0
    ends = {}
    for field in ("xmin", "ymin", "xmax", "ymax"):
        text = _text(entry, f"bndbox/{field}")
        if text is None:
            raise LabelFileError(f"{source} has no bndbox.{field}.")
        ends[field] = checks.number(text, source=f"{source}, bndbox.{field}")
    box = checks.box_inside(
        ends["xmin"] - shift,
        ends["ymin"] - shift,
        ends["xmax"],
        ends["ymax"],
        width=width,
        height=height,
        source=f"{source}, bndbox",
    )
    return LabelledBox(
        class_name=checks.class_name(entry.findtext("name"), source=f"{source}, name"),
        box=box,
        difficult=_flag(entry, "difficult"),
        truncated=_flag(entry, "truncated"),
        foreign=voc_fields.of_object(entry, box),
    )


def _text(element: Element, tag: str) -> str | None:
    text = element.findtext(tag)
    return text.strip() if text is not None and text.strip() else None


def _flag(entry: Element, tag: str) -> bool:
    return (_text(entry, tag) or "0").lower() not in {"0", "0.0", "false", "no"}


def _told(root: Element) -> Dialect | None:
    mark = root.get(voc_fields.MARK)
    old = _OLD_MARKS.get(_text(root, "source/annotation") or "")
    return next((dialect for dialect in _DIALECTS if dialect == mark), None) or old


def _dialect_of(roots: list[Element], asked: Dialect | None) -> Dialect:
    """The dialect of those files that do not tell it themselves; of a single file that tells, its own."""
    strangers = [root for root in roots if _told(root) is None]
    if not strangers:
        return _told(roots[0]) or "devkit"
    if asked is not None:
        return asked
    return "edges" if any(_has_zero(root) or _is_label_img(root) for root in strangers) else "devkit"


def _has_zero(root: Element) -> bool:
    for bounds in root.iterfind("object/bndbox"):
        for value in bounds:
            try:
                if float(value.text or "1") == 0.0:
                    return True
            except ValueError:
                continue  # told with its field when the file is read
    return False


def _is_label_img(root: Element) -> bool:
    return _text(root, "source/database") == "Unknown" and root.find("path") is not None


def _in_sub_folder(photo: LabelledPhoto, sub_folder: str) -> LabelledPhoto:
    if sub_folder in ("", ".") or photo.path.startswith(f"{sub_folder}/"):
        return photo
    return replace(photo, path=f"{sub_folder}/{PurePosixPath(photo.path).name}")


def _parsed(path: Path) -> Element:
    data = read_bytes(path, most_bytes=LARGEST_PHOTO_LABELS_BYTES)
    try:
        root = SafeElementTree.fromstring(data)
    except DefusedXmlException as error:
        raise LabelFileError(f"{path} defines entities, which a label file has no use for; it was not read.") from error
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise LabelFileError(f"{path} is not an XML file ({error}).") from error
    if root.tag != "annotation":
        raise LabelFileError(f"{path} starts with <{root.tag}>; expected the <annotation> of a VOC file.")
    return root


def _xml_below(folder: Path) -> tuple[Path, list[Path]]:
    base = inside(folder, ANNOTATIONS) if (folder / ANNOTATIONS).is_dir() else folder
    if not base.is_dir():
        raise LabelFileError(f"{base} is not a folder.")
    found = files_below(base, ".xml")
    if not found:
        raise LabelFileError(f"{base} has no XML files.")
    return base, found


def is_ours(path: Path) -> bool:
    """Whether Moltbox wrote a file.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(_MARK_SPAN_BYTES)
    return _OUR_ROOT.search(start) is not None or f"<annotation>{_TOOL} ".encode() in start


def is_in_step(path: Path) -> bool:
    """Whether a file is one of ours that follows a photo's decisions.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return _IN_STEP_ROOT.search(file.read(_MARK_SPAN_BYTES)) is not None


def _refuse_foreign(annotations: Path, names: Iterable[str]) -> None:
    if not annotations.is_dir():
        return
    for name in names:
        path = inside(annotations, name)
        if path.exists() and not is_ours(path):
            raise FileInTheWayError(f"{path} is already there and was not written by Moltbox.")


def _refuse_foreign_list(annotations: Path, path: Path) -> None:
    """A list is ours where files of ours are all that it names, as far as they are still there."""
    if not path.exists():
        return
    lines = read_text(path, most_bytes=LARGEST_LIST_BYTES).splitlines()
    stems = [line.strip() for line in lines if line.strip()]  # a photo's name may hold blanks
    try:
        there = [file for stem in stems if (file := safe_relative(f"{stem}.xml", annotations)).is_file()]
    except (LabelFileError, OSError):
        there = []  # it names files elsewhere, or such as no disk holds, which no list of ours does
    if not there or not all(is_ours(file) for file in there):
        raise FileInTheWayError(f"{path} is already there and was not written by Moltbox.")


def _stale(annotations: Path, written: list[str]) -> tuple[Path, ...]:
    if not annotations.is_dir():
        return ()
    current = {annotations / f"{stem}.xml" for stem in written}
    return tuple(path for path in files_below(annotations, ".xml") if path not in current and is_ours(path))
