"""What every codec asks of numbers, sizes, boxes and names, and what is kept of foreign fields, at the very limits."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dataset import checks
from engine.dataset.foreign import DEPTH_LIMIT, fields_of, packed
from engine.dataset.records import LabelledPhoto, Skipped
from engine.errors import LabelFileError
from engine.geometry import Box
from support.labels import cat

SIDE = 1_000_000


def inside(*ends: float, width: int = 100, height: int = 80) -> Box:
    return checks.box_inside(*ends, width=width, height=height, source="f")


@pytest.mark.parametrize(("value", "expected"), [(3, 3.0), ("3.5", 3.5), (" 1e2 ", 100.0), (-0.5, -0.5)])
def test_numbers_may_come_as_text(value: object, expected: float) -> None:
    assert checks.number(value, source="f") == expected


@pytest.mark.parametrize("value", [True, None, [], "x", "", 10**400])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(LabelFileError, match=r"^f is .*; expected a number\.$"):
        checks.number(value, source="f")


@pytest.mark.parametrize("value", [math.inf, "-inf", "nan"])
def test_endless_numbers_are_refused(value: object) -> None:
    with pytest.raises(LabelFileError, match=r"expected a finite number\.$"):
        checks.number(value, source="f")


@pytest.mark.parametrize("value", [0, "0", 3.0, 2**53])
def test_whole_numbers_from_0_to_what_every_reader_keeps(value: object) -> None:
    assert checks.whole_number(value, source="f") == int(float(str(value)))


@pytest.mark.parametrize("value", [-1, 0.5, 2**53 + 2])
def test_other_numbers_are_not_whole(value: object) -> None:
    with pytest.raises(LabelFileError, match="expected a whole number, 0 or more"):
        checks.whole_number(value, source="f")


def test_a_side_has_a_largest_length() -> None:
    assert checks.side(SIDE, source="f") == SIDE
    with pytest.raises(LabelFileError, match="f is 1000001; expected at most 1000000 pixels"):
        checks.side(SIDE + 1, source="f")


@given(*[st.floats(-1, 101)] * 2, *[st.floats(-1, 81)] * 2)
def test_a_box_that_sticks_out_by_a_pixel_at_most_is_cut(a: float, b: float, c: float, d: float) -> None:
    (x0, x1), (y0, y1) = sorted((a, b)), sorted((c, d))
    x0, y0 = min(x0, 99.0), min(y0, 79.0)
    x1, y1 = max(x1, x0 + 0.5, 0.5), max(y1, y0 + 0.5, 0.5)
    assert inside(x0, y0, x1, y1) == Box(max(x0, 0), max(y0, 0), min(x1, 100), min(y1, 80))


@pytest.mark.parametrize("ends", [(-1.01, 0, 9, 9), (0, -1.01, 9, 9), (0, 0, 101.01, 9), (0, 0, 9, 81.01)])
def test_a_box_that_sticks_out_further_is_refused(ends: tuple[float, ...]) -> None:
    with pytest.raises(LabelFileError, match=r"f is \(.*\), outside the photo of 100 x 80 pixels\.$"):
        inside(*ends)
    with pytest.raises(LabelFileError, match=r"outside the photo"):
        inside(100.2, 0, 100.9, 9)


@pytest.mark.parametrize(
    ("ends", "axis"),
    [((5, 0, 5, 9), "left and right"), ((6, 0, 5, 9), "left and right"), ((0, 5, 9, 5), "top and bottom")],
)
def test_swapped_or_equal_ends_are_named_with_their_axis(ends: tuple[float, ...], axis: str) -> None:
    with pytest.raises(LabelFileError, match=f"f has {axis} ends at"):
        inside(*ends)


def test_where_the_size_is_unknown_only_the_near_border_counts() -> None:
    assert inside(-0.5, 5, 5000, 6000, width=0, height=0) == Box(0, 5, 5000, 6000)
    assert inside(0, 5, 90, 6000, width=100, height=0) == Box(0, 5, 90, 6000)
    with pytest.raises(LabelFileError, match=r"outside the photo of unknown size\.$"):
        inside(0, 0, 102, 9, height=0)
    assert inside(0, 0, SIDE + 1, 9, width=0).x1 == SIDE


def test_class_names_lose_the_space_around_them() -> None:
    assert checks.class_name(" black cat\t", source="f") == "black cat"
    for bad in ("", " ", None, 7):
        with pytest.raises(LabelFileError, match=r"f is .*; expected a class name\.$"):
            checks.class_name(bad, source="f")


def test_photos_are_parted_into_those_that_a_file_can_hold_and_the_others() -> None:
    good = LabelledPhoto("a.jpg", 10, 8, (cat(0, 0, 10, 8), cat(-1e-7, 0, 10 + 1e-7, 8 + 1e-7)))
    bad = [
        LabelledPhoto("b\n.jpg", 10, 8),
        LabelledPhoto("c.jpg", 0, 8),
        LabelledPhoto("d.jpg", 10, 0),
        LabelledPhoto("e.jpg", 10, 8, (cat(0, 0, 1, 1), cat(0, 0, 10.001, 8))),
        LabelledPhoto("f.jpg", 10, 8, (cat(0, 0, 10, 8.001),)),
        LabelledPhoto("g.jpg", 10, 8, (cat(-0.001, 0, 5, 5),)),
        LabelledPhoto("h.jpg", 10, 8, (cat(0, -0.001, 5, 5),)),
    ]
    one = LabelledPhoto("i.jpg", 1, 1)
    kept, skipped = checks.writable([good, *bad, one])
    assert kept == [good, one]
    assert skipped == checks.unwritable([good, *bad, one])
    assert [each.path for each in skipped] == [photo.path for photo in bad]
    assert skipped[:2] == [
        Skipped("b\n.jpg", "Its name has characters that label files cannot hold."),
        Skipped("c.jpg", "Its size is not known."),
    ]
    assert skipped[3].reason == "A box at (0, 0, 10.001, 8) lies outside the photo of 10 x 8 pixels."


def test_long_values_are_shown_by_their_beginning() -> None:
    with pytest.raises(LabelFileError) as caught:
        checks.number("x" * 500, source="f")
    shown = str(caught.value).removeprefix("f is ").removesuffix("; expected a number.")
    assert len(shown) == 60
    assert shown.startswith("'xxx")
    assert shown.endswith("...")
    with pytest.raises(LabelFileError, match=f"f is '{'x' * 58}'; expected"):
        checks.number("x" * 58, source="f")


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


def test_fields_are_kept_up_to_their_depth_and_size() -> None:
    fits, too_deep = nested(DEPTH_LIMIT), nested(DEPTH_LIMIT + 1)
    kept = packed("coco", {"fits": fits, "deep": too_deep, "in": {"a": nested(DEPTH_LIMIT - 1)}, "no": {"a": fits}})
    assert fields_of(kept, "coco") == {"fits": fits, "in": {"a": nested(DEPTH_LIMIT - 1)}}
    # {"a":"..."} is eight characters more than the text.
    assert fields_of(packed("coco", {"a": "x" * 92}, limit_bytes=100), "coco") == {"a": "x" * 92}
    assert packed("coco", {"a": "x" * 93}, limit_bytes=100) == ()
    # What one field takes is not there for the next; a letter counts by its bytes.
    both = {"a": "x" * 42, "b": "y" * 42, "c": 1}
    assert fields_of(packed("coco", both, limit_bytes=100), "coco") == {"a": "x" * 42, "b": "y" * 42}
    assert packed("coco", {"a": "ü" * 47}, limit_bytes=100) == ()
    assert fields_of(packed("coco", {"a": "ü" * 46}, limit_bytes=100), "coco") == {"a": "ü" * 46}


def test_fields_are_those_of_the_asked_format() -> None:
    both = (*packed("coco", {"a": 1}), *packed("voc", {"b": "ü"}))
    assert both == (("coco", '{"a":1}'), ("voc", '{"b":"ü"}'))
    assert (fields_of(both, "voc"), fields_of(both, "yolo"), fields_of((), "coco")) == ({"b": "ü"}, {}, {})
    assert packed("coco", {}) == ()
