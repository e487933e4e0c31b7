"""Cores and memory as control groups give them out, from files as Linux writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.localization import onnx_session
from engine.localization.onnx_session import core_count
from engine.machine import core_quota, memory_left

MEMINFO = (
    "MemTotal:       24684752 kB\nMemFree:         1000000 kB\nMemAvailable:    8000000 kB\nHugePages_Total:       0\n"
)
GIB = 2**30


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """The root of a machine without control groups."""
    return write(tmp_path, {"proc/meminfo": MEMINFO})


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({}, None),
        ({"proc/self/cgroup": "0::/\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "250000 100000\n"}, 2.5),
        # Without a name space of its own, a container sees its group's path and only the group's files.
        ({"proc/self/cgroup": "0::/docker/1a2b\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5),
        (
            {
                "proc/self/cgroup": "0::/user.slice/job.scope\n",
                "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
                "sys/fs/cgroup/user.slice/cpu.max": "300000 100000\n",
            },
            3.0,
        ),
        ({"proc/self/cgroup": "0::/../../other\n", "sys/fs/cgroup/other/cpu.max": "100000 100000\n"}, 1.0),
        (
            {
                "proc/self/cgroup": "5:memory:/a\n4:cpu,cpuacct:/a\n0::/\n",
                "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "150000\n",
                "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n",
                "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            },
            1.5,
        ),
        (
            {
                "proc/self/cgroup": "4:cpuacct,cpu:/\n",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "50000\n",
            },
            4.0,
        ),
        ({"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "100000 0\n"}, None),
    ],
)
def test_processor_time_is_bounded_by_the_tightest_group(
    files: dict[str, str], quota: float | None, system: Path
) -> None:
    assert core_quota(write(system, files)) == quota


def test_cores_are_the_quota_rounded_up_and_never_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_session.os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    counts = []
    for quota in (None, 0.2, 1.0, 2.5, 64.0):
        monkeypatch.setattr(onnx_session, "core_quota", lambda quota=quota: quota)
        counts.append(core_count())
    assert counts == [8, 1, 1, 3, 8]


@pytest.mark.parametrize(
    ("files", "left"),
    [
        ({}, 8_000_000 * 1024),
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": f"{4 * GIB}\n",
                "sys/fs/cgroup/memory.current": f"{3 * GIB}\n",
                "sys/fs/cgroup/memory.stat": f"anon 5\ninactive_file {GIB}\nactive_file 7\n",
            },
            2 * GIB,
        ),
        (
            {
                "proc/self/cgroup": "0::/a\n",
                "sys/fs/cgroup/a/memory.max": "max\n",
                "sys/fs/cgroup/a/memory.current": f"{3 * GIB}\n",
            },
            8_000_000 * 1024,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/a\n",
                "sys/fs/cgroup/memory/a/memory.limit_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/a/memory.usage_in_bytes": f"{GIB}\n",
                "sys/fs/cgroup/memory/a/memory.stat": "total_inactive_file 4096\ninactive_file 1\n",
                "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
                "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
            },
            4096,
        ),
        (
            {
                "proc/self/cgroup": "0::/\n",
                "sys/fs/cgroup/memory.max": "1000\n",
                "sys/fs/cgroup/memory.current": "2000\n",
            },
            0,
        ),
    ],
)
def test_memory_left_is_the_least_of_the_machine_and_the_groups(files: dict[str, str], left: int, system: Path) -> None:
    assert memory_left(write(system, files)) == left


def test_where_the_system_does_not_tell_nothing_is_known(tmp_path: Path) -> None:
    assert core_quota(tmp_path) is None
    assert memory_left(tmp_path) is None
