from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QSize

from app.panels import thumbnails
from app.panels.framing import cut, frame_photo
from app.panels.thumbnails import ThumbnailStore
from engine.errors import PhotoError
from engine.geometry import Box

SIZE = QSize(64, 48)


@pytest.fixture
def store(qapp):
    found = ThumbnailStore(SIZE)
    yield found
    found.close()


def write_photo(path: Path, width: int, height: int) -> Path:
    pixels = np.full((height, width, 3), 90, dtype=np.uint8)
    pixels[: height // 2, : width // 2] = (0, 0, 255)  # BGR: the upper left quarter is red
    cv2.imwrite(str(path), pixels)
    return path


@pytest.mark.parametrize("size", [(640, 480), (600, 400), (300, 900), (2000, 200), (64, 48), (9, 7)])
def test_a_box_lies_in_the_thumbnail_where_its_pixels_lie(size):
    width, height = size
    photo = np.zeros((height, width, 3), dtype=np.uint8)
    box = Box(width * 0.4, height * 0.4, width * 0.6, height * 0.6)
    photo[round(box.y0) : round(box.y1), round(box.x0) : round(box.x1)] = 255
    framing = frame_photo(width, height, 64, 48)
    small = cut(photo, framing, 2.0)
    rows, columns = np.nonzero(small[:, :, 0] > 127)
    shown, placed = framing.shown, framing.place(box)
    pixel = framing.scale * 2.0 + 2.0  # a photo pixel and a thumbnail pixel
    assert columns.min() == pytest.approx((placed.left() - shown.left()) * 2, abs=pixel)
    assert columns.max() + 1 == pytest.approx((placed.right() - shown.left()) * 2, abs=pixel)
    assert rows.min() == pytest.approx((placed.top() - shown.top()) * 2, abs=pixel)
    assert rows.max() + 1 == pytest.approx((placed.bottom() - shown.top()) * 2, abs=pixel)


def test_at_most_a_fifth_of_a_side_is_cropped():
    for width, height in ((640, 480), (600, 400), (480, 640), (3000, 500)):
        crop = frame_photo(width, height, 64, 48).crop
        assert crop.width() >= 0.8 * width - 1e-6
        assert crop.height() >= 0.8 * height - 1e-6


def test_a_thumbnail_is_made_in_the_background_and_turned_upright(store, qtbot, tmp_path):
    path = write_photo(tmp_path / "wide.jpg", 800, 600)
    with qtbot.waitSignal(store.ready, timeout=5000) as told:
        store.show([(5, path)])
        assert store.thumbnail(5) is None
    assert told.args == [5]
    made = store.thumbnail(5)
    assert made is not None
    assert (made.pixmap.width(), made.pixmap.height()) == (64, 48)
    image = made.pixmap.toImage()
    assert image.pixelColor(10, 10).red() > 200
    assert image.pixelColor(50, 40).red() < 120


def test_a_photo_that_cannot_be_read_is_told_once(store, qtbot, tmp_path):
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"")
    with qtbot.waitSignal(store.ready, timeout=5000):
        store.show([(1, broken)])
    assert store.is_unreadable(1)
    store.show([(1, broken)])
    assert store.waiting == ()


def test_rows_scrolled_away_are_never_read_and_visible_ones_come_first(store, qtbot, monkeypatch):
    gate = threading.Event()
    read: list[str] = []

    def slow(path, size, ratio):
        read.append(path.name)
        gate.wait(5)
        raise PhotoError("no picture")

    monkeypatch.setattr(thumbnails, "_make", slow)
    store.show([(n, Path(f"{n}.jpg")) for n in range(20)])
    qtbot.waitUntil(lambda: len(read) == 2, timeout=5000)
    assert store.waiting == tuple(range(2, 20))

    store.show([(n, Path(f"{n}.jpg")) for n in (70, 71, 72)])
    assert store.waiting == (70, 71, 72)
    gate.set()
    qtbot.waitUntil(lambda: store.is_unreadable(72), timeout=5000)
    assert sorted(read) == sorted(["0.jpg", "1.jpg", "70.jpg", "71.jpg", "72.jpg"])


def test_the_cache_keeps_to_its_bytes_and_forgets_the_oldest(qapp, qtbot, tmp_path):
    path = write_photo(tmp_path / "photo.png", 64, 48)
    room = 3 * 64 * 48 * 4
    store = ThumbnailStore(SIZE, cache_bytes=room)
    for photo_id in range(6):
        with qtbot.waitSignal(store.ready, timeout=5000):
            store.show([(photo_id, path)])
        store.thumbnail(0)
    assert store.used_bytes <= room
    assert store.thumbnail(0) is not None
    assert store.thumbnail(1) is None
    assert store.thumbnail(5) is not None
    store.close()


def test_answers_of_a_closed_folder_are_ignored(store, qtbot, monkeypatch):
    gate = threading.Event()
    ended = threading.Event()

    def slow(path, size, ratio):
        gate.wait(5)
        ended.set()
        raise PhotoError("no picture")

    monkeypatch.setattr(thumbnails, "_make", slow)
    store.show([(3, Path("a.jpg"))])
    store.clear()
    gate.set()
    assert ended.wait(5)
    with qtbot.assertNotEmitted(store.ready, wait=100):
        pass
    assert not store.is_unreadable(3)


def test_another_pixel_density_makes_thumbnails_anew(store, qtbot, tmp_path):
    path = write_photo(tmp_path / "photo.png", 640, 480)
    with qtbot.waitSignal(store.ready, timeout=5000):
        store.show([(1, path)])
    store.set_device_pixel_ratio(1.0)
    assert store.thumbnail(1) is not None
    store.set_device_pixel_ratio(2.0)
    assert store.thumbnail(1) is None
    with qtbot.waitSignal(store.ready, timeout=5000):
        store.show([(1, path)])
    made = store.thumbnail(1)
    assert made is not None
    assert (made.pixmap.width(), made.pixmap.deviceIndependentSize().width()) == (128, 64)
