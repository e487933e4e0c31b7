"""What came of the work on a folder: how far it is, what became of the proposals, and how long it took.

Counts come from the boxes as they stand now, times from the project's history. A pause of two minutes or more is no
work; the first act after one costs nothing, so times are a little too low rather than too high.
"""

from __future__ import annotations

import csv
import datetime
import io
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engine.dataset.files import atomic_write
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, EventRow, PhotoState
from engine.dataset.table import as_text
from engine.geometry import iou
from engine.metrics.effort import ActionTimes

IDLE_S = 120.0
KEPT_AS_PROPOSED = frozenset({"accept", "done"})
ANSWERS = KEPT_AS_PROPOSED | {"reject", "edit"}
WORK = ANSWERS | {"draw", "delete", "class", "skip", "label"}
"""Kinds of history lines that are a person's work on a photo."""

_SECONDS_AN_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of boxes.

    Attributes:
        accepted: proposed by the model and right as they were.
        edited: proposed, and moved or resized by hand.
        drawn: by hand from the start, also those brought from files without a model.
        rejected: proposed, and not there.
        edit_iou: mean IoU of edited boxes with what was proposed, in [0, 1]; None without any.
    """

    accepted: int = 0
    edited: int = 0
    drawn: int = 0
    rejected: int = 0
    edit_iou: float | None = None

    @property
    def proposed(self) -> int:
        """Proposals that a person has answered."""
        return self.accepted + self.edited + self.rejected

    @property
    def boxes(self) -> int:
        """Boxes that count."""
        return self.accepted + self.edited + self.drawn

    def share(self, count: int) -> float | None:
        """A count as a share of the answered proposals, in [0, 1]; None where there is none."""
        return count / self.proposed if self.proposed else None


@dataclass(frozen=True, slots=True)
class DayWork:
    """A day's work: photos worked on, answers to proposals, those kept as proposed, and seconds without pauses.

    `seconds_each` is the median time between the first acts on two photos, None with fewer than two.
    """

    day: datetime.date
    photos: int
    answers: int
    kept: int
    worked_s: float
    seconds_each: float | None


@dataclass(frozen=True, slots=True)
class ProjectStatistics:
    """All figures of a folder.

    Attributes:
        photos: photos in each state.
        total: all boxes.
        by_class: `(class name, its boxes)`, in the order of the classes.
        days: oldest first; the person's own days.
        worked_s: all work, without pauses.
        seconds_each: median time for a photo over all days, None where it is not known yet.
    """

    photos: dict[PhotoState, int]
    total: Tally
    by_class: tuple[tuple[str, Tally], ...]
    days: tuple[DayWork, ...]
    worked_s: float
    seconds_each: float | None

    @property
    def photo_count(self) -> int:
        return sum(self.photos.values())

    @property
    def boxes_an_hour(self) -> float | None:
        """Boxes that count for each hour of work, None where no work is timed."""
        return self.total.boxes / (self.worked_s / _SECONDS_AN_HOUR) if self.worked_s > 0 else None

    def saved_s(self, times: ActionTimes | None = None) -> float | None:
        """Seconds that drawing every box by hand would have taken beyond those worked; may be negative.

        The time for a drawn box is `ActionTimes.draw_s`, published for crowd workers; None where no work is timed.
        """
        times = times or ActionTimes()
        return self.total.boxes * times.draw_s - self.worked_s if self.worked_s > 0 else None


def project_statistics(project: Project) -> ProjectStatistics:
    """Works out all figures; reads every box and the whole history once, so not for the window's thread."""
    names = {row.id: row.name for row in project.classes()}
    tallies: dict[int, _Counting] = {class_id: _Counting() for class_id in names}
    total = _Counting()
    for box in project.decided_boxes():
        total.take(box)
        tallies.setdefault(box.class_id, _Counting()).take(box)
    days = work_by_day(project.events())
    paces = [pace for day in days for pace in day.paces_s]
    return ProjectStatistics(
        project.counts(),
        total.tally(),
        tuple((names.get(class_id, ""), counting.tally()) for class_id, counting in tallies.items()),
        tuple(day.work() for day in days),
        sum(day.worked_s for day in days),
        statistics.median(paces) if paces else None,
    )


