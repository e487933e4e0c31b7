"""The pre-label sheet: which photos the model looks at, and what becomes of hand work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QVBoxLayout

from app.dialogs.choice_card import ChoiceCard
from app.dialogs.sheet import Sheet
from app.durations import duration
from app.prelabel_queue import PrelabelScope
from app.texts import tr, tr_count
from app.widgets import Button, Divider, IconLabel, Words

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(560, 520)


class PrelabelSheet(Sheet):
    """Asks for whom, says how many and about how long, and starts the job."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Pre-label photos"), _SIZE, window)
        self._session = window.session
        queue = window.session.prelabelling
        chosen = window.photo_list.selected_ids()
        self._photos: dict[PrelabelScope, list[int]] = {
            "new": queue.photos_of("new"),
            "unreviewed": queue.photos_of("unreviewed"),
            "listed": queue.photos_of("listed"),
            "chosen": queue.photos_of("chosen", chosen),
        }
        self.scopes: dict[PrelabelScope, ChoiceCard] = {
            "new": ChoiceCard(tr("New photos"), self._count("new")),
            "unreviewed": ChoiceCard(tr("All that nobody has reviewed"), self._count("unreviewed")),
            "listed": ChoiceCard(tr("Those listed now"), self._count("listed")),
            "chosen": ChoiceCard(tr("Those chosen in the list"), self._count("chosen")),
        }
        self._group = QButtonGroup(self)
        column = QVBoxLayout()
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        for scope, card in self.scopes.items():
            card.setEnabled(bool(self._photos[scope]))
            self._group.addButton(card)
            column.addWidget(card)
        column.addSpacing(8)
        self.speed = IconLabel("clock")
        column.addWidget(self.speed)
        hand_work = tr("What you accepted, edited, drew or rejected stays as it is. You can go on labelling meanwhile.")
        column.addWidget(Words(hand_work, "second", "t2", wrap=True))
        again = tr("Photos that this model has looked at already are passed over.")
        column.addWidget(Words(again, "second", "t2", wrap=True))
        column.addStretch(1)
        self.start_button = Button("primary", text=tr("Start"), icon="wand", key="↵", height=36)
        self.start_button.clicked.connect(self.start)
        cancel = Button("ghost", text=tr("Cancel"), height=36)
        cancel.clicked.connect(self.close_sheet)
        foot = QHBoxLayout()
        foot.setContentsMargins(24, 12, 24, 12)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(self.start_button)
        self.body.addLayout(column, 1)
        self.body.addWidget(Divider())
        self.body.addLayout(foot)
        self._group.buttonClicked.connect(lambda _: self._refresh())
        usual: PrelabelScope = "chosen" if len(chosen) > 1 and self._photos["chosen"] else "new"
        offered = [card for scope, card in self.scopes.items() if self._photos[scope]]
        first = self.scopes[usual]
        (first if first in offered or not offered else offered[0]).setChecked(True)
        self._refresh()

    @property
    def scope(self) -> PrelabelScope:
        return next(name for name, card in self.scopes.items() if card.isChecked())

    def start(self) -> None:
        """Starts the job for the chosen photos and goes away."""
        photo_ids = self._photos[self.scope]
        if photo_ids:
            self._session.prelabelling.start(photo_ids)
            self.close_sheet()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.start()
        else:
            super().keyPressEvent(event)

    def _count(self, scope: PrelabelScope) -> str:
        count = len(self._photos[scope])
        if not count:
            return tr("No photo waits for a box")
        return tr_count("{count} photo without an answer", "{count} photos without an answer", count)

    def _refresh(self) -> None:
        count = len(self._photos[self.scope])
        self.start_button.setEnabled(count > 0)
        each_s = self._session.first_look_s
        self.speed.setVisible(count > 0 and each_s > 0)
        self.speed.setText(
            tr(
                "About {time} on this machine ({device})",
                time=duration(count * each_s),
                device=self._session.device_sentence,
            )
        )
