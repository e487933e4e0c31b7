"""Icons exist, are drawn in the colour asked for, and follow the theme."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication

from app.actions import ACTIONS
from app.theme.icons import icon, pixmap
from app.theme.palette import DARK, LIGHT, apply_theme
from engine.resources import resource_path

NAMES = sorted(path.stem for path in resource_path("icons").glob("*.svg"))
# The mark of Moltbox, and the reviewed tick, which is white on its disc.
TWO_COLOURED = {"app", "state-done"}
USED = re.compile(r'(?:icon=|draw_icon\([^,()]*(?:\([^()]*\))?, )"([a-z-]+)"')


def pixels(picture: QPixmap) -> np.ndarray:
    """(h, w, 4) uint8 RGBA, alpha not multiplied in."""
    image = picture.toImage().convertToFormat(picture.toImage().Format.Format_RGBA8888)
    rows = np.array(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)


@pytest.mark.parametrize("name", NAMES)
def test_icon_draws_something_that_fits(qapp: QApplication, name: str) -> None:
    alpha = pixels(pixmap(name, 32, QColor("#FF0000")))[:, :, 3]
    covered = (alpha > 0).mean()
    assert 0.01 < covered < 0.9


@pytest.mark.parametrize("name", sorted(set(NAMES) - TWO_COLOURED))
def test_icon_is_drawn_in_one_colour(qapp: QApplication, name: str) -> None:
    found = pixels(pixmap(name, 40, QColor("#3366CC")))
    solid = found[found[:, :, 3] == 255][:, :3]
    assert len(solid)
    assert np.abs(solid.astype(int) - (0x33, 0x66, 0xCC)).max() <= 2


def test_icon_is_sharp_at_twice_the_density(qapp: QApplication) -> None:
    picture = pixmap("folder", 16, QColor("white"), ratio=2.0)
    assert (picture.width(), picture.devicePixelRatio()) == (32, 2.0)


def test_icon_follows_the_theme(qapp: QApplication) -> None:
    shown: QIcon = icon("folder", 16, "t1")
    for colours in (DARK, LIGHT):
        apply_theme(qapp, "dark" if colours.dark else "light")
        found = pixels(shown.pixmap(16, 16))
        strongest = found[found[:, :, 3] == found[:, :, 3].max()][:, :3].astype(int)
        wanted = QColor(colours.t1)
        assert np.abs(strongest - (wanted.red(), wanted.green(), wanted.blue())).max() <= 4


def test_every_icon_named_in_the_code_is_there() -> None:
    root = resource_path().parent
    named = {spec.icon for spec in ACTIONS if spec.icon}
    for path in (root / "app").rglob("*.py"):
        named |= set(USED.findall(path.read_text(encoding="utf-8")))
    assert len(named) > 20
    assert named <= set(NAMES)
