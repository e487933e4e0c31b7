"""The page before any folder is open: where to drop photos, the demo, recent folders, and the idea in pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from app.pages.drop_zone import DropZone
from app.pages.idea_pictures import IdeaPicture
from app.pages.recent_list import RecentList
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, Card, Words

_MOST_WIDTH_PX = 1040
_SIDE_PX = 356
_TIGHT_BELOW_PX = 980
_STEPS = (
    ("folder", "1  Sort photos by what they show", "One folder per class. No boxes needed."),
    ("map", "2  Moltbox proposes a box", "And shows the map it comes from."),
    ("accepted", "3  You press Y or N", "Or drag the box. Every key is saved at once."),
)


class FirstRunPage(QWidget):
    """Signals: `open_requested`, `demo_requested`, `folder_chosen` with a folder dropped or taken from the recents."""

    open_requested = Signal()
    demo_requested = Signal()
    folder_chosen = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.drop_zone = DropZone()
        self.drop_zone.open_requested.connect(self.open_requested)
        self.drop_zone.dropped.connect(self.folder_chosen)
        self.demo_button = Button("second", text="Start the demo", icon="play", height=36)
        self.demo_button.clicked.connect(self.demo_requested)
        self.recents = RecentList()
        self.recents.chosen.connect(self.folder_chosen)
        self._content = QWidget()
        self._content.setMaximumWidth(_MOST_WIDTH_PX)
        self._side = QWidget()
        self._build()
        notifier.changed.connect(self.update)

    def set_recents(self, folders: tuple[Path, ...]) -> None:
        """Lists folders opened before, the latest first."""
        self.recents.set_folders(folders)

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(_Mark())
        head.addWidget(Words("Boxes from folder names", "first"))
        head.addStretch(1)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(16)
        side.addWidget(self._demo_card())
        side.addWidget(self._recent_card(), 1)
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.drop_zone, 1)
        middle.addWidget(self._side)
        pictures = QHBoxLayout()
        pictures.setSpacing(24)
        for kind, title, text in _STEPS:
            pictures.addLayout(_step(kind, title, text), 1)
        column = QVBoxLayout(self._content)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(0)
        column.addStretch(2)
        column.addLayout(head)
        column.addSpacing(8)
        column.addWidget(Words("For photos that carry only a class, and need a box.", "panel", "t2", weight=400))
        column.addSpacing(24)
        column.addLayout(middle)
        column.addSpacing(32)
        column.addLayout(pictures)
        column.addStretch(3)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._content)
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(holder)
        for ground in (holder, scroll.viewport()):
            ground.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _demo_card(self) -> Card:
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(8)
        column.addWidget(Words("Try it first", "panel"))
        column.addWidget(
            Words("A few photos and a small model come with Moltbox. Nothing to download.", "body", "t2", wrap=True)
        )
        column.addSpacing(4)
        column.addWidget(self.demo_button)
        return card

    def _recent_card(self) -> Card:
        card = Card()
        column = QVBoxLayout(card)
        column.setContentsMargins(20, 16, 20, 12)
        column.setSpacing(8)
        column.addWidget(Words("Recent", "panel"))
        column.addWidget(self.recents)
        column.addStretch(1)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(_SIDE_PX if self.width() >= _TIGHT_BELOW_PX else 280)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("win"))


def _step(kind: str, title: str, text: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(IdeaPicture(kind))
    column.addSpacing(8)
    column.addWidget(Words(title, "body", weight=600, wrap=True))
    column.addWidget(Words(text, "body", "t2", wrap=True))
    column.addStretch(1)
    return column


class _Mark(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(40, 40)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_icon(QPainter(self), "app", QRectF(self.rect()), theme().colour("acc"))
