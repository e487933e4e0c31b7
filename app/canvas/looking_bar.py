"""While a photo's box is on its way, and where none came: what goes on, and what can be done meanwhile."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.canvas.float_buttons import bar_button
from app.canvas.words import class_name, share
from app.texts import tr
from app.theme.fonts import font
from app.theme.icons import draw_icon
from app.theme.palette import notifier, theme
from app.widgets import FloatPanel, ProgressLine, set_role
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

_ICON_PX, _BAR_PX, _NAME_PX = 18, 160, 160


class _NoticeBar(FloatPanel):
    """An icon, two lines, and room for acts at the right."""

    def __init__(self, icon: str, icon_role: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._icon, self._icon_role = icon, icon_role
        self.title, self.text = QLabel(self), QLabel(self)
        self.column = QVBoxLayout()
        self.column.setSpacing(1)
        self.column.addWidget(self.title)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(16 + _ICON_PX + 10, 8, 8, 8)
        self.row.setSpacing(8)
        self.row.addLayout(self.column)
        notifier.changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        self.title.setFont(font("body", 600, tabular=True))
        self.text.setFont(font("second", tabular=True))
        set_role(self.title, "t1")
        set_role(self.text, "t2")

    def paintEvent(self, event) -> None:
        super().paintEvent(event)
        area = self.contentsRect()
        place = QRectF(area.left() + 14, area.center().y() - _ICON_PX / 2 + 0.5, _ICON_PX, _ICON_PX)
        draw_icon(QPainter(self), self._icon, place, theme().colour(self._icon_role))


class LookingBar(_NoticeBar):
    """ "Looking at 384", how far it is, the time left, and that one can draw meanwhile."""

    draw_asked = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("wand", "acc", parent)
        self._session = session
        self._photo_id = -1
        self._started_s = 0.0
        self._line = ProgressLine(4, self)
        self._line.setFixedWidth(_BAR_PX)
        self.column.setSpacing(6)
        self.column.addWidget(self._line)
        self.row.addSpacing(8)
        self.row.addWidget(self.text)
        self.text.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.row.addSpacing(8)
        self.draw = bar_button(
            self,
            self.draw_asked.emit,
            text=tr("Draw now"),
            icon="draw",
            act="tool_draw",
            tip=tr("Draw a box"),
        )
        self.row.addWidget(self.draw)
        self.hide()

    def show_progress(self, photo_id: int, scale: str, done: int, total: int) -> bool:
        """Follows the look at a photo; False where it is not the current one, or the look is over."""
        current = self._session.current
        if current is None or current.id != photo_id or done >= total:
            return False
        now = time.monotonic()
        if photo_id != self._photo_id or done == 0:
            self._photo_id, self._started_s = photo_id, now
        left_s = (now - self._started_s) / done * (total - done) if done else 0.0
        left = tr("{seconds:.1f} s left", seconds=left_s) if done else ""
        self._show(tr("Looking at {scale}", scale=scale), left, done, total)
        return True

    def show_anchoring(self, photo_id: int, label: str, done: int, total: int) -> bool:
        """Follows the look at other photos of a class that is new to the model, which goes before the photo's own."""
        current = self._session.current
        if current is None or current.id != photo_id:
            return False
        name = self.title.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, _NAME_PX)
        count = tr("{done} of {total} photos", done=done + 1, total=total) if total > 1 else ""
        self._show(tr("Finding what {name} looks like", name=name), count, done, total)
        return True

    def _show(self, title: str, text: str, done: int, total: int) -> None:
        self.title.setText(title)
        self.setAccessibleName(title)
        # The step under way counts as half done, so that the line moves from the first moment.
        self._line.set_share((done + 0.5) / max(1, total))
        self.text.setText(text)
        self.text.setFixedWidth(
            self.text.fontMetrics().horizontalAdvance(tr("{done} of {total} photos", done="00", total="00"))
        )
        self.adjustSize()


class NoBoxBar(_NoticeBar):
    """Why there is no box at this threshold, and the three ways on."""

    draw_asked = Signal()

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__("info", "t2", parent)
        self._session = session
        self._offer: float | None = None
        self.column.addWidget(self.text)
        self.row.addSpacing(8)
        self.use = bar_button(self, self._use, kind="primary", icon="contour", tip=tr("Move the threshold"))
        self.draw = bar_button(
            self, self.draw_asked.emit, text=tr("Draw"), icon="draw", act="tool_draw", tip=tr("Draw a box")
        )
        self.none = bar_button(self, session.photo_done, text=tr("No box here"), icon="close", act="photo_done")
        for button in (self.use, self.draw, self.none):
            self.row.addWidget(button)
        self.hide()

    def refresh(self) -> bool:
        """Takes the state of things from the session; False where there is a box or nothing to say."""
        session = self._session
        current, found = session.current, session.heat_map
        if current is None or found is None or session.boxes or current.state not in _UNDECIDED:
            return False
        threshold = session.threshold
        if found.boxes(threshold):
            return False
        curve = found.threshold_curve()
        least = found.rule.min_area
        area = curve.area_at(threshold)
        self._offer = curve.threshold_for_area(least, below=threshold)
        if area > 0:
            self.title.setText(tr("Too small to box at {at}", at=f"{threshold:.2f}"))
            sizes = tr("{share} of the photo; least size {least}", share=share(area), least=share(least))
            self.text.setText(sizes)
        else:
            self.title.setText(tr("No box at {at}", at=f"{threshold:.2f}"))
            self.text.setText(tr("The map is nowhere above the threshold"))
        self.use.setVisible(self._offer is not None)
        if self._offer is not None:
            self.use.setText(tr("Use {value}", value=f"{self._offer:.2f}"))
            self.use.setToolTip(tr("Move the threshold to {value}", value=f"{self._offer:.2f}"))
            self.use.setAccessibleName(self.use.toolTip())
        name = class_name(session.classes, session.place_class_id)
        self.none.setText(tr("No {name} here", name=name) if name else tr("No box here"))
        self.none.setAccessibleName(self.none.text())
        self.setAccessibleName(f"{self.title.text()}. {self.text.text()}")
        self.adjustSize()
        return True

    def _use(self) -> None:
        if self._offer is not None:
            self._session.set_threshold(self._offer)


_UNDECIDED = (PhotoState.NEW, PhotoState.PROPOSED)
