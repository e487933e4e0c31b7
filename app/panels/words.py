"""What the panels say about photos and boxes, in the words a person reads and a screen reader speaks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from engine.dataset.project_records import BoxRow, BoxState, PhotoRow, PhotoState

PHOTO_STATES = {
    PhotoState.NEW: "new",
    PhotoState.PROPOSED: "to review",
    PhotoState.REVIEWED: "reviewed",
    PhotoState.SKIPPED: "skipped",
    PhotoState.FAILED: "failed",
}

PHOTO_STATE_ICONS = {
    PhotoState.NEW: "state-new",
    PhotoState.PROPOSED: "state-review",
    PhotoState.REVIEWED: "state-done",
    PhotoState.SKIPPED: "state-skip",
    PhotoState.FAILED: "state-failed",
}

_NEEDS = ("little need", "some need", "most in need")


def photo_name(photo: PhotoRow, *, with_suffix: bool = True) -> str:
    """The file's name without its folders."""
    path = PurePosixPath(photo.path)
    return path.name if with_suffix else path.stem


def need_level(photo: PhotoRow) -> int:
    """Bars of the need gauge: 1 to 3 while a box waits for its answer, else 0 (no gauge)."""
    if photo.state is not PhotoState.PROPOSED:
        return 0
    return 1 + min(2, int(photo.need * 3))


def need_words(photo: PhotoRow) -> str:
    level = need_level(photo)
    return _NEEDS[level - 1] if level else ""


def reason(photo: PhotoRow, boxes: Sequence[BoxRow]) -> str:
    """The second line of a photo's row: why it is shown early, or what became of it."""
    if photo.state is PhotoState.NEW:
        return "Waiting for its box"
    if photo.state is PhotoState.PROPOSED:
        return photo.note or "Steady box"
    if photo.state is PhotoState.REVIEWED:
        return _answer(boxes)
    lead = "Skipped" if photo.state is PhotoState.SKIPPED else "Failed"
    if not photo.reason:
        return lead
    return f"{lead}, {photo.reason}" if photo.state is PhotoState.SKIPPED else photo.reason


def box_state(box: BoxRow) -> str:
    """State of a box with its score, as in "proposed · score 0.94"."""
    if box.score is None or box.state in (BoxState.DRAWN, BoxState.REJECTED):
        return str(box.state)
    return f"{box.state} · score {box.score:.2f}"


def _answer(boxes: Sequence[BoxRow]) -> str:
    states = {box.state for box in boxes if box.state is not BoxState.REJECTED}
    if not states:
        return "No box here"
    if BoxState.EDITED in states:
        return "Accepted after edit"
    return "Drawn by hand" if states == {BoxState.DRAWN} else "Accepted"
