"""The project's classes, as SQL; the project wraps these in transactions."""

from __future__ import annotations

import itertools
import json
import sqlite3
from collections.abc import Mapping

from engine.dataset import checks, photo_rows
from engine.dataset.project_records import ClassRow, ClassUse, GoneClass
from engine.errors import LabelFileError, ProjectError

KEYS = "1234567890"
"""The digits that can choose a class, in the order of the keyboard."""

_LISTED = "(SELECT value FROM json_each(?))"


def classes(connection: sqlite3.Connection) -> tuple[ClassRow, ...]:
    """All classes in the order in which they were made."""
    rows = connection.execute("SELECT id, name, key, colour_index FROM class ORDER BY id")
    return tuple(ClassRow(*row) for row in rows)


def find(connection: sqlite3.Connection, name: str) -> ClassRow | None:
    row = connection.execute("SELECT id, name, key, colour_index FROM class WHERE name = ?", (name,)).fetchone()
    return None if row is None else ClassRow(*row)


def find_or_add(connection: sqlite3.Connection, name: str) -> ClassRow:
    """The class of this name; a new one gets the first free colour and, while there is one, the first free digit."""
    clean = fit_name(name)
    known = find(connection, clean)
    if known is not None:
        return known
    taken = {row[0] for row in connection.execute("SELECT key FROM class")}
    key = next((key for key in KEYS if key not in taken), None)
    coloured = {row[0] for row in connection.execute("SELECT colour_index FROM class")}
    colour_index = next(index for index in itertools.count() if index not in coloured)
    added = connection.execute(
        "INSERT INTO class (name, key, colour_index) VALUES (?, ?, ?)", (clean, key, colour_index)
    )
    return ClassRow(int(added.lastrowid or 0), clean, key, colour_index)


def rename(connection: sqlite3.Connection, class_id: int, name: str) -> None:
    clean = fit_name(name)
    taken = find(connection, clean)
    if taken is not None and taken.id != class_id:
        raise ProjectError(f"There is already a class {clean!r}.")
    if connection.execute("UPDATE class SET name = ? WHERE id = ?", (clean, class_id)).rowcount == 0:
        raise _unknown(class_id)


def recolour(connection: sqlite3.Connection, class_id: int, colour_index: int) -> None:
    if colour_index < 0:
        raise ProjectError(f"A class's colour is number {colour_index}; expected 0 or more.")
    changed = connection.execute("UPDATE class SET colour_index = ? WHERE id = ?", (colour_index, class_id))
    if changed.rowcount == 0:
        raise _unknown(class_id)


def set_keys(connection: sqlite3.Connection, keys: Mapping[int, str | None]) -> None:
    """Gives classes their keys; a class that had one of them before and is not named itself has none any more."""
    for key in keys.values():
        if key is not None and (len(key) != 1 or key not in KEYS):
            raise ProjectError(f"The key of a class is {key!r}; expected a digit.")
    given = [key for key in keys.values() if key is not None]
    if len(set(given)) != len(given):
        raise ProjectError("A key is given to two classes; expected one.")
    connection.executemany("UPDATE class SET key = NULL WHERE id = ?", ((class_id,) for class_id in keys))
    connection.executemany("UPDATE class SET key = NULL WHERE key = ?", ((key,) for key in given))
    for class_id, key in keys.items():
        if connection.execute("UPDATE class SET key = ? WHERE id = ?", (key, class_id)).rowcount == 0:
            raise _unknown(class_id)


def use(connection: sqlite3.Connection) -> dict[int, ClassUse]:
    """Where each class is used, every class present."""
    boxes = {
        class_id: (total - rejected, rejected)
        for class_id, total, rejected in connection.execute(
            "SELECT class_id, COUNT(*), SUM(state = 'rejected') FROM box GROUP BY class_id"
        )
    }
    photos = dict(connection.execute("SELECT class_id, COUNT(DISTINCT photo_id) FROM photo_label GROUP BY class_id"))
    return {
        class_id: ClassUse(*boxes.get(class_id, (0, 0)), photos.get(class_id, 0))
        for (class_id,) in connection.execute("SELECT id FROM class")
    }


