"""Looks into a file or folder of labels beside the window: what it is, and what of it fits the open folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.threads import failures_told, wait_or_let_go
from engine.dataset.importing import photo_sizes
from engine.dataset.label_sources import LabelSource, ReadLabels, read_labels, recognise
from engine.dataset.project import Project
from engine.dataset.voc import Dialect

_CLOSING_MS = 2000


@dataclass(frozen=True, slots=True)
class LookedInto:
    """What a file or folder of labels holds, or the sentence that says why it cannot be read."""

    source: LabelSource | None
    read: ReadLabels | None
    problem: str
    elapsed_s: float


class LabelReader(QThread):
    """Reads one source, with a connection of its own to the project's file. Signal `ended` brings a `LookedInto`."""

    ended = Signal(object)

    def __init__(self, project: Project, path: Path, dialect: Dialect | None, parent: QObject) -> None:
        """
        Args:
            path: a label file, or a folder of them.
            dialect: of VOC files that do not tell; None takes the guess.
        """
        super().__init__(parent)
        self._root, self._home = project.root, project.path.parent
        self._path = path
        self._dialect: Dialect | None = dialect

    def stop(self) -> None:
        """Waits for the end, two seconds at most."""
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        started_s = time.monotonic()
        source: LabelSource | None = None
        read: ReadLabels | None = None
        problems: list[str] = []
        with failures_told(problems.append):
            source = recognise(self._path)
            if source.kind == "voc" and self._dialect is not None:
                source = LabelSource(source.kind, source.path, self._dialect)
            with Project.open(self._root, read_only=True, location=self._home) as project:
                read = read_labels(source, photo_sizes(project))
        self.ended.emit(LookedInto(source, read, "".join(problems), time.monotonic() - started_s))
