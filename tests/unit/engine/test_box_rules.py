"""Which components become boxes, and how the table of all thresholds keeps them, against a labelling by hand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.geometry import Box, iou
from engine.localization.boxes import BoxRule, component_boxes
from engine.localization.heat_map import HeatMap

Cell = tuple[int, int]

LEVELS = 3
"""Few, so that cells tie with the threshold and components with each other, in size and in strength."""
MAPS = st.builds(
    lambda seed, shape, weights: np.random.default_rng(seed).choice(LEVELS + 1, shape, p=weights).astype(np.uint8),
    st.integers(0, 2**32 - 1),
    st.tuples(st.integers(1, 13), st.integers(1, 13)),
    st.sampled_from([(0.25, 0.25, 0.25, 0.25), (0.6, 0.2, 0.1, 0.1), (0.1, 0.1, 0.2, 0.6)]),
)
"""Noise in every cell, thin and dense: small components inside the boxes of others, and holes."""
RULES = st.builds(
    BoxRule,
    max_boxes=st.integers(1, 6),
    min_area=st.sampled_from([0.0, 0.01, 0.05, 0.2]),
    min_share=st.sampled_from([0.0, 0.05, 0.3, 0.5, 1.0]),
    nms_iou=st.sampled_from([0.0, 0.1, 0.3, 0.7]),
)
SIDES = (1, 1), (0, 1), (1, 0), (-1, 1), (-1, -1), (0, -1), (-1, 0), (1, -1)
EDGES = (0, 1), (1, 0), (0, -1), (-1, 0)


class Found(NamedTuple):
    """A box by hand: (x0, y0, x1, y1) in cells, and the mean of the map's values that count for it."""

    box: tuple[int, int, int, int]
    strength: float


def regions(cells: set[Cell], steps: tuple[Cell, ...]) -> list[set[Cell]]:
    """Connected regions by flood fill; cells are (row, column)."""
    left, found = set(cells), []
    while left:
        region, waiting = set(), [left.pop()]
        while waiting:
            row, column = waiting.pop()
            region.add((row, column))
            for down, right in steps:
                near = (row + down, column + right)
                if near in left:
                    left.remove(near)
                    waiting.append(near)
        found.append(region)
    return found


def cells_of(mask: NDArray[np.bool_]) -> set[Cell]:
    return {(int(row), int(column)) for row, column in zip(*np.nonzero(mask), strict=True)}


def box_round(cells: set[Cell]) -> tuple[int, int, int, int]:
    rows, columns = [row for row, _ in cells], [column for _, column in cells]
    return min(columns), min(rows), max(columns) + 1, max(rows) + 1


