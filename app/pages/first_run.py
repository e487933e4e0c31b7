"""The page before any folder is open: where to drop photos, the demo, recent folders, and the idea in pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QSpacerItem, QVBoxLayout, QWidget

from app.pages.drop_zone import DropZone
from app.pages.idea_pictures import IdeaPicture
from app.pages.recent_list import RecentList
from app.texts import mark, tr, tr_marked
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, Card, Divider, IconLabel, Words

_MARGIN_PX = 32
_MOST_WIDTH_PX = 1040 + 2 * _MARGIN_PX
_SIDE_PX, _NARROW_SIDE_PX = 356, 300
_NARROW_BELOW_PX = 1100
# Two heights of the same page: drawn for a large window, and drawn together for a small one.
_LOW_BELOW_PX = 800
_LOW_PICTURE_PX = 144
_NO_LIMIT_PX = 16_777_215
_STEPS = (
    ("folder", mark("1  Sort photos by what they show"), mark("One folder per class. No boxes needed.")),
    ("map", mark("2  Moltbox proposes a box"), mark("And shows the map it comes from.")),
    ("accepted", mark("3  You press Y or N"), mark("Or drag the box. Every key is saved at once.")),
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
        self.demo_button = Button("second", text=tr("Start the demo"), icon="play", height=36)
        self.demo_button.clicked.connect(self.demo_requested)
        self.recents = RecentList()
        self.recents.chosen.connect(self.folder_chosen)
        self.speed = IconLabel("chip")
        self._speed_line = Divider()
        self._pictures = [IdeaPicture(kind) for kind, _, _ in _STEPS]
        self._cards: list[QVBoxLayout] = []
        self._content = QWidget()
        self._content.setMaximumWidth(_MOST_WIDTH_PX)
        self._column = QVBoxLayout(self._content)
        self._side = QWidget()
        self._above_middle, self._above_pictures = QSpacerItem(0, 0), QSpacerItem(0, 0)
        self._build()
        self.show_speed("", 0.0)
        notifier.changed.connect(self.update)

    def set_recents(self, folders: tuple[Path, ...]) -> None:
        """Lists folders opened before, the latest first."""
        self.recents.set_folders(folders)

    def show_speed(self, device: str, look_s: float) -> None:
        """Says how fast photos are looked at here.

        Args:
            device: what the model runs on, such as "CPU, 2 cores"; empty while no model is there.
            look_s: seconds for one photo.
        """
        self.speed.setText(speed_words(device, look_s))
        self.speed.setToolTip(tr("Measured while the model was loaded") if device else "")
        for part in (self.speed, self._speed_line):
            part.setVisible(bool(device))

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(16)
        head.addWidget(_Mark())
        head.addWidget(Words(tr("Boxes from folder names"), "first"))
        head.addStretch(1)
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(16)
        side.addWidget(self._demo_card(), 1)
        side.addWidget(self._recent_card(), 1)
        middle = QHBoxLayout()
        middle.setSpacing(24)
        middle.addWidget(self.drop_zone, 1)
        middle.addWidget(self._side)
        pictures = QHBoxLayout()
        pictures.setSpacing(24)
        for picture, (_, title, text) in zip(self._pictures, _STEPS, strict=True):
            pictures.addLayout(_step(picture, tr_marked(title), tr_marked(text)), 1)
        column = self._column
        column.setSpacing(0)
        column.addStretch(2)
        column.addLayout(head)
        column.addSpacing(8)
        column.addWidget(Words(tr("For photos that carry only a class, and need a box."), "panel", "t2", weight=400))
        column.addItem(self._above_middle)
        column.addLayout(middle)
        column.addItem(self._above_pictures)
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

    def _card_column(self, card: Card) -> QVBoxLayout:
        column = QVBoxLayout(card)
        column.setSpacing(8)
        self._cards.append(column)
        return column

    def _demo_card(self) -> Card:
        card = Card()
        column = self._card_column(card)
        column.addWidget(Words(tr("Try it first"), "panel"))
        column.addWidget(
            Words(tr("A few photos and a small model come with Moltbox. Nothing to download."), "body", "t2", wrap=True)
        )
        column.addStretch(1)
        column.addWidget(self.demo_button)
        return card

    def _recent_card(self) -> Card:
        card = Card()
        column = self._card_column(card)
        column.addWidget(Words(tr("Recent"), "panel"))
        column.addWidget(self.recents)
        column.addStretch(1)
        column.addWidget(self._speed_line)
        column.addWidget(self.speed)
        return card

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        low = self.height() < _LOW_BELOW_PX
        self._side.setFixedWidth(_SIDE_PX if self.width() >= _NARROW_BELOW_PX else _NARROW_SIDE_PX)
        self.drop_zone.setMinimumHeight(204 if low else 330)
        edge = 12 if low else _MARGIN_PX
        self._column.setContentsMargins(_MARGIN_PX, edge, _MARGIN_PX, edge)
        self._above_middle.changeSize(0, 12 if low else 32)
        self._above_pictures.changeSize(0, 16 if low else 48)
        self._column.invalidate()
        for card in self._cards:
            card.setContentsMargins(20, 10 if low else 16, 20, 10 if low else 16)
        for picture in self._pictures:
            picture.setMaximumHeight(_LOW_PICTURE_PX if low else _NO_LIMIT_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("win"))


def speed_words(device: str, look_s: float) -> str:
    """Device and time for a photo, such as "CPU, 2 cores: about 0.4 s a photo"."""
    if look_s <= 0:
        return device
    return tr("{device}: about {seconds:.1f} s a photo", device=device, seconds=max(look_s, 0.1))


def _step(picture: IdeaPicture, title: str, text: str) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(picture)
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
