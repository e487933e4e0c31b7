"""One frame for every file: orientation, depth, alpha, names, damage."""

import io
import os
import struct
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from engine.errors import PhotoError
from engine.geometry import Box
from engine.images import (
    _decode_on_white,
    _is_cut_off,
    decode_sized,
    natural_key,
    read_header,
    read_photo,
    read_sized,
    scan_folder,
)
from support.photos import save_photo, shape_photo

SCENE = shape_photo(Box(10, 5, 40, 20), width=64, height=48, colour=(240, 30, 60))


def save_turned(path: Path, orientation: int) -> Path:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = Image.fromarray(SCENE)
    options: dict[str, Any] = {"quality": 100, "subsampling": 0} if path.suffix == ".jpg" else {}
    if path.suffix == ".webp":
        options = {"lossless": True}
    picture.save(path, exif=exif, **options)
    return path


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright_as_pillow_says(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = save_turned(tmp_path / f"photo{suffix}", orientation)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)).convert("RGB"))
    pixels = read_photo(path)
    header = read_header(path)
    assert pixels.shape == expected.shape
    assert np.abs(pixels.astype(int) - expected).mean() < 3
    assert (header.width, header.height) == (expected.shape[1], expected.shape[0])
    assert header.turned == (orientation != 1)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_upright_at_a_reduced_size_too(tmp_path: Path, suffix: str, orientation: int) -> None:
    path = save_turned(tmp_path / f"photo{suffix}", orientation)
    whole = read_photo(path)
    small = cv2.resize(read_photo(path, reduced=2), (32, 32), interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - cv2.resize(whole, (32, 32), interpolation=cv2.INTER_AREA)).mean() < 8


ODD_ORIENTATIONS = {
    "ascii": (2, 1, b"6\0\0\0"),
    "rational 0/0": (5, 1, struct.pack("<I", 26)),
    "nan": (11, 1, struct.pack("<f", float("nan"))),
    "float": (11, 1, struct.pack("<f", 6.0)),
    "count 0": (3, 0, b"\6\0\0\0"),
    "none known": (3, 1, b"\x63\0\0\0"),
    "negative": (9, 1, struct.pack("<i", -6)),
    "undefined": (7, 4, b"\6\0\0\0"),
    "unknown type": (77, 1, b"\6\0\0\0"),
    "beyond the end": (5, 1, struct.pack("<I", 60_000)),
}


def exif_with(kind: int, count: int, value: bytes) -> bytes:
    """An EXIF block whose orientation is of any type; eight bytes of zero lie at its end."""
    entry = struct.pack("<HHI", 0x0112, kind, count) + value
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + bytes(8)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
@pytest.mark.parametrize("odd", ODD_ORIENTATIONS)
def test_an_orientation_that_cannot_be_read_turns_nothing(tmp_path: Path, suffix: str, odd: str) -> None:
    path = tmp_path / f"odd{suffix}"
    options: dict[str, Any] = {"quality": 100, "subsampling": 0} if suffix == ".jpg" else {"lossless": True}
    Image.fromarray(SCENE).save(path, exif=exif_with(*ODD_ORIENTATIONS[odd]), **options)
    header = read_header(path)
    assert (header.width, header.height, header.turned) == (64, 48, False)
    assert np.abs(read_photo(path).astype(int) - SCENE).mean() < 3


# A TIFF whose entry points beyond its end is cut off.
@pytest.mark.parametrize("odd", [odd for odd in ODD_ORIENTATIONS if odd != "beyond the end"])
def test_a_tiff_with_such_an_orientation_is_not_turned_either(tmp_path: Path, odd: str) -> None:
    path = save_turned(tmp_path / "odd.tif", 6)
    kind, count, value = ODD_ORIENTATIONS[odd]
    usual = struct.pack("<HHIH", 0x0112, 3, 1, 6)
    data = path.read_bytes()
    assert data.count(usual) == 1
    start = data.index(usual)
    path.write_bytes(data[:start] + struct.pack("<HHI", 0x0112, kind, count) + value + data[start + 12 :])
    header = read_header(path)
    assert (header.width, header.height, header.turned) == (64, 48, False)
    assert np.array_equal(read_photo(path), SCENE)


