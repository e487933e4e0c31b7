"""What the benchmarks of docs/performance.md share: a line of the table, the machine, and how both are kept."""

from __future__ import annotations

import engine  # isort: skip # noqa: F401 - before NumPy and ONNX Runtime: it says how they are to run

import json
import os
import platform
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnxruntime

from engine.localization.onnx_session import core_count
from engine.localization.openvino_network import openvino_version


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    goal, measured: in words; goal is empty where there is none. is_met: None where there is no goal. figures: for the
    JSON, with units in their names.
    """

    what: str
    goal: str
    measured: str
    is_met: bool | None
    figures: dict[str, Any]

    @property
    def line(self) -> str:
        """As Markdown."""
        met = {None: "", True: "met", False: "**missed**"}[self.is_met]
        return f"| {self.what} | {self.goal} | {self.measured} | {met} |"


HEAD = "| what | goal | measured | |\n|---|---|---|---|"


def machine(threads: int | None = None) -> dict[str, Any]:
    """What the figures were taken on."""
    return {
        "processor": _processor(),
        "cores": core_count(),
        "threads": threads or core_count(),
        "memory_gib": _memory_gib(),
        "load": [round(each, 1) for each in os.getloadavg()],
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "onnxruntime": onnxruntime.__version__,
        "openvino": openvino_version(),
        "day": time.strftime("%Y-%m-%d"),
    }


def in_words(facts: dict[str, Any]) -> str:
    """The machine as a line."""
    return ", ".join(f"{name} {value}" for name, value in facts.items())


def write_figures(path: Path, facts: dict[str, Any], rows: Sequence[Row]) -> None:
    """Keeps a table as JSON: {"machine": ..., "rows": [...]}."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = {"machine": facts, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_rows(path: Path) -> list[Row]:
    """The lines that `write_figures` kept."""
    return [Row(**fields) for fields in json.loads(path.read_text(encoding="utf-8"))["rows"]]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory_gib() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (ValueError, OSError, AttributeError):
        return None
