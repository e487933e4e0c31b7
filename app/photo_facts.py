"""All that the photo list knows of a folder's photos, read at once or, of a large folder, beside the window."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QObject, QThread, Signal

from app.photo_query import Known
from app.threads import failures_told, wait_or_let_go
from engine.dataset.project import Project
from engine.dataset.project_records import BoxFacts, ClassRow, PhotoRow
from engine.localization.naming import fold_name

_CLOSING_MS = 5000


@dataclass(slots=True)
class PhotoFacts:
    """Photos by id in natural order of their names, the folded words of their paths, and their boxes in short."""

    rows: dict[int, PhotoRow] = field(default_factory=dict)
    words: dict[int, str] = field(default_factory=dict)
    boxes: dict[int, BoxFacts] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project) -> PhotoFacts:
        rows = project.photos()
        return cls({row.id: row for row in rows}, {row.id: fold_name(row.path) for row in rows}, project.box_facts())

    def take(self, row: PhotoRow, boxes: BoxFacts | None = None) -> None:
        """Keeps what a photo is now; its boxes too where they are given."""
        self.rows[row.id] = row
        if row.id not in self.words:
            self.words[row.id] = fold_name(row.path)
        if boxes is not None:
            self.boxes[row.id] = boxes

    def known(self, classes: tuple[ClassRow, ...]) -> Known:
        """What a search may ask about."""
        return Known(self.words, {row.id: fold_name(row.name) for row in classes}, self.boxes)


class FactsReader(QThread):
    """Reads a project's photos with a connection of its own; `facts` is None where that failed, `problem` says why."""

    ended = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project = project
        self.facts: PhotoFacts | None = None
        self.problem = ""

    def stop(self) -> None:
        """Waits for the end of the reading, about a second for 100,000 photos."""
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        with failures_told(self._keep_problem), Project.beside(self._project) as project:
            self.facts = PhotoFacts.of(project)
        self.ended.emit()

    def _keep_problem(self, sentence: str) -> None:
        self.problem = sentence
