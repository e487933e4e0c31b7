"""Models that belong to one folder of photos: the one in use there, and the one before it.

Taking another one into use is an undo step: what it proposed in the place of the earlier model's boxes is taken back
with it, photo by photo.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.session_types import Message
from app.texts import tr
from app.training.files import MODELS
from app.training.replaced import Replaced
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

_MODEL, _FORMER, _ADOPTED = "model", "former_model", "adopted_training"


@dataclass(frozen=True, slots=True)
class _Noted:
    """What the project says: files of the model in use and of the one before ("" for the window's usual one), and the
    training whose model was taken over last."""

    model: str
    former: str
    adopted: str


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a step: what the project says, and the model's file."""

    noted: _Noted
    path: Path


@dataclass(frozen=True, slots=True)
class _Loading:
    """A model that was asked for: its file, what the project said before, and what follows once it is there."""

    path: Path
    noted_before: _Noted
    then: Callable[[], None]


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """A change of the model, and the photos that the new one has proposed boxes for."""

    before: _Side
    after: _Side
    replaced: Replaced
    waiting: tuple[int, ...]


class OwnModels(QObject):
    """Keeps in the project which of its models is in use; a folder without one uses the window's usual model.

    Signal `changed` once another model of these is in use, or could not be loaded.
    """

    changed = Signal()

    def __init__(self, session: Session, usual: Path) -> None:
        """
        Args:
            session: whose project and model.
            usual: the file of the model that the window begins with.
        """
        super().__init__(session)
        self._session = session
        self._usual = usual
        self._names: dict[Path, str] = {}
        self._loading: _Loading | None = None
        self._done: list[_Step] = []
        session.project_opened.connect(self._open)
        session.project_closed.connect(self._forget)
        session.model_changed.connect(self._take_model)
        session.model_refused.connect(self._take_refusal)
        session.proposing.connect(self._note_proposing)

    @property
    def adopted(self) -> str:
        """The training whose model was taken over last, by the name of its folder; "" for none."""
        return self._noted().adopted

    @property
    def former_name(self) -> str:
        """The model that `go_back` takes into use again; "" where there is none."""
        former = self._former()
        return self._name(former) if former is not None else ""

    def adopt(self, model: Path, training: str) -> bool:
        """Copies a model into the folder's own and uses it; photos that nobody has reviewed get its boxes.

        Args:
            model: the model file.
            training: the folder's name of the training that made it.
        """
        project = self._session.project
        if project is None or self._session.read_only or self._is_loading():
            return False
        kept = project.path.parent / MODELS / model.name
        try:
            kept.parent.mkdir(exist_ok=True)
            part = kept.with_name(f"{kept.name}.part")
            shutil.copyfile(model, part)
            part.replace(kept)
        except OSError as error:
            sentence = tr("{path} cannot be written: {reason}.", path=kept, reason=error.strerror)
            self._session.message.emit(Message("bad", tr("The model was not taken over"), sentence))
            return False
        return self._change(tr("Use {model}", model=kept.stem), kept, training)

    def go_back(self) -> bool:
        """Takes the model before the last into use again, with its boxes on photos that nobody has reviewed."""
        former = self._former()
        if former is None or self._session.read_only or self._is_loading():
            return False
        return self._change(tr("Back to {model}", model=self._name(former)), former, self.adopted)

    # One change, and its undo step.

    def _change(self, text: str, path: Path, adopted: str) -> bool:
        localizer = self._session.localizer
        if localizer is None:
            return False
        in_use = localizer.model.path
        noted = _Noted(self._own_name(path), self._own_name(in_use), adopted)
        before, after = _Side(self._noted(), in_use), _Side(noted, path)
        step = _Step(before, after, Replaced(self._session, text), self._session.prelabelling.waiting)

        def done() -> None:
            self._begin(step)
            self._session.push_step(text, lambda: self._undo(step), lambda: self._redo(step))

        return self._turn(after, done)

    def _undo(self, step: _Step) -> bool:
        return self._turn(step.before, lambda: self._take_back(step))

    def _redo(self, step: _Step) -> bool:
        return self._turn(step.after, lambda: self._session.many.run(step.replaced.redo(), lambda: self._begin(step)))

    def _begin(self, step: _Step) -> None:
        """From now on what the step's model proposes is noted; it looks at every photo that nobody has reviewed."""
        if self._session.project is None:
            return
        self._done.append(step)
        step.replaced.model_number = self._session.model_number
        self._session.prelabelling.start(self._session.prelabelling.photos_of("unreviewed"))

    def _take_back(self, step: _Step) -> None:
        session = self._session
        session.prelabelling.cancel(quietly=True)
        if step in self._done:
            self._done.remove(step)
        session.many.run(step.replaced.undo(), lambda: session.prelabelling.start(step.waiting))

    def _turn(self, side: _Side, then: Callable[[], None]) -> bool:
        """Notes and loads the model of one side; answers False where nothing has changed."""
        if self._session.localizer is None or self._is_loading():
            return False
        if not side.path.is_file():
            words = tr("{path} is no longer there. Choose a model file instead.", path=side.path)
            self._session.message.emit(
                Message("warn", tr("{model} cannot be used", model=side.path.stem), words, "choose_model")
            )
            return False
        before = self._noted()
        if not self._note(side.noted):
            return False
        self._loading = _Loading(side.path, before, then)
        self._session.use_model(side.path)
        return True

    def _is_loading(self) -> bool:
        if self._loading is not None:
            words = tr("{model} is still being loaded. Do it again in a moment.", model=self._loading.path.stem)
            self._session.message.emit(Message("info", tr("One model after the other"), words))
        return self._loading is not None

    def _take_model(self) -> None:
        localizer, loading = self._session.localizer, self._loading
        if localizer is None:
            return
        path = localizer.model.path
        self._names[path] = localizer.model.name
        if not self._own_name(path):
            self._usual = path
        self._loading = None
        if loading is None:
            return
        if loading.path == path:
            loading.then()
        else:  # a person has chosen another file meanwhile
            self._note(loading.noted_before)
        self.changed.emit()

    def _take_refusal(self) -> None:
        loading, self._loading = self._loading, None
        if loading is not None:
            self._note(loading.noted_before)
            self.changed.emit()

    def _note_proposing(self, photo_id: int) -> None:
        if self._done:
            self._done[-1].replaced.note(photo_id)

    # What the project says.

    def _noted(self) -> _Noted:
        project = self._session.project
        stored = [str(project.setting(key) or "") if project is not None else "" for key in (_MODEL, _FORMER, _ADOPTED)]
        return _Noted(*stored)

    def _note(self, noted: _Noted) -> bool:
        project = self._session.project
        if project is None:
            return False
        try:
            project.put_settings({_MODEL: noted.model, _FORMER: noted.former, _ADOPTED: noted.adopted})
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        return True

    def _former(self) -> Path | None:
        project, noted = self._session.project, self._noted()
        if project is None or not (noted.model or noted.former):
            return None
        return project.path.parent / MODELS / noted.former if noted.former else self._usual

    def _own_name(self, path: Path) -> str:
        """The name of one of the folder's own model files, "" of any other."""
        project = self._session.project
        own = project is not None and path.parent == project.path.parent / MODELS
        return path.name if own else ""

    def _name(self, path: Path) -> str:
        return self._names.get(path, path.stem)

    # With the folder.

    def _open(self) -> None:
        """Uses the folder's own model, or the usual one after a folder that has its own."""
        session, project = self._session, self._session.project
        if project is None:
            return
        wanted = self._noted().model
        own = project.path.parent / MODELS / wanted
        in_use = session.localizer.model.path if session.localizer is not None else self._usual
        if wanted and own.is_file():
            if in_use != own:
                session.use_model(own)
        elif in_use != self._usual and in_use.parent.name == MODELS:
            session.use_model(self._usual)

    def _forget(self) -> None:
        self._loading = None
        self._done.clear()
