"""What a person asks of a running training: to pause, or to finish with what has been learnt.

Another program asks through the file `ask` in the run folder, with one word; Ctrl+C is a pause.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

ASK_FILE = "ask"
PAUSE, FINISH = "pause", "finish"
_LOOK_EVERY_S = 0.2


class Asks:
    """Reads the file now and then; what was asked once stays asked until the process ends."""

    def __init__(self, run_folder: Path | None = None, interrupted: Callable[[], bool] = lambda: False) -> None:
        """
        Args:
            run_folder: where the file would be; None for nowhere.
            interrupted: whether Ctrl+C came; asked each time.
        """
        self._file = None if run_folder is None else run_folder / ASK_FILE
        self._interrupted = interrupted
        self._word = ""
        self._looked_at = -_LOOK_EVERY_S

    def pause(self) -> bool:
        """Whether to save and stop."""
        return self._interrupted() or self._read() == PAUSE

    def finish(self) -> bool:
        """Whether to stop learning and write the model."""
        return self._read() == FINISH

    def _read(self) -> str:
        if self._file is not None and not self._word and time.monotonic() - self._looked_at >= _LOOK_EVERY_S:
            self._looked_at = time.monotonic()
            try:
                word = self._file.read_text(encoding="utf-8").strip().lower()
            except (OSError, ValueError):
                word = ""
            if word in (PAUSE, FINISH):
                self._word = word
                self._file.unlink(missing_ok=True)
        return self._word


def forget_old_asks(run_folder: Path) -> None:
    """Clears away what was asked of an earlier process that never read it."""
    if run_folder.is_dir():
        (run_folder / ASK_FILE).unlink(missing_ok=True)
