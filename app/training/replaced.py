"""The boxes that another model's proposals have replaced, so that undo can bring them back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.session_types import Message
from app.texts import tr
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState, Proposals
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

_TOGETHER = 10
_OPEN = (PhotoState.NEW, PhotoState.PROPOSED)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A photo that waits for an answer: state and boxes, and how much it needs a look."""

    content: PhotoContent
    need: float
    note: str

    @property
    def proposals(self) -> tuple[BoxRow, ...]:
        return tuple(row for row in self.content.boxes if row.state is BoxState.PROPOSED)


class Replaced:
    """Photos that a model has proposed boxes for since it came into use: as they were before, and as they are.

    Attributes:
        model_number: of that model in the project.
    """

    def __init__(self, session: Session, text: str) -> None:
        """
        Args:
            session: of the open folder.
            text: name of the undo step.
        """
        self._session = session
        self._text = text
        self._before: dict[int, _Kept] = {}
        self._after: dict[int, _Kept] = {}
        self.model_number = -1

    def note(self, photo_id: int) -> None:
        """Keeps a photo as it is; it is about to get this model's boxes. What was kept first stays."""
        if photo_id not in self._before and (kept := self._now(photo_id)) is not None:
            self._before[photo_id] = kept

    def undo(self) -> Iterator[None]:
        """Brings back what was there before, a few photos a step; photos that a person has decided on stay."""
        self._after = {}
        return self._store(self._before, found=self._after)

    def redo(self) -> Iterator[None]:
        """Brings the model's own boxes again, a few photos a step."""
        return self._store(self._after)

    def _now(self, photo_id: int) -> _Kept | None:
        """A photo as it is stored; None where it waits for no answer."""
        project = self._session.project
        if project is None:
            return None
        content, row = project.content(photo_id), self._session.photo(photo_id)
        return _Kept(content, row.need, row.note) if content.state in _OPEN else None

    def _store(self, wanted: dict[int, _Kept], found: dict[int, _Kept] | None = None) -> Iterator[None]:
        """Stores what is wanted of photos that still wait for an answer.

        Args:
            wanted: by photo.
            found: takes in what was there before; then only photos that have this model's boxes, or none, are changed.
                Others have been changed since, by a later act or by undoing it.
        """
        photo_ids = list(wanted)
        for start in range(0, len(photo_ids), _TOGETHER):
            some: list[_Kept] = []
            for photo_id in photo_ids[start : start + _TOGETHER]:
                now = self._now(photo_id)
                if now is None or (
                    found is not None and any(row.model_id != self.model_number for row in now.proposals)
                ):
                    continue
                if found is not None:
                    found[photo_id] = now
                some.append(wanted[photo_id])
            if not self._put(some):
                return
            self._session.many.progress.emit(self._text, min(start + _TOGETHER, len(photo_ids)), len(photo_ids))
            yield

    def _put(self, some: list[_Kept]) -> bool:
        """Stores some photos as they are wanted; a message says where the disk refuses."""
        session = self._session
        if session.project is None:
            return False
        try:
            session.project.put_many_proposals(
                Proposals(kept.content.photo_id, kept.proposals, kept.need, kept.note) for kept in some
            )
            new = [kept.content for kept in some if kept.content.state is PhotoState.NEW]
            session.project.put_contents(new, event="wait")
            stored = [session.project.content(kept.content.photo_id) for kept in some]
        except MoltboxError as error:
            session.saved_changed.emit(False)
            session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        session.show_stored(stored)
        return True
