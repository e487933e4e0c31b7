"""The journal of a run: a line for each photo, handed to the system as soon as the photo is done.

It is the run's spool (results are not held in memory), what `--resume` goes on from after a crash, and what shards are
joined from. The first line says what the results depend on; the last one of a finished run, that nothing is missing.
A crash of the program loses no line. The disk is waited for every two seconds, so a power cut loses those of the last
ones at most; a line that it has torn, without its end or with zeros in it, is cut off. Any other line that is not sound
was not left so by us, and the journal is refused.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from engine.errors import LabelFileError
from engine.localization.evidence import ClassWeights
from engine.localization.onnx_session import DEVICE_CHOICES, DeviceChoice
from engine.prelabel.file_lock import lock
from engine.prelabel.results import FileMark, PhotoResult

_VERSION = 1
# What reading fields raises that are not those we wrote.
_UNSOUND = (AttributeError, KeyError, OverflowError, TypeError, ValueError)
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


class _Line(NamedTuple):
    """A whole line of a journal: its number from 1, the offsets in bytes of its start and end, and what it says."""

    number: int
    start: int
    end: int
    fields: dict[str, Any]


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
            LabelFileError: the file is missing, no journal of ours, or damaged; the sentence names the line.
        """
        self.path = path
        self.places: dict[str, int] = {}
        self.failed: set[str] = set()
        self.finished: int | None = None
        lines = self._lines()
        first = next(lines, _Line(1, 0, 0, {}))
        self.end = first.end
        self.facts = self._facts(first.fields)
        for line in lines:
            self.end = line.end
            try:
                self._take(line.start, line.fields)
            except _UNSOUND as error:
                raise self._damaged(line.number) from error

    def marks(self) -> Iterator[tuple[str, FileMark]]:
        """The photos' relative paths and the marks of the files that their latest results are of, read once more.

        Results of earlier versions of Moltbox have none.

        Raises:
            LabelFileError: the file cannot be read any more.
        """
        for line in self._lines():
            name, mark = line.fields.get("photo"), line.fields.get("file")
            if isinstance(name, str) and isinstance(mark, list) and self.places.get(name) == line.start:
                yield name, tuple(mark)

    def _take(self, offset: int, fields: dict[str, Any]) -> None:
        match fields:
            case {"photo": _}:
                result = PhotoResult.from_fields(fields)
                self.places[result.relative] = offset
                self.finished = None
                (self.failed.discard if result.error is None else self.failed.add)(result.relative)
            case {"gone": str(name)}:
                self.places.pop(name, None)
                self.failed.discard(name)
            case {"finished": int(listed)}:
                self.finished = listed
            case {"anchors": anchors}:
                self.facts = _with_anchors(self.facts, anchors)
            case _:
                raise ValueError("no line of a journal")

    def _lines(self) -> Iterator[_Line]:
        """Whole lines, up to the first that is torn."""
        end = 0
        try:
            with self.path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    try:
                        fields = json.loads(line) if line.endswith(b"\n") else None
                    except (ValueError, RecursionError):
                        fields = None
                    if not isinstance(fields, dict):
                        if not line.endswith(b"\n") or b"\0" in line:
                            return
                        raise self._damaged(number)
                    start, end = end, end + len(line)
                    yield _Line(number, start, end, fields)
        except OSError as error:
            raise LabelFileError(f"{self.path} cannot be read: {error.strerror}.") from error

    def _facts(self, fields: dict[str, Any]) -> RunFacts:
        if fields.pop("moltbox_proposals", None) != _VERSION:
            raise LabelFileError(self._refusal)
        try:
            return _facts_of(fields)
        except _UNSOUND as error:
            raise LabelFileError(self._refusal) from error

    def _damaged(self, number: int) -> LabelFileError:
        if number == 1:
            return LabelFileError(self._refusal)
        return LabelFileError(f"{self.path}: line {number} of the journal is damaged; start anew with --overwrite.")

    @property
    def _refusal(self) -> str:
        return f"{self.path} is not a journal that this Moltbox can go on with."


def _facts_of(fields: dict[str, Any]) -> RunFacts:
    limit, anchors = fields.pop("limit"), fields.pop("anchors")
    words = ("model", "model_name", "threshold_source", "classes", "device")
    if (
        not all(isinstance(fields[name], str) for name in words)
        or fields["device"] not in DEVICE_CHOICES
        or not isinstance(fields["threshold"], int | float)
        or not 0 <= fields["threshold"] <= 1
    ):
        raise ValueError("other facts than a run's")
    return _with_anchors(RunFacts(**fields, limit=None if limit is None else tuple(limit)), anchors)


def _with_anchors(facts: RunFacts, anchors: dict[str, list[list[Any]]]) -> RunFacts:
    known = {label: tuple((int(index), float(weight)) for index, weight in places) for label, places in anchors.items()}
    if not all(index >= 0 and math.isfinite(weight) for places in known.values() for index, weight in places):
        raise ValueError("no classes with weights")
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
