"""What VOC files say that Moltbox has no field for: taken from what is read, put into what is written."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from copy import copy
from typing import Any
from xml.etree import ElementTree

from defusedxml import ElementTree as SafeElementTree

from engine.dataset.foreign import DEPTH_LIMIT, ENTRY_LIMIT_BYTES, Foreign, fields_of, packed
from engine.geometry import Box

MARK = "moltbox"
"""The attribute of `<annotation>` that tells our files and their dialect."""
IN_STEP_MARK = "moltbox-in-step"
"""The attribute of `<annotation>` of those of our files that follow a photo's decisions."""

Element = ElementTree.Element

_FORMAT = "voc"
_OWN_IN_ANNOTATION = frozenset({"filename", "size", "object"})
_OWN_IN_OBJECT = frozenset({"name", "truncated", "difficult", "bndbox"})
_OWN_ATTRIBUTES = frozenset({"verified", MARK, IN_STEP_MARK})
# True of the very box that was read, and of no other.
_SHAPES = frozenset({"part", "polygon", "segm", "mask"})
_MOST_ELEMENTS = ENTRY_LIMIT_BYTES // len('{"0":"<a />"}')
"""Of one entry: more of even the shortest have no room among the fields that are kept."""
_USUAL = {"pose": "Unspecified", "segmented": "0"}


def of_annotation(root: Element, *, is_ours: bool) -> Foreign:
    """The fields of a photo's file; of a file of ours, only those that it was given by another one."""
    elements = _others(root, _OWN_IN_ANNOTATION)
    if is_ours and root.findtext("source/database") == "Moltbox":
        elements = [child for child in elements if child.tag not in ("source", "folder")]
    attributes = {name: value for name, value in root.attrib.items() if name not in _OWN_ATTRIBUTES}
    depth = (root.findtext("size/depth") or "3").strip()
    fields: dict[str, Any] = _texts(elements)
    if attributes:
        fields["attributes"] = attributes
    if depth != "3":
        fields["depth"] = depth
    return packed(_FORMAT, fields)


def of_object(entry: Element, box: Box) -> Foreign:
    """The fields of an object with its box; shapes hold for that box."""
    fields = _texts(_others(entry, _OWN_IN_OBJECT))
    return packed(_FORMAT, {"box": list(box.as_tuple()), **fields}) if fields else ()


def put_into_annotation(root: Element, foreign: Foreign) -> None:
    """Puts a photo's fields among ours: in the place of an element of ours of the same name, else behind."""
    fields = _sound_fields(foreign)
    for name, value in fields.get("attributes", {}).items():
        root.attrib.setdefault(name, value)
    depth = root.find("size/depth")
    if depth is not None:
        depth.text = fields.get("depth", depth.text)
    _put(root, _parsed(fields))


def put_into_object(entry: Element, foreign: Foreign, box: Box) -> None:
    """Puts a box's fields among ours; those of its shape only where it is the box that they are of."""
    fields = _sound_fields(foreign)
    is_same_box = fields.get("box") == list(box.as_tuple())
    _put(entry, (child for child in _parsed(fields) if is_same_box or child.tag not in _SHAPES))


def _sound_fields(foreign: Foreign) -> dict[str, Any]:
    """The fields kept for a photo or box; empty where a project holds what is no part of an XML file."""
    fields = fields_of(foreign, _FORMAT)
    try:
        written = ElementTree.Element(MARK, fields.get("attributes", {}))
        written.text = fields.get("depth")
        written.extend(_parsed(fields))
        SafeElementTree.fromstring(ElementTree.tostring(written, encoding="unicode"))
    except (ElementTree.ParseError, ValueError, TypeError, RecursionError):  # what defusedxml refuses is a ValueError
        return {}
    return fields


def _put(parent: Element, children: Iterable[Element]) -> None:
    own = {child.tag: child for child in parent}
    for child in children:
        ours = own.pop(child.tag, None)
        if ours is None:
            parent.append(child)
        else:
            place = list(parent).index(ours)
            parent[place] = child


def _others(parent: Element, own: frozenset[str]) -> list[Element]:
    return [child for child in parent if isinstance(child.tag, str) and child.tag not in own and not _is_usual(child)]


def _is_usual(child: Element) -> bool:
    """Whether it is an element just as Moltbox writes it."""
    return not len(child) and not child.attrib and (child.text or "").strip() == _USUAL.get(child.tag)


def _texts(elements: Iterable[Element]) -> dict[str, Any]:
    """Elements as they are kept, by place: each a field of its own, so that one too large costs no other."""
    some = itertools.islice(elements, _MOST_ELEMENTS)
    return {str(place): _text(child) for place, child in enumerate(some) if _is_shallow(child)}


def _text(element: Element) -> str:
    alone = copy(element)
    alone.tail = None
    return ElementTree.tostring(alone, encoding="unicode")


def _parsed(fields: dict[str, Any]) -> list[Element]:
    return [SafeElementTree.fromstring(text) for key, text in fields.items() if key.isdecimal()]


def _is_shallow(element: Element) -> bool:
    level = [element]
    for _ in range(DEPTH_LIMIT):
        level = [child for each in level for child in each]
        if not level:
            return True
    return False
