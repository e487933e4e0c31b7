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
    assert "4 kept, 0 broken" in done.stdout


@pytest.mark.parametrize(
    ("imported", "absent"),
    [
        ("engine.localization.localizer, engine.prelabel.command", {"PySide6", "pyqtgraph", "torch", "app", "trainer"}),
        ("engine.localization.localizer, engine.prelabel.command", {"ray", "pyarrow", "pandas", "fsspec"}),
        ("engine.cluster.command", {"ray", "pandas", "PySide6", "torch", "app", "trainer"}),
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


@pytest.mark.parametrize(
    ("package", "absent"),
    [
        ("engine", {"PySide6", "pyqtgraph", "torch", "torchvision", "timm", "onnx", "app", "trainer"}),
        ("trainer", {"PySide6", "pyqtgraph", "app"}),
        ("app", {"torch", "torchvision", "timm", "onnx", "trainer"}),
    ],
)
def test_all_of_a_layer_together_loads_nothing_it_must_not_know(package: str, absent: set[str]) -> None:
    """Import statements are what the contracts see; other packages may pull in more."""
    paths = [path.relative_to(REPOSITORY).with_suffix("") for path in sorted((REPOSITORY / package).rglob("*.py"))]
    modules = [".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"]
    assert len(modules) > 5
    program = f"import sys, importlib; [importlib.import_module(name) for name in {modules!r}]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert package in loaded
    assert absent.isdisjoint(loaded)
