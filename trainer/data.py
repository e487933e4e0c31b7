"""Photos with their classes, read from folders, and the tensors that the branches are shown.

Two layouts serve: `DATA/<class>/*.jpg`, of which a share is held out for validation, and `DATA/train/<class>/*.jpg`
with `DATA/val/<class>/*.jpg`. Photos may lie in sub-folders of their class. Pixels come from the engine's decoder, so
training and proposing see the same upright photo.
"""

from __future__ import annotations

import hashlib
import math
import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as transform

from engine.errors import MoltboxError, PhotoError
from engine.images import read_header, read_photo, scan_folder

VALIDATION_SHARE = 0.1
_TRAIN_RESIZE = 256 / 224
_BATCHES_AHEAD = 2
"""Of each loading process: two hide a slow photo, and more would only fill the memory."""

_TRAIN_FOLDER, _VALIDATION_FOLDER = "train", "val"


class DataError(MoltboxError):
    """A folder of photos cannot be trained on as it is."""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """A photo and what it shows.

    path: relative to the data folder, with forward slashes.
    classes: indices of its classes, rising; empty for a photo that shows none.
    """

    path: str
    classes: tuple[int, ...]

    @property
    def class_index(self) -> int:
        """The first class; -1 for a photo that shows none."""
        return self.classes[0] if self.classes else -1


@dataclass(frozen=True, slots=True)
class PhotoSet:
    """What there is to train on and to validate with.

    class_names: sorted by code point, which is the order of the logits.
    split: how the validation photos came about, in words.
    left_out: class folders without a single photo.
    fingerprint: SHA-256 over the relative names and sizes of all photos.
    """

    root: Path
    class_names: tuple[str, ...]
    train: tuple[LabelledFile, ...]
    validation: tuple[LabelledFile, ...]
    split: str
    left_out: tuple[str, ...]
    fingerprint: str

    def train_counts(self, unreadable: frozenset[str] = frozenset()) -> dict[str, int]:
        """Training photos per class name, less those that turned out unreadable."""
        counts = Counter(place for file in self.train if file.path not in unreadable for place in file.classes)
        return {name: counts[index] for index, name in enumerate(self.class_names)}

    @property
    def several(self) -> bool:
        """Whether any photo shows more or less than one class."""
        return any(len(file.classes) != 1 for file in (*self.train, *self.validation))


def read_photo_set(root: Path, *, seed: int) -> PhotoSet:
    """Finds classes and photos; nothing is decoded.

    Args:
        root: folder in one of the two layouts.
        seed: picks the validation photos where there is no folder `val`, class by class.

    Raises:
        DataError: no folder, no photos, fewer than two classes, or a class in `val` that `train` lacks.
    """
    root = Path(root)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder: expected one with a sub-folder of photos for each class.")
    train_root = root / _TRAIN_FOLDER if (root / _TRAIN_FOLDER).is_dir() else root
    found = _photos_by_class(train_root, root)
    names = sorted(name for name, paths in found.items() if paths)
    left_out = tuple(sorted(name for name, paths in found.items() if not paths))
    if not names:
        raise DataError(f"{train_root} has no photos in class folders: expected {train_root.name}/<class>/<photo>.jpg.")
    if len(names) < 2:
        raise DataError(f"{train_root} has one class only ({names[0]}): a classifier needs at least two.")
    train = [LabelledFile(path, (index,)) for index, name in enumerate(names) for path in found[name]]
    if train_root != root and (root / _VALIDATION_FOLDER).is_dir():
        validation = _validation_folder(root, names)
        split = "folder val"
    else:
        train, validation = held_out(train, seed)
        split = held_out_words(seed)
    fingerprint = fingerprint_of(root, [*train, *validation])
    return PhotoSet(root, tuple(names), tuple(train), tuple(validation), split, left_out, fingerprint)


def _photos_by_class(folder: Path, root: Path) -> dict[str, list[str]]:
    classes = [entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith(".")]
    return {
        entry.name: [path.relative_to(root).as_posix() for batch in scan_folder(entry) for path in batch]
        for entry in classes
    }


def _validation_folder(root: Path, names: Sequence[str]) -> list[LabelledFile]:
    found = _photos_by_class(root / _VALIDATION_FOLDER, root)
    unknown = sorted(name for name, paths in found.items() if paths and name not in names)
    if unknown:
        raise DataError(f"The folder {_VALIDATION_FOLDER} has the class {unknown[0]!r}, which {_TRAIN_FOLDER} lacks.")
    return [LabelledFile(path, (index,)) for index, name in enumerate(names) for path in found.get(name, [])]


