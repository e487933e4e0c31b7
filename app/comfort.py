"""How the window fits its person: colours, contrast, size of text, motion. Each change counts now and is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.canvas.colour_maps import ColourMapName, map_colours
from app.settings import Settings
from app.theme.fonts import use_text_size
from app.theme.motion import reduce_motion
from app.theme.palette import Contrast, Scheme, apply_theme

if TYPE_CHECKING:
    from app.main_window import MainWindow


def put_on(app: QApplication, settings: Settings) -> None:
    """Makes the application look as the settings say."""
    use_text_size(app, settings.text_percent)
    reduce_motion(settings.reduced_motion)
    apply_theme(app, settings.scheme, settings.contrast)


def use_scheme(window: MainWindow, scheme: Scheme) -> None:
    """Changes between dark and light."""
    window.settings.scheme = scheme
    window.actions_by_id[f"theme_{scheme}"].setChecked(True)
    _put_on_running(window.settings)


def use_contrast(window: MainWindow, contrast: Contrast) -> None:
    """Changes the contrast of all colours."""
    window.settings.contrast = contrast
    _put_on_running(window.settings)


def use_text_percent(window: MainWindow, percent: int) -> None:
    """Changes the size of all text."""
    window.settings.text_percent = percent
    _put_on_running(window.settings)


def use_reduced_motion(window: MainWindow, reduced: bool) -> None:
    """Stops all movement, or allows it."""
    window.settings.reduced_motion = reduced
    reduce_motion(reduced)


def use_map_colours(window: MainWindow, name: ColourMapName) -> None:
    """Paints all heat maps in other colours."""
    window.settings.colour_map = name
    window.actions_by_id[f"colours_{name}"].setChecked(True)
    map_colours.choose(name)


def _put_on_running(settings: Settings) -> None:
    app = QApplication.instance()
    if isinstance(app, QApplication):
        put_on(app, settings)
