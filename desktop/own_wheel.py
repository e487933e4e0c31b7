"""Moltbox as a Python package, for the desktop build to carry: the Python that trains for a window installs this one.

python desktop/own_wheel.py FOLDER
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_PARTS = ("app", "engine", "trainer", "resources", "pyproject.toml", "README.md", "LICENSE")


def make_wheel(folder: Path) -> Path:
    """Makes the package of this version; returns its file.

    It is made from a copy, so that nothing an earlier one left behind in `build` comes along.

    Raises:
        subprocess.CalledProcessError: pip could not make it.
    """
    with tempfile.TemporaryDirectory() as copy:
        for part in _PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, Path(copy) / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(ROOT / part, Path(copy) / part)
        made = Path(copy) / "made"
        command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(made), copy]
        subprocess.run(command, check=True)  # noqa: S603 - words of ours
        (wheel,) = made.glob("moltbox-*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copyfile(wheel, folder / wheel.name))


if __name__ == "__main__":
    print(make_wheel(Path(sys.argv[1])))
