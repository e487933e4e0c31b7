"""What the pointer means on the canvas: what lies under it, and what a press, a drag and a release make of it.

Nothing here knows Qt. Points are x, y in photo pixels; `pixel` is the size of one screen pixel in photo pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.canvas.editing import Handle, PhotoSize, drawn, moved, resized
from engine.geometry import Box

HANDLE_HIT_PX = 14.0
EDGE_HIT_PX = 5.0
# A press that moves less than this stays a click.
DRAG_STARTS_PX = 3.0

Point = tuple[float, float]


class Tool(StrEnum):
    SELECT = "select"
    DRAW = "draw"
    HAND = "hand"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A box that can be hit."""

    id: int
    box: Box


@dataclass(frozen=True, slots=True)
class Target:
    """What lies under the pointer: a box, and the handle of it where one is hit."""

    box_id: int
    box: Box
    handle: Handle | None = None


def find_target(point: Point, boxes: Sequence[Candidate], selected_id: int, pixel: float) -> Target | None:
    """What a press at `point` takes hold of, or None on the bare photo.

    In this order: a handle of the selected box, the nearest edge of any box within 5 screen pixels (the selected
    box's first), the smallest box that the point lies in.
    """
    selected = next((each for each in boxes if each.id == selected_id), None)
    if selected is not None:
        handle = _handle_at(point, selected.box, HANDLE_HIT_PX / 2 * pixel)
        if handle is not None:
            return Target(selected.id, selected.box, handle)
    found = boxes_at(point, boxes, selected_id, pixel)
    return Target(found[0].id, found[0].box) if found else None


def boxes_at(point: Point, boxes: Sequence[Candidate], selected_id: int, pixel: float) -> list[Candidate]:
    """All boxes that a press at `point` could mean, the likeliest first; empty on the bare photo.

    Those whose edge is within 5 screen pixels come first (the selected box before the others, then the nearest), then
    those the point lies in, the smallest first.
    """
    x, y = point

    def order(each: Candidate) -> tuple[bool, bool, float, float]:
        away = _edge_distance(point, each.box)
        near = away <= EDGE_HIT_PX * pixel
        return (not near, each.id != selected_id if near else True, away if near else 0.0, each.box.area)

    hit = [
        each
        for each in boxes
        if _edge_distance(point, each.box) <= EDGE_HIT_PX * pixel
        or (each.box.x0 <= x < each.box.x1 and each.box.y0 <= y < each.box.y1)
    ]
    return sorted(hit, key=order)


def _handle_at(point: Point, box: Box, reach: float) -> Handle | None:
    """The nearest handle whose square of 2 x `reach` holds the point; a corner wins where two overlap."""
    best: tuple[bool, float, Handle] | None = None
    for handle in Handle:
        x, y = handle.place(box)
        dx, dy = abs(point[0] - x), abs(point[1] - y)
        if dx > reach or dy > reach:
            continue
        entry = (not handle.is_corner, dx * dx + dy * dy, handle)
        if best is None or entry[:2] < best[:2]:
            best = entry
    return best[2] if best else None


def _edge_distance(point: Point, box: Box) -> float:
    """Distance from the point to the box's outline."""
    x, y = point
    outside_x = max(box.x0 - x, 0.0, x - box.x1)
    outside_y = max(box.y0 - y, 0.0, y - box.y1)
    if outside_x or outside_y:
        return (outside_x**2 + outside_y**2) ** 0.5
    return min(x - box.x0, box.x1 - x, y - box.y0, box.y1 - y)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A box is being drawn from `start` to `now`."""

    start: Point
    now: Point

    def box(self, photo: PhotoSize) -> Box | None:
        return drawn(self.start, self.now, photo)


@dataclass(frozen=True, slots=True)
class Editing:
    """A box is held: by a handle, or as a whole where `handle` is None."""

    target: Target
    start: Point
    now: Point
    pixel: float
    begun: bool = False

    def box(self, photo: PhotoSize) -> Box:
        dx, dy = self.now[0] - self.start[0], self.now[1] - self.start[1]
        if not self.begun:
            return self.target.box
        if self.target.handle is None:
            return moved(self.target.box, dx, dy, photo)
        return resized(self.target.box, self.target.handle, dx, dy, photo)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished gesture asks for: a drawn box, or a new place for the box `box_id`."""

    box: Box
    box_id: int | None = None


class Hands:
    """The state of one pair of hands: a tool, and the gesture under way, if any."""

    def __init__(self) -> None:
        self.tool = Tool.SELECT
        self.gesture: Drawing | Editing | None = None

    @property
    def busy(self) -> bool:
        """Whether a box is visibly being changed now."""
        return isinstance(self.gesture, Drawing) or (self.gesture is not None and self.gesture.begun)

    def press(self, point: Point, target: Target | None, photo: PhotoSize, pixel: float) -> None:
        """Begins a gesture with the tool in hand; the hand tool and a press on the bare photo begin none."""
        if self.tool is Tool.DRAW:
            held = photo.hold(*point)
            self.gesture = Drawing(held, held)
        elif self.tool is Tool.SELECT and target is not None:
            self.gesture = Editing(target, point, point, pixel)

    def drag(self, point: Point, photo: PhotoSize) -> Box | None:
        """Follows the pointer; the box as it would be now, None where there is none to show."""
        if isinstance(self.gesture, Drawing):
            self.gesture = replace(self.gesture, now=photo.hold(*point))
            return self.gesture.box(photo)
        if isinstance(self.gesture, Editing):
            start, reach = self.gesture.start, DRAG_STARTS_PX * self.gesture.pixel
            far = max(abs(point[0] - start[0]), abs(point[1] - start[1])) >= reach
            self.gesture = replace(self.gesture, now=point, begun=self.gesture.begun or far)
            return self.gesture.box(photo)
        return None

    def release(self, photo: PhotoSize) -> Outcome | None:
        """Ends the gesture; None where it came to nothing, such as a click."""
        gesture, self.gesture = self.gesture, None
        if isinstance(gesture, Drawing):
            box = gesture.box(photo)
            return Outcome(box) if box is not None else None
        if isinstance(gesture, Editing) and gesture.begun:
            box = gesture.box(photo)
            return Outcome(box, gesture.target.box_id) if box != gesture.target.box else None
        return None

    def step_back(self) -> bool:
        """Gives up the gesture, else puts the tool away; False where there was neither to give up."""
        if self.gesture is not None:
            self.gesture = None
            return True
        if self.tool is not Tool.SELECT:
            self.tool = Tool.SELECT
            return True
        return False


def next_box(boxes: Sequence[Candidate], selected_id: int, step: int) -> int:
    """The box that Tab goes to, in reading order round and round; -1 where there are none.

    Args:
        boxes: those in sight.
        selected_id: the box selected now, -1 for none.
        step: 1 for the next one, -1 for the one before.
    """
    order = [each.id for each in sorted(boxes, key=lambda each: (each.box.y0, each.box.x0, each.id))]
    if not order:
        return -1
    if selected_id not in order:
        return order[0] if step > 0 else order[-1]
    return order[(order.index(selected_id) + step) % len(order)]
