"""What the panels say about photos and boxes, in the words a person reads and a screen reader speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

from app.texts import tr
from engine.dataset.project_records import BoxRow, BoxState, PhotoRow, PhotoState

PHOTO_STATE_ICONS = {
    PhotoState.NEW: "state-new",
    PhotoState.PROPOSED: "state-review",
    PhotoState.REVIEWED: "state-done",
    PhotoState.SKIPPED: "state-skip",
    PhotoState.FAILED: "state-failed",
}


def photo_state(state: PhotoState) -> str:
    """A photo's state in a word or two."""
    return {
        PhotoState.NEW: tr("new"),
        PhotoState.PROPOSED: tr("to review"),
        PhotoState.REVIEWED: tr("reviewed"),
        PhotoState.SKIPPED: tr("skipped"),
        PhotoState.FAILED: tr("failed"),
    }[state]


def filter_title(state: PhotoState | None) -> str:
    """What a filter by state shows; None is all photos."""
    if state is None:
        return tr("All photos")
    words = photo_state(state)
    return words[:1].upper() + words[1:]


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
    return ("", tr("little need"), tr("some need"), tr("most in need"))[need_level(photo)]


def reason(photo: PhotoRow, boxes: Sequence[BoxRow]) -> str:
    """The second line of a photo's row: why it is shown early, or what became of it."""
    if photo.state is PhotoState.NEW:
        return tr("Waiting for its box")
    if photo.state is PhotoState.PROPOSED:
        return note_words(photo.note) or tr("Steady box")
    if photo.state is PhotoState.REVIEWED:
        return _answer(boxes)
    lead = tr("Skipped") if photo.state is PhotoState.SKIPPED else tr("Failed")
    if not photo.reason:
        return lead
    return f"{lead}, {photo.reason}" if photo.state is PhotoState.SKIPPED else photo.reason


def state_word(state: BoxState) -> str:
    """State of a box in a word."""
    return {
        BoxState.PROPOSED: tr("proposed"),
        BoxState.ACCEPTED: tr("accepted"),
        BoxState.EDITED: tr("edited"),
        BoxState.DRAWN: tr("drawn"),
        BoxState.REJECTED: tr("rejected"),
    }[state]


def box_state(box: BoxRow) -> str:
    """State of a box with its score, as in "proposed · score 0.94"."""
    state = state_word(box.state)
    if box.score is None or box.state in (BoxState.DRAWN, BoxState.REJECTED):
        return state
    return tr("{state} · score {score:.2f}", state=state, score=box.score)


def note_words(note: str) -> str:
    """The stored reason for a photo's need, in the language of the window; words of another kind stay as they are."""
    figure = re.fullmatch(r"(?P<words>.+?) at (?P<at>[01]\.\d\d)", note)
    if figure is not None and figure["words"] == "Box jumps":
        return tr("Box jumps at {at}", at=figure["at"])
    if figure is not None and figure["words"] == "Too small to box":
        return tr("Too small to box at {at}", at=figure["at"])
    known = {
        "Steady box": tr("Steady box"),
        "Scales disagree": tr("Scales disagree"),
        "Class in doubt": tr("Class in doubt"),
    }
    return known.get(note, note)


def _answer(boxes: Sequence[BoxRow]) -> str:
    states = {box.state for box in boxes if box.state is not BoxState.REJECTED}
    if not states:
        return tr("No box here")
    if BoxState.EDITED in states:
        return tr("Accepted after edit")
    return tr("Drawn by hand") if states == {BoxState.DRAWN} else tr("Accepted")
