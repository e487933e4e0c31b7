"""Models that belong to one folder of photos: the one in use there, and the one before it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.session_types import Message
from app.texts import tr
from app.training.files import MODELS
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

_MODEL, _FORMER, _ADOPTED = "model", "former_model", "adopted_training"


class OwnModels(QObject):
    """Keeps in the project which of its models is in use; a folder without one uses the window's usual model."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._usual: Path | None = None
        self._reboxing = False
        session.project_opened.connect(self._open)
        session.model_changed.connect(self._take_model)

    @property
    def adopted(self) -> str:
        """The training whose model was taken over last, by the name of its folder; "" for none."""
        project = self._session.project
        return str(project.setting(_ADOPTED) or "") if project is not None else ""

    @property
    def former_name(self) -> str:
        """The model that `go_back` takes into use again; "" where there is none."""
        former = self._former()
        return former.stem if former is not None else ""

    def adopt(self, model: Path, training: str) -> bool:
        """Copies a model into the folder's own and uses it; photos that nobody has reviewed get its boxes.

        Args:
            model: the model file.
            training: the folder's name of the training that made it.
        """
        session, project = self._session, self._session.project
        if project is None or session.localizer is None or session.read_only:
            return False
        kept = project.path.parent / MODELS / model.name
        in_use = session.localizer.model.path
        try:
            kept.parent.mkdir(exist_ok=True)
            part = kept.with_name(f"{kept.name}.part")
            shutil.copyfile(model, part)
            part.replace(kept)
            project.put_setting(_FORMER, in_use.name if in_use.parent == kept.parent else "")
            project.put_setting(_MODEL, kept.name)
            project.put_setting(_ADOPTED, training)
        except OSError as error:
            sentence = tr("{path} cannot be written: {reason}.", path=kept, reason=error.strerror)
            session.message.emit(Message("bad", tr("The model was not taken over"), sentence))
            return False
        except MoltboxError as error:
            session.message.emit(Message("bad", tr("The model was not taken over"), str(error)))
            return False
        self._use(kept)
        return True

    def go_back(self) -> bool:
        """Takes the model before the last into use again, with its boxes on photos that nobody has reviewed."""
        session, project, former = self._session, self._session.project, self._former()
        if project is None or session.read_only or former is None:
            return False
        if not former.is_file():
            words = tr("Its file is no longer there. Choose a model file instead.")
            session.message.emit(Message("warn", tr("The model before cannot be used"), words, "choose_model"))
            return False
        current = str(project.setting(_MODEL) or "")
        try:
            project.put_setting(_MODEL, former.name if former.parent.name == MODELS else "")
            project.put_setting(_FORMER, current)
        except MoltboxError as error:
            session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        self._use(former)
        return True

    def _former(self) -> Path | None:
        project = self._session.project
        if project is None or not (project.setting(_MODEL) or project.setting(_FORMER)):
            return None
        former = str(project.setting(_FORMER) or "")
        return project.path.parent / MODELS / former if former else self._usual

    def _use(self, model: Path) -> None:
        self._reboxing = True
        self._session.use_model(model)

    def _take_model(self) -> None:
        localizer, project = self._session.localizer, self._session.project
        if localizer is None:
            return
        own = project is not None and localizer.model.path.parent == project.path.parent / MODELS
        if not own and not self._reboxing:
            self._usual = localizer.model.path
        if self._reboxing:
            self._reboxing = False
            self._session.prelabelling.start(self._session.prelabelling.photos_of("unreviewed"))

    def _open(self) -> None:
        """Uses the folder's own model, or the usual one after a folder that has its own."""
        session, project = self._session, self._session.project
        if project is None:
            return
        wanted = str(project.setting(_MODEL) or "")
        own = project.path.parent / MODELS / wanted
        in_use = session.localizer.model.path if session.localizer is not None else None
        if wanted and own.is_file():
            if in_use != own:
                session.use_model(own)
        elif self._usual is not None and in_use is not None and in_use != self._usual and in_use.parent.name == MODELS:
            session.use_model(self._usual)
