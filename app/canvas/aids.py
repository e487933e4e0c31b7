"""What helps the eye on the canvas and changes nothing: crosshair, navigator, brightness and contrast."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF

from app.canvas.crosshair import Crosshair
from app.canvas.hidden_note import HiddenNote
from app.canvas.light_bar import LightBar
from app.canvas.navigator import Navigator
from app.canvas.tools import Tool

if TYPE_CHECKING:
    from app.canvas.view import CanvasView

_EDGE_PX = 8


class Aids(QObject):
    """The aids of one canvas; each is switched by an act of the window."""

    def __init__(self, view: CanvasView) -> None:
        super().__init__(view)
        self._view = view
        port = view.viewport()
        self.crosshair = Crosshair(port)
        self.navigator = Navigator(port)
        self.light = LightBar(port)
        self.hidden_note = HiddenNote(port)
        self._boxes_hidden = False
        view.floats.keep_clear_of(self.navigator, self.light, self.hidden_note)
        self._crosshair_wanted = self._navigator_wanted = False
        self.light.changed.connect(view.layers.photo.set_light)
        self.navigator.place_asked.connect(self._look_at)
        view.camera.changed.connect(self.arrange)
        view.tool_changed.connect(lambda _: self._show_crosshair())
        for signal in (view.session.pixels_ready, view.session.current_changed, view.session.page_changed):
            signal.connect(self._follow_photo)

    def set_crosshair(self, *, shown: bool) -> None:
        """Always shows the crosshair; without this it is there while a box is drawn."""
        self._crosshair_wanted = shown
        self._show_crosshair()

    def set_navigator(self, *, shown: bool) -> None:
        """Shows the navigator whenever a part of the photo is out of sight."""
        self._navigator_wanted = shown
        self._follow_photo()

    def set_light(self, *, shown: bool) -> None:
        """Shows the sliders; what they are set to stays when they go."""
        self.light.setVisible(shown)
        self.arrange()

    def set_boxes_hidden(self, *, hidden: bool) -> None:
        """Hides all boxes of every photo, and says so, until they are shown again."""
        self._boxes_hidden = hidden
        self._view.layers.set_hidden(hidden=hidden)
        self._view.floats.arrange()
        self.arrange()

    def arrange(self) -> None:
        """Puts everything in its place and frames what is in sight."""
        port = self._view.viewport().rect()
        self.light.move(max(0, port.width() - self.light.width() - _EDGE_PX), _EDGE_PX)
        corner = (port.width() - self.navigator.width(), port.height() - self.navigator.height())
        self.hidden_note.setVisible(self._boxes_hidden and not self._view.layers.photo.boundingRect().isEmpty())
        # Where the sliders stand in a narrow window, the note stands below them.
        left = (port.width() - self.hidden_note.width()) // 2
        under = self.light.isVisible() and left + self.hidden_note.width() > self.light.x()
        self.hidden_note.move(max(0, left), self.light.geometry().bottom() if under else _EDGE_PX)
        zoom = self._view.floats.zoom
        taken = port.height() - zoom.y() if zoom.isVisible() else _EDGE_PX
        self.navigator.move(max(0, corner[0] - _EDGE_PX), max(0, corner[1] - taken))
        camera, photo = self._view.camera, self._view.layers.photo.boundingRect()
        seen = QRectF(camera.to_photo(QPointF(port.topLeft())), camera.to_photo(QPointF(port.bottomRight())))
        self.navigator.show_seen(seen.intersected(photo))
        self.navigator.setVisible(self._navigator_wanted and not photo.isEmpty() and not seen.contains(photo))

    def _show_crosshair(self) -> None:
        self.crosshair.setVisible(self._crosshair_wanted or self._view.hands.tool is Tool.DRAW)

    def _follow_photo(self, *_: object) -> None:
        photo = self._view.layers.photo.boundingRect()
        pixels = self._view.session.pixels if self._navigator_wanted and not photo.isEmpty() else None
        self.navigator.show_photo(pixels, photo.width(), photo.height())
        self.arrange()

    def _look_at(self, point: QPointF) -> None:
        port = self._view.viewport().rect().center()
        now = self._view.camera.to_screen(QRectF(point, point)).topLeft()
        self._view.camera.pan(port.x() - now.x(), port.y() - now.y())
