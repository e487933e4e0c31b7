"""COCO detection files. A COCO box `[x, y, width, height]` counts from the photo's corner, as ours does.

Written: ids unique (those of boxes from 1), `area` and `iscrowd` always, names relative with forward slashes, photos
without boxes included. What COCO has no field for (`state`, `score`, `verified`, ...) stands under one key, `moltbox`,
which other readers pass over. Written and read again, a box differs by rounding of one addition (below 1e-9 px). What
other tools say besides is kept and comes out again (see `coco_fields`).
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from engine.dataset import checks, coco_fields
from engine.dataset.coco_fields import EXTRA_KEY
from engine.dataset.files import atomic_file, atomic_write, read_text, relative_name
from engine.dataset.foreign import Foreign
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet, Skipped
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box

_MARK = "Boxes made with Moltbox"
_MARK_SPAN_BYTES = 200
_WRITTEN_TOGETHER = 500


@dataclass(frozen=True, slots=True)
class CocoReport:
    """What an export wrote, and what it left out."""

    path: Path
    photo_count: int
    box_count: int
    skipped: tuple[Skipped, ...] = ()


def write_coco(path: Path, label_set: LabelSet, *, overwrite: bool = False) -> CocoReport:
    """Writes boxes as a COCO detection file, whole or not at all.

    Numbers in `source_id` and `class_source_ids` are kept where they are not used twice (those of boxes where they are
    1 or more); the others get the next free ones. The same label set gives the same bytes.

    Args:
        overwrite: also in the place of a file that Moltbox did not write.

    Raises:
        LabelFileError: the file cannot be written, is not ours, or a class name cannot stand in a file.
    """
    path = Path(path)
    if not overwrite and path.exists() and not is_ours(path):
        raise FileInTheWayError(f"{path} is already there and was not written by Moltbox.")
    checks.check_class_names(label_set.class_names)
    numbers = _Numbers.of(label_set)
    opening = {
        EXTRA_KEY: {"description": _MARK},
        **coco_fields.document_entries({"description": _MARK, "version": "1.0"}, label_set.foreign),
    }
    categories = (
        coco_fields.category_entry({"id": category_id, "name": name}, foreign)
        for (name, category_id), foreign in zip(
            numbers.categories.items(), label_set.class_foreign or ((),) * len(numbers.categories), strict=True
        )
    )
    with atomic_file(path) as file:
        file.write(_encoded(opening)[:-1])
        _write_list(file, "images", (_image(photo, image_id) for photo, image_id in numbers.photos(label_set)))
        _write_list(file, "annotations", _annotations(label_set, numbers))
        _write_list(file, "categories", categories)
        file.write(b"}")
    return CocoReport(path, len(numbers.images), len(numbers.boxes), numbers.skipped)


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The numbers of a file's entries, found before the first is written; of photos that are left out, none.

    images, boxes: in the order in which they are written. categories: by class name. left_out: places of photos that
    cannot be written, told in `skipped`.
    """

    images: list[int]
    boxes: list[int]
    categories: dict[str, int]
    left_out: frozenset[int]
    skipped: tuple[Skipped, ...]

    @classmethod
    def of(cls, label_set: LabelSet) -> _Numbers:
        skipped: dict[int, Skipped] = {}
        images: list[int | None] = []
        boxes: list[int | None] = []
        for place, photo in enumerate(label_set.photos):
            reason = checks.why_unwritable(photo)
            if reason is not None:
                skipped[place] = Skipped(photo.path, reason)
                continue
            images.append(photo.source_id)
            boxes.extend(box.source_id for box in photo.boxes)
        categories = _category_ids(label_set)
        told = tuple(skipped.values())
        return cls(_distinct(images), _distinct(boxes, least=1), categories, frozenset(skipped), told)

    def photos(self, label_set: LabelSet) -> Iterator[tuple[LabelledPhoto, int]]:
        """The photos that are written, with their numbers."""
        fit = (photo for place, photo in enumerate(label_set.photos) if place not in self.left_out)
        return zip(fit, self.images, strict=True)


def _annotations(label_set: LabelSet, numbers: _Numbers) -> Iterator[dict[str, Any]]:
    box_ids = iter(numbers.boxes)
    for photo, image_id in numbers.photos(label_set):
        for box in photo.boxes:
            yield _annotation(box, next(box_ids), image_id, numbers.categories)


def _write_list(file: BinaryIO, key: str, entries: Iterable[dict[str, Any]]) -> None:
    """Writes `,"key":[...]`, some hundred entries at a time, so that a file of any length takes little memory."""
    source = iter(entries)
    file.write(f',"{key}":['.encode())
    before = b""
    while some := list(itertools.islice(source, _WRITTEN_TOGETHER)):
        file.write(before + _encoded(some)[1:-1])
        before = b","
    file.write(b"]")


def is_ours(path: Path) -> bool:
    """Whether `write_coco` wrote a file.

    Raises:
        LabelFileError: it cannot be read, and so not be replaced.
    """
    try:
        with path.open("rb") as file:
            return _MARK.encode() in file.read(_MARK_SPAN_BYTES)
    except OSError as error:
        raise LabelFileError(f"{path} cannot be written: {error.strerror}.") from error


