"""The middle of the window: the photo's header, messages in place, and one page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QApplication, QStackedWidget, QVBoxLayout, QWidget

from app.canvas.header import PhotoHeader
from app.canvas.view import CanvasView
from app.message_stack import MessageStack
from app.pages.first_run import FirstRunPage
from app.pages.page import Page
from app.pages.states import NoPhotosPage

if TYPE_CHECKING:
    from app.session import Session

_MESSAGE_WIDTH_PX = 720
_BESIDE_TOOLS_PX = 44
_ABOVE_FOOT_PX = 72


class Centre(QWidget):
    """Shows the page that the session names; letters are shortcuts while anything in here has the keyboard.

    Signal `opened_changed` when a page that was opened over the photo comes or goes.
    """

    opened_changed = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.header = PhotoHeader(session)
        self.messages = MessageStack()
        self.canvas = CanvasView(session)
        self.first_run = FirstRunPage()
        self.no_photos = NoPhotosPage()
        self._opened: Page | None = None
        self._stack = QStackedWidget()
        for page in (self.first_run, self.canvas, self.no_photos):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(self._stack, 1)
        # Messages lie over the page, so that nothing moves under the pointer when one comes or goes.
        self.messages.setParent(self)
        self.messages.installEventFilter(self)
        session.page_changed.connect(lambda _: self.show_page())
        session.current_changed.connect(lambda _: self.close_page())
        session.project_closed.connect(self.close_page)
        session.model_changed.connect(self._show_speed)
        self.show_page()

    def connect_actions(self, actions: Mapping[str, QAction]) -> None:
        """Lets messages offer acts of the table, and the pages call them."""
        self.messages.actions_by_id = actions
        self.first_run.open_requested.connect(actions["open_folder"].trigger)
        self.no_photos.open_requested.connect(actions["open_folder"].trigger)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_messages()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.messages and event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.Show):
            self._place_messages()
        return super().eventFilter(watched, event)

    def _place_messages(self) -> None:
        """Below the header, beside the tools; over the foot of an opened page, whose acts stand at the top."""
        width = min(_MESSAGE_WIDTH_PX, self.width() - 2 * _BESIDE_TOOLS_PX)
        wanted = self.messages.heightForWidth(width) if self.messages.hasHeightForWidth() else -1
        height = wanted if wanted > 0 else self.messages.sizeHint().height()
        top = self.header.height() if self.header.isVisible() else 0
        if self._opened is not None:
            top = max(top, self.height() - height - _ABOVE_FOOT_PX)
        self.messages.setGeometry((self.width() - width) // 2, top, width, height)
        self.messages.raise_()

    @property
    def page(self) -> QWidget:
        """The page shown now."""
        return self._stack.currentWidget() or self.canvas

    @property
    def opened(self) -> Page | None:
        """The page that was opened over the photo, if any."""
        return self._opened

    def open_page(self, page: Page) -> None:
        """Shows a page in the place of the photo until it is closed or a photo is chosen; another one gives way."""
        self.close_page()
        self._opened = page
        page.closed.connect(self.close_page)
        self._stack.addWidget(page)
        self.show_page()
        page.setFocus()
        self.opened_changed.emit()

    def close_page(self) -> None:
        """Shows the photo again."""
        if self._opened is None:
            return
        page, self._opened = self._opened, None
        page.close_page()
        self._stack.removeWidget(page)
        page.deleteLater()
        self.show_page()
        self.take_keyboard()
        self.opened_changed.emit()

    def show_page(self) -> None:
        """Shows the page opened over the photo, else what the session's page says."""
        if self._opened is not None:
            self.header.hide()
            self._stack.setCurrentWidget(self._opened)
            self._place_messages()
            return
        name = self._session.page
        if name == "empty":
            self.no_photos.show_text(self._session.page_text)
        pages: dict[str, QWidget] = {"first_run": self.first_run, "empty": self.no_photos}
        page = pages.get(name, self.canvas)
        focused = QApplication.focusWidget()
        had_focus = focused is not None and self._stack.isAncestorOf(focused)
        self.header.setVisible(page is self.canvas)
        self._stack.setCurrentWidget(page)
        self._place_messages()
        if had_focus or page is not self.canvas:
            self.take_keyboard()

    def _show_speed(self) -> None:
        self.first_run.show_speed(self._session.device_sentence, self._session.first_look_s)

    def take_keyboard(self) -> None:
        """Gives the keyboard to the photo, or to the main act of the page that stands in its place."""
        page = self.page
        if self._opened is not None:
            self._opened.setFocus()
        elif page is self.first_run:
            self.first_run.drop_zone.open_button.setFocus()
        elif page is self.no_photos:
            self.no_photos.open_button.setFocus()
        else:
            self.canvas.setFocus()
