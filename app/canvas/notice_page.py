"""What stands in the photo's place: a photo that cannot be read, and the end of the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.canvas.float_buttons import bar_button
from app.texts import thousands, tr, tr_count
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, set_role
from app.widgets.buttons import Kind
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

UNREADABLE, FINISHED = "unreadable", "finished"
_PAGES = (UNREADABLE, FINISHED)
_ICON_PX = 32


class NoticePage(QWidget):
    """A large icon, one sentence in large type, one in small type, and up to three acts."""

    asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._session = session
        self._icon, self._icon_role = "warning", "warn"
        self._shown = ("", "")
        self.title, self.text = QLabel(self), QLabel(self)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text.setWordWrap(True)
        self._acts = QHBoxLayout()
        self._acts.setSpacing(8)
        self._acts.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, _ICON_PX + 16, 24, 8)
        column.setSpacing(4)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addSpacing(12)
        column.addLayout(self._acts)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        notifier.changed.connect(self._dress)
        self._dress()
        self.hide()

    def refresh(self) -> bool:
        """Takes the state of things from the session; False where the photo itself is to be shown."""
        page = self._session.page
        wanted = (page, self._session.page_text)
        if page not in _PAGES or wanted == self._shown:
            self._shown = wanted
            return page in _PAGES
        self._shown = wanted
        if page == UNREADABLE:
            self._show_unreadable()
        else:
            self._show_finished()
        return True

    def _show_unreadable(self) -> None:
        self._icon, self._icon_role = "warning", "warn"
        self._say(tr("This photo cannot be read"), self._session.page_text)
        self._offer(
            bar_button(self, self._session.retry, kind="second", icon="undo", text=tr("Try again")),
            self._act("show_file", "folder", tr("Show file")),
            bar_button(self, self._session.skip, icon="skip", act="skip", text=tr("Skip")),
        )

    def _show_finished(self) -> None:
        self._icon, self._icon_role = "state-done", "ok"
        counts = self._session.counts()
        left = counts.get(PhotoState.SKIPPED, 0) + counts.get(PhotoState.FAILED, 0)
        reviewed = thousands(counts.get(PhotoState.REVIEWED, 0))
        self._say(tr("All {count} photos reviewed", count=reviewed), self._session.page_text)
        acts = [self._act("export", "export", tr("Export"), "primary", act="export")]
        if left:
            words = tr_count("See the other one", "See the {count} others", left)
            acts.append(self._act("others", "eye", words))
        self._offer(*acts)

    def _act(self, name: str, icon: str, text: str, kind: Kind = "ghost", act: str = "") -> Button:
        return bar_button(self, lambda: self.asked.emit(name), kind=kind, icon=icon, text=text, act=act)

    def _say(self, title: str, text: str) -> None:
        self.title.setText(title)
        self.text.setText(text)
        self.text.setVisible(bool(text))
        self.setAccessibleName(f"{title}. {text}".strip())

    def _offer(self, *buttons: Button) -> None:
        while self._acts.count():
            taken = self._acts.takeAt(0)
            old = taken.widget() if taken is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        for button in buttons:
            self._acts.addWidget(button)

    def _dress(self) -> None:
        self.title.setFont(font("dialog"))
        self.text.setFont(font("body"))
        set_role(self.title, "t1")
        set_role(self.text, "t2")

    def paintEvent(self, _event) -> None:
        place = QRectF((self.width() - _ICON_PX) / 2, 8, _ICON_PX, _ICON_PX)
        draw_icon(QPainter(self), self._icon, place, theme().colour(self._icon_role))
