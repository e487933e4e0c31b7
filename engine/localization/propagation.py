"""Feature-affinity propagation: a score map spreads over the cells of the photo that look like its peak.

A random walk over the grid, whose steps go to cells with similar features; what a class activation map found on a
striking part reaches the rest of the object, and stops where the features change. Source: the idea is that of
MCTformer and SCM (affinity of tokens), on convolutional features; settings measured in docs/results.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_SHORT = 1e-12


@dataclass(frozen=True, slots=True)
class Propagation:
    """power: exponent >= 1 of the cosine similarity; the higher, the pickier. steps: of the walk, >= 1."""

    power: int
    steps: int


def transition(features: NDArray[np.float32], power: int) -> NDArray[np.float32]:
    """Where a step of the walk goes from each cell.

    Args:
        features: (E, h, w) float32; their mean over the photo is taken off, so that similarity tells cells apart.
        power: see `Propagation`.

    Returns:
        (h*w, h*w) float32, rows add up to 1: max(0, cosine similarity)^power, normalised. A cell without features of
        its own keeps to itself.
    """
    cells = features.reshape(len(features), -1).T  # (n, E)
    centred = cells - cells.mean(axis=0)
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    unit = centred / np.maximum(lengths, _SHORT)  # (n, E)
    affinity = np.maximum(unit @ unit.T, 0.0)  # (n, n)
    np.fill_diagonal(affinity, 1.0)
    affinity = _to_power(affinity, power)
    return affinity / affinity.sum(axis=1, keepdims=True)


def propagate(values: NDArray[np.float32], step: NDArray[np.float32], steps: int) -> NDArray[np.float32]:
    """Walks `steps` steps: each cell takes the mean of the cells that it goes to.

    Args:
        values: (h, w) float32 score map.
        step: (h*w, h*w) of `transition`.
        steps: see `Propagation`.

    Returns:
        (h, w) float32 within the range of `values`.
    """
    walked = values.reshape(-1)
    for _ in range(steps):
        walked = step @ walked
    return np.asarray(walked.reshape(values.shape), dtype=np.float32)


def _to_power(values: NDArray[np.float32], power: int) -> NDArray[np.float32]:
    """Whole powers by squaring, several times as fast as a float power on maps of this size."""
    if power == 1:
        return values
    half = _to_power(values, power // 2)
    return half * half * values if power % 2 else half * half
