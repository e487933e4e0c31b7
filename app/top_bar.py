"""The bar at the top: menus at the left; undo, redo and the two acts on all photos at the right."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QMenuBar, QSizePolicy, QWidget

from app.actions import ACTIONS, MENUS
from app.keymap import keymap
from app.texts import mark, tr, tr_marked
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import Button, keep_height

HEIGHT_PX = 44
_MARK_PX = 20
# Icon-only acts, then acts in words.
_ICONS = ("undo", "redo")
_ACTS = (("prelabel", mark("Pre-label")), ("train", mark("Train")), ("export", mark("Export")))


class TopBar(QWidget):
    """Holds the menu bar and buttons for acts of the table; each button follows its act's state.

    `recent_menu` is the sub-menu "Open recent", which the window fills.
    """

    def __init__(self, actions: Mapping[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        keep_height(self, HEIGHT_PX)
        self.menu_bar = QMenuBar(self)
        self.menu_bar.setFont(font("body", 500))
        self.menu_bar.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.recent_menu = QMenu(tr("Open recent"), self)
        self._menus = fill_menus(self.menu_bar, actions, self.recent_menu)
        self.buttons: dict[str, Button] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(4)
        # On macOS the menus stand at the top of the screen.
        native = sys.platform == "darwin"
        if not native:
            row.addWidget(_Mark(self))
            row.addSpacing(2)
            row.addWidget(self.menu_bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        for name in _ICONS:
            row.addWidget(self._button(name, actions[name], ""))
        row.addSpacing(16)
        for name, words in _ACTS:
            row.addWidget(self._button(name, actions[name], tr_marked(words)))
        row.addSpacing(4)
        row.addWidget(self._button("shortcuts", actions["shortcuts"], ""))
        notifier.changed.connect(self._dress)

    def _dress(self) -> None:
        self.menu_bar.setFont(font("body", 500))
        self.update()

    def _button(self, name: str, action: QAction, words: str) -> Button:
        button = Button("ghost", text=words, icon=_icon_of(name), height=32 if words else 28, parent=self)
        self.buttons[name] = button

        def follow() -> None:
            button.setEnabled(action.isEnabled())
            described = action.text().rstrip("…")
            key = keymap.cap(name)
            button.setAccessibleName(described)
            button.setToolTip(f"{described}, {key}" if key else described)

        button.clicked.connect(action.trigger)
        action.changed.connect(follow)
        follow()
        return button

    def set_folder_open(self, *, is_open: bool) -> None:
        """Shows the acts on photos only where there are photos."""
        for name in (*_ICONS, *(name for name, _ in _ACTS)):
            self.buttons[name].setVisible(is_open)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("win"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme().colour("line"))


def fill_menus(menu_bar: QMenuBar, actions: Mapping[str, QAction], recent_menu: QMenu) -> dict[str, QMenu]:
    """Makes the menus of the action table; returns them by path, such as "View/Theme"."""
    menus = {name: menu_bar.addMenu(tr_marked(name)) for name in MENUS}
    for spec in ACTIONS:
        if not spec.menu:
            continue
        parent, _, child = spec.menu.partition("/")
        if child and spec.menu not in menus:
            menus[spec.menu] = menus[parent].addMenu(tr_marked(child))
        menu = menus[spec.menu]
        if spec.starts_group:
            menu.addSeparator()
        menu.addAction(actions[spec.id])
        if spec.id == "open_folder":
            menu.addMenu(recent_menu)
    return menus


def _icon_of(name: str) -> str:
    return next(spec.icon for spec in ACTIONS if spec.id == name)


class _Mark(QWidget):
    """The mark of Moltbox: a dashed box round something warm."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(_MARK_PX, _MARK_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        draw_icon(QPainter(self), "app", QRectF(self.rect()), theme().colour("acc"))
