"""The fields of label files that only their format knows, as SQL; the project wraps these in transactions."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import Literal

from engine.dataset.foreign import Foreign

Kind = Literal["file", "class", "photo", "box"]
FILE_ROW = 0
"""The one row of kind `file`: what the files brought in say about themselves."""


def read(connection: sqlite3.Connection, kind: Kind, row_ids: Iterable[int] | None = None) -> dict[int, Foreign]:
    """The fields of the rows of a kind, all or those with some ids; rows without any are left out."""
    columns = "SELECT row_id, format, fields FROM foreign_fields WHERE kind = ?"
    if row_ids is None:
        rows = connection.execute(f"{columns} ORDER BY row_id, format", (kind,))
    else:
        one = f"{columns} AND row_id = ? ORDER BY format"
        rows = (row for row_id in row_ids for row in connection.execute(one, (kind, row_id)))
    found: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for row_id, format_name, fields in rows:
        found[row_id].append((format_name, fields))
    return {row_id: tuple(pairs) for row_id, pairs in found.items()}


def put(connection: sqlite3.Connection, kind: Kind, items: Iterable[tuple[int, Foreign]]) -> None:
    """Gives rows, by id, fields in the place of those of the same format."""
    connection.executemany(
        "INSERT OR REPLACE INTO foreign_fields (kind, row_id, format, fields) VALUES (?, ?, ?, ?)",
        ((kind, row_id, format_name, fields) for row_id, foreign in items for format_name, fields in foreign),
    )


def forget(connection: sqlite3.Connection, kind: Kind, row_ids: Iterable[int]) -> None:
    """Takes all fields from rows, by id."""
    connection.executemany(
        "DELETE FROM foreign_fields WHERE kind = ? AND row_id = ?", ((kind, row_id) for row_id in row_ids)
    )
