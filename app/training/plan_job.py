"""Works out, beside the window, what a training would learn from, and writes it into the training's folder."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QThread, Signal

from app.priority import work_beside_window
from app.texts import tr
from app.threads import failures_told, let_go
from app.training.files import TrainingFolder, new_training
from app.training.python import NO_WINDOW, clean_environment, working_folder
from engine.dataset.project import Project
from engine.dataset.training_labels import Source, TrainingPlan, plan_training, write_training_files
from engine.evaluation.compare import trivial_shares
from engine.geometry import Box

if TYPE_CHECKING:
    from app.session import Session


@dataclass(frozen=True, slots=True)
class PlannedTraining:
    """A training that could be started: its folder with labels and boxes, and what is in them.

    trivial_right: shares of the held-out photos that the best centred box and the whole photo get right, in [0, 1];
        None where nothing is held out.
    """

    number: int
    folder: TrainingFolder
    plan: TrainingPlan
    labels: Path
    boxes: Path | None
    trivial_right: tuple[float, float] | None = None


class PlanJob(QThread):
    """Plans one training. Signals: `planned(PlannedTraining)` or `failed(sentence)`; it goes when it has ended."""

    planned = Signal(object)
    failed = Signal(str)

    def __init__(self, session: Session, sources: Collection[Source], folder: TrainingFolder | None = None) -> None:
        """
        Args:
            session: whose project is read, through a connection of its own.
            sources: that labels are taken from.
            folder: of an earlier plan of the same training; None makes a new one.
        """
        super().__init__()
        if session.project is None:
            raise ValueError("a training is planned for an open folder")
        self._root, self._home = session.project.root, session.project.path.parent
        self._sources, self._folder = tuple(sources), folder
        let_go(self)

    def run(self) -> None:
        work_beside_window()
        with failures_told(self.failed.emit):
            self._plan()

    def _plan(self) -> None:
        try:
            with Project.open(self._root, read_only=True, location=self._home) as project:
                plan = plan_training(project, self._sources)
                folder = self._folder or new_training(self._home)
                labels, boxes = write_training_files(project, plan, folder.path)
                trivial = trivial_shares(_held_out_truths(project, plan))
        except OSError as error:
            words = tr("{path} cannot be written: {reason}.", path=self._home, reason=error.strerror)
            self.failed.emit(words)
        else:
            self.planned.emit(PlannedTraining(int(folder.path.name), folder, plan, labels, boxes, trivial))


def _held_out_truths(project: Project, plan: TrainingPlan) -> list[tuple[tuple[int, int], list[Box]]]:
    """Width and height of each held-out photo, and the boxes that a person decided on."""
    found = []
    for photo in plan.held_out:
        row = project.photo(photo.photo_id)
        found.append(((row.width, row.height), [box.box for box in project.content(row.id).boxes if box.state.counts]))
    return [(size, boxes) for size, boxes in found if all(size) and boxes]


class EstimateJob(QThread):
    """Asks the trainer how long a training would take.

    Signal `told(facts, sentence)`: what it printed, {} where it did not; then why not.
    """

    told = Signal(object, str)

    def __init__(self, command: list[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ends the process, and lets the job go; nothing is told any more."""
        self._stopped.set()
        if self._process is not None:
            self._process.kill()
        let_go(self)

    def run(self) -> None:
        with failures_told(lambda sentence: self.told.emit({}, sentence)):
            facts, sentence = self._estimate()
            if not self._stopped.is_set():
                self.told.emit(facts, sentence)

    def _estimate(self) -> tuple[Mapping[str, Any], str]:
        """What the trainer printed, {} where it did not; then why not."""
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own trainer
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=clean_environment(os.environ),
                cwd=working_folder(Path(self._command[0])),
                creationflags=NO_WINDOW,
            )
            if self._stopped.is_set():
                self._process.kill()
            printed, said = self._process.communicate()
            last = printed.strip().splitlines()[-1:]
            facts = json.loads(last[0]) if last and self._process.returncode == 0 else {}
            sentence = "" if facts else next(iter(said.strip().splitlines()[-1:]), "")
            return facts if isinstance(facts, dict) else {}, sentence
        except OSError as error:
            return {}, tr("{program} cannot be started: {reason}.", program=self._command[0], reason=error)
        except ValueError as error:
            return {}, str(error)
