"""What every label format says, whatever its dialect: photos with boxes, in the one box convention.

The codecs (`coco`, `voc`, `table`) turn files into a `LabelSet` and back; the project gives and takes one. Boxes
are `engine.geometry.Box`: half-open, upright photo frame. A coordinate is converted only inside a codec.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.dataset.foreign import Foreign
from engine.geometry import Box


@dataclass(frozen=True, slots=True)
class LabelledBox:
    """A box with its class.

    Attributes:
        score: in [0, 1] where a model proposed the box.
        state: the box's state in the project (`accepted`, `drawn`, ...), None where the file does not tell.
        source_id: the annotation's number in the file it came from or is written to, 1 or more.
        foreign: what the file it came from says besides.
    """

    class_name: str
    box: Box
    score: float | None = None
    state: str | None = None
    difficult: bool = False
    truncated: bool = False
    source_id: int | None = None
    foreign: Foreign = ()


@dataclass(frozen=True, slots=True)
class LabelledPhoto:
    """A photo with its boxes; without boxes it is a negative example.

    Attributes:
        path: relative to the folder of photos, with forward slashes.
        width: of the upright photo in pixels; 0 where the file does not tell.
        height: likewise.
        labels: class names given to the photo as a whole.
        verified: a person has looked at the photo and called it done.
        source_id: the photo's number in the file it came from or is written to, 0 or more.
        foreign: what the file it came from says besides.
    """

    path: str
    width: int
    height: int
    boxes: tuple[LabelledBox, ...] = ()
    labels: tuple[str, ...] = ()
    verified: bool = False
    source_id: int | None = None
    foreign: Foreign = ()


@dataclass(frozen=True, slots=True)
class LabelSet:
    """Photos with the classes they use, both in a fixed order; every box's class is among `class_names`.

    Attributes:
        photos: writers go through them several times and keep none, so a great many can come from a file as asked for.
        class_source_ids: for each class its number in the file it came from or is written to, 0 or more, or None;
            empty where no class has one.
        class_foreign: for each class what the file says besides; empty where it says nothing of any.
        foreign: what the file says about itself.
    """

    class_names: tuple[str, ...]
    photos: Sequence[LabelledPhoto]
    class_source_ids: tuple[int | None, ...] = ()
    class_foreign: tuple[Foreign, ...] = ()
    foreign: Foreign = ()

    @property
    def box_count(self) -> int:
        return sum(len(photo.boxes) for photo in self.photos)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A photo or box that a writer left out, and why, as one sentence."""

    path: str
    reason: str
