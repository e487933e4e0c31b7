"""Intervals, kinds of error, sizes and effort."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import Box, iou
from engine.metrics.effort import ActionTimes, effort_hours, effort_shares
from engine.metrics.intervals import mean_interval, paired_gain
from engine.metrics.kinds import SIZE_NAMES, kind_of, size_bin
from engine.metrics.localization import accuracy, cross_fitted, cross_fitted_hits, top_k_loc
from support import naive_metrics as naive


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    generator = np.random.default_rng(0)
    covered = 0
    for trial in range(200):
        interval = mean_interval((generator.random(150) < 0.7).astype(float), draws=400, seed=trial)
        covered += interval.low <= 0.7 <= interval.high
    assert 180 <= covered <= 199


def test_intervals_are_the_same_each_time_and_shrink_with_photos() -> None:
    values = np.random.default_rng(1).random(400)
    first, again, few = mean_interval(values), mean_interval(values), mean_interval(values[:40])
    assert first == again
    assert few.high - few.low > 2 * (first.high - first.low)
    assert (mean_interval(np.zeros(0)).low, mean_interval(np.ones(5)).high) == (0.0, 1.0)


def test_the_interval_is_that_of_resampled_photos() -> None:
    """Against resampling written out, with few and with many distinct values."""
    generator = np.random.default_rng(3)
    for values in (generator.integers(0, 5, 90) / 4, generator.random(90)):
        means = [np.mean([values[generator.integers(90)] for _ in range(90)]) for _ in range(1500)]
        low, high = np.percentile(means, [2.5, 97.5])
        found = mean_interval(values)
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.1 * (high - low))


def test_a_paired_gain_counts_who_won_and_lost() -> None:
    gain = paired_gain(np.array([0.0, 0.0, 1.0, 1.0, 0.25]), np.array([1.0, 1.0, 0.0, 1.0, 0.5]))
    assert (gain.won, gain.lost) == (2, 1)
    assert gain.gain == pytest.approx(0.25)
    assert gain.interval.low <= gain.gain <= gain.interval.high


def test_cross_fitting_never_chooses_on_the_photo_that_it_scores() -> None:
    """Noise with many settings: choosing on the scored photos would find far more than chance."""
    ious = (np.random.default_rng(2).random((400, 300)) < 0.5).astype(float)
    assert np.mean(ious, axis=0).max() > 0.55
    assert cross_fitted(ious) == pytest.approx(0.5, abs=0.05)
    assert cross_fitted_hits(ious).mean() == cross_fitted(ious)


def test_top_k_needs_class_and_box() -> None:
    ranks, right = np.array([0, 0, 3, 7, -1]), np.array([True, False, True, True, True])
    assert (top_k_loc(ranks, right, 1), top_k_loc(ranks, right, 5)) == pytest.approx((0.2, 0.4))
    assert (accuracy(ranks), accuracy(ranks, 5)) == pytest.approx((0.4, 0.6))


@pytest.mark.parametrize(
    ("proposal", "kind"),
    [
        (Box(10, 10, 50, 50), "right"),
        (None, "nothing"),
        (Box(20, 20, 30, 30), "part"),
        (Box(0, 0, 70, 70), "more"),
        (Box(10, 10, 90, 90), "several"),
        (Box(90, 0, 100, 10), "elsewhere"),
    ],
)
def test_a_wrong_box_is_named(proposal: Box | None, kind: str) -> None:
    assert kind_of(proposal, (Box(10, 10, 50, 50), Box(70, 70, 95, 95))) == kind


ENDS = st.tuples(*[st.floats(0, 100)] * 4)


@given(ENDS, st.lists(ENDS, min_size=1, max_size=3))
def test_a_box_is_right_exactly_where_its_iou_says_so(ends, others) -> None:
    def box(a: float, b: float, c: float, d: float) -> Box:
        return Box(min(a, c), min(b, d), max(a, c) + 1, max(b, d) + 1)

    proposal, truth = box(*ends), [box(*each) for each in others]
    assert (kind_of(proposal, truth) == "right") == (max(iou(proposal, each) for each in truth) >= 0.5)


@settings(max_examples=200)
@given(st.integers(0, 2**31))
def test_kinds_are_those_of_the_public_code(seed: int) -> None:
    ends = np.random.default_rng(seed).integers(0, 30, (4, 2, 2)).astype(float)
    proposal, *truth = (Box(*(low := pair.min(axis=0)), *np.maximum(pair.max(axis=0), low + 1)) for pair in ends)
    for boxes in (truth[:1], truth):
        if max(iou(proposal, box) for box in boxes) < 0.5:
            assert kind_of(proposal, boxes) == naive.fault(proposal, boxes)


def test_a_part_is_judged_by_the_box_of_the_highest_iou() -> None:
    """Half in a large box that it hardly covers, but nearest to a small one that it covers whole."""
    small, large = Box(0, 0, 30, 10), Box(-100, 4, 100, 104)
    proposal = Box(0, 0, 30, 10).moved(0, 4).scaled(1, 1.6)
    assert iou(proposal, small) > iou(proposal, large)
    assert kind_of(proposal, (small, large)) == naive.fault(proposal, (small, large)) != "part"


@pytest.mark.parametrize(
    ("proposal", "truth", "kind"),
    [
        (Box(0, 0, 10, 10), [Box(0, 0, 10, 20)], "right"),  # IoU 0.5
        (Box(7, 0, 23, 10), [Box(0, 0, 10, 10), Box(20, 0, 30, 10)], "elsewhere"),  # 0.3 of each of two
        (Box(6, 0, 24, 10), [Box(0, 0, 10, 10), Box(20, 0, 30, 10)], "several"),
        (Box(0, 0, 10, 10), [Box(5, 0, 100, 10)], "elsewhere"),  # half of it inside
        (Box(0, 0, 10, 10), [Box(4, 0, 100, 10)], "part"),
        (Box(3, 0, 103, 10), [Box(0, 0, 10, 10)], "more"),  # 0.7 of the true box
        (Box(4, 0, 104, 10), [Box(0, 0, 10, 10)], "elsewhere"),
    ],
)
def test_at_the_very_limits_a_fault_is_what_its_description_says(proposal: Box, truth: list[Box], kind: str) -> None:
    assert kind_of(proposal, truth) == kind


def test_sizes_fall_into_their_bins() -> None:
    names = [SIZE_NAMES[size_bin([Box(0, 0, side, 100)], 100, 100)] for side in (5, 10, 29, 30, 61)]
    assert names == ["below 10 %", "10 to 30 %", "10 to 30 %", "30 to 60 %", "above 60 %"]
    assert size_bin([Box(0, 0, 1, 1), Box(0, 0, 100, 100)], 100, 100) == 3


def test_effort_takes_the_least_act_and_adds_up() -> None:
    shares = effort_shares(
        np.array([0.8, 0.5, 0.5, 0.1]), np.array([0.9, 0.75, 0.6, 0.2]), np.array([0.9, 0.9, 0.8, 0.3])
    )
    assert (shares.as_it_stands, shares.slider, shares.other_map, shares.redrawn) == (0.25, 0.25, 0.25, 0.25)
    times = ActionTimes(judge_s=1, slide_s=2, switch_s=4, draw_s=36, click_s=7.2)
    hours = effort_hours(shares, times)
    assert hours.all_drawn == pytest.approx(10)
    assert hours.all_clicked == pytest.approx(2)
    assert hours.with_proposals == pytest.approx((1 + 3 + 7 + 7 + 36) / 4 / 3.6)
    assert hours.with_proposals_and_clicking == pytest.approx((1 + 3 + 7 + 7 + 7.2) / 4 / 3.6)
