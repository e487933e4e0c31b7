"""Clicks on boxes that lie over each other: another click in the same place goes one box further down."""

from __future__ import annotations

from collections.abc import Sequence

from app.canvas.tools import DRAG_STARTS_PX, Candidate, Point, Target, boxes_at


class Clicks:
    """Remembers where the last press was, in photo pixels."""

    def __init__(self) -> None:
        self._place: Point | None = None
        self._next_id = -1

    def press(
        self, point: Point, target: Target | None, boxes: Sequence[Candidate], selected_id: int, pixel: float
    ) -> Target | None:
        """What a press takes hold of: in the place of the last one the selected box, so that it can be dragged.

        Args:
            point: x, y in photo pixels.
            target: what a first press there takes.
            boxes: those that can be hit.
            selected_id: the box selected now, -1 for none.
            pixel: size of one screen pixel in photo pixels.
        """
        stack = boxes_at(point, boxes, -1, pixel)
        ids = [each.id for each in stack]
        again = self._place is not None and _apart(point, self._place) < DRAG_STARTS_PX * pixel
        self._place, self._next_id = point, -1
        if not again or selected_id not in ids:
            return target
        at = ids.index(selected_id)
        self._next_id = ids[(at + 1) % len(ids)]
        held_by_handle = target is not None and target.box_id == selected_id and target.handle is not None
        return target if held_by_handle else Target(selected_id, stack[at].box)

    def released(self) -> int:
        """The box that a press which stayed a click selects now; -1: none but the one it took."""
        next_id, self._next_id = self._next_id, -1
        return next_id

    def forget(self) -> None:
        """The next click is a first one: another photo is there."""
        self._place, self._next_id = None, -1


def _apart(a: Point, b: Point) -> float:
    return max(abs(a[0] - b[0]), abs(a[1] - b[1]))
