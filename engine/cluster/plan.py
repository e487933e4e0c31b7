"""Which photos make a block, which blocks are done, and the run's file that says so.

Photos are cut into blocks along the order of a scan. Where a block begins is kept in the run's file, so a photo stays
in its block as others come and go, and a block whose photos are the same as before is not touched. Replacing the run's
file in one step is what commits a run: until then the parts of the run before are the valid ones.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass

from engine.cluster.store import Store
from engine.errors import LabelFileError
from engine.images import scan_key
from engine.prelabel.journal import RunFacts

RUN_FILE = "run.json"
PARTS_FOLDER = "proposals"

_VERSION = 1
_LARGEST_BLOCK, _SMALLEST_BLOCK, _BLOCKS_WANTED = 500, 8, 64


@dataclass(frozen=True, slots=True)
class Block:
    """A block that is done: its first photo when it was cut, its part's file, counts, and a digest of its photos."""

    start: str
    part: str
    photos: int
    failed: int
    names: str


@dataclass(frozen=True, slots=True)
class Planned:
    """A block of a run: its photos in scan order, the parts that may hold results of them, and itself if it is done."""

    start: str
    names: tuple[str, ...]
    parts: tuple[str, ...]
    done: Block | None

    @property
    def digest(self) -> str:
        return names_digest(self.names)


class Outline:
    """A plan without its photos' names, which are gone through again when they are handed out.

    Attributes:
        blocks: the plan, from its beginning each time.
        starts: of all blocks, in scan order.
        done: the blocks that are done, by start.
        digests: of the open ones, by start.
        open_photos: photos of the open ones.
    """

    def __init__(self, blocks: Callable[[], Iterator[Planned]]) -> None:
        self.blocks = blocks
        self.done: dict[str, Block] = {}
        self.digests: dict[str, str] = {}
        self.open_photos = 0
        starts = []
        for each in blocks():
            starts.append(each.start)
            if each.done is None:
                self.digests[each.start] = each.digest
                self.open_photos += len(each.names)
            else:
                self.done[each.start] = each.done
        self.starts = tuple(starts)


@dataclass(frozen=True, slots=True)
class RunFile:
    """What a run's results depend on, where its blocks begin, and the blocks that are committed."""

    facts: RunFacts
    shard: str
    starts: tuple[str, ...]
    blocks: tuple[Block, ...] = ()

    def save(self, out: Store) -> None:
        """Puts this in the place of the file before, in one step.

        Raises:
            LabelFileError: it cannot be written.
        """
        fields = {"moltbox_cluster_run": _VERSION, **asdict(self)}
        out.write(RUN_FILE, (json.dumps(fields, indent=1) + "\n").encode())

    @classmethod
    def load(cls, out: Store) -> RunFile | None:
        """The run's file, None where there is none.

        Raises:
            LabelFileError: the place cannot be reached, or the file is not one that this version reads.
        """
        data = out.read_if_there(RUN_FILE)
        if data is None:
            return None
        try:
            fields = json.loads(data)
            if fields["moltbox_cluster_run"] != _VERSION:
                raise ValueError
            facts = dict(fields["facts"])
            facts["limit"] = None if facts["limit"] is None else tuple(facts["limit"])
            facts["anchors"] = {
                label: tuple((int(index), float(weight)) for index, weight in weights)
                for label, weights in facts["anchors"].items()
            }
            blocks = tuple(Block(**block) for block in fields["blocks"])
            return cls(RunFacts(**facts), fields["shard"], tuple(fields["starts"]), blocks)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise LabelFileError(
                f"{out.place}/{RUN_FILE} is not the file of a run that this version of Moltbox reads; choose another "
                "--out, or start anew with --overwrite."
            ) from error


def block_size(photos: int) -> int:
    """How many photos make a block where nothing else is asked: enough blocks to share out, none of them large."""
    return min(_LARGEST_BLOCK, max(_SMALLEST_BLOCK, math.ceil(photos / _BLOCKS_WANTED)))


def facts_key(facts: RunFacts) -> str:
    """Tells parts of runs apart that asked for something else."""
    asked = json.dumps([facts.model, facts.threshold, facts.classes, facts.limit])
    return hashlib.sha256(asked.encode()).hexdigest()[:8]


def part_prefix(start: str, key: str) -> str:
    """How the names of a block's parts begin; what follows is the digest of the part's bytes."""
    return f"{hashlib.sha256(start.encode()).hexdigest()[:12]}-{key}-"


def names_digest(names: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]


def plan(names: Iterable[str], size: int, before: RunFile | None, there: set[str], key: str) -> Iterator[Planned]:
    """Cuts photos into blocks, one after another.

    Args:
        names: in scan order.
        size: photos of a new block; an old one that has grown to more than twice as many is cut again.
        before: the run's file of an earlier run that asked for the same.
        there: the files in the parts' folder; parts of a run that did not come to its commit are used too.
        key: see `facts_key`.
    """
    old = {block.start: block for block in before.blocks} if before else {}
    covers = None
    by_prefix: dict[str, list[str]] = {}
    for name in sorted(there):
        by_prefix.setdefault(name[: len(part_prefix("", key))], []).append(name)
    for start, group in _groups(names, before.starts if before else (), size):
        covers = old.get(start, covers)
        done = old.get(start)
        if done and (done.failed or done.part not in there or done.names != names_digest(group)):
            done = None
        parts = by_prefix.get(part_prefix(start, key), [])
        if covers and covers.part in there and covers.part not in parts:
            parts = [*parts, covers.part]
        yield Planned(start, group, tuple(parts), done)


def _groups(names: Iterable[str], starts: Sequence[str], size: int) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The photos from each start to the next, those before the first start with the first; too many are cut again."""
    keys = [scan_key(start) for start in starts[1:]]
    group: list[str] = []
    place = 0
    start = starts[0] if starts else ""
    cutting = not starts
    for name in names:
        if place < len(keys) and scan_key(name) >= keys[place]:
            if group:
                yield start or group[0], tuple(group)
            group = []
            while place < len(keys) and scan_key(name) >= keys[place]:
                place += 1
            start, cutting = starts[place], False
        group.append(name)
        cutting = cutting or len(group) > 2 * size
        while cutting and len(group) >= size:
            yield start or group[0], tuple(group[:size])
            start, group = "", group[size:]
    if group:
        yield start or group[0], tuple(group)
