"""The scores of one evaluation in one SQLite file, so that memory stays flat and a stopped run goes on where it was."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import MoltboxError
from engine.evaluation.records import SubjectScore
from engine.localization.anchors import Anchors

_SCHEMA = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS photo (number INTEGER PRIMARY KEY, failure TEXT, path TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS subject (
    photo INTEGER NOT NULL, place INTEGER NOT NULL, facts TEXT NOT NULL, arrays BLOB NOT NULL,
    PRIMARY KEY (photo, place)
) WITHOUT ROWID;
"""
_IDENTITY, _ANCHORS = "identity", "anchors"
_COMMIT_EVERY_S = 2.0


class ScoreStore:
    """Scores by photo number. One writer at a time; what was written more than two seconds ago survives a kill."""

    def __init__(self, path: Path, identity: Mapping[str, Any], *, restart: bool = False) -> None:
        """Opens the file, or makes it.

        Args:
            identity: what the scores depend on; a file with another identity is refused.
            restart: begin anew whatever the file holds.

        Raises:
            MoltboxError: the file is of another evaluation, damaged, in use, or cannot be written.
        """
        self.path = path
        if restart:
            self._remove()
        wanted = json.loads(json.dumps(identity))
        try:
            self._connection = sqlite3.connect(path, timeout=0.5)
            self._connection.executescript(_SCHEMA)
            self._connection.execute("PRAGMA synchronous = NORMAL")
            stored = self._read(_IDENTITY)
            if stored is None:
                self._write(_IDENTITY, wanted)
                self._connection.commit()
            elif stored != wanted:
                changed = next(name for name in {**stored, **wanted} if stored.get(name) != wanted.get(name))
                self._connection.close()
                raise MoltboxError(
                    f"{path} holds an evaluation with another {changed}; choose another --out, or add --restart."
                )
            self._connection.execute("DELETE FROM photo WHERE failure IS NOT NULL")
        except sqlite3.Error as error:
            raise _fault(path, error) from error
        self._committed_s = time.monotonic()

    @property
    def anchors(self) -> Anchors | None:
        """The anchors of unknown labels as they were stored; None before they were."""
        stored = self._read(_ANCHORS)
        if stored is None:
            return None
        return {label: tuple((index, weight) for index, weight in weights) for label, weights in stored.items()}

    @anchors.setter
    def anchors(self, value: Anchors) -> None:
        try:
            self._write(_ANCHORS, value)
            self._connection.commit()
        except sqlite3.Error as error:
            raise _fault(self.path, error) from error

    def has(self, number: int) -> bool:
        """Whether the photo of this number is scored."""
        return self._connection.execute("SELECT 1 FROM photo WHERE number = ?", (number,)).fetchone() is not None

    def add(self, number: int, path: str, scores: Sequence[SubjectScore], failure: str | None = None) -> None:
        """Stores a photo's scores, or the sentence that says why there are none.

        Raises:
            MoltboxError: the disk refuses.
        """
        try:
            self._connection.execute("INSERT INTO photo VALUES (?, ?, ?)", (number, failure, path))
            self._connection.executemany(
                "INSERT INTO subject VALUES (?, ?, ?, ?)",
                ((number, place, score.facts(), score.arrays()) for place, score in enumerate(scores)),
            )
            if time.monotonic() - self._committed_s > _COMMIT_EVERY_S:
                self.commit()
        except sqlite3.Error as error:
            raise _fault(self.path, error) from error

    def commit(self) -> None:
        """Lets the disk have all that was added."""
        self._connection.commit()
        self._committed_s = time.monotonic()

    def scores(self) -> Iterator[SubjectScore]:
        """All scores in the order of the data set, one at a time."""
        rows = self._connection.execute("SELECT facts, arrays FROM subject ORDER BY photo, place")
        for facts, arrays in rows:
            yield SubjectScore.unpack(facts, arrays)

    def failures(self, most: int) -> list[tuple[str, str]]:
        """Up to `most` photos that failed, with the reason, in the order of the data set."""
        rows = self._connection.execute(
            "SELECT path, failure FROM photo WHERE failure IS NOT NULL ORDER BY number LIMIT ?", (most,)
        )
        return [(str(path), str(failure)) for path, failure in rows]

    def counts(self) -> tuple[int, int, int]:
        """How many photos were scored, how many failed, and how many classes on them were scored."""
        one = "SELECT COUNT(*) FROM photo WHERE failure IS"
        scored = self._connection.execute(f"{one} NULL").fetchone()[0]
        failed = self._connection.execute(f"{one} NOT NULL").fetchone()[0]
        return scored, failed, self._connection.execute("SELECT COUNT(*) FROM subject").fetchone()[0]

    def close(self) -> None:
        try:
            self._connection.commit()
        finally:
            self._connection.close()

    def _read(self, name: str) -> Any:
        row = self._connection.execute("SELECT value FROM run WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(row[0])

    def _write(self, name: str, value: Any) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO run VALUES (?, ?)", (name, json.dumps(value, ensure_ascii=False))
        )

    def _remove(self) -> None:
        try:
            for suffix in ("", "-journal"):
                self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise MoltboxError(f"{self.path} cannot be removed: {error.strerror}.") from error


def _fault(path: Path, error: sqlite3.Error) -> MoltboxError:
    if "locked" in str(error):
        return MoltboxError(f"{path} is in use by another evaluation; wait for it, or choose another --out.")
    return MoltboxError(f"{path} cannot be used ({error}); choose another --out, or add --restart.")
