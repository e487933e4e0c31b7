"""Acts on many photos at once: stored a few photos at a time while the window stays alive, one undo step in all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.slices import Slices
from app.undo import ActStep
from engine.dataset.project_records import PhotoContent

if TYPE_CHECKING:
    from app.session import Session

_TOGETHER = 10

Change = Callable[[PhotoContent], PhotoContent]


class ManyPhotos(QObject):
    """Changes photos one after the other; there is one such work at a time, and a new one waits for the one before.

    Signal `progress` tells the work's name, the photos done and all of them.
    """

    progress = Signal(str, int, int)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._work: Slices | None = None

    def finish(self) -> None:
        """Does at once what is left of the work that goes on."""
        if self._work is not None:
            self._work.finish()

    def change(self, text: str, event: str, changes: Mapping[int, Change]) -> None:
        """Changes photos by id; what is stored of them becomes one undo step.

        A photo whose change changes nothing is left out. Where the disk refuses, a message says so, and the photos
        stored before that are the step.
        """
        if not changes or self._session.project is None or self._session.read_only:
            return
        self.finish()
        befores: dict[int, PhotoContent] = {}
        afters: dict[int, PhotoContent] = {}
        self._work = Slices(self._steps(text, event, changes, befores, afters), self)
        self._work.ended.connect(lambda _: self._push(text, event, befores, afters))

    def run(self, steps: Iterator[None], then: Callable[[], None]) -> None:
        """Does other work on many photos step by step, in its turn; `then` is called when it has ended, done or not."""
        self.finish()
        self._work = Slices(steps, self)

        def end(_is_done: bool) -> None:
            self._work = None
            then()

        self._work.ended.connect(end)

    def _steps(
        self,
        text: str,
        event: str,
        changes: Mapping[int, Change],
        befores: dict[int, PhotoContent],
        afters: dict[int, PhotoContent],
    ) -> Iterator[None]:
        project = self._session.project
        if project is None:
            return
        photo_ids = list(changes)
        for start in range(0, len(photo_ids), _TOGETHER):
            some = {photo_id: project.content(photo_id) for photo_id in photo_ids[start : start + _TOGETHER]}
            wanted = [changes[photo_id](content) for photo_id, content in some.items()]
            wanted = [content for content in wanted if content != some[content.photo_id]]
            stored = self._session.store_contents(wanted, event)
            if stored is None:
                return
            for content in stored:
                befores[content.photo_id] = some[content.photo_id]
                afters[content.photo_id] = content
            self.progress.emit(text, min(start + _TOGETHER, len(photo_ids)), len(photo_ids))
            yield

    def _push(self, text: str, event: str, befores: dict[int, PhotoContent], afters: dict[int, PhotoContent]) -> None:
        self._work = None
        if not afters or self._session.project is None:
            return
        undo = f"undo: {event}"
        redo = f"redo: {event}"
        step = ActStep(text, lambda: self._swap(text, undo, befores), lambda: self._swap(text, redo, afters))
        self._session.undo_stack.push(step)

    def _swap(self, text: str, event: str, wanted: dict[int, PhotoContent]) -> bool:
        """Stores one side of a step; goes to the first of its photos where the current one is none of them.

        Answers False where the disk refuses the first photos, so that nothing has changed.
        """
        self.finish()
        current = self._session.current
        if current is None or current.id not in wanted:
            self._session.go_to(next(iter(wanted)))
        changes: dict[int, Change] = {
            photo_id: lambda _, content=content: content for photo_id, content in wanted.items()
        }
        stored: dict[int, PhotoContent] = {}
        steps = self._steps(text, event, changes, {}, stored)
        if next(steps, False) is False:
            return False
        self._work = Slices(steps, self)

        def keep(_is_done: bool) -> None:
            self._work = None
            wanted.update(stored)

        self._work.ended.connect(keep)
        return True
