"""What hands do to a box, as pure geometry in the photo frame: draw, move, resize. Every answer lies in the photo."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from engine.geometry import Box

LEAST_SIDE_PX = 1.0


class Handle(Enum):
    """A grip on a box: the sides it moves, as (x, y) with -1 for the low side, 1 for the high side, 0 for none."""

    NORTH_WEST = (-1, -1)
    NORTH = (0, -1)
    NORTH_EAST = (1, -1)
    EAST = (1, 0)
    SOUTH_EAST = (1, 1)
    SOUTH = (0, 1)
    SOUTH_WEST = (-1, 1)
    WEST = (-1, 0)

    @property
    def is_corner(self) -> bool:
        return 0 not in self.value

    def place(self, box: Box) -> tuple[float, float]:
        """Where the handle sits on a box: x, y in the box's frame."""
        along_x, along_y = self.value
        return (
            (box.x0 + box.x1 + along_x * box.width) / 2,
            (box.y0 + box.y1 + along_y * box.height) / 2,
        )


@dataclass(frozen=True, slots=True)
class PhotoSize:
    """Upright size of a photo in pixels."""

    width: float
    height: float

    def hold(self, x: float, y: float) -> tuple[float, float]:
        """The nearest point of the photo."""
        return min(max(x, 0.0), self.width), min(max(y, 0.0), self.height)


def drawn(start: tuple[float, float], end: tuple[float, float], photo: PhotoSize) -> Box | None:
    """The box between two corners given in any order, cut at the photo; None where it has no area there."""
    x0, x1 = sorted((start[0], end[0]))
    y0, y1 = sorted((start[1], end[1]))
    if x1 - x0 < LEAST_SIDE_PX or y1 - y0 < LEAST_SIDE_PX:
        return None
    return Box(x0, y0, x1, y1).clipped(photo.width, photo.height)


def moved(box: Box, dx: float, dy: float, photo: PhotoSize) -> Box:
    """The box shifted as far as the photo allows, with its size kept."""
    dx = min(max(dx, -box.x0), max(photo.width - box.x1, -box.x0))
    dy = min(max(dy, -box.y0), max(photo.height - box.y1, -box.y0))
    return box.moved(dx, dy)


def resized(box: Box, handle: Handle, dx: float, dy: float, photo: PhotoSize) -> Box:
    """The box with the handle's sides shifted; a side stops at the photo's edge and one pixel before its opposite."""
    along_x, along_y = handle.value
    x0, x1 = _shift_side(box.x0, box.x1, along_x, dx, photo.width)
    y0, y1 = _shift_side(box.y0, box.y1, along_y, dy, photo.height)
    return Box(x0, y0, x1, y1)


def _shift_side(low: float, high: float, side: int, shift: float, limit: float) -> tuple[float, float]:
    if side < 0:
        return min(max(low + shift, 0.0), high - min(LEAST_SIDE_PX, high - low)), high
    if side > 0:
        return low, max(min(high + shift, limit), low + min(LEAST_SIDE_PX, high - low))
    return low, high
