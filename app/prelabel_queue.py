"""Pre-labelling: the model looks at many photos, one after the other, while labelling goes on.

What a person has decided is never touched. Which photos were asked for is kept in the project, so that a job that a
closed or killed window has left can go on after the next start.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, QTimer

from app.session_types import JobStatus, Message
from app.texts import tr, tr_count
from engine.dataset.project_records import BoxState, PhotoRow, PhotoState
from engine.errors import MoltboxError

if TYPE_CHECKING:
    from app.session import Session

PrelabelScope = Literal["new", "unreviewed", "listed", "chosen"]
_OPEN_STATES = (PhotoState.NEW, PhotoState.PROPOSED)
_ASKED_AHEAD = 2
_TOLD_EVERY_S = 0.1
_FED_TOGETHER = 200
_KEPT_AS = "prelabel"


@dataclass(slots=True)
class PrelabelReport:
    """What a job came to.

    Attributes:
        boxed: photos that have a proposed box now.
        boxless: photos on which the model found nothing large enough.
        failed: photos that could not be read, with the reason.
        passed: photos left as they were, because a person has decided on them or this model has looked before.
    """

    boxed: int = 0
    boxless: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    passed: int = 0
    elapsed_s: float = 0.0

    @property
    def looked(self) -> int:
        return self.boxed + len(self.boxless) + len(self.failed)


class PrelabelQueue(QObject):
    """One job at a time; `report` is that of the last one that ended."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._waiting: deque[int] = deque()
        self._asked: set[int] = set()
        self._total = 0
        self._started_s = self._worked_s = self._told_s = 0.0
        self._paused = False
        self._running = PrelabelReport()
        self.report: PrelabelReport | None = None
        self._feeding = QTimer(self, singleShot=True, interval=0)
        self._feeding.timeout.connect(self._feed)
        session.look_ended.connect(self._take_end)
        session.model_changed.connect(self._ask_again)
        session.project_closed.connect(self._forget)

    @property
    def is_running(self) -> bool:
        return self._total > 0

    @property
    def is_paused(self) -> bool:
        return self._paused

    def photos_of(self, scope: PrelabelScope, chosen: Iterable[int] = ()) -> list[int]:
        """The photos that a scope holds and a look may still serve, in list order.

        Args:
            scope: "new" photos without a look yet, all "unreviewed" ones, those "listed" by the filter, or "chosen".
            chosen: for the last.
        """
        session = self._session
        rows: Iterable[PhotoRow]
        if scope == "chosen":
            rows = [session.photo(photo_id) for photo_id in chosen]
        else:
            rows = session.rows if scope == "listed" else session.all_rows
        wanted = (PhotoState.NEW,) if scope == "new" else _OPEN_STATES
        return [row.id for row in rows if row.state in wanted]

    def start(self, photo_ids: Iterable[int]) -> None:
        """Looks at these photos; a job that runs already takes them up behind its own."""
        project = self._session.project
        if project is None or self._session.read_only:
            return
        if self._session.localizer is None:
            loading = tr("The model is still being loaded. Start again in a moment.")
            self._session.message.emit(Message("info", tr("Nothing to look with yet"), loading))
            return
        known = {*self._waiting, *self._asked}
        added = [photo_id for photo_id in photo_ids if photo_id not in known]
        if not added:
            return
        if not self.is_running:
            self._running, self._worked_s = PrelabelReport(), 0.0
            self._paused = False
            self._started_s = time.monotonic()
        self._waiting.extend(added)
        self._total += len(added)
        self._keep()
        self._feed()

    def pause(self) -> None:
        """Pauses the job, or goes on with it; the photo being looked at is looked at to its end."""
        if not self.is_running:
            return
        self._paused = not self._paused
        if self._paused:
            self._worked_s += time.monotonic() - self._started_s
        else:
            self._started_s = time.monotonic()
        self._told_s = 0.0
        self._feed()

    def cancel(self, *, quietly: bool = False) -> None:
        """Stops the job; what it proposed stays. `quietly` where what stopped it tells enough."""
        if self.is_running:
            self._session.forget_batch()
            self._end(quietly=quietly)

    @property
    def waiting(self) -> tuple[int, ...]:
        """The photos that the job has still to look at."""
        return (*self._asked, *self._waiting)

    def left_over(self) -> int:
        """How many photos a job of an earlier start has left, as far as nobody has decided on them since."""
        return len(self._kept_ids())

    def resume(self) -> None:
        """Goes on with what an earlier start has left."""
        self.start(self._kept_ids())

    # Working it off.

    def _feed(self) -> None:
        """Asks for the next looks; photos that need none are passed over, some hundred at a time."""
        for _ in range(_FED_TOGETHER):
            if not self._waiting or len(self._asked) >= _ASKED_AHEAD or self._paused:
                break
            row = self._session.photo(self._waiting.popleft())
            if self._wants_look(row):
                self._asked.add(row.id)
                self._session.ask_batch(row)
            else:
                self._running.passed += 1
        else:
            self._feeding.start()
        if self.is_running and not self._waiting and not self._asked:
            self._end()
        else:
            self._tell()

    def _wants_look(self, row: PhotoRow) -> bool:
        if row.state is PhotoState.NEW:
            return True
        if row.state is not PhotoState.PROPOSED or self._session.project is None:
            return False
        boxes = self._session.project.content(row.id).boxes
        if not boxes:  # none was large enough for the model that looked; another one may find some
            return self._session.project.looked_with(row.id) != self._session.model_number
        undecided = all(box.state is BoxState.PROPOSED for box in boxes)
        return undecided and any(box.model_id != self._session.model_number for box in boxes)

    def _ask_again(self) -> None:
        """Another model is in use: what the one before was looking at is looked at by the new one."""
        if self.is_running:
            self._waiting.extendleft(self._asked)
            self._asked = set()
            self._feed()

    def _take_end(self, photo_id: int, sentence: str) -> None:
        if photo_id not in self._asked:
            return
        self._asked.discard(photo_id)
        if sentence:
            self._running.failed[photo_id] = sentence
        elif self._session.boxes_of(photo_id):
            self._running.boxed += 1
        else:
            self._running.boxless.append(photo_id)
        self._feed()

    def _end(self, *, quietly: bool = False) -> None:
        stopped = len(self._waiting) + len(self._asked)
        self._running.elapsed_s = self._worked_s + (0.0 if self._paused else time.monotonic() - self._started_s)
        self._waiting, self._asked, self._total, self._paused = deque(), set(), 0, False
        self.report = self._running
        self._keep()
        self._session.job_changed.emit(None)
        if not quietly:
            self._session.message.emit(_told(self.report, stopped))

    def _forget(self) -> None:
        """The folder is closed: nothing is told, and what is left stays noted in its project."""
        self._feeding.stop()
        self._waiting, self._asked, self._total, self._paused = deque(), set(), 0, False
        self.report = None
        self._session.job_changed.emit(None)

    def _tell(self) -> None:
        now = time.monotonic()
        if not self.is_running or (now - self._told_s < _TOLD_EVERY_S and not self._paused):
            return
        self._told_s = now
        waiting = len(self._waiting) + len(self._asked)
        worked_s = self._worked_s + (0.0 if self._paused else now - self._started_s)
        rate = self._running.looked / max(worked_s, 1e-6)
        left_s = waiting / rate if self._running.looked else None
        title = tr("Pre-labelling")
        status = JobStatus(title, self._total - waiting, self._total, rate, left_s, paused=self._paused)
        self._session.job_changed.emit(status)

    # What a later start may go on with.

    def _keep(self) -> None:
        project = self._session.project
        if project is None or project.read_only:
            return
        ids = [*self._asked, *self._waiting]
        # Every new photo is the usual case, and needs no list of 100,000 numbers.
        every_new = set(ids) == set(self.photos_of("new"))
        value: dict[str, object] = {"new": len(ids)} if every_new else {"ids": ids}
        try:
            project.put_setting(_KEPT_AS, value if ids else {})
        except MoltboxError as error:
            self._session.message.emit(Message("bad", tr("Not saved"), str(error)))

    def _kept_ids(self) -> list[int]:
        project = self._session.project
        kept = project.setting(_KEPT_AS, {}) if project is not None else {}
        if not isinstance(kept, dict):
            return []
        if "new" in kept:
            return self.photos_of("new")
        # Which of them this model has looked at already is found out as they come to their turn.
        is_open = {row.id for row in self._session.all_rows if row.state in _OPEN_STATES}
        return [each for each in kept.get("ids", []) if each in is_open]


def _told(report: PrelabelReport, stopped: int) -> Message:
    """What a job came to, in a sentence or two."""
    parts = [tr_count("{count} photo has a box now.", "{count} photos have a box now.", report.boxed)]
    if report.boxless:
        none = tr_count("{count} has none large enough.", "{count} have none large enough.", len(report.boxless))
        parts.append(none)
    if report.failed:
        parts.append(tr_count("{count} could not be read.", "{count} could not be read.", len(report.failed)))
    if report.passed:
        parts.append(tr_count("{count} was left as it is.", "{count} were left as they are.", report.passed))
    if stopped:
        parts.append(tr_count("{count} was not looked at.", "{count} were not looked at.", stopped))
    title = tr("Pre-labelling was stopped") if stopped else tr("Pre-labelling is done")
    kind = "info" if stopped else "warn" if report.failed else "ok"
    return Message(kind, title, " ".join(parts), "show_failed" if report.failed else "")
