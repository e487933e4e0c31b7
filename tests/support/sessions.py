"""Folders of generated photos, and sessions with the tiny model opened on them."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from app.session import Session
from app.session_types import Message
from engine.dataset.project_records import BoxRow, BoxState, PhotoRow
from engine.geometry import Box
from support.photos import save_photo, shape_photo

OBJECTS = (Box(48, 32, 144, 128), Box(160, 64, 288, 208), Box(96, 80, 224, 192))
"""Where the bright object is on the first, second and third photo; whole blocks of the tiny model."""


def write_photos(root: Path, count: int = 3, *, suffix: str = ".png") -> Path:
    """Writes photo_0, photo_1, ... with one bright object each and returns the folder."""
    for number in range(count):
        photo = shape_photo(OBJECTS[number % len(OBJECTS)], seed=number)
        save_photo(root / f"photo_{number}{suffix}", photo)
    return root


class Messages(list[Message]):
    """The messages a session has told, with a search in their words."""

    def of_kind(self, kind: str) -> list[str]:
        return [f"{each.title}. {each.text}" for each in self if each.kind == kind]


class ToldSession(Session):
    """A session that keeps the messages it tells."""

    def __init__(self, model: Path) -> None:
        self.told = Messages()
        super().__init__(model)
        self.message.connect(self.told.append)


def wait_for_proposal(session: Session, qtbot: QtBot) -> BoxRow:
    """Waits until the current photo has a proposed box, and returns it."""
    qtbot.waitUntil(lambda: session.heat_map is not None and bool(session.boxes), timeout=10_000)
    return session.boxes[0]


def wait_for_photos(session: Session, qtbot: QtBot, count: int) -> list[PhotoRow]:
    """Waits until the list has so many photos, and returns them."""
    qtbot.waitUntil(lambda: len(session.rows) >= count, timeout=10_000)
    return session.rows


def kept(session: Session) -> list[BoxRow]:
    """The current photo's boxes that count."""
    return [row for row in session.boxes if row.state.counts]


def states(session: Session) -> list[BoxState]:
    return [row.state for row in session.boxes]
