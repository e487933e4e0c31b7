"""How far two clusterings of the same pixels agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def adjusted_rand_index(one: NDArray[np.integer], other: NDArray[np.integer]) -> float:
    """Share of pixel pairs on which two label maps agree, corrected for chance.

    Source: Hubert & Arabie, "Comparing partitions" (Journal of Classification 2, 1985).

    Args:
        one, other: labels of the same shape, numbered in any way.

    Returns:
        1 where both part the pixels alike, about 0 where one is random; at least -0.5.
    """
    if one.shape != other.shape:
        raise ValueError(f"labels of the shapes {one.shape} and {other.shape} cannot be compared")
    _, rows = np.unique(one, return_inverse=True)
    _, columns = np.unique(other, return_inverse=True)
    width = int(columns.max()) + 1
    table = np.bincount(rows.ravel() * width + columns.ravel()).astype(np.float64)
    both = _pairs(table)
    in_one = _pairs(np.bincount(rows.ravel()).astype(np.float64))
    in_other = _pairs(np.bincount(columns.ravel()).astype(np.float64))
    expected = in_one * in_other / max(1.0, _pairs(np.array([float(one.size)])))
    highest = (in_one + in_other) / 2
    return 1.0 if highest == expected else (both - expected) / (highest - expected)


def _pairs(counts: NDArray[np.float64]) -> float:
    return float(np.sum(counts * (counts - 1) / 2))
