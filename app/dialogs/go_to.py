"""Go to a photo by its place in the list or by a part of its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QListWidget, QListWidgetItem

from app.dialogs.sheet import Sheet
from app.texts import thousands, tr, tr_count
from app.theme.fonts import font, scaled
from app.theme.palette import theme
from app.widgets import Words
from engine.dataset.project_records import PhotoRow

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(560, 440)
_MOST = 50
_ROW_PX = 32


def found_photos(rows: Sequence[PhotoRow], wanted: str) -> Iterator[tuple[int, PhotoRow]]:
    """Place from 1 and row of the photos meant: the one at the place given, then those with the text in their path."""
    text = wanted.strip().casefold()
    if not text:
        return
    digits = text.replace(",", "").replace(".", "")
    place = int(digits) if digits.isdecimal() and len(digits) < 10 else 0
    if 1 <= place <= len(rows):
        yield place, rows[place - 1]
    for number, row in enumerate(rows, start=1):
        if number != place and text in row.path.casefold():
            yield number, row


class GoToSheet(Sheet):
    """A field and the photos that fit; Enter goes to the one that is marked."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Go to photo"), _SIZE, window)
        self._session = window.session
        self.field = _Field()
        self.field.setPlaceholderText(tr("Number or name"))
        self.field.setAccessibleName(tr("Number or name of the photo"))
        self.field.setFixedHeight(scaled(32))
        self.field.setFont(font("body"))
        self.field.textChanged.connect(self._show)
        self.field.returnPressed.connect(self._go)
        self.said = Words("", "second", "t2")
        self.list = QListWidget()
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setAccessibleName(tr("Photos found"))
        self.list.setUniformItemSizes(True)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        palette = self.list.palette()
        palette.setColor(palette.ColorRole.Highlight, theme().colour("soft"))
        palette.setColor(palette.ColorRole.HighlightedText, theme().colour("t1"))
        self.list.setPalette(palette)
        self.list.itemActivated.connect(lambda _: self._go())
        self.list.itemClicked.connect(lambda _: self._go())
        self.field.list = self.list
        self.body.setContentsMargins(24, 16, 24, 16)
        self.body.setSpacing(8)
        self.body.addWidget(self.field)
        self.body.addWidget(self.said)
        self.body.addWidget(self.list, 1)
        self._show("")

    def _show(self, wanted: str) -> None:
        rows = self._session.rows
        self.list.clear()
        found = list(islice(found_photos(rows, wanted), _MOST + 1))
        for place, row in found[:_MOST]:
            item = QListWidgetItem(f"{thousands(place)}   {row.path}")
            item.setData(Qt.ItemDataRole.UserRole, row.id)
            item.setSizeHint(QSize(0, scaled(_ROW_PX)))
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        if not wanted.strip():
            self.said.setText(tr_count("{count} photo in the list", "{count} photos in the list", len(rows)))
        elif not found:
            self.said.setText(tr("No listed photo has this number or name."))
        elif len(found) > _MOST:
            self.said.setText(tr("The first {count}; type more to find the others.", count=_MOST))
        else:
            self.said.setText(tr_count("{count} photo found", "{count} photos found", len(found)))

    def _go(self) -> None:
        item = self.list.currentItem()
        if item is not None:
            self.close_sheet()
            self._session.go_to(item.data(Qt.ItemDataRole.UserRole))


class _Field(QLineEdit):
    """Hands the keys that walk through the list on to it."""

    list: QListWidget

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if step:
            count = max(self.list.count(), 1)
            self.list.setCurrentRow((self.list.currentRow() + step) % count)
        else:
            super().keyPressEvent(event)
