"""Where the bars over the photo stand, and when they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QPointF, QRectF
from PySide6.QtWidgets import QGraphicsOpacityEffect, QWidget

from app.canvas.answer_bar import AnswerBar
from app.canvas.class_menu import ClassMenu
from app.canvas.looking_bar import LookingBar, NoBoxBar
from app.canvas.notice_page import NoticePage
from app.canvas.read_out import ReadOut, threshold_words
from app.canvas.reason_pill import ReasonPill
from app.canvas.tool_bar import ToolBar
from app.canvas.tools import Tool
from app.canvas.words import box_size, class_name
from app.canvas.zoom_bar import ZoomBar
from engine.geometry import Box

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_BELOW_BOX_PX, _EDGE_PX = 12, 14
_TOOLS_LEFT_PX, _TOOLS_TOP_PX = 8, 20
# Below this width of the canvas the zoom bar gives its place to the photo.
_NARROW_PX = 620
_FADED, _NEAR_PX = 0.3, 24


class Floats(QObject):
    """All bars of one canvas, placed in its viewport."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        self._session = session = view.session
        port = view.viewport()
        self.tools = ToolBar(port)
        self.zoom = ZoomBar(port)
        self.reason = ReasonPill(session, port)
        self.answer = AnswerBar(session, port)
        self.classes = ClassMenu(port)
        self.read_out = ReadOut(port)
        self.looking = LookingBar(session, port)
        self.no_box = NoBoxBar(session, port)
        self.notice = NoticePage(session, port)
        # Bars with a place of their own: those near the hands fade, and what belongs to a box keeps clear of them.
        self._standing: list[QWidget] = [self.tools, self.zoom, self.reason]
        self._dragging_threshold = False
        self._looking = False
        self.read_out.hide()

        self.tools.chosen.connect(view.set_tool)
        view.tool_changed.connect(self.tools.show_tool)
        self.zoom.out_asked.connect(view.zoom_out)
        self.zoom.in_asked.connect(view.zoom_in)
        self.zoom.fit_asked.connect(view.fit)
        self.zoom.actual_size_asked.connect(view.actual_size)
        view.zoom_changed.connect(self.zoom.show_zoom)
        self.answer.class_menu_asked.connect(self.open_class_menu)
        self.answer.rejected_toggled.connect(lambda shown: view.set_show_rejected(show=shown))
        self.classes.chosen.connect(self._set_class)
        self.classes.closed.connect(view.setFocus)
        for bar in (self.looking, self.no_box):
            bar.draw_asked.connect(lambda: view.set_tool(Tool.DRAW))
        self.notice.asked.connect(view.asked)
        session.look_progress.connect(self._follow_look)
        session.anchor_progress.connect(self._follow_anchoring)
        session.evidence_ready.connect(self._end_look)
        session.threshold_changed.connect(self._follow_threshold)
        for signal in (
            session.boxes_changed,
            session.selection_changed,
            session.heat_map_changed,
            session.classes_changed,
        ):
            signal.connect(self.arrange)
        for signal in (session.current_changed, session.page_changed):
            signal.connect(self._follow_photo)
        self.arrange()

    def arrange(self, *_: object) -> None:
        """Shows what belongs there now and puts everything in its place."""
        port = self._view.viewport().rect()
        blank = self.notice.refresh()
        self.notice.setVisible(blank)
        if blank:
            self.notice.setFixedWidth(min(640, port.width()))
            self.notice.adjustSize()
            self._put(self.notice, (port.width() - self.notice.width()) / 2, (port.height() - self.notice.height()) / 2)
        photo_there = not blank and self._session.current is not None
        self.tools.setVisible(photo_there)
        self._put(self.tools, _TOOLS_LEFT_PX - 6, _TOOLS_TOP_PX - 6)
        self.zoom.setVisible(photo_there and port.width() >= _NARROW_PX)
        self._put(
            self.zoom,
            port.width() - self.zoom.width() + 6 - _EDGE_PX,
            port.height() - self.zoom.height() + 6 - _EDGE_PX,
        )
        reason = photo_there and not self._dragging_threshold and self.reason.refresh()
        self.reason.setVisible(reason and port.width() >= _NARROW_PX)
        self._put(self.reason, _EDGE_PX - 6, port.height() - self.reason.height() + 6 - _EDGE_PX)
        self._arrange_answer(photo_there=photo_there)
        self._arrange_notices(photo_there=photo_there)

    def keep_clear_of(self, *bars: QWidget) -> None:
        """Takes in more bars with a place of their own."""
        self._standing.extend(bars)
        for bar in (self.answer, self.read_out, self.classes):
            bar.raise_()

    def open_class_menu(self) -> None:
        """Opens the class field over the answer bar, ready to type."""
        selected = self._session.selected
        if selected is None or not self.answer.isVisible():
            return
        self.classes.open_menu(self._session.classes, class_name(self._session.classes, selected.class_id))
        above = self.answer.y() - self.classes.height() + 8
        below = self.answer.y() + self.answer.height() - 8
        fits_below = below + self.classes.height() <= self._view.viewport().height()
        self._put(self.classes, self.answer.x(), below if fits_below else max(0, above))

    def close_class_menu(self) -> bool:
        """False where it was not open."""
        was_open = self.classes.isVisible()
        self.classes.close_menu()
        return was_open

    def open_more_menu(self, place: QPoint) -> None:
        self.answer.refresh()
        self.answer.open_more(place)

    def follow_hands(self, place: QPointF | None, box: Box | None) -> None:
        """While hands draw or change a box: its size below it, and bars that are near give way. None: hands are off."""
        if place is None:
            for bar in self._standing:
                _fade(bar, faded=False)
            self.read_out.setVisible(self._dragging_threshold)
            self.arrange()
            return
        self.answer.hide()
        area = self._view.camera.to_screen(QRectF(box.x0, box.y0, box.width, box.height)) if box else None
        for bar in self._standing:
            near = QRectF(bar.geometry()).adjusted(-_NEAR_PX, -_NEAR_PX, _NEAR_PX, _NEAR_PX)
            _fade(bar, faded=near.contains(place) or (area is not None and near.intersects(area)))
        self.read_out.setVisible(box is not None)
        if box is not None and area is not None:
            self.read_out.show_words((box_size(box),))
            self._put_below(self.read_out, area)

    def _arrange_answer(self, *, photo_there: bool) -> None:
        area = self._view.layers.selected_area()
        away = self._view.hands.busy or self._dragging_threshold or self._view.layers.bare
        self.answer.setVisible(photo_there and area is not None and not away)
        if area is None:
            self.classes.close_menu()
            return
        self.answer.refresh()
        self._put_below(self.answer, self._view.camera.to_screen(area))

    def _arrange_notices(self, *, photo_there: bool) -> None:
        looking = photo_there and self._looking and not self._view.hands.busy
        self.looking.setVisible(looking)
        without_box = photo_there and not self._looking and not self._view.hands.busy and self.no_box.refresh()
        self.no_box.setVisible(without_box)
        photo = self._view.camera.photo_on_screen().intersected(QRectF(self._view.viewport().rect()))
        for bar in (self.looking, self.no_box):
            if bar.isVisible():
                middle = photo.center().x() - bar.width() / 2
                self._put(bar, middle, photo.bottom() - bar.height() + 2)

    def _follow_threshold(self, threshold: float, dragging: bool) -> None:
        self._dragging_threshold = dragging
        self.read_out.setVisible(dragging)
        if dragging:
            layers = self._view.layers
            box = layers.proposed()
            before = layers.before()
            self.read_out.show_words(threshold_words(threshold, box, before))
            shown = box or before
            if shown is not None:
                area = QRectF(shown.x0, shown.y0, shown.width, shown.height)
                self._put_below(self.read_out, self._view.camera.to_screen(area))
        self.arrange()

    def _follow_look(self, photo_id: int, scale: str, done: int, total: int) -> None:
        self._looking = self.looking.show_progress(photo_id, scale, done, total) and self._session.heat_map is None
        self.arrange()

    def _follow_anchoring(self, photo_id: int, label: str, done: int, total: int) -> None:
        shown = self.looking.show_anchoring(photo_id, label, done, total)
        self._looking = shown and self._session.heat_map is None
        self.arrange()

    def _end_look(self, *_: object) -> None:
        self._looking = False
        self.arrange()

    def _follow_photo(self, *_: object) -> None:
        self._looking = False
        self.classes.close_menu()
        self.arrange()

    def _set_class(self, name: str) -> None:
        selected = self._session.selected
        if selected is not None:
            self._session.set_class(selected.id, name)

    def _put_below(self, bar: QWidget, area: QRectF) -> None:
        """12 px below an area, centred; at its bottom inside where there is no room; always whole on the canvas."""
        port = self._view.viewport().rect()
        room = port.height() - _EDGE_PX
        top = area.bottom() + _BELOW_BOX_PX - 6
        if top + bar.height() - 6 > room:
            top = min(area.bottom(), room) - _BELOW_BOX_PX - bar.height() + 6
        left = area.center().x() - bar.width() / 2
        self._put(bar, left, top)
        for other in self._standing:
            below_middle = other.y() > port.height() / 2
            if below_middle and other.isVisible() and bar.geometry().intersects(other.geometry()):
                self._put(bar, left, other.y() - bar.height() + 8)

    def _put(self, bar: QWidget, left: float, top: float) -> None:
        port = self._view.viewport().rect()
        left = min(max(left, 0.0), max(0.0, port.width() - bar.width()))
        top = min(max(top, 0.0), max(0.0, port.height() - bar.height()))
        bar.move(round(left), round(top))


def _fade(bar: QWidget, *, faded: bool) -> None:
    if faded == (bar.graphicsEffect() is not None):
        return
    if not faded:
        bar.setGraphicsEffect(None)  # pyright: ignore[reportArgumentType]
        return
    effect = QGraphicsOpacityEffect(bar)
    effect.setOpacity(_FADED)
    bar.setGraphicsEffect(effect)
