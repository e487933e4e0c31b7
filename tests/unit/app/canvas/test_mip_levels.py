"""The photo at any zoom: right place, smooth when small, its own pixels when large."""

from __future__ import annotations

import numpy as np
import pytest

from app.canvas.mip_levels import MipLevels
from app.canvas.sampling import ScreenView


def gradient(height: int, width: int) -> np.ndarray:
    """A photo whose red tells x and whose green tells y."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 255 / width, y * 255 / height, np.zeros((height, width))], axis=2).astype(np.uint8)


def test_level_zero_is_the_array_itself():
    pixels = gradient(300, 400)
    assert MipLevels(pixels).level(0) is pixels


@pytest.mark.parametrize(("zoom", "level"), [(8, 0), (1, 0), (0.51, 0), (0.5, 1), (0.26, 1), (0.25, 2), (0.0001, 3)])
def test_the_level_drawn_has_at_least_the_screens_pixels(zoom, level):
    assert MipLevels(np.zeros((1000, 600, 3), np.uint8)).level_for(zoom) == level


@pytest.mark.parametrize("zoom", [0.13, 0.25, 0.4, 1.0, 2.7, 9.0])
@pytest.mark.parametrize(("dx", "dy"), [(0.0, 0.0), (37.4, -20.6), (-51.2, -41.9)])
def test_a_photo_point_is_drawn_where_the_zoom_puts_it(zoom, dx, dy):
    photo = gradient(901, 1203)
    shown = MipLevels(photo).render(ScreenView(zoom, dx, dy, 640, 480))
    assert shown is not None
    rows, columns = shown.pixels.shape[:2]
    assert 0 <= shown.left < shown.left + columns <= 640
    assert 0 <= shown.top < shown.top + rows <= 480
    for u, v in ((1, 1), (columns // 2, rows // 3), (columns - 2, rows - 2)):
        x = (shown.left + u + 0.5 - dx) / zoom
        y = (shown.top + v + 0.5 - dy) / zoom
        red, green, _ = shown.pixels[v, u].astype(float)
        tolerance = 1.6 + 255 / 900 / zoom
        assert red == pytest.approx(x * 255 / 1203, abs=tolerance)
        assert green == pytest.approx(y * 255 / 901, abs=tolerance)


def test_a_photo_out_of_sight_is_not_drawn():
    levels = MipLevels(gradient(100, 100))
    assert levels.render(ScreenView(1.0, 700.0, 0.0, 640, 480)) is None
    assert levels.render(ScreenView(1.0, 0.0, -101.0, 640, 480)) is None


def test_fine_stripes_become_even_grey_when_small_and_stay_stripes_when_large():
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    small = MipLevels(stripes).render(ScreenView(0.25, 0, 0, 128, 128))
    assert small is not None
    assert np.ptp(small.pixels) <= 2
    assert abs(float(small.pixels.mean()) - 127.5) < 2
    large = MipLevels(stripes).render(ScreenView(8.0, 0, 0, 128, 128))
    assert large is not None
    assert set(np.unique(large.pixels)) == {0, 255}


def test_a_photo_wider_than_opencv_warps_is_drawn():
    wide = gradient(64, 40000)
    shown = MipLevels(wide).render(ScreenView(1.0, -39000.0, 0.0, 640, 480))
    assert shown is not None
    assert shown.pixels.shape == (64, 640, 3)
    assert shown.pixels[10, 320, 0] == pytest.approx(39320 * 255 / 40000, abs=2)
