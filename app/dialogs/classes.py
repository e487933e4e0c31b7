"""The sheet of classes: found by name, made, renamed, merged, recoloured, given keys, deleted; every act at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QVBoxLayout

from app.canvas.class_menu import matching
from app.class_use import ClassUseCount
from app.dialogs.class_form import ActField, ClassForm
from app.dialogs.class_list import ClassList
from app.dialogs.sheet import Sheet
from app.session_types import Message
from app.texts import tr, tr_count
from app.theme.fonts import font, scaled
from app.widgets import Button, Divider, MessageBar, Words
from engine.dataset.project_records import ClassUse

if TYPE_CHECKING:
    from app.main_window import MainWindow

_SIZE = QSize(900, 600)
_FORM_PX = 400


class ClassesSheet(Sheet):
    """Undo works while it is open; what is chosen in the list is changed at the right."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(tr("Classes"), _SIZE, window)
        self.acts = ("classes", "undo", "redo")
        self._session = session = window.session
        self._use: dict[int, ClassUse] = {}
        self._counting = ClassUseCount(session.project, self) if session.project is not None else None
        self._message: MessageBar | None = None
        self.count = Words("", "body", "t2")
        self.field = _Field()
        self.field.setPlaceholderText(tr("Find a class, or name a new one"))
        self.field.setAccessibleName(tr("Find a class, or name a new one"))
        self.field.setMaxLength(200)
        self.field.setFixedHeight(scaled(32))
        self.field.setFont(font("body"))
        self.field.textChanged.connect(self._show)
        self.field.returnPressed.connect(self._add)
        self.add = Button("second", text=tr("Add"), icon="plus", height=32)
        self.add.clicked.connect(self._add)
        self.list = ClassList()
        self.field.list = self.list
        self.form = ClassForm(session)
        self.form.setFixedWidth(scaled(_FORM_PX))
        self.form.merged.connect(self.list.choose)
        self.delete_unused = Button("ghost", icon="trash", height=32)
        self.delete_unused.clicked.connect(self._delete_unused)
        self._lay_out()
        self.list.selectionModel().currentChanged.connect(self._show_current)
        for signal in (session.classes_changed, session.undo_stack.indexChanged):
            signal.connect(self._follow)
        if self._counting is not None:
            self._counting.counted.connect(self._take_use)
            self.closed.connect(self._counting.stop)
        session.message.connect(self._say)
        session.project_closed.connect(self.close_sheet)
        self._follow()

    def _lay_out(self) -> None:
        self.head.insertWidget(1, self.count)
        search = QHBoxLayout()
        search.setContentsMargins(24, 16, 16, 8)
        search.setSpacing(8)
        search.addWidget(self.field, 1)
        search.addWidget(self.add)
        foot = QHBoxLayout()
        foot.setContentsMargins(14, 8, 16, 12)
        foot.addWidget(self.delete_unused)
        foot.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addLayout(search)
        left.addWidget(self.list, 1)
        left.addLayout(foot)
        columns = QHBoxLayout()
        columns.setSpacing(0)
        columns.addLayout(left, 1)
        columns.addWidget(Divider(standing=True))
        columns.addWidget(self.form)
        self._messages = QVBoxLayout()
        self._messages.setContentsMargins(0, 0, 0, 0)
        self.body.addLayout(self._messages)
        self.body.addLayout(columns, 1)

    def _follow(self, *_: object) -> None:
        """Lists the classes as they are now, and counts their boxes anew."""
        self._show()
        if self._counting is not None:
            self._counting.ask()

    def _take_use(self, use: dict[int, ClassUse]) -> None:
        self._use = use
        self._show()

    def _show(self, *_: object) -> None:
        """Lists the classes that fit what is typed; the one chosen stays chosen."""
        session = self._session
        chosen = self.list.current
        self.list.classes.show_classes(matching(session.classes, self.field.text()), self._use)
        self.list.choose(chosen.id if chosen is not None else -1)
        self.count.setText(tr_count("{count} class", "{count} classes", len(session.classes)))
        typed = self.field.text().strip()
        is_new = bool(typed) and all(row.name != typed for row in session.classes)
        self.add.setEnabled(is_new and not session.read_only)
        self.add.setToolTip(tr("Add {name}, Return", name=typed) if is_new else tr("Type a name to add a class"))
        unused = len(self._unused())
        self.delete_unused.setText(tr_count("Delete {count} unused class", "Delete {count} unused classes", unused))
        self.delete_unused.setVisible(unused > 0 and not session.read_only)
        self._show_current()

    def _show_current(self, *_: object) -> None:
        row = self.list.current
        self.form.show_class(row, self.list.classes.use_of(row.id) if row is not None else ClassUse())

    def _add(self) -> None:
        """Makes the class that is typed, or goes on to the one found."""
        if self.add.isEnabled():
            added = self._session.class_acts.add(self.field.text())
            if added is None:
                return
            self.field.clear()
            self.field.setModified(False)
            self.list.choose(added.id)
        if self.list.current is not None:
            self.form.name.setFocus()
            self.form.name.selectAll()

    def _delete_unused(self) -> None:
        self._session.class_acts.delete(self._unused())

    def _unused(self) -> list[int]:
        """Classes that no box and no photo had at the last count."""
        listed = [row.id for row in self._session.classes]
        return [class_id for class_id in listed if class_id in self._use and not self._use[class_id].is_used]

    def _say(self, message: Message) -> None:
        """Shows in the sheet what was refused, since the window's own messages lie behind it."""
        if message.kind != "bad":
            return
        if self._message is not None:
            self._hush()
        self._message = MessageBar(message.kind, message.title, message.text)
        self._message.dismissed.connect(self._hush)
        self._messages.addWidget(self._message)

    def _hush(self) -> None:
        if self._message is not None:
            self._messages.removeWidget(self._message)
            self._message.hide()
            self._message.deleteLater()
            self._message = None


class _Field(ActField):
    """Hands the keys that walk through the list on to it."""

    list: QListView

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        place = self.list.currentIndex().row() + step
        if step and 0 <= place < self.list.model().rowCount():
            self.list.setCurrentIndex(self.list.model().index(place, 0))
        elif not step:
            super().keyPressEvent(event)
