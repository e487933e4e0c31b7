"""The two answers under the selected box, with its class and the rarer acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QMenu, QWidget

from app.canvas.float_buttons import ClassButton, RejectButton, bar_button
from app.canvas.words import class_name
from app.keymap import keymap
from app.texts import tr
from app.theme.icons import icon
from app.theme.palette import class_colour
from app.widgets import Divider, FloatPanel
from engine.dataset.project_records import BoxState

if TYPE_CHECKING:
    from app.session import Session


class AnswerBar(FloatPanel):
    """Class menu, Accept, Reject and more, for the session's selected box."""

    class_menu_asked = Signal()
    rejected_toggled = Signal(bool)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self.shows_rejected = False
        self.class_button = ClassButton(self, self.class_menu_asked.emit)
        self.accept = bar_button(
            self,
            session.accept,
            text=tr("Accept"),
            icon="check",
            act="accept",
            kind="primary",
            tip=tr("Accept this box"),
        )
        self.reject = RejectButton(self, session.reject)
        self.more = bar_button(self, self._open_more, icon="more", tip=tr("More for this box"))
        self.setAccessibleName(tr("Answers for the selected box"))
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.setSpacing(6)
        row.addWidget(self.class_button)
        row.addWidget(Divider(standing=True, parent=self))
        row.addSpacing(2)
        for button in (self.accept, self.reject, self.more):
            row.addWidget(button)
        self.refresh()

    def refresh(self) -> None:
        """Takes class and state of the selected box from the session."""
        selected = self._session.selected
        if selected is None:
            return
        named = next((row for row in self._session.classes if row.id == selected.class_id), None)
        self.class_button.show_class(
            class_name(self._session.classes, selected.class_id), class_colour(named.colour_index if named else 0)
        )
        self.accept.setVisible(not selected.state.counts)
        self.reject.setVisible(selected.state is not BoxState.REJECTED)
        self.adjustSize()

    def open_more(self, place: QPoint) -> None:
        """Opens the menu of rarer acts at a place of the screen."""
        menu = QMenu(self)
        open_count = sum(not row.state.decided for row in self._session.boxes)
        if open_count > 1:
            menu.addAction(icon("check"), _with_key(tr("Accept all boxes"), "accept_all"), self._session.accept_all)
            menu.addSeparator()
        menu.addAction(icon("tag"), _with_key(tr("Change class"), "class_by_name"), self.class_menu_asked.emit)
        if self._session.heat_map is not None:
            menu.addAction(_with_key(tr("Snap to the map"), "snap"), lambda: self._session.clipboard.snap())
        menu.addAction(
            icon("copy"), _with_key(tr("Duplicate"), "duplicate"), lambda: self._session.clipboard.duplicate()
        )
        menu.addAction(icon("trash"), _with_key(tr("Delete box"), "delete"), lambda: self._session.delete())
        menu.addSeparator()
        shown = menu.addAction(tr("Show rejected boxes"))
        shown.setCheckable(True)
        shown.setChecked(self.shows_rejected)
        shown.toggled.connect(self.rejected_toggled)
        menu.popup(place)

    def _open_more(self) -> None:
        self.open_more(self.more.mapToGlobal(QPoint(0, self.more.height() + 8)))


def _with_key(text: str, act: str) -> str:
    """A menu entry's words with the key that its act has now."""
    return f"{text}\t{keymap.cap(act)}"
