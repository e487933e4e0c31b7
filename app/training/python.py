"""Which Python trains: the one that runs the window, or, for the desktop build, one with the `train` extra."""

from __future__ import annotations

import sys
from pathlib import Path

from engine import __version__

INSTALL = f'python -m pip install "moltbox[cpu,train,starter]=={__version__}"'
"""What makes a Python able to train for this Moltbox."""


def is_desktop_build() -> bool:
    """Whether this window carries no trainer of its own."""
    return bool(getattr(sys, "frozen", False))


def usual_python(chosen: str) -> Path | None:
    """The Python to train with: the running one, or the one chosen for the desktop build; None where none is."""
    if not is_desktop_build():
        return Path(sys.executable)
    return Path(chosen) if chosen else None
