"""Trainings of the open folder: started, followed and compared with the model in use; one at a time."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.pages.train_words import phase_words
from app.session_types import JobStatus, Message
from app.texts import tr
from app.training.compare_job import CompareJob, Contender
from app.training.compared import Comparison, Setup
from app.training.files import TrainingFolder, training_folders
from app.training.own_models import OwnModels
from app.training.plan_job import PlannedTraining
from app.training.process import TrainingProcess
from app.training.state import TrainingState
from engine.errors import MoltboxError
from engine.localization.naming import fold_name

if TYPE_CHECKING:
    from app.session import Session

_ANSWERED = "answered_training"
_LOOK_AGAIN_MS = 3000
_ALIVE_S = 20.0
"""A log that was written to so short ago may belong to a training that another window has started."""


class TrainingDesk(QObject):
    """Signals: `changed()` when state, comparison or outcome are others; `started()` when there is one to show."""

    changed = Signal()
    started = Signal()

    def __init__(self, session: Session, usual_model: Path) -> None:
        """
        Args:
            session: of the window.
            usual_model: the file of the model that the window begins with.
        """
        super().__init__(session)
        self._session = session
        self._process: TrainingProcess | None = None
        self._compare: CompareJob | None = None
        self.models = OwnModels(session, usual_model)
        self.models.changed.connect(self._models_changed)
        self._looking_again = QTimer(self, singleShot=True, interval=_LOOK_AGAIN_MS)
        self._looking_again.timeout.connect(self._offer)
        self._reset()
        session.project_opened.connect(self._offer)
        session.project_closed.connect(self._close)
        session.model_changed.connect(self._model_in_use_changed)

    def _reset(self) -> None:
        self.folder: TrainingFolder | None = None
        self.setup: Setup | None = None
        self.held_out: tuple[int, ...] = ()
        self.state = TrainingState()
        self.comparison: Comparison | None = None
        self.is_paused = False
        self.error = ""

    # Starting and ending.

    @property
    def is_running(self) -> bool:
        return self._process is not None

    @property
    def is_there(self) -> bool:
        """Whether there is a training to show: running, paused, or ended."""
        return self.setup is not None

    @property
    def model_path(self) -> Path | None:
        """The model that the training wrote; None before that."""
        if self.folder is None or self.setup is None:
            return None
        path = self.folder.model(self.setup.name)
        return path if self.state.outcome == "done" and path.is_file() else None

    def start(self, planned: PlannedTraining, setup: Setup, python: Path) -> None:
        """Starts a training that was planned.

        Args:
            planned: its folder, labels and boxes.
            setup: what the page says of it.
            python: a Python that can train.
        """
        project = self._session.project
        if project is None or self._session.read_only or self.is_running:
            return
        held_out = tuple(photo.photo_id for photo in planned.plan.held_out)
        try:
            planned.folder.keep(setup, held_out)
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("The training cannot be started"), str(error)))
            return
        self._reset()
        self.folder, self.setup, self.held_out = planned.folder, setup, held_out
        self._run(command(python, project.root, planned.folder, setup, planned.labels, planned.boxes))
        self._score_model_in_use()
        self.started.emit()

    def resume(self, python: Path) -> None:
        """Goes on with a paused training from its last checkpoint."""
        project = self._session.project
        if project is None or self.folder is None or self.setup is None or self.is_running:
            return
        labels, boxes = self.folder.path / "labels.csv", self.folder.path / "boxes.coco.json"
        known = command(python, project.root, self.folder, self.setup, labels, boxes if boxes.is_file() else None)
        self.is_paused, self.error = False, ""
        self._run([*known, "--resume"] if self.folder.is_saved else known)

    def pause(self) -> None:
        """Pauses the training, or says nothing where none runs."""
        if self._process is not None:
            self._process.pause()

    def finish(self) -> None:
        """Learns no more: the best so far becomes the model."""
        if self._process is not None:
            self._process.finish()

    def _run(self, words: list[str]) -> None:
        if self.folder is None:
            return
        self._process = TrainingProcess(self.folder, self)
        self._process.changed.connect(self._take_state)
        self._process.ended.connect(self._take_end)
        self._process.start(words)
        self._tell()

    def _take_state(self, state: TrainingState) -> None:
        self.state = state
        self._tell()

    def _take_end(self, how: str, sentence: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            self.state = process.state
            process.deleteLater()
        self.is_paused = how == "paused"
        self.error = sentence
        name = self.setup.name if self.setup is not None else ""
        if how == "failed":
            self.state = replace(self.state, outcome="failed", error=sentence)
            self._session.message.emit(Message("bad", tr("The training has failed"), sentence, "training"))
        elif how == "done":
            self._session.message.emit(
                Message("ok", tr("{name} is trained", name=name), tr("Compare it before you use it."), "training")
            )
            self._start_comparison()
        self._tell()

    # Old against new.

    def _model_in_use(self) -> Contender | None:
        session = self._session
        if session.project is None or session.localizer is None:
            return None
        names = {row.id: row.name for row in session.classes}
        usual = {fold_name(name): session.usual_threshold(class_id) for class_id, name in names.items()}
        return Contender(session.localizer.model.path, usual, session.project.anchors(session.model_number))

    def _score_model_in_use(self) -> None:
        """Finds out, while the training runs, what share of the held-out photos the model in use gets right."""
        old = self._model_in_use()
        if old is not None:
            self._look_with(old, old, self._take_score)

    def _take_score(self, found: Comparison) -> None:
        self._forget_compare()
        if self.setup is None or self.folder is None or not found.photos:
            return
        self.setup = replace(self.setup, old_right=found.old_right / len(found.photos))
        # What cannot be noted is found out again when the training ends.
        with contextlib.suppress(MoltboxError):
            self.folder.keep(self.setup, self.held_out)
        self._tell()

    def _start_comparison(self) -> None:
        old, model = self._model_in_use(), self.model_path
        if old is not None and model is not None:
            self._look_with(old, Contender(model, {}, {}), self._take_comparison)

    def _look_with(self, old: Contender, new: Contender, take: Callable[[Comparison], None]) -> None:
        """Has two models look at the held-out photos beside the window; a look that runs is given up for it."""
        project = self._session.project
        if project is None or not self.held_out:
            return
        self._forget_compare()
        self._compare = job = CompareJob(project, self.held_out, old, new, self)

        def take_if_wanted(found: Comparison) -> None:
            if job is self._compare:
                take(found)

        job.compared.connect(take_if_wanted)
        job.failed.connect(lambda sentence: self._comparison_failed(sentence) if job is self._compare else None)
        job.start()

    def _take_comparison(self, found: Comparison) -> None:
        self.comparison = found
        self._forget_compare()
        self._tell()

    def _comparison_failed(self, sentence: str) -> None:
        self._forget_compare()
        self._session.message.emit(Message("warn", tr("The two models could not be compared"), sentence))

    def _forget_compare(self) -> None:
        if self._compare is not None:
            self._compare.stop()
            self._compare = None

    # Taking it over, or not.

    def adopt(self) -> bool:
        """Takes the new model over, for this folder; photos that nobody has reviewed get its boxes."""
        model = self.model_path
        if model is None or self.folder is None or not self.models.adopt(model, self.folder.path.name):
            return False
        self._reset()
        self._tell()
        return True

    def open_photo_count(self) -> int:
        """Photos that would get other boxes: those that nobody has reviewed."""
        return len(self._session.prelabelling.photos_of("unreviewed"))

    def keep_old(self) -> None:
        """Leaves the model in use as it is; the trained one stays in its folder."""
        project = self._session.project
        if project is not None and self.folder is not None and not self._session.read_only:
            project.put_setting(_ANSWERED, self.folder.path.name, waits=False)
        self._forget_compare()
        self._reset()
        self._tell()

    # With the folder.

    def _models_changed(self) -> None:
        """The training whose model has been taken over is answered; undo asks again."""
        if self.folder is None:
            self._offer()
        elif not self.is_running and self.folder.path.name == self.models.adopted:
            self._forget_compare()
            self._reset()
            self._tell()

    def _offer(self) -> None:
        """Shows the last training of the folder again, where it has not been answered yet."""
        project = self._session.project
        if project is None or self.is_there:
            return
        noted = ((folder, folder.kept()) for folder in reversed(training_folders(project.path.parent)))
        last, kept = next(((folder, kept) for folder, kept in noted if kept is not None), (None, None))
        if last is None or kept is None or last.path.name in (project.setting(_ANSWERED), self.models.adopted):
            return
        process = TrainingProcess(last)
        state = process.read()
        fresh = last.log.is_file() and time.time() - last.log.stat().st_mtime < _ALIVE_S
        alive = state.outcome == "running" and last.running.is_file() and fresh
        if alive:  # one that a closed window has left is still saving
            self._looking_again.start()
            return
        if state.outcome != "done" and not last.is_saved:
            return
        self.folder, (self.setup, self.held_out), self.state = last, kept, state
        self.is_paused = state.outcome == "running"
        if self.is_paused and not self._session.read_only:
            words = tr(
                "{name} stands at epoch {epoch:.3g} of {epochs:.3g}.",
                name=self.setup.name,
                epoch=state.epoch,
                epochs=state.epochs,
            )
            self._session.message.emit(Message("info", tr("A training was not finished"), words, "training"))
        elif state.outcome == "done":
            self._start_comparison()
        self._tell()

    def _model_in_use_changed(self) -> None:
        """The old one of the two is another now, or is only now there."""
        if self.setup is not None and self.model_path is not None:
            self.setup = replace(self.setup, old_name=self._session.model_name)
            self.comparison = None
            self._start_comparison()
            self._tell()

    def _close(self) -> None:
        self._looking_again.stop()
        if self._process is not None:
            self._process.leave()
            self._process.deleteLater()
            self._process = None
        self._forget_compare()
        self._reset()
        self._tell()

    def _tell(self) -> None:
        self.changed.emit()
        if not self._session.prelabelling.is_running:
            self._session.job_changed.emit(self.job())

    def job(self) -> JobStatus | None:
        """The training as the strip shows it; None where none runs."""
        if self._process is None or self.setup is None:
            return None
        state = self.state
        done, total = (
            (state.step, state.steps) if state.phase == "training" and state.step else (state.done, state.total)
        )
        title = tr("Training {name}", name=self.setup.name)
        return JobStatus(title, done, total, 0.0, state.eta_s, doing=phase_words(state), act="training", icon="train")


def command(
    python: Path, root: Path, folder: TrainingFolder, setup: Setup, labels: Path, boxes: Path | None
) -> list[str]:
    """The words that start a training."""
    words = [str(python), "-m", "trainer", "train", str(root), "--preset", setup.preset, "--labels", str(labels)]
    if boxes is not None:
        words += ["--boxes", str(boxes)]
    return [*words, "--out", str(folder.model(setup.name)), "--run-dir", str(folder.run)]
