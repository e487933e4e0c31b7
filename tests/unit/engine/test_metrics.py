"""The measures, against their definitions written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.geometry import Box, iou
from engine.metrics.localization import (
    CENTRED_SIDES,
    best_iou,
    centred_box,
    centred_box_ious,
    choice_curve,
    cross_fitted,
    gt_known,
    whole_photo,
)


def test_gt_known_counts_photos_at_or_above_the_iou() -> None:
    assert gt_known(np.array([0.5, 0.49999, 1.0, 0.0])) == 0.5
    assert gt_known(np.array([])) == 0.0


def test_best_of_several_boxes_counts() -> None:
    proposal = Box(0, 0, 10, 10)
    assert best_iou(proposal, [Box(50, 50, 60, 60), Box(0, 0, 10, 20)]) == 0.5
    assert best_iou(None, [Box(0, 0, 1, 1)]) == 0.0


def test_centred_box_covers_side_squared() -> None:
    assert centred_box(200, 100, 0.5) == Box(50, 25, 150, 75)
    assert centred_box(200, 100, 1.0) == whole_photo(200, 100)


@given(st.floats(0, 60), st.floats(0, 60), st.floats(1, 40), st.floats(1, 40))
def test_centred_ious_are_ious_of_centred_boxes(x: float, y: float, width: float, height: float) -> None:
    truth = [Box(x, y, x + width, y + height), Box(0, 0, 20, 20)]
    row = centred_box_ious([(100, 100)], [truth])[0]
    expected = [max(iou(centred_box(100, 100, float(side)), box) for box in truth) for side in CENTRED_SIDES]
    assert row == pytest.approx(expected)


def test_cross_fitting_never_scores_what_chose() -> None:
    # Each photo is right under exactly one of two settings; whichever half chooses, the other half decides.
    generator = np.random.default_rng(0)
    right_first = generator.random(400) < 0.5
    ious = np.column_stack([np.where(right_first, 0.9, 0.1), np.where(right_first, 0.1, 0.9)])
    best_on_all = max(gt_known(ious[:, 0]), gt_known(ious[:, 1]))
    assert cross_fitted(ious, halvings=20) < best_on_all + 1e-9


def test_cross_fitting_finds_a_setting_that_is_better_everywhere() -> None:
    ious = np.tile([0.2, 0.3, 0.55, 0.8, 0.56, 0.3, 0.1], (50, 1))
    assert cross_fitted(ious) == 1.0
    assert int(np.argmax(choice_curve(ious))) in {2, 3, 4}
