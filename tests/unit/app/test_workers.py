"""The workers: whose turn comes first, what is dropped, and how they end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from app.workers import BATCH, CURRENT, NEIGHBOUR, Decoder, LookRequest, LookWorker
from engine.errors import Cancelled
from engine.images import SizedPhoto
from engine.localization.localizer import Localizer
from engine.localization.manifest import Manifest
from engine.localization.model_file import ModelFile
from support.sessions import write_photos
from support.tiny_model import write_tiny_model


class SlowLocalizer(Localizer):
    """The tiny model, which waits before each scale until it is let go on."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.steps = threading.Semaphore(0)
        self.begun: list[int] = []
        self.given_up: list[int] = []
        self.reached = threading.Semaphore(0)

    def look(self, photo, *, size=None, on_scale=None, cancelled=None):
        number = int(photo[0, 0, 0])

        def waits() -> bool:
            self.reached.release()
            assert self.steps.acquire(timeout=20)
            return cancelled is not None and cancelled()

        self.begun.append(number)
        try:
            return super().look(photo, size=size, on_scale=on_scale, cancelled=waits)
        except Cancelled:
            self.given_up.append(number)
            raise


class Desk:
    """A look worker on numbered photos, and what it answered."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        self.localizer = SlowLocalizer(ModelFile.read(model))
        self.looked: list[int] = []
        self.worker = LookWorker(lambda: self.localizer)
        self.worker.looked.connect(lambda result: self.looked.append(result.photo_id))
        self.worker.start()

    def ask(self, number: int, priority: int) -> None:
        path = self.folder / f"photo_{number}.png"
        self.worker.ask(LookRequest(number, path, (), self.worker.generation), priority)

    def wait_for_scale(self) -> None:
        assert self.localizer.reached.acquire(timeout=20)

    def go_on(self, steps: int = 1000) -> None:
        self.localizer.steps.release(steps)


@pytest.fixture
def desk(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    def numbered(_: Manifest, path: Path) -> SizedPhoto:
        photo = np.zeros((48, 64, 3), np.uint8)
        photo[10:30, 10:40] = 255
        photo[0, 0, 0] = int(path.stem.split("_")[1])
        return SizedPhoto(photo, 64, 48)

    monkeypatch.setattr("app.workers.decode_for", numbered)
    made = Desk(tmp_path, write_tiny_model(tmp_path / "tiny.molt"))
    yield made
    made.go_on()
    made.worker.stop()
    assert made.worker.isFinished()


def test_the_current_photo_goes_before_neighbours_and_these_before_the_batch(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(1, BATCH)
    desk.wait_for_scale()
    for number, priority in ((2, BATCH), (3, NEIGHBOUR), (4, NEIGHBOUR), (5, CURRENT)):
        desk.ask(number, priority)
    desk.go_on()
    qtbot.waitUntil(lambda: len(desk.looked) == 5)
    assert desk.looked[0] == 5
    assert set(desk.looked[1:3]) == {3, 4}
    assert desk.localizer.given_up == [1]


def test_the_photo_gone_to_last_is_looked_at_first(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(1, CURRENT)
    desk.wait_for_scale()
    for number in (2, 3, 2):
        desk.ask(number, CURRENT)
    desk.go_on()
    qtbot.waitUntil(lambda: len(desk.looked) == 3)
    assert desk.looked[0] == 2
    assert sorted(desk.looked) == [1, 2, 3]


def test_a_photo_being_looked_at_is_not_begun_again_when_it_becomes_current(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(1, NEIGHBOUR)
    desk.wait_for_scale()
    desk.ask(1, CURRENT)
    desk.ask(2, NEIGHBOUR)
    desk.go_on()
    qtbot.waitUntil(lambda: len(desk.looked) == 2)
    assert desk.looked == [1, 2]
    assert desk.localizer.begun == [1, 2]


def test_a_photo_asked_for_twice_is_looked_at_once(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(9, BATCH)
    desk.wait_for_scale()
    for priority in (BATCH, NEIGHBOUR, NEIGHBOUR):
        desk.ask(1, priority)
    desk.go_on()
    qtbot.waitUntil(lambda: len(desk.looked) == 2)
    desk.ask(3, BATCH)
    qtbot.waitUntil(lambda: 3 in desk.looked)
    assert desk.looked == [9, 1, 3]


def test_what_is_forgotten_is_not_answered(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(1, CURRENT)
    desk.wait_for_scale()
    desk.ask(2, BATCH)
    desk.worker.forget_all()
    desk.ask(3, NEIGHBOUR)
    desk.go_on()
    qtbot.waitUntil(lambda: 3 in desk.looked)
    assert desk.looked == [3]


def test_a_photo_of_the_next_folder_with_the_same_number_is_looked_at(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[int] = []
    desk.worker.looked.connect(lambda result: heard.append(result.generation))
    ready, going_on = threading.Event(), threading.Event()

    def late(*given: Any) -> dict:
        ready.set()
        assert going_on.wait(20)
        return {}

    desk.go_on()
    with monkeypatch.context() as slow:
        slow.setattr("app.workers.place_labels", late)
        desk.ask(1, CURRENT)
        assert ready.wait(20)  # too late to give up: the answer is nearly there
        desk.worker.forget_all()
        desk.ask(1, CURRENT)
        going_on.set()
        qtbot.waitUntil(lambda: heard == [0, 1])


def test_a_cancelled_batch_leaves_the_neighbours(desk: Desk, qtbot: QtBot) -> None:
    desk.ask(1, CURRENT)
    desk.wait_for_scale()
    for number, priority in ((2, BATCH), (3, NEIGHBOUR), (4, BATCH)):
        desk.ask(number, priority)
    desk.worker.forget_batch()
    desk.go_on()
    qtbot.waitUntil(lambda: 3 in desk.looked)
    assert desk.looked == [1, 3]


def test_a_network_that_fails_is_told_and_the_next_photo_is_looked_at(
    desk: Desk, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.go_on()
    told: list[str] = []
    desk.worker.failed.connect(lambda _photo, _generation, sentence: told.append(sentence))
    with monkeypatch.context() as broken:
        broken.setattr(desk.localizer, "look", lambda *_, **__: 1 / 0)
        desk.ask(1, CURRENT)
        qtbot.waitUntil(lambda: bool(told))
    assert told == ["photo_1.png could not be looked at (ZeroDivisionError)."]
    desk.ask(2, CURRENT)
    qtbot.waitUntil(lambda: desk.looked == [2])


def test_the_decoder_keeps_photos_and_forgets_them(qtbot: QtBot, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos", 2)
    decoder = Decoder()
    with qtbot.waitSignals([decoder.decoded, decoder.decoded]):
        decoder.ask(1, root / "photo_0.png")
        decoder.ask_ahead(2, root / "photo_1.png")
    photo = decoder.kept(1)
    assert photo is not None
    assert photo.pixels.shape == (240, 320, 3)
    assert [each.shape for each in photo.smaller] == [(120, 160, 3)]
    assert photo.at_least(160).shape == (120, 160, 3)
    assert photo.at_least(161) is photo.pixels
    with qtbot.waitSignal(decoder.failed) as told:
        decoder.ask(3, root / "gone.png")
    assert told.args == [3, "gone.png is no longer there."]
    decoder.clear()
    assert decoder.kept(1) is None
    decoder.close()


def test_going_quickly_through_photos_decodes_only_those_that_are_waited_for(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    going_on = threading.Event()

    def slowly(path: Path) -> np.ndarray:
        begun.append(int(path.stem))
        assert going_on.wait(20)
        return np.zeros((48, 64, 3), np.uint8)

    monkeypatch.setattr("app.workers.read_photo", slowly)
    decoder = Decoder()
    told: list[int] = []
    decoder.decoded.connect(lambda photo_id, _: told.append(photo_id))
    for number in range(50):
        decoder.ask(number, Path(f"{number}.jpg"))
        for ahead in (number + 1, number + 2):
            decoder.ask_ahead(ahead, Path(f"{ahead}.jpg"))
        if number == 0:
            qtbot.waitUntil(lambda: len(begun) == 2)
    going_on.set()
    qtbot.waitUntil(lambda: {49, 50, 51} <= set(told))
    assert begun == [0, 1, 49, 50, 51]
    decoder.ask(20, Path("20.jpg"))  # dropped on the way, but not for ever
    qtbot.waitUntil(lambda: decoder.kept(20) is not None)
    decoder.close()
