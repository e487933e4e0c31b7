"""Photos made ready for networks, against the slow way: each network's pixels straight from the whole photo."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast
from unittest.mock import patch

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from engine.geometry import iou
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.localization.manifest import ClusteringSettings, Manifest, ScaleSettings
from engine.localization.preparing import (
    LEAST_TIMES_HALVED,
    ShownPhoto,
    clustering_size,
    halved,
    prepare,
    prepare_for_clustering,
    shown_size,
)
from engine.resources import starter_model_path

SCALE = cast(ScaleSettings, SimpleNamespace(resize="keep_aspect", side=64, multiple=16))
SQUARE = cast(ScaleSettings, SimpleNamespace(resize="square", side=48, multiple=16))
CLUSTERING = ClusteringSettings(network="clusters", side=32, multiple=8, split_components=False)
MANIFEST = cast(Manifest, SimpleNamespace(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225)))


class SlowPhoto(ShownPhoto):
    """The slow twin: every network's photo is resized from all pixels, and normalised in floating point."""

    def _ready(self, size: tuple[int, int], mean: tuple[float, ...], std: tuple[float, ...]) -> np.ndarray:
        picture = Image.fromarray(self._levels[0]).resize(size, Image.Resampling.BILINEAR)
        values = np.asarray(picture, np.float32) / np.float32(255.0)
        values = (values - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
        return np.ascontiguousarray(values.transpose(2, 0, 1)[None])


def noise(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(60, 80), (64, 64), (90, 120), (31, 200), (17, 16)])
@pytest.mark.parametrize("scale", [SCALE, SQUARE])
def test_a_photo_less_than_three_times_as_large_as_shown_is_bit_for_bit_the_slow_one(shape, scale) -> None:
    photo = noise(*shape)
    assert min(np.array(shape)[::-1] / shown_size(scale, shape[1], shape[0])) < 2 * LEAST_TIMES_HALVED
    assert np.array_equal(prepare(photo, scale, MANIFEST), SlowPhoto(photo).for_scale(scale, MANIFEST))


def test_the_clustering_network_sees_the_slow_photo_in_0_to_1() -> None:
    photo = noise(60, 80)
    shown = prepare_for_clustering(photo, CLUSTERING)
    assert shown.shape[:1:-1] == clustering_size(CLUSTERING, 80, 60)
    assert np.array_equal(shown, SlowPhoto(photo).for_clustering(CLUSTERING))
    assert 0.0 <= shown.min() < shown.max() <= 1.0


@pytest.mark.parametrize("shape", [(480, 640), (481, 643), (1000, 300), (1023, 1025)])
def test_a_halved_photo_differs_from_the_slow_one_by_less_than_two_grey_levels(shape) -> None:
    # A ramp with grain: an edge or a shift of half a pixel would show in the ramp, a change of filter in the grain.
    rows, columns = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    ramp = 40 + 170 * (rows / shape[0] + columns / shape[1]) / 2
    grain = np.random.default_rng(1).normal(0, 6, shape)
    photo = np.repeat(np.clip(ramp + grain, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
    for scale in (SCALE, SQUARE):
        fast = 255 * ShownPhoto(photo).for_clustering(cast(ClusteringSettings, scale))
        slow = 255 * SlowPhoto(photo).for_clustering(cast(ClusteringSettings, scale))
        assert not np.array_equal(fast, slow)
        assert np.abs(fast - slow).mean() < 0.8
        assert abs((fast - slow).mean()) < 0.5  # each halving rounds up, an eighth of a level on average
        assert np.abs(fast - slow).max() < 6


@settings(max_examples=40)
@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_halving_takes_means_of_two_by_two_and_repeats_an_odd_edge(pixels: np.ndarray) -> None:
    padded = np.pad(pixels, ((0, pixels.shape[0] % 2), (0, pixels.shape[1] % 2), (0, 0)), mode="edge").astype(float)
    means = padded.reshape(padded.shape[0] // 2, 2, padded.shape[1] // 2, 2, 3).mean(axis=(1, 3))
    assert halved(pixels).shape == means.shape
    assert np.abs(halved(pixels) - means).max() <= 0.5


def test_networks_share_the_halved_photo_and_do_not_change_one_another() -> None:
    photo = noise(1200, 1600)
    shown = ShownPhoto(photo)
    with patch("engine.localization.preparing.halved", side_effect=halved) as halving:
        together = [
            shown.for_clustering(CLUSTERING),
            shown.for_scale(SCALE, MANIFEST),
            shown.for_scale(SQUARE, MANIFEST),
        ]
    assert halving.call_count == 4  # 25 times as wide as the smallest network is shown: to a sixteenth
    alone = [
        prepare_for_clustering(photo, CLUSTERING),
        prepare(photo, SCALE, MANIFEST),
        prepare(photo, SQUARE, MANIFEST),
    ]
    assert all(np.array_equal(one, other) for one, other in zip(together, alone, strict=True))


def test_a_photo_decoded_reduced_is_shown_at_the_size_of_the_whole() -> None:
    photo = noise(100, 151)  # of 201 x 303: its own shape would round to another size
    assert prepare(photo, SCALE, MANIFEST, (303, 201)).shape[:1:-1] == shown_size(SCALE, 303, 201)


def test_maps_and_boxes_are_those_of_the_slow_way() -> None:
    """In box space, on photos large enough that each network is shown a halved one."""
    localizer = Localizer.open(starter_model_path())
    skimage = pytest.importorskip("skimage")
    for name in ("chelsea.png", "coffee.png"):
        small = read_photo(Path(skimage.__file__).parent / "data" / name)
        large = cv2.resize(small, None, fx=3.6, fy=3.6, interpolation=cv2.INTER_CUBIC)
        grain = np.random.default_rng(0).normal(0, 6, large.shape[:2])[:, :, None]
        photo = np.clip(large + grain, 0, 255).astype(np.uint8)
        fast = localizer.look(photo)
        with patch("engine.localization.localizer.ShownPhoto", SlowPhoto):
            slow = localizer.look(photo)
        assert np.abs(fast.class_scores - slow.class_scores).max() < 0.02
        index = slow.top_classes(1)[0][0]
        maps = [evidence.heat_map(index) for evidence in (fast, slow)]
        assert 0 < np.abs(maps[0].refined - maps[1].refined).mean() < 0.02
        threshold = localizer.model.calibrated_threshold
        boxes = [each.boxes(threshold)[0].box for each in maps]
        assert iou(*boxes) > 0.9
