"""Garbage is collected at rest; what has outlived a long collection is set aside until the folder is closed."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from app import garbage


@pytest.fixture
def due(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A full collection is due, and nothing was set aside before."""
    monkeypatch.setattr(garbage.gc, "get_count", lambda: (0, 0, 99))
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("due")
def test_what_outlives_a_long_collection_is_set_aside_until_the_folder_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_LONG_S", -1.0)
    garbage.collect_due()
    assert gc.get_freeze_count() > 0
    garbage.look_through_all()
    assert gc.get_freeze_count() == 0


@pytest.mark.usefixtures("due")
def test_after_a_short_collection_nothing_is_set_aside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "_LONG_S", 1e9)
    garbage.collect_due()
    assert gc.get_freeze_count() == 0
