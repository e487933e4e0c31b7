"""Acts on the classes of the folder, of a box and of a photo."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.main_window import MainWindow


def handlers(window: MainWindow) -> dict[str, Callable[[], None]]:
    """What each act of this part does, by id."""

    def classes() -> None:
        from app.dialogs.classes import ClassesSheet

        if isinstance(window.sheet, ClassesSheet):
            window.sheet.close_sheet()
        elif window.sheet is None:
            window.open_sheet(ClassesSheet(window))

    return {
        "classes": classes,
        "class_by_name": window.centre.canvas.open_class_menu,
        "photo_labels": window.centre.header.open_labels,
    }
