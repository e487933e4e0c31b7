"""What the arrow keys ask for: 1 px, with Shift 10 px; with Alt the low right corner moves instead of the box."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.editing import Handle

_DIRECTIONS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_LARGE_STEP = 10.0


@dataclass(frozen=True, slots=True)
class Nudge:
    """A shift by photo pixels, of the whole box or of the sides that `handle` moves."""

    dx: float
    dy: float
    handle: Handle | None = None


def nudge_of(event: QKeyEvent) -> Nudge | None:
    """The nudge that a key press asks for; None for any other key, and with Ctrl."""
    direction = _DIRECTIONS.get(Qt.Key(event.key()))
    modifiers = event.modifiers()
    if direction is None or modifiers & Qt.KeyboardModifier.ControlModifier:
        return None
    step = _LARGE_STEP if modifiers & Qt.KeyboardModifier.ShiftModifier else 1.0
    handle = Handle.SOUTH_EAST if modifiers & Qt.KeyboardModifier.AltModifier else None
    return Nudge(direction[0] * step, direction[1] * step, handle)
