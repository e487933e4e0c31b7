"""Worker processes that end without a word at some photos, as one does for want of memory."""

from __future__ import annotations

import os
import signal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.localization.evidence import Evidence
from engine.localization.localizer import Localizer
from engine.prelabel.processes import WorkerSetup

DEADLY_WIDTH = 97
"""In pixels, of photos that end every process that looks at them."""

DEADLY_ONCE_WIDTH = 98
"""In pixels, of photos of which the first one ends a process, and none after that."""


class KillingSetup(WorkerSetup):
    """Opens the model, and kills its own process at a deadly photo."""

    def open(self) -> Localizer:
        localizer = super().open()
        look = localizer.look
        mark = self.model.with_suffix(".killed")

        def look_or_die(photo: NDArray[np.uint8], *, size: tuple[int, int] | None = None, **more: Any) -> Evidence:
            width = photo.shape[1] if size is None else size[0]
            if width == DEADLY_ONCE_WIDTH and not mark.exists():
                mark.touch()
                _die()
            if width == DEADLY_WIDTH:
                _die()
            return look(photo, size=size, **more)

        localizer.look = look_or_die
        return localizer


class StillbornSetup(WorkerSetup):
    """Kills its own process before the model is open."""

    def open(self) -> Localizer:
        _die()
        return super().open()


def _die() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
