"""Undo steps. Each is pushed after its act has been stored, so the first redo does nothing."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand, QUndoStack

from engine.dataset.project_records import PhotoContent

Store = Callable[[PhotoContent, str], PhotoContent | None]
"""Stores a photo's content, shows that photo, and answers what is stored (with the ids of new boxes), None where the
disk refused."""
Turn = Callable[[], bool]
"""Takes an act back, or does it again; answers False where that was refused and nothing has changed."""


class Step(QUndoCommand):
    """One act of a person, whatever it changed. `was_refused` tells whether the last turn was."""

    def __init__(self, text: str) -> None:
        """
        Args:
            text: the step's name, such as "Rename class".
        """
        super().__init__(text)
        self.was_refused = False
        self._skips_next = True

    def skip_next(self) -> None:
        """Makes the next turn do nothing: the stack only goes back to where it was."""
        self._skips_next = True

    def redo(self) -> None:
        if self._skips_next:
            self._skips_next = False
        else:
            self.was_refused = not self.do_again()

    def undo(self) -> None:
        if self._skips_next:
            self._skips_next = False
        else:
            self.was_refused = not self.take_back()

    def take_back(self) -> bool:
        """Takes the act back; answers False where that was refused and nothing has changed."""
        raise NotImplementedError

    def do_again(self) -> bool:
        """Does the act again; answers as `take_back` does."""
        raise NotImplementedError


class ActStep(Step):
    """An act given by what takes it back and what does it again."""

    def __init__(self, text: str, undo: Turn, redo: Turn) -> None:
        super().__init__(text)
        self._undo = undo
        self._redo = redo

    def take_back(self) -> bool:
        return self._undo()

    def do_again(self) -> bool:
        return self._redo()


class ContentCommand(Step):
    """One act on one photo: swaps the photo's whole content, in the project, in one transaction."""

    def __init__(
        self, text: str, event: str, before: PhotoContent, after: PhotoContent, store: Store, gesture: int = -1
    ) -> None:
        """
        Args:
            text: the step's name, such as "Accept box".
            event: the act's name in the history, such as "accept".
            before: what was stored before the act.
            after: what is stored now.
            store: see `Store`.
            gesture: number of a drag or run of nudges; steps of the same one on the same photo become one.
        """
        super().__init__(text)
        self._event = event
        self._before = before
        self._after = after
        self._store = store
        self._gesture = gesture

    def id(self) -> int:
        return self._gesture

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ContentCommand) or other._before.photo_id != self._before.photo_id:
            return False
        self._after = other._after
        return True

    def take_back(self) -> bool:
        stored = self._store(self._before, f"undo: {self._event}")
        self._before = stored or self._before
        return stored is not None

    def do_again(self) -> bool:
        stored = self._store(self._after, f"redo: {self._event}")
        self._after = stored or self._after
        return stored is not None


class StepStack(QUndoStack):
    """The steps of one project; where a step cannot be taken back, the stack stays where it was."""

    @property
    def last(self) -> QUndoCommand | None:
        """The step that undo would take back."""
        return self.command(self.index() - 1) if self.canUndo() else None

    def undo(self) -> None:
        step = self.last
        super().undo()
        if isinstance(step, Step) and step.was_refused:
            step.was_refused = False
            step.skip_next()
            super().redo()

    def redo(self) -> None:
        step = self.command(self.index()) if self.canRedo() else None
        super().redo()
        if isinstance(step, Step) and step.was_refused:
            step.was_refused = False
            step.skip_next()
            super().undo()
