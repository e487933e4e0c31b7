"""Image-level labels by hand: what photos show as a whole, given to one or to many, as one undo step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from app.session_types import Message
from app.texts import tr
from engine.dataset.project_records import BoxState, PhotoContent, PhotoState
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

_TOGETHER = 10
_PERSON = "person"
_Given = dict[int, tuple[tuple[int, ...], PhotoContent]]


class PhotoLabels:
    """The labels that a person gives; proposals of classes that a photo does not show any more go with them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, photo_id: int) -> tuple[int, ...]:
        """The classes given to a photo, as the source that counts gives them."""
        project = self._session.project
        given = list(project.labels(photo_id)) if project is not None else []
        return tuple(class_id for class_id, source in given if source == given[0][1])

    def give(self, text: str, photo_ids: Iterable[int], class_ids: tuple[int, ...]) -> None:
        """Labels photos; those without a decided box get new proposals when they are looked at next."""
        project = self._session.project
        if project is None or self._session.read_only:
            return
        befores: _Given = {}
        afters: _Given = {}

        def step() -> None:
            self._session.reload_current()
            if befores:
                undo, redo = f"undo: {text}", f"redo: {text}"
                self._session.push_step(text, lambda: self._store(befores, undo), lambda: self._store(afters, redo))

        steps = self._label(list(photo_ids), class_ids, text, befores, afters)
        self._session.many.run(steps, step, makes_step=True)

    def _label(
        self, photo_ids: list[int], class_ids: tuple[int, ...], text: str, befores: _Given, afters: _Given
    ) -> Iterator[None]:
        """Labels a few photos a step; `befores` and `afters` take in what has been stored."""
        project = self._session.project
        if project is None:
            return
        for start in range(0, len(photo_ids), _TOGETHER):
            some = photo_ids[start : start + _TOGETHER]
            was: _Given = {photo_id: (self._by_hand(photo_id), project.content(photo_id)) for photo_id in some}
            now: _Given = {
                photo_id: (class_ids, _without_other_proposals(content, class_ids))
                for photo_id, (_, content) in was.items()
            }
            if not self._put(now, text):
                return
            befores.update(was)
            afters.update(now)
            yield

    def _by_hand(self, photo_id: int) -> tuple[int, ...]:
        project = self._session.project
        given = project.labels(photo_id) if project is not None else ()
        return tuple(class_id for class_id, source in given if source == _PERSON)

    def _store(self, wanted: _Given, event: str) -> bool:
        self._session.many.run(self._steps(wanted, event), self._session.reload_current)
        return True

    def _steps(self, wanted: _Given, event: str) -> Iterator[None]:
        photo_ids = list(wanted)
        for start in range(0, len(photo_ids), _TOGETHER):
            if not self._put({each: wanted[each] for each in photo_ids[start : start + _TOGETHER]}, event):
                return
            yield

    def _put(self, some: _Given, event: str) -> bool:
        """Stores a few photos' labels and boxes; a message says where the disk refuses."""
        project = self._session.project
        if project is None:
            return False
        try:
            project.set_labels([(photo_id, class_ids) for photo_id, (class_ids, _) in some.items()], _PERSON)
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("Not saved"), str(error)))
            return False
        return self._session.store_contents([content for _, content in some.values()], event) is not None


def _without_other_proposals(content: PhotoContent, class_ids: tuple[int, ...]) -> PhotoContent:
    """A photo that nobody has decided on waits for the boxes of its new labels."""
    if content.state not in (PhotoState.NEW, PhotoState.PROPOSED):
        return content
    open_boxes = [row for row in content.boxes if row.state is BoxState.PROPOSED]
    fits = {row.class_id for row in open_boxes} == set(class_ids)
    if fits:
        return content
    kept = tuple(row for row in content.boxes if row.state is not BoxState.PROPOSED)
    return replace(content, boxes=kept, state=PhotoState.PROPOSED if kept else PhotoState.NEW)
