"""What a data set says about its photos, whatever its layout: what each photo shows, and where it truly is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.geometry import Box


@dataclass(frozen=True, slots=True)
class Target:
    """A class that a photo shows, and its true boxes there.

    words: names that the data set has for the class, the one a person reads first; a model's class is found by them.
    number: the class's place in the data set's own list, from 0; None where classes have names only.
    boxes: half-open, upright photo frame; () where only masks are known.
    """

    words: tuple[str, ...]
    number: int | None
    boxes: tuple[Box, ...]

    @property
    def label(self) -> str:
        return self.words[0]


@dataclass(frozen=True, slots=True)
class MaskFiles:
    """Masks of a photo: a picture for each instance, and one of what is not to be scored (None where there is none)."""

    instances: tuple[str, ...]
    ignore: str | None


@dataclass(frozen=True, slots=True)
class TruePhoto:
    """A photo of the data set.

    relative: path below the folder of photos, forward slashes.
    width, height: upright size in pixels as the data set tells it, 0 where it does not.
    """

    relative: str
    width: int
    height: int
    targets: tuple[Target, ...]
    masks: MaskFiles | None = None


@dataclass(frozen=True, slots=True)
class GroundTruth:
    """A data set, read photo by photo.

    layout: its layout in words.
    root: folder of the photos; nothing outside it is read.
    sources: the label files or folders; a run is recognised by them.
    photos: starts a walk over the photos, in an order that stays; raises LabelFileError at the first fault.
    ends_included: the files count a box's last pixel in, so that `Box.x1 - 1` is what they say. The parity modes, which
        repeat other programs to the bit, need it.
    mask_root: folder that the masks' names start from.
    """

    layout: str
    root: Path
    sources: tuple[Path, ...]
    photos: Callable[[], Iterator[TruePhoto]]
    ends_included: bool = False
    mask_root: Path | None = None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a data set holds, counted in one walk that also finds every fault of its files before the work begins.

    photos: number of photos, with or without boxes. missing: those that are not where the data set says.
    class_count: 1 + the greatest class number; 0 where classes have no numbers.
    """

    photos: int
    missing: int
    without_truth: int
    class_count: int
    has_masks: bool
    first_missing: str | None


def measure(truth: GroundTruth) -> Extent:
    """Walks over the data set without opening a photo.

    Raises:
        LabelFileError: at the first fault of its files.
    """
    photos = missing = without_truth = class_count = 0
    has_masks = False
    first_missing = None
    for photo in truth.photos():
        photos += 1
        if not (truth.root / photo.relative).is_file():
            missing += 1
            first_missing = first_missing or photo.relative
        if photo.masks is not None:
            has_masks = True
        elif not any(target.boxes for target in photo.targets):
            without_truth += 1
        class_count = max([class_count, *(1 + target.number for target in photo.targets if target.number is not None)])
    return Extent(photos, missing, without_truth, class_count, has_masks, first_missing)
