"""How much was decided today: photos, seconds for each, and how many proposals were kept as they were."""

from __future__ import annotations

import datetime
import statistics

from engine.dataset.project import Project
from engine.dataset.project_records import EventRow

_IDLE_S = 120.0
_ANSWERS = {"accept": "kept", "done": "kept", "reject": "changed", "edit": "changed"}


class Effort:
    """Counts of today, read from the project's history and kept up act by act."""

    def __init__(self) -> None:
        self._photos: set[int] = set()
        self._pauses_s: list[float] = []
        self._last_s: float | None = None
        self._answers = {"kept": 0, "changed": 0}
        self._seen_id = 0

    @classmethod
    def of(cls, project: Project) -> Effort:
        """Today's effort as the history tells it."""
        effort = cls()
        effort.catch_up(project)
        return effort

    def catch_up(self, project: Project) -> None:
        """Reads what the history has gained."""
        midnight_s = datetime.datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        for event in project.events(after_id=self._seen_id):
            self._seen_id = event.id
            if event.at_s >= midnight_s:
                self._count(event)

    def today(self) -> tuple[int, float, float]:
        """Photos, median seconds between answers (pauses over two minutes left out), share of proposals kept."""
        answered = sum(self._answers.values())
        kept = self._answers["kept"] / answered if answered else 0.0
        return len(self._photos), statistics.median(self._pauses_s) if self._pauses_s else 0.0, kept

    def _count(self, event: EventRow) -> None:
        if event.photo_id is None or event.kind not in {*_ANSWERS, "draw", "skip"}:
            return
        if event.photo_id not in self._photos and self._last_s is not None:
            pause_s = event.at_s - self._last_s
            if 0 <= pause_s < _IDLE_S:
                self._pauses_s.append(pause_s)
        self._photos.add(event.photo_id)
        self._last_s = event.at_s
        if event.kind in _ANSWERS:
            self._answers[_ANSWERS[event.kind]] += 1
