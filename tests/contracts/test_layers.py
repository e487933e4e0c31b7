"""The layers hold: app ▸ engine ◂ trainer, in the source and in what a running process has really loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def test_the_import_contracts_are_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-cache"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("engine.localization.localizer, engine.prelabel.command", {"PySide6", "pyqtgraph", "torch", "app", "trainer"}),
        ("engine.dataset.project, engine.dataset.coco, engine.dataset.voc", {"PySide6", "torch", "onnxruntime", "app"}),
        ("app.session", {"torch", "torchvision", "timm", "onnx", "trainer"}),
        ("app.window", {"torch", "torchvision", "timm", "onnx", "trainer", "skimage", "scipy"}),
        ("app.__main__", {"torch", "trainer", "PySide6"}),
        ("trainer.__main__", {"app", "PySide6", "torch"}),
    ],
)
def test_a_process_loads_only_its_layer(imported: str, absent: set[str]) -> None:
    program = f"import sys, {imported}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert absent.isdisjoint(done.stdout.split())