def write_coco_results(path: Path, label_set: LabelSet, *, overwrite: bool = False) -> CocoReport:
    """Writes scored boxes as a COCO results file: the bare list that COCO's own evaluation takes as detections.

    Numbers are those of `write_coco` for the same photos and classes; boxes without a score count as certain.

    Raises:
        LabelFileError: as `write_coco`.
    """
    path = Path(path)
    if path.exists() and not overwrite:
        raise LabelFileError(f"{path} is already there.")
    photos, skipped = checks.writable(label_set.photos)
    category_ids = _category_ids(label_set)
    image_ids = _distinct(photo.source_id for photo in photos)
    results = [
        {
            "image_id": image_id,
            "category_id": category_ids[box.class_name],
            "bbox": _bbox(box.box),
            "score": 1.0 if box.score is None else box.score,
        }
        for photo, image_id in zip(photos, image_ids, strict=True)
        for box in photo.boxes
    ]
    atomic_write(path, _encoded(results))
    return CocoReport(path, len(photos), len(results), tuple(skipped))


def read_coco(path: Path) -> LabelSet:
    """Reads a COCO detection file, ours or another tool's; its numbers are kept as `source_id`.

    Categories of one name are one class. A box may stick out of its photo by a pixel and is then cut. Crowd regions
    become difficult boxes.

    Raises:
        LabelFileError: the file is no COCO file, or a value is wrong; the sentence names file and field.
    """
    path = Path(path)
    document = _decoded(path)
    categories, category_fields = _read_categories(document, path.name)
    images: dict[int, dict[str, Any]] = {}
    for image, source in _entries(document, "images", path.name):
        image_id = _identity(image, source)
        if image_id in images:
            raise LabelFileError(f"{source}.id is {image_id} for a second time; expected each number once.")
        images[image_id] = image
    boxes: dict[int, list[LabelledBox]] = {image_id: [] for image_id in images}
    sizes = {image_id: _size(image, f"{path.name}, image {image_id}") for image_id, image in images.items()}
    seen: set[int] = set()
    for annotation, source in _entries(document, "annotations", path.name):
        annotation_id = _identity(annotation, source)
        if annotation_id in seen:
            raise LabelFileError(f"{source}.id is {annotation_id} for a second time; expected each number once.")
        seen.add(annotation_id)
        image_id = checks.whole_number(annotation.get("image_id"), source=f"{source}.image_id")
        if image_id not in boxes:
            raise LabelFileError(f"{source}.image_id is {image_id}, but the file has no image of that number.")
        boxes[image_id].append(_read_box(annotation, annotation_id, categories, sizes[image_id], source))
    photos = tuple(
        _read_photo(image, image_id, sizes[image_id], tuple(boxes[image_id]), f"{path.name}, image {image_id}")
        for image_id, image in images.items()
    )
    _refuse_twins(photos, path.name)
    numbers: dict[str, int] = {}
    for category_id, name in categories.items():
        numbers.setdefault(name, category_id)
    fields = tuple(category_fields[number] for number in numbers.values())
    return LabelSet(
        tuple(numbers), photos, tuple(numbers.values()), fields, coco_fields.of_file(document, own_description=_MARK)
    )


def _category_ids(label_set: LabelSet) -> dict[str, int]:
    wanted = label_set.class_source_ids or (None,) * len(label_set.class_names)
    return dict(zip(label_set.class_names, _distinct(wanted), strict=True))


def _distinct(wanted: Iterable[int | None], *, least: int = 0) -> list[int]:
    """Numbers, each once: the wanted ones from `least` where they can be had, the next above all of them elsewhere.

    A box's are from 1: COCO's own evaluation takes 0 for no box at all.
    """
    usable: list[int | None] = []
    taken: set[int] = set()
    for value in wanted:
        usable.append(value if value is not None and value >= least and value not in taken else None)
        taken.update(() if value is None else (value,))
    following = itertools.count(max(taken, default=0) + 1)
    return [next(following) if value is None else value for value in usable]


def _image(photo: LabelledPhoto, image_id: int) -> dict[str, Any]:
    name = relative_name(photo.path, source="A photo's path")
    entry = {"id": image_id, "width": photo.width, "height": photo.height, "file_name": name}
    extra = {"verified": photo.verified, "labels": list(photo.labels)}
    return _with_extra(coco_fields.image_entry(entry, photo.foreign), extra)


def _annotation(box: LabelledBox, box_id: int, image_id: int, category_ids: dict[str, int]) -> dict[str, Any]:
    entry = {"id": box_id, "image_id": image_id, "category_id": category_ids[box.class_name], "bbox": _bbox(box.box)}
    entry = coco_fields.annotation_entry(entry, box.foreign, difficult=box.difficult)
    extra = {"state": box.state, "score": box.score, "difficult": box.difficult, "truncated": box.truncated}
    return _with_extra(entry, extra)


