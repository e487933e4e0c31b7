"""The threshold part of the evidence panel: for whom it counts, the plot, and in words how steady the box is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.panels.labels import Line
from app.panels.threshold_plot import ThresholdPlot
from app.seldom import Seldom
from app.texts import tr
from app.widgets import Button, KeyCap, SegmentControl
from engine.dataset.project_records import PhotoState

if TYPE_CHECKING:
    from app.session import Session

_PLOT_HEIGHT, _COMPACT_PLOT_HEIGHT = 172, 118
# A plateau of a single step of the curve is none.
_LEAST_STEADY = 0.015
_SCOPES = ("photo", "class", "all")


class ThresholdSection(QWidget):
    """Shows the session's threshold and hands a drag on to it: begin, set for every move, end or cancel.

    Signal `scope_wanted` brings "class" or "all" when the threshold is to count for more than this photo.
    """

    scope_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._compact = False
        self.plot = ThresholdPlot(self)
        self._title = Line(tr("Threshold"), weight=600, rigid=True)
        self._subtitle = Line(size="second", role="t2")
        self._keys = (KeyCap(act="threshold_less"), KeyCap(act="threshold_more"))
        self.scope = SegmentControl([(scope, "") for scope in _SCOPES])
        self.scope.chosen.connect(self._choose_scope)
        self._steady = Line(size="second", weight=600, role="acc")
        self.calibrated = Button("quiet", icon="undo", text="")
        self._calibrated_short = Button("quiet", text="")
        self._build()

        self.plot.drag_started.connect(session.begin_threshold_drag)
        self.plot.dragged.connect(lambda value: session.set_threshold(value, dragging=True))
        self.plot.drag_ended.connect(session.end_threshold_drag)
        self.plot.drag_cancelled.connect(session.cancel_threshold_drag)
        self.plot.chosen.connect(session.set_threshold)
        tip = tr("Back to the model's calibrated threshold")
        for button, cap in ((self.calibrated, True), (self._calibrated_short, False)):
            button.follow_act("threshold_calibrated", tip, cap=cap)
            button.clicked.connect(lambda: session.set_threshold(session.calibrated_threshold))
        self._words_seldom = Seldom(self._show_words, self)
        session.threshold_changed.connect(self._show_value)
        self.set_compact(compact=False)
        self.refresh()

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self.plot.setFixedHeight(_COMPACT_PLOT_HEIGHT if compact else _PLOT_HEIGHT)
        self.calibrated.setVisible(not compact)
        self._calibrated_short.setVisible(compact)
        self._subtitle.setText(tr("box, % of photo") if compact else tr("and box size, % of photo"))
        self._name_scopes()
        self._show_words()

    def refresh(self) -> None:
        """Takes curve, threshold and calibrated value from the session: another photo, class or model."""
        heat_map = self._session.heat_map
        self._show_usual()
        if heat_map is not None:
            self.plot.set_table(heat_map.threshold_table())
        else:
            self.plot.set_table(None, note=tr("Waiting for its map") if self._waits() else "")
        self.plot.set_value(self._session.threshold)
        self._name_scopes()
        self._show_words()

    def _choose_scope(self, scope: str) -> None:
        """What is dragged here counts for this photo; a wider scope is looked at on its own page first."""
        self.scope.set_current("photo")
        if scope != "photo":
            self.scope_wanted.emit(scope)

    def _waits(self) -> bool:
        photo = self._session.current
        return photo is not None and photo.state is not PhotoState.FAILED

    def _show_usual(self) -> None:
        session = self._session
        usual, calibrated = session.usual_threshold(session.place_class_id), session.calibrated_threshold
        self.plot.set_calibrated(calibrated, None if usual == calibrated else usual)

    def _show_value(self, threshold: float, dragging: bool) -> None:
        if not dragging:
            self._show_usual()
        self.plot.set_value(threshold)
        if dragging:
            self._words_seldom.ask()
        else:
            self._words_seldom.now()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_words()

    def _show_words(self) -> None:
        calibrated = self._session.calibrated_threshold
        self.calibrated.setText(tr("Calibrated {threshold}", threshold=f"{calibrated:.2f}"))
        self._calibrated_short.setText(tr("calibrated {threshold}", threshold=f"{calibrated:.2f}"))
        plateau = self.plot.plateau
        if plateau is None:
            self._steady.setText("")
        elif plateau[1] - plateau[0] < _LEAST_STEADY:
            self._steady.setText(tr("Not steady here"))
        else:
            low, high = (f"{end:.2f}" for end in plateau)
            self._steady.setText(tr("Steady from {low} to {high}", low=low, high=high))
            button = self._calibrated_short if self._compact else self.calibrated
            if self._steady.sizeHint().width() + button.sizeHint().width() > self.width():
                self._steady.setText(tr("Steady {low}–{high}", low=low, high=high))

    def _name_scopes(self) -> None:
        names = {"photo": tr("Photo"), "class": tr("Class"), "all": tr("All")}
        if not self._compact:
            names = {"photo": tr("This photo"), "class": self._class_name(), "all": tr("All photos")}
        for scope in _SCOPES:
            self.scope.set_text(scope, names[scope])

    def _class_name(self) -> str:
        named = {row.id: row.name for row in self._session.classes}
        class_id = self._session.place_class_id
        return named.get(class_id or 0, tr("This class"))

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._title)
        head.addWidget(self._subtitle, 1)
        for key in self._keys:
            head.addWidget(key)
        foot = QHBoxLayout()
        foot.setSpacing(0)
        foot.addWidget(self._steady, 1)
        foot.addWidget(self.calibrated)
        foot.addWidget(self._calibrated_short)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(head)
        layout.addWidget(self.scope)
        layout.addWidget(self.plot)
        layout.addLayout(foot)
