"""Looks, beside the window, at the held-out photos with the old and the new model."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QThread, Signal

from app.priority import work_beside_window
from app.threads import failures_told, let_go
from app.training.compared import ComparedPhoto, Comparison
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow
from engine.errors import Cancelled, PhotoError
from engine.evaluation.compare import RIGHT_IOU, best_iou, changed, proposed_box, sign_test
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.anchors import Anchors
from engine.localization.localizer import Localizer
from engine.localization.naming import fold_name


@dataclass(frozen=True, slots=True)
class Contender:
    """A model as it would be used: its file, the thresholds by folded class name, and what unknown labels stand for."""

    path: Path
    thresholds: Mapping[str, float]
    anchors: Anchors


class CompareJob(QThread):
    """Compares two models. Signals: `progress(done, total)`, then `compared(Comparison)` or `failed(sentence)`."""

    progress = Signal(int, int)
    compared = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        project: Project,
        photo_ids: Sequence[int],
        old: Contender,
        new: Contender,
        parent: QObject | None = None,
    ) -> None:
        """
        Args:
            project: the open one; the job reads it through a connection of its own.
            photo_ids: reviewed photos that neither model has learnt from.
            old, new: the model in use and the one that was trained; the same one twice is looked with once.
        """
        super().__init__(parent)
        self._root, self._home = project.root, project.path.parent
        self._photo_ids, self._old, self._new = tuple(photo_ids), old, new
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Asks the job to end, and lets it go."""
        self._stopped.set()
        let_go(self)

    def run(self) -> None:
        work_beside_window()
        with failures_told(self.failed.emit):
            try:
                with Project.open(self._root, read_only=True, location=self._home) as project:
                    found = self._compare(project)
            except Cancelled:
                return
            self.compared.emit(comparison(found))

    def _compare(self, project: Project) -> list[ComparedPhoto]:
        old = Localizer.open(self._old.path)
        if self._stopped.is_set():
            raise Cancelled("Stopped.")
        new = old if self._old is self._new else Localizer.open(self._new.path)
        classes = {row.id: row for row in project.classes()}
        found: list[ComparedPhoto] = []
        for done, photo_id in enumerate(self._photo_ids):
            if self._stopped.is_set():
                raise Cancelled("Stopped.")
            self.progress.emit(done, len(self._photo_ids))
            truths = [box for box in project.content(photo_id).boxes if box.state.counts]
            if not truths:
                continue  # the person has taken the boxes away meanwhile
            largest = max(truths, key=_area)
            shown = classes[largest.class_id]
            of_class = [box.box for box in truths if box.class_id == largest.class_id]
            row = project.photo(photo_id)
            try:
                pixels = read_photo(self._root / row.path)
            except PhotoError:
                continue
            old_box = _box(self._old, old, pixels, shown.name)
            new_box = old_box if new is old else _box(self._new, new, pixels, shown.name)
            old_iou, _ = best_iou(old_box, of_class)
            new_iou, truth = best_iou(new_box, of_class)
            height, width = pixels.shape[:2]
            found.append(
                ComparedPhoto(
                    photo_id=photo_id,
                    path=self._root / row.path,
                    colour_index=shown.colour_index,
                    width=width,
                    height=height,
                    truth=truth,
                    old=old_box,
                    new=new_box,
                    old_iou=old_iou,
                    new_iou=new_iou,
                    change=changed(old_iou, new_iou),
                )
            )
        return found


def comparison(photos: Sequence[ComparedPhoto]) -> Comparison:
    """The counts of compared photos; those that changed most come first."""
    old = [photo.old_iou >= RIGHT_IOU for photo in photos]
    new = [photo.new_iou >= RIGHT_IOU for photo in photos]
    won = sum(now and not before for before, now in zip(old, new, strict=True))
    lost = sum(before and not now for before, now in zip(old, new, strict=True))
    ordered = sorted(photos, key=lambda photo: -abs(photo.new_iou - photo.old_iou))
    return Comparison(tuple(ordered), sum(old), sum(new), sign_test(won, lost))


def _box(contender: Contender, model: Localizer, pixels: NDArray[np.uint8], class_name: str) -> Box | None:
    threshold = contender.thresholds.get(fold_name(class_name), model.model.calibrated_threshold)
    return proposed_box(model, pixels, class_name, threshold, contender.anchors)


def _area(row: BoxRow) -> float:
    return row.box.width * row.box.height
