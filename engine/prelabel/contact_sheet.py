"""A picture that shows the work at a glance: photo, heat map, box, side by side, one row a photo."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dataset.files import atomic_write
from engine.errors import LabelFileError
from engine.geometry import Box
from engine.localization.heat_map import HeatMap

_TILE = (240, 180)
_GAP = 8
_CAPTION = 26
_BACKGROUND = (31, 28, 27)
_TEXT = (239, 237, 236)
_BOX = (255, 198, 43)
_HEAT_FLOOR = 0.05
_HEAT_FULL = 0.6
_HEAT_OPACITY = 0.62


@dataclass(frozen=True, slots=True, eq=False)
class SheetRow:
    """One photo of the sheet: caption, (H, W, 3) uint8 RGB pixels, its map and boxes in photo pixels."""

    title: str
    photo: NDArray[np.uint8]
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
    height = math.ceil(len(rows) / columns) * cell_height + _GAP
    sheet = np.full((height, columns * cell_width + _GAP, 3), _BACKGROUND, np.uint8)
    for number, row in enumerate(rows):
        y = _GAP + (number // columns) * cell_height
        x = _GAP + (number % columns) * cell_width
        _draw_row(sheet[y : y + cell_height, x : x + cell_width], row)
    done, encoded = cv2.imencode(".png", sheet)
    if not done:
        raise LabelFileError(f"The contact sheet {path} cannot be encoded.")
    atomic_write(path, encoded.tobytes())


def _draw_row(cell: NDArray[np.uint8], row: SheetRow) -> None:
    title = row.title.encode("ascii", "replace").decode()
    cv2.putText(cell, title, (2, 17), cv2.FONT_HERSHEY_SIMPLEX, 0.45, _TEXT, 1, cv2.LINE_AA)
    photo = cv2.cvtColor(row.photo, cv2.COLOR_RGB2BGR)
    factor = min(_TILE[0] / photo.shape[1], _TILE[1] / photo.shape[0])
    size = (max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))
    small = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    heat = small if row.heat_map is None else _lay_over(small, row.heat_map.refined)
    boxed = small.copy()
    for box in row.boxes:
        shown = box.scaled(size[0] / photo.shape[1], size[1] / photo.shape[0])
        first, last = (round(shown.x0), round(shown.y0)), (round(shown.x1) - 1, round(shown.y1) - 1)
        cv2.rectangle(boxed, first, last, (0, 0, 0), 4)
        cv2.rectangle(boxed, first, last, _BOX, 2)
    for number, tile in enumerate((small, heat, boxed)):
        left = number * (_TILE[0] + _GAP) + (_TILE[0] - size[0]) // 2
        top = _CAPTION + (_TILE[1] - size[1]) // 2
        cell[top : top + size[1], left : left + size[0]] = tile


def _lay_over(photo: NDArray[np.uint8], values: NDArray[np.float32]) -> NDArray[np.uint8]:
    grid = cv2.resize(values, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_LINEAR)
    colours = cv2.applyColorMap((np.clip(grid, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    alpha = np.clip((grid - _HEAT_FLOOR) / (_HEAT_FULL - _HEAT_FLOOR), 0, 1)[:, :, None] * _HEAT_OPACITY
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    quiet = 0.82 * (0.45 * photo + 0.55 * grey)
    return np.clip(quiet * (1 - alpha) + colours * alpha, 0, 255).astype(np.uint8)
