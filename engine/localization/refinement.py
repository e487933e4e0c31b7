"""Deep-clustering-guided refinement: the fused map leans towards its own mean over each pixel cluster.

Source: the method's §2.6 (weighted sum of the map and its mean over clusters).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

SMALLEST_PART = 0.001
"""Parts of clusters below this share of the photo join a neighbour."""
_HIGHEST_COUNTED = 1_000_000
"""Labels up to here are numbered by counting them, ten times as quick as sorting; a network may give any others."""


def refine(values: NDArray[np.float32], clusters: NDArray[np.integer], weight: float) -> NDArray[np.float32]:
    """Mixes a map with its mean over each cluster.

    Args:
        values: (h, w) float32 map.
        clusters: (h, w) labels >= 0, in any order and with gaps.
        weight: in [0, 1]; 0 leaves the map as it is, 1 makes it constant on each cluster.

    Returns:
        (h, w) float32: (1 - weight) * values + weight * mean over the cell's cluster. Its sum is that of `values`.
    """
    labels = clusters.reshape(-1)
    sizes = np.bincount(labels)
    sums = np.bincount(labels, weights=values.reshape(-1))
    means = sums / np.maximum(sizes, 1)
    return ((1.0 - weight) * values + weight * means[clusters]).astype(np.float32)


def resize_clusters(clusters: NDArray[np.integer], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Cluster of each cell of a grid (rows, columns) that covers the same photo: the nearest one's label."""
    rows = ((np.arange(shape[0]) + 0.5) * clusters.shape[0] / shape[0]).astype(np.intp)
    columns = ((np.arange(shape[1]) + 0.5) * clusters.shape[1] / shape[1]).astype(np.intp)
    return clusters[rows[:, None], columns[None, :]].astype(np.int32)


def number_clusters(clusters: NDArray[np.integer]) -> NDArray[np.uint16]:
    """The same clusters, numbered 0, 1, 2, ... in the order of their labels: (h, w) uint16."""
    if clusters.min(initial=0) < 0 or clusters.max(initial=0) > _HIGHEST_COUNTED:
        _, numbered = np.unique(clusters, return_inverse=True)
        return numbered.reshape(clusters.shape).astype(np.uint16)
    present = np.bincount(clusters.reshape(-1)) > 0
    return (np.cumsum(present) - 1).astype(np.uint16)[clusters]


def split_components(clusters: NDArray[np.integer], photo: NDArray[np.uint8]) -> NDArray[np.uint16]:
    """Splits each cluster into its connected parts; specks join the neighbouring part of nearest mean colour.

    A cluster may be spread over the photo; without splitting, ground of the same cluster is lifted with the object.

    Args:
        clusters: (h, w) labels.
        photo: (H, W, 3) uint8 RGB, any size; it is shrunk to (h, w).

    Returns:
        (h, w) uint16: parts, 4-connected but for joined specks, numbered from 0.
    """
    parts = _connected_parts(clusters)
    count = int(parts.max()) + 1
    rows, columns = parts.shape
    small = cv2.resize(photo, (columns, rows), interpolation=cv2.INTER_AREA).reshape(-1, 3).astype(np.float64)
    labels = parts.reshape(-1)
    sizes = np.bincount(labels, minlength=count).astype(np.float64)
    colours = np.stack([np.bincount(labels, small[:, channel], count) for channel in range(3)], axis=1)  # (n, 3), sums
    neighbours = _neighbours(parts, count)
    joined = np.arange(count)
    for part in np.argsort(sizes, kind="stable"):
        if sizes[part] >= SMALLEST_PART * labels.size:
            continue  # from the start, or by the specks that joined it
        near = sorted({_root(joined, other) for other in neighbours[part]} - {part})
        colour = colours[part] / sizes[part]
        distances = [float(np.sum((colours[other] / sizes[other] - colour) ** 2)) for other in near]
        into = near[int(np.argmin(distances))]
        joined[part] = into
        sizes[into] += sizes[part]
        colours[into] += colours[part]
        neighbours[into] |= neighbours[part]
    roots = np.array([_root(joined, part) for part in range(count)])
    return number_clusters(roots[parts])


def _connected_parts(clusters: NDArray[np.integer]) -> NDArray[np.int32]:
    parts = np.zeros(clusters.shape, np.int32)
    found = 0
    for label in np.unique(clusters):
        mask = (clusters == label).astype(np.uint8)
        count, here = cv2.connectedComponents(mask, connectivity=4)
        parts[here > 0] = here[here > 0] + (found - 1)
        found += count - 1
    return parts


def _neighbours(parts: NDArray[np.int32], count: int) -> list[set[int]]:
    across = np.stack([parts[:, :-1].ravel(), parts[:, 1:].ravel()], axis=1)
    down = np.stack([parts[:-1].ravel(), parts[1:].ravel()], axis=1)
    pairs = np.concatenate([across, down])
    pairs = np.unique(pairs[pairs[:, 0] != pairs[:, 1]], axis=0)
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for first, second in pairs.tolist():
        neighbours[first].add(second)
        neighbours[second].add(first)
    return neighbours


def _root(joined: NDArray[np.intp], part: int) -> int:
    while joined[part] != part:
        part = int(joined[part])
    return int(part)
