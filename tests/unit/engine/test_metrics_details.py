"""Measures at their limits: hand-worked examples with the answer beside them."""

from __future__ import annotations

import numpy as np
import pytest

from engine.geometry import Box
from engine.metrics.effort import ActionTimes, effort_hours, effort_shares
from engine.metrics.intervals import Interval, mean_interval, paired_gain
from engine.metrics.kinds import SIZE_NAMES, size_bin
from engine.metrics.localization import (
    CENTRED_SIDES,
    accuracy,
    best_iou,
    centred_box,
    choice_curve,
    cross_fitted,
    cross_fitted_hits,
    gt_known,
    top_k_loc,
    whole_photo,
)
from engine.metrics.maxboxacc import (
    DELTAS,
    PARITY_THRESHOLDS,
    best_of_curve,
    inclusive_ious,
    max_box_acc,
    max_box_acc_v2,
    parity_ious,
    parity_map,
)
from engine.metrics.pxap import BINS, average_precision, pixel_counts
from engine.metrics.tscam import tscam_box, tscam_figures, tscam_iou


def test_an_act_that_just_reaches_the_iou_is_enough() -> None:
    shares = effort_shares(
        np.array([0.75, 0.7, 0.7, 0.7]), np.array([0.8, 0.75, 0.7, 0.7]), np.array([0.9, 0.9, 0.75, 0.7])
    )
    assert (shares.as_it_stands, shares.slider, shares.other_map, shares.redrawn) == (0.25, 0.25, 0.25, 0.25)
    none = effort_shares(*[np.zeros(0)] * 3)
    assert (none.as_it_stands, none.slider, none.other_map, none.redrawn) == (0.0, 0.0, 0.0, 0.0)
    # A photo counts for the least act alone, also where a later one would do worse.
    odd = effort_shares(np.array([0.9, 0.1]), np.array([0.1, 0.9]), np.array([0.1, 0.1]), at=0.8)
    assert (odd.as_it_stands, odd.slider, odd.other_map, odd.redrawn) == (0.5, 0.5, 0.0, 0.0)


def test_hours_with_the_usual_times() -> None:
    times = ActionTimes()
    assert (times.judge_s, times.slide_s, times.switch_s, times.draw_s, times.click_s) == (1.6, 4.0, 6.0, 25.5, 7.0)
    shares = effort_shares(np.array([0.9, 0.1]), np.array([0.9, 0.9]), np.array([0.9, 0.9]))
    hours = effort_hours(shares)
    assert hours.with_proposals == pytest.approx(1000 * (0.5 * 1.6 + 0.5 * 5.6) / 3600)
    assert (hours.all_drawn, hours.all_clicked) == pytest.approx((25_500 / 3600, 7000 / 3600))


def test_intervals_by_hand() -> None:
    assert mean_interval(np.zeros(0)) == Interval(0.0, 0.0)
    assert mean_interval(np.full(7, 0.25)) == Interval(0.25, 0.25)
    # One hit in two photos: means 0, 0.5 and 1 are drawn with 1/4, 1/2, 1/4.
    assert mean_interval(np.array([0.0, 1.0])) == Interval(0.0, 1.0)
    one = mean_interval(np.array([0.0, 1.0] * 50), draws=1)
    assert 0.3 < one.low == one.high < 0.7
    # 130 draws: two whole blocks and a rest, none of them left empty.
    values = np.full(40, 3.0) + np.tile([0.0, 1.0], 20)
    found = mean_interval(values, draws=130)
    assert 3.2 < found.low < 3.45
    assert 3.55 < found.high < 3.8
    many = np.random.default_rng(6).random(50)
    assert mean_interval(many, seed=1) != mean_interval(many, seed=2)
    hits = (np.random.default_rng(5).random(1000) < 0.5).astype(float)
    wide = mean_interval(hits)
    assert wide.high - wide.low == pytest.approx(2 * 1.96 * 0.5 / np.sqrt(1000), rel=0.08)


