"""Room for decoded photos, in bytes: a few large ones stay within it where a count of them would not."""

from __future__ import annotations

import threading

from engine.errors import Cancelled

_STOP_ASKED_EVERY_S = 0.1


class Room:
    """Lets photos in by their numbers, 0, 1, 2 and on, as long as those inside take less than the budget.

    So one photo always gets in, however large it is, and at no time more than the budget and one photo is held. That
    they get in in order keeps a later photo from taking the room of the one that is waited for.
    """

    def __init__(self, budget_bytes: int, stop: threading.Event) -> None:
        self._budget_bytes = budget_bytes
        self._stop = stop
        self._next = 0
        self._held_bytes: dict[int, int] = {}
        self._never_in: set[int] = set()
        self._changed = threading.Condition()

    def enter(self, number: int, size_bytes: int) -> None:
        """Waits for a photo's turn, and until there is room.

        Raises:
            Cancelled: the work was stopped.
        """
        with self._changed:
            while number != self._next or sum(self._held_bytes.values()) >= self._budget_bytes:
                if self._stop.is_set():
                    raise Cancelled("Stopped.")
                self._changed.wait(_STOP_ASKED_EVERY_S)
            self._held_bytes[number] = size_bytes
            self._pass_on()

    def leave(self, number: int) -> None:
        """A photo is held no more, or never will be: its turn passes if it did not come in."""
        with self._changed:
            if number in self._held_bytes:
                del self._held_bytes[number]
            elif number == self._next:
                self._pass_on()
            elif number > self._next:
                self._never_in.add(number)
            self._changed.notify_all()

    def _pass_on(self) -> None:
        self._next += 1
        while self._next in self._never_in:
            self._never_in.remove(self._next)
            self._next += 1
        self._changed.notify_all()
