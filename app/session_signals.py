"""What the session tells the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class SessionSignals(QObject):
    """Signals of the session; ids are those of the project, -1 for none."""

    project_opened = Signal()
    list_read = Signal()
    project_closing = Signal()
    project_closed = Signal()
    photos_added = Signal(int)
    photo_changed = Signal(int)
    current_changed = Signal(int)
    pixels_ready = Signal(int)
    look_progress = Signal(int, str, int, int)
    look_ended = Signal(int, str)
    anchor_progress = Signal(int, str, int, int)
    evidence_ready = Signal(int)
    heat_map_changed = Signal()
    threshold_changed = Signal(float, bool)
    boxes_changed = Signal()
    selection_changed = Signal(int)
    hovered_changed = Signal(int)
    map_view_changed = Signal(str)
    opacity_changed = Signal(float)
    classes_changed = Signal()
    labels_brought_in = Signal()
    model_changed = Signal()
    model_refused = Signal()
    proposing = Signal(int)
    page_changed = Signal(str)
    job_changed = Signal(object)
    message = Signal(object)
    saved_changed = Signal(bool)
    export_done = Signal(object)
