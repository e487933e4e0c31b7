"""What COCO files say that Moltbox has no field for: taken from what is read, put into what is written."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from engine.dataset.foreign import FILE_LIMIT_BYTES, Foreign, fields_of, packed
from engine.dataset.records import LabelledPhoto, LabelSet

EXTRA_KEY = "moltbox"
"""Under this key stands what COCO has no field for; other readers pass over it."""

_FORMAT = "coco"
_OWN_KEYS = {
    "image": frozenset({"id", "file_name", "width", "height", EXTRA_KEY}),
    "annotation": frozenset({"id", "image_id", "category_id", "bbox", EXTRA_KEY}),
    "category": frozenset({"id", "name", EXTRA_KEY}),
    "file": frozenset({"images", "annotations", "categories", EXTRA_KEY}),
}
# True of the very box that was read, and of no other.
_SHAPE_KEYS = frozenset({"area", "segmentation", "keypoints", "num_keypoints"})


def of_image(image: Mapping[str, Any]) -> Foreign:
    return packed(_FORMAT, _others(image, "image"))


def of_category(category: Mapping[str, Any]) -> Foreign:
    usual = {"supercategory": "none"}
    return packed(_FORMAT, _without(_others(category, "category"), usual))


def of_annotation(annotation: Mapping[str, Any], bbox: list[float]) -> Foreign:
    """The fields of an annotation whose box is `bbox`, as Moltbox writes it; its shape's fields hold for that box."""
    fields = _without(_others(annotation, "annotation"), _usual_shape(bbox))
    if fields.get("iscrowd") != 1:
        fields.pop("iscrowd", None)
    return packed(_FORMAT, {EXTRA_KEY: bbox, **fields}) if fields else ()


def of_file(document: Mapping[str, Any], own_description: str) -> Foreign:
    """What a file says about itself; of a file of ours, what the files said that it was made from."""
    fields = _without(_others(document, "file"), {"licenses": []})
    info = fields.get("info")
    if isinstance(info, dict) and info.get("description") == own_description:
        del fields["info"]
    return packed(_FORMAT, fields, limit_bytes=FILE_LIMIT_BYTES)


def image_entry(entry: dict[str, Any], foreign: Foreign) -> dict[str, Any]:
    """An image as it is written: our fields, then those of the file it came from."""
    return {**entry, **_others(fields_of(foreign, _FORMAT), "image")}


def category_entry(entry: dict[str, Any], foreign: Foreign) -> dict[str, Any]:
    return {**entry, "supercategory": "none", **_others(fields_of(foreign, _FORMAT), "category")}


def annotation_entry(entry: dict[str, Any], foreign: Foreign, *, difficult: bool) -> dict[str, Any]:
    """An annotation as it is written; mask, keypoints and area come out again where its box is the one they are of."""
    fields = fields_of(foreign, _FORMAT)
    is_same_box = fields.pop(EXTRA_KEY, None) == entry["bbox"]
    is_crowd = fields.pop("iscrowd", 0) == 1 and difficult
    kept = {key: value for key, value in _others(fields, "annotation").items() if is_same_box or key not in _SHAPE_KEYS}
    return {**entry, **_usual_shape(entry["bbox"]), "iscrowd": int(is_crowd), **kept}


def document_entries(own_info: dict[str, Any], foreign: Foreign) -> dict[str, Any]:
    """What a file that is written says about itself."""
    return {"info": own_info, "licenses": [], **_others(fields_of(foreign, _FORMAT), "file")}


def joined(held: Foreign, given: LabelSet) -> LabelSet:
    """Labels whose `foreign` also holds what files brought in before say about themselves.

    Where two files say different things under one key, the earlier one's stays. Licences are joined: one whose number
    another licence has gets the next free number, and the photos under it are told that.
    """
    before, after = fields_of(held, _FORMAT), fields_of(given.foreign, _FORMAT)
    if not after:
        return replace(given, foreign=held)
    licences, numbers = _joined_licences(_entries(before), _entries(after))
    fields = {**after, **before, **({"licenses": licences} if licences else {})}
    together = packed(_FORMAT, fields, limit_bytes=FILE_LIMIT_BYTES)
    if fields_of(together, _FORMAT).keys() != fields.keys():  # too much in all: what is there stays
        return replace(given, foreign=held)
    others = tuple(pair for pair in held if pair[0] != _FORMAT)
    photos = tuple(_licensed(photo, numbers) for photo in given.photos) if numbers else given.photos
    return replace(given, photos=photos, foreign=(*others, *together))


def _joined_licences(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[int, int]]:
    """All licences, each once, and the new numbers of those whose number was taken."""
    licences = list(before)
    taken = {number for entry in (*before, *after) if (number := _number(entry)) is not None}
    fresh = itertools.count(max(taken, default=0) + 1)
    numbers: dict[int, int] = {}
    for entry in after:
        number = _number(entry)
        if entry in licences:
            continue
        if number is None or all(_number(other) != number for other in licences):
            licences.append(entry)
            continue
        same = (_number(other) for other in licences if {**other, "id": number} == entry)
        known = next((other for other in same if other is not None), None)
        numbers[number] = next(fresh) if known is None else known
        if known is None:
            licences.append({**entry, "id": numbers[number]})
    return licences, numbers


def _licensed(photo: LabelledPhoto, numbers: Mapping[int, int]) -> LabelledPhoto:
    fields = fields_of(photo.foreign, _FORMAT)
    licence = fields.get("license")
    if isinstance(licence, bool) or not isinstance(licence, int) or licence not in numbers:
        return photo
    return replace(photo, foreign=packed(_FORMAT, {**fields, "license": numbers[licence]}))


def _entries(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    licences = fields.get("licenses")
    return [entry for entry in licences if isinstance(entry, dict)] if isinstance(licences, list) else []


def _number(entry: Mapping[str, Any]) -> int | None:
    number = entry.get("id")
    return number if isinstance(number, int) and not isinstance(number, bool) else None


def _usual_shape(bbox: list[float]) -> dict[str, Any]:
    return {"area": bbox[2] * bbox[3], "iscrowd": 0, "segmentation": []}


def _others(entry: Mapping[str, Any], kind: str) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in _OWN_KEYS[kind]}


def _without(fields: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """Fields without those that Moltbox writes itself."""
    return {key: value for key, value in fields.items() if key not in usual or value != usual[key]}
