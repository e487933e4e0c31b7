"""Acts that answer what is proposed, and go from photo to photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.actions import DIGITS

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    session = window.session
    session.moves_on = window.settings.moves_on

    def go_to() -> None:
        from app.dialogs.go_to import GoToSheet

        if window.sheet is None:
            window.open_sheet(GoToSheet(window))

    return {
        "accept_all": session.accept_all,
        "go_to": go_to,
        **{f"class_{digit}": lambda digit=digit: session.choose_class(digit) for digit in DIGITS},
    }


def use_moves_on(window: MainWindow, on: bool) -> None:
    """Goes on to the next photo after the last answer, or stays; kept for the next start."""
    window.settings.moves_on = window.session.moves_on = on
