"""Where the files that ship with Moltbox are: the starter model, icons, licences."""

from __future__ import annotations

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