def _with_extra(entry: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in extra.items() if value is not None and value is not False and value != []}
    return {**entry, EXTRA_KEY: told} if told else entry


def _bbox(box: Box) -> list[float]:
    return [box.x0, box.y0, box.width, box.height]


def _encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")


def _decoded(path: Path) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise LabelFileError(f"{path} has the value {constant}; expected finite numbers.")

    try:
        document = json.loads(read_text(path), parse_constant=refuse)
    except json.JSONDecodeError as error:
        raise LabelFileError(f"{path} is not a JSON file (line {error.lineno}: {error.msg}).") from error
    except (RecursionError, ValueError) as error:
        raise LabelFileError(f"{path} is not a JSON file that can be read.") from error
    if not isinstance(document, dict):
        raise LabelFileError(f"{path} is not a COCO file; expected an object with images, annotations and categories.")
    return document


def _entries(document: dict[str, Any], key: str, name: str) -> Iterator[tuple[dict[str, Any], str]]:
    entries = document.get(key)
    if not isinstance(entries, list):
        raise LabelFileError(f"{name} has no list of {key}; expected a COCO detection file.")
    for place, entry in enumerate(entries):
        source = f"{name}, {key}[{place}]"
        if not isinstance(entry, dict):
            raise LabelFileError(f"{source} is not an object.")
        yield entry, source


def _identity(entry: dict[str, Any], source: str) -> int:
    return checks.whole_number(entry.get("id"), source=f"{source}.id")


def _read_categories(document: dict[str, Any], name: str) -> tuple[dict[int, str], dict[int, Foreign]]:
    categories: dict[int, str] = {}
    fields: dict[int, Foreign] = {}
    for category, source in _entries(document, "categories", name):
        category_id = _identity(category, source)
        if category_id in categories:
            raise LabelFileError(f"{source}.id is {category_id} for a second time; expected each number once.")
        categories[category_id] = checks.class_name(category.get("name"), source=f"{source}.name")
        fields[category_id] = coco_fields.of_category(category)
    return categories, fields


def _size(image: dict[str, Any], source: str) -> tuple[int, int]:
    width = checks.side(image.get("width") or 0, source=f"{source}.width")
    return width, checks.side(image.get("height") or 0, source=f"{source}.height")


def _read_photo(
    image: dict[str, Any], image_id: int, size: tuple[int, int], boxes: tuple[LabelledBox, ...], source: str
) -> LabelledPhoto:
    name = image.get("file_name")
    if not isinstance(name, str):
        raise LabelFileError(f"{source}.file_name is {name!r:.300}; expected a photo's name.")
    extra = _extra(image)
    labels = extra.get("labels")
    return LabelledPhoto(
        path=relative_name(name, source=f"{source}.file_name"),
        width=size[0],
        height=size[1],
        boxes=boxes,
        labels=tuple(label for label in labels if isinstance(label, str)) if isinstance(labels, list) else (),
        verified=extra.get("verified") is True,
        source_id=image_id,
        foreign=coco_fields.of_image(image),
    )


def _read_box(
    annotation: dict[str, Any], annotation_id: int, categories: dict[int, str], size: tuple[int, int], source: str
) -> LabelledBox:
    category_id = checks.whole_number(annotation.get("category_id"), source=f"{source}.category_id")
    if category_id not in categories:
        raise LabelFileError(f"{source}.category_id is {category_id}, but the file has no category of that number.")
    bbox = annotation.get("bbox")
    if not isinstance(bbox, list) or len(bbox) != 4:
        raise LabelFileError(f"{source}.bbox is {bbox!r:.60}; expected four numbers.")
    x, y, width, height = (checks.number(value, source=f"{source}.bbox") for value in bbox)
    if width <= 0 or height <= 0:
        raise LabelFileError(f"{source}.bbox has the size {width:g} x {height:g}; expected a width and height above 0.")
    box = checks.box_inside(x, y, x + width, y + height, width=size[0], height=size[1], source=f"{source}.bbox")
    extra = _extra(annotation)
    score, state = extra.get("score"), extra.get("state")
    return LabelledBox(
        class_name=categories[category_id],
        box=box,
        score=None if score is None else checks.number(score, source=f"{source}.{EXTRA_KEY}.score"),
        state=checks.box_state(state),
        difficult=extra.get("difficult") is True or annotation.get("iscrowd") == 1,
        truncated=extra.get("truncated") is True,
        source_id=annotation_id or None,
        foreign=coco_fields.of_annotation(annotation, _bbox(box)),
    )


def _extra(entry: dict[str, Any]) -> dict[str, Any]:
    extra = entry.get(EXTRA_KEY)
    return extra if isinstance(extra, dict) else {}


def _refuse_twins(photos: Iterable[LabelledPhoto], name: str) -> None:
    seen: set[str] = set()
    for photo in photos:
        if photo.path in seen:
            raise LabelFileError(f"{name} has two images with the file_name {photo.path!r}; expected each photo once.")
        seen.add(photo.path)
