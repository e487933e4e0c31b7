"""The stages: order, bounds, failures that stop nothing, and an end that comes at once."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import MoltboxError
from engine.geometry import Box
from engine.images import OnSize, SizedPhoto
from engine.localization.localizer import Localizer
from engine.prelabel import pipeline
from engine.prelabel.deciding import Decision, decode_for
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


@pytest.mark.parametrize("fault", [MemoryError(), MoltboxError("The class is not kept.")])
def test_a_photo_that_cannot_be_decided_is_a_failure_of_its_own(
    fault: Exception, localizer: Localizer, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = pipeline.decide

    def decide(localizer, evidence, labels, decision):
        if labels == ("red",):
            raise fault
        return real(localizer, evidence, labels, decision)

    monkeypatch.setattr(pipeline, "decide", decide)
    tasks = [Task(photo, label, (label,)) for label in ("bright", "red", "dark")]
    found = list(propose(tasks, localizer, DECISION))
    assert [each.outcome is not None for each in found] == [True, False, True]
    assert found[1].error == (str(fault) or "photo.png could not be decided (MemoryError).")


class _Held:
    """Bytes of pixels that live, as the decoder makes them and whoever held them last lets them go."""

    def __init__(self) -> None:
        self.now_bytes = self.most_bytes = 0
        self._lock = threading.Lock()

    def photo(self, size_bytes: int) -> SizedPhoto:
        pixels = np.zeros((1, size_bytes // 3, 3), np.uint8)
        weakref.finalize(pixels, self._add, -pixels.nbytes)
        self._add(pixels.nbytes)
        return SizedPhoto(pixels, pixels.shape[1], 1)

    def _add(self, size_bytes: int) -> None:
        with self._lock:
            self.now_bytes += size_bytes
            self.most_bytes = max(self.most_bytes, self.now_bytes)


@pytest.mark.parametrize(("sizes", "most"), [((900, 300), 1900), ((3000,), 3000), ((30,), 7 * 30)])
def test_large_photos_take_no_more_memory_than_the_budget_and_one_of_them(
    sizes: tuple[int, ...], most: int, localizer: Localizer, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third photo cannot be decoded, before or after its size is known; a small one is quicker than a large."""
    monkeypatch.setattr(pipeline, "_ROOM_BYTES", 1000)
    held = _Held()
    real = Localizer.look

    def look(self, pixels, **more):
        time.sleep(0.004)  # the decoders have time to run ahead
        return real(self, np.zeros((8, 8, 3), np.uint8), **more)

    def decode(task: Task, on_size: OnSize) -> SizedPhoto:
        number = int(task.relative)
        size_bytes = sizes[number % len(sizes)]
        if number % 6 == 2:
            raise MemoryError
        time.sleep(0.001 * (number % 2))
        on_size(size_bytes)
        if number % 6 == 5:
            raise MemoryError
        return held.photo(size_bytes)

    monkeypatch.setattr(Localizer, "look", look)
    tasks = [Task(photo, f"{number}", ("bright",)) for number in range(60)]
    found = list(propose(tasks, localizer, DECISION, decode=decode))
    assert [each.relative for each in found] == [task.relative for task in tasks]
    assert [each.outcome is None for each in found] == [number % 3 == 2 for number in range(60)]
    assert max(sizes) <= held.most_bytes <= most
    assert held.now_bytes == 0


def test_the_work_stops_while_photos_wait_for_room(
    localizer: Localizer, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "_ROOM_BYTES", 1)
    running = propose(endless(photo, []), localizer, DECISION)
    next(running)
    started_s = time.monotonic()
    running.close()
    assert time.monotonic() - started_s < 1.0


@pytest.mark.parametrize(("suffix", "width", "height"), [(".png", 320, 240), (".jpg", 1601, 1203)])
def test_the_size_of_the_pixels_is_known_before_they_are_decoded(
    suffix: str, width: int, height: int, localizer: Localizer, tmp_path: Path
) -> None:
    path = save_photo(tmp_path / f"photo{suffix}", shape_photo(Box(9, 9, 99, 99), width, height))
    told: list[int] = []
    for source in (path, path.read_bytes()):
        photo = decode_for(localizer.model.manifest, source, name="photo", on_size=told.append)
        assert told.pop() == photo.pixels.nbytes
    assert (photo.pixels.shape[1] < width) == (suffix == ".jpg")