def test_a_photo_is_won_above_a_half_only() -> None:
    gain = paired_gain(np.array([0.5, 0.4, 0.6, 0.5]), np.array([0.6, 0.5, 0.5, 0.5]))
    assert (gain.won, gain.lost) == (1, 1)
    assert gain.gain == pytest.approx(0.025)
    empty = paired_gain(np.zeros(0), np.zeros(0))
    assert (empty.gain, empty.interval, empty.won, empty.lost) == (0.0, Interval(0.0, 0.0), 0, 0)
    before, after = np.random.default_rng(0).random((2, 50))
    assert paired_gain(before, after, seed=3).interval == mean_interval(after - before, seed=3)
    assert paired_gain(before, after, seed=3) != paired_gain(before, after, seed=4)
    assert paired_gain(before, after) == paired_gain(before, after, seed=0)


def test_sizes_by_their_edges() -> None:
    found = [size_bin([Box(0, 0, side, 10)], 100, 10) for side in (9.9, 10, 29, 30, 59, 60, 100)]
    assert found == [0, 1, 1, 2, 2, 3, 3]
    assert SIZE_NAMES == ("below 10 %", "10 to 30 %", "30 to 60 %", "above 60 %")
    assert size_bin([Box(0, 0, 5, 5)], 10, 5) == 2


def test_shares_of_photos_at_the_limits() -> None:
    assert gt_known(np.array([0.7, 0.69]), at=0.7) == 0.5
    assert best_iou(Box(0, 0, 1, 1), []) == 0.0
    assert whole_photo(7, 9) == Box(0, 0, 7, 9)
    assert centred_box(10, 20, 0.4).as_tuple() == pytest.approx((3, 6, 7, 14))
    assert CENTRED_SIDES.tolist() == [0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0]
    ranks, right = np.array([0, 1, 4, 5, -1]), np.ones(5, bool)
    assert [top_k_loc(ranks, right, k) for k in (1, 2, 5)] == pytest.approx([0.2, 0.4, 0.6])
    assert [accuracy(ranks, k) for k in (1, 2, 5)] == pytest.approx([0.2, 0.4, 0.6])
    assert accuracy(ranks) == pytest.approx(0.2)
    none = np.zeros(0, int)
    assert (top_k_loc(none, none > 0, 1), accuracy(none), gt_known(none)) == (0.0, 0.0, 0.0)


def test_a_setting_is_chosen_by_accuracies_smoothed_over_five() -> None:
    # Right at 0.3, 0.5 and 0.7: (3 / 3 + 1) = 2; at 0.3 and 0.5: 2 / 3 + 1; at 0.3 only: 1 / 3.
    assert choice_curve(np.array([[0.7, 0.5, 0.3, 0.29]])) == pytest.approx([2, 5 / 3, 1 / 3, 0])
    five = choice_curve(np.array([[0.7, 0.0, 0.0, 0.0, 0.5]]))
    # The ends count as if they went on.
    assert five == pytest.approx(np.array([6, 4, 2 + 5 / 3, 2 * 5 / 3, 3 * 5 / 3]) / 5)
    two_photos = choice_curve(np.array([[0.5, 0.0], [0.0, 0.0]]))
    assert two_photos == pytest.approx([5 / 6, 0])


def test_cross_fitting_scores_every_photo_once_in_each_halving() -> None:
    sure = np.tile([0.9, 0.1], (9, 1))
    assert cross_fitted_hits(sure).tolist() == [1.0] * 9
    assert cross_fitted(sure, at=0.95) == 0.0
    assert cross_fitted(np.tile([0.5, 0.1], (9, 1))) == 1.0
    ious = np.random.default_rng(1).random((31, 6))
    hits = cross_fitted_hits(ious, halvings=3)
    assert set(np.rint(hits * 3 * 1e6) / 1e6) <= {0.0, 1.0, 2.0, 3.0}
    assert np.array_equal(cross_fitted_hits(ious), cross_fitted_hits(ious, at=0.5, halvings=4, seed=0))
    assert not np.array_equal(cross_fitted_hits(ious, seed=0), cross_fitted_hits(ious, seed=1))
    assert cross_fitted(ious, at=0.4, halvings=2, seed=7) == cross_fitted_hits(ious, at=0.4, halvings=2, seed=7).mean()
    assert cross_fitted(ious) == cross_fitted(ious, at=0.5, halvings=4, seed=0)


