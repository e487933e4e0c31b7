"""What the canvas says in words: to a screen reader, and in its small bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.panels.words import state_word
from app.texts import tr, tr_count
from engine.dataset.project_records import BoxState, ClassRow
from engine.geometry import Box

if TYPE_CHECKING:
    from app.session import Session


def class_name(classes: tuple[ClassRow, ...], class_id: int | None) -> str:
    """The class's name, empty where there is none of that id."""
    return next((row.name for row in classes if row.id == class_id), "")


def describe_box(session: Session) -> str:
    """The selected box as a sentence part, such as "motorcycle, proposed, 0.94, box 1 of 2"."""
    current, selected = session.current, session.selected
    if current is None:
        return ""
    boxes = [row for row in session.boxes if row.state is not BoxState.REJECTED]
    if selected is None:
        return tr_count("{count} box", "{count} boxes", len(boxes))
    parts = [class_name(session.classes, selected.class_id), state_word(selected.state)]
    if selected.score is not None:
        parts.append(f"{selected.score:.2f}")
    order = [row.id for row in boxes]
    if selected.id in order:
        parts.append(tr("box {place} of {total}", place=order.index(selected.id) + 1, total=len(order)))
    return ", ".join(part for part in parts if part)


def box_size(box: Box) -> str:
    """Width and height in photo pixels, such as "446 × 287 px"."""
    return f"{round(box.width):,} × {round(box.height):,} px"


def share(area: float) -> str:
    """An area fraction as a per cent figure: "0.4 %", "63 %"."""
    percent = area * 100
    return f"{percent:.1f} %" if percent < 10 and round(percent, 1) != round(percent) else f"{percent:.0f} %"
