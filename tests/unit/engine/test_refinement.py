"""Refinement by pixel clusters: the invariants of the method, and parts of clusters against flooding."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from engine.localization.refinement import (
    SMALLEST_PART,
    _connected_parts,
    number_clusters,
    refine,
    resize_clusters,
    split_components,
)

SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12)


@st.composite
def maps_and_clusters(draw):
    shape = draw(SHAPES)
    values = draw(hnp.arrays(np.float32, shape, elements=st.floats(0, 1, width=32)))
    clusters = draw(hnp.arrays(np.int32, shape, elements=st.integers(0, 6)))
    return values, clusters


@given(maps_and_clusters(), st.floats(0, 1))
def test_the_refined_map_is_the_weighted_sum_with_the_cluster_means(case, weight: float) -> None:
    values, clusters = case
    refined = refine(values, clusters, weight)
    for label in np.unique(clusters):
        inside = clusters == label
        expected = (1 - weight) * values[inside] + weight * values[inside].astype(np.float64).mean()
        assert np.allclose(refined[inside], expected, atol=1e-5)


@given(maps_and_clusters(), st.floats(0, 1))
def test_sum_and_range_are_kept(case, weight: float) -> None:
    values, clusters = case
    refined = refine(values, clusters, weight)
    assert refined.sum(dtype=np.float64) == pytest.approx(values.sum(dtype=np.float64), abs=1e-4)
    assert refined.min() >= values.min() - 1e-6
    assert refined.max() <= values.max() + 1e-6


@given(maps_and_clusters())
def test_weight_0_changes_nothing_and_weight_1_is_constant_on_clusters(case) -> None:
    values, clusters = case
    assert np.array_equal(refine(values, clusters, 0.0), values)
    flat = refine(values, clusters, 1.0)
    assert all(np.ptp(flat[clusters == label]) <= 1e-6 for label in np.unique(clusters))


@given(maps_and_clusters(), st.floats(0, 1), st.permutations(range(7)))
def test_other_names_for_the_clusters_change_nothing(case, weight: float, names: list[int]) -> None:
    values, clusters = case
    renamed = 11 * np.array(names)[clusters]
    assert np.allclose(refine(values, clusters, weight), refine(values, renamed, weight), atol=1e-6)
    assert np.array_equal(refine(values, number_clusters(renamed), weight), refine(values, renamed, weight))


@given(maps_and_clusters(), st.floats(0.01, 0.99))
def test_a_single_cluster_only_draws_the_map_to_its_mean(case, weight: float) -> None:
    values, _ = case
    mean = values.astype(np.float64).mean()
    refined = refine(values, np.zeros(values.shape, np.int32), weight)
    assert np.allclose(refined - mean, (1 - weight) * (values - mean), atol=1e-5)


@given(hnp.arrays(np.uint8, SHAPES, elements=st.integers(0, 5)), st.integers(1, 20), st.integers(1, 20))
def test_resizing_takes_the_nearest_cell(clusters: np.ndarray, rows: int, columns: int) -> None:
    resized = resize_clusters(clusters, (rows, columns))
    for row in range(rows):
        for column in range(columns):
            y = int((row + 0.5) * clusters.shape[0] / rows)
            x = int((column + 0.5) * clusters.shape[1] / columns)
            assert resized[row, column] == clusters[y, x]


def flooded(clusters: np.ndarray) -> np.ndarray:
    """4-connected parts, by flooding."""
    parts = np.full(clusters.shape, -1)
    for start in np.ndindex(clusters.shape):
        if parts[start] >= 0:
            continue
        number, waiting = parts.max() + 1, [start]
        parts[start] = number
        while waiting:
            y, x = waiting.pop()
            for near in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
                inside = 0 <= near[0] < clusters.shape[0] and 0 <= near[1] < clusters.shape[1]
                if inside and parts[near] < 0 and clusters[near] == clusters[start]:
                    parts[near] = number
                    waiting.append(near)
    return parts


@settings(max_examples=50)
@given(hnp.arrays(np.uint8, SHAPES, elements=st.integers(0, 3)))
def test_clusters_are_split_into_connected_parts(clusters: np.ndarray) -> None:
    # On so small a grid no part is a speck.
    parts = split_components(clusters, np.zeros((*clusters.shape, 3), np.uint8))
    expected = flooded(clusters)
    assert len(np.unique(parts)) == len(np.unique(expected))
    assert len(np.unique(np.stack([parts.ravel(), expected.ravel()]), axis=1).T) == len(np.unique(expected))


def slowly_split(clusters: np.ndarray, photo: np.ndarray) -> np.ndarray:
    """Takes part after part, the smallest first, and looks at all cells for each."""
    parts = _connected_parts(clusters)
    owner = parts.copy()  # the part that each cell belongs to by now
    sizes = [int((parts == part).sum()) for part in range(parts.max() + 1)]
    for part in sorted(range(len(sizes)), key=sizes.__getitem__):
        own = owner == part
        if own.sum() >= SMALLEST_PART * own.size:
            continue
        around = np.zeros_like(own)
        around[1:] |= own[:-1]
        around[:-1] |= own[1:]
        around[:, 1:] |= own[:, :-1]
        around[:, :-1] |= own[:, 1:]
        near = np.unique(owner[around & ~own])
        colour = photo[own].mean(axis=0)
        distances = [((photo[owner == other].mean(axis=0) - colour) ** 2).sum() for other in near]
        owner[own] = near[int(np.argmin(distances))]
    return np.unique(owner, return_inverse=True)[1].reshape(owner.shape)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_specks_join_as_in_a_version_that_looks_at_every_cell(seed: int) -> None:
    generator = np.random.default_rng(seed)
    clusters = np.kron(generator.integers(0, 3, (6, 6)), np.ones((8, 8), int))
    salt = generator.random(clusters.shape) < 0.15
    clusters[salt] = generator.integers(0, 5, int(salt.sum()))
    photo = generator.integers(0, 256, (*clusters.shape, 3), dtype=np.uint8)
    assert np.array_equal(split_components(clusters, photo), slowly_split(clusters, photo))


def test_a_speck_joins_the_neighbour_of_nearest_colour() -> None:
    clusters = np.zeros((60, 60), np.uint8)
    clusters[:, 30:] = 1
    clusters[29, 29] = clusters[40, 29] = 2
    photo = np.zeros((60, 60, 3), np.uint8)
    photo[:, 30:] = 200
    photo[29, 29] = 190
    photo[40, 29] = 10
    parts = split_components(clusters, photo)
    assert len(np.unique(parts)) == 2
    assert parts[29, 29] == parts[29, 30] != parts[0, 0]
    assert parts[40, 29] == parts[0, 0]


@given(hnp.arrays(np.int64, SHAPES, elements=st.sampled_from([-3, 0, 1, 2, 7, 900_000, 1_000_001, 2**40])))
def test_clusters_are_numbered_in_the_order_of_their_labels(clusters: np.ndarray) -> None:
    expected = np.searchsorted(np.unique(clusters), clusters)
    numbered = number_clusters(clusters)
    assert numbered.dtype == np.uint16
    assert np.array_equal(numbered, expected)
