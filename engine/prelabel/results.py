"""What a run found on one photo, as a line of JSON: small, and the same whichever machine or process found it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from engine.dataset.records import LabelledBox, LabelledPhoto
from engine.geometry import Box
from engine.prelabel.deciding import Outcome
from engine.prelabel.pipeline import Done

_FARTHEST_PX = 2**31

ScoredBox = tuple[float, float, float, float, float]
"""x0, y0, x1, y1 in pixels of the whole upright photo, and the score in [0, 1]."""

FileMark = tuple[int, int]
"""A file's size in bytes and the time it was last changed in ns; another file in its place has another mark."""

# All but ASCII is escaped: a file's name may have broken letters, which UTF-8 cannot hold.
_ENCODER = json.JSONEncoder(allow_nan=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class FoundClass:
    """What was found for one label; `known` is False where the model does not know it."""

    class_name: str
    known: bool
    boxes: tuple[ScoredBox, ...]


@dataclass(frozen=True, slots=True)
class PhotoResult:
    """Outcome for one photo.

    relative: path below the folder, forward slashes. width, height: upright, pixels (0 where it failed).
    error: the sentence that says why it failed, else None.
    """

    relative: str
    width: int
    height: int
    found: tuple[FoundClass, ...]
    error: str | None = None

    @classmethod
    def of(cls, relative: str, outcome: Outcome) -> PhotoResult:
        found = tuple(
            FoundClass(
                each.class_name,
                each.placement.known,
                tuple((*box.box.as_tuple(), float(box.score)) for box in each.boxes),
            )
            for each in outcome.found
        )
        return cls(relative, outcome.width, outcome.height, found)

    @classmethod
    def of_done(cls, done: Done) -> PhotoResult:
        return cls.failed(done.relative, done.error) if done.outcome is None else cls.of(done.relative, done.outcome)

    @classmethod
    def failed(cls, relative: str, sentence: str) -> PhotoResult:
        return cls(relative, 0, 0, (), sentence)

    def as_line(self, mark: FileMark | None = None) -> bytes:
        """One line of JSON with its end; numbers come back exactly. `mark` is noted with it, where it is known."""
        fields: dict[str, Any] = {"photo": self.relative}
        if mark is not None:
            fields["file"] = mark
        if self.error is not None:
            fields["failed"] = self.error
        else:
            fields["size"] = [self.width, self.height]
            fields["found"] = [
                {"class": each.class_name, "known": each.known, "boxes": each.boxes} for each in self.found
            ]
        return _ENCODER.encode(fields).encode() + b"\n"

    @classmethod
    def from_fields(cls, fields: dict[str, Any]) -> PhotoResult:
        """What `as_line` wrote, decoded.

        Raises:
            TypeError, ValueError: the fields are not those of a result.
        """
        match fields:
            case {"photo": str(relative), "failed": str(sentence)}:
                return cls.failed(relative, sentence)
            case {"photo": str(relative), "size": [int(width), int(height)], "found": list(found)} if (
                "failed" not in fields and 0 < width < _FARTHEST_PX and 0 < height < _FARTHEST_PX
            ):
                return cls(relative, width, height, tuple(map(_found_class, found)))
        raise ValueError("other fields than a result's")

    def labelled(self) -> LabelledPhoto:
        """The photo as label files hold it."""
        boxes = tuple(
            LabelledBox(each.class_name, Box(x0, y0, x1, y1), score=score, state="proposed")
            for each in self.found
            for x0, y0, x1, y1, score in each.boxes
        )
        labels = tuple(each.class_name for each in self.found)
        return LabelledPhoto(self.relative, self.width, self.height, boxes, labels)


def _found_class(fields: Any) -> FoundClass:
    match fields:
        case {"class": str(name), "known": bool(known), "boxes": list(boxes)}:
            return FoundClass(name, known, tuple(map(_scored_box, boxes)))
    raise ValueError("other fields than a class's")


def _scored_box(values: Any) -> ScoredBox:
    x0, y0, x1, y1, score = values
    # NaN compares with nothing, text with no number, and a whole number may be too large for a float.
    if -_FARTHEST_PX < x0 < x1 < _FARTHEST_PX and -_FARTHEST_PX < y0 < y1 < _FARTHEST_PX and 0 <= score < 2:
        return x0, y0, x1, y1, score
    raise ValueError("no box with a score")
