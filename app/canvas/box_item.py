"""One box on the canvas, and the ghost of where it was. Lines, tag and handles keep their size at every zoom."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QTransform
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas.box_paint import (
    REACH_PX,
    Tag,
    is_brief,
    paint_ghost,
    paint_handles,
    paint_lines,
    paint_tag,
    tag_area,
)
from engine.dataset.project_records import BoxState
from engine.geometry import Box

# Tags keep clear of the tools at the left edge.
_KEPT_FOR_TOOLS_PX = 52


class ScreenBoxItem(QGraphicsItem):
    """A rectangle of the photo that is painted in screen pixels."""

    def __init__(self) -> None:
        super().__init__()
        self._area = QRectF()
        self._zoom = 1.0

    def place(self, box: Box) -> None:
        """Puts the item at a box of the photo."""
        self.prepareGeometryChange()
        self._area = QRectF(box.x0, box.y0, box.width, box.height)
        self.update()

    def area(self) -> QRectF:
        """The box in photo pixels."""
        return self._area

    def set_zoom(self, zoom: float) -> None:
        """Tells the item how many screen pixels a photo pixel takes, as its parts reach outside the box."""
        self.prepareGeometryChange()
        self._zoom = zoom

    def boundingRect(self) -> QRectF:
        # The tag of a narrow box is wider than the box.
        reach, wide = REACH_PX / self._zoom, 10 * REACH_PX / self._zoom
        return self._area.adjusted(-wide, -reach, wide, reach)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:  # noqa: ARG002
        area = painter.worldTransform().mapRect(self._area)
        screen = QRectF(widget.rect()) if widget is not None else QRectF(painter.viewport())
        screen.setLeft(_KEPT_FOR_TOOLS_PX)
        painter.setWorldTransform(QTransform())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_on_screen(painter, area, screen)

    def paint_on_screen(self, painter: QPainter, area: QRectF, screen: QRectF) -> None:
        raise NotImplementedError


class BoxItem(ScreenBoxItem):
    """A box with its state's line, its tag and, while selected, its handles."""

    def __init__(self) -> None:
        super().__init__()
        self._state = BoxState.PROPOSED
        self._tag = Tag("", None)
        self._colour = QColor("white")
        self._selected = self._hovered = self._tagged = False

    def dress(self, state: BoxState, tag: Tag, colour: QColor) -> None:
        self._state, self._tag, self._colour = state, tag, colour
        self._tagged = bool(tag.name)
        self.update()

    def set_selected(self, *, selected: bool) -> None:
        if selected != self._selected:
            self._selected = selected
            self.setZValue(1.0 if selected else 0.0)
            self.update()

    def set_hovered(self, *, hovered: bool) -> None:
        if hovered != self._hovered:
            self._hovered = hovered
            self.update()

    def paint_on_screen(self, painter: QPainter, area: QRectF, screen: QRectF) -> None:
        paint_lines(painter, area, self._state, self._colour, hovered=self._hovered and not self._selected)
        if self._tagged:
            brief = is_brief(area) and not self._selected
            place = tag_area(area, self._tag, brief=brief, screen=screen)
            paint_tag(painter, place, self._tag, self._state, self._colour, brief=brief)
        if self._selected:
            paint_handles(painter, area)


class GhostItem(ScreenBoxItem):
    """Where a box was when the threshold drag began."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def set_words(self, words: str) -> None:
        self._words = words
        self.update()

    def paint_on_screen(self, painter: QPainter, area: QRectF, screen: QRectF) -> None:  # noqa: ARG002
        paint_ghost(painter, area, self._words)
