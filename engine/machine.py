"""What the system lets this process use of the machine: processor time and memory.

A container shows all cores and all memory of its host; how much of them it may use stands in its control groups
(cgroups, version 2 or 1). A group's bounds hold for those below it, so all groups up to the root are asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path("/")


def core_quota(root: Path = _ROOT) -> float | None:
    """How many cores' worth of time the control groups allow, None where they set no bound (or there are none).

    Args:
        root: where `proc` and `sys` are.
    """
    return min((share for folder in _groups(root, "cpu") if (share := _core_share(folder)) is not None), default=None)


def memory_left(root: Path = _ROOT) -> int | None:
    """Bytes of memory that processes can still take without swapping; None where the system does not tell (only Linux
    does).

    Args:
        root: where `proc` and `sys` are.
    """
    free = _fields(root / "proc" / "meminfo").get("MemAvailable:")
    if free is None:
        return None
    left = (bytes_ for folder in _groups(root, "memory") if (bytes_ := _group_memory_left(folder)) is not None)
    return max(0, min((free * 1024, *left)))


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of the control groups that this process is in, for one controller; some may not be there.

    Where a container has a name space of its own, its group is the root that it sees.
    """
    base = root / "sys" / "fs" / "cgroup"
    for line in _text(root / "proc" / "self" / "cgroup").splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        if not controllers:  # version 2
            mount = base
        elif controller in controllers.split(","):
            mount = base / controllers if (base / controllers).is_dir() else base / controller
        else:
            continue
        steps = [step for step in path.split("/") if step not in ("", "..")]
        for depth in range(len(steps), -1, -1):
            yield mount.joinpath(*steps[:depth])


def _core_share(folder: Path) -> float | None:
    quota, _, period = _text(folder / "cpu.max").partition(" ")
    if not quota:
        quota, period = (_text(folder / f"cpu.cfs_{name}_us") for name in ("quota", "period"))
    with contextlib.suppress(ValueError, ZeroDivisionError):  # "max" is no number
        share = int(quota) / int(period)
        return share if share > 0 else None  # version 1 says -1 where there is no bound
    return None


def _group_memory_left(folder: Path) -> int | None:
    fields = _fields(folder / "memory.stat")
    names = (("memory.max", "memory.current", "inactive_file"),)
    names += (("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),)
    for most, used, dropped_first in names:
        with contextlib.suppress(ValueError):  # "max" is no number, nor is what a missing file says
            # Files that were read long ago count as used, and make room for whoever needs it.
            return int(_text(folder / most)) - int(_text(folder / used)) + fields.get(dropped_first, 0)
    return None


def _fields(path: Path) -> dict[str, int]:
    """Lines of a name, a whole number, and perhaps a unit."""
    words = (line.split() for line in _text(path).splitlines())
    return {each[0]: int(each[1]) for each in words if len(each) >= 2 and each[1].isdigit()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
