"""The line over the photo: which one it is, its class, and which map lies over it how strongly."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLayout, QSizePolicy, QWidget

from app.canvas.float_buttons import bar_button
from app.canvas.notice_page import FINISHED, UNREADABLE
from app.canvas.words import class_name
from app.texts import tr
from app.theme.fonts import font, scaled
from app.theme.icons import icon
from app.theme.palette import notifier, theme
from app.widgets import Chip, ElideLabel, KeyCap, SegmentControl, ThinSlider, keep_height, set_role

if TYPE_CHECKING:
    from app.session import Session

HEIGHT_PX = 44
_COMPACT_BELOW_PX, _TIGHT_BELOW_PX, _LEAST_PX = 760, 640, 320
_OFF = "off"


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
        self.label.setAccessibleName(self.tr("Class of the photo"))
        self.label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.key = KeyCap(act="cycle_map", parent=self)
        self.key.setToolTip(self.tr("Next map"))
        self.maps = SegmentControl([(_OFF, self.tr("Off"))], self)
        self.maps.setAccessibleName(self.tr("Map over the photo"))
        self.maps.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.eye = QLabel(self)
        self.opacity = ThinSlider(self)
        self.opacity.setRange(0, 100)
        self.opacity.setToolTip(self.tr("How strongly the map covers the photo"))
        self.opacity.setAccessibleName(self.tr("Opacity of the map"))
        self._lay_out()

        self.maps.chosen.connect(session.set_map_view)
        self.opacity.valueChanged.connect(lambda value: session.set_opacity(value / 100))
        session.map_view_changed.connect(self.maps.set_current)
        session.opacity_changed.connect(self._show_opacity)
        for signal in (
            session.current_changed,
            session.photo_changed,
            session.photos_added,
            session.classes_changed,
            session.page_changed,
            session.evidence_ready,
        ):
            signal.connect(self.refresh)
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

    def refresh(self, *_: object) -> None:
        """Takes photo, position and class from the session."""
        current = self._session.current
        place, total = self._session.position
        if self._session.page == FINISHED and self._session.project is not None:
            current = None
            self.name.setText(self._session.project.root.name)
            self.position.setText(self.tr("all reviewed"))
        else:
            self.name.setText(PurePosixPath(current.path).name if current is not None else "")
            self.position.setText(self.tr("%s of %s") % (f"{place:,}", f"{total:,}") if place else "")
        self.name.setAccessibleName(self.name.text())
        name = class_name(self._session.classes, current.label_class_id if current is not None else None)
        self.label.setText(name)
        self.label.setAccessibleName(self.tr("Class of the photo: %s") % name)
        self._fold()

    def _show_progress(self, photo_id: int, _scale: str, done: int, total: int) -> None:
        if self._is_waiting(photo_id) and done < total:
            self.position.setText(self.tr("looking, %d of %d scales") % (done + 1, total))

    def _show_anchoring(self, photo_id: int, _label: str, done: int, total: int) -> None:
        if self._is_waiting(photo_id):
            self.position.setText(self.tr("new class, %d of %d photos") % (done + 1, total))

    def _is_waiting(self, photo_id: int) -> bool:
        current = self._session.current
        return current is not None and current.id == photo_id and self._session.heat_map is None

    def _show_maps(self, *_: object) -> None:
        options = [(name, name.capitalize()) for name in self._session.map_views]
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
        self.label.setVisible(roomy and bool(self.label.text()))
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
