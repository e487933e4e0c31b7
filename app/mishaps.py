"""Faults of the program itself: told in the window in one sentence, with the details in a log file."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Signal

_MOST_LOG_BYTES = 1_000_000


class Mishaps(QObject):
    """Takes exceptions that nobody caught, from any thread.

    Signal: `happened` with a sentence for a person, once for each place in the program that failed.
    """

    happened = Signal(str)

    def __init__(self, log: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.log = log
        self._known: set[tuple[str, str]] = set()

    def install(self) -> None:
        """From now on takes what Qt's slots and the threads let fall."""
        sys.excepthook = self.take
        threading.excepthook = lambda fault: self.take(
            fault.exc_type, fault.exc_value or fault.exc_type(), fault.exc_traceback
        )

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Writes the details to the log and standard error, and tells the window."""
        if not issubclass(kind, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        frames = traceback.extract_tb(trace)
        place = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
        if (kind.__name__, place) in self._known:
            # What fails at every repaint must not fill the disk.
            return
        self._known.add((kind.__name__, place))
        details = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:
            sys.stderr.write(details)
        where = f" Details are in {self.log}." if self._write(details) else ""
        self.happened.emit(f"{kind.__name__} in {place}. What was shown as decided is saved.{where}")

    def _write(self, details: str) -> bool:
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            full = self.log.exists() and self.log.stat().st_size > _MOST_LOG_BYTES
            with self.log.open("w" if full else "a", encoding="utf-8") as file:
                file.write(f"{stamp}\n{details}\n")
        except OSError:
            return False
        return True
