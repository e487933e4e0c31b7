"""The journal of a run: a line for each photo, handed to the system as soon as the photo is done.

It is the run's spool (results are not held in memory), what `--resume` goes on from after a crash, and what shards are
joined from. The first line says what the results depend on; the last one of a finished run, that nothing is missing.
A crash of the program loses no line. The disk is waited for every two seconds, so a power cut loses those of the last
ones at most; a line that it has torn is cut off.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from engine.errors import LabelFileError
from engine.localization.evidence import ClassWeights
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.file_lock import lock
from engine.prelabel.results import FileMark, PhotoResult

_VERSION = 1
_SYNC_EVERY_S = 2.0
_SHARD_NAME = re.compile(r"proposals-(\d+)-of-(\d+)\.jsonl")


@dataclass(frozen=True, slots=True)
class Shard:
    """Part `number` of `count`, counted from 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def journal_path(out: Path, shard: Shard | None) -> Path:
    """Where a run keeps its journal."""
    return out / ("proposals.jsonl" if shard is None else f"proposals-{shard.number}-of-{shard.count}.jsonl")


def shard_journals(out: Path) -> dict[Shard, Path]:
    """The journals of shards in a folder."""
    found = ((_SHARD_NAME.fullmatch(path.name), path) for path in sorted(out.glob("proposals-*-of-*.jsonl")))
    return {Shard(int(match[1]), int(match[2])): path for match, path in found if match}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What the results of a run depend on, besides the photos.

    model, model_name: of the model file, its SHA-256 and its name. classes: what `--classes` names, a table by its
    SHA-256. limit: folded names, sorted; None for all. device: what opened the model. anchors: by folded label.
    """

    model: str
    model_name: str
    threshold: float
    threshold_source: str
    classes: str
    limit: tuple[str, ...] | None
    device: DeviceChoice
    anchors: Mapping[str, ClassWeights] = field(default_factory=dict)

    def difference(self, other: RunFacts) -> str:
        """In what another run differs, in words; "" where its results can stand beside ours.

        Anchors and device may differ: they move a box by rounding, and machines are not alike.
        """
        told = {"model": "another model", "classes": "another --classes", "limit": "another --limit-classes"}
        for name, words in told.items():
            if getattr(self, name) != getattr(other, name):
                return words
        if self.threshold != other.threshold:
            return f"another threshold ({other.threshold:g} instead of {self.threshold:g})"
        return ""


class Journal:
    """A journal being written; locked, so that no two runs write into one."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path = path
        self._file = file
        self._synced_s = time.monotonic()

    @classmethod
    def start(cls, path: Path, facts: RunFacts) -> Journal:
        """Begins a journal, in the place of an earlier one.

        Raises:
            LabelFileError: the file cannot be written, or another run is writing it.
        """
        journal = cls(path, _open(path))
        journal._truncate(0)
        journal._write({"moltbox_proposals": _VERSION, **asdict(facts)})
        return journal

    @classmethod
    def resume(cls, path: Path, facts: RunFacts, names: Iterable[str]) -> Journal:
        """Goes on with a journal after its last whole line; photos that are not among `names` any more are struck out.

        The facts have been compared with those of the journal.

        Raises:
            LabelFileError: as `start`, or the journal is damaged.
        """
        journal = cls(path, _open(path))
        read = JournalFile(path)
        journal._truncate(read.end)
        if dict(facts.anchors) != dict(read.facts.anchors):
            journal._write({"anchors": dict(facts.anchors)})
        for name in sorted(read.places.keys() - set(names)):
            journal._write({"gone": name})
        return journal

    def add(self, result: PhotoResult, mark: FileMark | None = None) -> None:
        """Writes a photo's result; a crash of this program loses none, a power cut the last seconds at most.

        Args:
            result: of the photo.
            mark: of its file before it was read, where that is known.

        Raises:
            LabelFileError: the disk is full or gone.
        """
        self._put(result.as_line(mark))
        if time.monotonic() - self._synced_s > _SYNC_EVERY_S:
            self._sync()

    def finish(self, listed: int) -> None:
        """Notes that every photo is done.

        Args:
            listed: photos of the whole folder, of all shards.

        Raises:
            LabelFileError: the disk is full or gone.
        """
        self._write({"finished": listed})
        self._sync()

    def close(self) -> None:
        """Closes the file.

        Raises:
            LabelFileError: what was written last did not get through.
        """
        with self._told():
            self._file.close()

    def _write(self, fields: dict[str, Any]) -> None:
        self._put(json.dumps(fields).encode() + b"\n")

    def _put(self, line: bytes) -> None:
        with self._told():
            self._file.write(line)
            self._file.flush()

    def _sync(self) -> None:
        with self._told():
            os.fsync(self._file.fileno())
        self._synced_s = time.monotonic()

    def _truncate(self, size_bytes: int) -> None:
        with self._told():
            self._file.truncate(size_bytes)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise LabelFileError(f"{self.path} cannot be written: {error.strerror}.") from error


