"""F6: the keyboard goes from one part of the window to the next, since Tab belongs to the boxes on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


class Regions:
    """Parts of one window in the order in which F6 visits them."""

    def __init__(self, parts: Sequence[QWidget]) -> None:
        self._parts = tuple(parts)

    def next(self) -> None:
        """Moves the keyboard to the next part that is shown and can take it."""
        focused = QApplication.focusWidget()
        places = [
            place
            for place, part in enumerate(self._parts)
            if focused is not None and (part is focused or part.isAncestorOf(focused))
        ]
        start = places[0] if places else -1
        for step in range(1, len(self._parts) + 1):
            target = first_stop(self._parts[(start + step) % len(self._parts)])
            if target is not None:
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return


def first_stop(part: QWidget) -> QWidget | None:
    """The first widget of a part, itself included, that Tab can reach; None where the part is not shown."""
    if not part.isVisible():
        return None
    if part.focusPolicy() & Qt.FocusPolicy.TabFocus:
        return part
    widget = part.nextInFocusChain()
    while widget is not None and widget is not part:
        usable = part.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled()
        if usable and widget.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return widget
        widget = widget.nextInFocusChain()
    return None
