"""Thumbnails made in the background: what is visible now comes first, what was scrolled away is not made at all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QSize, QThreadPool, Signal, SignalInstance, Slot
from PySide6.QtGui import QImage, QPixmap

from app.panels.framing import Framing, cut, frame_photo
from app.threads import failures_told
from engine.images import read_header, read_photo

_CACHE_BYTES = 48 * 2**20
_WORKERS = 2
_CLOSING_WAIT_MS = 2000


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """The shown part of a photo as a picture, and how it lies in the thumbnail's frame (logical pixels)."""

    pixmap: QPixmap
    framing: Framing


@dataclass(frozen=True, slots=True)
class _Made:
    image: QImage
    framing: Framing


class ThumbnailStore(QObject):
    """Thumbnails by photo id, made by two workers, kept up to a number of bytes.

    Lives in the GUI thread. `show` says what is wanted now; `ready` tells that a photo's thumbnail can be drawn, or
    that it cannot be made (`is_unreadable`).
    """

    ready = Signal(int)
    _made = Signal(int, int, object)

    def __init__(
        self,
        size: QSize,
        *,
        device_pixel_ratio: float = 1.0,
        cache_bytes: int = _CACHE_BYTES,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._size = size
        self._ratio = device_pixel_ratio
        self._cache_bytes = cache_bytes
        self._used_bytes = 0
        self._kept: OrderedDict[int, Thumbnail] = OrderedDict()
        self._unreadable: set[int] = set()
        self._waiting: list[tuple[int, Path]] = []
        self._running: set[int] = set()
        self._round = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(_WORKERS)
        self._made.connect(self._take)

    def thumbnail(self, photo_id: int) -> Thumbnail | None:
        """The thumbnail if it is there; never waits."""
        found = self._kept.get(photo_id)
        if found is not None:
            self._kept.move_to_end(photo_id)
        return found

    def is_unreadable(self, photo_id: int) -> bool:
        return photo_id in self._unreadable

    @property
    def used_bytes(self) -> int:
        return self._used_bytes

    @property
    def waiting(self) -> tuple[int, ...]:
        """Photo ids whose turn has not come, the next one first."""
        return tuple(photo_id for photo_id, _ in reversed(self._waiting))

    def show(self, wanted: Sequence[tuple[int, Path]]) -> None:
        """Says which photos are wanted, the most wanted first; whatever waited and is not among them is dropped."""
        self._waiting = [
            (photo_id, path)
            for photo_id, path in reversed(wanted)
            if photo_id not in self._kept and photo_id not in self._unreadable and photo_id not in self._running
        ]
        self._start()

    def set_device_pixel_ratio(self, ratio: float) -> None:
        """Thumbnails are made anew where the window moves to a screen with another pixel density."""
        if ratio != self._ratio:
            self._ratio = ratio
            self.clear()

    def set_size(self, size: QSize) -> None:
        """Thumbnails are made anew in another size (logical pixels)."""
        if size != self._size:
            self._size = size
            self.clear()

    def clear(self) -> None:
        """Forgets everything; answers still on their way are ignored."""
        self._round += 1
        self._used_bytes = 0
        self._kept.clear()
        self._unreadable.clear()
        self._waiting.clear()
        self._running.clear()

    def close(self) -> None:
        """Ends the workers; waits at most two seconds for a photo that is being read."""
        self.clear()
        self._pool.clear()
        self._pool.waitForDone(_CLOSING_WAIT_MS)

    def _start(self) -> None:
        while self._waiting and len(self._running) < _WORKERS:
            photo_id, path = self._waiting.pop()
            self._running.add(photo_id)
            self._pool.start(_Job(self._round, photo_id, path, self._size, self._ratio, self._made))

    @Slot(int, int, object)
    def _take(self, made_in_round: int, photo_id: int, made: _Made | None) -> None:
        if made_in_round != self._round:
            return
        self._running.discard(photo_id)
        if made is None:
            self._unreadable.add(photo_id)
        else:
            pixmap = QPixmap.fromImage(made.image)
            pixmap.setDevicePixelRatio(self._ratio)
            self._kept[photo_id] = Thumbnail(pixmap, made.framing)
            self._used_bytes += _bytes_of(pixmap)
            while self._used_bytes > self._cache_bytes and len(self._kept) > 1:
                _, oldest = self._kept.popitem(last=False)
                self._used_bytes -= _bytes_of(oldest.pixmap)
        self._start()
        self.ready.emit(photo_id)


class _Job(QRunnable):
    def __init__(
        self, made_in_round: int, photo_id: int, path: Path, size: QSize, ratio: float, answer: SignalInstance
    ) -> None:
        super().__init__()
        self._round = made_in_round
        self._photo_id = photo_id
        self._path = path
        self._size = size
        self._ratio = ratio
        self._answer = answer

    def run(self) -> None:
        made = None  # is told as it is: the list shows the failed sign, the session tells why
        with failures_told(lambda _sentence: None), suppress(MemoryError, cv2.error):
            made = _make(self._path, self._size, self._ratio)
        with suppress(RuntimeError):  # the window is gone
            self._answer.emit(self._round, self._photo_id, made)


def _make(path: Path, size: QSize, ratio: float) -> _Made:
    header = read_header(path)
    framing = frame_photo(header.width, header.height, size.width(), size.height())
    pixels = read_photo(path, reduced=_reduction(framing.scale * ratio))
    return _Made(_as_image(cut(pixels, framing, ratio)), framing)


def _as_image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    data: Any = np.ascontiguousarray(pixels).data
    return QImage(data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def _reduction(scale: float) -> int:
    """The smallest decode that still has more pixels than the thumbnail."""
    return next((factor for factor in (8, 4, 2) if scale * factor <= 1.0), 1)


def _bytes_of(pixmap: QPixmap) -> int:
    return pixmap.width() * pixmap.height() * 4
