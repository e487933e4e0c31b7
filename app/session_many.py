"""Acts on many photos at once: stored a few photos at a time while the window stays alive, one undo step in all."""

from __future__ import annotations

from collections import deque
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
        self._makes_step = False
        self._waiting: deque[Callable[[], object]] = deque()

    @property
    def is_running(self) -> bool:
        return self._work is not None

    def stop(self) -> None:
        """Leaves what is not stored yet, and all that waits; what is stored stays, each photo wholly or not at all."""
        self._waiting.clear()
        while self._work is not None:
            self._work.stop()

    def finish(self) -> None:
        """Does at once what is left, and all that waits; the window stands still as long as that takes."""
        while self._work is not None:
            self._work.finish()

    def waits(self, act: Callable[[], object]) -> bool:
        """Whether other work goes on; then the act is done when that, and what waits for it already, has ended."""
        if self._work is None:
            return False
        self._waiting.append(act)
        return True

    def undo(self) -> None:
        """Takes the last act back. One that goes on is stopped, and what is stored of it is what is taken back.

        A step that is being taken back, or done again, comes to its end first: half of it would be no step.
        """
        stack = self._session.undo_stack
        if self._work is not None and self._makes_step and not self._waiting:
            before = stack.last
            self._work.stop()
            if stack.last is before:  # nothing was stored of it
                return
        if not self.waits(self.undo):
            stack.undo()

    def redo(self) -> None:
        """Does again what was taken back last, when the work that goes on has ended."""
        if not self.waits(self.redo):
            self._session.undo_stack.redo()

    def change(self, text: str, event: str, changes: Mapping[int, Change]) -> None:
        """Changes photos by id; what is stored of them becomes one undo step.

        A photo whose change changes nothing is left out. Where the disk refuses, a message says so, and the photos
        stored before that are the step.
        """
        if not changes or self._session.project is None or self._session.read_only:
            return
        befores: dict[int, PhotoContent] = {}
        afters: dict[int, PhotoContent] = {}
        steps = self._steps(text, event, changes, befores, afters)
        self.run(steps, lambda: self._push(text, event, befores, afters), makes_step=True)

    def run(self, steps: Iterator[None], then: Callable[[], None], *, makes_step: bool = False) -> None:
        """Does work on many photos step by step, in its turn.

        Args:
            steps: each stores some photos wholly; the work may be left between any two.
            then: is called when the work has ended, done or not.
            makes_step: `then` makes the undo step of what has been stored, so that undo may stop the work.
        """
        if self.waits(lambda: self.run(steps, then, makes_step=makes_step)):
            return
        work = Slices(steps, self)

        def end(_is_done: bool) -> None:
            self._work = None
            work.deleteLater()
            then()
            while self._waiting and self._work is None:
                self._waiting.popleft()()

        work.ended.connect(end)
        self._work, self._makes_step = work, makes_step

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
        self.run(steps, lambda: wanted.update(stored))
        return True
