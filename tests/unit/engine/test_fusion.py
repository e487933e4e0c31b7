"""Score maps, CAM fusion and the threshold curve."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine.localization.boxes import BoxRule
from engine.localization.fusion import class_activation_map, fuse, min_max, score_maps
from engine.localization.threshold_curve import ThresholdCurve
from engine.localization.threshold_table import ThresholdTable


@pytest.mark.parametrize("kernel", [1, 3])
def test_score_maps_are_the_convolution_of_torch(kernel: int) -> None:
    generator = np.random.default_rng(0)
    tokens = generator.normal(size=(8, 5, 7)).astype(np.float32)
    weight = generator.normal(size=(6, 8, kernel, kernel)).astype(np.float32)
    bias = generator.normal(size=6).astype(np.float32)
    expected = torch.nn.functional.conv2d(
        torch.from_numpy(tokens)[None], torch.from_numpy(weight), torch.from_numpy(bias), padding=kernel // 2
    )[0].numpy()
    found = score_maps(tokens, weight, bias, [4, 0, 4])
    assert np.allclose(found, expected[[4, 0, 4]], atol=1e-5)
    assert found.dtype == np.float32


def test_a_flat_map_becomes_zeros_not_nan() -> None:
    assert np.array_equal(min_max(np.full((3, 4), 7.0, np.float32)), np.zeros((3, 4)))


@pytest.mark.parametrize("dtype", [np.float64, np.uint8])
def test_a_map_of_other_numbers_is_stretched_to_float32(dtype: type) -> None:
    for values in ([[3, 3]], [[3, 5]]):
        assert min_max(np.array(values, dtype)).dtype == np.float32


@pytest.mark.parametrize("wide", [(3, 10), (10, 3)])
def test_the_finest_grid_is_the_one_with_most_cells(wide: tuple[int, int]) -> None:
    generator = np.random.default_rng(4)
    cams = [generator.random(shape).astype(np.float32) for shape in ((4, 5), wide, (5, 4))]
    each, fused = fuse(cams, [0.2, 0.3, 0.5])
    assert {one.shape for one in [*each, fused]} == {wide}


@given(st.permutations(range(3)))
def test_fusion_with_equal_weights_does_not_depend_on_the_order(order: list[int]) -> None:
    generator = np.random.default_rng(1)
    cams = [generator.normal(size=(side, side)).astype(np.float32) for side in (6, 9, 12)]
    _, expected = fuse(cams, [1 / 3] * 3)
    _, fused = fuse([cams[index] for index in order], [1 / 3] * 3)
    assert np.allclose(fused, expected, atol=1e-5)


@given(st.floats(0.01, 100), st.floats(-10, 10))
def test_a_scale_that_is_stretched_or_shifted_weighs_the_same(factor: float, shift: float) -> None:
    generator = np.random.default_rng(2)
    cams = [generator.random((8, 8)).astype(np.float32) for _ in range(2)]
    _, expected = fuse(cams, [0.3, 0.7])
    _, fused = fuse([cams[0] * np.float32(factor) + np.float32(shift), cams[1]], [0.3, 0.7])
    assert np.allclose(fused, expected, atol=1e-2)


def test_a_scale_without_weight_changes_nothing() -> None:
    generator = np.random.default_rng(3)
    keen, idle = generator.random((2, 8, 8)).astype(np.float32)
    _, fused = fuse([keen, idle], [1.0, 0.0])
    assert np.allclose(fused, min_max(keen))


def curve_of(values: np.ndarray) -> ThresholdCurve:
    height, width = values.shape
    return ThresholdTable.of(values, [], BoxRule(), photo_width=width, photo_height=height, class_score=1.0).curve


def test_threshold_curve_knows_plateau_and_jump() -> None:
    values = np.zeros((20, 20), np.float32)
    values[0:16, 0:20] = 0.5
    values[4:10, 4:10] = 1.0
    curve = curve_of(values)
    assert curve.area_at(0.2) == pytest.approx(16 * 20 / 400)
    assert curve.area_at(0.7) == pytest.approx(36 / 400)
    assert curve.plateau(0.3) == pytest.approx((0.0, 0.49))
    assert curve.jump == pytest.approx(0.5, abs=0.011)
    assert curve.threshold_for_area(0.5) == pytest.approx(0.49)
    assert curve.threshold_for_area(0.05) == pytest.approx(0.99)


def test_a_smooth_map_has_no_jump() -> None:
    rows, columns = np.mgrid[0:64, 0:64]
    hill = 1 - np.hypot(rows - 32, columns - 32) / 60
    assert curve_of(min_max(hill.astype(np.float32))).jump is None


def test_the_product_is_the_methods_own_unless_it_has_exponents() -> None:
    generator = np.random.default_rng(3)
    score_map = generator.normal(size=(5, 6)).astype(np.float32)
    foreground = generator.random((5, 6)).astype(np.float32)
    assert np.array_equal(class_activation_map(score_map, foreground), score_map * foreground)
    assert np.array_equal(class_activation_map(score_map, None), score_map)
    one_power = class_activation_map(score_map, foreground, score_power=2.0)
    assert np.allclose(one_power, min_max(score_map) ** 2 * min_max(foreground), atol=1e-5)
    powered = class_activation_map(score_map, foreground, foreground_power=0.5, score_power=2.0)
    low, high = score_map.min(), score_map.max()
    expected = np.sqrt((foreground - foreground.min()) / np.ptp(foreground)) * ((score_map - low) / (high - low)) ** 2
    assert np.allclose(powered, expected, atol=1e-5)
