"""The line round the cells above the threshold, on the very grid from which the boxes are read.

A box is the tight rectangle round the cells of one component, its sides on cell edges. The line runs between a cell
above the threshold and its neighbour below it, at the height of the threshold on the way from the one cell's centre to
the other's. Where that neighbour lies beyond the box, the line is held on the cell edge, which is the box's side: so
the line never leaves the box, and touches each of its four sides.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.localization.boxes import mask_at

# The four corners of a square between four cell centres, in reading order, each with its bit.
_NW, _NE, _SW, _SE = 8, 4, 2, 1
_SIDES = ("north", "south", "west", "east")
# For each pattern of corners above the threshold: where the line enters the square and where it leaves it, with the
# cells above the threshold on its left. Diagonal cells belong together, as they do in the boxes' components.
_WAYS: dict[int, tuple[tuple[str, str], ...]] = {
    _NW: (("west", "north"),),
    _NE: (("north", "east"),),
    _SW: (("south", "west"),),
    _SE: (("east", "south"),),
    _NW | _NE: (("west", "east"),),
    _SW | _SE: (("east", "west"),),
    _NW | _SW: (("south", "north"),),
    _NE | _SE: (("north", "south"),),
    _NW | _SE: (("west", "south"), ("east", "north")),
    _NE | _SW: (("north", "west"), ("south", "east")),
    _NW | _NE | _SW: (("south", "east"),),
    _NW | _NE | _SE: (("west", "south"),),
    _NW | _SW | _SE: (("east", "north"),),
    _NE | _SW | _SE: (("north", "west"),),
}
# The same as numbers of sides, (2 ways, 16 patterns, in and out); -1 where there is no such way.
_WAY_SIDES = np.full((2, 16, 2), -1)
for _pattern, _ways in _WAYS.items():
    for _number, _way in enumerate(_ways):
        _WAY_SIDES[_number, _pattern] = [_SIDES.index(side) for side in _way]
# A crossing keeps this far from cell centres, so that neighbouring lines never meet in a point.
_LEAST = 0.02


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """All closed lines of one component, the outer one and those round its holes.

    Attributes:
        lines: each (n, 2) float64 of x, y in cells; the last point joins the first.
        columns: first and one past the last column of the component's cells.
        rows: likewise.
    """

    lines: tuple[NDArray[np.float64], ...]
    columns: tuple[int, int]
    rows: tuple[int, int]


def outlines(values: NDArray[np.float32], threshold: float) -> tuple[Outline, ...]:
    """The outlines of all 8-connected components of `values > threshold`.

    Args:
        values: (h, w) float32 map in [0, 1] that covers the whole photo.
        threshold: cut in [0, 1].
    """
    count, found_labels, found_stats, _ = cv2.connectedComponentsWithStats(
        mask_at(values, threshold).astype(np.uint8), connectivity=8
    )
    if count < 2:
        return ()
    stats = np.asarray(found_stats, dtype=np.int32)
    grid = _Crossings(values, np.asarray(found_labels, dtype=np.int32), stats, threshold)
    found: dict[int, list[NDArray[np.float64]]] = {}
    for cycle in grid.cycles():
        found.setdefault(int(grid.component[cycle[0]]), []).append(grid.points[cycle])
    return tuple(
        Outline(
            tuple(lines),
            _extent(stats[label], cv2.CC_STAT_LEFT, cv2.CC_STAT_WIDTH),
            _extent(stats[label], cv2.CC_STAT_TOP, cv2.CC_STAT_HEIGHT),
        )
        for label, lines in sorted(found.items())
    )


def _extent(component: NDArray[np.int32], first: int, length: int) -> tuple[int, int]:
    return int(component[first]), int(component[first] + component[length])


class _Crossings:
    """Every pair of neighbouring cells, one above and one below the threshold: where the line passes between them.

    Crossings are numbered: first the pairs side by side (rows x columns + 1), then the pairs one above the other.
    The grid is framed by one ring of cells that are below every threshold.
    """

    def __init__(
        self, values: NDArray[np.float32], labels: NDArray[np.int32], stats: NDArray[np.int32], threshold: float
    ) -> None:
        self._labels = np.pad(labels, 1)  # (h + 2, w + 2), 0 = below
        rows, columns = self._labels.shape
        self._across = rows * (columns - 1)
        framed = np.pad(values.astype(np.float64), 1, mode="edge")
        total = self._across + (rows - 1) * columns
        self.component = np.zeros(total, dtype=np.int32)
        self.points = np.zeros((total, 2))
        for axis, start in ((1, 0), (0, self._across)):
            self._place(axis, start, framed, stats, threshold)

    def _place(self, axis: int, start: int, framed: NDArray, stats: NDArray[np.int32], threshold: float) -> None:
        """Places the crossings between cells that are neighbours along `axis`."""
        low_labels, high_labels = _neighbours(self._labels, axis)
        low_values, high_values = _neighbours(framed, axis)
        crossed = (low_labels == 0) != (high_labels == 0)
        where = np.nonzero(crossed)
        component = np.maximum(low_labels[where], high_labels[where])
        rise = high_values[where] - low_values[where]
        # The frame repeats the outermost values, so the step may be flat there; such crossings are held below anyway.
        share = (threshold - low_values[where]) / np.where(rise == 0, 1.0, rise)
        share = np.clip(share, _LEAST, 1.0 - _LEAST)

        along = where[axis]  # the framed cell on the low side, whose far edge lies at this number in the unframed grid
        first = stats[component, cv2.CC_STAT_LEFT if axis else cv2.CC_STAT_TOP]
        last = first + stats[component, cv2.CC_STAT_WIDTH if axis else cv2.CC_STAT_HEIGHT]
        held = (along == first) & (low_labels[where] == 0) | (along == last) & (high_labels[where] == 0)
        position = along - 0.5 + np.where(held, 0.5, share)

        index = start + np.flatnonzero(crossed)
        self.component[index] = component
        self.points[index, 1 - axis] = position
        self.points[index, axis] = where[1 - axis] - 0.5

    def cycles(self) -> list[list[int]]:
        """The crossings in the order in which each closed line passes them."""
        inside = (self._labels > 0).astype(np.uint8)
        pattern = inside[:-1, :-1] * _NW + inside[:-1, 1:] * _NE + inside[1:, :-1] * _SW + inside[1:, 1:] * _SE
        down, right = np.nonzero((pattern > 0) & (pattern < _NW + _NE + _SW + _SE))
        kinds = pattern[down, right]
        columns = self._labels.shape[1]
        beside, above = down * (columns - 1) + right, self._across + down * columns + right
        sides = np.stack([beside, beside + columns - 1, above, above + 1])  # in the order of _SIDES
        follower: dict[int, int] = {}
        for ways in _WAY_SIDES:
            enters, leaves = ways[kinds].T
            taken = np.flatnonzero(enters >= 0)
            ins, outs = sides[enters[taken], taken], sides[leaves[taken], taken]
            follower.update(zip(ins.tolist(), outs.tolist(), strict=True))
        found: list[list[int]] = []
        while follower:
            begin, after = follower.popitem()
            cycle = [begin]
            while after != begin:
                cycle.append(after)
                after = follower.pop(after)
            found.append(cycle)
        return found


def _neighbours(grid: NDArray, axis: int) -> tuple[NDArray, NDArray]:
    """Each cell and the next one along `axis`."""
    return (grid[:, :-1], grid[:, 1:]) if axis else (grid[:-1], grid[1:])
