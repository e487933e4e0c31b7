"""The canvas: the photo with its map and boxes, and everything hands do on it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from app.canvas.aids import Aids
from app.canvas.camera import Camera
from app.canvas.clicks import Clicks
from app.canvas.cursors import cursor_for
from app.canvas.edge_pan import EdgePan
from app.canvas.editing import PhotoSize, moved, resized
from app.canvas.floats import Floats
from app.canvas.keys import Nudge, nudge_of
from app.canvas.layers import Layers
from app.canvas.tools import DRAG_STARTS_PX, Hands, Target, Tool, find_target, next_box
from app.canvas.words import describe_box
from app.texts import tr
from app.theme.palette import notifier, theme

if TYPE_CHECKING:
    from app.session import Session

ZOOM_STEP = 1.25
THRESHOLD_STEP = 0.01
TAP_S = 0.2
# A wheel has no release: the threshold counts as let go after this rest.
_WHEEL_REST_MS = 600
# Arrow presses closer together than this are one undo step.
_NUDGE_PAUSE_S = 1.0
# A ring is for those who came by keys; a click shows where it went by itself.
_BY_KEYBOARD = {Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason}
_OWN_KEYS = {
    Qt.Key.Key_Space,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
    Qt.Key.Key_Escape,
    Qt.Key.Key_B,
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
}


class CanvasView(QGraphicsView):
    """Shows the session's current photo; every act goes to the session.

    Letters are not handled here: the window hangs its canvas actions on this widget. What a key cannot say by being
    pressed alone is: Space and B, which are held, Tab, Esc and the arrows.
    """

    tool_changed = Signal(str)
    zoom_changed = Signal(float)
    rejected_shown = Signal(bool)
    # The name of an act that belongs to the window: "export", "others", "show_file".
    asked = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.hands = Hands()
        self._clicks = Clicks()
        self.camera = Camera(self)
        self._edge_pan = EdgePan(self.camera, self._drag_to)
        self.layers = Layers(session, self)
        self.setScene(self.layers.scene)
        self._gesture_number = 0
        self._nudged: tuple[int, float] = (-1, 0.0)
        self._panning_from: QPointF | None = None
        # Where the bare photo was pressed: a click there deselects, a drag pans.
        self._bare_press: QPointF | None = None
        self._space_since: float | None = None
        self._space_panned = False
        self._ringed = False
        self._dress_up()
        self._wheel_rest = QTimer(self, singleShot=True, interval=_WHEEL_REST_MS)
        self._wheel_rest.timeout.connect(session.end_threshold_drag)
        self.floats = Floats(self)
        self.aids = Aids(self)

        self.camera.changed.connect(self._follow_camera)
        session.current_changed.connect(self._follow_photo)
        session.pixels_ready.connect(self._follow_photo)
        session.hovered_changed.connect(self.layers.hover)
        session.selection_changed.connect(self._announce)
        session.boxes_changed.connect(self._announce)
        notifier.changed.connect(self.viewport().update)
        self._follow_photo()

    def _dress_up(self) -> None:
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState, False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        # A folder dropped here is for the window; a scene would take the drop and lose it.
        self.setAcceptDrops(False)
        self.viewport().setAcceptDrops(False)
        # Right-to-left mirrors panels, never photos.
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAccessibleName(tr("Photo"))
        self.setMinimumSize(320, 240)

    # What the window's actions and the floats call.

    def fit(self) -> None:
        self.camera.fit()

    def actual_size(self) -> None:
        self.camera.actual_size()

    def zoom_in(self) -> None:
        self.camera.zoom_by(ZOOM_STEP)

    def zoom_out(self) -> None:
        self.camera.zoom_by(1 / ZOOM_STEP)

    def look_at_box(self) -> None:
        """Shows the selected box large, and at the next call the whole photo again."""
        area = self.layers.selected_area()
        if area is not None:
            self.camera.look_closely(area)

    def set_tool(self, tool: Tool | str) -> None:
        """Takes a tool in hand, giving up what the hands were doing."""
        self._give_up_gesture()
        self.hands.tool = Tool(tool)
        self._show_cursor(None)
        self.tool_changed.emit(self.hands.tool.value)

    def toggle_draw(self) -> None:
        self.set_tool(Tool.SELECT if self.hands.tool is Tool.DRAW else Tool.DRAW)

    def open_class_menu(self) -> None:
        """Opens the class field of the selected box, ready to type."""
        self.floats.open_class_menu()

    def select_next(self, step: int = 1) -> None:
        found = next_box(self.layers.candidates(), self._selected_id(), step)
        if found != -1:
            self.session.select(found)

    def set_show_rejected(self, *, show: bool) -> None:
        """Shows rejected boxes too; without this only those pointed at in the list."""
        self.layers.set_show_rejected(show=show)
        self.floats.answer.shows_rejected = show
        self.rejected_shown.emit(show)

    def step_back(self) -> None:
        """Esc: gives up, in this order, the class field, a threshold drag, a gesture, the tool, the selection."""
        if self.floats.close_class_menu():
            self.setFocus()
        elif self.layers.ghost.isVisible():
            self._wheel_rest.stop()
            self.session.cancel_threshold_drag()
        elif self.hands.step_back():
            self._end_preview()
            self._show_cursor(None)
            self.tool_changed.emit(self.hands.tool.value)
        elif self.session.selected is not None:
            self.session.select(-1)

    def nudge(self, step: Nudge) -> None:
        """Moves or resizes the selected box by photo pixels; quick repeats are one undo step."""
        selected = self.session.selected
        if selected is None:
            return
        now = time.monotonic()
        if self._nudged[0] != selected.id or now - self._nudged[1] > _NUDGE_PAUSE_S:
            self._gesture_number += 1
        self._nudged = (selected.id, now)
        size = self.photo_size()
        if step.handle is None:
            box = moved(selected.box, step.dx, step.dy, size)
        else:
            box = resized(selected.box, step.handle, step.dx, step.dy, size)
        if box != selected.box:
            self.session.move_or_resize(selected.id, box, self._gesture_number)

    def photo_size(self) -> PhotoSize:
        area = self.layers.photo.boundingRect()
        return PhotoSize(area.width(), area.height())

    # Following the session.

    def _follow_photo(self, *_: object) -> None:
        self.hands.gesture = None
        self._panning_from = self._bare_press = None
        self._clicks.forget()
        self._edge_pan.stop()
        area = self.layers.photo.boundingRect()
        if not area.isEmpty():
            self.camera.set_photo(area.width(), area.height())
        self._announce()

    def _follow_camera(self) -> None:
        self.layers.set_zoom(self.camera.zoom)
        self.zoom_changed.emit(self.camera.zoom)
        self.floats.arrange()

    def _announce(self, *_: object) -> None:
        words = describe_box(self.session)
        if words != self.accessibleDescription():
            self.setAccessibleDescription(words)
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DescriptionChanged))

    # Painting.

    def drawBackground(self, painter: QPainter, rect: QRectF | QRect) -> None:  # noqa: ARG002
        painter.resetTransform()
        painter.fillRect(self.viewport().rect(), theme().colour("canvas"))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._ringed:
            painter = QPainter(self.viewport())
            painter.setPen(QPen(theme().colour("acc"), 2))
            painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.camera.resized(event.oldSize())
        self.floats.arrange()

    # The mouse.

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        self.floats.close_class_menu()
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton
            and (self.hands.tool is Tool.HAND or self._space_since is not None)
        ):
            self._panning_from = place
            self._space_panned = self._space_since is not None
            self._show_cursor(None)
            return
        if event.button() != Qt.MouseButton.LeftButton or self.layers.photo.boundingRect().isEmpty():
            return
        target = None
        if self.hands.tool is Tool.SELECT:
            target = self._clicks.press(
                self._point(place), self._target_at(place), self.layers.candidates(), self._selected_id(), self._pixel()
            )
            if target is None:
                self._bare_press = place
            else:
                self._select(target.box_id)
        self.hands.press(self._point(place), target, self.photo_size(), self._pixel())
        self.floats.arrange()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        # The second of two quick presses begins a gesture as any other does.
        self.mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position()
        if self._bare_press is not None and _far(place - self._bare_press):
            self._panning_from, self._bare_press = self._bare_press, None
            self._show_cursor(None)
        if self._panning_from is not None:
            shift = place - self._panning_from
            self._panning_from = place
            self.camera.pan(shift.x(), shift.y())
        elif self.hands.gesture is not None:
            self._drag_to(place)
            if self.hands.busy:
                self._edge_pan.follow(place, QRectF(self.viewport().rect()))
        else:
            target = self._target_at(place) if self.hands.tool is Tool.SELECT else None
            self.layers.hover(target.box_id if target is not None else -1)
            self._show_cursor(target)

    def _drag_to(self, place: QPointF) -> None:
        box = self.hands.drag(self._point(place), self.photo_size())
        if self.hands.busy:
            self.layers.preview(getattr(getattr(self.hands.gesture, "target", None), "box_id", None), box)
            self.floats.follow_hands(place, box)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._panning_from is not None:
            self._panning_from = None
            self._show_cursor(None)
            return
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if self._bare_press is not None:
            self._bare_press = None
            self._select(-1)
        if self.hands.gesture is None:
            return
        clicked = not self.hands.busy
        outcome = self.hands.release(self.photo_size())
        deeper = self._clicks.released()
        if outcome is not None and outcome.box_id is None:
            # With Shift the tool stays in hand for the next box.
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                self.set_tool(Tool.SELECT)
            self.session.draw(outcome.box)
        elif outcome is not None and outcome.box_id is not None:
            self._gesture_number += 1
            self.session.move_or_resize(outcome.box_id, outcome.box, self._gesture_number)
        elif clicked and deeper != -1:
            self._select(deeper)
        self._end_preview()

    def leaveEvent(self, event: QEvent) -> None:
        self.layers.hover(-1)
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta = event.angleDelta()
        # With Alt held, some platforms report a vertical wheel as a horizontal one.
        steps = (delta.y() or delta.x()) / 120
        if event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self._turn_threshold(steps)
        elif steps:
            self.camera.zoom_at(event.position(), ZOOM_STEP**steps)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Mouse:
            # The menu is about the box under the pointer, whichever was selected before.
            target = self._target_at(QPointF(event.pos()))
            if target is None or self.hands.gesture is not None:
                return
            self._select(target.box_id)
        if self.session.selected is not None:
            self.floats.open_more_menu(event.globalPos())

    def _turn_threshold(self, steps: float) -> None:
        if self.session.heat_map is None or not steps:
            return
        if not self._wheel_rest.isActive():
            self.session.begin_threshold_drag()
        threshold = min(max(self.session.threshold + steps * THRESHOLD_STEP, 0.0), 1.0)
        self.session.set_threshold(round(threshold, 4), dragging=True)
        self._wheel_rest.start()

    # The keyboard.

    def event(self, event: QEvent) -> bool:
        # Held keys and keys with a meaning of their own here come to keyPressEvent, whatever actions say.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN_KEYS
            and not event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.MetaModifier)
        ):
            event.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        self.select_next(1 if forward else -1)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        nudge = nudge_of(event)
        if event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space_since, self._space_panned = time.monotonic(), False
                self._show_cursor(None)
        elif event.key() == Qt.Key.Key_B and not event.modifiers():
            self._set_bare(bare=True)
        elif event.key() == Qt.Key.Key_Escape:
            self.step_back()
        elif nudge is not None:
            self.nudge(nudge)
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.isAutoRepeat():
            event.ignore()
        elif event.key() == Qt.Key.Key_Space and self._space_since is not None:
            tapped = time.monotonic() - self._space_since < TAP_S and not self._space_panned
            self._space_since = None
            self._show_cursor(None)
            if tapped:
                self.session.photo_done()
        elif event.key() == Qt.Key.Key_B:
            self._set_bare(bare=False)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._set_ringed(ringed=event.reason() in _BY_KEYBOARD)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        # The release of a held key goes to whoever has the focus then.
        self._space_since = None
        self._set_bare(bare=False)
        self._set_ringed(ringed=False)
        super().focusOutEvent(event)

    # Small helpers.

    def _pixel(self) -> float:
        return 1.0 / self.camera.zoom

    def _point(self, place: QPointF) -> tuple[float, float]:
        point = self.camera.to_photo(place)
        return point.x(), point.y()

    def _target_at(self, place: QPointF) -> Target | None:
        return find_target(self._point(place), self.layers.candidates(), self._selected_id(), self._pixel())

    def _selected_id(self) -> int:
        selected = self.session.selected
        return selected.id if selected is not None else -1

    def _select(self, box_id: int) -> None:
        if box_id != self._selected_id():
            self.session.select(box_id)

    def _set_ringed(self, *, ringed: bool) -> None:
        self._ringed = ringed
        self.viewport().update()

    def _set_bare(self, *, bare: bool) -> None:
        if bare != self.layers.bare:
            self.layers.set_bare(bare=bare)
            self.floats.arrange()

    def _give_up_gesture(self) -> None:
        self.hands.gesture = None
        self._end_preview()

    def _end_preview(self) -> None:
        self._edge_pan.stop()
        self.layers.preview(None, None)
        self.floats.follow_hands(None, None)

    def _show_cursor(self, target: Target | None) -> None:
        may_pan = self._space_since is not None or self.hands.tool is Tool.HAND
        panning = self._panning_from is not None
        self.viewport().setCursor(cursor_for(self.hands.tool, target, panning=panning, may_pan=may_pan))


def _far(way: QPointF) -> bool:
    return max(abs(way.x()), abs(way.y())) >= DRAG_STARTS_PX
