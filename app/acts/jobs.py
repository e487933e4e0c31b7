"""Acts on long work: pre-labelling, what an earlier start has left of it, and what came of the work so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.session_types import Message
from app.texts import tr, tr_count
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    session = window.session

    def prelabel() -> None:
        from app.dialogs.prelabel import PrelabelSheet

        if window.sheet is None:
            window.open_sheet(PrelabelSheet(window))

    def statistics() -> None:
        from app.pages.statistics import StatisticsPage

        window.open_page(StatisticsPage(session))

    def tell_left_over() -> None:
        count = session.prelabelling.left_over() if not session.read_only else 0
        if count:
            left = tr_count("{count} photo is left.", "{count} photos are left.", count)
            session.message.emit(Message("info", tr("Pre-labelling was not finished"), left, "resume_prelabel"))

    session.list_read.connect(tell_left_over)
    return {
        "prelabel": prelabel,
        "resume_prelabel": session.prelabelling.resume,
        "show_failed": lambda: window.photo_list.head.choose(PhotoState.FAILED),
        "statistics": statistics,
    }
