"""The stages: order, bounds, failures that stop nothing, and an end that comes at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.geometry import Box
from engine.localization.localizer import Localizer
from engine.prelabel.deciding import Decision
from engine.prelabel.pipeline import Task, propose
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

DECISION = Decision(0.4)


@pytest.fixture
def localizer(tmp_path: Path) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path / "tiny.molt"))


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save_photo(tmp_path / "photo.png", shape_photo(Box(96, 48, 224, 160)))


def endless(photo: Path, asked: list[int]) -> Iterator[Task]:
    number = 0
    while True:
        asked.append(number)
        yield Task(photo, f"{number}", ("bright",))
        number += 1


def test_results_come_in_order_and_no_stage_runs_far_ahead(localizer: Localizer, photo: Path) -> None:
    asked: list[int] = []
    running = propose(endless(photo, asked), localizer, DECISION)
    names = []
    for _ in range(20):
        names.append(next(running).relative)
        time.sleep(0.02)  # the stages before have time to run ahead
    running.close()
    assert names == [str(number) for number in range(20)]
    assert len(asked) <= 20 + 10


def test_closing_ends_the_work_at_once(localizer: Localizer, photo: Path) -> None:
    before = threading.active_count()
    running = propose(endless(photo, []), localizer, DECISION)
    next(running)
    started_s = time.monotonic()
    running.close()
    assert time.monotonic() - started_s < 1.0
    deadline_s = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline_s:
        time.sleep(0.01)
    assert threading.active_count() <= before


def test_whatever_goes_wrong_with_a_photo_the_others_go_on(
    localizer: Localizer, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cut.jpg").write_bytes(photo.read_bytes()[:40])
    real = Localizer.look
    looks: list[int] = []

    def look(self, pixels, **more):
        looks.append(1)
        if len(looks) == 2:
            raise MemoryError
        return real(self, pixels, **more)

    monkeypatch.setattr(Localizer, "look", look)
    paths = [photo, tmp_path / "gone.jpg", tmp_path / "cut.jpg", photo, photo]
    found = list(propose([Task(path, path.name, ("bright",)) for path in paths], localizer, DECISION))
    assert [each.outcome is not None for each in found] == [True, False, False, False, True]
    assert "no longer there" in found[1].error
    assert "cut off" in found[2].error
    assert found[3].error == "photo.png could not be looked at (MemoryError)."


def test_what_breaks_the_list_of_photos_is_told(localizer: Localizer, photo: Path) -> None:
    def broken() -> Iterator[Task]:
        yield Task(photo, "first", ("bright",))
        raise OSError("the disk is gone")

    running = propose(broken(), localizer, DECISION)
    assert next(running).outcome is not None
    with pytest.raises(OSError, match="the disk is gone"):
        next(running)
