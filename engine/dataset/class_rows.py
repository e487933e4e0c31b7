"""The project's classes, as SQL; the project wraps these in transactions."""

from __future__ import annotations

import sqlite3

from engine.dataset import checks
from engine.dataset.project_records import ClassRow
from engine.errors import LabelFileError, ProjectError

_KEYS = "123456789"


def classes(connection: sqlite3.Connection) -> tuple[ClassRow, ...]:
    """All classes in the order in which they were made."""
    rows = connection.execute("SELECT id, name, key, colour_index FROM class ORDER BY id")
    return tuple(ClassRow(*row) for row in rows)


def find(connection: sqlite3.Connection, name: str) -> ClassRow | None:
    row = connection.execute("SELECT id, name, key, colour_index FROM class WHERE name = ?", (name,)).fetchone()
    return None if row is None else ClassRow(*row)


def find_or_add(connection: sqlite3.Connection, name: str) -> ClassRow:
    """The class of this name; a new one gets the next colour and, while there is one, the next free digit."""
    clean = fit_name(name)
    known = find(connection, clean)
    if known is not None:
        return known
    taken = {row[0] for row in connection.execute("SELECT key FROM class")}
    key = next((key for key in _KEYS if key not in taken), None)
    colour_index = int(connection.execute("SELECT COUNT(*) FROM class").fetchone()[0])
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
        raise ProjectError(f"The project has no class with the number {class_id}.")


def set_key(connection: sqlite3.Connection, class_id: int, key: str | None) -> None:
    connection.execute("UPDATE class SET key = NULL WHERE key = ?", (key,))
    if connection.execute("UPDATE class SET key = ? WHERE id = ?", (key, class_id)).rowcount == 0:
        raise ProjectError(f"The project has no class with the number {class_id}.")


def fit_name(name: str) -> str:
    """A class name without the space around it.

    Raises:
        ProjectError: it is empty, or has control characters, which no label file could hold.
    """
    try:
        return checks.class_name(name, source="The class name")
    except LabelFileError as error:
        raise ProjectError(str(error)) from error
