"""Finding a photo by its place or name."""

from __future__ import annotations

import dataclasses

import pytest

from app.dialogs.go_to import found_photos
from engine.dataset.project_records import PhotoRow, PhotoState

_ROW = PhotoRow(1, "", 0, 0, PhotoState.NEW, None, 0, 0, None, 0.0, "")
_ROWS = [dataclasses.replace(_ROW, id=number, path=path) for number, path in enumerate(("a/X2.jpg", "b.jpg", "c2.jpg"))]


@pytest.mark.parametrize(
    ("typed", "places"),
    [("2", [2, 1, 3]), ("x", [1]), ("JPG", [1, 2, 3]), (" b.", [2]), ("0", []), ("99", []), ("", []), ("  ", [])],
)
def test_the_place_comes_first_then_names(typed: str, places: list[int]) -> None:
    assert [place for place, _ in found_photos(_ROWS, typed)] == places


def test_a_place_may_be_written_in_thousands() -> None:
    rows = [dataclasses.replace(_ROW, id=number, path="p") for number in range(1204)]
    assert [row.id for _, row in found_photos(rows, "1,204")] == [1203]
