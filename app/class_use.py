"""Counts where classes are used, beside the window: in a large project that takes longer than a frame."""

from __future__ import annotations

from PySide6.QtCore import QObject, QThread, Signal

from app.threads import failures_told
from engine.dataset.project import Project


class ClassUseCount(QObject):
    """Signal `counted` carries the figures by class id, as the project had them when they were last asked for.

    A count that fails tells nothing: the next act on classes says what is wrong with the file.
    """

    counted = Signal(object)

    def __init__(self, project: Project, parent: QObject) -> None:
        super().__init__(parent)
        self._asked_again = self._stopped = False
        self._thread = _Counting(project, self)
        self._thread.done.connect(self._tell)
        self._thread.finished.connect(self._go_on)

    def ask(self) -> None:
        """Counts anew; while a count goes on, once more after it."""
        if self._thread.isRunning():
            self._asked_again = True
        else:
            self._thread.start()

    def stop(self) -> None:
        """Waits for the count that goes on and tells nothing more."""
        self._stopped = True
        self._thread.wait()

    def _tell(self, use: object) -> None:
        if not self._stopped:
            self.counted.emit(use)

    def _go_on(self) -> None:
        if self._asked_again and not self._stopped:
            self._asked_again = False
            self._thread.start()


class _Counting(QThread):
    done = Signal(object)

    def __init__(self, project: Project, parent: QObject) -> None:
        super().__init__(parent)
        self._root, self._home = project.root, project.path.parent

    def run(self) -> None:
        with (
            failures_told(lambda _sentence: None),
            Project.open(self._root, read_only=True, location=self._home) as project,
        ):
            self.done.emit(project.class_use())
