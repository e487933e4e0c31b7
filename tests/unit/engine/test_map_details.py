"""Maps, curves and boxes at their limits: hand-worked examples with the answer beside them."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from engine.geometry import Box
from engine.localization.boxes import BoxRule, boxes_and_area, component_boxes, mask_at
from engine.localization.fusion import fuse, min_max, resize_map
from engine.localization.heat_map import HeatMap, ScaleMap, working_shape
from engine.localization.refinement import split_components
from engine.localization.threshold_curve import ThresholdCurve, grid_step, grid_thresholds
from engine.localization.threshold_table import TableUnreadableError, ThresholdTable, box_areas, paired_iou


def test_moved_boxes_keep_their_size() -> None:
    assert Box(1, 2, 4, 8).moved(10, -20) == Box(11, -18, 14, -12)
    assert Box(1, 2, 4, 8).scaled(2, 3) == Box(2, 6, 8, 24)
    assert (Box(1, 2, 4, 8).width, Box(1, 2, 4, 8).height, Box(1, 2, 4, 8).area) == (3, 6, 18)


@pytest.mark.parametrize(
    ("box", "clipped"),
    [
        (Box(-5, -6, 3, 4), Box(0, 0, 3, 4)),
        (Box(10, 0, 12, 5), None),
        (Box(0, 8, 5, 9), None),
        (Box(-2, 0, 0, 5), None),
        (Box(0, -2, 5, 0), None),
        (Box(0.5, 0.25, 30, 40), Box(0.5, 0.25, 10, 8)),
    ],
)
def test_what_is_left_inside_a_photo(box: Box, clipped: Box | None) -> None:
    assert box.clipped(10, 8) == clipped


def test_the_thresholds_are_hundredths_and_cannot_be_written_to() -> None:
    thresholds = grid_thresholds()
    assert thresholds.tolist() == pytest.approx([step / 100 for step in range(101)])
    with pytest.raises(ValueError, match="read-only"):
        thresholds[0] = 1
    steps = [grid_step(value) for value in (-1.0, 0.0, 0.004, 0.006, 0.5, 0.996, 1.0, 7.0)]
    assert steps == [0, 0, 0, 1, 50, 100, 100, 100]


def curve(*areas: tuple[int, float]) -> ThresholdCurve:
    """A curve of steps: each area from its step on."""
    fraction = np.zeros(101)
    for first, area in areas:
        fraction[first:] = area
    return ThresholdCurve(grid_thresholds(), fraction)


def test_the_stretch_over_which_a_box_keeps_its_area() -> None:
    found = curve((0, 1.0), (20, 0.5), (30, 0.46), (40, 0.45), (60, 0.1))
    # 8.5 % of 0.5 is 0.0425: 0.46 is within, 0.45 is not.
    assert found.plateau(0.25) == pytest.approx((0.20, 0.39))
    assert found.plateau(0.05) == pytest.approx((0.0, 0.19))
    assert found.plateau(0.80) == pytest.approx((0.60, 1.0))
    assert found.plateau(0.20) == pytest.approx((0.20, 0.39))
    assert curve((0, 1.0), (50, 0.915)).plateau(0.2) == pytest.approx((0.0, 1.0))
    assert (found.area_at(0.194), found.area_at(0.196)) == (1.0, 0.5)


def test_a_jump_is_a_tenth_of_the_photo_in_two_steps() -> None:
    assert curve((0, 0.5), (40, 0.3)).jump == pytest.approx(0.39)
    assert curve((0, 0.5), (40, 0.45), (41, 0.3)).jump == pytest.approx(0.40)
    assert curve((0, 0.5), (40, 0.41)).jump is None
    assert curve((0, 0.5), (40, 0.375), (50, 0.25)).jump == pytest.approx(0.39)  # the first of equal ones
    assert curve((0, 0.5), (40, 0.0)).jump is None  # what vanishes has not jumped
    assert curve((0, 0.25), (40, 0.125)).jump is not None
    assert curve((0, 0.3), (100, 0.1)).jump == pytest.approx(0.99)


def test_the_highest_threshold_that_leaves_an_area() -> None:
    found = curve((0, 0.8), (30, 0.4), (70, 0.1))
    assert found.threshold_for_area(0.4) == pytest.approx(0.69)
    assert found.threshold_for_area(0.41) == pytest.approx(0.29)
    assert found.threshold_for_area(0.1) == pytest.approx(1.0)
    assert found.threshold_for_area(0.4, below=0.5) == pytest.approx(0.5)
    assert found.threshold_for_area(0.4, below=0.07) == pytest.approx(0.07)
    assert found.threshold_for_area(0.9) is None


def test_maps_are_stretched_resampled_and_added_by_weight() -> None:
    assert min_max(np.array([[2.0, 4.0], [3.0, 2.5]], np.float32)).tolist() == [[0, 1], [0.5, 0.25]]
    assert min_max(np.array([[0.0, 1e-6]], np.float32)).tolist() == [[0, 1]]
    small = np.array([[0.0, 1.0]], np.float32)
    assert resize_map(small, (1, 2)) is small
    assert resize_map(small, (2, 4)).tolist() == [[0, 0.25, 0.75, 1]] * 2
    each, fused = fuse([small, np.array([[3.0, 1.0, 1.0, 1.0]] * 2, np.float32)], [3.0, 1.0])
    assert [values.tolist() for values in each] == [[[0, 0.25, 0.75, 1]] * 2, [[1, 0, 0, 0]] * 2]
    # 3 x (0, .25, .75, 1) + (1, 0, 0, 0) = (1, .75, 2.25, 3), from .75 to 3
    assert fused == pytest.approx(np.array([[1 / 9, 0, 2 / 3, 1]] * 2))
    assert (fused.dtype, each[0].dtype) == (np.float32, np.float32)


@pytest.mark.parametrize(
    ("width", "height", "shape"),
    [
        (500, 500, (128, 128)),
        (400, 100, (64, 256)),
        (100, 400, (256, 64)),
        (1600, 100, (32, 512)),
        (99_999, 1, (32, 512)),
        (1, 99_999, (512, 32)),
        (200, 100, (91, 181)),
    ],
)
def test_maps_are_cut_on_a_grid_that_is_square_on_the_photo(width: int, height: int, shape: tuple[int, int]) -> None:
    assert working_shape(width, height) == shape


def heat_map(*scales: np.ndarray, clusters: np.ndarray | None = None, rule: BoxRule | None = None) -> HeatMap:
    maps = tuple(ScaleMap(f"s{place}", 1.0, values) for place, values in enumerate(scales))
    return HeatMap(maps, scales[0], scales[-1], clusters, 40, 20, 0.5, rule or BoxRule(min_area=0.0))


def block(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    values = np.zeros((10, 20), np.float32)
    values[y0:y1, x0:x1] = 1
    return values


def test_the_views_of_a_heat_map_have_names() -> None:
    a, b = block(0, 0, 4, 4), block(2, 0, 6, 4)
    assert heat_map(a).view_names == ("fused",)
    assert heat_map(a, b).view_names == ("s0", "s1", "fused")
    two = heat_map(a, b, clusters=np.zeros((10, 20), np.int32))
    assert two.view_names == ("s0", "s1", "fused", "refined")
    assert two.view("fused") is a
    assert two.view("refined") is b
    assert (two.view("s0") is a, two.view("s1") is b) == (True, True)
    with pytest.raises(KeyError):
        two.view("s2")


def test_scales_agree_as_far_as_their_boxes_do() -> None:
    a, b, nothing = block(0, 0, 4, 4), block(2, 0, 6, 4), np.zeros((10, 20), np.float32)
    assert heat_map(a).agreement(0.5) == 1.0
    assert heat_map(a, b).agreement(0.5) == pytest.approx(8 / 24)
    assert heat_map(a, b, a).agreement(0.5) == pytest.approx((8 / 24 + 1 + 8 / 24) / 3)
    assert heat_map(a, nothing).agreement(0.5) == 0.0
    tiny = block(0, 0, 1, 1)
    assert heat_map(tiny, tiny).agreement(0.5) == 1.0
    assert heat_map(a, b).threshold_table().agreement_at(0.5) == pytest.approx(8 / 24)


def test_boxes_of_a_heat_map_are_those_of_the_refined_map_by_its_rule() -> None:
    both = block(0, 0, 4, 4) + block(10, 2, 14, 5)
    found = heat_map(block(0, 0, 1, 1), both, rule=BoxRule(max_boxes=3, min_area=0.0))
    assert [each.box for each in found.boxes(0.5)] == [Box(0, 0, 8, 8), Box(20, 4, 28, 10)]
    assert [each.score for each in found.boxes(0.5)] == [0.5, 0.5]
    assert len(found.boxes(0.5, BoxRule(min_area=0.0))) == 1
    assert found.threshold_curve().area_at(0.5) == pytest.approx(16 / 200)
    assert found.threshold_curve() is found.threshold_curve()


def test_a_cut_is_strictly_above_and_limits_of_the_rule_are_kept() -> None:
    assert mask_at(np.array([[0.2, 0.5, 0.6]], np.float32), 0.5).tolist() == [[False, False, True]]
    values = block(0, 0, 10, 2) + block(15, 5, 16, 6)  # 20 cells, and 1 cell: a share of 0.05, and 0.005 of the photo

    def count(**rule: float) -> int:
        chosen = BoxRule(max_boxes=5, **{"min_area": 0.0, "min_share": 0.0, **rule})  # pyright: ignore[reportArgumentType]
        return len(component_boxes(values, 0.5, chosen, photo_width=20, photo_height=10))

    assert [count(min_share=share) for share in (0.05, 0.051)] == [2, 1]
    assert [count(min_area=share) for share in (0.005, 0.0051, 0.1, 0.11)] == [2, 1, 1, 0]
    usual = BoxRule()
    assert (usual.pick, usual.max_boxes, usual.min_area, usual.min_share, usual.nms_iou) == (
        *("pixels", 1),
        *(0.01, 0.05, 0.7),
    )


@pytest.mark.parametrize("pick", ["pixels", "polygon"])
def test_boxes_and_area_come_with_the_score_and_the_size(pick) -> None:
    values = block(3, 2, 9, 6)
    rule = BoxRule(pick, min_area=0.5)
    assert boxes_and_area(values, 0.5, rule, photo_width=40, photo_height=30) == ((), pytest.approx(24 / 200))
    assert boxes_and_area(values, 1.0, rule, photo_width=40, photo_height=30) == ((), 0.0)
    (found,), area = boxes_and_area(values, 0.5, BoxRule(pick), photo_width=40, photo_height=30, class_score=0.25)
    assert (found.box, found.score, found.area_fraction, area) == (Box(6, 6, 18, 18), 0.25, 24 / 200, 24 / 200)
    (usual,), _ = boxes_and_area(values, 0.5, BoxRule(pick), photo_width=40, photo_height=30)
    assert usual.score == 1.0


def test_overlapping_boxes_at_the_limit_are_both_kept() -> None:
    values = np.zeros((12, 12), np.float32)
    values[0:10, 0] = values[9, 0:10] = 1  # an L, whose box is 10 x 10
    values[0:5, 2:10] = 0.8  # inside it, 8 x 5: IoU 0.4
    for limit, count in ((0.4, 2), (0.39, 1)):
        rule = BoxRule(max_boxes=4, min_area=0.0, min_share=0.0, nms_iou=limit)
        assert len(component_boxes(values, 0.5, rule, photo_width=12, photo_height=12)) == count


def test_a_table_tells_its_boxes_in_the_photos_pixels() -> None:
    table = heat_map(block(1, 2, 5, 6), block(1, 2, 5, 6)).threshold_table()
    assert (table.map_width, table.map_height, table.photo_width, table.photo_height) == (20, 10, 40, 20)
    (found,) = table.boxes(0.5)
    assert (found.box, found.score, found.area_fraction) == (Box(2, 4, 10, 12), 0.5, 16 / 200)
    assert table.boxes(1.0) == ()
    assert table.cells.shape == (101, 1, 4)
    assert table.cells[50].tolist() == [[1, 2, 5, 6]]
    assert not table.cells[100].any()
    raw = zlib.decompress(table.to_bytes())
    for other in (raw + b"\0", raw[:-1], bytes([2]) + raw[1:]):
        with pytest.raises(TableUnreadableError, match="is damaged"):
            ThresholdTable.from_bytes(zlib.compress(other))
    assert table.agreement_thresholds == pytest.approx(np.arange(26) * 0.04)
    again = ThresholdTable.from_bytes(table.to_bytes())
    assert again.class_score == 0.5
    for name in ("cells", "scores", "areas", "agreement"):
        assert np.array_equal(getattr(again, name), getattr(table, name))
        assert getattr(again, name).dtype == getattr(table, name).dtype
    with pytest.raises(TableUnreadableError, match="is damaged"):
        ThresholdTable.from_bytes(table.to_bytes()[:-9])
    assert np.array_equal(
        ThresholdTable.of(block(1, 2, 5, 6), [], BoxRule(), photo_width=20, photo_height=10, class_score=1.0).agreement,
        np.ones(26),
    )


def test_iou_of_pairs_by_hand() -> None:
    boxes = np.array([[0, 0, 4, 2], [0, 0, 4, 2], [0, 0, 4, 2], [0, 0, 0, 0]], float)
    others = np.array([[2, 1, 6, 3], [4, 0, 8, 2], [5, 5, 9, 9], [0, 0, 0, 0]], float)
    assert paired_iou(boxes, others) == pytest.approx([2 / 14, 0, 0, 0])
    assert box_areas(np.array([[1, 2, 4, 8.5]])).tolist() == [19.5]


def test_specks_below_a_thousandth_join_and_larger_parts_do_not() -> None:
    photo = np.zeros((100, 100, 3), np.uint8)
    clusters = np.zeros((100, 100), np.uint8)
    clusters[20:23, 20:23] = 1  # 9 cells of 10,000: joins
    clusters[60:62, 60:65] = 1  # 10 cells: stays
    parts = split_components(clusters, photo)
    assert np.unique(parts).tolist() == [0, 1]
    assert (parts[21, 21], parts[60, 60], parts.dtype) == (0, 1, np.uint16)


def test_specks_side_by_side_join_by_the_mean_colour_of_what_they_have_become() -> None:
    """A grey speck touches a light one and the dark ground; the light speck, smaller, joins the light ground first."""
    clusters = np.zeros((100, 100), np.uint8)
    photo = np.zeros((100, 100, 3), np.uint8)
    clusters[:, 50:], photo[:, 50:] = 1, 240
    clusters[10, 50], photo[10, 50] = 2, 200
    clusters[10, 48:50], photo[10, 48:50] = 3, (150, 140, 130)
    parts = split_components(clusters, photo)
    assert len(np.unique(parts)) == 2
    assert parts[10, 50] == parts[0, 99]
    assert parts[10, 48] == parts[10, 49] == parts[0, 99]
    photo[10, 48:50] = (90, 100, 110)
    assert split_components(clusters, photo)[10, 49] == parts[0, 0]
