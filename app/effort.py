"""How much was decided today: photos, seconds for each, and how many proposals were kept as they were."""

from __future__ import annotations

import datetime

from engine.dataset.project import Project
from engine.dataset.statistics import WORK, DayCount


class Effort:
    """Counts of today, read from the project's history and kept up act by act."""

    def __init__(self) -> None:
        self._count = DayCount(datetime.datetime.now().astimezone().date())
        self._seen_id = 0

    @classmethod
    def of(cls, project: Project) -> Effort:
        """Today's effort as the history tells it."""
        effort = cls()
        effort.catch_up(project)
        return effort

    def catch_up(self, project: Project) -> None:
        """Reads what the history has gained."""
        today = datetime.datetime.now().astimezone().date()
        if today != self._count.day:
            self._count = DayCount(today)
        midnight_s = datetime.datetime.combine(today, datetime.time()).astimezone().timestamp()
        since_s = midnight_s if self._seen_id == 0 else None
        for event in project.events(after_id=self._seen_id, since_s=since_s):
            self._seen_id = event.id
            if event.at_s >= midnight_s and event.kind in WORK:
                self._count.take(event)

    def today(self) -> tuple[int, float, float]:
        """Photos, median seconds from one to the next (pauses over two minutes left out), share of proposals kept."""
        work = self._count.work()
        return work.photos, work.seconds_each or 0.0, work.kept / work.answers if work.answers else 0.0
