"""Acts of the Help menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

from app.diagnostics.facts import diagnostics
from app.diagnostics.log import Log
from app.session_types import Message
from app.texts import tr

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""

    def copy_diagnostics() -> None:
        log = Log()
        QGuiApplication.clipboard().setText(diagnostics(window, log))
        words = tr(
            "Paste them into your question. They hold no photo and no decision; the log is {file}.", file=log.file
        )
        window.session.message.emit(Message("info", tr("Diagnostics copied"), words))

    return {"copy_diagnostics": copy_diagnostics}
