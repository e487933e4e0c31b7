"""What lies on the canvas, from the photo up: heat map, contour, boxes, ghost. Follows the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QGraphicsScene

from app.canvas.box_item import BoxItem, GhostItem
from app.canvas.box_paint import Tag
from app.canvas.colour_maps import map_colours
from app.canvas.contour_item import ContourItem
from app.canvas.heat_item import HeatItem
from app.canvas.photo_item import PhotoItem
from app.canvas.tools import Candidate
from app.texts import tr
from app.theme.palette import class_colour
from engine.dataset.project_records import BoxRow, BoxState, ClassRow
from engine.geometry import Box

if TYPE_CHECKING:
    from app.session import Session

MAP_OFF = "off"
_PHOTO_PAGE = "photo"
_NEW_BOX_ID = -2


class Layers(QObject):
    """The scene's items and how they follow the session; input is the view's business."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self.scene = QGraphicsScene(self)
        self.scene.setItemIndexMethod(QGraphicsScene.ItemIndexMethod.NoIndex)
        self.photo, self.heat, self.contour, self.ghost = PhotoItem(), HeatItem(), ContourItem(), GhostItem()
        for height, item in enumerate((self.photo, self.heat, self.contour, self.ghost)):
            item.setZValue(height - 10)
            self.scene.addItem(item)
        self.ghost.hide()
        self._items: dict[int, BoxItem] = {}
        self._zoom = 1.0
        self._bare = False
        self._show_rejected = self._hidden = False
        self._hovered_id = -1
        self._preview: tuple[int, Box] | None = None
        self._steady: tuple[float, Box | None] = (session.threshold, None)

        session.current_changed.connect(self._show_photo)
        session.pixels_ready.connect(self._show_photo)
        session.page_changed.connect(self._show_photo)
        session.evidence_ready.connect(self.show_map)
        session.heat_map_changed.connect(self.show_map)
        session.map_view_changed.connect(self.show_map)
        session.opacity_changed.connect(self.heat.set_opacity)
        session.threshold_changed.connect(self._follow_threshold)
        session.boxes_changed.connect(self.show_boxes)
        session.selection_changed.connect(self.show_boxes)
        session.classes_changed.connect(self.show_boxes)
        self.heat.set_opacity(session.opacity)
        map_colours.changed.connect(self._take_colours)
        self._take_colours()
        self._show_photo()

    def _take_colours(self) -> None:
        self.heat.set_colours(map_colours.name)

    @property
    def bare(self) -> bool:
        return self._bare

    @property
    def shows_rejected(self) -> bool:
        return self._show_rejected

    def set_bare(self, *, bare: bool) -> None:
        """Shows the photo alone, without map and boxes."""
        if bare != self._bare:
            self._bare = bare
            self.show_map()
            self.show_boxes()

    def set_hidden(self, *, hidden: bool) -> None:
        """Hides all boxes, the map stays; hidden boxes cannot be hit."""
        self._hidden = hidden
        self.show_boxes()

    def set_show_rejected(self, *, show: bool) -> None:
        self._show_rejected = show
        self.show_boxes()

    def set_zoom(self, zoom: float) -> None:
        self._zoom = zoom
        for item in (*self._items.values(), self.ghost):
            item.set_zoom(zoom)

    def hover(self, box_id: int) -> None:
        """Marks the box under the pointer, or the one pointed at elsewhere; -1 for none. Shows it if rejected."""
        if box_id != self._hovered_id:
            self._hovered_id = box_id
            self.show_boxes()

    def preview(self, box_id: int | None, box: Box | None) -> None:
        """Shows a box as it would become under the hands: `box_id` None for one being drawn; `box` None ends it."""
        self._preview = None if box is None else (_NEW_BOX_ID if box_id is None else box_id, box)
        self.show_boxes()

    def candidates(self) -> list[Candidate]:
        """The boxes in sight, as they can be hit."""
        return [Candidate(row.id, row.box) for row in self._session.boxes if self._in_sight(row)]

    def selected_area(self) -> QRectF | None:
        """The selected box as drawn now, in photo pixels."""
        selected = self._session.selected
        item = self._items.get(selected.id) if selected is not None else None
        return item.area() if item is not None else None

    def before(self) -> Box | None:
        """The proposed box before the threshold began to move."""
        return self._steady[1]

    def proposed(self) -> Box | None:
        """The box that answers to the threshold: the selected one if it is a proposal, else the first proposal."""
        selected = self._session.selected
        if selected is not None and selected.state is BoxState.PROPOSED:
            return next((row.box for row in self._session.boxes if row.id == selected.id), selected.box)
        return next((row.box for row in self._session.boxes if row.state is BoxState.PROPOSED), None)

    def show_map(self, *_: object) -> None:
        """Takes the map to show from the session."""
        found, name = self._session.heat_map, self._session.map_view
        shown = found is not None and name != MAP_OFF and not self._bare and not self.photo.boundingRect().isEmpty()
        if found is not None and shown:
            self.heat.show_map(found.view(name), found.photo_width, found.photo_height)
        else:
            self.heat.show_map(None)
        self.photo.set_quiet(quiet=shown)
        self._show_contour(dragging=False)

    def show_boxes(self, *_: object) -> None:
        """Takes the boxes from the session."""
        selected = self._session.selected
        classes = {row.id: row for row in self._session.classes}
        wanted: set[int] = set()
        for row in self._session.boxes:
            if not self._in_sight(row):
                continue
            wanted.add(row.id)
            item = self._item(row.id)
            item.place(self._preview[1] if self._preview and self._preview[0] == row.id else row.box)
            item.dress(row.state, _tag(row, classes), _colour(row.class_id, classes))
            item.set_selected(selected=selected is not None and selected.id == row.id)
            item.set_hovered(hovered=row.id == self._hovered_id)
        if self._preview and self._preview[0] == _NEW_BOX_ID:
            wanted.add(_NEW_BOX_ID)
            item = self._item(_NEW_BOX_ID)
            item.place(self._preview[1])
            item.dress(BoxState.DRAWN, Tag("", None), _colour(self._session.place_class_id, classes))
        for gone in self._items.keys() - wanted:
            self.scene.removeItem(self._items.pop(gone))
        # A threshold that has just begun to move tells of its boxes first; the steady one is then still the one before.
        if not self.ghost.isVisible() and self._session.threshold == self._steady[0]:
            self._steady = (self._session.threshold, self.proposed())

    def _show_photo(self, *_: object) -> None:
        current, pixels = self._session.current, self._session.pixels
        if current is None or pixels is None or self._session.page != _PHOTO_PAGE:
            self.photo.show_photo(None)
        else:
            width, height = current.width or pixels.shape[1], current.height or pixels.shape[0]
            self.photo.show_photo(pixels, width, height, self._session.smaller_pixels)
        self._preview, self._hovered_id = None, -1
        self.ghost.hide()
        self._steady = (self._session.threshold, None)
        self.show_map()
        self.show_boxes()

    def _follow_threshold(self, threshold: float, dragging: bool) -> None:
        before, box = self._steady
        if not dragging:
            self.ghost.hide()
            self._steady = (threshold, self.proposed())
        elif box is not None:
            if not self.ghost.isVisible():
                self.ghost.place(box)
                self.ghost.show()
            # Words over a box that has not moved would only cover its tag.
            moved = box != self.proposed()
            self.ghost.set_words(tr("before, {threshold:.2f}", threshold=before) if moved else "")
        self._show_contour(dragging=dragging)

    def _show_contour(self, *, dragging: bool) -> None:
        """The contour belongs to the map; while the threshold moves it is shown over the bare photo too."""
        found = self._session.heat_map
        if found is None or self._bare or not (self.heat.showing or dragging) or self.photo.boundingRect().isEmpty():
            self.contour.clear()
            return
        threshold = self._session.threshold
        if self.contour.shows(found.refined, threshold):
            return
        boxes = tuple(entry.box for entry in found.boxes(threshold))
        self.contour.show_contour(found.refined, threshold, found.photo_width, found.photo_height, boxes)

    def _in_sight(self, row: BoxRow) -> bool:
        if self._bare or self._hidden or self.photo.boundingRect().isEmpty():
            return False
        return row.state is not BoxState.REJECTED or self._show_rejected or row.id == self._hovered_id

    def _item(self, box_id: int) -> BoxItem:
        item = self._items.get(box_id)
        if item is None:
            item = self._items[box_id] = BoxItem()
            item.set_zoom(self._zoom)
            self.scene.addItem(item)
        return item


def _colour(class_id: int | None, classes: dict[int, ClassRow]) -> QColor:
    row = classes.get(class_id) if class_id is not None else None
    return class_colour(row.colour_index if row is not None else 0)


def _tag(row: BoxRow, classes: dict[int, ClassRow]) -> Tag:
    named = classes.get(row.class_id)
    return Tag(named.name if named is not None else "", None if row.state is BoxState.DRAWN else row.score)