def test_cross_fitting_against_halves_written_out() -> None:
    ious = np.random.default_rng(4).random((13, 7))
    generator, expected = np.random.default_rng(2), np.zeros(13)
    for _ in range(5):
        order = generator.permutation(13).tolist()
        halves = set(order[:6]), set(order[6:])
        for chosen_on, scored_on in (halves, halves[::-1]):
            best = int(np.argmax(choice_curve(ious[sorted(chosen_on)])))
            for photo in scored_on:
                expected[photo] += ious[photo, best] >= 0.6
    assert cross_fitted_hits(ious, at=0.6, halvings=5, seed=2) == pytest.approx(expected / 5)


def test_the_best_threshold_is_the_lowest_of_equal_ones() -> None:
    found = max_box_acc(np.array([[0.5, 0.6, 0.7, 0.1], [0.4, 0.5, 0.9, 0.1]]))
    assert (found.value, found.column) == (1.0, 1)
    assert max_box_acc(np.array([[0.5, 0.7], [0.6, 0.2]]), 0.6).column == 0
    assert best_of_curve(np.array([0.1, 0.4, 0.4])).column == 1
    both = max_box_acc_v2(np.array([[0.3, 0.5], [0.7, 0.0]]))
    assert DELTAS == (0.3, 0.5, 0.7)
    assert dict(both.by_delta) == {0.3: 1.0, 0.5: 0.5, 0.7: 0.5}
    assert both.value == pytest.approx(2 / 3)


def test_inclusive_ious_by_hand() -> None:
    boxes = np.array([[0, 0, 9, 9], [20, 20, 29, 29]])
    others = np.array([[5, 0, 14, 9], [9, 9, 9, 9], [10, 0, 19, 9]])
    assert inclusive_ious(boxes, others) == pytest.approx(np.array([[50 / 150, 1 / 100, 0], [0, 0, 0]]))


def square(x0: int, y0: int, x1: int, y1: int, level: float = 1.0) -> np.ndarray:
    values = np.zeros((224, 224))
    values[y0:y1, x0:x1] = level
    return values


def test_parity_maps_are_those_of_the_public_grid() -> None:
    assert parity_map(np.full((5, 5), 3.0, np.float32)).tolist() == np.zeros((224, 224)).tolist()
    found = parity_map(np.eye(4, dtype=np.float32))
    assert (found.shape, found.dtype, found.min(), found.max()) == ((224, 224), np.float64, 0.0, 1.0)
    for bad in (np.zeros((224, 223)), square(0, 0, 9, 9, 1.01), square(0, 0, 9, 9, -0.01)):
        with pytest.raises(ValueError, match=r"expected a 224 x 224 map in \[0, 1\]"):
            parity_ious(bad, (Box(0, 0, 1, 1),), 224, 224)


def test_parity_ious_by_hand() -> None:
    """A box on the grid ends one pixel beyond, and IoU counts both ends: 101 x 101 of 101 x 101 here."""
    values = np.maximum(square(20, 30, 120, 130), square(150, 150, 190, 180, 0.5))
    both = parity_ious(values, (Box(20, 30, 120, 130),), 224, 224)
    assert len(PARITY_THRESHOLDS) == len(both.largest) == 1000
    assert both.largest[[0, 500, 999]] == pytest.approx([1.0] * 3)
    small = parity_ious(values, (Box(150, 150, 190, 180),), 224, 224)
    assert small.every[100] == pytest.approx(1.0)
    assert (small.every[600], small.largest[100]) == (0.0, 0.0)
    twice = parity_ious(values, (Box(40, 60, 240, 260),), 448, 448)  # corners halve on the grid
    assert twice.largest[10] == pytest.approx(both.largest[10])
    flat = parity_ious(np.zeros((224, 224)), (Box(0, 0, 1, 1),), 224, 224)
    assert flat.largest[0] == pytest.approx(1 / 4)
    edge = parity_ious(square(200, 200, 224, 224), (Box(200, 200, 223, 223),), 224, 224)
    assert edge.largest[0] == pytest.approx(1.0)