class JournalFile:
    """A journal being read: where each photo's latest result stands, not the results themselves.

    Attributes:
        facts: of the run, with the anchors last noted.
        places: offset in bytes of the latest result of each photo, by relative path.
        failed: those of them whose latest result is a failure.
        finished: photos of the whole folder where the run came to its end, else None.
        end: bytes of whole lines; what follows was torn by a crash.
    """

    def __init__(self, path: Path) -> None:
        """
        Raises:
            LabelFileError: the file is missing or no journal of ours.
        """
        self.path = path
        self.places: dict[str, int] = {}
        self.failed: set[str] = set()
        self.finished: int | None = None
        lines = self._lines()
        _, self.end, first = next(lines, (0, 0, {}))
        self.facts = self._facts(first)
        for offset, self.end, fields in lines:
            self._take(offset, fields)

    def marks(self) -> Iterator[tuple[str, FileMark]]:
        """The photos' relative paths and the marks of the files that their latest results are of, read once more.

        Results of earlier versions of Moltbox have none.

        Raises:
            LabelFileError: the file cannot be read any more.
        """
        for offset, _, fields in self._lines():
            name, mark = fields.get("photo"), fields.get("file")
            if isinstance(name, str) and isinstance(mark, list) and self.places.get(name) == offset:
                yield name, tuple(mark)

    def _take(self, offset: int, fields: dict[str, Any]) -> None:
        name, gone, finished = fields.get("photo"), fields.get("gone"), fields.get("finished")
        if isinstance(name, str):
            self.places[name] = offset
            self.finished = None
            (self.failed.add if "failed" in fields else self.failed.discard)(name)
        elif isinstance(gone, str):
            self.places.pop(gone, None)
            self.failed.discard(gone)
        elif isinstance(finished, int):
            self.finished = finished
        elif "anchors" in fields:
            self.facts = self._readable(_with_anchors, self.facts, fields["anchors"])

    def _lines(self) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Whole lines with the offsets of their start and end, up to the first that is torn."""
        end = 0
        try:
            with self.path.open("rb") as file:
                for line in file:
                    try:
                        fields = json.loads(line) if line.endswith(b"\n") else None
                    except ValueError:
                        return
                    if not isinstance(fields, dict):
                        return
                    offset, end = end, end + len(line)
                    yield offset, end, fields
        except OSError as error:
            raise LabelFileError(f"{self.path} cannot be read: {error.strerror}.") from error

    def _facts(self, fields: dict[str, Any]) -> RunFacts:
        if fields.pop("moltbox_proposals", None) != _VERSION:
            raise LabelFileError(self._refusal)
        return self._readable(_facts_of, fields)

    def _readable(self, make: Callable[..., RunFacts], *fields: Any) -> RunFacts:
        try:
            return make(*fields)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LabelFileError(self._refusal) from error

    @property
    def _refusal(self) -> str:
        return f"{self.path} is not a journal that this Moltbox can go on with."


def _facts_of(fields: dict[str, Any]) -> RunFacts:
    limit, anchors = fields.pop("limit"), fields.pop("anchors")
    words = ("model", "model_name", "threshold_source", "classes", "device")
    if not all(isinstance(fields[name], str) for name in words) or not isinstance(fields["threshold"], int | float):
        raise ValueError("other facts than a run's")
    return _with_anchors(RunFacts(**fields, limit=None if limit is None else tuple(limit)), anchors)


def _with_anchors(facts: RunFacts, anchors: dict[str, list[list[Any]]]) -> RunFacts:
    known = {label: tuple((int(index), float(weight)) for index, weight in places) for label, places in anchors.items()}
    fields = {name: getattr(facts, name) for name in facts.__slots__}
    return RunFacts(**{**fields, "anchors": known})


def _open(path: Path) -> BinaryIO:
    """Opens a journal for adding to it, locked.

    Raises:
        LabelFileError: it cannot be opened, or another run holds it.
    """
    try:
        file = path.open("ab")
    except OSError as error:
        raise LabelFileError(f"{path} cannot be written: {error.strerror}.") from error
    if not lock(file):
        file.close()
        raise LabelFileError(f"{path} is being written by another run; wait for it, or choose another --out.")
    return file
