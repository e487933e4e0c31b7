"""Drawing pictures of the work: heat over a photo, boxes, tiles, text on a dark sheet. All (H, W, 3) uint8 RGB."""

from __future__ import annotations

import struct
import zlib
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from engine.dataset.files import atomic_write
from engine.errors import LabelFileError
from engine.geometry import Box

Colour = tuple[int, int, int]

GROUND: Colour = (27, 28, 31)
TEXT: Colour = (236, 237, 239)
QUIET_TEXT: Colour = (158, 162, 170)
_EDGE: Colour = (0, 0, 0)
_HEAT_FLOOR = 0.05
_HEAT_FULL = 0.6
_HEAT_OPACITY = 0.62
# The signature and the chunk IHDR, which has to be the first; a chunk of text may follow.
_PNG_HEADER_BYTES = 8 + 25
_MARK_TEXT = b"tEXtSoftware\x00Moltbox"
_MARK = struct.pack(">I", len(_MARK_TEXT) - 4) + _MARK_TEXT + struct.pack(">I", zlib.crc32(_MARK_TEXT))


def blank(width: int, height: int) -> NDArray[np.uint8]:
    """A dark sheet."""
    return np.full((height, width, 3), GROUND, np.uint8)


def shrunk(photo: NDArray[np.uint8], width: int, height: int) -> NDArray[np.uint8]:
    """The photo in its shape, as large as fits a tile of `width` x `height` pixels."""
    factor = min(width / photo.shape[1], height / photo.shape[0])
    size = (max(1, round(photo.shape[1] * factor)), max(1, round(photo.shape[0] * factor)))
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(photo, size, interpolation=way), dtype=np.uint8)


def lay_over(photo: NDArray[np.uint8], values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The photo, quietened, with a map (h, w) in [0, 1] over it: the hotter, the less of the photo shows."""
    grid = cv2.resize(values, (photo.shape[1], photo.shape[0]), interpolation=cv2.INTER_LINEAR)
    heat = cv2.applyColorMap((np.clip(grid, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_INFERNO)
    colours = cv2.cvtColor(heat, cv2.COLOR_BGR2RGB)
    alpha = np.clip((grid - _HEAT_FLOOR) / (_HEAT_FULL - _HEAT_FLOOR), 0, 1)[:, :, None] * _HEAT_OPACITY
    grey = cv2.cvtColor(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    quiet = 0.82 * (0.45 * photo + 0.55 * grey)
    return np.clip(quiet * (1 - alpha) + colours * alpha, 0, 255).astype(np.uint8)


def draw_box(picture: NDArray[np.uint8], box: Box, colour: Colour) -> None:
    """Draws a box of the picture's own frame into it, with a dark edge so that it shows on any ground."""
    first, last = (round(box.x0), round(box.y0)), (round(box.x1) - 1, round(box.y1) - 1)
    cv2.rectangle(picture, first, last, _EDGE, 4, cv2.LINE_AA)
    cv2.rectangle(picture, first, last, colour, 2, cv2.LINE_AA)


def put(sheet: NDArray[np.uint8], picture: NDArray[np.uint8], x: int, y: int) -> None:
    """Puts a picture onto the sheet, its upper left corner at (x, y)."""
    sheet[y : y + picture.shape[0], x : x + picture.shape[1]] = picture


def text_width(text: str, size: int) -> int:
    """Width in pixels of one line of text."""
    return round(_font(size).getlength(text))


def write(sheet: NDArray[np.uint8], text: str, x: int, y: int, size: int, colour: Colour = TEXT) -> None:
    """Writes one line of text, its upper left corner at (x, y)."""
    width, height = min(text_width(text, size) + 2, sheet.shape[1] - x), min(round(size * 1.5), sheet.shape[0] - y)
    if width <= 0 or height <= 0:
        return
    part = Image.fromarray(sheet[y : y + height, x : x + width])
    ImageDraw.Draw(part).text((0, 0), text, font=_font(size), fill=colour)
    put(sheet, np.asarray(part), x, y)


def shortened(text: str, size: int, width: int) -> str:
    """The text, its beginning left out where it is wider than `width` pixels."""
    if text_width(text, size) <= width:
        return text
    while text and text_width("…" + text, size) > width:
        text = text[1:]
    return "…" + text


def save_png(path: Path, picture: NDArray[np.uint8]) -> None:
    """Writes a picture as PNG, marked as Moltbox's.

    Raises:
        LabelFileError: the file cannot be written.
    """
    done, encoded = cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    if not done:
        raise LabelFileError(f"The picture {path} cannot be encoded.")
    data = encoded.tobytes()
    atomic_write(path, data[:_PNG_HEADER_BYTES] + _MARK + data[_PNG_HEADER_BYTES:])


def is_ours(path: Path) -> bool:
    """Whether a file is a picture that `save_png` wrote.

    Raises:
        LabelFileError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_PNG_HEADER_BYTES + len(_MARK)).endswith(_MARK)
    except OSError as error:
        raise LabelFileError(f"{path} cannot be read: {error.strerror}.") from error


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
