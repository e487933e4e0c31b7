"""Who sees no or few colours still tells classes, states and choices apart; high contrast reaches 7:1.

Colour deficiencies after Machado, Oliveira and Fernandes (2009), full severity, on linear sRGB; distances in CIELAB
(ΔE of 1976, D65), grey as CIELAB lightness.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas.box_paint import paint_lines
from app.panels.marks import draw_box_line, draw_need
from app.panels.words import PHOTO_STATE_ICONS
from app.theme.icons import draw_icon
from app.theme.palette import (
    CLASS_COLOURS,
    DARK,
    DARK_HIGH,
    LIGHT,
    LIGHT_HIGH,
    Contrast,
    Scheme,
    Theme,
    apply_theme,
    theme,
)
from app.widgets import Button, Chip, SegmentControl, TickBox, draw_chosen
from engine.dataset.project_records import BoxState

DEFICIENCIES: dict[str, list[list[float]]] = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protan": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deutan": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritan": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = np.array([0.95047, 1.0, 1.08883])
SCHEMES = pytest.mark.parametrize("scheme", ["dark", "light"])
CONTRASTS = pytest.mark.parametrize("contrast", ["usual", "high"])


@pytest.fixture(autouse=True)
def usual_again(qapp: QApplication) -> Iterator[None]:
    yield
    apply_theme(qapp, "dark", "system")


def linear(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    """Linear light of sRGB in [0, 1]."""
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """CIELAB of linear sRGB, (..., 3)."""
    xyz = np.clip(light, 0.0, 1.0) @ TO_XYZ.T / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.stack([116 * f[..., 1] - 16, 500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2])], axis=-1)


def of_hex(colour: str) -> NDArray[np.float64]:
    return linear(np.array([int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]))


def contrast_of(one: str, other: str) -> float:
    light, dark = sorted((float(of_hex(each) @ TO_XYZ[1]) for each in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_lab_of_known_colours() -> None:
    assert lab(of_hex("#FFFFFF")) == pytest.approx([100, 0, 0], abs=0.02)
    assert lab(of_hex("#FF0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize(("sight", "least"), [("normal", 45.0), ("protan", 27.0), ("deutan", 27.0), ("tritan", 27.0)])
def test_class_colours_are_told_apart(sight: str, least: float) -> None:
    seen = [lab(np.array(DEFICIENCIES[sight]) @ of_hex(colour)) for colour in CLASS_COLOURS]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) >= least


@pytest.mark.parametrize("colours", [DARK_HIGH, LIGHT_HIGH], ids=["dark", "light"])
def test_high_contrast_is_high(colours: Theme) -> None:
    grounds = ("canvas", "win", "panel", "raised", "hover", "float", "soft", "ok_soft", "warn_soft", "bad_soft")
    low = [
        (text, ground)
        for text in ("t1", "t2", "t3", "acc", "ok", "warn", "bad")
        for ground in grounds
        if contrast_of(getattr(colours, text), getattr(colours, ground)) < 7.0
    ]
    low += [("on_fill", "fill")] * (contrast_of(colours.on_fill, colours.fill) < 7.0)
    assert low == []
    for line in ("edge", "edge_soft", "line", "acc"):
        assert contrast_of(getattr(colours, line), colours.panel) >= 3.0, line
    assert colours.soft == colours.panel


@pytest.mark.parametrize("colours", [DARK, LIGHT, DARK_HIGH, LIGHT_HIGH], ids=["dark", "light", "dark+", "light+"])
def test_state_icons_stand_out_from_every_ground_of_a_list(colours: Theme) -> None:
    for role in ("ok", "warn", "acc", "t2", "t3"):
        for ground in ("panel", "soft", "hover"):
            assert contrast_of(getattr(colours, role), getattr(colours, ground)) >= 3.0, (role, ground)


def grey(paint: Callable[[QPainter], None], width: int, height: int) -> NDArray[np.float64]:
    """Lightness (h, w) in [0, 100] of what is painted on a panel, at twice the density."""
    image = QImage(2 * width, 2 * height, QImage.Format.Format_RGB888)
    image.setDevicePixelRatio(2.0)
    image.fill(theme().colour("panel"))
    painter = QPainter(image)
    paint(painter)
    painter.end()
    return lightness(image)


def lightness(image: QImage) -> NDArray[np.float64]:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.array(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3) / 255.0
    return lab(linear(rgb))[..., 0]


def differ(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """How many pixels a person without colours sees as another grey."""
    return int((np.abs(one - other) > 12.0).sum())


@SCHEMES
@pytest.mark.parametrize("large", [True, False], ids=["photo", "list"])
def test_states_of_a_box_are_told_apart_without_colours(qapp: QApplication, scheme, large: bool) -> None:
    apply_theme(qapp, scheme, "usual")
    area = QRectF(12, 12, 76, 56) if large else QRectF(10, 8, 18, 14)
    size = (100, 80) if large else (38, 30)

    def paint(painter: QPainter, state: BoxState) -> None:
        if large:
            paint_lines(painter, area, state, QColor(CLASS_COLOURS[0]))
        else:
            draw_box_line(painter, area, state, QColor(CLASS_COLOURS[0]), width=1.75, casing=False)

    shown = {state: grey(lambda painter, state=state: paint(painter, state), *size) for state in BoxState}
    pairs = {(a, b): differ(shown[a], shown[b]) for a, b in combinations(BoxState, 2)}
    assert min(pairs.values()) >= 12, pairs


@SCHEMES
def test_states_of_a_photo_are_told_apart_without_colours(qapp: QApplication, scheme) -> None:
    apply_theme(qapp, scheme, "usual")
    shown = [
        grey(lambda painter, name=name: draw_icon(painter, name, QRectF(0, 0, 16, 16), theme().colour("t2")), 16, 16)
        for name in PHOTO_STATE_ICONS.values()
    ]
    assert min(differ(a, b) for a, b in combinations(shown, 2)) >= 60


@SCHEMES
def test_levels_of_need_are_told_apart_without_colours(qapp: QApplication, scheme) -> None:
    apply_theme(qapp, scheme, "usual")
    shown = [
        grey(lambda painter, level=level: draw_need(painter, QRectF(0, 0, 14, 12), level), 14, 12)
        for level in (1, 2, 3)
    ]
    assert min(differ(a, b) for a, b in combinations(shown, 2)) >= 30


@SCHEMES
@CONTRASTS
@pytest.mark.parametrize("kind", ["chip", "segment", "tick", "button"])
def test_what_is_chosen_is_seen_without_colours(qapp: QApplication, qtbot, scheme, contrast, kind: str) -> None:
    apply_theme(qapp, scheme, contrast)
    widget: QWidget
    if kind == "segment":
        widget = SegmentControl([("a", "One"), ("b", "Two")])
        press = widget.set_current
    else:
        made = {"chip": Chip("One"), "tick": TickBox("One"), "button": Button("ghost", text="One")}[kind]
        made.setCheckable(True)
        widget, press = made, lambda _name: made.setChecked(True)
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    before = lightness(widget.grab().toImage())
    press("b")
    assert differ_slightly(before, lightness(widget.grab().toImage())) >= 40


def differ_slightly(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """How many pixels of a ground or an outline are another grey, side by side."""
    return int((np.abs(one - other) > 3.0).sum())


@SCHEMES
def test_high_contrast_outlines_what_a_soft_fill_would_show(qapp: QApplication, scheme) -> None:
    apply_theme(qapp, scheme, "high")
    plain = grey(lambda _painter: None, 60, 30)
    chosen = grey(lambda painter: draw_chosen(painter, QRectF(2, 2, 56, 26), 6), 60, 30)
    assert differ(plain, chosen) >= 2 * (56 + 26)


def test_the_desktop_decides_until_the_person_does(qapp: QApplication) -> None:
    wishes: list[tuple[Scheme, Contrast, Theme]] = [
        ("dark", "usual", DARK),
        ("dark", "high", DARK_HIGH),
        ("light", "high", LIGHT_HIGH),
        ("light", "system", LIGHT),
    ]
    for scheme, contrast, wanted in wishes:
        apply_theme(qapp, scheme, contrast)
        assert theme() is wanted
