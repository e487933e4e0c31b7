"""The box convention and IoU, against a count of covered cells."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import Box, as_array, iou, pairwise_iou


@st.composite
def whole_boxes(draw: st.DrawFn, side: int = 24) -> Box:
    x0, y0 = draw(st.integers(0, side - 1)), draw(st.integers(0, side - 1))
    return Box(x0, y0, draw(st.integers(x0 + 1, side)), draw(st.integers(y0 + 1, side)))


def painted(box: Box, side: int = 24) -> np.ndarray:
    grid = np.zeros((side, side), bool)
    grid[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = True
    return grid


@given(whole_boxes(), whole_boxes())
def test_iou_counts_cells(a: Box, b: Box) -> None:
    shared = (painted(a) & painted(b)).sum()
    either = (painted(a) | painted(b)).sum()
    assert iou(a, b) == pytest.approx(shared / either)
    assert iou(a, b) == iou(b, a)


@given(st.lists(whole_boxes(), min_size=1, max_size=5), st.lists(whole_boxes(), min_size=1, max_size=5))
def test_pairwise_iou_is_iou_of_each_pair(a: list[Box], b: list[Box]) -> None:
    expected = [[iou(first, second) for second in b] for first in a]
    assert np.allclose(pairwise_iou(as_array(a), as_array(b)), expected)


@given(whole_boxes(), st.floats(0.1, 10), st.floats(0.1, 10))
def test_scaling_back_gives_the_same_box(box: Box, fx: float, fy: float) -> None:
    assert box.scaled(fx, fy).scaled(1 / fx, 1 / fy).as_tuple() == pytest.approx(box.as_tuple())


@given(whole_boxes(), st.integers(1, 24), st.integers(1, 24))
def test_clipping_keeps_exactly_what_is_inside(box: Box, width: int, height: int) -> None:
    clipped = box.clipped(width, height)
    inside = painted(box)
    inside[height:, :] = False
    inside[:, width:] = False
    assert (clipped.area if clipped else 0) == inside.sum()


@pytest.mark.parametrize("bad", [(1, 0, 1, 2), (0, 2, 1, 2), (3, 0, 1, 2), (0, 0, math.nan, 2), (0, 0, math.inf, 2)])
def test_a_box_without_area_is_refused(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="a box needs"):
        Box(*bad)
