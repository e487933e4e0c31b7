"""The panel that answers "why this box?": maps, threshold, class scores and the boxes on the photo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.panels.box_list import BoxList
from app.panels.labels import Line
from app.panels.score_list import ScoreList
from app.panels.threshold_section import ThresholdSection
from app.panels.tiles import TileGrid, tile_pictures
from app.seldom import Seldom
from app.texts import tr
from app.theme.palette import notifier, theme
from app.widgets import Button, Divider, IconLabel

if TYPE_CHECKING:
    from app.session import Session

_PADDING, _COMPACT_PADDING = 16, 12
_TILE_PHOTO_SIDE = 640
"""Enough pixels of the photo for a tile on a screen of any density."""


class EvidencePanel(QWidget):
    """Explains the box of the current photo; everything a hand does here goes to the session.

    Signals: `hide_requested` by the button in its head, `draw_requested` by Draw beside the boxes, `scope_wanted`
    ("class" or "all") when the threshold is to count for more than this photo.
    """

    hide_requested = Signal()
    draw_requested = Signal()
    scope_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._compact = False
        self._view_before_preview: str | None = None
        self._previewing = False
        # A photo tells of itself in several steps, and is painted before what explains it.
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._refresh)
        self._agreement_seldom = Seldom(self._show_agreement, self)

        self._title = Line(tr("Why this box"), size="panel", weight=600)
        self._agreement = Line(size="second", role="t2", rigid=True)
        self._hide = Button("ghost", icon="panel-right")
        self._hide.follow_act("evidence", tr("Hide this panel"), cap=False)
        self._hide.setAccessibleName(tr("Hide the evidence panel"))
        self.tiles = TileGrid(self)
        self.threshold = ThresholdSection(session, self)
        self._scores_title = Line(tr("Class scores"), weight=600, rigid=True)
        self._label_words = IconLabel("tag")
        self.scores = ScoreList(self)
        self._boxes_title = Line(tr("Boxes on this photo"), weight=600)
        self._draw = Button("ghost", icon="draw", text=tr("Draw"))
        self._draw.follow_act("tool_draw", tr("Draw a box"), cap=True)
        self.boxes = BoxList(self)
        self._no_boxes = Line(tr("No box on this photo yet"), size="second", role="t2")
        self._build()
        notifier.changed.connect(self.update)
        self._connect()
        self.set_compact(False)
        self._refresh()

    def set_compact(self, compact: bool) -> None:
        """The narrow form for windows below 1180 px: smaller tiles, three scores, shorter words."""
        self._compact = compact
        for part in (self.tiles, self.threshold, self.scores):
            part.set_compact(compact=compact)
        self._hide.setVisible(not compact)
        self._pad()
        self._show_agreement()
        self._show_scores()

    # from the session

    def _connect(self) -> None:
        session = self._session
        for signal in (session.project_opened, session.project_closed, session.model_changed, session.classes_changed):
            signal.connect(self._refresh)
        session.heat_map_changed.connect(self._soon.start)
        for signal in (session.current_changed, session.pixels_ready, session.evidence_ready):
            signal.connect(lambda _: self._soon.start())
        session.threshold_changed.connect(self._follow_threshold)
        session.boxes_changed.connect(self._show_boxes)
        session.selection_changed.connect(self.boxes.set_selected)
        session.map_view_changed.connect(self._take_view)

        self.tiles.preview.connect(self._preview)
        self.tiles.preview_ended.connect(self._end_preview)
        self.tiles.kept.connect(self._keep)
        self.scores.chosen.connect(lambda name: session.set_class(None, name))
        self.boxes.chosen.connect(session.select)
        self.boxes.hovered.connect(self._hover_box)
        self._hide.clicked.connect(self.hide_requested)
        self._draw.clicked.connect(self.draw_requested)
        self.threshold.scope_wanted.connect(self.scope_wanted)

    def _refresh(self) -> None:
        self._soon.stop()
        session = self._session
        heat_map = session.heat_map
        if heat_map is None:
            self.tiles.set_waiting()
        else:
            size = (heat_map.photo_width, heat_map.photo_height)
            self.tiles.set_content(tile_pictures(heat_map), session.reduced_pixels(_TILE_PHOTO_SIDE), size)
        self._mark_view()
        self.threshold.refresh()
        self._show_agreement()
        self._show_scores()
        self._show_boxes()

    def _follow_threshold(self, _threshold: float, dragging: bool) -> None:
        if dragging:
            self._agreement_seldom.ask()
        else:
            self._agreement_seldom.now()

    def _show_agreement(self) -> None:
        heat_map = self._session.heat_map
        if heat_map is None or len(heat_map.scales) < 2:
            self._agreement.setText("")
            return
        figure = f"{heat_map.agreement(self._session.threshold):.2f}"
        short, long = tr("agree {figure}", figure=figure), tr("scales agree {figure}", figure=figure)
        self._agreement.setText(short if self._compact else long)
        self._agreement.setToolTip(tr("How alike the boxes of the single scales are: mean IoU, 1 is the same box"))

    def _show_scores(self) -> None:
        session = self._session
        self.scores.set_scores(session.class_scores, session.place_class_id)
        named = {row.id: row.name for row in session.classes}
        photo = session.current
        label = named.get(photo.label_class_id) if photo is not None and photo.label_class_id is not None else None
        self._label_words.setText(tr("labelled {label}", label=label) if label else "")
        self._label_words.setVisible(label is not None and not self._compact)

    def _show_boxes(self) -> None:
        session = self._session
        self.boxes.set_boxes(session.boxes, {row.id: row for row in session.classes})
        self.boxes.set_selected(session.selected.id if session.selected is not None else -1)
        self._no_boxes.setVisible(not session.boxes and session.current is not None)

    # map views

    def _preview(self, name: str) -> None:
        if self._view_before_preview is None:
            self._view_before_preview = self._session.map_view
        self._set_view(name)

    def _end_preview(self) -> None:
        if self._view_before_preview is not None:
            before, self._view_before_preview = self._view_before_preview, None
            self._set_view(before)

    def _keep(self, name: str) -> None:
        self._view_before_preview = None
        self._set_view(name)
        self._mark_view()

    def _set_view(self, name: str) -> None:
        self._previewing = True
        self._session.set_map_view(name)
        self._previewing = False

    def _take_view(self, _name: str) -> None:
        if not self._previewing:
            # H or the header chose another map while one was looked at: that choice stays.
            self._view_before_preview = None
        self._mark_view()

    def _mark_view(self) -> None:
        """Marks the tile of the map that is kept, which is not the one looked at for a moment."""
        before = self._view_before_preview
        self.tiles.set_view(self._tile_of(self._session.map_view if before is None else before))

    def _tile_of(self, view: str) -> str:
        """The tile of a view; where a model refines nothing, its refined map is the fused one."""
        names = {tile.name for tile in self.tiles.tiles}
        return "fused" if view == "refined" and "refined" not in names else view

    def _hover_box(self, box_id: int) -> None:
        self._session.set_hovered_box(box_id)

    # layout

    def paintEvent(self, _event: QPaintEvent) -> None:
        QPainter(self).fillRect(self.rect(), theme().colour("panel"))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self._pad()
        return super().eventFilter(watched, event)

    def _pad(self) -> None:
        """The scroll bar takes its room from the padding, so that nothing moves when it appears."""
        padding = _COMPACT_PADDING if self._compact else _PADDING
        bar = self._scroll.verticalScrollBar()
        taken = bar.sizeHint().width() if bar.isVisible() else 0
        self._inner.setContentsMargins(padding, 6 if self._compact else 10, max(4, padding - taken), padding)
        self._inner.setSpacing(8 if self._compact else 12)

    def _build(self) -> None:
        content = QWidget()
        self._inner = QVBoxLayout(content)
        self._inner.addLayout(_line(self._title, self._agreement, self._hide))
        self._inner.addWidget(self.tiles)
        self._inner.addWidget(Divider())
        self._inner.addWidget(self.threshold)
        self._inner.addWidget(Divider())
        self._inner.addLayout(_line(self._scores_title, self._label_words))
        self._inner.addWidget(self.scores)
        self._inner.addWidget(Divider())
        self._inner.addLayout(_line(self._boxes_title, self._draw))
        self._inner.addWidget(self.boxes)
        self._inner.addWidget(self._no_boxes)
        self._inner.addStretch(1)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(content)
        for ground in (content, self._scroll.viewport()):
            ground.setAutoFillBackground(False)
        self._scroll.verticalScrollBar().installEventFilter(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._scroll)


def _line(first: QWidget, *rest: QWidget) -> QHBoxLayout:
    """A title at the left, the rest at the right."""
    line = QHBoxLayout()
    line.setSpacing(8)
    line.addWidget(first)
    line.addStretch(1)
    for widget in rest:
        line.addWidget(widget)
    return line
