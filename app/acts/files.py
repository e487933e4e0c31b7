"""Acts on files: labels of other tools."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""
    return {"import_labels": lambda: import_labels(window)}


def import_labels(window: MainWindow, path: Path | None = None) -> None:
    """Opens the import sheet, on a file or folder where one is given."""
    from app.dialogs.import_labels import ImportSheet

    if window.session.project is not None and window.sheet is None:
        window.open_sheet(ImportSheet(window, path))
