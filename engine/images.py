"""The one decoder: every photo, thumbnail, map and export shares the frame that these functions answer in.

Frame: upright. The EXIF orientation is applied for every file type, so the width and height given here are those
the person sees, and boxes are stored in that frame. Pixels are read with OpenCV, headers with Pillow.
"""

from __future__ import annotations

import io
import math
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

LEAST_TIMES_WANTED = 1.5
"""A photo decoded at reduced size is still at least this many times as wide and high as it is used. Measured in
docs/performance.md, section "Batch"."""

_LARGEST_PHOTO_PIXELS = 500_000_000
_LARGE_PHOTO_PIXELS = 50_000_000
_MOST_PIXELS_A_BYTE = 1000
"""Above `_LARGE_PHOTO_PIXELS` a file with more pixels a byte was made to fill memory: photos have below 100."""
_MOST_FILE_BYTES = 2**31 - 1
"""OpenCV decodes from no larger block of memory."""
_STRIP_PIXELS = 100_000
"""Alpha is laid on white by so many pixels at once: what is worked out between takes no memory to speak of."""
_JPEG_START = b"\xff\xd8"
_ORIENTATION_TAG = 0x0112
_TIFF_WIDTH_TAG, _TIFF_HEIGHT_TAG = 256, 257
_TURNED_BY_A_QUARTER = frozenset({5, 6, 7, 8})
"""Transposed first, then flipped."""
_FLIPS = {2: 1, 3: -1, 4: 0, 6: 1, 7: -1, 8: 0}
"""How OpenCV is told by what an upright photo is flipped: 0 upside down, 1 left to right, -1 both."""
_AS_STORED = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
_REDUCED_FLAGS = {
    1: _AS_STORED,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2 | _AS_STORED,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4 | _AS_STORED,
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8 | _AS_STORED,
}
# Pillow has a limit of its own, which is below ours; it only reads headers here, and ours is looked at right after.
Image.MAX_IMAGE_PIXELS = _LARGEST_PHOTO_PIXELS
_FIRST_SCAN_BATCH = 32
_SCAN_BATCH = 1000


@dataclass(frozen=True, slots=True)
class PhotoHeader:
    """What a photo's header says, without decoding it: upright `width` and `height` in pixels.

    pixel_bytes: the bytes that a pixel takes while it is decoded.
    """

    width: int
    height: int
    orientation: int
    has_alpha: bool
    is_tiff: bool
    pixel_bytes: int

    @property
    def turned(self) -> bool:
        """True where a reader that ignores EXIF would show the photo in another frame than ours."""
        return self.orientation != 1


@dataclass(frozen=True, slots=True, eq=False)
class SizedPhoto:
    """A decoded photo that may be smaller than its file says.

    pixels: (h, w, 3) uint8 RGB, upright. width, height: of the whole upright photo in pixels; boxes are in that frame.
    """

    pixels: NDArray[np.uint8]
    width: int
    height: int


WantedSize = Callable[[int, int], tuple[int, int]]
"""Answers how large a photo is used at the most (width, height), given its upright width and height in pixels."""


def read_header(path: Path) -> PhotoHeader:
    """Reads upright size and EXIF orientation from the header.

    Raises:
        PhotoError: the file is missing, empty, not a picture, or larger than 500 megapixels or 2 GB.
    """
    path = Path(path)
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise _missing(path, error) from error
    if size_bytes > _MOST_FILE_BYTES:
        # Before any reader sees it: some take the whole file into memory.
        raise PhotoError(f"{path.name} has {_readable_size(size_bytes)}, more than a photo may have (2 GB).")
    return _header(path, path)


def _header(source: Path | io.BytesIO, path: Path) -> PhotoHeader:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source) as picture:
                width, height = _stored_size(picture)
                channel_bytes = _channel_bytes(picture)
                orientation = _orientation(picture)
                is_tiff = isinstance(picture, TiffImageFile)
                has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
                # OpenCV holds the four channels twice while it decodes; what is laid on white comes after that.
                pixel_bytes = 8 * channel_bytes if has_alpha else 3
    except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
        raise _missing(path, error) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path) from error
    except MemoryError as error:
        raise _too_little_memory(path) from error
    except Exception as error:  # Pillow's many readers raise many kinds on damaged bytes
        raise PhotoError(_why_unreadable(path, source)) from error
    if width * height > _LARGEST_PHOTO_PIXELS:
        raise _too_large(path)
    # Most photos are not opened a second time for this.
    if width * height > _LARGE_PHOTO_PIXELS and width * height > _MOST_PIXELS_A_BYTE * _start_and_size(source)[1]:
        raise PhotoError(f"{path.name} says to be {width} x {height} pixels, far more than its few bytes can hold.")
    if orientation in _TURNED_BY_A_QUARTER:
        width, height = height, width
    return PhotoHeader(width, height, orientation, has_alpha, is_tiff, pixel_bytes)


