"""Photos of a data set, decoded ahead in the background while the networks run on the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.dataset.files import safe_relative
from engine.evaluation.calibration_record import photo_mark
from engine.evaluation.ground_truth import TruePhoto
from engine.images import read_photo

_DECODED_AHEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPhoto:
    """A photo with its pixels, (H, W, 3) uint8 RGB, and its content mark."""

    number: int
    photo: TruePhoto
    decoding: Future[tuple[NDArray[np.uint8], int]]


def decoded_ahead(photos: Iterable[tuple[int, TruePhoto]], root: Path) -> Generator[DecodedPhoto, None, None]:
    """The photos in their order, a few of them being decoded before they are asked for.

    `DecodedPhoto.decoding.result()` answers pixels and mark, or raises the MoltboxError that says what is wrong.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
        waiting: deque[DecodedPhoto] = deque()
        source = iter(photos)
        try:
            while True:
                while len(waiting) < _DECODED_AHEAD and (found := next(source, None)) is not None:
                    number, photo = found
                    waiting.append(DecodedPhoto(number, photo, pool.submit(_decode, photo.relative, root)))
                if not waiting:
                    return
                yield waiting.popleft()
        finally:
            for each in waiting:
                each.decoding.cancel()


def _decode(relative: str, root: Path) -> tuple[NDArray[np.uint8], int]:
    path = safe_relative(relative, root)
    return read_photo(path), photo_mark(path)
