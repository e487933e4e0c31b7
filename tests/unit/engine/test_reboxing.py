"""Boxing many photos again against boxing each one's map."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.geometry import Box, iou
from engine.localization.boxes import BoxRule
from engine.localization.heat_map import HeatMap
from engine.prelabel import reboxing
from engine.prelabel.reboxing import Change, OpenMap, Reboxing

RAW = arrays(np.uint8, (9, 12), elements=st.integers(0, 10))
RULE = BoxRule(max_boxes=3, min_area=0.02)


def heat_map(raw: np.ndarray) -> HeatMap:
    values = (raw / 10).astype(np.float32)
    return HeatMap((), values, values, None, 360, 270, 0.9, RULE)


def open_map(photo_id: int, found: HeatMap, now: float, class_id: int = 1) -> OpenMap:
    boxes = tuple(each.box for each in found.boxes(now))
    return OpenMap(photo_id, class_id, boxes, found.threshold_table())


def change_by_hand(before: list[Box], after: list[Box]) -> Change:
    if before and not after:
        return Change.LOSES
    if len(after) > len(before):
        return Change.GAINS
    return Change.STAYS if sorted(before) == sorted(after) else Change.MOVES


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.lists(RAW, min_size=1, max_size=2), min_size=1, max_size=5),
    st.integers(0, 100),
    st.integers(0, 100),
    st.integers(1, 3),
)
def test_every_photo_changes_as_its_own_maps_say(raws, now, then, together) -> None:
    """Photos of one class or two, held in one array or in several."""
    photos = {7 + 2 * place: [heat_map(raw) for raw in some] for place, some in enumerate(raws)}
    given = [
        open_map(photo_id, found, now / 100, class_id)
        for photo_id, maps in photos.items()
        for class_id, found in reversed(list(enumerate(maps, start=1)))
    ]
    with patch.object(reboxing, "_TOGETHER", together):
        many = Reboxing(given)
        assert list(many.photo_ids) == list(photos)
        outcome, still = many.at(then / 100), many.at(now / 100)
        steady = many.steady_counts()
        alone = [many.steady_counts(many.photo_ids == photo_id) for photo_id in photos]
        assert list(steady) == list(np.sum(alone, axis=0))
        assert list(many.has_class(2)) == [len(maps) == 2 for maps in photos.values()]
        for place, (photo_id, maps) in enumerate(photos.items()):
            befores = [[each.box for each in found.boxes(now / 100)] for found in maps]
            afters = [[each.box for each in found.boxes(then / 100)] for found in maps]
            changes = [change_by_hand(*pair) for pair in zip(befores, afters, strict=True)]
            assert outcome.changes[place] == max(changes)
            shares = [box.area / (360 * 270) for after in afters for box in after]
            assert outcome.sizes_after[place] == pytest.approx(max(shares, default=0.0))
            assert many.boxes_before(photo_id) == {key: tuple(each) for key, each in enumerate(befores, start=1)}
            overlaps = [overlap_by_hand(*pair) for pair in zip(befores, afters, strict=True)]
            assert outcome.overlaps[place] == pytest.approx(min(overlaps))
            tables, cuts = many.tables(photo_id), many.cuts(photo_id, then / 100)
            assert list(tables) == list(cuts) == list(range(1, len(maps) + 1))
            for key, found in enumerate(maps, start=1):
                assert tables[key].boxes(then / 100) == cuts[key].boxes == found.boxes(then / 100)
                assert cuts[key].jump == found.threshold_curve().jump
                assert cuts[key].agreement == pytest.approx(found.agreement(then / 100))
                assert cuts[key].class_score == 0.9
    assert sum(outcome.counts().values()) == len(photos)
    assert still.counts()[Change.STAYS] == len(photos)


def overlap_by_hand(before: list[Box], after: list[Box]) -> float:
    if before and after:
        return min(max(iou(box, other) for other in after) for box in before)
    return 1.0 if before == after else 0.0


@pytest.mark.parametrize("together", [1, 1024])
@pytest.mark.parametrize("photo_ids", [(2, 1), (1, 2, 1)])
def test_maps_in_another_order_than_that_of_their_photos_are_refused(photo_ids, together) -> None:
    with patch.object(reboxing, "_TOGETHER", together), pytest.raises(ValueError, match="rising"):
        Reboxing(open_map(photo_id, blocks((1.0, 30)), 0.3) for photo_id in photo_ids)


def blocks(*steps: tuple[float, int]) -> HeatMap:
    """Squares of a side from the upper left corner, each as strong as said."""
    values = np.zeros((50, 50), np.float32)
    for strength, side in steps:
        values[:side, :side] = strength
    return HeatMap((), values, values, None, 100, 100, 0.9, RULE)


def test_photos_hold_steady_away_from_where_their_box_jumps() -> None:
    many = Reboxing([open_map(1, blocks((0.5, 40), (1.0, 20)), 0.3), open_map(2, blocks((1.0, 30)), 0.3)])
    counts = many.steady_counts()
    assert counts[30] == 2
    assert counts[48] == counts[52] == 1
    assert counts[60] == 2
    assert counts[100] == 0
    assert not Reboxing([open_map(1, blocks((0.5, 50), (1.0, 50)), 0.3)]).steady_counts()[20]
    assert list(many.steady_counts(np.array([True, False]))[[30, 50, 60]]) == [1, 0, 1]


def test_a_photo_with_two_classes_counts_once_with_the_gravest_change() -> None:
    jumping, lost, still = blocks((0.5, 40), (1.0, 20)), blocks((0.6, 30), (1.0, 3)), blocks((1.0, 30))
    maps = [open_map(5, jumping, 0.3, 1), open_map(5, lost, 0.3, 2), open_map(6, still, 0.3), open_map(9, jumping, 0.3)]
    many = Reboxing(maps)
    outcome = many.at(0.7)
    assert list(many.photo_ids) == [5, 6, 9]
    assert [Change(change) for change in outcome.changes] == [Change.LOSES, Change.STAYS, Change.MOVES]
    assert outcome.overlaps[0] == 0.0
    assert list(many.tables(5)) == [1, 2]
    assert list(many.has_class(2)) == [True, False, False]
    assert many.tables(7) == many.tables(99) == {}
    only_last = np.array([False, False, True])
    assert outcome.counts(only_last) == {Change.STAYS: 0, Change.MOVES: 1, Change.GAINS: 0, Change.LOSES: 0}


def test_no_photo_at_all_is_no_change() -> None:
    many = Reboxing([])
    assert sum(many.at(0.4).counts().values()) == 0
    assert not many.steady_counts().any()
