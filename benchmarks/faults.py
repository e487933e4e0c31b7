"""Kills Moltbox (SIGKILL) hundreds of times at random moments of its work, and counts what was lost.

    python benchmarks/faults.py [--tries 100] [--seed 1] [--kind labelling]

Prints the table of docs/reliability.md. Ends with 1 where anything was lost. Training has a test of its own
(`tests/unit/trainer/test_kill.py`), and so has `moltbox propose` (`tests/unit/engine/test_propose_parts.py`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(REPOSITORY), str(REPOSITORY / "tests")]

from support.fault_kinds import KINDS  # noqa: E402 # pyright: ignore[reportMissingImports]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=100, help="of each kind of work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", choices=list(KINDS), help="only this one")
    args = parser.parse_args()
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    print("| killed while | tries | met at work | told as saved | losses | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    lost = 0
    for name in [args.kind] if args.kind else list(KINDS):
        started_s = time.monotonic()
        words = [name, "--tries", str(args.tries), "--seed", str(args.seed)]
        command = [sys.executable, "-m", "support.faults", *words]
        done = subprocess.run(command, env=surroundings, stdout=subprocess.PIPE, text=True)  # noqa: S603
        if not done.stdout:
            return 2
        found = json.loads(done.stdout.splitlines()[-1])
        lost += len(found["losses"])
        elapsed_s = time.monotonic() - started_s
        figures = f"{found['tries']} | {found['cut']} | {found['told']:,} | {len(found['losses'])} | {elapsed_s:.0f}"
        print(f"| {name} | {figures} |", flush=True)
        for loss in found["losses"]:
            print(loss, file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
