"""Showing something that changes with every frame less often than that."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

READABLE_MS = 50
"""Figures and small pictures that change faster cannot be read; what is dragged itself follows every frame."""


class Seldom(QObject):
    """Calls an act at once, and then at most every `READABLE_MS`; the last time asked for is never lost."""

    def __init__(self, act: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._act = act
        self._asked = False
        self._timer = QTimer(self, singleShot=True, interval=READABLE_MS)
        self._timer.timeout.connect(self._catch_up)

    def ask(self) -> None:
        """Has the act called, now or soon."""
        if self._timer.isActive():
            self._asked = True
            return
        self._timer.start()
        self._act()

    def now(self) -> None:
        """Calls the act at once, and what was asked for before with it."""
        self._asked = False
        self._act()

    def _catch_up(self) -> None:
        if self._asked:
            self._asked = False
            self.ask()
