"""Who writes into a place for results: one run at a time, shown by a file that it renews while it lives.

Object stores know no locks, and the clocks of two machines may differ, so nobody's time is compared: a file that stays
the same for as long as a living run never leaves it is of a run that has ended. A run that finds another's word in its
place stops before its commit; what it wrote until then is parts that nobody counts.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import sys
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from engine.cluster.refusals import StoreBusyError
from engine.cluster.store import Store
from engine.errors import LabelFileError

OWNER_FILE = "owner.json"
_READS = 3


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between two signs of life, without one until a run counts as ended, and for a rival's write to settle."""

    sign_s: float = 5.0
    gone_s: float = 30.0
    settle_s: float = 0.5


class Owner:
    """This run's hold on a place."""

    def __init__(self, out: Store, pace: Pace) -> None:
        self.out = out
        self._quick = replace(out, patience_s=pace.sign_s)  # for what is done again soon, or may be left undone
        self._pace = pace
        self._own = uuid.uuid4().hex
        self._signs = 0
        self._ended = threading.Event()
        self._taken_by: bytes | None = None

    def take(self) -> None:
        """Waits until an owner that shows no sign of life counts as gone, and takes its place.

        Raises:
            LabelFileError: another run is at work there.
        """
        before = self.out.read_if_there(OWNER_FILE)
        if before is not None and not _gone_from_here(before):
            print(f"{self._told(before)}; looking for {self._pace.gone_s:g} s whether it lives.", file=sys.stderr)
            if self._changes(before):
                raise LabelFileError(self._refusal(before))
        self._sign(self.out)
        time.sleep(self._pace.settle_s)
        self.check()

    def check(self) -> None:
        """
        Raises:
            LabelFileError: another run has taken the place, because no sign of this one had come for long.
        """
        found = self._found_whole(self.out)
        if found is not None and not self._is_ours(found):
            raise LabelFileError(self._refusal(found))

    def check_heard(self) -> None:
        """`check` by what `keep` has seen last, which costs nothing.

        Raises:
            LabelFileError: as there.
        """
        if self._taken_by is not None:
            raise LabelFileError(self._refusal(self._taken_by))

    def keep(self) -> None:
        """Renews the sign of life until `leave`; to be run in a thread."""
        while not self._ended.wait(self._pace.sign_s):
            with contextlib.suppress(LabelFileError):  # the next one may come through
                found = self._found_whole(self._quick)
                if found is not None and not self._is_ours(found):
                    self._taken_by = found
                    return
                self._sign(self._quick)

    def leave(self) -> None:
        """Ends `keep`."""
        self._ended.set()

    def remove(self) -> None:
        """Removes the file if it is ours."""
        with contextlib.suppress(LabelFileError):  # it ends by itself, too
            found = self._quick.read_if_there(OWNER_FILE)
            if found is not None and self._is_ours(found):
                self._quick.remove(OWNER_FILE)

    def _sign(self, out: Store) -> None:
        self._signs += 1
        fields = {
            "run": self._own,
            "machine": platform.node(),
            "process": os.getpid(),
            "among": _processes_here(),
            "signs": self._signs,
        }
        out.write(OWNER_FILE, (json.dumps(fields) + "\n").encode())

    def _found_whole(self, out: Store) -> bytes | None:
        """The file; what cannot be read, or is half written, is read again: it is being renewed perhaps."""
        for _ in range(_READS - 1):
            try:
                found = out.read_if_there(OWNER_FILE)
                if found is None or "run" in _fields(found):
                    return found
            except StoreBusyError:
                raise
            except LabelFileError:
                pass
            time.sleep(self._pace.settle_s)
        return out.read_if_there(OWNER_FILE)

    def _changes(self, before: bytes) -> bool:
        """Whether the owner gives a sign of life while it is watched; one that leaves has not."""
        until = time.monotonic() + self._pace.gone_s
        while time.monotonic() < until:
            time.sleep(min(1.0, self._pace.sign_s / 2))
            now = self.out.read_if_there(OWNER_FILE)
            if now is None:
                return False
            if now != before:
                return True
        return False

    def _is_ours(self, found: bytes) -> bool:
        return _fields(found).get("run") == self._own

    def _told(self, found: bytes) -> str:
        fields = _fields(found)
        return (
            f"{self.out.place} is held by a run on {fields.get('machine', 'an unknown machine')} (process "
            f"{fields.get('process', 'unknown')})"
        )

    def _refusal(self, found: bytes) -> str:
        return f"{self._told(found)}; wait for its end or stop it, or choose another --out."


@contextlib.contextmanager
def owned(out: Store, pace: Pace | None = None) -> Iterator[Owner]:
    """Holds a place for a run. After a crash the hold ends by itself, at once where the crash was on this machine.

    Raises:
        LabelFileError: another run is at work there, or the place cannot be written to.
    """
    owner = Owner(out, pace or Pace())
    owner.take()
    keeper = threading.Thread(target=owner.keep, name="owner", daemon=True)
    keeper.start()
    try:
        yield owner
    finally:
        owner.leave()
        keeper.join()
        owner.remove()


def _fields(found: bytes) -> dict[str, object]:
    try:
        fields = json.loads(found)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _processes_here() -> str:
    """Which processes this one can see: machine, its start, its space of process ids; "" where that is not known."""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot} {Path('/proc/self/ns/pid').readlink()}"
    return ""


def _gone_from_here(found: bytes) -> bool:
    """Whether an owner was a process of this machine that is no more."""
    fields = _fields(found)
    here = _processes_here()
    return here != "" and fields.get("among") == here and not _is_alive(fields.get("process"))


def _is_alive(process: object) -> bool:
    """Whether a process of this machine lives; another person's may be hidden from /proc, and still be told of."""
    if not isinstance(process, int) or process <= 0:
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
