"""The project's photos and the labels given to them as a whole, as SQL; the project wraps these in transactions."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator

from engine.dataset.files import relative_name
from engine.dataset.project_records import FoundPhoto, PhotoRow, PhotoState
from engine.errors import LabelFileError, ProjectError

_COLUMNS = "id, path, width, height, state, reason, size_bytes, mtime_ns, label_class_id, need, note"
_STATES = {state.value: state for state in PhotoState}
_DIGITS = re.compile(r"(\d+)")

# The word that counts where labels from several sources disagree: the first of these.
LABEL_SOURCES = ("person", "table", "folder")


def sort_key(path: str) -> str:
    """Text whose plain order is the natural order of paths as a folder scan finds them.

    `photo2` comes before `photo10`, case does not count, and a folder's own photos come before its sub-folders.
    Kept in the file so that a list of 100,000 photos is ordered by SQLite alone.
    """
    *folders, name = path.casefold().split("/")
    marked = [("\x02", folder) for folder in folders] + [("\x01", name)]
    return "".join(mark + "".join(_part_key(part) for part in _DIGITS.split(text) if part) for mark, text in marked)


def add_photos(
    connection: sqlite3.Connection, found: Iterable[FoundPhoto], on_refused: Callable[[str], None] | None
) -> int:
    """Adds photos that are not known yet and notes size and time of those that are; returns how many are new."""
    last_id = connection.execute("SELECT COALESCE(MAX(id), 0) FROM photo").fetchone()[0]
    connection.executemany(
        """INSERT INTO photo (path, sort_key, size_bytes, mtime_ns) VALUES (?, ?, ?, ?)
        ON CONFLICT (path) DO UPDATE SET
            size_bytes = excluded.size_bytes,
            mtime_ns = excluded.mtime_ns,
            state = CASE state WHEN 'failed' THEN 'new' ELSE state END,
            reason = CASE state WHEN 'failed' THEN NULL ELSE reason END
        WHERE size_bytes <> excluded.size_bytes OR mtime_ns <> excluded.mtime_ns""",
        (
            (photo.path, sort_key(photo.path), photo.size_bytes, photo.mtime_ns)
            for photo in found
            if _is_storable(photo.path, on_refused)
        ),
    )
    return int(connection.execute("SELECT COUNT(*) FROM photo WHERE id > ?", (last_id,)).fetchone()[0])


def photos(connection: sqlite3.Connection, after_id: int = 0) -> list[PhotoRow]:
    # The plus keeps SQLite from walking the whole index of sort keys for the few rows at the end.
    order = "+sort_key, path" if after_id else "sort_key, path"
    rows = connection.execute(f"SELECT {_COLUMNS} FROM photo WHERE id > ? ORDER BY {order}", (after_id,))  # noqa: S608
    return [_photo(row) for row in rows]


def photo(connection: sqlite3.Connection, photo_id: int) -> PhotoRow:
    row = connection.execute(f"SELECT {_COLUMNS} FROM photo WHERE id = ?", (photo_id,)).fetchone()  # noqa: S608
    if row is None:
        raise ProjectError(f"The project has no photo with the number {photo_id}.")
    return _photo(row)


def photos_of(connection: sqlite3.Connection, photo_ids: Collection[int]) -> list[PhotoRow]:
    """Some photos by number; numbers of no photo are left out."""
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM photo WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",  # noqa: S608
        (json.dumps(list(photo_ids)),),
    )
    return [_photo(row) for row in rows]


def first_photo_id(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT id FROM photo ORDER BY sort_key, path LIMIT 1").fetchone()
    if row is None:
        raise ProjectError("The project has no photo.")
    return int(row[0])


def file_facts(connection: sqlite3.Connection) -> Iterator[tuple[int, int, int]]:
    """Id, size in bytes and time of change of every photo's file."""
    return connection.execute("SELECT id, size_bytes, mtime_ns FROM photo")


