"""The one decoder: every photo, thumbnail, map and export shares the frame that these functions answer in.

Frame: upright. The EXIF orientation is applied for every file type, so the width and height given here are those
the person sees, and boxes are stored in that frame. Pixels are read with OpenCV, headers with Pillow.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from engine.errors import PhotoError

PHOTO_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".jp2", ".ppm", ".pgm"})

_LARGEST_PHOTO_PIXELS = 500_000_000
_ORIENTATION_TAG = 0x0112
_TIFF_WIDTH_TAG, _TIFF_HEIGHT_TAG = 256, 257
_TURNED_BY_A_QUARTER = frozenset({5, 6, 7, 8})
_REDUCED_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_FIRST_SCAN_BATCH = 32
_SCAN_BATCH = 1000


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What a photo's header says, without decoding it: upright `width` and `height` in pixels."""

    width: int
    height: int
    orientation: int
    has_alpha: bool
    is_tiff: bool

    @property
    def turned(self) -> bool:
        """True where a reader that ignores EXIF would show the photo in another frame than ours."""
        return self.orientation != 1


def read_header(path: Path) -> PhotoHeader:
    """Reads upright size and EXIF orientation from the header.

    Raises:
        PhotoError: the file is missing, empty, not a picture, or larger than 500 megapixels.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path) as picture:
                width, height = _stored_size(picture)
                orientation = int(picture.getexif().get(_ORIENTATION_TAG, 1) or 1)
                is_tiff = isinstance(picture, TiffImageFile)
                has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise _missing(path, error) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except Exception as error:  # Pillow's many readers raise many kinds on damaged bytes
        raise PhotoError(_why_unreadable(path)) from error
    if width * height > _LARGEST_PHOTO_PIXELS:
        raise _too_large(path)
    orientation = orientation if 1 <= orientation <= 8 else 1
    if orientation in _TURNED_BY_A_QUARTER:
        width, height = height, width
    return PhotoHeader(width=width, height=height, orientation=orientation, has_alpha=has_alpha, is_tiff=is_tiff)


def read_photo(path: Path, *, reduced: int = 1) -> NDArray[np.uint8]:
    """Decodes a photo as (H, W, 3) uint8 RGB, upright; 16-bit is cut to 8, grey is tripled, alpha laid on white.

    Args:
        path: any file name, in any script.
        reduced: 1, 2, 4 or 8: decode at about that fraction of the size, much faster for JPEG.

    Raises:
        PhotoError: the file is missing, cut off, not a picture, or larger than 500 megapixels.
    """
    path = Path(path)
    header = read_header(path)
    try:
        data = np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise _missing(path, error) from error
    if _is_cut_off(data):
        raise PhotoError(_why_unreadable(path))
    pixels = _decode_on_white(data, header) if header.has_alpha else _decode(data, _REDUCED_FLAGS[reduced])
    if pixels is None:
        raise PhotoError(_why_unreadable(path))
    return pixels


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key under which `photo2` comes before `photo10`, upper and lower case alike."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)


def scan_folder(root: Path, *, on_unreadable: Callable[[Path], None] | None = None) -> Iterator[list[Path]]:
    """Finds the photos under `root`, folder by folder in natural order, in batches (the first one small).

    Hidden files and folders are left out and links to folders are not followed, so a scan always ends. A
    sub-folder that cannot be read is told to `on_unreadable` and left out.

    Raises:
        PhotoError: `root` itself is missing, no folder, or cannot be read.
    """
    root = Path(root)
    if not root.is_dir():
        raise PhotoError(f"{root} is not a folder.")
    batch: list[Path] = []
    size = _FIRST_SCAN_BATCH
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = [entry for entry in found if not entry.name.startswith(".")]
        except OSError as error:
            if folder == root:
                raise PhotoError(f"{root} cannot be read: {error.strerror}.") from error
            if on_unreadable is not None:
                on_unreadable(folder)
            continue
        entries.sort(key=lambda entry: natural_key(entry.name))
        waiting.extend(Path(entry.path) for entry in reversed(entries) if entry.is_dir(follow_symlinks=False))
        for entry in entries:
            if Path(entry.name).suffix.lower() in PHOTO_SUFFIXES and entry.is_file():
                batch.append(Path(entry.path))
                if len(batch) >= size:
                    yield batch
                    batch, size = [], _SCAN_BATCH
    if batch:
        yield batch


def _stored_size(picture: Image.Image) -> tuple[int, int]:
    """Width and height as the file stores them; some Pillow versions answer a TIFF's already turned."""
    if isinstance(picture, TiffImageFile):
        return int(picture.tag_v2[_TIFF_WIDTH_TAG]), int(picture.tag_v2[_TIFF_HEIGHT_TAG])
    return picture.size


def _decode(data: NDArray[np.uint8], flags: int) -> Any:
    if data.size == 0:
        return None
    try:
        pixels = cv2.imdecode(data, flags)
    except cv2.error:
        return None
    return None if pixels is None else cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _decode_on_white(data: NDArray[np.uint8], header: PhotoHeader) -> Any:
    # IMREAD_COLOR would drop alpha and show whatever colour lies under transparent pixels; IMREAD_UNCHANGED keeps it
    # but leaves the turning to us, except that of a TIFF.
    pixels = cv2.imdecode(data, cv2.IMREAD_UNCHANGED)
    if pixels is not None and pixels.dtype == np.uint16:
        pixels = np.right_shift(np.asarray(pixels, np.uint16), 8).astype(np.uint8)
    if pixels is None or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
        return _decode(data, cv2.IMREAD_COLOR)
    alpha = pixels[:, :, 3:].astype(np.uint16)
    colours = pixels[:, :, 2::-1].astype(np.uint16)
    flat = ((colours * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
    return flat if header.is_tiff else np.ascontiguousarray(_upright(flat, header.orientation))


def _upright(pixels: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    if orientation in _TURNED_BY_A_QUARTER:
        pixels = pixels.transpose(1, 0, 2)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return pixels


def _is_cut_off(data: NDArray[np.uint8]) -> bool:
    """Whether a JPEG or PNG ends before its end marker; OpenCV would fill the rest with grey and say nothing."""
    raw = data.tobytes()
    if raw.startswith(b"\xff\xd8"):
        # An end marker cannot occur inside scan data (0xFF is stuffed there), so it must follow the last scan.
        return raw.rfind(b"\xff\xd9") < raw.rfind(b"\xff\xda")
    if raw.startswith(b"\x89PNG"):
        return b"IEND" not in raw[-4096:]
    return False


def _missing(path: Path, error: OSError) -> PhotoError:
    if isinstance(error, FileNotFoundError):
        return PhotoError(f"{path.name} is no longer there.")
    return PhotoError(f"{path.name} cannot be opened: {error.strerror}.")


def _too_large(path: Path) -> PhotoError:
    return PhotoError(f"{path.name} has more than {_LARGEST_PHOTO_PIXELS // 1_000_000} megapixels.")


def _why_unreadable(path: Path) -> str:
    size_bytes = path.stat().st_size if path.exists() else 0
    if size_bytes == 0:
        return f"{path.name} is empty."
    with path.open("rb") as file:
        known = file.read(4)[:2] in {b"\xff\xd8", b"\x89P", b"RI", b"II", b"MM", b"BM", b"GI"}
    if known:
        return f"{path.name} is cut off or damaged ({_readable_size(size_bytes)})."
    return f"{path.name} is not a picture that Moltbox can read."


def _readable_size(size_bytes: int) -> str:
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{max(1, round(size_bytes / 1000))} kB"
