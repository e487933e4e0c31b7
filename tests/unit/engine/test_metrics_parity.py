"""Parity modes against the public definitions written out: random maps, ties, flat maps and several boxes."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import Box
from engine.metrics.maxboxacc import (
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

TRIED = (0, 1, 137, 500, 733, 999)


def blobs(seed: int, *, levels: int = 0) -> np.ndarray:
    """A smooth random map (224, 224) in [0, 1]; `levels` coarsens it, so that many cells tie."""
    small = np.random.default_rng(seed).random((7, 7)).astype(np.float32)
    values = parity_map(small)
    return np.floor(values * levels) / levels if levels else values


TRUTH = (Box(10, 20, 200, 180), Box(220, 30, 319, 239.5))


@pytest.mark.parametrize(
    "score_map", [blobs(0), blobs(1), blobs(2, levels=4), blobs(3, levels=1), np.zeros((224, 224))]
)
@pytest.mark.parametrize("truth", [TRUTH[:1], TRUTH])
def test_maxboxaccv2_parity_is_the_literal_definition(score_map: np.ndarray, truth: tuple[Box, ...]) -> None:
    found = parity_ious(score_map, truth, 320, 240)
    for place in TRIED:
        expected = naive.maxboxacc_every(score_map, truth, 320, 240, PARITY_THRESHOLDS[place])
        assert found.every[place] == expected


@pytest.mark.parametrize("seed", range(3))
def test_maxboxacc_parity_takes_the_largest_contour(seed: int) -> None:
    score_map = blobs(seed)
    found = parity_ious(score_map, TRUTH, 320, 240)
    for place in TRIED:
        grey = naive.grey_of(score_map)
        mask = (grey > int(PARITY_THRESHOLDS[place] * grey.max())).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
        areas = [polygon_area(contour[:, 0]) for contour in contours]
        points = contours[areas.index(max(areas))][:, 0]
        x0, y0, x1, y1 = *points.min(axis=0), *(points.max(axis=0) + 1)
        box = (int(x0), int(y0), min(int(x1), 223), min(int(y1), 223))
        true_boxes = [naive.truncated(each, 320, 240, clip=False) for each in TRUTH]
        assert found.largest[place] == max(naive.inclusive_iou(box, other) for other in true_boxes)


def polygon_area(points: np.ndarray) -> float:
    """The shoelace formula."""
    x, y = points[:, 0].astype(float), points[:, 1].astype(float)
    return abs(sum(x[i - 1] * y[i] - x[i] * y[i - 1] for i in range(len(x)))) / 2


def test_each_limit_has_its_own_best_threshold() -> None:
    ious = np.array([[0.35, 0.9, 0.0], [0.35, 0.0, 0.6], [0.35, 0.6, 0.1]])
    assert max_box_acc(ious).value == pytest.approx(2 / 3)
    assert max_box_acc(ious).column == 1
    found = max_box_acc_v2(ious)
    assert found.by_delta == pytest.approx({0.3: 1.0, 0.5: 2 / 3, 0.7: 1 / 3})
    assert found.value == pytest.approx(2 / 3)


@given(st.lists(st.tuples(*[st.integers(0, 30)] * 4), min_size=2, max_size=6))
def test_inclusive_iou_is_that_of_pixel_sets(ends: list[tuple[int, int, int, int]]) -> None:
    boxes = [(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in ends]
    found = inclusive_ious(np.array(boxes[:1]), np.array(boxes[1:]))[0]
    first = {(x, y) for x in range(boxes[0][0], boxes[0][2] + 1) for y in range(boxes[0][1], boxes[0][3] + 1)}
    for got, other in zip(found, boxes[1:], strict=True):
        cells = {(x, y) for x in range(other[0], other[2] + 1) for y in range(other[1], other[3] + 1)}
        assert got == pytest.approx(len(first & cells) / len(first | cells))


def test_a_map_that_leaves_the_unit_range_is_refused() -> None:
    for wrong in (np.full((224, 224), 1.2), np.full((224, 224), np.nan), np.zeros((10, 10))):
        with pytest.raises(ValueError, match="224"):
            parity_ious(wrong, TRUTH, 320, 240)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.1, 0.12, 0.3, 0.55, 0.9]))
def test_tscam_parity_is_the_literal_definition(seed: int, tau: float) -> None:
    values = np.random.default_rng(seed).normal(size=(14, 14)).astype(np.float32)
    grid = cv2.resize(values, (224, 224), interpolation=cv2.INTER_LINEAR)
    grey = naive.grey_of((grid - grid.min()) / (grid.max() - grid.min()))
    mask = grey > int(tau * grey.max())
    box = tscam_box(values, tau)
    # The largest polygon belongs to one of the components or holes; the true area decides, so its frame is among them.
    assert box in [(x, y, x + width, y + height) for x, y, width, height in naive.outlines(mask)]
    true_boxes = [naive.truncated(each, 320, 240, clip=True) for each in TRUTH]
    assert tscam_iou(values, tau, TRUTH, 320, 240) == max(naive.inclusive_iou(box, other) for other in true_boxes)


def test_tscam_takes_the_larger_polygon_and_has_a_box_for_flat_maps() -> None:
    values = np.zeros((224, 224), np.float32)
    values[10:40, 10:40] = 1.0
    values[100:220, 100:102] = 1.0
    values[100:220, 218:220] = 0.9
    assert tscam_box(values, 0.5) == (10, 10, 40, 40)
    assert tscam_box(np.ones((5, 5), np.float32), 0.5) == (0, 0, 1, 1)
    assert tscam_iou(values, 0.5, (), 224, 224) == 0.0


def test_tscam_asks_for_more_in_top_k_than_in_gt_known() -> None:
    figures = tscam_figures(np.array([0.5, 0.51, 0.51, 0.51, 0.2]), np.array([0, 0, 4, -1, 0]))
    assert (figures.gt_known, figures.top1, figures.top5) == pytest.approx((0.8, 0.2, 0.4))


def test_pxap_is_the_area_under_the_curve_of_all_pixels() -> None:
    generator = np.random.default_rng(5)
    scored = []
    counts = np.zeros((2, BINS), np.int64)
    for seed in range(2):
        values = np.floor(blobs(seed) * 1000) / 1000 + 0.0005
        values = np.clip(values, 0, 1)
        mask = (values + generator.normal(0, 0.2, values.shape)) > 0.6
        scored.append((values, mask))
        counts += pixel_counts(values, mask)
    assert average_precision(counts) == pytest.approx(naive.pixel_average_precision(scored), abs=1e-6)


def test_pxap_of_a_perfect_map_is_1_and_ignored_pixels_do_not_count() -> None:
    mask = np.zeros((100, 60), bool)
    mask[20:70, 10:40] = True
    exact = cv2.resize(mask.astype(np.uint8), (224, 224), interpolation=cv2.INTER_NEAREST).astype(float)
    assert average_precision(pixel_counts(exact, mask)) == pytest.approx(1.0)
    worse = exact.copy()
    worse[:40] = 1.0
    ignore = np.zeros_like(mask)
    ignore[:18] = True
    assert average_precision(pixel_counts(worse, mask)) < 0.8
    assert average_precision(pixel_counts(worse, mask, ignore)) == pytest.approx(1.0)
    assert average_precision(np.zeros((2, BINS), np.int64)) == 0.0
