"""Where a folder of photos is dropped."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QMimeData, QRectF, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.texts import tr
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import RADIUS_PX, Button, Words
from engine.dataset.project_file import PROJECT_FILE

_ICON_PX = 28


MODEL_SUFFIX = ".molt"
_LABEL_SUFFIXES = {".json", ".csv", ".tsv", ".xml", ".yaml"}


def dropped_folder(data: QMimeData) -> Path | None:
    """What a drop means to open: a dropped folder or project file, or the folder of a photo; None for the rest."""
    for path in _local_paths(data):
        if path.is_dir() or path.name == PROJECT_FILE:
            return path
        if path.is_file() and path.suffix.lower() != MODEL_SUFFIX:
            return path.parent
    return None


def dropped_labels(data: QMimeData) -> Path | None:
    """The label file that was dropped; None where there is none. A dropped folder is always one to open."""
    files = (path for path in _local_paths(data) if path.is_file())
    return next((path for path in files if path.suffix.lower() in _LABEL_SUFFIXES), None)


def dropped_model(data: QMimeData) -> Path | None:
    """The model file that was dropped; None where there is none."""
    return next((path for path in _local_paths(data) if path.suffix.lower() == MODEL_SUFFIX and path.is_file()), None)


def _local_paths(data: QMimeData) -> Iterator[Path]:
    return (Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile())


class DropZone(QWidget):
    """A dashed field with the page's main act in it.

    Signals: `dropped` with the folder, `open_requested` by its button.
    """

    dropped = Signal(Path)
    open_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)
        self._under_drag = False
        title = Words(tr("Drop a folder of photos here"), "dialog")
        text = Words(tr("Sub-folder names become classes. Photos are never changed."), "body", "t2", wrap=True)
        for label in (title, text):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.open_button = Button("primary", text=tr("Open folder"), icon="folder", height=40)
        self.open_button.follow_act("open_folder", tr("Open a folder of photos"), cap=True)
        self.open_button.clicked.connect(self.open_requested)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.open_button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(8)
        column.addStretch(1)
        column.addWidget(_FolderMark(self))
        column.addWidget(title)
        column.addWidget(text)
        column.addSpacing(8)
        column.addLayout(row)
        column.addStretch(1)
        notifier.changed.connect(self.update)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropped_folder(event.mimeData()) is not None:
            event.acceptProposedAction()
            self._show_drag(under=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_drag(under=False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_drag(under=False)
        folder = dropped_folder(event.mimeData())
        if folder is not None:
            event.acceptProposedAction()
            self.dropped.emit(folder)

    def _show_drag(self, *, under: bool) -> None:
        self._under_drag = under
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(theme().colour("acc" if self._under_drag else "edge"), 1.5)
        pen.setDashPattern([6.0, 4.0])
        painter.setPen(pen)
        painter.setBrush(theme().colour("soft" if self._under_drag else "panel"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS_PX, RADIUS_PX)


class _FolderMark(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFixedHeight(_ICON_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        place = QRectF((self.width() - _ICON_PX) / 2, 0, _ICON_PX, _ICON_PX)
        draw_icon(QPainter(self), "folder", place, theme().colour("acc"))