def held_out(files: Sequence[LabelledFile], seed: int) -> tuple[list[LabelledFile], list[LabelledFile]]:
    """Parts photos into those to train on and a share of each class to validate with.

    A photo of several classes counts with its first. No class loses its last photo to train on.
    """
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(seed)).tolist()
    sizes = Counter(file.class_index for file in files)
    wanted = {index: min(size - 1, max(1, math.floor(size * VALIDATION_SHARE + 0.5))) for index, size in sizes.items()}
    left = Counter(place for file in files for place in file.classes)
    held: set[int] = set()
    for place in order:
        file = files[place]
        if wanted[file.class_index] > 0 and all(left[each] > 1 for each in file.classes):
            wanted[file.class_index] -= 1
            left.subtract(file.classes)
            held.add(place)
    train = [file for place, file in enumerate(files) if place not in held]
    return train, [file for place, file in enumerate(files) if place in held]


def held_out_words(seed: int) -> str:
    """How `held_out` came to its split, for people."""
    return f"{VALIDATION_SHARE:.0%} of each class held out, seed {seed}"


def fingerprint_of(root: Path, files: Sequence[LabelledFile], *, with_classes: bool = False) -> str:
    """SHA-256 over the relative names and sizes of photos, and over their classes where folders do not say them.

    One that is not there counts with no size: it is left out later, as any that cannot be read.
    """
    digest = hashlib.sha256()
    for file in sorted(files, key=lambda each: each.path):
        path = root / file.path
        size = path.stat().st_size if path.is_file() else ""
        classes = f"\0{file.classes}" if with_classes else ""
        digest.update(f"{file.path}\0{size}{classes}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class View:
    """How photos are shown to the branches: sides in pixels, mean and std of RGB in [0, 1]."""

    sides: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]


def training_view(pixels: Tensor, side: int, generator: torch.Generator) -> Tensor:
    """One branch's random view: squeezed to side x 256/224, cropped at random.

    Args:
        pixels: (3, H, W) uint8 RGB.
        side: side of the crop in pixels.
        generator: draws the crop's place.

    Returns:
        (3, side, side) uint8.
    """
    top, left = _crop_corner(side, generator)
    return transform.crop(squeezed(pixels, _larger(side)), top, left, side, side)


def _crop_corner(side: int, generator: torch.Generator) -> list[int]:
    """Draws the top and the left of a crop."""
    return torch.randint(_larger(side) - side + 1, (2,), generator=generator).tolist()


def _larger(side: int) -> int:
    """Side of the square that a crop of `side` is cut from."""
    return round(side * _TRAIN_RESIZE)


def squeezed(pixels: Tensor, side: int) -> Tensor:
    """The whole photo as a square: (3, H, W) uint8 to (3, side, side) uint8, bilinear, antialiased."""
    return transform.resize(pixels, [side, side], interpolation=InterpolationMode.BILINEAR, antialias=True)


def normalised(pixels: Tensor, view: View) -> Tensor:
    """(3, H, W) or (B, 3, H, W) uint8 RGB to float32, (x / 255 - mean) / std."""
    return transform.normalize(transform.to_dtype(pixels, torch.float32, scale=True), list(view.mean), list(view.std))


