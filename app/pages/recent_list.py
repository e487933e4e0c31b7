"""Folders opened lately, one line each; one that is gone is shown and cannot be opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from app.texts import tr
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Words

SHOWN = 5
_ROW_PX = 32
_ICON_PX = 16


class RecentList(QWidget):
    """Signal `chosen` with the folder of the clicked line."""

    chosen = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._lines: list[QWidget] = []
        self.set_folders(())

    def set_folders(self, folders: tuple[Path, ...]) -> None:
        """Replaces the lines; without folders a sentence stands there."""
        for line in self._lines:
            self._column.removeWidget(line)
            line.hide()
            line.deleteLater()
        self._lines = []
        for folder in folders[:SHOWN]:
            line = RecentLine(folder)
            line.clicked.connect(lambda _=False, folder=folder: self.chosen.emit(folder))
            self._lines.append(line)
        if not folders:
            self._lines.append(Words(tr("Folders you open will be listed here."), "body", "t2", wrap=True))
        for line in self._lines:
            self._column.addWidget(line)

    def lines(self) -> tuple[RecentLine, ...]:
        """The folders' lines, the latest first."""
        return tuple(line for line in self._lines if isinstance(line, RecentLine))


class RecentLine(QAbstractButton):
    """Name and place of one folder."""

    def __init__(self, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        there = folder.is_dir()
        self._place = str(folder.parent) if there else tr("not there now")
        self.setEnabled(there)
        self.setText(folder.name)
        self.setToolTip(str(folder) if there else tr("{folder} is not there now", folder=folder))
        self.setAccessibleName(tr("Open {name}", name=folder))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(160, _ROW_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours = theme()
        if self.isEnabled() and self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colours.colour("hover"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(-8, 1, 8, -1), 6, 6)
        top = (self.height() - _ICON_PX) / 2
        draw_icon(painter, "folder", QRectF(0, top, _ICON_PX, _ICON_PX), colours.colour("t2"))
        left = _ICON_PX + 8
        painter.setFont(font("body", 500))
        painter.setPen(colours.colour("t1" if self.isEnabled() else "t3"))
        name_room = (self.width() - left) * 0.6
        name = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, int(name_room))
        taken = painter.fontMetrics().horizontalAdvance(name)
        painter.drawText(QRectF(left, 0, name_room, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
        left += taken + 12
        painter.setFont(font("second"))
        painter.setPen(colours.colour("t3"))
        room = self.width() - left
        place = painter.fontMetrics().elidedText(self._place, Qt.TextElideMode.ElideMiddle, int(room))
        painter.drawText(
            QRectF(left, 0, room, self.height()), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, place
        )
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(colours.colour("acc"), 2.0))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
