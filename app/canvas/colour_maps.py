"""Colours of a heat map: look-up tables, and how much of the photo a value covers."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

ColourMapName = Literal["inferno", "viridis", "grey"]
COLOUR_MAPS: tuple[ColourMapName, ...] = ("inferno", "viridis", "grey")

# The darkest tenth of inferno is black, which over a photo reads as shadow, and its end is white, which reads as glare.
_SOURCES: dict[ColourMapName, tuple[str, float, float]] = {
    "inferno": ("inferno", 0.16, 0.98),
    "viridis": ("viridis", 0.0, 1.0),
    "grey": ("CET-L1", 0.0, 1.0),
}
CLEAR_UP_TO = 0.05
FULL_FROM = 0.6


class MapColours(QObject):
    """The colour map that all heat maps of the window are painted in; `changed` tells that it is another one now."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._name: ColourMapName = "inferno"

    @property
    def name(self) -> ColourMapName:
        return self._name

    def choose(self, name: ColourMapName) -> None:
        if name != self._name:
            self._name = name
            self.changed.emit()


map_colours = MapColours()


@lru_cache(maxsize=16)
def colour_table(name: ColourMapName, opacity: float) -> NDArray[np.uint8]:
    """The table of a colour map: (256, 4) uint8 RGBA, row i for value i / 255, alpha not multiplied in.

    Args:
        name: one of `COLOUR_MAPS`.
        opacity: alpha of values from 0.6 up, in [0, 1]; it falls to 0 at 0.05.
    """
    source, start, stop = _SOURCES[name]
    table = np.empty((256, 4), dtype=np.uint8)
    found = pyqtgraph.colormap.get(source)
    if found is None:
        raise KeyError(source)
    table[:, :3] = np.asarray(found.getLookupTable(start, stop, 256, alpha=False), dtype=np.uint8)
    values = np.arange(256) / 255.0
    table[:, 3] = np.round(255.0 * opacity * np.clip((values - CLEAR_UP_TO) / (FULL_FROM - CLEAR_UP_TO), 0.0, 1.0))
    table.setflags(write=False)
    return table


@lru_cache(maxsize=16)
def premultiplied_table(name: ColourMapName, opacity: float) -> NDArray[np.uint32]:
    """The same table as (256,) uint32 words 0xAARRGGBB with alpha multiplied in, as Qt's fastest image format."""
    table = colour_table(name, opacity).astype(np.uint32)
    alpha = table[:, 3]
    red, green, blue = ((table[:, channel] * alpha + 127) // 255 for channel in range(3))
    words = np.asarray((alpha << 24) | (red << 16) | (green << 8) | blue, dtype=np.uint32)
    words.setflags(write=False)
    return words
