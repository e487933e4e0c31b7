"""What a model file remembers of the photos that it was calibrated on."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import PhotoError
from engine.evaluation.calibration_record import RECORD_KEY, CalibrationRecord, PhotoSketch, photo_mark

MARKS = st.lists(st.integers(0, 2**48 - 1), max_size=400, unique=True)


def record(marks: list[int], boxes: int = 7) -> CalibrationRecord:
    return CalibrationRecord(
        "boxes.json" if boxes else "", "", len(marks), boxes, ("threshold",), "o", "2026-11-23", PhotoSketch.of(marks)
    )


@given(MARKS)
def test_a_record_comes_back_from_its_fields(marks: list[int]) -> None:
    before = record(marks)
    fields = json.loads(json.dumps({RECORD_KEY: before.as_fields()}))
    assert CalibrationRecord.from_accuracy(fields) == before


@given(MARKS, MARKS)
def test_the_share_is_exact_up_to_256_photos(chosen_on: list[int], scored: list[int]) -> None:
    small = chosen_on[:256]
    expected = len(set(small) & set(scored)) / len(small) if small else 0.0
    assert PhotoSketch.of(small).share_in(scored) == expected


def test_the_share_of_many_photos_is_estimated() -> None:
    marks = [int.from_bytes(hashlib.sha256(str(number).encode()).digest()[:6], "big") for number in range(20_000)]
    sketch = PhotoSketch.of(marks)
    assert len(sketch.as_text()) <= 2048
    assert sketch.share_in(marks[:5000]) == pytest.approx(0.25, abs=0.09)
    assert sketch.share_in(marks) == 1.0


def test_a_mark_is_of_the_content_not_the_name(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"one")
    (tmp_path / "b.png").write_bytes(b"one")
    (tmp_path / "c.jpg").write_bytes(b"two")
    first, second, third = (photo_mark(tmp_path / name) for name in ("a.jpg", "b.png", "c.jpg"))
    assert first == second != third
    assert first == int(hashlib.sha256(b"one").hexdigest()[:12], 16)
    with pytest.raises(PhotoError, match=r"d\.jpg cannot be opened"):
        photo_mark(tmp_path / "d.jpg")


def test_scoring_the_very_photos_is_warned_of() -> None:
    told = record([1, 2, 3, 4]).note_on([4, 3, 2, 1, 9])
    assert told is not None
    assert told.startswith("Warning: these are the photos on which this model's threshold was chosen (boxes.json")
    some = record([1, 2, 3, 4]).note_on([4, 9])
    assert some is not None
    assert "25 %" in some
    assert record([1, 2]).note_on([5, 6]) is None
    without = record([1, 2], boxes=0).note_on([1, 2])
    assert without is not None
    assert without.startswith("Note: ")


@pytest.mark.parametrize(
    "accuracy",
    [
        {},
        {RECORD_KEY: 5},
        {RECORD_KEY: {"file": "x"}},
        {RECORD_KEY: record([1]).as_fields() | {"fingerprint": "%%"}},
        {RECORD_KEY: record([1]).as_fields() | {"fingerprint": "AAAA"}},
        {RECORD_KEY: record([1]).as_fields() | {"photos": "many"}},
        {RECORD_KEY: record([1]).as_fields() | {"chosen": None}},
    ],
)
def test_a_record_that_cannot_be_read_is_none(accuracy: dict[str, object]) -> None:
    assert CalibrationRecord.from_accuracy(accuracy) is None
