"""Kills work (SIGKILL) at random moments, many times, and looks at what is left.

    python -m support.faults "labelling" --tries 10 --seed 1

Every try is a process of its own, forked before it has opened anything. Prints one line of JSON: how often it was
tried, how often the kill came while the work was under way, how many things had been told as saved, and every loss.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from pathlib import Path

from support.fault_kinds import KINDS, Kind, fresh


def _tell(writing: int, line: str) -> None:
    os.write(writing, f"{line}\n".encode())


def one_try(kind: Kind, folder: Path, seed: str, delay_s: float | None) -> tuple[list[str], bool, float]:
    """Forks, works, kills after `delay_s` (None: never). Answers what was told, whether the kill met it, the time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            kind.work(folder, random.Random(seed), lambda line: _tell(writing, line))  # noqa: S311
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    os.close(writing)
    started_s = time.monotonic()
    if delay_s is not None:
        while time.monotonic() - started_s < delay_s:
            time.sleep(0.0005)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status not in (0, -signal.SIGKILL):
        raise RuntimeError(f"the work itself failed ({status})")
    whole = told[: told.rfind(b"\n") + 1].decode()
    return whole.splitlines(), status != 0, time.monotonic() - started_s


def run(name: str, tries: int, seed: int) -> dict[str, object]:
    """All tries of a kind; see the module."""
    kind = KINDS[name]
    draw = random.Random(f"{name} {seed}")  # noqa: S311 - moments, not secrets
    place = Path(tempfile.mkdtemp(prefix="faults-"))
    cut = told_count = 0
    losses: list[str] = []
    try:
        fresh(kind, place / "folder")
        _, _, length_s = one_try(kind, place / "folder", str(seed), None)
        for number in range(tries):
            fresh(kind, place / "folder")
            told, met, _ = one_try(kind, place / "folder", f"{seed} {number}", draw.uniform(0, length_s))
            cut += met
            told_count += len(told)
            try:
                kind.check(place / "folder", told)
            except Exception:
                losses.append(f"try {number}: {traceback.format_exc(limit=-2)}")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    return {"kind": name, "tries": tries, "cut": cut, "told": told_count, "losses": losses}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--tries", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    found = run(args.kind, args.tries, args.seed)
    print(json.dumps(found))
    return 1 if found["losses"] else 0


if __name__ == "__main__":
    sys.exit(main())
