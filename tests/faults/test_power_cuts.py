"""The power is cut: what was told as saved is on the disk, whatever of the rest the disk has taken.

`python benchmarks/faults.py --power-cuts` does the same hundreds of times.
"""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from support import power_cuts
from support.disk_model import Content, Disk
from support.power_cut_kinds import KINDS

TRIES = {"labelling": 8, "opening a new folder": 10}
SLOW = ("pre-labelling", "writing checkpoints")  # the benchmark does these
QUICK = [name for name in KINDS if name not in SLOW]

traced = pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")


@traced
@pytest.mark.parametrize("kind", QUICK)
def test_nothing_told_as_saved_is_lost_when_the_power_is_cut(kind: str) -> None:
    found = power_cuts.run(kind, TRIES.get(kind, 5), seed=7)
    assert found["losses"] == []
    assert found["calls"] > 30


@traced
def test_a_write_that_does_not_wait_would_be_seen() -> None:
    found = power_cuts.run("writing COCO and CSV", 20, seed=1, hasty=True)
    assert found["losses"] != []


def test_what_waits_may_be_there_in_part_and_what_was_waited_for_is_there() -> None:
    content = Content(bytearray(b"old"), b"old")
    content.change(0, b"a" * 2048)
    content.settle()
    content.change(1024, b"b" * 2048)
    left = {content.after_cut(random.Random(seed)) for seed in range(200)}  # noqa: S311
    assert all(data.startswith(b"a" * 1024) for data in left)
    assert {len(data) for data in left} >= {2048, 3072}
    assert len(left) > 10


def test_a_name_is_sure_after_its_folder_was_waited_for(tmp_path: Path) -> None:
    before, told = tmp_path / "before", tmp_path / "told"
    before.mkdir()
    (before / "a").write_bytes(b"old")
    root = tmp_path / "root"
    calls = tmp_path / "calls"

    def hexed(text: str) -> str:
        return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'

    new, old = hexed(f"{root}/n"), hexed(f"{root}/a")
    lines = [
        f"7 openat(AT_FDCWD, {new}, O_WRONLY|O_CREAT, 0600) = 3",
        f"7 write(3, {hexed('new')}, 3) = 3",
        "7 fsync(3) = 0",
        f"7 rename({new}, {old}) = 0",
        f"7 openat(AT_FDCWD, {hexed(str(root))}, O_RDONLY) = 4",
        "7 fsync(4) = 0",
    ]
    seen: list[set[bytes]] = []
    for count in (4, 6):
        calls.write_text("\n".join(lines[:count]) + "\n")
        disk = Disk(before, root, told)
        assert list(disk.play(calls))
        found = set()
        for seed in range(40):
            left = tmp_path / f"left-{count}-{seed}"
            left.mkdir()
            disk.cut(left, random.Random(seed))  # noqa: S311
            found.add((left / "a").read_bytes())
        seen.append(found)
    assert seen == [{b"old", b"new"}, {b"new"}]
