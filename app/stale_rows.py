"""Rows of the photo list that an act on a great many photos has left behind: read again as there is time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.slices import Slices

if TYPE_CHECKING:
    from app.session import Session

_TOGETHER = 50


class StaleRows(QObject):
    """Photos whose rows are older than what is stored. Acts need not wait for them: each is read as it is then."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._photo_ids: dict[int, None] = {}
        self._work: Slices | None = None
        session.project_closed.connect(self._forget)

    @property
    def is_running(self) -> bool:
        return self._work is not None

    def add(self, photo_ids: Iterable[int]) -> None:
        """Has photos read again, a few of them at once and the others behind."""
        self._photo_ids.update(dict.fromkeys(photo_ids))
        self._read_some()
        if self._photo_ids and self._work is None:
            self._work = Slices(self._steps(), self)
            self._work.ended.connect(self._end)

    def _steps(self) -> Iterator[None]:
        while self._photo_ids:
            self._read_some()
            yield

    def _read_some(self) -> None:
        some = list(islice(self._photo_ids, _TOGETHER))
        for photo_id in some:
            del self._photo_ids[photo_id]
        self._session.show_again(some)

    def _end(self, _is_done: bool) -> None:
        if self._work is not None:
            self._work.deleteLater()
            self._work = None

    def _forget(self) -> None:
        self._photo_ids.clear()
        if self._work is not None:
            self._work.stop()