@pytest.mark.parametrize("junk", [b"", b"Exif\0\0", b"Exif\0\0nothing of it", b"Exif\0\0II*\0\xff\xff\xff\xff"])
def test_a_block_of_exif_that_is_junk_turns_nothing(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "junk.jpg"
    Image.fromarray(SCENE).save(path, quality=100, subsampling=0, exif=junk)
    assert not read_header(path).turned
    assert np.abs(read_photo(path).astype(int) - SCENE).mean() < 3


def test_an_orientation_in_xmp_turns_neither_header_nor_pixels(tmp_path: Path) -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    Image.fromarray(SCENE).save(tmp_path / "xmp.jpg", xmp=xmp)
    assert read_header(tmp_path / "xmp.jpg").width == 64
    assert read_photo(tmp_path / "xmp.jpg").shape == (48, 64, 3)


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_turned_photo_with_alpha_is_upright_on_white(tmp_path: Path, suffix: str, orientation: int) -> None:
    rgba = np.dstack([SCENE, np.full(SCENE.shape[:2], 255, np.uint8)])
    rgba[:8, :8] = (10, 10, 10, 0)
    path = tmp_path / f"alpha{suffix}"
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(rgba, "RGBA").save(path, exif=exif, lossless=True)
    # Pillow loads a turned TIFF with alpha in the wrong frame, so a PNG of the same pixels says what is right.
    Image.fromarray(rgba, "RGBA").save(tmp_path / "same.png", exif=exif)
    turned = ImageOps.exif_transpose(Image.open(tmp_path / "same.png"))
    ground = Image.new("RGBA", turned.size, "white")
    expected = np.asarray(Image.alpha_composite(ground, turned).convert("RGB"))
    assert np.abs(read_photo(path).astype(int) - expected).max() <= 1


def write_alpha(path: Path, shape: tuple[int, int], depth: type) -> Any:
    """Writes and returns a picture of noise, BGRA, with all kinds of alpha."""
    highest = np.iinfo(depth).max
    pixels = np.random.default_rng(5).integers(0, highest, (*shape, 4), dtype=depth, endpoint=True)
    pixels[: shape[0] // 3, :, 3] = 0
    pixels[-(shape[0] // 3) :, :, 3] = highest
    assert cv2.imwrite(str(path), pixels)
    return pixels


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("depth", [np.uint8, np.uint16])
@pytest.mark.parametrize("shape", [(3, 3), (700, 431), (5, 120_000)])
def test_alpha_laid_on_white_by_strips_gives_the_bytes_of_the_whole(
    tmp_path: Path, suffix: str, depth: type, shape: tuple[int, int]
) -> None:
    path = tmp_path / f"noise{suffix}"
    pixels = write_alpha(path, shape, depth).astype(int) >> (8 if depth is np.uint16 else 0)
    colours, alpha = pixels[:, :, 2::-1], pixels[:, :, 3:]
    assert np.array_equal(read_photo(path), (colours * alpha + 255 * (255 - alpha) + 127) // 255)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize(("depth", "pixel_bytes"), [(np.uint8, 8), (np.uint16, 16)])
def test_a_picture_with_alpha_takes_the_memory_that_was_told(
    tmp_path: Path, suffix: str, depth: type, pixel_bytes: int
) -> None:
    path = tmp_path / f"noise{suffix}"
    write_alpha(path, (900, 800), depth)
    told: list[int] = []
    read_sized(path, lambda width, height: (width, height), told.append)
    assert told == [pixel_bytes * 900 * 800]
    data = np.fromfile(path, np.uint8)
    tracemalloc.start()
    laid_on_white = _decode_on_white(data)
    _, highest_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert laid_on_white.nbytes <= highest_bytes < told[0] + 4_000_000


def test_sixteen_bit_grey_and_palette_become_rgb(tmp_path: Path) -> None:
    deep = (np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20).astype(np.uint16)
    cv2.imencode(".png", deep)[1].tofile(tmp_path / "deep.png")
    Image.fromarray(SCENE).convert("P").save(tmp_path / "palette.png")
    Image.fromarray(SCENE).convert("CMYK").save(tmp_path / "print.jpg", quality=95)
    pixels = read_photo(tmp_path / "deep.png")
    assert pixels.shape == (48, 64, 3)
    assert np.abs(pixels[:, :, 0].astype(int) - (deep >> 8)).max() <= 1
    for name in ("palette.png", "print.jpg"):
        assert np.abs(read_photo(tmp_path / name).astype(int) - SCENE).mean() < 25


@pytest.mark.parametrize("name", ["смотри 猫 #1 %20.png", "-dash.png", "a" * 200 + ".png", "émoji 🐈.PNG"])
def test_any_name_can_be_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(cv2.imencode(".png", SCENE[:, :, ::-1])[1].tobytes())
    assert np.array_equal(read_photo(path), SCENE)


@pytest.mark.parametrize("reduced", [1, 2, 4, 8])
def test_reduced_decoding_is_smaller_and_alike(tmp_path: Path, reduced: int) -> None:
    photo = shape_photo(Box(100, 80, 420, 300), width=640, height=480, colour=(240, 30, 60))
    small = read_photo(save_photo(tmp_path / "large.jpg", photo), reduced=reduced)
    assert small.shape == (480 // reduced, 640 // reduced, 3)
    assert np.abs(small[160 // reduced, 240 // reduced].astype(int) - (240, 30, 60)).max() < 8
    assert small[2, 2].mean() < 40


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".bmp", ".gif", ".jp2", ".ppm"])
def test_red_comes_first_in_every_file_type(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"red{suffix}"
    Image.new("RGB", (40, 30), (240, 30, 60)).save(path)
    assert np.abs(read_photo(path).astype(int) - (240, 30, 60)).max() < 12


@given(st.lists(st.sampled_from([b"\xff\xd9", b"\xff\xda", b"\xff", b"\xda", b"\xd9", b"\x00\x00"]), max_size=8))
def test_a_jpeg_is_cut_off_where_no_end_follows_its_last_scan(parts: list[bytes]) -> None:
    raw = b"\xff\xd8" + b"".join(parts)
    assert _is_cut_off(np.frombuffer(raw, np.uint8)) == (raw.rfind(b"\xff\xd9") < raw.rfind(b"\xff\xda"))


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.9])
def test_a_photo_that_is_cut_off_is_never_half_shown(tmp_path: Path, suffix: str, kept: float) -> None:
    generator = np.random.default_rng(3)
    noise = generator.integers(0, 255, (200, 300, 3), dtype=np.uint8)
    path = save_photo(tmp_path / f"scan{suffix}", noise)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    with pytest.raises(PhotoError, match=r"scan\.\w+ is cut off or damaged \("):
        read_photo(path)


def test_a_cut_off_photo_with_a_whole_thumbnail_inside_is_noticed(tmp_path: Path) -> None:
    thumbnail = io.BytesIO()
    Image.fromarray(SCENE).save(thumbnail, "JPEG")
    path = save_photo(tmp_path / "phone.jpg", shape_photo(Box(10, 10, 200, 200), 640, 480))
    data = path.read_bytes()
    comment = b"\xff\xe1" + (len(thumbnail.getvalue()) + 2).to_bytes(2, "big") + thumbnail.getvalue()
    whole = data[:2] + comment + data[2:]
    path.write_bytes(whole)
    assert read_photo(path).shape == (480, 640, 3)
    path.write_bytes(whole[:-400])
    with pytest.raises(PhotoError, match="cut off"):
        read_photo(path)


def test_what_is_no_photo_is_said(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "text.png").write_text("not a picture")
    for name, why in (("empty.jpg", "is empty"), ("text.png", "not a picture"), ("gone.jpg", "no longer there")):
        with pytest.raises(PhotoError, match=why):
            read_photo(tmp_path / name)


@pytest.mark.parametrize("side", [40, 8000])
def test_a_photo_removed_while_its_header_is_read_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, side: int
) -> None:
    path = tmp_path / "gone.png"
    Image.new("1", (side, side)).save(path)
    opened = Image.open

    def open_and_remove(source: Any) -> Image.Image:
        picture = opened(source)
        path.unlink()
        return picture

    monkeypatch.setattr(Image, "open", open_and_remove)
    with pytest.raises(PhotoError, match=r"gone\.png"):
        read_photo(path)


def test_a_file_of_forty_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = save_photo(tmp_path / "tail.jpg", SCENE)
    with path.open("r+b") as file:
        file.truncate(40_000_000_000)
    with pytest.raises(PhotoError, match=r"tail\.jpg has 40\.0 GB, more than a photo may have \(2 GB\)"):
        read_photo(path)
    with pytest.raises(PhotoError, match=r"40\.0 GB"):
        read_header(path)


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of a process's memory is the one of Linux here")
def test_a_photo_that_the_memory_cannot_hold_is_a_sentence(tmp_path: Path) -> None:
    Image.new("RGB", (12_000, 12_000)).save(tmp_path / "large.jpg")
    Image.new("RGBA", (7_000, 7_000)).save(tmp_path / "large.png")
    with (tmp_path / "heavy.jpg").open("wb") as file:
        file.write((tmp_path / "large.jpg").read_bytes())
        file.truncate(1_500_000_000)
    program = """
import resource, sys
from pathlib import Path
from engine.errors import PhotoError
from engine.images import read_photo

used_bytes = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used_bytes + 100_000_000, resource.RLIM_INFINITY))
for name in ("large.jpg", "large.png", "heavy.jpg"):
    try:
        read_photo(Path(sys.argv[1], name))
    except PhotoError as error:
        print(error)
"""
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    names = ("large.jpg", "large.png", "heavy.jpg")
    assert done.stdout.splitlines() == [f"{name} takes more memory than there is." for name in names]


def test_memory_that_runs_out_while_reading_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save_photo(tmp_path / "a.jpg", SCENE)

    def full(*_given: object, **_named: object) -> None:
        raise MemoryError

    monkeypatch.setattr(np, "fromfile", full)
    monkeypatch.setattr(np, "frombuffer", full)
    with pytest.raises(PhotoError, match=r"a\.jpg takes more memory than there is"):
        read_sized(path, lambda _width, _height: (10, 10))
    with pytest.raises(PhotoError, match=r"a\.jpg takes more memory than there is"):
        decode_sized(path.read_bytes(), path.name, lambda _width, _height: (10, 10))


def test_scan_finds_photos_in_natural_order_and_leaves_hidden_ones(tmp_path: Path) -> None:
    shown = ("b/photo10.jpg", "b/photo2.jpg", "a/x.PNG", "top.webp")
    for name in (*shown, ".moltbox/cache.png", "b/.hidden.jpg", "n.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for batch in scan_folder(tmp_path) for path in batch]
    assert found == ["top.webp", "a/x.PNG", "b/photo2.jpg", "b/photo10.jpg"]


def test_scan_ends_in_spite_of_a_link_to_its_own_folder(tmp_path: Path) -> None:
    (tmp_path / "one.jpg").touch()
    (tmp_path / "again").symlink_to(tmp_path)
    assert sum(len(batch) for batch in scan_folder(tmp_path)) == 1


def test_the_first_batch_is_small(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}.jpg").touch()
    assert [len(batch) for batch in scan_folder(tmp_path)] == [32, 68]


def test_no_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="is not a folder"):
        list(scan_folder(tmp_path / "missing"))


def test_natural_key_sorts_numbers_by_value() -> None:
    assert sorted(["p10", "P2", "p1a", "p1"], key=natural_key) == ["p1", "p1a", "P2", "p10"]


def test_a_folder_that_may_not_be_read_is_said_and_one_below_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("open/one.jpg", "closed/two.jpg"):
        path = tmp_path / name
        path.parent.mkdir()
        path.touch()
    real = os.scandir

    def guarded(folder: Path):
        # The tests may run as root, whom no permission stops, so the refusal is made here.
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return real(folder)

    left_out: list[Path] = []
    with monkeypatch.context() as patch:
        patch.setattr("engine.images.os.scandir", guarded)
        found = [path.name for batch in scan_folder(tmp_path, on_unreadable=left_out.append) for path in batch]
        with pytest.raises(PhotoError, match="closed cannot be read: Permission denied"):
            list(scan_folder(tmp_path / "closed"))
    assert found == ["one.jpg"]
    assert left_out == [tmp_path / "closed"]
