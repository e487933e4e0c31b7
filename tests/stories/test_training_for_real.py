"""Story: thirty photos are labelled by hand, a model learns of them for real, is taken over, and boxes better.

The training is short: the light network's trunk knows shapes already, and a few steps tell the two classes apart.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.dialogs.train import TrainSheet
from app.pages.training import TrainingPage
from app.training import desk
from engine.dataset.project_records import PhotoState
from engine.geometry import Box, iou
from support.person import Person
from support.photos import RED, WHITE, save_photo, shape_photo
from support.tiny_model import manifest, write_tiny_model

pytest.importorskip("torch")

COUNT, LABELLED = 30, 24
STALLED_MS, LOOKING_MS = 600_000, 240_000
_CTRL = Qt.KeyboardModifier.ControlModifier
SHORT = ["--steps", "8", "--batch", "8", "--no-clusters"]


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    """A model in use that cuts its maps far too low: its boxes are as large as the photo."""
    threshold = {**manifest()["threshold"], "value": 0.01}
    return write_tiny_model(tmp_path / "tiny.molt", threshold=threshold)


def truth(number: int) -> Box:
    x, y = 16 * (number % 11), 16 * (number % 8)
    return Box(x, y, x + 128, y + 112)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(COUNT):
        colour = (WHITE, RED)[number % 2]
        save_photo(tmp_path / "shapes" / f"{number:02d}.png", shape_photo(truth(number), colour=colour, seed=number))
    return tmp_path / "shapes"


@pytest.mark.slow
@pytest.mark.timeout(3600)  # the usual limit is shorter than what the training alone may take on a busy machine
def test_a_model_learns_of_hand_labels_and_boxes_better(
    person: Person, qtbot: QtBot, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., list[str]] = desk.command
    monkeypatch.setattr("app.training.desk.command", lambda *given: [*real(*given), *SHORT])
    monkeypatch.setattr("app.dialogs.train.command", lambda *given: [*real(*given), *SHORT])
    person.open_folder(photos, photos=COUNT)
    session = person.session
    session.moves_on = False
    person.see_proposal()
    person.press(Qt.Key.Key_B, _CTRL)
    person.press(Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: session.prelabelling.report is not None, timeout=LOOKING_MS)
    for number in range(LABELLED):
        person.wait_for_photo(f"{number:02d}.png")
        person.see_proposal()
        person.press(Qt.Key.Key_N)
        person.press(Qt.Key.Key_W)
        person.drag(truth(number))
        person.press(Qt.Key.Key_1 if number % 2 == 0 else Qt.Key.Key_2)
        person.press(Qt.Key.Key_D)
    assert session.counts()[PhotoState.REVIEWED] == LABELLED
    before = {row.id: overlap(person, row.id) for row in session.all_rows if row.state is not PhotoState.REVIEWED}
    assert len(before) == COUNT - LABELLED
    assert min(before.values()) > 0  # the model in use has boxes there, far too large ones
    person.press(Qt.Key.Key_T, _CTRL)
    sheet = person.window.sheet
    assert isinstance(sheet, TrainSheet)
    qtbot.waitUntil(sheet.start_button.isEnabled, timeout=LOOKING_MS)
    person.click("Start", sheet)
    page = person.window.centre.opened
    assert isinstance(page, TrainingPage)

    def ended() -> bool:
        return session.training.comparison is not None or page.ended == "failed" or bool(session.told.of_kind("warn"))

    wait_while_it_moves(qtbot, ended, lambda: (session.training.state, session.training.is_running))
    found = session.training.comparison
    assert found is not None, (session.training.error, session.told)
    assert found.new_right > found.old_right
    qtbot.mouseClick(page.adopt, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.model_name != "tiny", timeout=LOOKING_MS)
    qtbot.waitUntil(lambda: not session.prelabelling.is_running, timeout=LOOKING_MS)
    after = {photo_id: overlap(person, photo_id) for photo_id in before}
    assert sum(after.values()) > sum(before.values())
    person.press(Qt.Key.Key_Z, _CTRL)
    qtbot.waitUntil(lambda: session.model_name == "tiny", timeout=LOOKING_MS)
    session.many.finish()
    assert {photo_id: overlap(person, photo_id) for photo_id in before} == before


def wait_while_it_moves(qtbot: QtBot, ended: Callable[[], bool], stands: Callable[[], object]) -> None:
    """Waits for an end however busy the machine is, and fails where nothing comes any more."""
    while not ended():
        before = stands()
        qtbot.waitUntil(lambda before=before: ended() or stands() != before, timeout=STALLED_MS)


def overlap(person: Person, photo_id: int) -> float:
    """IoU of an open photo's proposal with the truth."""
    number = int(Path(person.session.photo(photo_id).path).stem)
    return max((iou(row.box, truth(number)) for row in person.session.boxes_of(photo_id)), default=0.0)
