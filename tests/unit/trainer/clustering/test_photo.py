"""Clustering one photo: what falls, what shrinks, what ends it, and that it can be repeated."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import MoltboxError
from engine.geometry import Box
from engine.images import read_photo, scan_folder
from engine.localization.refinement import refine
from support.photos import RED, shape_photo
from trainer.clustering.photo import (
    PROFILES,
    PhotoClusters,
    cluster_photo,
    overfit,
    pixel_seed,
    working_size,
)
from trainer.clustering.superpixels import find_superpixels

SMALL = replace(PROFILES["fast"], widths=(6, 8), steps=14, half=False)


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return shape_photo(Box(12, 8, 32, 28), width=56, height=40, colour=RED)


@pytest.fixture(scope="module")
def found(photo: np.ndarray) -> PhotoClusters:
    return overfit(photo, SMALL, seed=5)


def test_the_loss_falls_and_the_number_of_clusters_shrinks(found: PhotoClusters) -> None:
    assert found.losses[-1] < 0.7 * found.losses[0]
    assert found.clusters[0] > 10
    assert found.clusters[-1] < found.clusters[0] / 2
    assert found.clusters[-1] == len(np.unique(found.labels))
    assert found.steps == len(found.clusters)


def test_labels_are_constant_on_each_superpixel(photo: np.ndarray, found: PhotoClusters) -> None:
    assert found.labels.shape == photo.shape[:2]
    superpixels = find_superpixels(photo)
    for superpixel in range(superpixels.max() + 1):
        assert len(set(found.labels[superpixels == superpixel].tolist())) == 1


def test_the_shape_and_its_ground_share_few_pixels_of_a_cluster(found: PhotoClusters) -> None:
    inside = np.zeros(found.labels.shape, bool)
    inside[8:28, 12:32] = True
    mixed = sum(
        min((inside & (found.labels == label)).sum(), (~inside & (found.labels == label)).sum())
        for label in np.unique(found.labels)
    )
    assert mixed < 0.05 * inside.size


def test_a_seed_reproduces_bit_for_bit_and_another_differs(photo: np.ndarray, found: PhotoClusters) -> None:
    again = overfit(photo, SMALL, seed=5)
    assert again.losses == found.losses
    assert np.array_equal(again.labels, found.labels)
    assert overfit(photo, SMALL, seed=6).losses != found.losses


def test_without_a_seed_the_pixels_give_one(photo: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PROFILES, "fast", replace(SMALL, steps=2))
    first, second = cluster_photo(photo, "fast"), cluster_photo(photo.copy(order="F"), "fast")
    assert first.losses == second.losses
    assert cluster_photo(photo, "fast", seed=pixel_seed(photo)).losses == first.losses
    other = photo.copy()
    other[0, 0, 0] ^= 1
    assert pixel_seed(other) != pixel_seed(photo)
    assert pixel_seed(photo.reshape(photo.shape[1], photo.shape[0], 3)) != pixel_seed(photo)


def test_it_ends_where_the_labels_settle(photo: np.ndarray) -> None:
    ended = overfit(photo, replace(SMALL, unrest=0.999), seed=5)
    assert (ended.stopped_why, ended.steps) == ("labels settled", 4)  # three changes small enough
    assert overfit(photo, replace(SMALL, steps=4, unrest=0.0), seed=5).stopped_why == "all steps done"


def test_it_ends_where_too_few_clusters_are_left(
    photo: np.ndarray, found: PhotoClusters, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewest = found.clusters[3] + 1
    monkeypatch.setattr("trainer.clustering.photo.FEWEST_CLUSTERS", fewest)
    ended = overfit(photo, SMALL, seed=5)
    assert ended.stopped_why == "few clusters"
    assert ended.clusters[-1] < fewest <= min(ended.clusters[:-1])
    assert ended.steps <= 4


def test_clusters_under_other_numbers_refine_a_map_alike(found: PhotoClusters) -> None:
    generator = np.random.default_rng(0)
    values = generator.random(found.labels.shape, dtype=np.float32)
    numbers = generator.permutation(400)[: found.labels.max() + 1]
    refined = refine(values, found.labels, 0.5)
    assert np.allclose(refine(values, numbers[found.labels], 0.5), refined, atol=1e-6)
    assert not np.allclose(refined, values, atol=1e-2)


def test_a_photo_is_looked_at_in_its_shape_and_never_enlarged(photo: np.ndarray) -> None:
    large = np.zeros((600, 300, 3), np.uint8)
    assert working_size(large, 224).shape == (224, 112, 3)
    assert working_size(photo, 224) is photo
    assert working_size(large, None) is large
    assert working_size(np.zeros((8, 2000, 3), np.uint8), 224).shape == (8, 224, 3)


@pytest.mark.parametrize(
    ("shape", "dtype", "profile", "sentence"),
    [
        ((40, 40, 3), np.uint8, "best", "There is no clustering profile 'best'"),
        ((40, 40), np.uint8, "fast", "(height, width, 3)"),
        ((40, 40, 4), np.uint8, "fast", "(height, width, 3)"),
        ((40, 40, 3), np.float32, "fast", "8 bits"),
        ((40, 7, 3), np.uint8, "fast", "at least 8 pixels"),
    ],
)
def test_bad_input_is_one_sentence(shape: tuple[int, ...], dtype: type, profile: str, sentence: str) -> None:
    with pytest.raises(MoltboxError) as told:
        cluster_photo(np.zeros(shape, dtype), profile)
    assert sentence in str(told.value)
    assert str(told.value).endswith(".")


@pytest.mark.data
def test_a_real_photo_keeps_a_handful_of_clusters(photo_sets: Path) -> None:
    path = next(scan_folder(photo_sets / "pets3" / "val"))[0]
    found = cluster_photo(read_photo(path), "fast")
    assert max(found.labels.shape) == 128
    assert 4 <= found.clusters[-1] <= 40
    assert found.clusters[-1] < found.clusters[0]