def read_photo(path: Path, *, reduced: int = 1) -> NDArray[np.uint8]:
    """Decodes a photo as (H, W, 3) uint8 RGB, upright; 16-bit is cut to 8, grey is tripled, alpha laid on white.

    Args:
        path: any file name, in any script.
        reduced: 1, 2, 4 or 8: decode at about that fraction of the size, much faster for JPEG.

    Raises:
        PhotoError: the file is missing, cut off, not a picture, larger than 500 megapixels or 2 GB, or the memory
            is not enough.
    """
    path = Path(path)
    header = read_header(path)
    with _memory_watched(path):
        return _pixels(_bytes_of(path), header, reduced, path)


OnSize = Callable[[int], None]
"""Told how many bytes the pixels of a photo will take, before they are decoded; it may wait until there is room.

With alpha these are the bytes that decoding takes, as the three channels that stay are the lesser part.
"""


def read_sized(path: Path, wanted: WantedSize, on_size: OnSize | None = None) -> SizedPhoto:
    """Decodes a photo as `read_photo` does, but a large JPEG at a half, a quarter or an eighth of its size.

    What is left is at least `LEAST_TIMES_WANTED` times as wide and high as wanted. `on_size` is called once, unless the
    header cannot be read.

    Raises:
        PhotoError: as `read_photo`.
    """
    path = Path(path)
    header = read_header(path)
    with _memory_watched(path):
        return _sized(_bytes_of(path), header, wanted, path, on_size)


def decode_sized(data: bytes, name: str, wanted: WantedSize, on_size: OnSize | None = None) -> SizedPhoto:
    """`read_sized` of a file's bytes, wherever they come from; `name` is for the sentence of an error.

    Raises:
        PhotoError: as `read_photo`.
    """
    header = _header(io.BytesIO(data), Path(name))
    with _memory_watched(Path(name)):
        return _sized(np.frombuffer(data, np.uint8), header, wanted, Path(name), on_size)


def _sized(
    data: NDArray[np.uint8], header: PhotoHeader, wanted: WantedSize, path: Path, on_size: OnSize | None
) -> SizedPhoto:
    is_jpeg = data[:2].tobytes() == _JPEG_START
    reduced = _reduction(header, wanted(header.width, header.height)) if is_jpeg else 1
    if on_size is not None:
        on_size(header.pixel_bytes * math.ceil(header.width / reduced) * math.ceil(header.height / reduced))
    if reduced > 1:
        pixels = _pixels(data, header, reduced, path)
        # Where the two readers do not agree on the frame, the whole photo is decoded and its pixels count.
        if pixels.shape[:2] == (math.ceil(header.height / reduced), math.ceil(header.width / reduced)):
            return SizedPhoto(pixels, header.width, header.height)
    pixels = _pixels(data, header, 1, path)
    return SizedPhoto(pixels, pixels.shape[1], pixels.shape[0])


def _reduction(header: PhotoHeader, wanted: tuple[int, int]) -> int:
    spare = min(header.width / wanted[0], header.height / wanted[1]) / LEAST_TIMES_WANTED
    return max(step for step in _REDUCED_FLAGS if step <= max(1.0, spare))


@contextmanager
def _memory_watched(path: Path) -> Iterator[None]:
    try:
        yield
    except MemoryError as error:
        raise _too_little_memory(path) from error


def _bytes_of(path: Path) -> NDArray[np.uint8]:
    try:
        return np.fromfile(path, dtype=np.uint8)
    except OSError as error:
        raise _missing(path, error) from error


def _pixels(data: NDArray[np.uint8], header: PhotoHeader, reduced: int, path: Path) -> NDArray[np.uint8]:
    if _is_cut_off(data):
        raise PhotoError(_why_unreadable(path, data))
    if header.is_tiff and header.orientation in _TURNED_BY_A_QUARTER:
        reduced = 1  # OpenCV would press the turned photo into the frame of the unturned one
    # Turned by what the header says, which everything else goes by. OpenCV reads some orientations otherwise; only a
    # TIFF it turns whatever it is asked.
    pixels = _decode_on_white(data) if header.has_alpha else _decode(data, _REDUCED_FLAGS[reduced])
    if pixels is None:
        raise PhotoError(_why_unreadable(path, data))
    return pixels if header.is_tiff else _upright(pixels, header.orientation)


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Sort key under which `photo2` comes before `photo10`, upper and lower case alike."""
    parts = re.split(r"(\d+)", text.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)


def scan_key(relative: str) -> tuple[tuple[bool, tuple[tuple[int, int | str], ...], str], ...]:
    """Sort key of a photo's relative path (forward slashes) under which photos stand as `scan_folder` finds them."""
    *folders, name = relative.split("/")
    return (*((True, natural_key(each), each) for each in folders), (False, natural_key(name), name))


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
        entries.sort(key=lambda entry: (natural_key(entry.name), entry.name))
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


