"""The canvas on screens of every kind: one, one and a half or two device pixels for a pixel, dark and light."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtGui import QImage

from app.theme.palette import apply_theme, theme
from support.canvas_hands import FIRST


def shown(view) -> tuple[np.ndarray, float]:
    """(h, w, 3) int in device pixels, and device pixels for a pixel."""
    image = view.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)
    return pixels, image.devicePixelRatio()


def test_photo_pixels_are_as_sharp_as_the_screen(view, session):
    photo = np.zeros((1600, 2400, 3), np.uint8)
    photo[:, 1::2] = 255
    session.show(photo)
    ratio = view.devicePixelRatioF()
    area = view.camera.photo_on_screen()
    view.camera.zoom_at(area.center(), 1 / ratio / view.camera.zoom)
    seen, _ = shown(view)
    area = view.camera.photo_on_screen()
    y, middle = round(area.center().y() * ratio), round(area.center().x() * ratio)
    stripe = seen[y, middle - 40 : middle + 40, 0]
    # One photo pixel is one device pixel here: drawn small and enlarged, stripes would come in twos.
    assert np.abs(np.diff(stripe)).min() > 100


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_box_and_photo_lie_on_each_other(qapp, view, session, at, scheme):
    apply_theme(qapp, scheme)
    photo = np.full((400, 600, 3), 60, np.uint8)
    photo[100:250, 100:300] = 230
    session.show(photo)
    session.set_boxes(FIRST)
    view.layers.set_hidden(hidden=True)
    bare, ratio = shown(view)
    view.layers.set_hidden(hidden=False)
    seen, _ = shown(view)
    left, y = round(at(100, 175).x() * ratio), round(at(100, 175).y() * ratio)
    edge = left - 8 + int(np.argmax(bare[y, left - 8 : left + 8, 0] > 150))
    changed = np.flatnonzero(np.abs(seen - bare)[y, edge - 12 : edge + 12].max(axis=1) > 20) + edge - 12
    assert changed.size >= 3 * ratio
    assert edge - 3.5 * ratio <= changed.min()
    assert changed.max() <= edge + 3.5 * ratio
    ground = theme().colour("canvas")
    assert tuple(bare[2, -3]) == (ground.red(), ground.green(), ground.blue())


@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_all_this_holds_on_finer_screens(factor):
    wanted = [f"{__file__}::{test.__name__}" for test in (test_photo_pixels_are_as_sharp_as_the_screen,)]
    wanted += [f"{__file__}::{test_box_and_photo_lie_on_each_other.__name__}"]
    environment = os.environ | {"QT_SCALE_FACTOR": factor, "QT_SCALE_FACTOR_ROUNDING_POLICY": "PassThrough"}
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *wanted]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout
