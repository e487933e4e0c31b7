"""Parity modes against the public definitions written out: random maps, ties, flat maps, single cells, two boxes."""

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.geometry import Box
from engine.metrics.maxboxacc import (
    DELTAS,
    PARITY_THRESHOLDS,
    inclusive_ious,
    max_box_acc,
    max_box_acc_v2,
    parity_ious,
    parity_map,
)
from engine.metrics.pxap import BINS, average_precision, pixel_counts
from engine.metrics.tscam import tscam_box, tscam_figures, tscam_iou
from support import naive_metrics as naive

SIDE = naive.SIDE
SIZE = (333, 251)
TRUTH = (Box(10, 20, 200, 180), Box(221, 33, 333, 250.5))
ROUND_A_HOLE = (Box(88, 55, 225, 170),)


def smooth(seed: int, *, levels: int = 0) -> np.ndarray:
    """A smooth random map (224, 224) in [0, 1]; `levels` coarsens it, so that many cells tie."""
    values = parity_map(np.random.default_rng(seed).random((7, 7)).astype(np.float32))
    return np.floor(values * levels) / levels if levels else values


def single_cells() -> np.ndarray:
    """Cells without a neighbour: every contour has area 0, and the first one wins."""
    values = np.zeros((SIDE, SIDE))
    values[20:210:30, 15:215:20] = np.linspace(0.2, 1, 7 * 10).reshape(7, 10)
    return values


def rings() -> np.ndarray:
    """Holes, a component in a hole, and parts that touch at a corner only."""
    values = np.zeros((SIDE, SIDE))
    values[20:200, 30:180] = 0.9
    values[50:150, 60:150] = 0.1
    values[80:110, 90:120] = 0.6
    values[200:215, 180:190] = 0.8
    return values


MAPS = {
    "smooth": smooth(0),
    "smooth too": smooth(1),
    "ties": smooth(2, levels=4),
    "two levels": smooth(3, levels=1),
    "flat at 0": np.zeros((SIDE, SIDE)),
    "flat at 1": np.ones((SIDE, SIDE)),
    "single cells": single_cells(),
    "rings": rings(),
}


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("truth", [TRUTH[:1], TRUTH, ROUND_A_HOLE], ids=["one box", "two boxes", "round a hole"])
def test_maxboxacc_parity_is_the_literal_definition_to_the_bit(name: str, truth: tuple[Box, ...]) -> None:
    found = parity_ious(MAPS[name], truth, *SIZE)
    grey = naive.grey_of(MAPS[name])
    for every, got in ((False, found.largest), (True, found.every)):
        expected = [naive.wsol_iou(grey, truth, *SIZE, float(cut), every=every) for cut in PARITY_THRESHOLDS]
        assert got.tolist() == expected


@pytest.mark.parametrize("name", ["smooth", "two levels", "rings"])
def test_maxboxacc_parity_holds_without_opencv(name: str) -> None:
    found, grey = parity_ious(MAPS[name], TRUTH, *SIZE), naive.grey_of(MAPS[name])
    for place in (0, 420, 700):
        contours = naive.outlines(grey > int(PARITY_THRESHOLDS[place] * grey.max()))
        true_boxes = [naive.wsol_grid(box, *SIZE) for box in TRUTH]
        best = [
            max(naive.inclusive_iou((x0, y0, min(x1, 223), min(y1, 223)), other) for other in true_boxes)
            for (x0, y0, x1, y1), _ in contours
        ]
        areas = [area for _, area in contours]
        assert found.every[place] == max(best)
        assert found.largest[place] == best[areas.index(max(areas))]


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**20 - 1), st.integers(1, 6))
def test_the_flooded_contours_are_opencvs(bits: int, width: int) -> None:
    mask = np.array([(bits >> place) & 1 for place in range(20 // width * width)], bool).reshape(-1, width)
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    expected = []
    for contour in contours:
        x, y, w, h = cv2.boundingRect(contour)
        expected.append(((x, y, x + w, y + h), cv2.contourArea(contour)))
    assert sorted(naive.outlines(mask)) == sorted(expected)


PHOTO_BOXES = st.tuples(st.integers(20, 700), st.integers(20, 700)).flatmap(
    lambda size: st.tuples(
        st.just(size),
        *[st.lists(st.integers(0, end), min_size=2, max_size=2, unique=True).map(sorted) for end in size],
    )
)


# Photos on which multiplying and dividing in another order cuts off another whole number.
@settings(max_examples=25, deadline=None)
@example(((55, 110), [0, 55], [55, 110]))
@example(((80, 95), [10, 45], [0, 95]))
@example(((112, 224), [61, 112], [115, 122]))
@example(((336, 560), [0, 183], [0, 305]))
@given(PHOTO_BOXES)
def test_true_boxes_are_cut_off_as_each_public_code_cuts_them(photo) -> None:
    (width, height), (x0, x1), (y0, y1) = photo
    truth = (Box(x0, y0, x1, y1),)
    whole = np.ones((SIDE, SIDE))
    assert parity_ious(whole, truth, width, height).every[0] == naive.inclusive_iou(
        (0, 0, 223, 223), naive.wsol_grid(truth[0], width, height)
    )
    half = np.zeros((SIDE, SIDE), np.float32)
    half[:, :100] = 1
    assert tscam_iou(half, 0.5, truth, width, height) == naive.inclusive_iou(
        (0, 0, 100, 224), naive.tscam_grid(truth[0], width, height)
    )


@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(1, 6))
def test_each_limit_has_its_own_best_threshold(seed: int, photos: int, thresholds: int) -> None:
    ious = np.random.default_rng(seed).choice([0.0, 0.3, 0.31, 0.5, 0.69, 0.7, 1.0], (photos, thresholds))
    shares = {at: [sum(ious[n, k] >= at for n in range(photos)) / photos for k in range(thresholds)] for at in DELTAS}
    found = max_box_acc(ious)
    assert (found.value, found.column) == (max(shares[0.5]), shares[0.5].index(max(shares[0.5])))
    v2 = max_box_acc_v2(ious)
    assert dict(v2.by_delta) == {at: max(shares[at]) for at in DELTAS}
    assert v2.value == pytest.approx(sum(max(shares[at]) for at in DELTAS) / 3)


@given(st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=2, max_size=6))
def test_inclusive_iou_is_that_of_pixel_sets(ends: list[tuple[int, int, int, int]]) -> None:
    boxes = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in ends]
    found = inclusive_ious(np.array(boxes[:1]), np.array(boxes[1:]))[0]
    first = {(x, y) for x in range(boxes[0][0], boxes[0][2] + 1) for y in range(boxes[0][1], boxes[0][3] + 1)}
    for got, other in zip(found, boxes[1:], strict=True):
        cells = {(x, y) for x in range(other[0], other[2] + 1) for y in range(other[1], other[3] + 1)}
        assert got == pytest.approx(len(first & cells) / len(first | cells))


def test_a_map_that_leaves_the_unit_range_is_refused() -> None:
    for wrong in (np.full((SIDE, SIDE), 1.2), np.full((SIDE, SIDE), np.nan), np.zeros((10, 10))):
        with pytest.raises(ValueError, match="224"):
            parity_ious(wrong, TRUTH, *SIZE)


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 10_000),
    st.sampled_from([7, 14, 24, SIDE]),
    st.sampled_from([0.0, 0.1, 0.12, 0.3, 0.55, 0.9, 1.0]),
    st.sampled_from([0, 2, 5]),
)
def test_tscam_parity_is_the_literal_definition_to_the_bit(seed: int, side: int, tau: float, levels: int) -> None:
    values = np.random.default_rng(seed).normal(size=(side, side)).astype(np.float32)
    values = np.round(values * levels) if levels else values
    assert tscam_box(values, tau) == naive.tscam_box(values, tau)
    assert tscam_iou(values, tau, TRUTH, *SIZE) == naive.tscam_iou(values, tau, TRUTH, *SIZE)


@pytest.mark.parametrize("name", MAPS)
def test_tscam_parity_on_ties_rings_single_cells_and_flat_maps(name: str) -> None:
    values = MAPS[name].astype(np.float32) * 3 - 1
    for tau in (0.0, 0.12, 0.5, 0.99):
        assert tscam_box(values, tau) == naive.tscam_box(values, tau)
        assert tscam_iou(values, tau, TRUTH, *SIZE) == naive.tscam_iou(values, tau, TRUTH, *SIZE)


def test_tscam_takes_the_larger_polygon_without_opencv() -> None:
    values = np.zeros((SIDE, SIDE), np.float32)
    values[10:40, 10:40] = 1.0
    values[100:220, 100:102] = 1.0
    values[100:220, 218:220] = 0.9
    largest = max(naive.outlines(values > 0.5), key=lambda contour: contour[1])
    assert tscam_box(values, 0.5) == largest[0] == (10, 10, 40, 40)
    assert tscam_box(np.ones((5, 5), np.float32), 0.5) == (0, 0, 1, 1)
    assert tscam_iou(values, 0.5, (), SIDE, SIDE) == 0.0


def test_tscam_asks_for_more_in_top_k_than_in_gt_known() -> None:
    figures = tscam_figures(np.array([0.5, 0.51, 0.51, 0.51, 0.2]), np.array([0, 0, 4, -1, 0]))
    assert (figures.gt_known, figures.top1, figures.top5) == pytest.approx((0.8, 0.2, 0.4))


@pytest.mark.parametrize("with_ignore", [False, True])
def test_pxap_is_the_area_under_the_curve_of_all_pixels(with_ignore: bool) -> None:
    generator = np.random.default_rng(5)
    scores, inside = [], []
    counts = np.zeros((2, BINS), np.int64)
    for seed in range(2):
        values = np.clip(np.floor(smooth(seed) * 1000) / 1000 + 0.0005, 0, 1)  # in the middle of a bin
        mask = generator.random((90, 130)) + np.linspace(0, 0.5, 130) > 0.9
        ignore = generator.random((90, 130)) > 0.6 if with_ignore else None
        counts += pixel_counts(values, mask, ignore)
        for row in range(SIDE):
            for column in range(SIDE):
                source = (row * 90 // SIDE, column * 130 // SIDE)
                if ignore is None or mask[source] or not ignore[source]:
                    scores.append(values[row, column])
                    inside.append(mask[source])
    assert counts.sum() == len(scores)
    expected = naive.pixel_average_precision(np.array(scores), np.array(inside))
    assert average_precision(counts) == pytest.approx(expected, abs=1e-9)


def test_pxap_of_a_perfect_map_is_1_and_without_objects_0() -> None:
    mask = np.zeros((100, 60), bool)
    mask[20:70, 10:40] = True
    exact = cv2.resize(mask.astype(np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_NEAREST).astype(float)
    assert average_precision(pixel_counts(exact, mask)) == pytest.approx(1.0)
    assert average_precision(np.zeros((2, BINS), np.int64)) == 0.0