def first_block(cells: set[Cell]) -> Cell:
    """Equal components are ranked by which one a walk over blocks of 2 x 2 cells, row by row, meets first."""
    return min((row // 2, column // 2) for row, column in cells)


def chosen_by_hand(values: NDArray[np.float32], threshold: float, rule: BoxRule) -> list[Found]:
    height, width = values.shape
    ranked = sorted(regions(cells_of(values > threshold), SIDES), key=lambda each: (-len(each), first_block(each)))
    chosen: list[Found] = []
    for cells in ranked:
        x0, y0, x1, y1 = box = box_round(cells)
        is_crumb = len(cells) < rule.min_share * len(ranked[0])
        is_small = (x1 - x0) * (y1 - y0) / (height * width) < rule.min_area
        doubles = any(iou(Box(*box), Box(*larger.box)) > rule.nms_iou for larger in chosen)
        if not (is_crumb or is_small or doubles) and len(chosen) < rule.max_boxes:
            chosen.append(Found(box, float(np.mean([values[cell] for cell in cells]))))
    return chosen


@settings(max_examples=300, deadline=None)
@given(MAPS, RULES, st.sampled_from([0.0, 0.2, 1 / LEVELS, 0.5, 2 / LEVELS, 0.9, 1.0]))
def test_the_boxes_are_those_that_the_rule_lets_through_in_order_of_size(raw, rule, threshold) -> None:
    values = (raw / LEVELS).astype(np.float32)
    height, width = values.shape
    found = component_boxes(values, threshold, rule, photo_width=width, photo_height=height, class_score=0.7)
    expected = chosen_by_hand(values, threshold, rule)
    assert [each.box.as_tuple() for each in found] == [each.box for each in expected]
    strongest = max((each.strength for each in expected), default=1.0)
    assert [each.score for each in found] == pytest.approx([0.7 * each.strength / strongest for each in expected])


@settings(max_examples=60, deadline=None)
@given(MAPS, RULES)
def test_the_table_holds_these_boxes_at_every_threshold(raw, rule) -> None:
    values = (raw / LEVELS).astype(np.float32)
    height, width = values.shape
    table = HeatMap((), values, values, None, 3 * width, 2 * height, 0.7, rule).threshold_table()
    for step in range(0, 101, 3):
        expected = [Box(*each.box).scaled(3, 2) for each in chosen_by_hand(values, step / 100, rule)]
        assert [each.box for each in table.boxes(step / 100)] == expected


def filled(cells: set[Cell], shape: tuple[int, int]) -> set[Cell]:
    """A region with all that it encloses."""
    everywhere = {(row, column) for row in range(-1, shape[0] + 1) for column in range(-1, shape[1] + 1)}
    outside = next(each for each in regions(everywhere - cells, EDGES) if (-1, -1) in each)
    return everywhere - outside


def outline_area(inside: set[Cell], of_one: float, shape: tuple[int, int]) -> float:
    """Area of a polygon through the middles of cells, from each square between four of them.

    Args:
        inside: the cells that it runs through or round.
        of_one: what a square with one cell of them counts; with three that is 1/2 the other way round.
    """
    counted = {0: 0.0, 1: of_one, 2: 2 * of_one, 3: 0.5 + of_one, 4: 1.0}
    squares = [(row, column) for row in range(-1, shape[0]) for column in range(-1, shape[1])]
    return sum(
        counted[sum((row + down, column + right) in inside for down in (0, 1) for right in (0, 1))]
        for row, column in squares
    )


@settings(max_examples=200, deadline=None)
@given(MAPS, st.sampled_from([0.0, 0.05, 0.3, 1.0]), st.sampled_from([0.0, 0.05]), st.sampled_from([0.0, 0.4, 0.9]))
def test_the_polygon_rule_measures_outlines_with_what_they_enclose(raw, min_share, min_area, threshold) -> None:
    values = (raw / LEVELS).astype(np.float32)
    height, width = shape = values.shape
    rule = BoxRule("polygon", max_boxes=1000, min_area=min_area, min_share=min_share, nms_iou=1.0)
    found = component_boxes(values, threshold, rule, photo_width=width, photo_height=height, class_score=0.7)
    mask = values > threshold
    outlines: list[tuple[float, tuple[int, int, int, int]]] = []
    for cells in regions(cells_of(mask), SIDES):
        whole = filled(cells, shape)
        outlines.append((outline_area(whole, 0.0, shape), box_round(cells)))
        for hole in regions(whole - cells, EDGES):
            rim = {(row + down, column + right) for row, column in filled(hole, shape) for down, right in EDGES} & cells
            outlines.append((outline_area(filled(hole, shape), 0.5, shape), box_round(rim)))
    largest = max((size for size, _ in outlines), default=0.0)
    expected = [
        (size, (x0, y0, x1, y1))
        for size, (x0, y0, x1, y1) in outlines
        if size >= min_share * largest and (x1 - x0) * (y1 - y0) / (height * width) >= min_area
    ]
    # Among outlines of the same size any order will do.
    place = 0
    for size in sorted({size for size, _ in expected}, reverse=True):
        tied = sorted(box for each, box in expected if each == size)
        assert sorted(each.box.as_tuple() for each in found[place : place + len(tied)]) == tied
        place += len(tied)
    assert place == len(found)
