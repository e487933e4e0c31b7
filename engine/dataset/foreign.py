"""What label files say that Moltbox has no field for: kept as JSON, so that the next file of that format says it again.

A file may be hostile: fields are bounded in size and depth, and what no file could hold is not kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Foreign = tuple[tuple[str, str], ...]
"""Pairs of a format's name (`coco`, `voc`) and its fields as a JSON object; one pair a format."""

ENTRY_LIMIT_BYTES = 256 * 1024
"""Of one photo's, box's or class's fields."""
FILE_LIMIT_BYTES = 2 * 1024 * 1024
"""Of what a file says about itself, such as its licences."""
DEPTH_LIMIT = 32


def packed(format_name: str, fields: Mapping[str, Any], *, limit_bytes: int = ENTRY_LIMIT_BYTES) -> Foreign:
    """Fields as they are kept: in their order, up to `limit_bytes`; empty where there is nothing to keep.

    A field that is too large, too deep, or holds what a file cannot (broken letters, endless numbers) is left out.
    """
    kept: dict[str, Any] = {}
    room_bytes = limit_bytes
    for key, value in fields.items():
        size_bytes = _size_bytes(key, value)
        if size_bytes is not None and size_bytes <= room_bytes:
            kept[key] = value
            room_bytes -= size_bytes
    return ((format_name, _text(kept)),) if kept else ()


def fields_of(foreign: Foreign, format_name: str) -> dict[str, Any]:
    """The fields kept for a format; empty where there are none, or where a project holds what `packed` never gave."""
    text = dict(foreign).get(format_name)
    if not text:
        return {}
    try:
        fields = json.loads(text)
        _text(fields).encode("utf-8")  # endless numbers and broken letters fit in no label file
    except (ValueError, TypeError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _size_bytes(key: str, value: object) -> int | None:
    """The size of a field as it is kept, or None where it cannot be."""
    if not _is_shallow(value):
        return None
    try:
        return len(_text({key: value}).encode("utf-8"))
    except ValueError:  # UnicodeEncodeError is one
        return None


def _is_shallow(value: object) -> bool:
    level: list[object] = [value]
    for _ in range(DEPTH_LIMIT):
        level = [inner for each in level for inner in _inside(each)]
        if not level:
            return True
    return False


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _text(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
