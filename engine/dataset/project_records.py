"""Rows of the project as frozen records: what the window shows and what one undo step swaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from engine.geometry import Box


class PhotoState(StrEnum):
    """`new` -> `proposed` -> `reviewed`; or `skipped`; or `failed` with a reason."""

    NEW = "new"
    PROPOSED = "proposed"
    REVIEWED = "reviewed"
    SKIPPED = "skipped"
    FAILED = "failed"


class BoxState(StrEnum):
    """What became of a box; all but `proposed` are a person's decision."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    EDITED = "edited"
    DRAWN = "drawn"
    REJECTED = "rejected"

    @property
    def decided(self) -> bool:
        return self is not BoxState.PROPOSED

    @property
    def counts(self) -> bool:
        """Whether the box is part of the truth: it is exported, and shown as an answer."""
        return self in (BoxState.ACCEPTED, BoxState.EDITED, BoxState.DRAWN)


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """A photo that a scan found: path relative to the project's folder, with forward slashes."""

    path: str
    size_bytes: int
    mtime_ns: int


@dataclass(frozen=True, slots=True)
class PhotoRow:
    """A photo as the list shows it.

    Attributes:
        path: relative to the project's folder, with forward slashes.
        width: upright, in pixels; 0 until the header has been read.
        height: likewise.
        reason: why the photo failed or was skipped, as one sentence.
        label_class_id: the class given to the photo as a whole; the person's word before a table's before a folder's.
        need: how much the photo needs a person's look, in [0, 1].
        note: the reason for `need` in a few words.
    """

    id: int
    path: str
    width: int
    height: int
    state: PhotoState
    reason: str | None
    size_bytes: int
    mtime_ns: int
    label_class_id: int | None
    need: float
    note: str


@dataclass(frozen=True, slots=True)
class BoxFacts:
    """A photo's boxes in short.

    Attributes:
        count: boxes that nobody has rejected.
        least_score: of the undecided boxes, in [0, 1]; None where there is none.
        class_ids: classes of the boxes that nobody has rejected.
    """

    count: int = 0
    least_score: float | None = None
    class_ids: frozenset[int] = frozenset()

    @classmethod
    def of(cls, boxes: Iterable[BoxRow]) -> BoxFacts:
        """The facts of a photo's boxes."""
        rows = [row for row in boxes if row.state is not BoxState.REJECTED]
        scores = [row.score for row in rows if row.state is BoxState.PROPOSED and row.score is not None]
        return cls(len(rows), min(scores, default=None), frozenset(row.class_id for row in rows))


@dataclass(frozen=True, slots=True)
class ClassRow:
    """A class; its id is never given to another class.

    Attributes:
        key: the digit that chooses it, one of 1 to 9 and 0, or None.
        colour_index: place in the palette of class colours.
    """

    id: int
    name: str
    key: str | None
    colour_index: int


@dataclass(frozen=True, slots=True)
class ClassUse:
    """Where a class is used.

    Attributes:
        box_count: boxes that nobody has rejected.
        rejected_count: boxes that somebody has.
        photo_count: photos that carry it as a label of the whole photo.
    """

    box_count: int = 0
    rejected_count: int = 0
    photo_count: int = 0

    @property
    def is_used(self) -> bool:
        return bool(self.box_count or self.rejected_count or self.photo_count)


@dataclass(frozen=True, slots=True)
class GoneClass:
    """A class that was taken out of the project, with all that it takes to bring it back.

    Attributes:
        row: the class as it was.
        number: its number in exported files where that was not its id.
        into_id: the class that its boxes and labels went to; None where it had neither.
        box_ids: boxes that went there.
        labels: `(photo id, source, whether the photo had the other label too)` of the labels that went there.
        photo_ids: photos of these boxes and labels.
        is_out: False where only some of its boxes and labels went, so that the class is still there.
    """

    row: ClassRow
    number: int | None = None
    into_id: int | None = None
    box_ids: tuple[int, ...] = ()
    labels: tuple[tuple[int, str, bool], ...] = ()
    photo_ids: tuple[int, ...] = ()
    is_out: bool = True


@dataclass(frozen=True, slots=True)
class BoxRow:
    """A box with where it came from.

    Attributes:
        id: 0 while not stored yet; never given to another box.
        box: upright photo frame.
        score: of the proposal, in [0, 1]; None where drawn by hand.
        threshold: at which the proposal was made, in [0, 1].
        model_id: of the model that proposed it.
        proposed: the box as first proposed, kept when a person edits it.
        difficult: flag of VOC files, kept from an import to the next export.
        truncated: likewise.
    """

    id: int
    class_id: int
    box: Box
    state: BoxState
    score: float | None = None
    threshold: float | None = None
    model_id: int | None = None
    proposed: Box | None = None
    difficult: bool = False
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class PhotoContent:
    """A photo's state and all its boxes: the unit that is saved at once and that one undo step swaps."""

    photo_id: int
    state: PhotoState
    boxes: tuple[BoxRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposals:
    """What a look at one photo proposes; `need` in [0, 1] and `note` as in `PhotoRow`."""

    photo_id: int
    boxes: tuple[BoxRow, ...]
    need: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One line of the project's history.

    Attributes:
        at_s: seconds since 1970, UTC.
        kind: the act's name, as given by the caller.
        payload: what changed, as plain JSON values; removed boxes are kept here whole.
    """

    id: int
    at_s: float
    photo_id: int | None
    kind: str
    payload: dict[str, object]
