"""Proposals: which class is placed where, and the words that say how much a proposal needs a look."""

from __future__ import annotations

import numpy as np
import pytest

from app.proposals import Placed, ids_for, need_of, rows_for
from engine.dataset.project_records import BoxRow, BoxState
from engine.geometry import Box
from engine.localization.boxes import BoxRule, ProposedBox
from engine.localization.heat_map import HeatMap, ScaleMap
from engine.localization.naming import Placement


def _map(*levels: tuple[float, int], side: int = 100) -> np.ndarray:
    """Nested squares in one corner: each of a level and a side in cells, larger ones first."""
    values = np.zeros((side, side), np.float32)
    for level, cells in levels:
        values[:cells, :cells] = level
    return values


def _placed(values: np.ndarray, *scales: np.ndarray, known: bool = True, score: float = 0.9) -> Placed:
    maps = tuple(ScaleMap(str(place), 1.0, scale) for place, scale in enumerate(scales or (values,)))
    heat_map = HeatMap(maps, values, values, None, 1000, 500, score, BoxRule())
    return Placed("cup", Placement(((0, 1.0),), known=known, score=score), heat_map)


def test_a_steady_box_needs_little() -> None:
    need, note = need_of(_placed(_map((1.0, 50))), 0.4)
    assert note == "Steady box"
    assert need < 1 / 3


def test_a_jump_near_the_threshold_is_told_first() -> None:
    values = _map((0.445, 90), (1.0, 30))
    need, note = need_of(_placed(values), 0.4)
    assert note == "Box jumps at 0.44"
    assert need > 2 / 3


def test_a_jump_further_off_needs_less() -> None:
    values = _map((0.6, 90), (1.0, 30))
    assert need_of(_placed(values), 0.4)[0] < need_of(_placed(values), 0.58)[0]


@pytest.mark.parametrize("level", [0.03, 0.9])
def test_leaving_the_background_and_jumps_far_off_are_no_reason(level: float) -> None:
    values = _map((level, 90), (1.0, 30))
    assert need_of(_placed(values), 0.3)[1] == "Steady box"


def test_no_box_is_told_with_the_threshold() -> None:
    values = _map((1.0, 5))
    assert need_of(_placed(values), 0.345) == (1.0, "Too small to box at 0.34")


def test_scales_that_disagree_are_told() -> None:
    here, there = _map((1.0, 40)), np.ascontiguousarray(_map((1.0, 40))[::-1, ::-1])
    need, note = need_of(_placed(here, here, there), 0.4)
    assert note == "Scales disagree"
    assert need > 2 / 3


def test_a_class_in_doubt_is_told_only_where_the_model_knows_it() -> None:
    values = _map((1.0, 50))
    assert need_of(_placed(values, score=0.05), 0.4)[1] == "Class in doubt"
    assert need_of(_placed(values, score=0.05, known=False), 0.4)[1] == "Steady box"


def test_rows_keep_their_numbers_while_the_threshold_moves() -> None:
    placed = _placed(_map((1.0, 50)))
    (row,) = rows_for(placed.heat_map.boxes(0.4), 7, 0.4, 3, ids=(12,))
    assert (row.id, row.class_id, row.model_id, row.threshold) == (12, 7, 3, 0.4)
    assert row.state is BoxState.PROPOSED
    assert row.box.as_tuple() == (0, 0, 500, 250)
    assert row.proposed == row.box
    assert rows_for(placed.heat_map.boxes(0.4), 7, 0.4, 3)[0].id == 0


def _row(box_id: int, *ends: float) -> BoxRow:
    return BoxRow(box_id, 1, Box(*ends), BoxState.PROPOSED)


def _found(*boxes: tuple[float, float, float, float]) -> tuple[ProposedBox, ...]:
    return tuple(ProposedBox(Box(*ends), 0.5, 0.1) for ends in boxes)


LEFT, RIGHT, FAR = (0, 0, 40, 40), (60, 0, 100, 40), (200, 200, 240, 240)


def test_several_boxes_keep_their_numbers_whichever_is_the_largest() -> None:
    before = [_row(5, *LEFT), _row(6, *RIGHT)]
    assert ids_for(_found((60, 0, 110, 50), (5, 5, 40, 40)), before) == (6, 5)
    assert ids_for(_found((0, 0, 100, 40)), before) in {(5,), (6,)}


def test_one_box_is_itself_wherever_it_jumps() -> None:
    assert ids_for(_found(FAR), [_row(5, *LEFT)]) == (5,)


def test_further_boxes_get_numbers_of_their_own_that_stay() -> None:
    ids = ids_for(_found(LEFT, RIGHT, FAR), [_row(5, *RIGHT)])
    assert ids[1] == 5
    assert len(set(ids)) == 3
    assert max(ids[0], ids[2]) < -1
    again = [_row(ids[0], *LEFT), _row(5, *RIGHT), _row(ids[2], *FAR)]
    assert ids_for(_found(FAR, LEFT, RIGHT), again) == (ids[2], ids[0], 5)
    fourth = ids_for(_found(FAR, LEFT, RIGHT, (300, 0, 340, 40)), again)
    assert len(set(fourth)) == 4
    assert ids_for((), again) == ()
