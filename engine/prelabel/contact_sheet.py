"""A picture that shows the work at a glance: photo, heat map, box, side by side, one row a photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine import pictures
from engine.geometry import Box
from engine.images import SizedPhoto
from engine.localization.heat_map import HeatMap

_TILE = (240, 180)
_GAP = 8
_CAPTION = 26
_TEXT_SIZE = 14
_BOX = (43, 198, 255)


@dataclass(frozen=True, slots=True, eq=False)
class SheetRow:
    """One photo of the sheet: caption, pixels, its map, and boxes in pixels of the whole photo."""

    title: str
    photo: SizedPhoto
    heat_map: HeatMap | None
    boxes: Sequence[Box]


def write_contact_sheet(path: Path, rows: Sequence[SheetRow]) -> None:
    """Writes the sheet as PNG.

    Raises:
        LabelFileError: the file cannot be written.
    """
    columns = 1 if len(rows) <= 4 else 2
    cell_width = 3 * _TILE[0] + 3 * _GAP
    cell_height = _TILE[1] + _CAPTION + _GAP
    sheet = pictures.blank(columns * cell_width + _GAP, math.ceil(len(rows) / columns) * cell_height + _GAP)
    for number, row in enumerate(rows):
        y = _GAP + (number // columns) * cell_height
        x = _GAP + (number % columns) * cell_width
        _draw_row(sheet[y : y + cell_height, x : x + cell_width], row)
    pictures.save_png(path, sheet)


def _draw_row(cell: NDArray[np.uint8], row: SheetRow) -> None:
    title = pictures.shortened(row.title, _TEXT_SIZE, cell.shape[1] - _GAP)
    pictures.write(cell, title, 2, 4, _TEXT_SIZE)
    small = pictures.shrunk(row.photo.pixels, *_TILE)
    height, width = small.shape[:2]
    heat = small if row.heat_map is None else pictures.lay_over(small, row.heat_map.refined)
    boxed = small.copy()
    for box in row.boxes:
        pictures.draw_box(boxed, box.scaled(width / row.photo.width, height / row.photo.height), _BOX)
    for number, tile in enumerate((small, heat, boxed)):
        left = number * (_TILE[0] + _GAP) + (_TILE[0] - width) // 2
        pictures.put(cell, tile, left, _CAPTION + (_TILE[1] - height) // 2)