def photo_id_of(connection: sqlite3.Connection, path: str) -> int | None:
    row = connection.execute("SELECT id FROM photo WHERE path = ?", (path,)).fetchone()
    return None if row is None else int(row[0])


def update(connection: sqlite3.Connection, photo_id: int, **values: object) -> None:
    """Sets columns of one photo; the names come from code, never from a file."""
    assignments = ", ".join(f"{column} = ?" for column in values)
    changed = connection.execute(
        f"UPDATE photo SET {assignments} WHERE id = ?",  # noqa: S608
        (*values.values(), photo_id),
    )
    if changed.rowcount == 0:
        raise ProjectError(f"The project has no photo with the number {photo_id}.")


def set_labels(connection: sqlite3.Connection, photo_id: int, class_ids: Iterable[int], source: str) -> None:
    """Replaces what one source says about a photo, and works out the label that counts."""
    if source not in LABEL_SOURCES:
        raise ProjectError(f"A label's source is {source!r}; expected one of {', '.join(LABEL_SOURCES)}.")
    connection.execute("DELETE FROM photo_label WHERE photo_id = ? AND source = ?", (photo_id, source))
    connection.executemany(
        "INSERT OR IGNORE INTO photo_label (photo_id, class_id, source) VALUES (?, ?, ?)",
        ((photo_id, class_id, source) for class_id in class_ids),
    )
    renew_label(connection, photo_id)


def renew_label(connection: sqlite3.Connection, photo_id: int) -> None:
    """Works out anew which of a photo's labels counts."""
    given = labels(connection, photo_id)
    update(connection, photo_id, label_class_id=given[0][0] if given else None)


def renew_labels(connection: sqlite3.Connection, photo_ids: Iterable[int]) -> None:
    """`renew_label` of many photos, in one statement."""
    ranks = " ".join(f"WHEN '{source}' THEN {rank}" for rank, source in enumerate(LABEL_SOURCES))
    counts = f"SELECT class_id FROM photo_label WHERE photo_id = photo.id ORDER BY CASE source {ranks} END, class_id"  # noqa: S608
    connection.execute(
        f"UPDATE photo SET label_class_id = ({counts} LIMIT 1) WHERE id IN (SELECT value FROM json_each(?))",  # noqa: S608
        (json.dumps(list(photo_ids)),),
    )


def labels(connection: sqlite3.Connection, photo_id: int) -> tuple[tuple[int, str], ...]:
    rows = connection.execute("SELECT class_id, source FROM photo_label WHERE photo_id = ?", (photo_id,)).fetchall()
    return tuple(sorted(rows, key=lambda row: (LABEL_SOURCES.index(row[1]), row[0])))


def counts(connection: sqlite3.Connection) -> dict[PhotoState, int]:
    """Photos in each state, every state present."""
    found = dict(connection.execute("SELECT state, COUNT(*) FROM photo GROUP BY state").fetchall())
    return {state: int(found.get(state.value, 0)) for state in PhotoState}


def _photo(row: tuple) -> PhotoRow:
    photo_id, path, width, height, state, reason, size_bytes, mtime_ns, label_class_id, need, note = row
    return PhotoRow(
        photo_id, path, width, height, _STATES[state], reason, size_bytes, mtime_ns, label_class_id, need, note
    )


def _part_key(part: str) -> str:
    # A number is told by its length first, so that plain text order is the order of values.
    if not part.isdecimal():
        return "\x04" + part
    digits = str(int(part))
    return f"\x03{len(digits):03d}{digits}"


def _is_storable(path: str, on_refused: Callable[[str], None] | None) -> bool:
    try:
        path.encode("utf-8")  # a name in no known encoding can stand in no label file either
        fits = relative_name(path, source="A photo's path") == path
    except (UnicodeEncodeError, LabelFileError):
        fits = False
    if not fits and on_refused is not None:
        on_refused(path)
    return fits
