"""The threshold for one class or for all photos."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.threshold_scope import ScopeName

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What to call for each act, by id."""
    return {"threshold_all": lambda: open_threshold_page(window, "all")}


def open_threshold_page(window: MainWindow, scope: ScopeName) -> None:
    """Shows what another threshold would change, for all photos that wait or for those of the class shown."""
    from app.pages.threshold_all import ThresholdPage

    session = window.session
    if session.project is None:
        return
    page = ThresholdPage(session, scope, window.photo_list.selected_ids())
    page.photo_chosen.connect(session.go_to)
    window.open_page(page)
