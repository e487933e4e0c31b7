"""Reads, beside the window, what the maps of all photos that wait for an answer say at every threshold."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.priority import work_beside_window
from app.proposals import Placed
from app.threads import failures_told, wait_or_let_go
from engine.dataset.evidence_store import StoredThresholds, Weights
from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoContent, PhotoState
from engine.errors import Cancelled
from engine.geometry import Box
from engine.localization.anchors import Anchors
from engine.localization.evidence import ClassNotKeptError, Evidence
from engine.localization.naming import ClassNames, fold_name, place_for
from engine.localization.threshold_table import TableUnreadableError, ThresholdTable
from engine.prelabel.reboxing import OpenMap, Reboxing

StoredTable = tuple[int, str, int, Weights, bytes]
"""A row of `Project.put_thresholds`."""

_CLOSING_MS = 2000
_TOLD_EVERY_S = 0.1
_STORED_TOGETHER = 20


def tables_of(photo_id: int, model_id: int, placed: Iterable[Placed]) -> list[StoredTable]:
    """What `Project.put_thresholds` keeps of a photo's maps."""
    return [
        (
            photo_id,
            fold_name(each.class_name),
            model_id,
            each.placement.weights,
            each.heat_map.threshold_table().to_bytes(),
        )
        for each in placed
    ]


def boxes_that_move(content: PhotoContent, class_id: int) -> tuple[Box, ...] | None:
    """The boxes of a class that another threshold may replace; None where a person has decided on one of them."""
    rows = [row for row in content.boxes if row.class_id == class_id]
    if any(row.state.decided for row in rows):
        return None
    return tuple(row.box for row in rows)


@dataclass(frozen=True, slots=True)
class MapsWanted:
    """What the reader needs to know of the open folder and the model.

    home: folder of the project's files. model_id: the model's number in the project. class_names, names: of the model.
    anchors: what labels stand for that the model does not know. classes: the project's class names by id.
    """

    root: Path
    home: Path
    model_id: int
    class_names: tuple[str, ...]
    names: ClassNames
    anchors: Anchors
    classes: Mapping[int, str]


class _Following:
    """Stored tables that come by photo, for photos that are asked for in the same order."""

    def __init__(self, stored: Iterator[StoredThresholds]) -> None:
        self._stored = stored
        self._next = next(stored, None)

    def of(self, photo_id: int) -> dict[str, tuple[Weights, bytes]]:
        """What is stored of a photo, by folded label."""
        found = {}
        while self._next is not None and self._next.photo_id <= photo_id:
            if self._next.photo_id == photo_id:
                found[self._next.label] = (self._next.weights, self._next.data)
            self._next = next(self._stored, None)
        return found


@dataclass(frozen=True, slots=True, eq=False)
class OpenMaps:
    """All photos that wait for an answer: those with maps, and the ids of those that have none."""

    many: Reboxing
    without: tuple[int, ...]


class OpenMapReader(QThread):
    """Runs once. Tables that are not stored yet are measured from the stored evidence and handed over to be kept.

    Signals: `progress` tells photos read and all of them; `measured` hands over a list of `StoredTable`; `ended` brings
    `OpenMaps`, or the sentence that says why there are none.
    """

    progress = Signal(int, int)
    measured = Signal(list)
    ended = Signal(object)

    def __init__(self, wanted: MapsWanted, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._wanted = wanted
        self._stopped = threading.Event()
        self._without: list[int] = []
        self._measured: list[StoredTable] = []
        self._told_s = 0.0

    def stop(self) -> None:
        """Asks the thread to end and waits for that, two seconds at most; nothing is told any more."""
        self._stopped.set()
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        work_beside_window()
        with failures_told(self.ended.emit):
            try:
                with Project.open(self._wanted.root, read_only=True, location=self._wanted.home) as project:
                    many = Reboxing(self._open_maps(project))
            except Cancelled:
                return
            self._hand_over()
            self.ended.emit(OpenMaps(many, tuple(self._without)))

    def _open_maps(self, project: Project) -> Iterator[OpenMap]:
        total = project.counts()[PhotoState.PROPOSED]
        # Both come by photo, so that neither has to be held.
        stored = _Following(project.thresholds(self._wanted.model_id))
        for done, content in enumerate(project.contents(PhotoState.PROPOSED)):
            if self._stopped.is_set():
                raise Cancelled("Stopped.")
            self._tell(done, total)
            found = list(self._maps_of(project, content, stored.of(content.photo_id)))
            if not found:
                self._without.append(content.photo_id)
            yield from found

    def _maps_of(
        self, project: Project, content: PhotoContent, stored: Mapping[str, tuple[Weights, bytes]]
    ) -> Iterator[OpenMap]:
        for class_id in self._classes_of(project, content, stored):
            before = boxes_that_move(content, class_id)
            name = self._wanted.classes.get(class_id)
            if before is None or name is None:
                continue
            table = self._stored_table(fold_name(name), stored) or self._measure(project, content.photo_id, name)
            if table is not None:
                yield OpenMap(content.photo_id, class_id, before, table)

    def _classes_of(self, project: Project, content: PhotoContent, stored: Mapping[str, object]) -> tuple[int, ...]:
        """The classes that have boxes to move; on a photo without any box, those it is labelled with or looked at for.

        Decided boxes tell that a person has seen the photo: a class whose proposals they took away stays away.
        """
        if content.boxes:
            return tuple(dict.fromkeys(row.class_id for row in content.boxes if row.state is BoxState.PROPOSED))
        labels = project.labels(content.photo_id)
        if labels:
            return tuple(class_id for class_id, source in labels if source == labels[0][1])
        named = {fold_name(name): class_id for class_id, name in self._wanted.classes.items()}
        looked_for = [named[label] for label in stored if label in named]
        return tuple(looked_for) if len(looked_for) == 1 else ()

    def _stored_table(self, label: str, stored: Mapping[str, tuple[Weights, bytes]]) -> ThresholdTable | None:
        if label not in stored:
            return None
        weights, data = stored[label]
        if weights != self._wanted.anchors.get(label, weights):
            return None  # the label stands for other classes by now
        try:
            return ThresholdTable.from_bytes(data)
        except TableUnreadableError:
            return None

    def _measure(self, project: Project, photo_id: int, name: str) -> ThresholdTable | None:
        """The table of a class from the photo's stored evidence; None where that does not hold it."""
        wanted = self._wanted
        kept = project.evidence(photo_id)
        if kept is None or kept[0] != wanted.model_id:
            return None
        try:
            evidence = Evidence.from_bytes(kept[1], wanted.class_names)
            placement = place_for(name, evidence, wanted.names, wanted.anchors)
            placed = Placed(name, placement, evidence.heat_map(placement.weights))
        except ClassNotKeptError:
            return None
        self._measured += tables_of(photo_id, wanted.model_id, [placed])
        if len(self._measured) >= _STORED_TOGETHER:
            self._hand_over()
        return placed.heat_map.threshold_table()

    def _hand_over(self) -> None:
        if self._measured and not self._stopped.is_set():
            self.measured.emit(self._measured)
        self._measured = []

    def _tell(self, done: int, total: int) -> None:
        if time.monotonic() - self._told_s > _TOLD_EVERY_S:
            self._told_s = time.monotonic()
            self.progress.emit(done, total)
