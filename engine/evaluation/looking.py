"""Photos of a data set, decoded ahead in the background while the networks run on the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine.dataset.files import safe_relative
from engine.errors import LabelFileError
from engine.evaluation.calibration_record import photo_mark
from engine.evaluation.ground_truth import TruePhoto
from engine.images import SizedPhoto
from engine.localization.manifest import Manifest
from engine.prelabel.deciding import decode_for

_DECODED_AHEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhoto:
    """A photo, decoded as all looks decode it, and its content mark."""

    number: int
    photo: TruePhoto
    decoding: Future[tuple[SizedPhoto, int]]


def decoded_ahead(
    photos: Iterable[tuple[int, TruePhoto]], root: Path, manifest: Manifest
) -> Generator[DecodedPhoto, None, None]:
    """The photos in their order, a few of them being decoded before they are asked for.

    `DecodedPhoto.decoding.result()` answers photo and mark, or raises the MoltboxError that says what is wrong.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
        waiting: deque[DecodedPhoto] = deque()
        source = iter(photos)
        try:
            while True:
                while len(waiting) < _DECODED_AHEAD and (found := next(source, None)) is not None:
                    number, photo = found
                    waiting.append(DecodedPhoto(number, photo, pool.submit(_decode, photo.relative, root, manifest)))
                if not waiting:
                    return
                yield waiting.popleft()
        finally:
            for each in waiting:
                each.decoding.cancel()


def check_size(relative: str, decoded: SizedPhoto, width: int, height: int) -> None:
    """Refuses a photo of another size than its boxes are for; 0 stands for an unknown side.

    Raises:
        LabelFileError: the sizes differ.
    """
    if width and height and (width, height) != (decoded.width, decoded.height):
        raise LabelFileError(
            f"{relative} is {decoded.width} x {decoded.height} pixels; its boxes are for {width} x {height}."
        )


def _decode(relative: str, root: Path, manifest: Manifest) -> tuple[SizedPhoto, int]:
    path = safe_relative(relative, root)
    return decode_for(manifest, path), photo_mark(path)
