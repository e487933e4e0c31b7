"""Acts of hands on boxes, and what helps the eye on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    canvas, clipboard = window.centre.canvas, window.session.clipboard

    def switch(name: str, act: Callable[..., None]) -> Callable[[], None]:
        return lambda: act(shown=window.actions_by_id[name].isChecked())

    canvas.aids.light.close_asked.connect(lambda: window.actions_by_id["light"].trigger())
    canvas.rejected_shown.connect(lambda shown: window.actions_by_id["show_rejected"].setChecked(shown))
    return {
        "copy": clipboard.copy,
        "paste": clipboard.paste,
        "duplicate": clipboard.duplicate,
        "keep_last": clipboard.keep_last,
        "snap": clipboard.snap,
        "hide_boxes": lambda: canvas.layers.set_hidden(hidden=window.actions_by_id["hide_boxes"].isChecked()),
        "show_rejected": lambda: canvas.set_show_rejected(show=window.actions_by_id["show_rejected"].isChecked()),
        "crosshair": switch("crosshair", canvas.aids.set_crosshair),
        "navigator": switch("navigator", canvas.aids.set_navigator),
        "light": switch("light", canvas.aids.set_light),
    }
