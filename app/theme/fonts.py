"""The few text sizes of the window, scaled from the system's own."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from app.theme.palette import notifier

Role = Literal["caption", "second", "body", "panel", "dialog", "page", "figure", "first"]

_SIZES_PX: dict[str, tuple[int, int]] = {
    "caption": (11, 400),
    "second": (12, 400),
    "body": (13, 400),
    "panel": (15, 600),
    "dialog": (18, 600),
    "page": (20, 600),
    "figure": (22, 600),
    "first": (28, 600),
}
TEXT_PERCENTS = (90, 100, 115, 130, 150, 175, 200)
"""Sizes of all text that can be chosen, in per cent of the system's."""

_BODY_POINTS = 10.0
_PREFERRED = "Inter"
_LEAST_STEP_POINTS = 0.01
_SYSTEM_POINTS = "moltbox_system_points"


def font(role: Role, weight: int | None = None, *, tabular: bool = False) -> QFont:
    """Font of a role.

    Args:
        role: "caption" 11 px, "second" 12, "body" 13, "panel" 15, "dialog" 18, "page" 20, "figure" 22, "first" 28; all
            scale with the system's text size.
        weight: 400, 500 or 600; the role's own by default.
        tabular: digits of equal width, for figures that change.

    Returns:
        a font that others hold too; whoever wants to change it makes a copy.
    """
    return _font(QApplication.font().key(), role, weight, tabular)


@lru_cache(maxsize=256)
def _font(_system: str, role: Role, weight: int | None, tabular: bool) -> QFont:
    """The font made for the system's own, which its key stands for; a frame asks for a hundred of them."""
    size_px, usual_weight = _SIZES_PX[role]
    chosen = QFont(QApplication.font())
    chosen.setPixelSize(round(size_px * text_scale()))
    chosen.setWeight(QFont.Weight(weight if weight is not None else usual_weight))
    if tabular:
        chosen.setFeature(QFont.Tag("tnum"), 1)
    return chosen


def text_scale() -> float:
    """How much larger than usual the person set the system's text: 1.0 at 10 points."""
    points = QApplication.font().pointSizeF()
    return min(max(points / _BODY_POINTS, 0.8), 2.5) if points > 0 else 1.0


def scaled(px: int) -> int:
    """A length that holds text, grown with it; text smaller than usual leaves it as it is."""
    return round(px * max(text_scale(), 1.0))


def prefer_clear_font(app: QApplication) -> None:
    """Takes Inter where it is installed and the system names no font of its own worth keeping (bare X servers)."""
    usual = QFont(app.font())
    if usual.pointSizeF() <= 0 or usual.pointSizeF() < _BODY_POINTS:
        usual.setPointSizeF(_BODY_POINTS)
    if _PREFERRED in QFontDatabase.families():
        usual.setFamilies([_PREFERRED, usual.family()])
    app.setFont(usual)


def use_text_size(app: QApplication, percent: int) -> None:
    """Makes all text as large as the system's, times a percentage; what is on the screen follows."""
    usual = QFont(app.font())
    points = app.property(_SYSTEM_POINTS)
    if points is None:
        points = usual.pointSizeF() if usual.pointSizeF() > 0 else _BODY_POINTS
        app.setProperty(_SYSTEM_POINTS, points)
    if abs(usual.pointSizeF() - points * percent / 100) < _LEAST_STEP_POINTS:
        return
    usual.setPointSizeF(points * percent / 100)
    app.setFont(usual)
    notifier.changed.emit()
