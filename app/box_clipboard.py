"""Boxes carried from one place to another: copied and pasted, doubled, taken over from the photo before, snapped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.session_types import Message
from app.texts import tr, tr_count
from engine.dataset.project_records import BoxRow
from engine.geometry import Box, iou

if TYPE_CHECKING:
    from app.session import Session

_OFFSET_SHARE = 0.02
_ALL_COMPONENTS = 50


@dataclass(frozen=True, slots=True)
class CarriedBox:
    """A box away from its photo, in the pixels of a photo of `width` x `height`."""

    box: Box
    class_id: int
    width: int
    height: int

    def on(self, width: int, height: int) -> Box:
        """The box where it lies on a photo of another size: the same share of both sides."""
        if (self.width, self.height) == (width, height) or not self.width or not self.height:
            return self.box
        across, down = width / self.width, height / self.height
        return Box(self.box.x0 * across, self.box.y0 * down, self.box.x1 * across, self.box.y1 * down)


class BoxClipboard:
    """What hands carry. Boxes put down are drawn ones: a person has placed them."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._carried: tuple[CarriedBox, ...] = ()
        self._last: tuple[CarriedBox, ...] = ()
        self._shown_id = -1
        session.current_changed.connect(self._follow_photo)
        session.boxes_changed.connect(self._follow_boxes)
        session.project_closed.connect(self._forget)
        self._shown: tuple[CarriedBox, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self._carried

    def copy(self) -> None:
        """Takes up the selected box, or every box that counts where none is selected."""
        selected = self._session.selected
        rows = [selected] if selected is not None else [row for row in self._session.boxes if row.state.counts]
        if rows:
            self._carried = self._taken_up(rows)

    def paste(self) -> None:
        """Puts down what was copied; a box that would lie on its own copy is moved aside."""
        self._put_down(self._carried, tr_count("Paste {count} box", "Paste {count} boxes", len(self._carried)))

    def duplicate(self) -> None:
        """Puts a second box beside the selected one."""
        if self._session.selected is not None:
            self._put_down(self._taken_up([self._session.selected]), tr("Duplicate box"))

    def keep_last(self) -> None:
        """Puts the boxes of the photo shown before this one on this one."""
        if not self._last:
            nothing = tr("The photo shown before this one has no box that counts.")
            self._tell(tr("Nothing to keep"), nothing)
            return
        self._put_down(self._last, tr("Keep last boxes"), aside=False)

    def snap(self) -> None:
        """Puts the selected box round the part of the heat map that it covers best, or else lies nearest to."""
        selected, heat_map = self._session.selected, self._session.heat_map
        if selected is None:
            return
        if heat_map is None:
            self._tell(tr("Nothing to snap to"), tr("The map of this photo is not there yet."))
            return
        rule = replace(heat_map.rule, max_boxes=_ALL_COMPONENTS, min_area=0.0, min_share=0.0, nms_iou=1.0)
        found = [each.box for each in heat_map.boxes(self._session.threshold, rule)]
        if found:
            best = max(found, key=lambda box: (iou(box, selected.box), -_distance(box, selected.box)))
            self._session.move_or_resize(selected.id, best)
        else:
            nowhere = tr("The map is nowhere above {threshold:.2f}.", threshold=self._session.threshold)
            self._tell(tr("Nothing to snap to"), nowhere)

    def _tell(self, title: str, text: str) -> None:
        self._session.message.emit(Message("info", title, text))

    def _taken_up(self, rows: Iterable[BoxRow]) -> tuple[CarriedBox, ...]:
        current = self._session.current
        width, height = (current.width, current.height) if current is not None else (0, 0)
        return tuple(CarriedBox(row.box, row.class_id, width, height) for row in rows)

    def _put_down(self, carried: tuple[CarriedBox, ...], text: str, *, aside: bool = True) -> None:
        current = self._session.current
        if current is None or not carried or not current.width or not current.height:
            return
        taken = [row.box for row in self._session.boxes if row.state.counts or row == self._session.selected]
        known = {row.id for row in self._session.classes}
        boxes: list[tuple[Box, int]] = []
        for each in carried:
            box = each.on(current.width, current.height)
            step = _OFFSET_SHARE * max(current.width, current.height)
            while aside and box in taken and box.x0 + step < current.width and box.y0 + step < current.height:
                box = box.moved(step, step)
            clipped = box.clipped(current.width, current.height)
            if clipped is not None and each.class_id in known:
                boxes.append((clipped, each.class_id))
                taken.append(clipped)
        self._session.add_boxes(text, boxes)

    def _follow_photo(self, photo_id: int) -> None:
        if photo_id != self._shown_id:
            self._last, self._shown, self._shown_id = self._shown or self._last, (), photo_id
        self._follow_boxes()

    def _follow_boxes(self) -> None:
        if self._session.current is not None and self._session.current.id == self._shown_id:
            self._shown = self._taken_up(row for row in self._session.boxes if row.state.counts)

    def _forget(self) -> None:
        self._last = self._shown = self._carried = ()
        self._shown_id = -1


def _distance(a: Box, b: Box) -> float:
    across = (a.x0 + a.x1) - (b.x0 + b.x1)
    down = (a.y0 + a.y1) - (b.y0 + b.y1)
    return across * across + down * down
