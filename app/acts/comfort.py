"""Acts that make the window fit its person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.canvas.colour_maps import COLOUR_MAPS
from app.comfort import use_map_colours, use_scheme
from app.theme.palette import SCHEMES

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""

    def preferences() -> None:
        from app.dialogs.preferences import PreferencesSheet

        if isinstance(window.sheet, PreferencesSheet):
            window.sheet.close_sheet()
        elif window.sheet is None:
            window.open_sheet(PreferencesSheet(window))

    return {
        "preferences": preferences,
        **{f"theme_{name}": lambda name=name: use_scheme(window, name) for name in SCHEMES},
        **{f"colours_{name}": lambda name=name: use_map_colours(window, name) for name in COLOUR_MAPS},
    }
