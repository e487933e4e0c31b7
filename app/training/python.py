"""Which Python trains: the one that runs the window, or, for the desktop build, one with the `train` extra."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.texts import tr
from engine import __version__
from engine.errors import MoltboxError

INSTALL = f'python -m pip install "moltbox[cpu,train,starter]=={__version__}"'
"""What makes a Python able to train for this Moltbox."""

_PROBE = "import torch, torchvision, timm, onnx, trainer, engine; print(engine.__version__)"
_PROBE_TIMEOUT_S = 120.0


class PythonError(MoltboxError):
    """A Python that cannot train; the sentence says what it lacks."""


def is_desktop_build() -> bool:
    """Whether this window carries no trainer of its own."""
    return bool(getattr(sys, "frozen", False))


def usual_python(chosen: str) -> Path | None:
    """The Python to train with: the running one, or the one chosen for the desktop build; None where none is."""
    if not is_desktop_build():
        return Path(sys.executable)
    return Path(chosen) if chosen else None


def check_python(python: Path) -> None:
    """Tries whether a Python can train; takes some seconds.

    Raises:
        PythonError: it cannot be started, lacks a package, or has another Moltbox.
    """
    try:
        probe = subprocess.run(  # noqa: S603 - the Python that the person chose
            [str(python), "-c", _PROBE], capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise PythonError(tr("{python} cannot be started: {reason}.", python=python, reason=error)) from error
    if probe.returncode:
        missing = probe.stderr.strip().splitlines()[-1:] or [tr("it ended without a word")]
        raise PythonError(tr("{python} cannot train ({reason}).", python=python, reason=missing[0]))
    found = probe.stdout.strip()
    if found != __version__:
        raise PythonError(
            tr(
                "{python} has Moltbox {found}; this window needs {wanted}.",
                python=python,
                found=found,
                wanted=__version__,
            )
        )
