"""Exceptions that nobody caught: one sentence for the person, the kind and the places for the log."""

from __future__ import annotations

import atexit
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType

from app.diagnostics.crash import CrashTrap
from app.diagnostics.log import Log


def place_of(kind: type[BaseException], trace: TracebackType | None) -> str:
    """`KeyError in coco.py, line 20`: the fault and where it was raised."""
    frames = traceback.extract_tb(trace)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
    return f"{kind.__name__} in {where}"


def keep(log: Log, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> bool:
    """Writes the whole fault to standard error, and without its messages to the log; answers whether the log has it."""
    if sys.stderr is not None:
        sys.stderr.write("".join(traceback.format_exception(kind, error, trace)))
    return log.write(_without_values(error, trace))


def _without_values(error: BaseException, trace: TracebackType | None) -> str:
    """A fault's kind and its places in the source, with those of what led to it, the latest last.

    A message can name a photo, or hold the numbers of a box; neither belongs into what is sent away.
    """
    chain = [error]
    while (before := chain[-1].__cause__ or chain[-1].__context__) is not None and before not in chain:
        chain.append(before)
    traces = [trace, *(each.__traceback__ for each in chain[1:])]
    parts = [
        f"Traceback (most recent call last):\n{''.join(traceback.format_tb(where))}{type(each).__qualname__}"
        for each, where in zip(chain, traces, strict=True)
    ]
    return "\nthen\n".join(reversed(parts))


def guard_process() -> CrashTrap:
    """For a command: faults and crashes leave their details in the log's folder, and a fault says so in a sentence."""
    log, trap = Log(), CrashTrap()
    trap.set()
    atexit.register(trap.release)

    def take(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not issubclass(kind, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        where = f" Details are in {log.file}." if keep(log, kind, error, trace) else ""
        if sys.stderr is not None:
            sys.stderr.write(f"moltbox: a fault in Moltbox itself, {place_of(kind, trace)}.{where}\n")

    sys.excepthook = take
    threading.excepthook = lambda fault: take(fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback)
    return trap
