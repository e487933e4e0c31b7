"""Cuts the power while Moltbox works: its calls are traced, and what a disk could hold after each of them is opened.

    python -m support.power_cuts "labelling" --tries 10 --seed 1

Needs strace. Prints one line of JSON: tries, how many of the traced calls change something, how many things had been
told as saved before the cuts (all tries together), and every loss.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from support.disk_model import TRACED_CALLS, Disk
from support.fault_kinds import fresh
from support.power_cut_kinds import KINDS

REPOSITORY = Path(__file__).resolve().parents[2]


def trace(name: str, folder: Path, seed: int, place: Path, *, hasty: bool = False) -> tuple[Path, Path]:
    """Does the work of a kind under strace in a process of its own; answers the trace and the file of what was told.

    `hasty` takes Python's waiting for the disk away, to see that the losses would be found.
    """
    told, calls = place / "told", place / "calls"
    command = ["strace", "-f", "-xx", "-s", "100000000", "-o", str(calls), "-e", f"trace={TRACED_CALLS}"]
    work = [sys.executable, "-m", "support.power_cuts", name, "--seed", str(seed), "--work", str(folder), str(told)]
    work += ["--hasty"] * hasty
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    surroundings.pop("COVERAGE_PROCESS_CONFIG", None)  # coverage.py would trace, too, and much slower
    done = subprocess.run([*command, *work], env=surroundings, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the work itself failed: {done.stderr[-2000:]}")
    return calls, told


def run(name: str, tries: int, seed: int, *, hasty: bool = False) -> dict[str, Any]:
    """All tries of a kind; see the module."""
    place = Path(tempfile.mkdtemp(prefix="power-cuts-")).resolve()
    try:
        before = place / "before"
        fresh(KINDS[name], before)
        shutil.copytree(before, place / "folder")
        calls, told = trace(name, place / "folder", seed, place, hasty=hasty)
        return {"kind": name, **cut_often(name, before, place / "folder", calls, told, tries, seed)}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def cut_often(name: str, before: Path, folder: Path, calls: Path, told: Path, tries: int, seed: int) -> dict[str, Any]:
    """Cuts at `tries` moments of a trace and checks what is left each time.

    Args:
        before: a copy of the folder as it was before the work.
        folder: where the work was done; the trace names it.
    """
    draw = random.Random(f"{name} {seed}")  # noqa: S311 - moments, not secrets
    length = sum(1 for _ in Disk(before, folder, told).play(calls))
    moments = sorted(draw.randint(0, length) for _ in range(tries))
    disk = Disk(before, folder, told)
    steps = disk.play(calls)
    done = told_count = 0
    losses: list[str] = []
    for number, moment in enumerate(moments):
        while done < moment:
            next(steps)
            done += 1
        left = folder.with_name("left")
        shutil.rmtree(left, ignore_errors=True)
        left.mkdir()
        disk.cut(left, draw)
        told_count += len(disk.told)
        try:
            KINDS[name].check(left, list(disk.told))
        except Exception:
            losses.append(f"try {number}, after call {moment} of {length}: {traceback.format_exc(limit=-2)}")
    return {"tries": tries, "calls": length, "told": told_count, "losses": losses}


def _work(name: str, folder: Path, told: Path, seed: int) -> None:
    handle = os.open(told, os.O_WRONLY | os.O_CREAT, 0o600)

    def tell(line: str) -> None:
        os.write(handle, f"{line}\n".encode())

    KINDS[name].work(folder, random.Random(seed), tell)  # noqa: S311


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", nargs=2, type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--hasty", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.hasty:
        os.fsync = id
    if args.work:
        _work(args.kind, args.work[0], args.work[1], args.seed)
        return 0
    found = run(args.kind, args.tries, args.seed)
    print(json.dumps(found))
    return 1 if found["losses"] else 0


if __name__ == "__main__":
    sys.exit(main())
