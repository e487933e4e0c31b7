"""Looks, beside the window, for a Python that can train."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.threads import failures_told, let_go
from app.training.python import PythonFacts, candidates, probe


@dataclass(frozen=True, slots=True)
class PythonFound:
    """What a search came to: the first Python that can train, or None; and all that were tried, in their order."""

    fit: PythonFacts | None
    tried: tuple[PythonFacts, ...]

    @property
    def nearest(self) -> PythonFacts | None:
        """The Python that is best installed into: an environment before another, with Moltbox before without."""
        usable = [facts for facts in self.tried if facts.trouble in ("lacks", "other")]
        return max(usable, key=lambda facts: (facts.own, bool(facts.moltbox)), default=None)


class PythonSearch(QThread):
    """Tries one Python after the other until one can train. Signals: `trying(path)`, then `ended(PythonFound)`."""

    trying = Signal(object)
    ended = Signal(object)

    def __init__(self, chosen: str, root: Path, parent: QObject | None = None, *, only: Sequence[Path] = ()) -> None:
        """
        Args:
            chosen: the Python of the settings, "" for none.
            root: the folder of photos.
            parent: as Qt knows it.
            only: try these and no others.
        """
        super().__init__(parent)
        self._chosen, self._root, self._only = chosen, root, tuple(only)
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends the search, and lets it go; nothing is told any more."""
        self._stopped.set()
        let_go(self)

    def run(self) -> None:
        tried: list[PythonFacts] = []
        with failures_told(lambda _sentence: self.ended.emit(PythonFound(None, tuple(tried)))):
            self._search(tried)

    def _search(self, tried: list[PythonFacts]) -> None:
        for path in self._wanted():
            if self._stopped.is_set():
                return
            self.trying.emit(path)
            tried.append(probe(path, stopped=self._stopped.is_set))
            if tried[-1].trouble is None:
                break
        if not self._stopped.is_set():
            fit = tried[-1] if tried and tried[-1].trouble is None else None
            self.ended.emit(PythonFound(fit, tuple(tried)))

    def _wanted(self) -> Iterable[Path]:
        return self._only or candidates(self._chosen, self._root, os.environ, Path.home())
