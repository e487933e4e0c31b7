"""A run over a folder or a shard of it: which photos, what of an earlier run counts, how shards are joined."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.errors import LabelFileError, MoltboxError
from engine.images import scan_key
from engine.localization.anchors import photos_to_anchor
from engine.localization.localizer import Localizer
from engine.prelabel.journal import JournalFile, RunFacts, Shard, shard_journals
from engine.prelabel.labels import LabelSource, tasks_for, with_labels
from engine.prelabel.pipeline import Task
from engine.prelabel.results import FileMark
from engine.prelabel.spool import Spool


@dataclass(frozen=True, slots=True)
class Folder:
    """The photos of a folder by their relative paths, in scan order, and where their labels come from."""

    root: Path
    names: Sequence[str]
    labels: LabelSource

    def tasks(self, names: Iterable[str]) -> Iterator[Task]:
        return tasks_for(names, self.root, self.labels)


def part_of(names: Sequence[str], shard: Shard | None) -> list[str]:
    """The photos of a shard: those whose path's hash falls to it, so a photo stays in its shard as others come."""
    if shard is None:
        return list(names)
    return [name for name in names if _hash(name) % shard.count == shard.number - 1]


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Marks:
    """What the files of photos under way are known by, as they were before they were read."""

    def __init__(self) -> None:
        self._marks: dict[str, FileMark] = {}

    def noting(self, tasks: Iterable[Task]) -> Iterator[Task]:
        """The tasks, each noted as it is asked for."""
        for task in tasks:
            mark = _mark(task.path)
            if mark is not None:
                self._marks[task.relative] = mark
            yield task

    def take(self, name: str) -> FileMark | None:
        """The mark of a photo that is done, which is then forgotten; None where its file could not be asked."""
        return self._marks.pop(name, None)


def to_look_at(names: Iterable[str], before: JournalFile | None, root: Path) -> list[str]:
    """Of a run's photos those that a journal lacks, that failed, or whose file is not the one that was looked at.

    Raises:
        LabelFileError: the journal cannot be read any more.
    """
    if before is None:
        return list(names)
    again = {name for name, mark in before.marks() if mark != _mark(root / name)} | before.failed
    return [name for name in names if name not in before.places or name in again]


def _mark(path: Path) -> FileMark | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def earlier(path: Path) -> JournalFile | None:
    """The journal to go on with, None where there is none yet.

    Raises:
        LabelFileError: the file is no journal.
    """
    return JournalFile(path) if path.exists() and path.stat().st_size > 0 else None


def check_same_run(journal: JournalFile, facts: RunFacts) -> None:
    """Refuses to go on with the journal of a run that asked for something else.

    Raises:
        LabelFileError: says in what it differs.
    """
    difference = facts.difference(journal.facts)
    if difference:
        raise LabelFileError(
            f"{journal.path} was made with {difference}; give the same options, or start anew with --overwrite."
        )


def new_labels(
    folder: Folder, limit: frozenset[str] | None, localizer: Localizer, known: Collection[str]
) -> dict[str, list[Path]]:
    """Sample photos of each label that neither the model nor `known` (folded) has, for `find_anchors`."""
    paths = (folder.root / name for name in folder.names)
    wanted = photos_to_anchor(with_labels(paths, folder.root, folder.labels, limit), localizer.names)
    return {label: photos for label, photos in wanted.items() if label not in known}


def joined(out: Path) -> tuple[RunFacts, Spool]:
    """The results of all shards whose journals lie in a folder, in the order of a run over the whole folder.

    Raises:
        LabelFileError: a shard is missing or not finished, or the shards do not belong together.
    """
    found = shard_journals(out)
    if not found:
        raise LabelFileError(f"{out} holds no journal of a shard (proposals-1-of-2.jsonl and so on).")
    counts = sorted({shard.count for shard in found})
    if len(counts) > 1:
        raise LabelFileError(f"{out} holds journals of {counts[0]} and of {counts[1]} shards; keep those of one run.")
    missing = [number for number in range(1, counts[0] + 1) if Shard(number, counts[0]) not in found]
    if missing:
        raise LabelFileError(f"{out} lacks the journal of shard {missing[0]}/{counts[0]}.")
    journals = [JournalFile(path) for _, path in sorted(found.items(), key=lambda pair: pair[0].number)]
    for journal in journals:
        if journal.finished is None:
            raise LabelFileError(f"{journal.path} is of a run that has not come to its end; go on with --resume.")
        difference = journals[0].facts.difference(journal.facts)
        if difference:
            raise LabelFileError(f"{journal.path} was made with {difference} than {journals[0].path.name}.")
    if (
        sum(len(journal.places) for journal in journals) != journals[0].finished
        or len({journal.finished for journal in journals}) > 1
    ):
        raise LabelFileError(
            f"The shards in {out} do not add up to one folder: photos came or went between their runs; run each again "
            "with --resume."
        )
    names = sorted((name for journal in journals for name in journal.places), key=scan_key)
    return journals[0].facts, Spool(journals, names)


def read_back(path: Path, names: Iterable[str]) -> Spool:
    """What a journal holds of these photos, in their order."""
    return Spool([JournalFile(path)], names)


def parse_shard(text: str | None) -> Shard | None:
    """`--shard`'s value, as "2/8".

    Raises:
        MoltboxError: it is something else.
    """
    if text is None:
        return None
    number, slash, count = text.partition("/")
    if not (slash and number.isascii() and count.isascii() and number.isdigit() and count.isdigit()) or not (
        1 <= int(number) <= int(count)
    ):
        raise MoltboxError(f"--shard {text}: expected I/N with I from 1 to N, as in 2/8.")
    return Shard(int(number), int(count))