def merge(connection: sqlite3.Connection, class_id: int, into_id: int, most: int) -> GoneClass:
    """Gives at most so many of a class's boxes and labels to another one; takes the class out with the last of them."""
    if class_id == into_id:
        raise ProjectError("A class cannot be merged into itself.")
    row, number = _whole(connection, class_id)
    _whole(connection, into_id)
    # One statement for all rows each: row by row would take several times as long.
    boxes = connection.execute("SELECT id, photo_id FROM box WHERE class_id = ? LIMIT ?", (class_id, most)).fetchall()
    box_ids = tuple(box_id for box_id, _ in boxes)
    connection.execute(f"UPDATE box SET class_id = ? WHERE id IN {_LISTED}", (into_id, json.dumps(box_ids)))  # noqa: S608
    both = "EXISTS (SELECT 1 FROM photo_label AS other WHERE other.photo_id = photo_label.photo_id"
    both += " AND other.source = photo_label.source AND other.class_id = ?)"
    labels = connection.execute(
        f"SELECT rowid, photo_id, source, {both} FROM photo_label WHERE class_id = ? LIMIT ?",  # noqa: S608
        (into_id, class_id, most - len(boxes)),
    ).fetchall()
    doubled = json.dumps([rowid for rowid, _, _, has_both in labels if has_both])
    connection.execute(f"DELETE FROM photo_label WHERE rowid IN {_LISTED}", (doubled,))  # noqa: S608
    moved = json.dumps([rowid for rowid, _, _, has_both in labels if not has_both])
    connection.execute(f"UPDATE photo_label SET class_id = ? WHERE rowid IN {_LISTED}", (into_id, moved))  # noqa: S608
    labelled = {photo_id for _, photo_id, _, _ in labels}
    photo_rows.renew_labels(connection, labelled)
    is_out = len(boxes) + len(labels) < most
    if is_out:
        connection.execute("DELETE FROM class WHERE id = ?", (class_id,))
    photo_ids = labelled.union(photo_id for _, photo_id in boxes)
    kept = tuple((photo_id, source, bool(has_both)) for _, photo_id, source, has_both in labels)
    return GoneClass(row, number, into_id, box_ids, kept, tuple(sorted(photo_ids)), is_out)


def delete(connection: sqlite3.Connection, class_id: int) -> GoneClass:
    """Takes out a class that no box and no photo has."""
    row, number = _whole(connection, class_id)
    boxes = connection.execute("SELECT 1 FROM box WHERE class_id = ? LIMIT 1", (class_id,)).fetchone()
    photos = connection.execute("SELECT 1 FROM photo_label WHERE class_id = ? LIMIT 1", (class_id,)).fetchone()
    if boxes is not None or photos is not None:
        raise ProjectError(f"The class {row.name!r} is in use; expected one that no box and no photo has.")
    connection.execute("DELETE FROM class WHERE id = ?", (class_id,))
    return GoneClass(row, number)


def restore(connection: sqlite3.Connection, gone: GoneClass) -> None:
    """Brings back a class, and what it had where that is still there."""
    row = gone.row
    if gone.is_out:
        if find(connection, row.name) is not None:
            raise ProjectError(f"There is a class {row.name!r} again; rename that one first.")
        key_is_free = connection.execute("SELECT 1 FROM class WHERE key = ?", (row.key,)).fetchone() is None
        connection.execute(
            "INSERT INTO class (id, name, key, colour_index, number) VALUES (?, ?, ?, ?, ?)",
            (row.id, row.name, row.key if key_is_free else None, row.colour_index, gone.number),
        )
    # The plus keeps SQLite from going through all boxes of the other class for the few that are named.
    connection.execute(
        f"UPDATE box SET class_id = ? WHERE id IN {_LISTED} AND +class_id = ?",  # noqa: S608
        (row.id, json.dumps(gone.box_ids), gone.into_id),
    )
    connection.executemany(
        "DELETE FROM photo_label WHERE photo_id = ? AND source = ? AND class_id = ?",
        ((photo_id, source, gone.into_id) for photo_id, source, had_both in gone.labels if not had_both),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO photo_label (photo_id, class_id, source) VALUES (?, ?, ?)",
        ((photo_id, row.id, source) for photo_id, source, _ in gone.labels),
    )
    photo_rows.renew_labels(connection, {photo_id for photo_id, _, _ in gone.labels})


def _whole(connection: sqlite3.Connection, class_id: int) -> tuple[ClassRow, int | None]:
    """A class and its number in exported files."""
    row = connection.execute("SELECT id, name, key, colour_index, number FROM class WHERE id = ?", (class_id,))
    found = row.fetchone()
    if found is None:
        raise _unknown(class_id)
    return ClassRow(*found[:4]), found[4]


def _unknown(class_id: int) -> ProjectError:
    return ProjectError(f"The project has no class with the number {class_id}.")


def fit_name(name: str) -> str:
    """A class name without the space around it.

    Raises:
        ProjectError: it is empty, or has control characters, which no label file could hold.
    """
    try:
        return checks.class_name(name, source="The class name")
    except LabelFileError as error:
        raise ProjectError(str(error)) from error
