"""The check of a large project's whole file, beside the window: nothing is written before it has passed."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

from engine.dataset import project_file
from engine.errors import ProjectError

AT_ONCE_BYTES = 4_000_000
"""A file up to this size is checked in a blink, before it is opened."""


class FileCheck:
    """Reads a project's whole file in a thread of its own, and then backs it up where that is due today.

    Args:
        path: the project's file; somebody in this process holds its `WriterLock`.
        on_ended: is told in the check's thread, once, "" or the sentence that says what is wrong with the file.
    """

    def __init__(self, path: Path, on_ended: Callable[[str], None]) -> None:
        self._path = path
        self._on_ended = on_ended
        self._problem = ""
        self._has_passed = False
        self._stopped = False
        self._connection: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="project check", daemon=True)
        self._thread.start()

    @property
    def has_passed(self) -> bool:
        """Whether the file is known to be whole."""
        return self._has_passed

    def wait(self) -> None:
        """Waits for the end.

        Raises:
            ProjectError: the file is damaged.
        """
        self._thread.join()
        if self._problem:
            raise ProjectError(self._problem)

    def stop(self) -> None:
        """Gives the check up, because the project is closed; `on_ended` is not told any more."""
        self._stopped = True
        while self._thread.is_alive():
            if (connection := self._connection) is not None:
                with contextlib.suppress(sqlite3.ProgrammingError):  # it was closed just now
                    connection.interrupt()
            self._thread.join(0.01)

    def _run(self) -> None:
        try:
            self._connection = project_file.connect_beside(self._path)
            try:
                project_file.check_whole(self._connection, self._path)
                project_file.back_up_daily(self._connection, self._path)
            finally:
                connection, self._connection = self._connection, None
                connection.close()
            self._has_passed = True
        except (ProjectError, *project_file.UNREADABLE) as error:
            if self._stopped:
                return
            known = isinstance(error, ProjectError)
            self._problem = str(error if known else project_file.unusable(self._path, error))
        if not self._stopped:
            self._on_ended(self._problem)
