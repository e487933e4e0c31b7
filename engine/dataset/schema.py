"""The project's tables, and the steps that bring an older project's tables up to date."""

from __future__ import annotations

import contextlib
import sqlite3

APPLICATION_ID = 0x4D6F6C74  # "Molt", in the file's header: tells our projects from other SQLite files
SCHEMA_VERSION = 3

# AUTOINCREMENT everywhere a row is known outside: an id is never given twice, so undo, exports and class colours
# keep their meaning after a deletion. `number` is the number in exported files where it is not the id, because the
# photo or class came with a number of its own. No table is WITHOUT ROWID: SQLite 3.40 calls sound ones damaged in its
# quick check.
_TABLES = """
CREATE TABLE class (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    key TEXT UNIQUE,
    colour_index INTEGER NOT NULL,
    number INTEGER UNIQUE
);
CREATE TABLE model (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL UNIQUE,
    metadata TEXT NOT NULL
);
CREATE TABLE photo (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL UNIQUE CHECK (path <> ''),
    sort_key TEXT NOT NULL,
    width INTEGER NOT NULL DEFAULT 0 CHECK (width >= 0),
    height INTEGER NOT NULL DEFAULT 0 CHECK (height >= 0),
    state TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'proposed', 'reviewed', 'skipped', 'failed')),
    reason TEXT,
    size_bytes INTEGER NOT NULL DEFAULT 0,
    mtime_ns INTEGER NOT NULL DEFAULT 0,
    label_class_id INTEGER REFERENCES class (id),
    need REAL NOT NULL DEFAULT 0,
    note TEXT NOT NULL DEFAULT '',
    number INTEGER UNIQUE
);
CREATE INDEX photo_state ON photo (state);
CREATE TABLE photo_label (
    photo_id INTEGER NOT NULL REFERENCES photo (id),
    class_id INTEGER NOT NULL REFERENCES class (id),
    source TEXT NOT NULL,
    PRIMARY KEY (photo_id, source, class_id)
);
CREATE TABLE box (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    photo_id INTEGER NOT NULL REFERENCES photo (id),
    class_id INTEGER NOT NULL REFERENCES class (id),
    x0 REAL NOT NULL,
    y0 REAL NOT NULL,
    x1 REAL NOT NULL CHECK (x1 > x0),
    y1 REAL NOT NULL CHECK (y1 > y0),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'accepted', 'edited', 'drawn', 'rejected')),
    score REAL,
    threshold REAL,
    model_id INTEGER REFERENCES model (id),
    proposed_x0 REAL,
    proposed_y0 REAL,
    proposed_x1 REAL,
    proposed_y1 REAL,
    difficult INTEGER NOT NULL DEFAULT 0,
    truncated INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX box_photo ON box (photo_id);
CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_s REAL NOT NULL,
    photo_id INTEGER,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
);
CREATE TABLE setting (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
"""

# Without these SQLite goes through whole tables to see whether a class is still in use.
_CLASS_INDEXES = """
CREATE INDEX box_class ON box (class_id, state);
CREATE INDEX photo_label_class ON photo_label (class_id, photo_id);
CREATE INDEX photo_class ON photo (label_class_id);
"""

# `fields` is JSON that only the codec of that format understands. A box's fields stay when the box is deleted, so that
# undo, which brings it back under its number, brings them back too.
_FOREIGN_FIELDS = """
CREATE TABLE foreign_fields (
    kind TEXT NOT NULL CHECK (kind IN ('file', 'class', 'photo', 'box')),
    row_id INTEGER NOT NULL,
    format TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (kind, row_id, format)
);
"""

# MIGRATIONS[n] turns the tables of version n into those of n + 1.
MIGRATIONS: dict[int, str] = {1: _CLASS_INDEXES, 2: _FOREIGN_FIELDS}


def create_tables(connection: sqlite3.Connection) -> None:
    """Makes a new project's tables in one transaction."""
    _run(connection, _tables_of(SCHEMA_VERSION), SCHEMA_VERSION)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Brings tables of `version` up to `SCHEMA_VERSION`, one transaction a step."""
    for step in range(version, SCHEMA_VERSION):
        _run(connection, MIGRATIONS[step], step + 1)


def are_known(connection: sqlite3.Connection, version: int) -> bool:
    """Whether a file has the tables and indexes of a version, and nothing else: no other CHECK, default or trigger.

    SQLite would run whatever stands there beside our statements, and reading the file whole runs every CHECK. A file
    that was brought up to date step by step has the very statements of a new one.

    Raises:
        sqlite3.Error: the file cannot be read.
    """
    if version < 1:
        return False
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as sound:
        sound.executescript(_tables_of(version))
        return _structure(connection) == _structure(sound)


def _tables_of(version: int) -> str:
    return _TABLES + "".join(MIGRATIONS[step] for step in range(1, version))


def _structure(connection: sqlite3.Connection) -> list[tuple[bytes, ...]]:
    # As bytes, for a damaged file may hold anything; how lines are broken means nothing.
    columns = ", ".join(f"CAST({column} AS BLOB)" for column in ("type", "name", "tbl_name", "sql"))
    rows = connection.execute(f"SELECT {columns} FROM sqlite_master")  # noqa: S608
    return sorted(tuple(b" ".join((value or b"").split()) for value in row) for row in rows)


def _run(connection: sqlite3.Connection, statements: str, version: int) -> None:
    try:
        connection.executescript(
            f"BEGIN IMMEDIATE;\n{statements}\n"
            f"PRAGMA application_id = {APPLICATION_ID};\nPRAGMA user_version = {version};\nCOMMIT;"
        )
    except sqlite3.Error:
        if connection.in_transaction:
            connection.rollback()
        raise
