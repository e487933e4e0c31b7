"""One class in the sheet of classes: its name, key, colour, and what can be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QLineEdit, QSizePolicy, QVBoxLayout, QWidget

from app.canvas.class_menu import ClassMenu, draw_swatch
from app.dialogs.class_list import use_words
from app.texts import mark, tr, tr_marked
from app.theme.fonts import font, scaled
from app.theme.palette import CLASS_COLOURS, class_colour, notifier, theme
from app.widgets import Button, SegmentControl, Words
from engine.dataset.class_rows import KEYS
from engine.dataset.project_records import ClassRow, ClassUse

if TYPE_CHECKING:
    from app.session import Session

_COLOUR_NAMES = (
    mark("sky"),
    mark("amber"),
    mark("green"),
    mark("violet"),
    mark("lemon"),
    mark("vermilion"),
    mark("mauve"),
    mark("mint"),
)
_NO_KEY = ""
_SWATCH_PX = 28


class ClassForm(QWidget):
    """What it shows is stored as soon as it is changed. `merged` carries the class that another one went into."""

    merged = Signal(int)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._acts = session, session.class_acts
        self._row: ClassRow | None = None
        self.name = ActField()
        self.name.setAccessibleName(tr("Name of the class"))
        self.name.setMaxLength(200)
        self.name.setFixedHeight(scaled(32))
        self.name.setFont(font("body"))
        self.name.editingFinished.connect(self._rename)
        self.name.textEdited.connect(self._look_for_other)
        self.same = Button("second", height=28)
        self.same.clicked.connect(self._merge_into_namesake)
        self.keys = SegmentControl([*((key, key) for key in KEYS), (_NO_KEY, tr("None"))])
        self.keys.setAccessibleName(tr("Key of the class"))
        self.keys.chosen.connect(self._set_key)
        self.key_hint = Words("", "second", "t2")
        self.colours = tuple(_ColourButton(place, tr_marked(name), self) for place, name in enumerate(_COLOUR_NAMES))
        group = QButtonGroup(self)
        for button in self.colours:
            group.addButton(button)
            button.clicked.connect(lambda _=False, place=button.place: self._recolour(place))
        self.use = Words("", "body", "t2", wrap=True)
        self.merge = Button("second", text=tr("Merge into…"), height=32)
        self.merge.setToolTip(tr("Gives all its boxes and photos to another class"))
        self.merge.clicked.connect(self._open_merge)
        self.delete = Button("danger", text=tr("Delete class"), icon="trash", height=32)
        self.delete.clicked.connect(self._delete)
        self._menu: ClassMenu | None = None
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(8)
        column.addWidget(Words(tr("Name"), "body", weight=600))
        column.addWidget(self.name)
        column.addWidget(self.same, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(8)
        column.addWidget(Words(tr("Key"), "body", weight=600))
        column.addWidget(self.keys)
        column.addWidget(self.key_hint)
        column.addSpacing(8)
        column.addWidget(Words(tr("Colour"), "body", weight=600))
        swatches = QHBoxLayout()
        swatches.setSpacing(4)
        for button in self.colours:
            swatches.addWidget(button)
        swatches.addStretch(1)
        column.addLayout(swatches)
        column.addSpacing(8)
        column.addWidget(Words(tr("In this folder"), "body", weight=600))
        column.addWidget(self.use)
        column.addStretch(1)
        acts = QHBoxLayout()
        acts.setSpacing(8)
        acts.addWidget(self.merge)
        acts.addWidget(self.delete)
        acts.addStretch(1)
        column.addLayout(acts)

    def show_class(self, row: ClassRow | None, use: ClassUse) -> None:
        """Shows a class and where it is used; None where there is none to show."""
        changed = row is None or self._row is None or row.id != self._row.id
        self._row = row
        usable = row is not None and not self._session.read_only
        for part in (self.name, self.keys, self.merge, *self.colours):
            part.setEnabled(usable)
        self.merge.setEnabled(usable and len(self._session.classes) > 1)
        self.delete.setEnabled(usable and not use.is_used)
        self.delete.setToolTip(
            tr("Only a class that no box and no photo has can be deleted") if use.is_used else tr("Deletes this class")
        )
        self.use.setText(use_words(use) if row is not None else "")
        if row is None:
            self.name.clear()
        elif changed or not self.name.isModified():
            self.name.setText(row.name)
            self.name.setCursorPosition(0)
        self._look_for_other(self.name.text())
        self.keys.set_current((row.key if row is not None else None) or _NO_KEY)
        self.key_hint.setText(
            tr("On the photo, {key} gives a box this class.", key=row.key)
            if row is not None and row.key
            else tr("A digit gives a box this class at once.")
        )
        for button in self.colours:
            button.setChecked(row is not None and button.place == row.colour_index % len(CLASS_COLOURS))

    def _namesake(self) -> ClassRow | None:
        """Another class of the name typed."""
        typed = self.name.text().strip()
        own = self._row.id if self._row is not None else None
        return next((row for row in self._session.classes if row.name == typed and row.id != own), None)

    def _look_for_other(self, _typed: str) -> None:
        other = self._namesake()
        self.same.setVisible(other is not None)
        if other is not None:
            self.same.setText(tr("Merge into {name}, which is there already", name=other.name))

    def _rename(self) -> None:
        if self._row is None or self._namesake() is not None:
            return
        typed = self.name.text().strip()
        self.name.setModified(False)
        if not typed or not self._acts.rename(self._row.id, typed):
            self.name.setText(self._row.name)

    def _set_key(self, key: str) -> None:
        if self._row is not None:
            self._acts.set_key(self._row.id, key or None)

    def _recolour(self, place: int) -> None:
        if self._row is not None:
            self._acts.recolour(self._row.id, place)

    def _merge_into_namesake(self) -> None:
        other = self._namesake()
        if other is not None:
            self._merge_into(other.name)

    def _open_merge(self) -> None:
        own = self._row
        if own is None:
            return
        menu = ClassMenu(self.window(), takes_new=False)
        menu.setAccessibleName(tr("Merge into"))
        menu.chosen.connect(self._merge_into)
        menu.closed.connect(self.merge.setFocus)
        menu.closed.connect(menu.deleteLater)
        self._menu = menu
        menu.open_menu(tuple(row for row in self._session.classes if row.id != own.id), "")
        place = self.merge.mapTo(self.window(), QPoint(-6, 0))
        menu.move(place.x(), max(0, place.y() - menu.height() + 6))

    def _merge_into(self, name: str) -> None:
        into = next((row for row in self._session.classes if row.name == name), None)
        if self._row is not None and into is not None:
            self.name.setModified(False)
            if self._acts.merge(self._row.id, into.id):
                self.merged.emit(into.id)

    def _delete(self) -> None:
        if self._row is not None:
            self._acts.delete([self._row.id])


class ActField(QLineEdit):
    """Undo takes back what is being typed in it, and else the last act, as anywhere in the window."""

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and not self.isModified():
            standard = QKeySequence.StandardKey
            if event.matches(standard.Undo) or event.matches(standard.Redo):
                event.ignore()
                return False
        return super().event(event)


class _ColourButton(QAbstractButton):
    """One colour of the palette."""

    def __init__(self, place: int, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.place = place
        self.setCheckable(True)
        self.setAccessibleName(name)
        self.setToolTip(name.capitalize())
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(_SWATCH_PX, _SWATCH_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect())
        colour = class_colour(self.place)
        if not self.isEnabled():
            colour.setAlphaF(0.4)
        draw_swatch(painter, area.adjusted(6, 6, -6, -6), colour)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self.isChecked() or self.hasFocus():
            painter.setPen(QPen(theme().colour("acc" if self.hasFocus() else "t1"), 2.0))
            painter.drawRoundedRect(area.adjusted(2, 2, -2, -2), 6, 6)
        elif self.underMouse():
            painter.setPen(QPen(theme().colour("edge"), 1.0))
            painter.drawRoundedRect(area.adjusted(2.5, 2.5, -2.5, -2.5), 6, 6)