class _Counting:
    """Counts boxes of one class."""

    def __init__(self) -> None:
        self._states: Counter[BoxState] = Counter()
        self._overlaps: list[float] = []

    def take(self, box: BoxRow) -> None:
        by_hand = box.proposed is None and box.state is not BoxState.REJECTED
        self._states[BoxState.DRAWN if by_hand else box.state] += 1
        if box.state is BoxState.EDITED and box.proposed is not None:
            self._overlaps.append(iou(box.box, box.proposed))

    def tally(self) -> Tally:
        states = self._states
        return Tally(
            states[BoxState.ACCEPTED],
            states[BoxState.EDITED],
            states[BoxState.DRAWN],
            states[BoxState.REJECTED],
            statistics.fmean(self._overlaps) if self._overlaps else None,
        )


@dataclass(slots=True)
class DayCount:
    """A day's work while it is counted; `paces_s` are the seconds from photo to photo."""

    day: datetime.date
    photos: set[int] = field(default_factory=set)
    answers: int = 0
    kept: int = 0
    worked_s: float = 0.0
    paces_s: list[float] = field(default_factory=list)
    last_s: float | None = None
    begun_s: float | None = None

    def take(self, event: EventRow) -> None:
        """Counts one line of work, `kind` among `WORK`, in the order of time."""
        pause_s = event.at_s - self.last_s if self.last_s is not None else IDLE_S
        if 0 <= pause_s < IDLE_S:
            self.worked_s += pause_s
        if event.photo_id is not None and event.photo_id not in self.photos:
            pace_s = event.at_s - self.begun_s if self.begun_s is not None else IDLE_S
            if 0 <= pace_s < IDLE_S:
                self.paces_s.append(pace_s)
            self.photos.add(event.photo_id)
            self.begun_s = event.at_s
        self.last_s = event.at_s
        if event.kind in ANSWERS:
            self.answers += 1
            self.kept += event.kind in KEPT_AS_PROPOSED

    def work(self) -> DayWork:
        each = statistics.median(self.paces_s) if self.paces_s else None
        return DayWork(self.day, len(self.photos), self.answers, self.kept, self.worked_s, each)


def work_by_day(events: Iterable[EventRow]) -> list[DayCount]:
    """The work of each day in the person's own time zone, oldest first."""
    days: dict[datetime.date, DayCount] = {}
    for event in events:
        if event.kind in WORK:
            day = datetime.datetime.fromtimestamp(event.at_s).astimezone().date()
            days.setdefault(day, DayCount(day)).take(event)
    return [days[day] for day in sorted(days)]


def write_statistics(path: Path, found: ProjectStatistics) -> None:
    """Writes the figures as CSV: a part for all, one by class, one by day.

    Raises:
        LabelFileError: the file cannot be written.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("what", "figure"))
    for state, count in found.photos.items():
        writer.writerow((f"photos {state}", count))
    writer.writerow(("worked_s", f"{found.worked_s:.0f}"))
    writer.writerow(("seconds_a_photo", _figure(found.seconds_each, 2)))
    writer.writerow(("boxes_an_hour", _figure(found.boxes_an_hour, 1)))
    writer.writerow(("saved_s_against_drawing", _figure(found.saved_s(), 0)))
    writer.writerow(("assumed_s_a_drawn_box", ActionTimes().draw_s))
    writer.writerow(())
    writer.writerow(("class", "accepted", "edited", "drawn", "rejected", "mean_edit_iou"))
    for name, tally in (("all classes", found.total), *found.by_class):
        counts = (tally.accepted, tally.edited, tally.drawn, tally.rejected)
        writer.writerow((as_text(name), *counts, _figure(tally.edit_iou, 3)))
    writer.writerow(())
    writer.writerow(("day", "photos", "answers", "kept_as_proposed", "worked_s", "seconds_a_photo"))
    for day in found.days:
        figures: Sequence[object] = (day.photos, day.answers, day.kept, f"{day.worked_s:.0f}")
        writer.writerow((day.day.isoformat(), *figures, _figure(day.seconds_each, 2)))
    atomic_write(path, text.getvalue().encode("utf-8"))


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
