"""How large each network is shown a photo, and the photo made ready for it.

All networks of a look share what they can: the photo is halved once for those that are shown much less of it, and
bytes become normalised numbers by a table. `tests/unit/engine/test_preparing.py` holds the slow way beside it.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from engine.localization.manifest import ClusteringSettings, Manifest, ScaleSettings

LEAST_TIMES_HALVED = 1.5
"""A photo that is halved before it is resized stays at least this many times as wide and high as it is shown.
Measured in docs/performance.md, section "Batch"."""

_FROM_0_TO_1 = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def shown_size(scale: ScaleSettings, photo_width: int, photo_height: int) -> tuple[int, int]:
    """Width and height in pixels at which a scale is shown the photo."""
    if scale.resize == "square":
        return scale.side, scale.side
    return _kept_size(scale, photo_width, photo_height)


def clustering_size(settings: ClusteringSettings, photo_width: int, photo_height: int) -> tuple[int, int]:
    """Width and height in pixels at which the clustering network is shown the photo."""
    return _kept_size(settings, photo_width, photo_height)


def _kept_size(scale: ScaleSettings | ClusteringSettings, photo_width: int, photo_height: int) -> tuple[int, int]:
    aspect = min(max(photo_width / photo_height, 1 / 8), 8.0)

    def rounded(length: float) -> int:
        return max(1, round(length / scale.multiple)) * scale.multiple

    return rounded(scale.side * math.sqrt(aspect)), rounded(scale.side / math.sqrt(aspect))


def largest_shown(manifest: Manifest, photo_width: int, photo_height: int) -> tuple[int, int]:
    """The largest width and height in pixels at which any network is shown the photo."""
    sizes = [shown_size(scale, photo_width, photo_height) for scale in manifest.scales]
    if manifest.clustering is not None:
        sizes.append(clustering_size(manifest.clustering, photo_width, photo_height))
    return max(width for width, _ in sizes), max(height for _, height in sizes)


class ShownPhoto:
    """A photo, to be made ready for the networks of one look."""

    def __init__(self, photo: NDArray[np.uint8], size: tuple[int, int] | None = None) -> None:
        """
        Args:
            photo: (H, W, 3) uint8 RGB, upright.
            size: width and height of the whole photo where `photo` was decoded at a reduced size.
        """
        height, width = photo.shape[:2]
        self.width, self.height = size or (width, height)
        self._given = (width, height)
        self._levels = [photo]
        self._pictures: dict[int, Image.Image] = {}

    def for_scale(self, scale: ScaleSettings, manifest: Manifest) -> NDArray[np.float32]:
        """The photo as one branch wants it.

        Returns:
            (1, 3, h, w) float32: resized (bilinear, antialiased), (x / 255 - mean) / std.
        """
        return self._ready(shown_size(scale, self.width, self.height), manifest.mean, manifest.std)

    def for_clustering(self, settings: ClusteringSettings) -> NDArray[np.float32]:
        """The photo as the clustering network wants it: (1, 3, h, w) float32 in [0, 1]."""
        return self._ready(clustering_size(settings, self.width, self.height), *_FROM_0_TO_1)

    def _ready(self, size: tuple[int, int], mean: tuple[float, ...], std: tuple[float, ...]) -> NDArray[np.float32]:
        pixels = np.asarray(self._resized(size))
        ready = np.empty((1, 3, *pixels.shape[:2]), np.float32)
        for place, (channel, table) in enumerate(zip(cv2.split(pixels), _tables(mean, std), strict=True)):
            cv2.LUT(channel, table, dst=ready[0, place])
        return ready

    def _resized(self, size: tuple[int, int]) -> Image.Image:
        level = self._level(size)
        # The last cells of a halved photo may reach over its edge; the window ends where the photo does.
        window = (0.0, 0.0, self._given[0] / 2**level, self._given[1] / 2**level)
        return self._picture(level).resize(size, Image.Resampling.BILINEAR, box=window)

    def _level(self, size: tuple[int, int], /) -> int:
        """How often the photo is halved before it is resized to `size`."""
        times = min(self._given[0] / size[0], self._given[1] / size[1]) / LEAST_TIMES_HALVED
        return math.floor(math.log2(max(times, 1.0)))

    def _picture(self, level: int) -> Image.Image:
        """The photo halved `level` times, kept for the other networks."""
        if level not in self._pictures:
            while len(self._levels) <= level:
                self._levels.append(halved(self._levels[-1]))
            self._pictures[level] = Image.fromarray(self._levels[level])
        return self._pictures[level]


def prepare(
    photo: NDArray[np.uint8], scale: ScaleSettings, manifest: Manifest, size: tuple[int, int] | None = None
) -> NDArray[np.float32]:
    """One photo for one branch: see `ShownPhoto`."""
    return ShownPhoto(photo, size).for_scale(scale, manifest)


def prepare_for_clustering(
    photo: NDArray[np.uint8], settings: ClusteringSettings, size: tuple[int, int] | None = None
) -> NDArray[np.float32]:
    """One photo for the clustering network: see `ShownPhoto`."""
    return ShownPhoto(photo, size).for_clustering(settings)


def halved(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Means of 2 x 2 pixels: (ceil(H / 2), ceil(W / 2), 3); an odd last row or column counts twice."""
    height, width = pixels.shape[:2]
    if height % 2 or width % 2:
        pixels = np.asarray(cv2.copyMakeBorder(pixels, 0, height % 2, 0, width % 2, cv2.BORDER_REPLICATE), np.uint8)
    size = (pixels.shape[1] // 2, pixels.shape[0] // 2)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


@lru_cache(maxsize=8)
def _tables(mean: tuple[float, ...], std: tuple[float, ...]) -> NDArray[np.float32]:
    """What each byte becomes, (3, 256) float32: (x / 255 - mean) / std."""
    bytes_ = np.arange(256, dtype=np.float32)[:, None] / np.float32(255.0)
    tables = (bytes_ - np.asarray(mean, np.float32)) / np.asarray(std, np.float32)
    return np.ascontiguousarray(tables.T)
