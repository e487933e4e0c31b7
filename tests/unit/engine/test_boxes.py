"""Boxes from maps, against a flood fill written here."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from engine.geometry import Box
from engine.localization.boxes import BoxRule, component_boxes, largest_box_area

MAPS = arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 4))


def components_by_hand(mask: np.ndarray) -> list[list[tuple[int, int]]]:
    left = {(int(i), int(j)) for i, j in zip(*np.nonzero(mask), strict=True)}
    found = []
    while left:
        cells, border = [], [left.pop()]
        while border:
            i, j = border.pop()
            cells.append((i, j))
            near = {(i + di, j + dj) for di in (-1, 0, 1) for dj in (-1, 0, 1)} & left
            left -= near
            border.extend(near)
        found.append(cells)
    return found


def box_of(cells: list[tuple[int, int]]) -> tuple[int, int, int, int]:
    rows, columns = [i for i, _ in cells], [j for _, j in cells]
    return min(columns), min(rows), max(columns) + 1, max(rows) + 1


@given(MAPS, st.sampled_from([0.0, 0.2, 0.5, 0.74, 1.0]))
def test_the_box_is_that_of_a_largest_component(raw: np.ndarray, threshold: float) -> None:
    values = (raw / 4).astype(np.float32)
    height, width = values.shape
    found = component_boxes(values, threshold, BoxRule(min_area=0), photo_width=width, photo_height=height)
    by_hand = components_by_hand(values > threshold)
    if not by_hand:
        assert found == ()
        assert largest_box_area(values, threshold) == 0
        return
    most = max(len(cells) for cells in by_hand)
    assert found[0].box.as_tuple() in {box_of(cells) for cells in by_hand if len(cells) == most}
    assert largest_box_area(values, threshold) == pytest.approx(found[0].area_fraction)
    assert found[0].score == 1.0


@given(MAPS)
def test_all_components_come_largest_first_and_scores_follow_their_strength(raw: np.ndarray) -> None:
    values = (raw / 4).astype(np.float32)
    height, width = values.shape
    rule = BoxRule(max_boxes=100, min_area=0)
    found = component_boxes(values, 0.3, rule, photo_width=width, photo_height=height, class_score=0.8)
    by_hand = components_by_hand(values > 0.3)
    assert sorted(each.box.as_tuple() for each in found) == sorted(box_of(cells) for cells in by_hand)
    if by_hand:
        strengths = [float(np.mean([values[cell] for cell in cells])) for cells in by_hand]
        assert sorted(each.score for each in found) == pytest.approx(
            sorted(0.8 * strength / max(strengths) for strength in strengths)
        )


def test_boxes_answer_in_photo_pixels_of_any_aspect() -> None:
    values = np.zeros((10, 20), np.float32)
    values[2:5, 4:12] = 1
    (found,) = component_boxes(values, 0.5, BoxRule(), photo_width=400, photo_height=100)
    assert found.box == Box(80, 20, 240, 50)
    assert found.area_fraction == pytest.approx(24 / 200)


def test_a_box_smaller_than_the_least_area_is_not_proposed() -> None:
    values = np.zeros((20, 20), np.float32)
    values[3, 3] = 1
    assert component_boxes(values, 0.5, BoxRule(min_area=0.01), photo_width=20, photo_height=20) == ()
    assert len(component_boxes(values, 0.5, BoxRule(min_area=0.0), photo_width=20, photo_height=20)) == 1


def test_polygon_rule_counts_holes_in() -> None:
    values = np.zeros((20, 20), np.float32)
    values[1:12, 1:12] = 1
    values[2:11, 2:11] = 0
    values[13:19, 10:19] = 1
    by_pixels = component_boxes(values, 0.5, BoxRule("pixels"), photo_width=20, photo_height=20)
    by_polygon = component_boxes(values, 0.5, BoxRule("polygon"), photo_width=20, photo_height=20)
    assert by_pixels[0].box == Box(10, 13, 19, 19)
    assert by_polygon[0].box == Box(1, 1, 12, 12)


def several() -> np.ndarray:
    values = np.zeros((40, 40), np.float32)
    values[2:22, 2:22] = 1.0
    values[26:36, 26:36] = 0.8
    values[30:32, 2:4] = 0.6
    return values


@pytest.mark.parametrize("pick", ["pixels", "polygon"])
def test_several_objects_come_largest_first_and_crumbs_do_not(pick) -> None:
    rule = BoxRule(pick=pick, max_boxes=5, min_area=0.0)
    found = component_boxes(several(), 0.5, rule, photo_width=40, photo_height=40, class_score=0.9)
    assert [each.box for each in found] == [Box(2, 2, 22, 22), Box(26, 26, 36, 36)]
    assert [each.score for each in found] == pytest.approx([0.9, 0.72])
    all_of_them = replace(rule, min_share=0.0)
    assert len(component_boxes(several(), 0.5, all_of_them, photo_width=40, photo_height=40)) == 3


def test_a_box_inside_nearly_the_same_box_is_left_out() -> None:
    values = np.zeros((20, 20), np.float32)
    values[0:20, 0] = values[0, 0:20] = values[19, 0:20] = values[0:20, 19] = 1.0
    values[2:18, 2:18] = 0.9
    rule = BoxRule(max_boxes=5, min_area=0.0)
    kept = component_boxes(values, 0.5, replace(rule, nms_iou=0.5), photo_width=20, photo_height=20)
    assert [each.box for each in kept] == [Box(2, 2, 18, 18)]
    assert len(component_boxes(values, 0.5, replace(rule, nms_iou=0.9), photo_width=20, photo_height=20)) == 2
