"""Evidence of the photos looked at, in a file of its own beside the project.

Evidence can be made again by looking again, so this file is a cache: it is left out of the backups, a damaged one is
thrown away, and evidence of a photo that has changed since is not given out.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from engine.dataset.project_file import file_uri

EVIDENCE_FILE = "evidence.sqlite"

_TABLE = """CREATE TABLE IF NOT EXISTS evidence (
    photo_id INTEGER PRIMARY KEY,
    model_id INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    data BLOB NOT NULL
)"""


class StoredEvidence(NamedTuple):
    """Evidence with the size and time of the photo that it was made from."""

    photo_id: int
    model_id: int
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
        if self._connection is None:
            raise sqlite3.OperationalError(f"{self._path} cannot be written")
        with contextlib.closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.executemany("INSERT OR REPLACE INTO evidence VALUES (?, ?, ?, ?, ?)", items)
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")

    def get(self, photo_id: int) -> StoredEvidence | None:
        if self._connection is None:
            return None
        try:
            row = self._connection.execute("SELECT * FROM evidence WHERE photo_id = ?", (photo_id,)).fetchone()
        except sqlite3.DatabaseError:
            return None
        return None if row is None else StoredEvidence(*row)

    def photo_ids(self) -> frozenset[int]:
        """Photos that have evidence, whether or not they have changed since."""
        if self._connection is None:
            return frozenset()
        try:
            return frozenset(row[0] for row in self._connection.execute("SELECT photo_id FROM evidence"))
        except sqlite3.DatabaseError:
            return frozenset()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

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
        except BaseException:
            connection.close()
            raise
        return connection
