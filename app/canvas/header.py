"""The line over the photo: which one it is, its class, and which map lies over it how strongly."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QSizePolicy, QWidget

from app.canvas.class_menu import ClassMenu
from app.canvas.float_buttons import bar_button
from app.canvas.notice_page import FINISHED, UNREADABLE
from app.canvas.words import class_name
from app.texts import thousands, tr
from app.theme.fonts import font, scaled
from app.theme.icons import icon
from app.theme.palette import notifier, theme
from app.widgets import Chip, ElideLabel, KeyCap, SegmentControl, ThinSlider, keep_height, set_role

if TYPE_CHECKING:
    from app.session import Session

HEIGHT_PX = 44
_COMPACT_BELOW_PX, _TIGHT_BELOW_PX, _LEAST_PX = 760, 640, 320
_OFF = "off"
_MARGIN_PX = 8


class PhotoHeader(QWidget):
    """Previous, next, name, position, class; then the choice of map and its opacity."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        keep_height(self, HEIGHT_PX)
        self.previous = bar_button(
            self, session.previous_photo, icon="chevron-left", act="previous", cap=False, tip=tr("Previous photo")
        )
        self.next = bar_button(
            self, session.next_photo, icon="chevron-right", act="next", cap=False, tip=tr("Next photo")
        )
        for button in (self.previous, self.next):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.name, self.position = ElideLabel(parent=self), QLabel(self)
        self.label = Chip(icon="tag", parent=self)
        self.label.follow_act("photo_labels", tr("What the photo shows"))
        self.label.clicked.connect(self.open_labels)
        self._labels: ClassMenu | None = None
        self._before: QWidget | None = None
        self.key = KeyCap(act="cycle_map", parent=self)
        self.key.setToolTip(tr("Next map"))
        self.maps = SegmentControl([(_OFF, tr("Off"))], self)
        self.maps.setAccessibleName(tr("Map over the photo"))
        self.maps.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.eye = QLabel(self)
        self.opacity = ThinSlider(self)
        self.opacity.setRange(0, 100)
        self.opacity.setToolTip(tr("How strongly the map covers the photo"))
        self.opacity.setAccessibleName(tr("Opacity of the map"))
        self._lay_out()

        self.maps.chosen.connect(session.set_map_view)
        self.opacity.valueChanged.connect(lambda value: session.set_opacity(value / 100))
        session.map_view_changed.connect(self.maps.set_current)
        session.opacity_changed.connect(self._show_opacity)
        for signal in (
            session.current_changed,
            session.photos_added,
            session.classes_changed,
            session.page_changed,
            session.evidence_ready,
        ):
            signal.connect(self.refresh)
        session.photo_changed.connect(self._take_change)
        for signal in (session.evidence_ready, session.heat_map_changed, session.current_changed):
            signal.connect(self._show_maps)
        session.look_progress.connect(self._show_progress)
        session.anchor_progress.connect(self._show_anchoring)
        notifier.changed.connect(self._dress)
        self._dress()
        self._show_opacity(session.opacity)
        self._show_maps()
        self.refresh()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        # Narrower than its content it folds; it must not hold the window open.
        row.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        row.setContentsMargins(8, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.previous)
        row.addWidget(self.next)
        row.addSpacing(2)
        row.addWidget(self.name)
        row.addWidget(self.position)
        row.addSpacing(4)
        row.addWidget(self.label)
        row.addStretch(1)
        row.addWidget(self.key)
        row.addWidget(self.maps)
        row.addSpacing(4)
        row.addWidget(self.eye)
        row.addWidget(self.opacity)

    def _take_change(self, photo_id: int) -> None:
        """Photos change by the thousand when a threshold is set for all; only the one shown matters here."""
        if self._session.current is not None and self._session.current.id == photo_id:
            self.refresh()

    def refresh(self, *_: object) -> None:
        """Takes photo, position and class from the session."""
        current = self._session.current
        place, total = self._session.position
        if self._session.page == FINISHED and self._session.project is not None:
            current = None
            self.name.setText(self._session.project.root.name)
            self.position.setText(tr("all reviewed"))
        else:
            self.name.setText(PurePosixPath(current.path).name if current is not None else "")
            self.position.setText(
                tr("{place} of {total}", place=thousands(place), total=thousands(total)) if place else ""
            )
        self.name.setAccessibleName(self.name.text())
        self._show_labels()
        self._fold()

    def open_labels(self) -> None:
        """Opens the field in which the photo's classes are ticked, ready to type."""
        host, session = self.parentWidget(), self._session
        if host is None or session.current is None or session.read_only:
            return
        if self._labels is None:
            self._labels = ClassMenu(host, several=True)
            self._labels.setAccessibleName(tr("Classes of the photo"))
            self._labels.chosen.connect(self._toggle_label)
            self._labels.closed.connect(self._give_back)
        focused = self.window().focusWidget()
        self._before = focused if focused is not self._labels.field else self._before
        self._labels.set_ticked(session.classes, self._label_names())
        self._labels.open_menu(session.classes, "")
        left = self.mapTo(host, self.label.geometry().bottomLeft()) if self.label.isVisible() else QPoint(_MARGIN_PX, 0)
        self._labels.move(max(0, left.x() - 6), self.mapTo(host, QPoint(0, self.height())).y() - 4)

    def _label_names(self) -> list[str]:
        current = self._session.current
        given = self._session.labels.of(current.id) if current is not None else ()
        return [class_name(self._session.classes, class_id) for class_id in given]

    def _toggle_label(self, name: str) -> None:
        session, current = self._session, self._session.current
        row = session.class_acts.add(name)
        if current is None or row is None:
            return
        given = session.labels.of(current.id)
        kept = tuple(each for each in given if each != row.id)
        session.labels.give(tr("Label photo"), [current.id], kept if row.id in given else (*given, row.id))

    def _give_back(self) -> None:
        """Gives the keyboard back to where it was."""
        if self._before is not None:
            self._before.setFocus()

    def _show_labels(self) -> None:
        """What the photo as a whole shows: the first class, and how many more."""
        names = [] if self._session.page == FINISHED else self._label_names()
        more = len(names) - 1
        words = names[0] if names else tr("No class")
        self.label.setText(tr("{name} + {more}", name=words, more=more) if more > 0 else words)
        self.label.setAccessibleName(tr("Class of the photo: {names}", names=", ".join(names) or words))
        if self._labels is not None and self._labels.isVisible():
            self._labels.set_ticked(self._session.classes, names)

    def _show_progress(self, photo_id: int, _scale: str, done: int, total: int) -> None:
        if self._is_waiting(photo_id) and done < total:
            self.position.setText(tr("looking, {done} of {total} scales", done=done + 1, total=total))

    def _show_anchoring(self, photo_id: int, _label: str, done: int, total: int) -> None:
        if self._is_waiting(photo_id):
            self.position.setText(tr("new class, {done} of {total} photos", done=done + 1, total=total))

    def _is_waiting(self, photo_id: int) -> bool:
        current = self._session.current
        return current is not None and current.id == photo_id and self._session.heat_map is None

    def _show_maps(self, *_: object) -> None:
        options = [(name, _map_words(name)) for name in self._session.map_views]
        # While a map is on its way the choice stays as it was, so that nothing moves.
        if self._session.heat_map is not None and tuple(name for name, _ in options) != self.maps.names():
            self.maps.set_options(options)
        self.maps.set_current(self._session.map_view)
        self._fold()

    def _show_opacity(self, opacity: float) -> None:
        self.opacity.blockSignals(True)
        self.opacity.setValue(round(opacity * 100))
        self.opacity.blockSignals(False)

    def minimumSizeHint(self) -> QSize:
        return QSize(_LEAST_PX, HEIGHT_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fold()

    def _fold(self) -> None:
        """Narrow windows show what cannot be read elsewhere: name and map; a map needs a photo to lie on."""
        roomy = self.width() >= scaled(_COMPACT_BELOW_PX)
        has_photo = self._session.page not in (FINISHED, UNREADABLE)
        self.position.setVisible(self.width() >= scaled(_TIGHT_BELOW_PX))
        self.label.setVisible(roomy and has_photo and self._session.current is not None)
        for widget in (self.key, self.eye, self.opacity):
            widget.setVisible(roomy and has_photo)
        self.maps.setVisible(has_photo)

    def _dress(self) -> None:
        self.name.setFont(font("body", 600))
        self.position.setFont(font("body", tabular=True))
        set_role(self.name, "t1")
        set_role(self.position, "t2")
        self.eye.setPixmap(icon("eye").pixmap(16, 16))
        self.update()

    def paintEvent(self, _event) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), theme().colour("win"))
        painter.fillRect(0, self.height() - 1, self.width(), 1, theme().colour("line"))


def _map_words(name: str) -> str:
    """What a map is called; a scale by its size."""
    return {_OFF: tr("Off"), "fused": tr("Fused"), "refined": tr("Refined")}.get(name, name)
