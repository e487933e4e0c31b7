"""F6: the keyboard goes from one part of the window to the next, since Tab belongs to the boxes on the canvas."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QApplication, QWidget


class Regions(QObject):
    """Parts of one window in the order in which F6 visits them.

    The window's property `keyboard_focus` tells the canvas whether to show its focus: after F6, until the mouse acts.
    """

    def __init__(self, window: QWidget, parts: Sequence[QWidget], pointed_at: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._parts = tuple(parts)
        pointed_at.installEventFilter(self)

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
                self._mark(by_keyboard=True)
                target.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._mark(by_keyboard=False)
        return super().eventFilter(watched, event)

    def _mark(self, *, by_keyboard: bool) -> None:
        self._window.setProperty("keyboard_focus", by_keyboard)


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
