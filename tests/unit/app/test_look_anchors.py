"""The looking thread finds what a new label stands for before it looks at the label's first photo."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.workers import BATCH, CURRENT, NEIGHBOUR, LookRequest, LookWorker
from engine.localization.anchors import find_anchors
from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from support.photos import RED, save_photo, shape_photo
from support.sessions import OBJECTS
from support.tiny_model import write_tiny_model


class SteppedLocalizer(Localizer):
    """The tiny model, which waits before it scores each photo of a sample until it is let go on."""

    def __init__(self, model: ModelFile) -> None:
        super().__init__(model)
        self.steps = threading.Semaphore(0)
        self.reached = threading.Semaphore(0)
        self.threads: set[int] = set()

    def class_scores(self, photo, *, size=None):
        self.threads.add(threading.get_ident())
        self.reached.release()
        assert self.steps.acquire(timeout=20)
        return super().class_scores(photo, size=size)


class Desk:
    """A look worker on labelled photos, and what it told, in order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for number in range(4):
            save_photo(folder / f"{number}.png", shape_photo(OBJECTS[number % 3], colour=RED))
        self.localizer = SteppedLocalizer(ModelFile.read(write_tiny_model(folder / "tiny.molt")))
        self.told: list[object] = []
        self.found: dict[str, ClassWeights] = {}
        self.steps_told: list[tuple[int, str, int, int]] = []
        self.worker = LookWorker(lambda: self.localizer)
        self.worker.anchored.connect(self._take)
        self.worker.anchoring.connect(lambda *step: self.steps_told.append(step))
        self.worker.looked.connect(lambda result: self.told.append(result.photo_id))
        self.worker.failed.connect(lambda photo, _generation, _sentence: self.told.append(f"failed {photo}"))
        self.worker.start()

    def _take(self, _generation: int, found: dict[str, ClassWeights]) -> None:
        self.told.append(tuple(found))
        self.found.update(found)

    def ask(self, number: int, priority: int, label: str = "My_Widget", sample: tuple[int | str, ...] = (0, 1, 2)):
        names = tuple(self.folder / f"{each}.png" for each in sample)
        samples = {label.casefold().replace("_", " "): names} if sample else {}
        request = LookRequest(number, self.folder / f"{number}.png", (label,), self.worker.generation, samples=samples)
        self.worker.ask(request, priority)

    def wait_for_scoring(self) -> None:
        assert self.localizer.reached.acquire(timeout=20)

    def go_on(self, steps: int = 1000) -> None:
        self.localizer.steps.release(steps)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.go_on()
    made.worker.stop()
    assert made.worker.isFinished()


def test_a_label_is_anchored_once_before_its_first_photo(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.go_on()
    desk.ask(3, CURRENT)
    qtbot.waitUntil(lambda: 3 in desk.told)
    desk.ask(2, CURRENT)
    qtbot.waitUntil(lambda: 2 in desk.told)
    assert desk.told == [("my widget",), 3, 2]
    assert desk.steps_told == [(3, "My_Widget", done, 3) for done in range(3)]
    plain = Localizer.open(tmp_path / "tiny.molt")
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    assert desk.found == find_anchors({"my widget": paths}, plain)
    assert threading.get_ident() not in desk.localizer.threads


def test_what_was_found_before_is_not_looked_for_again(desk: Desk, qtbot: QtBot) -> None:
    place = ((1, 0.75), (2, 0.25))
    request = LookRequest(3, desk.folder / "3.png", ("widget",), desk.worker.generation, {"widget": place}, {})
    stored: list[bytes] = []
    desk.worker.looked.connect(lambda result: stored.append(result.stored))
    desk.worker.ask(request, CURRENT)
    qtbot.waitUntil(lambda: bool(stored))
    assert desk.localizer.threads == set()
    assert desk.found == {}
    kept = Evidence.from_bytes(stored[0], desk.localizer.model.class_names).scales[0].kept_maps
    assert place in kept


def test_another_photo_that_has_no_use_for_it_goes_first(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(0, BATCH)
    desk.wait_for_scoring()
    desk.ask(1, CURRENT, label="red", sample=())
    desk.go_on()
    qtbot.waitUntil(lambda: 0 in desk.told)
    assert desk.told == [1, ("my widget",), 0]


def test_another_photo_of_the_same_label_waits_for_what_is_under_way(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(0, NEIGHBOUR)
    desk.wait_for_scoring()
    desk.ask(1, CURRENT)
    desk.go_on()
    qtbot.waitUntil(lambda: 0 in desk.told)
    assert desk.told == [("my widget",), 1, 0]
    # The photo in front tells what goes on, although another one began it.
    assert {step[0] for step in desk.steps_told[-2:]} == {1}


@pytest.mark.parametrize("drop", ["forget_batch", "forget_all", "stop"])
def test_it_stops_before_the_next_photo(desk: Desk, qtbot: QtBot, drop: str) -> None:
    desk.ask(0, BATCH)
    desk.wait_for_scoring()
    if drop == "stop":
        desk.worker._stopped.set()
    else:
        getattr(desk.worker, drop)()
    desk.go_on(1)
    if drop != "stop":
        desk.ask(1, NEIGHBOUR, label="red", sample=())
        qtbot.waitUntil(lambda: 1 in desk.told)
    desk.worker.stop()
    assert desk.worker.isFinished()
    assert not desk.localizer.reached.acquire(blocking=False)
    assert desk.told == ([] if drop == "stop" else [1])


def test_a_sample_that_cannot_be_read_leaves_the_photo_itself(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.go_on()
    desk.ask(0, CURRENT, sample=("gone", "lost"))
    qtbot.waitUntil(lambda: 0 in desk.told)
    plain = Localizer.open(tmp_path / "tiny.molt")
    assert desk.found == find_anchors({"my widget": [tmp_path / "0.png"]}, plain)


def test_a_new_folder_knows_nothing_of_the_old_one(desk: Desk, qtbot: QtBot) -> None:
    desk.go_on()
    desk.ask(0, CURRENT)
    qtbot.waitUntil(lambda: 0 in desk.told)
    desk.worker.forget_all()
    desk.ask(1, CURRENT)
    qtbot.waitUntil(lambda: 1 in desk.told)
    assert desk.told == [("my widget",), 0, ("my widget",), 1]


def test_a_network_that_fails_on_a_sample_is_told(desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_photo: np.ndarray) -> np.ndarray:
        raise RuntimeError("out of memory")

    with monkeypatch.context() as changed:
        changed.setattr(desk.localizer, "class_scores", broken)
        desk.ask(0, CURRENT)
        qtbot.waitUntil(lambda: bool(desk.told))
    assert desk.told == ["failed 0"]
    desk.go_on()
    desk.ask(1, CURRENT)
    qtbot.waitUntil(lambda: desk.told[-1] == 1)
