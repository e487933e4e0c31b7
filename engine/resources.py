"""Where files are: those that ship with Moltbox, and its own folder among the person's data."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def resource_path(*parts: str) -> Path:
    """Path of a shipped file, in a source checkout as well as in the desktop build."""
    frozen_root = getattr(sys, "_MEIPASS", None)
    root = Path(frozen_root) if frozen_root else Path(__file__).resolve().parent.parent
    return root.joinpath("resources", *parts)


def starter_model_path() -> Path:
    """The model that a first folder of ordinary photos is looked at with."""
    return resource_path("models", "starter.molt")


def data_folder() -> Path:
    """Moltbox's own folder among the person's data."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "Moltbox"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Moltbox"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "moltbox"


def log_folder() -> Path:
    """Where Moltbox keeps its log and the traces of crashes, as each system wants it."""
    if sys.platform == "win32":
        return data_folder() / "Logs"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Logs" / "Moltbox"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "moltbox"
