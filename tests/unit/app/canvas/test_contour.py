"""The line at the threshold: closed, round all cells above it and no other, and touching the box on all four sides."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.canvas.contour import outlines
from engine.localization.boxes import BoxRule, component_boxes

maps = arrays(
    np.float32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.floats(0, 1, width=32),
)


def crossings(lines, x: float, y: float) -> int:
    """How often a ray from a cell's centre towards high x meets the lines: odd inside, even outside."""
    count = 0
    for line in lines:
        for (x0, y0), (x1, y1) in zip(line, np.roll(line, -1, axis=0), strict=True):
            if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
                count += 1
    return count


@settings(max_examples=300, deadline=None)
@given(values=maps, threshold=st.floats(0, 0.99))
def test_the_line_touches_all_four_sides_of_the_box_and_never_leaves_it(values, threshold):
    rows, columns = values.shape
    rule = BoxRule(max_boxes=100, min_area=0.0, min_share=0.0, nms_iou=1.0)
    boxes = component_boxes(values, threshold, rule, photo_width=columns * 7, photo_height=rows * 5)
    found = outlines(values, threshold)
    assert len(found) == len(boxes)
    extents = []
    for outline in found:
        points = np.concatenate(outline.lines) * (7, 5)
        extents.append((*points.min(axis=0), *points.max(axis=0)))
    expected = np.array([entry.box.as_tuple() for entry in boxes]).reshape(-1, 4)
    np.testing.assert_allclose(np.sort(np.reshape(extents, (-1, 4)), axis=0), np.sort(expected, axis=0), atol=1e-9)
    assert {tuple(np.round(each, 6)) for each in extents} == {tuple(np.round(each, 6)) for each in expected}


@settings(max_examples=200, deadline=None)
@given(values=maps, threshold=st.floats(0, 0.99))
def test_cells_above_the_threshold_lie_inside_the_lines_and_all_others_outside(values, threshold):
    lines = [line for outline in outlines(values, threshold) for line in outline.lines]
    for row, column in np.ndindex(values.shape):
        inside = crossings(lines, column + 0.5, row + 0.5 + 1e-7) % 2 == 1
        assert inside == (values[row, column] > threshold)


def test_two_diagonal_cells_are_one_component_with_one_line():
    values = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 0]], dtype=np.float32)
    (outline,) = outlines(values, 0.5)
    assert len(outline.lines) == 1
    assert (outline.columns, outline.rows) == ((0, 2), (0, 2))


def test_a_hole_gets_its_own_line():
    values = np.ones((5, 5), dtype=np.float32)
    values[2, 2] = 0
    (outline,) = outlines(values, 0.5)
    assert sorted(len(line) for line in outline.lines) == [4, 20]


def test_between_cells_the_line_lies_at_the_height_of_the_threshold():
    values = np.zeros((9, 9), dtype=np.float32)
    values[3:6, 3:6] = 1.0
    values[4, 1] = values[4, 2] = 0.6
    (outline,) = outlines(values, 0.5)
    (line,) = outline.lines
    # Over column 2 the map falls from 0.6 to 0 going up from row 4: 0.5 is met one sixth of the way.
    over = line[np.isclose(line[:, 0], 2.5)]
    assert sorted(over[:, 1]) == pytest.approx([4.5 - 1 / 6, 4.5 + 1 / 6])


def test_nothing_above_the_threshold_has_no_line():
    assert outlines(np.zeros((4, 4), dtype=np.float32), 0.5) == ()


def test_lines_are_as_many_as_the_borders_that_opencv_finds():
    rng = np.random.default_rng(7)
    values = cv2.GaussianBlur(rng.random((40, 60), dtype=np.float32), (0, 0), 2.0)
    values = (values - values.min()) / (values.max() - values.min())
    borders, _ = cv2.findContours((values > 0.6).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    assert sum(len(outline.lines) for outline in outlines(values, 0.6)) == len(borders)
