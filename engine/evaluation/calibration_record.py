"""What a model file remembers of its calibration, so that a later evaluation can say: these are the very photos.

Kept in the manifest under `accuracy.calibration`. The photos are remembered by a bottom-k sketch (Broder 1997, "On the
resemblance and containment of documents"): the 256 smallest of the photos' content marks. The share of them that a
scored folder has too is the share of the calibration photos in it; names and folders do not matter.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import PhotoError

RECORD_KEY = "calibration"
_SKETCH_SIZE = 256
_MARK_BYTES = 6
_READ_BYTES = 1 << 20


def photo_mark(path: Path) -> int:
    """A photo's content mark: the first 48 bits of the file's SHA-256.

    Raises:
        PhotoError: the file cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            while part := file.read(_READ_BYTES):
                digest.update(part)
    except OSError as error:
        raise PhotoError(f"{path} cannot be opened: {error.strerror}.") from error
    return int.from_bytes(digest.digest()[:_MARK_BYTES], "big")


@dataclass(frozen=True, slots=True)
class PhotoSketch:
    """At most 256 marks that stand for all photos of a set, smallest first."""

    marks: tuple[int, ...]

    @classmethod
    def of(cls, marks: Iterable[int]) -> PhotoSketch:
        return cls(tuple(heapq.nsmallest(_SKETCH_SIZE, set(marks))))

    def share_in(self, marks: Iterable[int]) -> float:
        """Which share of the sketched photos, in [0, 1], is among the photos of these marks; exact up to 256 photos."""
        return len(set(self.marks).intersection(marks)) / len(self.marks) if self.marks else 0.0

    def as_text(self) -> str:
        """Base64 of the marks, 8 characters each."""
        return base64.b64encode(b"".join(mark.to_bytes(_MARK_BYTES, "big") for mark in self.marks)).decode()

    @classmethod
    def from_text(cls, text: str) -> PhotoSketch:
        """
        Raises:
            ValueError: not a sketch.
        """
        try:
            data = base64.b64decode(text, validate=True)
        except binascii.Error as error:
            raise ValueError("not a sketch of photos") from error
        if len(data) % _MARK_BYTES or len(data) > _SKETCH_SIZE * _MARK_BYTES:
            raise ValueError("not a sketch of photos")
        starts = range(0, len(data), _MARK_BYTES)
        return cls(tuple(int.from_bytes(data[start : start + _MARK_BYTES], "big") for start in starts))


@dataclass(frozen=True, slots=True)
class CalibrationRecord:
    """How and on what a model's settings were chosen.

    file: name of the box file, "" where none was used. split: the split of a benchmark layout, "" where there is none.
    photos, boxes: how many were used (0 boxes without a box file). chosen: names of the settings that were looked at.
    objective: what the choice maximised, in words. date: ISO day. sketch: the photos.
    """

    file: str
    split: str
    photos: int
    boxes: int
    chosen: tuple[str, ...]
    objective: str
    date: str
    sketch: PhotoSketch

    def as_fields(self) -> dict[str, Any]:
        """For the manifest, under `accuracy.calibration`."""
        return {
            "file": self.file,
            "split": self.split,
            "photos": self.photos,
            "boxes": self.boxes,
            "chosen": list(self.chosen),
            "objective": self.objective,
            "date": self.date,
            "fingerprint": self.sketch.as_text(),
        }

    @classmethod
    def from_accuracy(cls, accuracy: Mapping[str, Any]) -> CalibrationRecord | None:
        """The record in a manifest's `accuracy`; None where there is none that can be read."""
        fields = accuracy.get(RECORD_KEY)
        if not isinstance(fields, Mapping):
            return None
        try:
            return cls(
                file=str(fields["file"]),
                split=str(fields["split"]),
                photos=int(fields["photos"]),
                boxes=int(fields["boxes"]),
                chosen=tuple(str(name) for name in fields["chosen"]),
                objective=str(fields["objective"]),
                date=str(fields["date"]),
                sketch=PhotoSketch.from_text(str(fields["fingerprint"])),
            )
        except (KeyError, TypeError, ValueError):
            return None

    def note_on(self, marks: Iterable[int]) -> str | None:
        """What a report that scores photos of these marks has to say first; None where the choice saw none of them."""
        share = self.sketch.share_in(marks)
        if share == 0.0:
            return None
        what = " and ".join(self.chosen)
        if self.boxes == 0:
            return f"Note: this model's {what} was chosen on these photos, without their boxes ({self.date})."
        part = (
            "these are the photos" if share == 1.0 else f"these hold about {max(1, round(100 * share))} % of the photos"
        )
        return (
            f"Warning: {part} on which this model's {what} was chosen ({self.file}, {self.date}); "
            "the figures are better than on other photos."
        )
