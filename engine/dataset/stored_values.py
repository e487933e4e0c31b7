"""Whether a project's rows hold what Moltbox reads from them: SQLite's columns take values of any type.

A value of another type, or an endless number, is damage, or was put there to bring a program down that trusts it.
"""

from __future__ import annotations

import sqlite3

_LARGEST_SIDE = 2**31 - 1
_FURTHEST_PX = 1e9
_LAST_S = 253_402_300_800  # the end of the year 9999: no calendar goes on from there


def _text(column: str) -> str:
    return f"typeof({column}) = 'text'"


def _line(column: str) -> str:
    """Text that the system takes for a name: it ends at the first zero byte there."""
    return f"{_text(column)} AND instr({column}, char(0)) = 0"


def _whole(column: str, least: int = -(2**63), most: int = 2**63 - 1) -> str:
    bounds = "" if least == -(2**63) and most == 2**63 - 1 else f" AND {column} BETWEEN {least} AND {most}"
    return f"typeof({column}) = 'integer'{bounds}"


def _real(column: str, least: float = -1e308, most: float = 1e308) -> str:
    """A finite number; text and bytes are larger than any. NULL passes; the quick check refuses it where it must."""
    return f"{column} BETWEEN {least!r} AND {most!r}"


def _maybe(column: str, condition: str) -> str:
    return f"{column} IS NULL OR {condition}"


def _proposed(low: str, high: str) -> str:
    """Where the first coordinate is NULL none is read."""
    ends = (
        f"proposed_{low} >= -{_FURTHEST_PX} AND proposed_{high} > proposed_{low} AND proposed_{high} <= {_FURTHEST_PX}"
    )
    return f"proposed_x0 IS NULL OR ({ends}) IS TRUE"


# What has to be true of each column that is read, by table. What stands in `foreign_fields` is looked at where it is
# used (see `foreign.fields_of`); columns that a CHECK compares with words need no other test.
_EXPECTED: dict[str, dict[str, str]] = {
    "class": {
        "name": _line("name"),
        "key": _maybe("key", f"{_text('key')} AND key GLOB '[0-9]'"),
        "colour_index": _whole("colour_index", 0, 2**31 - 1),
        "number": _maybe("number", _whole("number")),
    },
    "model": {"name": _text("name"), "sha256": _text("sha256"), "metadata": _text("metadata")},
    "photo": {
        "path": _line("path"),
        "sort_key": _text("sort_key"),
        "width": _whole("width", 0, _LARGEST_SIDE),
        "height": _whole("height", 0, _LARGEST_SIDE),
        "reason": _maybe("reason", _text("reason")),
        "size_bytes": _whole("size_bytes"),
        "mtime_ns": _whole("mtime_ns"),
        "label_class_id": _maybe("label_class_id", _whole("label_class_id")),
        "need": _real("need"),
        "note": _text("note"),
        "number": _maybe("number", _whole("number")),
    },
    "photo_label": {
        "photo_id": _whole("photo_id"),
        "class_id": _whole("class_id"),
        "source": "source IN ('person', 'table', 'folder')",
    },
    "box": {
        "photo_id": _whole("photo_id"),
        "class_id": _whole("class_id"),
        # The quick check has found x0 < x1 and y0 < y1: with the outer ends numbers, all are.
        "x0": f"x0 >= -{_FURTHEST_PX}",
        "y0": f"y0 >= -{_FURTHEST_PX}",
        "x1": f"x1 <= {_FURTHEST_PX}",
        "y1": f"y1 <= {_FURTHEST_PX}",
        "score": _real("score"),
        "threshold": _real("threshold"),
        "model_id": _maybe("model_id", _whole("model_id")),
        "proposed_x0": _proposed("x0", "x1"),
        "proposed_y0": _proposed("y0", "y1"),
        "difficult": "difficult BETWEEN 0 AND 1",
        "truncated": "truncated BETWEEN 0 AND 1",
    },
    "event": {
        "at_s": _real("at_s", 0.0, float(_LAST_S)),
        "photo_id": _maybe("photo_id", _whole("photo_id")),
        "kind": _text("kind"),
        "payload": _text("payload"),
    },
    "setting": {"key": _text("key"), "value": _text("value")},
}


def _query(table: str, expected: dict[str, str]) -> str:
    """The first column of a table in which a row holds something else."""
    tests = " ".join(f"WHEN NOT ({condition}) THEN '{column}'" for column, condition in expected.items())
    # Columns of an index may say something else in a damaged file.
    return f"SELECT CASE {tests} END AS wrong FROM {table} NOT INDEXED WHERE wrong IS NOT NULL LIMIT 1"  # noqa: S608


_QUERIES = {table: _query(table, expected) for table, expected in _EXPECTED.items()}


def misfit(connection: sqlite3.Connection) -> tuple[str, str] | None:
    """Table and column of the first value that Moltbox would not have stored there, or None.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    for table, query in _QUERIES.items():
        row = connection.execute(query).fetchone()
        if row is not None:
            return table, row[0]
    return None
