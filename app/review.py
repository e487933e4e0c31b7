"""What each decision makes of a photo's content. Pure: content in, content out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoState
from engine.geometry import Box


def accepted(content: PhotoContent, box_id: int) -> PhotoContent:
    """The box is right as it stands."""
    return _settled(_with(content, box_id, state=BoxState.ACCEPTED))


def rejected(content: PhotoContent, box_id: int) -> PhotoContent:
    """There is no such object here."""
    return _settled(_with(content, box_id, state=BoxState.REJECTED))


def deleted(content: PhotoContent, box_id: int) -> PhotoContent:
    """The box is taken out; a photo whose last open box goes is reviewed."""
    return _settled(replace(content, boxes=tuple(row for row in content.boxes if row.id != box_id)))


def drawn(content: PhotoContent, box: Box, class_id: int) -> PhotoContent:
    """A new box by hand; its id is 0 until it is stored."""
    row = BoxRow(id=0, class_id=class_id, box=box, state=BoxState.DRAWN)
    return _settled(replace(content, boxes=(*content.boxes, row)))


def drawn_many(content: PhotoContent, boxes: Iterable[tuple[Box, int]]) -> PhotoContent:
    """More boxes by hand, each with its class."""
    for box, class_id in boxes:
        content = drawn(content, box, class_id)
    return content


def reshaped(content: PhotoContent, box_id: int, box: Box) -> PhotoContent:
    """A box moved or resized by hand is edited; a drawn one stays drawn."""
    before = box_of(content, box_id)
    state = BoxState.DRAWN if before.state is BoxState.DRAWN else BoxState.EDITED
    return _settled(_with(content, box_id, box=box, state=state))


def reclassed(content: PhotoContent, box_id: int, class_id: int) -> PhotoContent:
    """The same box under another class."""
    return _with(content, box_id, class_id=class_id)


def all_accepted(content: PhotoContent) -> PhotoContent:
    """All undecided boxes are right as shown."""
    for row in content.boxes:
        if row.state is BoxState.PROPOSED:
            content = accepted(content, row.id)
    return content


def done(content: PhotoContent) -> PhotoContent:
    """The photo is done: what is shown and undecided is right."""
    boxes = tuple(
        replace(row, state=BoxState.ACCEPTED) if row.state is BoxState.PROPOSED else row for row in content.boxes
    )
    return replace(content, boxes=boxes, state=PhotoState.REVIEWED)


def all_rejected(content: PhotoContent) -> PhotoContent:
    """Nothing undecided here is right."""
    boxes = tuple(
        replace(row, state=BoxState.REJECTED) if row.state is BoxState.PROPOSED else row for row in content.boxes
    )
    return replace(content, boxes=boxes, state=PhotoState.REVIEWED)


def reopened(content: PhotoContent) -> PhotoContent:
    """The photo is to be reviewed again: boxes decided as they were proposed are undecided, hand work stays."""
    if content.state not in (PhotoState.REVIEWED, PhotoState.SKIPPED):
        return content
    boxes = tuple(
        replace(row, state=BoxState.PROPOSED)
        if row.state in (BoxState.ACCEPTED, BoxState.REJECTED) and row.proposed is not None
        else row
        for row in content.boxes
    )
    return replace(content, boxes=boxes, state=PhotoState.PROPOSED if boxes else PhotoState.NEW)


def skipped(content: PhotoContent) -> PhotoContent:
    return replace(content, state=PhotoState.SKIPPED)


def box_of(content: PhotoContent, box_id: int) -> BoxRow:
    """The row of a box.

    Raises:
        KeyError: the photo has no such box.
    """
    for row in content.boxes:
        if row.id == box_id:
            return row
    raise KeyError(box_id)


def next_open(content: PhotoContent, after_id: int | None = None) -> int:
    """Id of the next undecided box behind `after_id` (wrapping round), -1 where all are decided."""
    ids = [row.id for row in content.boxes]
    start = ids.index(after_id) + 1 if after_id in ids else 0
    turned = (*content.boxes[start:], *content.boxes[:start])
    return next((row.id for row in turned if not row.state.decided), -1)


def _with(content: PhotoContent, box_id: int, **changes: object) -> PhotoContent:
    box_of(content, box_id)
    boxes = tuple(replace(row, **changes) if row.id == box_id else row for row in content.boxes)
    return replace(content, boxes=boxes)


def _settled(content: PhotoContent) -> PhotoContent:
    """A photo without an open box is reviewed; with one it is to be reviewed."""
    open_boxes = any(not row.state.decided for row in content.boxes)
    return replace(content, state=PhotoState.PROPOSED if open_boxes else PhotoState.REVIEWED)
