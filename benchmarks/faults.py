"""Kills Moltbox (SIGKILL) or cuts its power, hundreds of times at random moments of its work; counts what was lost.

    python benchmarks/faults.py [--tries 100] [--seed 1] [--kind labelling]
    python benchmarks/faults.py --power-cuts [--tries 100] [--seed 1] [--kind labelling]

Prints a table of docs/reliability.md. A power cut is worked out: strace notes what the work writes and waits for, and
what a disk could hold afterwards is opened (`tests/support/disk_model.py`). A training that was killed is compared with
one that never was (`tests/support/killed_training.py`; the train and starter extras). Ends with 1 where something was
lost.
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

from support import fault_kinds, power_cut_kinds  # noqa: E402 # pyright: ignore[reportMissingImports]

TRAINING = "training"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tries", type=int, default=100, help="of each kind of work")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kind", help="only this one")
    parser.add_argument("--power-cuts", action="store_true", help="cut the power rather than kill; needs strace")
    args = parser.parse_args()
    kinds = list(power_cut_kinds.KINDS) if args.power_cuts else [*fault_kinds.KINDS, TRAINING]
    if args.kind not in (None, *kinds):
        parser.error(f"--kind is {args.kind!r}; expected one of: {', '.join(kinds)}")
    surroundings = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "tests")])}
    column, field = ("calls", "calls") if args.power_cuts else ("met at work", "cut")
    what = "power cut" if args.power_cuts else "killed"
    print(f"| {what} while | tries | {column} | told as saved | losses | seconds |")
    print("|---|---:|---:|---:|---:|---:|")
    lost = 0
    for name in [args.kind] if args.kind else kinds:
        started_s = time.monotonic()
        words = [name, "--tries", str(args.tries), "--seed", str(args.seed)]
        killer = "killed_training" if name == TRAINING and not args.power_cuts else "faults"
        module = f"support.{'power_cuts' if args.power_cuts else killer}"
        command = [sys.executable, "-m", module, *words]
        done = subprocess.run(command, env=surroundings, stdout=subprocess.PIPE, text=True)  # noqa: S603
        if not done.stdout:
            return 2
        found = json.loads(done.stdout.splitlines()[-1])
        lost += len(found["losses"])
        elapsed_s = time.monotonic() - started_s
        figures = f"{found['tries']} | {found[field]:,} | {found['told']:,} | {len(found['losses'])} | {elapsed_s:.0f}"
        print(f"| {name} | {figures} |", flush=True)
        for loss in found["losses"]:
            print(loss, file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
