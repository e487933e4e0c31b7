"""Evidence of the photos looked at, and what labels stand for, in a file of its own beside the project.

Both can be made again by looking again, so this file is a cache: it is left out of the backups, a damaged one is
thrown away, and evidence of a photo that has changed since is not given out.
"""

from __future__ import annotations

import contextlib
import json
import math
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from engine.dataset.project_file import file_uri

EVIDENCE_FILE = "evidence.sqlite"
_READ_TOGETHER = 1000

_TABLE = """CREATE TABLE IF NOT EXISTS evidence (
    photo_id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    data BLOB NOT NULL
)"""
_ANCHORS_TABLE = """CREATE TABLE IF NOT EXISTS anchors (
    model_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    weights TEXT NOT NULL,
    PRIMARY KEY (model_id, label)
)"""
_THRESHOLDS_TABLE = """CREATE TABLE IF NOT EXISTS thresholds (
    photo_id INTEGER NOT NULL,
    label TEXT NOT NULL,
    model_id INTEGER NOT NULL,
    weights TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (photo_id, label)
)"""

Weights = tuple[tuple[int, float], ...]
"""Classes of a model, each with its weight: `((class index, weight), ...)`."""


class StoredEvidence(NamedTuple):
    """Evidence with the size and time of the photo that it was made from."""

    photo_id: int
    model_id: int
    size_bytes: int
    mtime_ns: int
    data: bytes


class StoredThresholds(NamedTuple):
    """What a label's map answers at every threshold, with the classes that placed it and the photo it was made from."""

    photo_id: int
    label: str
    model_id: int
    weights: Weights
    size_bytes: int
    mtime_ns: int
    data: bytes


class EvidenceStore:
    """The evidence file of one project; used from the thread that opened it."""

    def __init__(self, home: Path, *, read_only: bool, write_ahead: bool) -> None:
        self._path = home / EVIDENCE_FILE
        self._connection = self._open_existing() if read_only else self._open_or_make(write_ahead)

    def put(self, items: Iterable[StoredEvidence]) -> None:
        """Stores evidence in one transaction, in the place of what there was for the same photos.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        with self._writing() as cursor:
            cursor.executemany("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?)", items)

    def get(self, photo_id: int) -> StoredEvidence | None:
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT * FROM evidence WHERE photo_id = ?", (photo_id,)).fetchone()
        except sqlite3.DatabaseError:
            return None
        return None if row is None else StoredEvidence(*row)

    def maker(self, photo_id: int) -> int | None:
        """Number of the model that a photo's evidence is of; None where there is none."""
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT model_id FROM evidence WHERE photo_id = ?", (photo_id,)).fetchone()
        except sqlite3.DatabaseError:
            return None
        return None if row is None else int(row[0])

    def photo_ids(self) -> frozenset[int]:
        """Photos that have evidence, whether or not they have changed since."""
        if self._connection is None:
            return frozenset()
        try:
            return frozenset(row[0] for row in self._connection.execute("SELECT photo_id FROM evidence"))
        except sqlite3.DatabaseError:
            return frozenset()

    def put_thresholds(self, items: Iterable[StoredThresholds]) -> None:
        """Stores what maps answer at every threshold, in the place of what there was for the same photos and labels.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        rows = [(*item[:3], json.dumps(item.weights), *item[4:]) for item in items]
        self._replace("thresholds", _THRESHOLDS_TABLE, rows)

    def thresholds(self, model_id: int) -> Iterator[StoredThresholds]:
        """All that is stored with a model, by photo, some read at a time; damaged rows are left out."""
        last: tuple[int, str] = (0, "")
        while self._connection is not None:
            try:
                rows = self._connection.execute(
                    "SELECT * FROM thresholds WHERE model_id = ? AND (photo_id, label) > (?, ?) "
                    "ORDER BY photo_id, label LIMIT ?",
                    (model_id, *last, _READ_TOGETHER),
                ).fetchall()
            except sqlite3.DatabaseError:
                return
            for photo_id, label, model, text, size_bytes, mtime_ns, data in rows:
                weights = _weights(text)
                if weights is not None and isinstance(data, bytes):
                    yield StoredThresholds(photo_id, label, model, weights, size_bytes, mtime_ns, data)
            if len(rows) < _READ_TOGETHER:
                return
            last = rows[-1][:2]

    def put_anchors(self, model_id: int, anchors: Mapping[str, Weights]) -> None:
        """Stores the classes of a model that stand for labels; a table that is not ours is made again.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        rows = [(model_id, label, json.dumps(weights)) for label, weights in anchors.items()]
        self._replace("anchors", _ANCHORS_TABLE, rows)

    def anchors(self, model_id: int) -> dict[str, Weights]:
        """The classes that stand for each label with this model; damaged rows are left out."""
        if self._connection is None:
            return {}
        try:
            rows = self._connection.execute("SELECT label, weights FROM anchors WHERE model_id = ?", (model_id,))
            return {str(label): weights for label, text in rows if (weights := _weights(text)) is not None}
        except sqlite3.DatabaseError:
            return {}

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Cursor]:
        """One transaction; nothing of it is kept when the block raises."""
        if self._connection is None:
            raise sqlite3.OperationalError(f"{self._path} cannot be written")
        with contextlib.closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def _replace(self, table: str, made_by: str, rows: Sequence[tuple[object, ...]]) -> None:
        """Puts rows into a table of ours, in the place of those with the same key; another's table is made again."""
        if not rows:
            return
        statement = f"INSERT OR REPLACE INTO {table} VALUES ({', '.join('?' * len(rows[0]))})"  # noqa: S608
        try:
            with self._writing() as cursor:
                cursor.executemany(statement, rows)
        except sqlite3.Error:
            with self._writing() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
                cursor.execute(made_by)
                cursor.executemany(statement, rows)

    def _open_existing(self) -> sqlite3.Connection | None:
        if not self._path.exists():
            return None
        try:
            return sqlite3.connect(f"{file_uri(self._path)}?mode=ro", uri=True, isolation_level=None)
        except sqlite3.Error:
            return None

    def _open_or_make(self, write_ahead: bool) -> sqlite3.Connection | None:
        with contextlib.suppress(sqlite3.Error):
            return self._make(write_ahead)
        with contextlib.suppress(sqlite3.Error, OSError):
            for suffix in ("", "-wal", "-shm", "-journal"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return self._make(write_ahead)
        return None

    def _make(self, write_ahead: bool) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=10.0, isolation_level=None)
        try:
            connection.execute(f"PRAGMA journal_mode = {'WAL' if write_ahead else 'DELETE'}")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(_TABLE)
            connection.execute(_ANCHORS_TABLE)
            connection.execute(_THRESHOLDS_TABLE)
        except BaseException:
            connection.close()
            raise
        return connection


@lru_cache(maxsize=1024)
def _weights(text: object) -> Weights | None:
    """Weights as they were stored, None where the text is something else; there are few of them, for many photos."""
    try:
        pairs = json.loads(text) if isinstance(text, str) else None
        weights = tuple((int(index), float(weight)) for index, weight in pairs or ())
    except (ValueError, TypeError):
        return None
    sound = all(index >= 0 and 0 < weight < math.inf for index, weight in weights)
    return weights if weights and sound else None
