"""The table of all thresholds against the map that it was measured from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.geometry import Box, iou
from engine.localization.boxes import BoxRule, boxes_and_area, component_boxes, largest_box_area
from engine.localization.heat_map import HeatMap, ScaleMap
from engine.localization.threshold_table import TableUnreadableError, ThresholdTable, paired_iou

MAPS = arrays(np.uint8, st.tuples(st.integers(2, 14), st.integers(2, 14)), elements=st.integers(0, 10))
RULES = st.builds(
    BoxRule,
    pick=st.sampled_from(["pixels", "polygon"]),
    max_boxes=st.integers(1, 4),
    min_area=st.sampled_from([0.0, 0.05]),
    min_share=st.sampled_from([0.0, 0.3]),
    nms_iou=st.sampled_from([0.3, 0.7]),
)


def heat_map_of(raw: np.ndarray, rule: BoxRule, *, scales: int = 1) -> HeatMap:
    values = (raw / 10).astype(np.float32)
    maps = tuple(ScaleMap(str(place), 1.0, np.roll(values, place, axis=1)) for place in range(scales))
    return HeatMap(maps, values, values, None, 7 * values.shape[1], 5 * values.shape[0], 0.83, rule)


@settings(max_examples=40)
@given(MAPS, RULES)
def test_the_table_answers_every_threshold_as_the_map_does_also_after_being_stored(raw, rule) -> None:
    found = heat_map_of(raw, rule)
    table = ThresholdTable.from_bytes(found.threshold_table().to_bytes())
    for step in range(0, 101, 5):
        threshold = step / 100
        assert table.boxes(threshold) == found.boxes(threshold)
        assert table.curve.area_at(threshold) == pytest.approx(largest_box_area(found.refined, threshold))


@given(MAPS, RULES, st.floats(0, 1))
def test_boxes_and_area_at_once_are_those_one_by_one(raw, rule, threshold) -> None:
    values = (raw / 10).astype(np.float32)
    size = {"photo_width": 30, "photo_height": 40}
    boxes, area = boxes_and_area(values, threshold, rule, **size)
    assert boxes == component_boxes(values, threshold, rule, **size)
    assert area == largest_box_area(values, threshold)


@settings(max_examples=30)
@given(MAPS)
def test_agreement_is_that_of_the_maps(raw) -> None:
    found = heat_map_of(raw, BoxRule(), scales=3)
    table = found.threshold_table()
    for place, threshold in enumerate(table.agreement_thresholds):
        assert table.agreement[place] == pytest.approx(found.agreement(float(threshold)), abs=1e-6)
    assert table.agreement_at(0.06) == pytest.approx((table.agreement[1] + table.agreement[2]) / 2)


def test_where_equal_components_lie_the_same_one_is_taken_however_the_map_is_cut_out() -> None:
    values = np.zeros((30, 30), np.float32)
    values[11:14, 20:23] = values[12:15, 7:10] = 1.0
    inner = values[10:, 6:]
    whole = component_boxes(values, 0.5, BoxRule(min_area=0), photo_width=30, photo_height=30)
    part = component_boxes(inner, 0.5, BoxRule(min_area=0), photo_width=24, photo_height=20)
    assert whole[0].box == part[0].box.moved(6, 10)


def test_a_table_is_small_and_a_damaged_one_is_refused() -> None:
    rows, columns = np.mgrid[0:128, 0:128]
    hill = (1 - np.hypot(rows - 60, columns - 70) / 120).clip(0).astype(np.float32)
    found = HeatMap((), hill, hill, None, 640, 640, 0.9, BoxRule())
    data = found.threshold_table().to_bytes()
    assert len(data) < 1500
    for damaged in (b"", data[:40], b"?" + data[1:]):
        with pytest.raises(TableUnreadableError):
            ThresholdTable.from_bytes(damaged)


@given(st.lists(st.integers(0, 20), min_size=8, max_size=8))
def test_paired_iou_is_that_of_boxes_one_by_one(given_edges) -> None:
    a, b = np.array(given_edges[:4], float), np.array(given_edges[4:], float)
    a, b = np.sort(a.reshape(2, 2), axis=0).ravel(), np.sort(b.reshape(2, 2), axis=0).ravel()
    real = all(each[2] > each[0] and each[3] > each[1] for each in (a, b))
    expected = iou(Box(*a.tolist()), Box(*b.tolist())) if real else 0.0
    assert paired_iou(a[None], b[None])[0] == pytest.approx(expected)


def components_by_hand(mask: np.ndarray) -> list[tuple[int, tuple[int, int, int, int]]]:
    """(cells, (x0, y0, x1, y1)) of each 8-connected component, cell by cell."""
    left = {(int(y), int(x)) for y, x in zip(*np.nonzero(mask), strict=True)}
    found = []
    while left:
        cells, waiting = [], [left.pop()]
        while waiting:
            y, x = waiting.pop()
            cells.append((y, x))
            near = {(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)} & left
            left -= near
            waiting += near
        ys, xs = [y for y, _ in cells], [x for _, x in cells]
        found.append((len(cells), (min(xs), min(ys), max(xs) + 1, max(ys) + 1)))
    return found


@settings(max_examples=60)
@given(arrays(np.uint8, st.tuples(st.integers(2, 9), st.integers(2, 9)), elements=st.integers(0, 3)))
def test_every_threshold_is_that_of_counting_cells_by_hand(raw) -> None:
    """Few levels, so cells tie with the threshold and components with each other."""
    values = (raw / 3).astype(np.float32)
    height, width = values.shape
    found = HeatMap((), values, values, None, width, height, 1.0, BoxRule(min_area=0.0)).threshold_table()
    for step in range(101):
        components = components_by_hand(values > step / 100)
        boxes = found.boxes(step / 100)
        assert bool(boxes) == bool(components)
        if components:
            most = max(size for size, _ in components)
            assert boxes[0].box.as_tuple() in {box for size, box in components if size == most}
