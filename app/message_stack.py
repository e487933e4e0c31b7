"""Messages above the photo, in place: they stay until they are dismissed or acted upon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.widgets import MessageBar, announce

if TYPE_CHECKING:
    from app.session_types import Message

MOST_AT_ONCE = 3


class MessageStack(QWidget):
    """Up to three messages, the newest below; one that says the same thing as another replaces it.

    `actions_by_id` holds the acts that a message may offer.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actions_by_id: Mapping[str, QAction] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(12, 8, 12, 8)
        self._column.setSpacing(8)
        self._bars: list[tuple[str, MessageBar]] = []
        self._offered: dict[str, str] = {}
        self.hide()

    def show_message(self, message: Message) -> None:
        """Adds a message; the oldest gives way to a fourth."""
        self._remove_where(message.title)
        action = self.actions_by_id.get(message.act) if message.act else None
        act = action.text().rstrip("…") if action is not None else ""
        bar = MessageBar(message.kind, message.title, message.text, act=act, parent=self)
        if action is not None:
            bar.acted.connect(action.trigger)
            bar.acted.connect(lambda: self._remove_where(message.title))
        bar.dismissed.connect(lambda: self._remove_where(message.title))
        self._bars.append((message.title, bar))
        self._offered[message.title] = message.act
        self._column.addWidget(bar)
        while len(self._bars) > MOST_AT_ONCE:
            self._remove_where(self._bars[0][0])
        self.show()
        announce(bar, bar.words(), urgent=message.kind == "bad")

    def clear_news(self) -> None:
        """Takes away what only told something; a message that still offers an act stays."""
        for title, bar in list(self._bars):
            if not bar.has_act:
                self._remove_where(title)

    def remove_offering(self, act: str) -> None:
        """Takes away the messages that offer an act, because it has been done."""
        for title, _ in list(self._bars):
            if self._offered.get(title) == act:
                self._remove_where(title)

    def words(self) -> tuple[str, ...]:
        """What the messages say, oldest first."""
        return tuple(bar.words() for _, bar in self._bars)

    def bars(self) -> tuple[MessageBar, ...]:
        """The messages, oldest first."""
        return tuple(bar for _, bar in self._bars)

    def _remove_where(self, title: str) -> None:
        self._offered.pop(title, None)
        for entry in [entry for entry in self._bars if entry[0] == title]:
            self._bars.remove(entry)
            self._column.removeWidget(entry[1])
            entry[1].hide()
            entry[1].deleteLater()
        self.setVisible(bool(self._bars))
