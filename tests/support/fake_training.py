"""A folder whose photos could be trained on, and the fake trainer in the real one's place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.session import Session
from app.training import desk
from app.training.python import PythonFacts
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState
from engine.geometry import Box
from support.photos import RED, WHITE, save_photo, shape_photo
from support.tiny_model import write_tiny_model

FAKE = Path(__file__).with_name("fake_trainer.py")


def write_shapes(folder: Path, each: int) -> Path:
    """Bright things and red ones, in folders of their names; answers the folder."""
    for number in range(each):
        for name, colour in (("bright", WHITE), ("red", RED)):
            photo = shape_photo(truth_of(number), colour=colour, seed=number)
            save_photo(folder / name / f"{number}.png", photo)
    return folder


def truth_of(number: int) -> Box:
    """Where the thing is on the photos of a number."""
    return Box(48 + 16 * number, 32, 144 + 16 * number, 128)


def review_shapes(session: Session, count: int) -> None:
    """Stores the true boxes of the first photos listed, as if they had been drawn."""
    assert session.project is not None
    for row in session.rows[:count]:
        name, file = row.path.split("/")
        box = BoxRow(0, session.project.class_named(name).id, truth_of(int(Path(file).stem)), BoxState.DRAWN)
        session.store_contents([PhotoContent(row.id, PhotoState.REVIEWED, (box,))], "draw")


def use_fake_trainer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Puts the fake trainer in the real one's place; its model is another than the one in use."""
    real: Callable[..., list[str]] = desk.command

    def fake(*given: object) -> list[str]:
        words = real(*given)
        return [words[0], str(FAKE), *words[3:]]

    monkeypatch.setattr("app.training.desk.command", fake)
    monkeypatch.setattr("app.dialogs.train.command", fake)
    model = write_tiny_model(tmp_path / "learnt.molt", name="learnt")
    monkeypatch.setenv("FAKE_TRAINER_MODEL", str(model))
    monkeypatch.setattr("app.training.python_search.probe", lambda path, **_: PythonFacts(path, (3, 11, 0)))