def _channel_bytes(picture: Image.Image) -> int:
    # Pillow cuts channels of 16 bit to 8, and says only in its reader's raw mode how they are stored ("RGBA;16B").
    return 2 if any(";16" in str(tile[3]) for tile in getattr(picture, "tile", ())) else 1


def _orientation(picture: Image.Image) -> int:
    """The EXIF orientation; 1 where there is none, or none that can be read. What XMP says does not count."""
    for name in ("xmp", "XML:com.adobe.xmp"):
        picture.info.pop(name, None)
    has_exif = "exif" in picture.info
    try:
        orientation = picture.getexif().get(_ORIENTATION_TAG)
    except Exception:  # as many kinds as of damaged bytes
        if not has_exif:  # it is the picture that is damaged
            raise
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _decode(data: NDArray[np.uint8], flags: int) -> Any:
    if data.size == 0:
        return None
    try:
        return cv2.imdecode(data, flags)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        return None


def _decode_on_white(data: NDArray[np.uint8]) -> Any:
    # IMREAD_COLOR would drop alpha and show whatever colour lies under transparent pixels; IMREAD_UNCHANGED keeps it.
    pixels = _decode(data, cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim != 3 or pixels.shape[2] != 4:
        return _decode(data, _REDUCED_FLAGS[1])
    flat = np.empty((*pixels.shape[:2], 3), np.uint8)
    rows = max(1, _STRIP_PIXELS // pixels.shape[1])
    for top in range(0, len(pixels), rows):
        strip = pixels[top : top + rows].astype(np.uint16)
        if pixels.dtype == np.uint16:
            strip >>= 8
        alpha = strip[:, :, 3:]
        flat[top : top + rows] = (strip[:, :, 2::-1] * alpha + 255 * (255 - alpha) + 127) // 255
    return flat


def _upright(pixels: Any, orientation: int) -> Any:
    if orientation in _TURNED_BY_A_QUARTER:
        pixels = cv2.transpose(pixels)
    flip = _FLIPS.get(orientation)
    return pixels if flip is None else cv2.flip(pixels, flip)


def _is_cut_off(data: NDArray[np.uint8]) -> bool:
    """Whether a JPEG or PNG ends before its end marker; OpenCV would fill the rest with grey and say nothing."""
    raw = data.tobytes()
    if raw.startswith(_JPEG_START):
        # An end marker cannot occur inside scan data (0xFF is stuffed there), so no scan may begin after the last one.
        return raw.find(b"\xff\xda", max(0, raw.rfind(b"\xff\xd9"))) >= 0
    if raw.startswith(b"\x89PNG"):
        return b"IEND" not in raw[-4096:]
    return False


def _missing(path: Path, error: OSError) -> PhotoError:
    if isinstance(error, FileNotFoundError):
        return PhotoError(f"{path.name} is no longer there.")
    return PhotoError(f"{path.name} cannot be opened: {error.strerror}.")


def _too_large(path: Path) -> PhotoError:
    return PhotoError(f"{path.name} has more than {_LARGEST_PHOTO_PIXELS // 1_000_000} megapixels.")


def _too_little_memory(path: Path) -> PhotoError:
    return PhotoError(f"{path.name} takes more memory than there is.")


def _why_unreadable(path: Path, source: Path | io.BytesIO | NDArray[np.uint8]) -> str:
    start, size_bytes = _start_and_size(source)
    if size_bytes == 0:
        return f"{path.name} is empty."
    if start[:2] in {_JPEG_START, b"\x89P", b"RI", b"II", b"MM", b"BM", b"GI"}:
        return f"{path.name} is cut off or damaged ({_readable_size(size_bytes)})."
    return f"{path.name} is not a picture that Moltbox can read."


def _start_and_size(source: Path | io.BytesIO | NDArray[np.uint8]) -> tuple[bytes, int]:
    """The first bytes of a file and its size in bytes; nothing where it is gone, be it just now."""
    if isinstance(source, np.ndarray):
        return source[:4].tobytes(), source.size
    if isinstance(source, io.BytesIO):
        return source.getvalue()[:4], len(source.getvalue())
    try:
        with source.open("rb") as file:
            return file.read(4), os.fstat(file.fileno()).st_size
    except OSError:
        return b"", 0


def _readable_size(size_bytes: int) -> str:
    if size_bytes >= 1_000_000_000:
        return f"{size_bytes / 1_000_000_000:.1f} GB"
    if size_bytes >= 1_000_000:
        return f"{size_bytes / 1_000_000:.1f} MB"
    return f"{max(1, round(size_bytes / 1000))} kB"
