"""The project's boxes, as SQL; the project wraps these in transactions."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from operator import itemgetter

from engine.dataset.project_records import BoxFacts, BoxRow, BoxState, PhotoContent, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box

_FIELDS = (
    "class_id",
    "x0",
    "y0",
    "x1",
    "y1",
    "state",
    "score",
    "threshold",
    "model_id",
    "proposed_x0",
    "proposed_y0",
    "proposed_x1",
    "proposed_y1",
    "difficult",
    "truncated",
)
COLUMNS = f"id, {', '.join(_FIELDS)}"
_BOX_COLUMNS = ", ".join(f"box.{column}" for column in ("id", *_FIELDS))
_INSERT = f"INSERT INTO box (id, photo_id, {', '.join(_FIELDS)}) VALUES ({', '.join('?' * (len(_FIELDS) + 2))})"  # noqa: S608
_UPDATE = f"UPDATE box SET {', '.join(f'{field} = ?' for field in _FIELDS)} WHERE id = ?"  # noqa: S608
_STATES = {state.value: state for state in BoxState}


def boxes(connection: sqlite3.Connection, photo_id: int) -> tuple[BoxRow, ...]:
    """A photo's boxes in the order in which they were made."""
    rows = connection.execute(f"SELECT {COLUMNS} FROM box WHERE photo_id = ? ORDER BY id", (photo_id,))  # noqa: S608
    return tuple(box_of(row) for row in rows)


def box_of(row: tuple) -> BoxRow:
    """A box from the values of `COLUMNS`."""
    return BoxRow(
        id=row[0],
        class_id=row[1],
        box=Box(*row[2:6]),
        state=_STATES[row[6]],
        score=row[7],
        threshold=row[8],
        model_id=row[9],
        proposed=None if row[10] is None else Box(*row[10:14]),
        difficult=bool(row[14]),
        truncated=bool(row[15]),
    )


def content(connection: sqlite3.Connection, photo_id: int) -> PhotoContent:
    row = connection.execute("SELECT state FROM photo WHERE id = ?", (photo_id,)).fetchone()
    if row is None:
        raise ProjectError(f"The project has no photo with the number {photo_id}.")
    return PhotoContent(photo_id=photo_id, state=PhotoState(row[0]), boxes=boxes(connection, photo_id))


def contents(connection: sqlite3.Connection, state: PhotoState, after_id: int, count: int) -> Iterator[PhotoContent]:
    """The contents of the next photos in a state, by number, from one query."""
    which = "photo.id IN (SELECT id FROM photo WHERE state = ? AND id > ? ORDER BY id LIMIT ?)"
    yield from _contents(connection, which, state.value, after_id, count)


def contents_of(connection: sqlite3.Connection, photo_ids: Collection[int]) -> Iterator[PhotoContent]:
    """The contents of some photos, by number, from one query; numbers of no photo are left out."""
    yield from _contents(connection, "photo.id IN (SELECT value FROM json_each(?))", json.dumps(list(photo_ids)))


def _contents(connection: sqlite3.Connection, which: str, *values: str | int) -> Iterator[PhotoContent]:
    rows = connection.execute(
        f"SELECT photo.id, photo.state, {_BOX_COLUMNS} FROM photo LEFT JOIN box ON box.photo_id = photo.id "  # noqa: S608
        f"WHERE {which} ORDER BY photo.id, box.id",
        values,
    )
    for (photo_id, state), group in itertools.groupby(rows, key=itemgetter(0, 1)):
        found = tuple(box_of(row[2:]) for row in group if row[2] is not None)
        yield PhotoContent(photo_id, PhotoState(state), found)


def photos_with_box(connection: sqlite3.Connection, class_id: int) -> frozenset[int]:
    rows = connection.execute("SELECT photo_id FROM box WHERE class_id = ? AND state <> 'rejected'", (class_id,))
    return frozenset(row[0] for row in rows)


def decided(connection: sqlite3.Connection) -> Iterator[BoxRow]:
    """The boxes that a person has decided on, by number."""
    for row in connection.execute(f"SELECT {COLUMNS} FROM box WHERE state <> 'proposed' ORDER BY id"):  # noqa: S608
        yield box_of(row)


def facts(connection: sqlite3.Connection) -> dict[int, BoxFacts]:
    """Every photo's boxes in short, by photo; photos without a box are left out."""
    rows = connection.execute(
        "SELECT photo_id, SUM(state <> 'rejected'), MIN(CASE WHEN state = 'proposed' THEN score END), "
        "GROUP_CONCAT(DISTINCT CASE WHEN state <> 'rejected' THEN class_id END) FROM box GROUP BY photo_id"
    )
    found = {}
    for photo_id, count, score, classes in rows:
        class_ids = frozenset(int(each) for each in classes.split(",")) if classes else frozenset()
        found[photo_id] = BoxFacts(count, score, class_ids)
    return found


def swap(connection: sqlite3.Connection, photo_id: int, before: Iterable[BoxRow], after: Iterable[BoxRow]) -> None:
    """Turns a photo's stored boxes `before` into `after`; rows that stay the same are not written."""
    known = {row.id: row for row in before}
    kept: set[int] = set()
    for row in after:
        if row.id in kept:
            raise ProjectError(f"The box with the number {row.id} is given twice.")
        if row.id:
            kept.add(row.id)
        if row.id in known:
            if row != known[row.id]:
                connection.execute(_UPDATE, (*_values(row), row.id))
        else:
            _insert(connection, photo_id, row)
    connection.executemany("DELETE FROM box WHERE id = ?", ((box_id,) for box_id in known if box_id not in kept))


def as_json(row: BoxRow) -> dict[str, object]:
    """A box as plain JSON values, for the history."""
    return {"id": row.id, **dict(zip(_FIELDS, _values(row), strict=True))}


def _insert(connection: sqlite3.Connection, photo_id: int, row: BoxRow) -> None:
    if row.id and connection.execute("SELECT 1 FROM box WHERE id = ?", (row.id,)).fetchone() is not None:
        raise ProjectError(f"The box with the number {row.id} belongs to another photo.")
    connection.execute(_INSERT, (row.id or None, photo_id, *_values(row)))


def _values(row: BoxRow) -> tuple[object, ...]:
    proposed = (None,) * 4 if row.proposed is None else row.proposed.as_tuple()
    return (
        row.class_id,
        *row.box.as_tuple(),
        row.state.value,
        row.score,
        row.threshold,
        row.model_id,
        *proposed,
        int(row.difficult),
        int(row.truncated),
    )
