"""The three layers, as the import graph and as a fresh interpreter see them."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
TORCH = ("torch", "torchvision", "timm", "onnx")
QT = ("PySide6", "pyqtgraph")


def modules_after(statement: str) -> set[str]:
    """Top-level names in `sys.modules` of a fresh interpreter that ran `statement`."""
    program = f"import sys\n{statement}\nprint(' '.join({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=REPOSITORY, check=True, timeout=120
    )
    return set(done.stdout.splitlines()[-1].split())


def modules_of(package: str) -> list[str]:
    names = []
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        parts = path.relative_to(REPOSITORY).with_suffix("").parts
        names.append(".".join(part for part in parts if part != "__init__"))
    return [name for name in names if not name.endswith("__main__")]


def test_every_contract_of_the_import_graph_is_kept() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    program = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", program, "--no-cache"], capture_output=True, text=True, cwd=REPOSITORY, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(contracts) >= 3
    assert f"Contracts: {len(contracts)} kept, 0 broken." in done.stdout


@pytest.mark.parametrize(
    ("package", "unwanted"),
    [("engine", (*TORCH, *QT, "app", "trainer")), ("trainer", (*QT, "app")), ("app", (*TORCH, "trainer"))],
)
def test_importing_all_of_a_layer_loads_nothing_it_must_not_know(package: str, unwanted: tuple[str, ...]) -> None:
    """The graph sees only import statements; a fresh interpreter also sees what other packages pull in."""
    modules = modules_of(package)
    assert len(modules) > 5
    loaded = modules_after(f"import importlib\nfor name in {modules!r}: importlib.import_module(name)")
    assert package in loaded
    assert not loaded & set(unwanted)


def test_the_door_loads_no_toolkit_before_a_verb_needs_it() -> None:
    loaded = modules_after("import app.__main__")
    assert not loaded & {*TORCH, *QT, "onnxruntime", "cv2", "trainer"}


def test_the_window_is_loaded_without_the_sample_photos_package() -> None:
    """scikit-image only lends the demo its photos: importing it would slow the start and is left out of the build."""
    assert not modules_after("import app.window") & {"skimage", "scipy", "matplotlib"}
