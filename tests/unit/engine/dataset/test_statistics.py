"""Figures of the work on a folder, against a plain count by hand."""

from __future__ import annotations

import csv
import datetime
from dataclasses import replace
from pathlib import Path

import pytest

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, EventRow, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.statistics import IDLE_S, Tally, project_statistics, work_by_day, write_statistics
from engine.geometry import Box
from engine.metrics.effort import ActionTimes

NOON_S = datetime.datetime(2026, 3, 4, 12, 0).astimezone().timestamp()


def event(at_s: float, photo_id: int, kind: str, number: int = 1) -> EventRow:
    return EventRow(number, NOON_S + at_s, photo_id, kind, {})


def test_work_is_timed_without_pauses_and_by_day() -> None:
    day_s = 24 * 3600.0
    events = [
        event(0, 1, "accept"),
        event(4, 2, "edit"),
        event(6, 2, "accept"),
        event(14, 3, "reject"),
        event(14 + IDLE_S, 4, "accept"),  # after a coffee
        event(19 + IDLE_S, 5, "skip"),
        event(20 + IDLE_S, 5, "export"),  # no work on a photo
        event(day_s, 6, "accept"),
    ]
    first, second = (each.work() for each in work_by_day(events))
    assert (first.photos, first.answers, first.kept) == (5, 5, 3)
    assert first.worked_s == pytest.approx(14 + 5)
    assert first.seconds_each == pytest.approx(5)  # the median of 4, 10 and 5
    assert (second.photos, second.worked_s, second.seconds_each) == (1, 0.0, None)
    assert (second.day - first.day).days == 1


def test_a_clock_that_went_back_takes_no_time_away() -> None:
    (day,) = work_by_day([event(50, 1, "accept"), event(10, 2, "accept"), event(12, 3, "accept")])
    assert day.worked_s == pytest.approx(2)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project.open(tmp_path)
    project.add_photos([FoundPhoto(f"{number}.jpg", 1, 1) for number in range(4)])
    cat, dog = project.class_named("=cat"), project.class_named("dog")
    proposal = Box(10, 10, 30, 30)
    proposed = BoxRow(0, cat.id, proposal, BoxState.PROPOSED, proposed=proposal)
    edited = replace(proposed, state=BoxState.EDITED, box=Box(10, 10, 30, 20), class_id=dog.id)
    contents = [
        PhotoContent(1, PhotoState.REVIEWED, (replace(proposed, state=BoxState.ACCEPTED),)),
        PhotoContent(2, PhotoState.REVIEWED, (edited,)),
        PhotoContent(3, PhotoState.REVIEWED, (replace(proposed, state=BoxState.REJECTED),)),
        PhotoContent(4, PhotoState.PROPOSED, (proposed, BoxRow(0, dog.id, Box(1, 1, 5, 5), BoxState.DRAWN))),
    ]
    for content in contents:
        project.put_content(content, event="accept")
    return project


def test_figures_are_those_of_a_count_by_hand(project: Project) -> None:
    found = project_statistics(project)
    assert found.total == Tally(accepted=1, edited=1, drawn=1, rejected=1, edit_iou=0.5)
    assert dict(found.by_class) == {
        "=cat": Tally(accepted=1, rejected=1),
        "dog": Tally(edited=1, drawn=1, edit_iou=0.5),
    }
    assert found.total.proposed == 3
    assert found.total.boxes == 3
    assert found.total.share(found.total.accepted) == pytest.approx(1 / 3)
    assert found.photo_count == 4
    worked = replace(found, worked_s=36.0)
    assert worked.boxes_an_hour == pytest.approx(300)
    assert worked.saved_s() == pytest.approx(3 * ActionTimes().draw_s - 36)
    assert replace(found, worked_s=0.0).saved_s() is None


def test_the_file_holds_the_figures_and_no_formula(project: Project, tmp_path: Path) -> None:
    write_statistics(tmp_path / "figures.csv", project_statistics(project))
    with (tmp_path / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row]
    assert ["photos reviewed", "3"] in rows
    assert ["all classes", "1", "1", "1", "1", "0.500"] in rows
    assert ["'=cat", "1", "0", "0", "1", ""] in rows
    assert not any(cell.startswith("=") for row in rows for cell in row)