@dataclass(frozen=True, slots=True)
class Shown:
    """One photo as the branches want it: a (3, side, side) uint8 image each, and the indices of its classes."""

    images: list[Tensor]
    classes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A photo that cannot be read: its relative path, and why in a sentence."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Photos that could be read, and those that could not.

    images: one (B, 3, side, side) uint8 per branch: a quarter of what they are once `normalised`, on the way.
    targets: (B, C) float32, 1 where the photo shows the class; B may be 0, and `images` is empty then.
    """

    images: list[Tensor]
    targets: Tensor
    unreadable: list[Unreadable]

    def pin_memory(self) -> Batch:
        """The same batch in memory that a GPU reads fast; the loader calls this."""
        return Batch([image.pin_memory() for image in self.images], self.targets.pin_memory(), self.unreadable)

    def to(self, device: torch.device) -> Batch:
        images = [image.to(device, non_blocking=True) for image in self.images]
        return Batch(images, self.targets.to(device, non_blocking=True), self.unreadable)


class PhotoViews(Dataset[Shown | Unreadable]):
    """Decodes photos and shows them; asked with (epoch, place), so that the same draw gives the same view anywhere."""

    def __init__(
        self,
        root: Path,
        files: Sequence[LabelledFile],
        view: View,
        *,
        training: bool,
        seed: int,
        only: int | None = None,
    ) -> None:
        """
        Args:
            only: the one side (place in `view.sides`) that is shown, as it would be among the others; None shows all.
        """
        self._only = only
        self._root = root
        self._files = files
        self._view = view
        self._training = training
        self._seed = seed

    def __len__(self) -> int:
        return len(self._files)

    def __getitem__(self, draw: tuple[int, int]) -> Shown | Unreadable:
        """
        Args:
            draw: (epoch, place of the file).
        """
        epoch, place = draw
        file = self._files[place]
        try:
            least = round(2 * _TRAIN_RESIZE * max(self._view.sides)) if self._training else None
            # Left as it lies in memory, pixel by pixel: so it is resized more than twice as fast, to the same numbers.
            pixels = torch.from_numpy(read_at_least(self._root / file.path, least)).permute(2, 0, 1)  # (3, H, W)
        except PhotoError as error:
            return Unreadable(file.path, str(error))
        if self._training:
            generator = torch.Generator().manual_seed(mixed_seed(self._seed, epoch, place))
            if torch.rand(1, generator=generator) < 0.5:
                pixels = pixels.flip(2)
            return Shown(self._drawn(pixels, generator), file.classes)
        sides = self._view.sides if self._only is None else [self._view.sides[self._only]]
        return Shown([squeezed(pixels, side) for side in sides], file.classes)

    def _drawn(self, pixels: Tensor, generator: torch.Generator) -> list[Tensor]:
        """The sides' views; those that nobody wants are drawn all the same, so that the others' draws stay."""
        views = []
        for place, side in enumerate(self._view.sides):
            if self._only in (None, place):
                views.append(training_view(pixels, side, generator))
            else:
                _crop_corner(side, generator)
        return views


def read_at_least(path: Path, side: int | None) -> NDArray[np.uint8]:
    """Decodes a photo as (H, W, 3) uint8 RGB; one much larger than `side` at a fraction of its size, far cheaper.

    Args:
        path: the photo.
        side: the shorter side keeps at least this many pixels where the photo has them; None decodes in full.

    Raises:
        PhotoError: it cannot be read.
    """
    if side is None:
        return read_photo(path)
    header = read_header(path)
    spare = min(header.width, header.height) / side
    return read_photo(path, reduced=max(step for step in (1, 2, 4, 8) if step <= max(1.0, spare)))


class EpochBatches(Sampler[list[tuple[int, int]]]):
    """Batches of one epoch in an order drawn from seed and epoch alone, from any batch on: what exact resume needs.

    batch: photos in each, over all shares.
    """

    def __init__(
        self,
        count: int,
        batch: int,
        *,
        shuffle: bool,
        seed: int,
        epoch: int = 0,
        first: int = 0,
        share: tuple[int, int] = (0, 1),
    ) -> None:
        """
        Args:
            share: (which, of how many) processes take each batch's photos in turn; a share may be empty.
        """
        self._share = share
        self._count = count
        self.batch = batch
        self._shuffle = shuffle
        self._seed = seed
        self._epoch = epoch
        self._first = first

    def enter(self, epoch: int, first: int = 0) -> None:
        """Whoever asks next gets the batches of that epoch, from the `first` on."""
        self._epoch, self._first = epoch, first

    def __len__(self) -> int:
        return batch_count(self._count, self.batch) - self._first

    def __iter__(self) -> Iterator[list[tuple[int, int]]]:
        generator = torch.Generator().manual_seed(mixed_seed(self._seed, self._epoch))
        order = torch.randperm(self._count, generator=generator).tolist() if self._shuffle else range(self._count)
        for start in range(self._first * self.batch, self._count, self.batch):
            which, many = self._share
            yield [(self._epoch, place) for place in order[start : start + self.batch][which::many]]


def batch_count(photos: int, batch: int) -> int:
    """Batches in one epoch; the last may be smaller."""
    return math.ceil(photos / batch)


def load_batches(
    views: PhotoViews, batches: EpochBatches, *, class_count: int, workers: int, pinned: bool
) -> DataLoader[Batch]:
    """Loads the batches of an epoch, `workers` processes ahead of the loop (0: in the loop itself).

    The processes stay for the next epoch, which `EpochBatches.enter` names.
    """
    if workers:
        # A process that is forked while OpenCV's threads exist waits for them for ever: they do not come with it.
        cv2.setNumThreads(1)
    loader = DataLoader(
        views,
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=partial(collate, class_count=class_count),
        pin_memory=pinned,
        prefetch_factor=_BATCHES_AHEAD if workers else None,
        persistent_workers=workers > 0,
        worker_init_fn=_be_a_worker,
    )
    return cast(DataLoader[Batch], loader)  # typed by the entry, though it gives what `collate` makes of several


def collate(entries: Sequence[Shown | Unreadable], class_count: int) -> Batch:
    """Puts readable photos together and sets the others aside."""
    shown = [entry for entry in entries if isinstance(entry, Shown)]
    targets = class_targets([entry.classes for entry in shown], class_count)
    images = [torch.stack(views) for views in zip(*(entry.images for entry in shown), strict=True)]
    return Batch(images, targets, [entry for entry in entries if isinstance(entry, Unreadable)])


def class_targets(classes: Sequence[Sequence[int]], class_count: int) -> Tensor:
    """(N, C) float32, 1 where photo n shows class c."""
    targets = torch.zeros(len(classes), class_count)
    for row, places in enumerate(classes):
        targets[row, list(places)] = 1
    return targets


def _be_a_worker(_: int) -> None:
    """Leaves interrupts to the loop, and the other cores to the other workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)


def mixed_seed(*numbers: int) -> int:
    """One 63-bit seed from several numbers, so that neighbouring draws have nothing in common."""
    digest = hashlib.sha256(",".join(map(str, numbers)).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
