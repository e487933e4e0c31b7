"""The sheet of keys: every act of the table with its keys, found by name or by pressing a key, and changed there."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.actions import SECTIONS, Section
from app.dialogs.key_editor import KeyEditor
from app.dialogs.key_rows import ActRow, KeyRow, act_rows, key_rows, matching
from app.dialogs.keyboard import KeyboardPicture
from app.dialogs.sheet import Sheet
from app.keymap import keymap, pressed_key
from app.session_types import Message
from app.texts import tr, tr_marked
from app.theme.fonts import font, text_scale
from app.widgets import Button, Divider, ElideLabel, KeyCap, MessageBar, Words

_SIZE = QSize(1216, 796)
# In a low window the list is worth more than the picture; in a narrow one its lines need wider columns.
_PICTURE_FROM_PX = 720
_COLUMN_PX = 275
_EDIT_COLUMN_PX = 380
_FIELD_PX = 280
_LEAST_FIELD_PX = 150
# These edit the field instead of being looked up.
_EDITING = {Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Left}
_EDITING |= {Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End}


class ShortcutSheet(Sheet):
    """F1 opens and closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(tr("Keys"), _SIZE, window)
        self.shown: tuple[KeyRow | ActRow, ...] = ()
        self._column_count = 0
        self.field = QLineEdit()
        self.field.setPlaceholderText(tr("Find an act or press a key"))
        self.field.setAccessibleName(tr("Find an act by name or by its key"))
        self.field.setMinimumWidth(_LEAST_FIELD_PX)
        self.field.setMaximumWidth(round(_FIELD_PX * text_scale()))
        self.field.setFixedHeight(round(32 * max(text_scale(), 1.0)))
        self.field.setFont(font("body"))
        self.field.textChanged.connect(self.show_matching)
        self.field.installEventFilter(self)
        self.change = Button("ghost", text=tr("Change keys"), icon="pencil", height=32)
        self.change.setCheckable(True)
        self.change.toggled.connect(self._turn)
        self._hint = ElideLabel(_opened_by(), Qt.TextElideMode.ElideRight)
        self._hint.setFont(font("second"))
        self.head.insertWidget(1, self._hint, 1)
        self.head.insertWidget(3, self.field, 2)
        self.head.insertWidget(4, self.change)
        self._content = QWidget()
        self._columns = QHBoxLayout(self._content)
        self._columns.setContentsMargins(24, 20, 24, 24)
        self._columns.setSpacing(32)
        self.picture = QWidget()
        picture = QVBoxLayout(self.picture)
        picture.setContentsMargins(24, 20, 24, 20)
        picture.addWidget(KeyboardPicture())
        self._divider = Divider()
        self.editor = KeyEditor()
        self.editor.said.connect(self._say)
        self.editor.silenced.connect(self._hush)
        self._message: MessageBar | None = None
        self._messages = QVBoxLayout()
        self._messages.setContentsMargins(24, 0, 24, 0)
        self._pages = QStackedWidget()
        self._pages.addWidget(_scrolled(self._content))
        self._pages.addWidget(_scrolled(self.editor))
        self.body.addWidget(self.picture)
        self.body.addWidget(self._divider)
        self.body.addLayout(self._messages)
        self.body.addWidget(self._pages, 1)
        self._foot = self._make_foot()
        self.body.addWidget(self._foot)
        keymap.changed.connect(self._follow)
        self._fit()
        self._follow()

    @property
    def changing(self) -> bool:
        """Whether keys are being changed."""
        return self.change.isChecked()

    def message(self) -> str:
        """What stands above the list about the last key pressed; empty for nothing."""
        return self._message.words() if self._message is not None else ""

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        row = QHBoxLayout(foot)
        row.setContentsMargins(24, 8, 24, 12)
        advice = tr("A change counts at once. Click a key and press another one; Esc gives up, Del takes the key away.")
        row.addWidget(Words(advice, "second", "t2", wrap=True), 1)
        self.reset = Button("second", text=tr("Reset all keys"), icon="undo", height=32)
        self.reset.clicked.connect(keymap.reset_all)
        row.addWidget(self.reset)
        foot.hide()
        return foot

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _turn(self, changing: bool) -> None:
        self.change.setText(tr("Done") if changing else tr("Change keys"))
        self.change.set_icon("check" if changing else "pencil")
        self._foot.setVisible(changing)
        self._hush()
        self._pages.setCurrentIndex(int(changing))
        self._column_count = 0
        self._fit()

    def _fit(self) -> None:
        """Four columns and the picture where there is room for them; fewer and wider ones for changing."""
        width, height = self.card_size()
        for part in (self.picture, self._divider):
            part.setVisible(height >= _PICTURE_FROM_PX and not self.changing)
        wide, least = (_EDIT_COLUMN_PX, 1) if self.changing else (_COLUMN_PX, 2)
        count = min(max(int(width / text_scale()) // wide, least), 3 if self.changing else 4)
        if count != self._column_count:
            self._column_count = count
            self.show_matching(self.field.text())

    def show_matching(self, wanted: str) -> None:
        """Shows the acts that fit the text."""
        if self.changing:
            rows = matching(act_rows(), wanted)
            self.shown = rows
            self.editor.show_rows(rows, self._column_count)
        else:
            found = matching(key_rows(), wanted)
            self.shown = found
            self._show_table(found, wanted)

    def _show_table(self, found: Sequence[KeyRow], wanted: str) -> None:
        for old in self._content.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._columns.removeWidget(old)
            old.hide()
            old.deleteLater()
        while self._columns.count():
            self._columns.takeAt(0)
        columns = [QVBoxLayout() for _ in range(self._column_count)]
        heights = [0] * self._column_count
        for section in SECTIONS:
            rows = [row for row in found if row.section == section]
            if rows:
                place = heights.index(min(heights))
                columns[place].addWidget(_SectionTable(section, rows, self._content))
                heights[place] += len(rows) + 2
        if not found:
            nothing = tr("Nothing is called or has the key {wanted}.", wanted=wanted)
            columns[0].addWidget(Words(nothing, "body", "t2", wrap=True))
        for column in columns:
            column.setSpacing(20)
            column.addStretch(1)
            self._columns.addLayout(column, 1)

    def _follow(self) -> None:
        """Shows what the keys are now."""
        self.reset.setEnabled(bool(keymap.own))
        self._hint.setText(_opened_by())
        if not self.changing:
            self.show_matching(self.field.text())

    def _say(self, message: Message) -> None:
        self._hush()
        act = tr("Use it here") if message.act else ""
        bar = MessageBar(message.kind, message.title, message.text, act=act, parent=self)
        bar.dismissed.connect(self._hush)
        bar.acted.connect(self._hush)
        bar.acted.connect(self.editor.take_key)
        self._message = bar
        self._messages.setContentsMargins(24, 12, 24, 4)
        self._messages.addWidget(bar)
        bar.show()

    def _hush(self) -> None:
        if self._message is not None:
            self._messages.removeWidget(self._message)
            self._messages.setContentsMargins(24, 0, 24, 0)
            self._message.hide()
            self._message.deleteLater()
            self._message = None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """In the empty field a key with Ctrl, or one that types nothing, is looked up instead of obeyed."""
        if watched is self.field and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            name = _looked_up(event)
            if name:
                self.field.setText(name)
                self.field.selectAll()
                return True
        return super().eventFilter(watched, event)


def _looked_up(event: QKeyEvent) -> str:
    """The key to look up, such as "Ctrl+O" or "F11"; empty where the key types or edits."""
    if Qt.Key(event.key()) in _EDITING:
        return ""
    held = event.modifiers() & ~(Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.KeypadModifier)
    typed = event.text() != "" and event.text().isprintable()
    return "" if typed and not held else pressed_key(event)


def _opened_by() -> str:
    key = keymap.cap("shortcuts")
    return tr("{key} opens and closes this sheet", key=key) if key else ""


def _scrolled(content: QWidget) -> QScrollArea:
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setWidgetResizable(True)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidget(content)
    for ground in (content, scroll.viewport()):
        ground.setAutoFillBackground(False)
    return scroll


class _SectionTable(QWidget):
    def __init__(self, section: Section, rows: Sequence[KeyRow], parent: QWidget) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(5)
        column.addWidget(Words(tr_marked(section), "body", "acc", weight=600))
        for row in rows:
            words = ElideLabel(row.text, Qt.TextElideMode.ElideRight)
            words.setFont(font("body", 500))
            words.setMinimumHeight(24)
            words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            line = QHBoxLayout()
            line.setSpacing(4)
            line.addWidget(words, 1)
            for cap in row.caps:
                line.addWidget(KeyCap(cap))
            column.addLayout(line)
