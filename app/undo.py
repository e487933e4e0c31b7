"""Undo steps: each swaps a photo's whole content, in the project, in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QUndoCommand

from engine.dataset.project_records import PhotoContent

Store = Callable[[PhotoContent, str], PhotoContent]
"""Stores a photo's content, shows that photo, and answers what is stored (with the ids of new boxes)."""


class ContentCommand(QUndoCommand):
    """One act of a person on one photo. It is pushed after it has been stored, so the first redo does nothing."""

    def __init__(self, text: str, before: PhotoContent, after: PhotoContent, store: Store, gesture: int = -1) -> None:
        """
        Args:
            text: the step's name, such as "Accept box".
            before: what was stored before the act.
            after: what is stored now.
            store: see `Store`.
            gesture: number of a drag or run of nudges; steps of the same one on the same photo become one.
        """
        super().__init__(text)
        self._before = before
        self._after = after
        self._store = store
        self._gesture = gesture
        self._is_done = True

    def id(self) -> int:
        return self._gesture

    def mergeWith(self, other: QUndoCommand) -> bool:
        if not isinstance(other, ContentCommand) or other._before.photo_id != self._before.photo_id:
            return False
        self._after = other._after
        return True

    def redo(self) -> None:
        if self._is_done:
            self._is_done = False
            return
        self._after = self._store(self._after, f"redo: {self.text()}")

    def undo(self) -> None:
        self._before = self._store(self._before, f"undo: {self.text()}")
