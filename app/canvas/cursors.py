"""Which pointer the canvas shows."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app.canvas.tools import Target, Tool

_OVER_HANDLE = {
    (-1, -1): Qt.CursorShape.SizeFDiagCursor,
    (1, 1): Qt.CursorShape.SizeFDiagCursor,
    (1, -1): Qt.CursorShape.SizeBDiagCursor,
    (-1, 1): Qt.CursorShape.SizeBDiagCursor,
    (0, -1): Qt.CursorShape.SizeVerCursor,
    (0, 1): Qt.CursorShape.SizeVerCursor,
    (-1, 0): Qt.CursorShape.SizeHorCursor,
    (1, 0): Qt.CursorShape.SizeHorCursor,
}


def cursor_for(tool: Tool, target: Target | None, *, panning: bool, may_pan: bool) -> Qt.CursorShape:
    """The pointer for a tool over a target; `panning`: the photo is held; `may_pan`: a press would hold it."""
    if panning:
        return Qt.CursorShape.ClosedHandCursor
    if may_pan:
        return Qt.CursorShape.OpenHandCursor
    if tool is Tool.DRAW:
        return Qt.CursorShape.CrossCursor
    if target is None:
        return Qt.CursorShape.ArrowCursor
    return _OVER_HANDLE[target.handle.value] if target.handle else Qt.CursorShape.SizeAllCursor
