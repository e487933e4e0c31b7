"""Whether there is a screen here; asked before Qt, which would end the process."""

from __future__ import annotations

import os
import sys


def has_display() -> bool:
    """Whether a window can be shown; a platform named in QT_QPA_PLATFORM counts as the person's choice."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