def test_pixels_are_counted_by_score_object_and_ground() -> None:
    values = square(0, 0, 10, 10) + square(100, 100, 110, 110, 0.5)
    mask = values > 0.75
    ignore = square(100, 100, 110, 105) > 0
    counts = pixel_counts(values, mask)
    assert (counts.shape, counts.dtype, BINS) == ((2, BINS), np.int64, 1002)
    assert counts.sum(axis=1).tolist() == [100, 224 * 224 - 100]
    assert (counts[0, -2], counts[1, 500], counts[1, 0]) == (100, 100, 224 * 224 - 200)
    less = pixel_counts(values, mask, ignore)
    assert (less[1, 500], less[0].sum()) == (50, 100)
    assert pixel_counts(values, mask, mask)[0].sum() == 100
    with pytest.raises(ValueError, match="expected a 224 x 224 map"):
        pixel_counts(values[1:], mask)
    large = np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)
    assert np.array_equal(pixel_counts(values, large), counts)


def test_average_precision_by_hand() -> None:
    # From the highest score down: found 1, 1, 3, 4; wrong 0, 1, 1, 5.
    counts = np.array([[1, 2, 0, 1], [4, 0, 1, 0]])
    assert average_precision(counts) == pytest.approx(3 / 4 * 2 / 4 + 4 / 9 * 1 / 4)
    assert average_precision(np.array([[0, 0], [3, 4]])) == 0.0
    assert average_precision(np.array([[1, 1, 0], [0, 0, 0]])) == pytest.approx(1.0)
    assert average_precision(np.array([[0, 5, 0], [3, 0, 0]])) == pytest.approx(1.0)


def test_boxes_of_ts_cam_by_hand() -> None:
    values = np.maximum(square(20, 30, 120, 130), square(150, 150, 190, 180, 0.5)).astype(np.float32)
    assert tscam_box(values, 0.2) == (20, 30, 120, 130)
    assert tscam_box(values * 7 - 3, 0.2) == (20, 30, 120, 130)
    assert tscam_box(np.full((9, 9), 2.0, np.float32), 0.2) == (0, 0, 1, 1)
    assert tscam_box(values, 1.0) == (0, 0, 1, 1)
    # 127 of 255 at a cut of 127 is not above it.
    assert tscam_box(np.maximum(square(0, 0, 9, 9), square(20, 20, 90, 90, 0.5)).astype(np.float32), 0.5)[2:] == (9, 9)
    assert tscam_iou(values, 0.2, (Box(20, 30, 120, 130),), 224, 224) == pytest.approx(1.0)
    assert tscam_iou(values, 0.2, (Box(300, 300, 310, 310), Box(40, 60, 240, 260)), 448, 448) == pytest.approx(1.0)
    assert tscam_iou(values, 0.2, (), 224, 224) == 0.0
    whole = square(0, 0, 224, 224).astype(np.float32)
    whole[0, 0] = 0
    # Predicted 0..224 against a true box cut at 223: 224 x 224 of 225 x 225.
    assert tscam_iou(whole, 0.2, (Box(-5, -5, 300, 300),), 224, 224) == pytest.approx(224**2 / 225**2)


def test_figures_of_ts_cam_differ_at_a_half() -> None:
    found = tscam_figures(np.array([0.5, 0.51, 0.9, 0.9, 0.9]), np.array([0, 0, 4, 5, 1]))
    assert (found.gt_known, found.top1, found.top5) == pytest.approx((1.0, 0.2, 0.6))
    none = tscam_figures(np.zeros(0), np.zeros(0, int))
    assert (none.gt_known, none.top1, none.top5) == (0.0, 0.0, 0.0)
