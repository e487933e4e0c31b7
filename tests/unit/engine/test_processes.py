"""Processes that a photo ends, and how cores and memory are shared among them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.errors import MoltboxError
from engine.geometry import Box
from engine.localization.localizer import Localizer
from engine.prelabel import processes, team
from engine.prelabel.deciding import Decision
from engine.prelabel.pipeline import Task
from engine.prelabel.processes import WorkerSetup, propose_in_processes
from engine.prelabel.results import PhotoResult
from engine.prelabel.team import Team, team_for
from support.killing_setup import DEADLY_ONCE_WIDTH, DEADLY_WIDTH, KillingSetup, StillbornSetup
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

GIVEN_UP = "{} was given up: 2 workers ended while they looked at it alone, for want of memory perhaps."
GB = 1_000_000_000


@pytest.fixture
def setup(tmp_path: Path) -> KillingSetup:
    return KillingSetup(write_tiny_model(tmp_path / "tiny.molt"), "cpu", 1, Decision(0.4))


def tasks_of(folder: Path, widths: list[int]) -> list[Task]:
    """Photos of these widths in pixels, 0.png, 1.png and on."""
    photo = shape_photo(Box(10, 10, 50, 50), 96, 72)
    return [
        Task(
            save_photo(folder / f"{number}.png", photo[:, [*range(96), *[0] * (width - 96)]]), f"{number}.png", ("red",)
        )
        for number, width in enumerate(widths)
    ]


@pytest.mark.parametrize("count", [1, 2])
def test_a_photo_that_ends_its_process_is_given_up_and_the_others_are_done(
    count: int, setup: KillingSetup, tmp_path: Path
) -> None:
    """The two deadly photos are in hand at the same time, with others before, between and after them."""
    widths = [96] * 40
    widths[3] = widths[5] = DEADLY_WIDTH
    tasks = tasks_of(tmp_path, widths)
    fit = [task for task in tasks if task.relative not in ("3.png", "5.png")]
    alive = WorkerSetup(setup.model, "cpu", 1, setup.decision)
    undisturbed = {each.relative: each for each in propose_in_processes(fit, [alive])}
    found = list(propose_in_processes(tasks, [setup] * count))
    assert sorted(each.relative for each in found) == sorted(task.relative for task in tasks)
    failed = {each.relative: each.error for each in found if each.error is not None}
    assert failed == {name: GIVEN_UP.format(name) for name in ("3.png", "5.png")}
    assert {each.relative: each for each in found if each.error is None} == undisturbed
    if count == 1:
        assert [each.relative for each in found] == [task.relative for task in tasks]


def test_a_photo_that_ended_one_process_is_done_by_the_next(setup: KillingSetup, tmp_path: Path) -> None:
    found = list(propose_in_processes(tasks_of(tmp_path, [96, DEADLY_ONCE_WIDTH, 96]), [setup]))
    assert setup.model.with_suffix(".killed").exists()
    assert [(each.relative, each.error) for each in found] == [(f"{number}.png", None) for number in range(3)]


def test_a_last_photo_that_ends_its_process_ends_the_run_too(setup: KillingSetup, tmp_path: Path) -> None:
    found = list(propose_in_processes(tasks_of(tmp_path, [DEADLY_WIDTH]), [setup, setup]))
    assert [each.error for each in found] == [GIVEN_UP.format("0.png")]


def test_where_every_photo_ends_its_process_the_run_ends(
    setup: KillingSetup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_MOST_ENDED_IN_A_ROW", 4)
    asked: list[Task] = []

    def tasks() -> Iterator[Task]:
        for task in tasks_of(tmp_path, [DEADLY_WIDTH] * 100):
            asked.append(task)
            yield task

    found: list[PhotoResult] = []
    with pytest.raises(MoltboxError, match=r"ended before its work did .* go on with --resume"):
        found.extend(propose_in_processes(tasks(), [setup]))
    assert len(asked) == 10


def test_a_process_that_cannot_begin_ends_the_run_and_no_photo_is_blamed(setup: KillingSetup, tmp_path: Path) -> None:
    stillborn = StillbornSetup(setup.model, "cpu", 1, setup.decision)
    with pytest.raises(MoltboxError, match="fewer --processes"):
        list(propose_in_processes(tasks_of(tmp_path, [96] * 3), [stillborn]))
    gone = dataclasses.replace(setup, model=tmp_path / "gone.molt")
    with pytest.raises(MoltboxError, match=r"gone\.molt"):
        list(propose_in_processes(tasks_of(tmp_path, [96] * 3), [gone]))


@pytest.mark.parametrize(
    ("cores", "asked", "photos", "left", "threads"),
    [
        (6, None, 10_000, 64 * GB, (1,) * 6),
        (64, None, 10_000, 256 * GB, (1,) * 64),
        (6, 4, 10_000, 64 * GB, (2, 2, 1, 1)),
        (6, None, 400, 64 * GB, (2, 2, 1, 1)),
        (6, None, 99, 64 * GB, (6,)),
        (2, 3, 10, 64 * GB, (1, 1, 1)),
        (8, None, 10_000, 3_100_000_000, (2, 2, 1, 1, 1, 1)),  # the tiny model's networks take little of it
        (8, None, 10_000, 0, (8,)),
        (8, None, 10_000, None, (2, 2, 2, 2)),
    ],
)
def test_all_cores_are_shared_among_as_many_processes_as_there_is_memory_for(
    cores: int,
    asked: int | None,
    photos: int,
    left: int | None,
    threads: tuple[int, ...],
    setup: KillingSetup,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(team, "memory_left", lambda: left)
    localizer = Localizer.open(setup.model, device="cpu", threads=1)
    assert team_for(asked, cores, photos, localizer, apart=False) == Team(threads)


def test_a_model_with_large_networks_gets_fewer_processes(setup: KillingSetup, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(team, "memory_left", lambda: 4 * GB)
    localizer = Localizer.open(setup.model, device="cpu", threads=1)
    localizer.model = dataclasses.replace(localizer.model, networks={"trunk": bytes(250_000_000)})
    assert team_for(None, 8, 10_000, localizer, apart=False) == Team.of(3, 8)
