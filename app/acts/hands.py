"""Acts of hands on boxes, and what helps the eye on the canvas."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow


KEPT = ("crosshair", "navigator", "hold_view")
"""Switches that stay as they were when the window opens again."""


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    canvas, clipboard = window.centre.canvas, window.session.clipboard
    canvas.aids.light.close_asked.connect(lambda: window.actions_by_id["light"].trigger())
    canvas.aids.hidden_note.show_asked.connect(lambda: window.actions_by_id["hide_boxes"].trigger())
    canvas.rejected_shown.connect(lambda shown: window.actions_by_id["show_rejected"].setChecked(shown))

    def light() -> None:
        canvas.aids.set_light(shown=window.actions_by_id["light"].isChecked())

    return {
        "copy": clipboard.copy,
        "paste": clipboard.paste,
        "duplicate": clipboard.duplicate,
        "keep_last": clipboard.keep_last,
        "snap": clipboard.snap,
        "look_at_box": canvas.look_at_box,
        "hide_boxes": lambda: canvas.aids.set_boxes_hidden(hidden=window.actions_by_id["hide_boxes"].isChecked()),
        "show_rejected": lambda: canvas.set_show_rejected(show=window.actions_by_id["show_rejected"].isChecked()),
        "light": light,
        **{name: lambda: _switch_kept(window) for name in KEPT},
    }


def restore(window: MainWindow) -> None:
    """Switches on what was on when the window was last open."""
    for name in KEPT:
        window.actions_by_id[name].setChecked(name in window.settings.canvas_aids)
    _switch_kept(window)


def _switch_kept(window: MainWindow) -> None:
    canvas = window.centre.canvas
    on = frozenset(name for name in KEPT if window.actions_by_id[name].isChecked())
    canvas.aids.set_crosshair(shown="crosshair" in on)
    canvas.aids.set_navigator(shown="navigator" in on)
    canvas.camera.holds = "hold_view" in on
    window.settings.canvas_aids = on
