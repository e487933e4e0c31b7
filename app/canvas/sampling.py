"""Samples a grid that covers the whole photo at the pixels of the screen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ScreenView:
    """Where the photo lies on the screen, in device pixels.

    Photo point (x, y) lies at (zoom * x + dx, zoom * y + dy) of a screen of `width` x `height`.
    """

    zoom: float
    dx: float
    dy: float
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A part of a screen: `pixels` (h, w) or (h, w, channels), its corner at device pixel (left, top)."""

    left: int
    top: int
    pixels: NDArray


def sample(
    grid: NDArray, photo_width: int, photo_height: int, view: ScreenView, *, smooth: bool = True
) -> Rendering | None:
    """Draws the part of the photo that is in sight; None where nothing is.

    Args:
        grid: (h, w) or (h, w, channels), uint8 or float32, covers the photo edge to edge. It should have at most
            about twice the screen's resolution, else it flickers.
        photo_width: width of the upright photo in pixels.
        photo_height: height of the upright photo in pixels.
        view: where the photo lies.
        smooth: bilinear between the centres of the grid's cells; else the nearest cell.
    """
    left, right = max(0, round(view.dx)), min(view.width, round(view.dx + view.zoom * photo_width))
    top, bottom = max(0, round(view.dy)), min(view.height, round(view.dy + view.zoom * photo_height))
    if left >= right or top >= bottom:
        return None
    columns = _span(left, right, view.dx, grid.shape[1] / photo_width / view.zoom, grid.shape[1])
    rows = _span(top, bottom, view.dy, grid.shape[0] / photo_height / view.zoom, grid.shape[0])
    matrix = np.array([[columns.step, 0.0, columns.offset], [0.0, rows.step, rows.offset]])
    pixels = cv2.warpAffine(
        grid[rows.start : rows.stop, columns.start : columns.stop],
        matrix,
        (right - left, bottom - top),
        flags=(cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST) | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return Rendering(left, top, np.asarray(pixels))


@dataclass(frozen=True, slots=True)
class _Span:
    """Cells `start` to `stop` along one axis; device pixel i of the part samples cell `start + step * i + offset`."""

    start: int
    stop: int
    step: float
    offset: float


def _span(first: int, last: int, shift: float, step: float, count: int) -> _Span:
    at_first = (first + 0.5 - shift) * step - 0.5
    at_last = at_first + (last - 1 - first) * step
    start = min(max(0, int(np.floor(at_first)) - 1), count - 1)
    stop = max(start + 1, min(count, int(np.ceil(at_last)) + 2))
    return _Span(start, stop, step, at_first - start)
