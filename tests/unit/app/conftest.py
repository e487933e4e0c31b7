"""Sessions for the tests of the app's view-model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from support.sessions import ToldSession, wait_for_photos, wait_for_proposal, write_photos
from support.tiny_model import write_tiny_model


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


@pytest.fixture
def session(qtbot: QtBot, tiny_model: Path) -> Iterator[ToldSession]:
    """A session without a folder."""
    made = ToldSession(tiny_model)
    yield made
    made.shut_down()


@pytest.fixture
def three(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> ToldSession:
    """A session with a folder of three photos, at the first one, which has its proposed box."""
    assert session.open_folder(write_photos(tmp_path / "photos"))
    wait_for_photos(session, qtbot, 3)
    wait_for_proposal(session, qtbot)
    return session
