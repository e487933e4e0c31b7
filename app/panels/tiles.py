"""The maps behind a box as small pictures: hovering lays one over the photo for a moment, a click keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QImage, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractButton, QGridLayout, QSizePolicy, QWidget

from app.canvas.colour_maps import ColourMapName, colour_table, map_colours
from app.keymap import keymap
from app.panels.framing import Framing, cut, frame_photo
from app.panels.grey_photo import GreyPhoto
from app.texts import tr
from app.theme.fonts import font
from app.theme.palette import notifier, theme
from engine.localization.heat_map import HeatMap

HOVER_MS = 80
_COLUMNS = 3
_CAPTION_HEIGHT = 22
_RADIUS = 4.0
_GREY_SHARE = 0.45
_HEAT_OPACITY = 0.92
_CLUSTERS = "clusters"
_CLUSTER_PALETTE = np.array([(18 * place, 100, 225 if place % 2 else 170) for place in range(10)], np.uint8)
"""Muted colours (hue of 180, saturation, value)."""
_FAR_ENOUGH = 70.0
_DARKEST_SHARE = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class TilePicture:
    """One tile's content: the map's name, its caption with a figure at the right, and how its picture is made.

    spoken: its name for a screen reader. hint: what the map is, in a few words more.
    """

    name: str
    title: str
    figure: str
    spoken: str
    hint: str
    keeps: bool
    values: NDArray[np.float32] | NDArray[np.int32]


def tile_pictures(heat_map: HeatMap) -> tuple[TilePicture, ...]:
    """The tiles of a heat map: its scales with their weight, fused, refined and clusters, as far as there are any."""
    found = []
    weights = {scale.name: scale.weight for scale in heat_map.scales}
    last = heat_map.view_names[-1]
    for name in heat_map.view_names:
        if name in weights:
            title, figure, hint = name, f"× {weights[name]:.2f}", tr("What the model sees at this size")
            spoken = tr("Map at scale {name}, weight {weight}", name=name, weight=f"{weights[name]:.2f}")
        elif name == "fused":
            title, figure, spoken = tr("Fused"), "", tr("Fused map")
            hint = tr("The scales added up, each by its weight")
        else:
            title, figure, spoken = tr("Refined"), "", tr("Refined map")
            hint = tr("The fused map, evened out within each cluster")
        if name == last:
            hint = tr("{hint}; boxes are cut from it", hint=hint)
        found.append(TilePicture(name, title, figure, spoken, hint, keeps=True, values=heat_map.view(name)))
    if heat_map.clusters is not None:
        count = len(np.unique(heat_map.clusters))
        spoken = tr("Clusters, {count}", count=count)
        hint = tr("Like pixels that lie together; each has a colour of its own")
        title = tr("Clusters")
        found.append(TilePicture(_CLUSTERS, title, str(count), spoken, hint, keeps=False, values=heat_map.clusters))
    return tuple(found)


class TileGrid(QWidget):
    """Tiles in rows of three. Says what a hand wants: `preview` a map, `preview_ended`, `kept` a map."""

    preview = Signal(str)
    preview_ended = Signal()
    kept = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tiles: list[Tile] = []
        self._compact = False
        self._under_pointer = ""
        self._previewed = ""
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for column in range(_COLUMNS):
            self._grid.setColumnStretch(column, 1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(HOVER_MS)
        self._timer.timeout.connect(self._settle)
        self.set_compact(compact=False)

    @property
    def tiles(self) -> tuple[Tile, ...]:
        return tuple(self._tiles)

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self._grid.setHorizontalSpacing(6 if compact else 12)
        self._grid.setVerticalSpacing(4)
        for tile in self._tiles:
            tile.set_compact(compact=compact)

    def set_content(
        self,
        pictures: Sequence[TilePicture],
        photo: NDArray[np.uint8] | None,
        photo_size: tuple[int, int],
    ) -> None:
        """Shows these maps over the photo ((H, W, 3) uint8 RGB, upright, or None), whose width and height are given."""
        names = [picture.name for picture in pictures]
        if names != [tile.name for tile in self._tiles]:
            self._make_tiles(pictures)
        grey = GreyPhoto(photo)
        for tile, picture in zip(self._tiles, pictures, strict=True):
            tile.set_picture(picture, grey, photo_size)

    def set_waiting(self) -> None:
        """Empties the pictures and keeps their places, so that nothing moves while the next photo is looked at."""
        for tile in self._tiles:
            tile.set_waiting()

    def set_view(self, name: str) -> None:
        """Marks the tile of the map that lies over the photo; none where no tile has that name."""
        for tile in self._tiles:
            tile.set_current(current=tile.name == name)

    def _make_tiles(self, pictures: Sequence[TilePicture]) -> None:
        for tile in self._tiles:
            self._grid.removeWidget(tile)
            tile.hide()
            tile.deleteLater()
        self._tiles = []
        if self._previewed:
            self._leave()  # a tile that is gone can no longer tell that the pointer left it
        for place, picture in enumerate(pictures):
            tile = Tile(picture.name, keeps=picture.keeps, parent=self)
            tile.set_compact(compact=self._compact)
            tile.entered.connect(self._enter)
            tile.left.connect(self._leave)
            if picture.keeps:
                tile.clicked.connect(lambda _=False, name=picture.name: self._keep(name))
            self._grid.addWidget(tile, place // _COLUMNS, place % _COLUMNS)
            self._tiles.append(tile)

    def _enter(self, name: str) -> None:
        self._under_pointer = name
        self._timer.start()

    def _leave(self) -> None:
        # The pause keeps the photo still while the pointer crosses the gap between two tiles.
        self._under_pointer = ""
        self._timer.start()

    def _settle(self) -> None:
        if self._under_pointer and self._under_pointer != self._previewed:
            self._previewed = self._under_pointer
            self.preview.emit(self._previewed)
        elif not self._under_pointer and self._previewed:
            self._previewed = ""
            self.preview_ended.emit()

    def _keep(self, name: str) -> None:
        self._timer.stop()
        self._previewed = ""
        self.kept.emit(name)


class Tile(QAbstractButton):
    """One map over the dimmed grey photo, with its caption."""

    entered = Signal(str)
    left = Signal()

    def __init__(self, name: str, *, keeps: bool, parent: QWidget) -> None:
        super().__init__(parent)
        self.name = name
        self._keeps = keeps
        self._picture: TilePicture | None = None
        self._photo = GreyPhoto(None)
        self._photo_size = (1, 1)
        self._pixmap: QPixmap | None = None
        self._framing: Framing | None = None
        self._current = False
        self._compact = False
        self._waiting = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if keeps else Qt.FocusPolicy.NoFocus)
        if keeps:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        notifier.changed.connect(self.update)
        map_colours.changed.connect(self._recolour)

    def _recolour(self) -> None:
        self._pixmap = None
        self.update()

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact
        self.updateGeometry()
        self.update()

    def set_picture(self, picture: TilePicture, photo: GreyPhoto, photo_size: tuple[int, int]) -> None:
        self._picture, self._photo, self._photo_size = picture, photo, photo_size
        self._pixmap = None
        self._waiting = False
        self.setEnabled(True)
        told = f"{picture.spoken}. {picture.hint}"
        if self._keeps:
            key = keymap.cap("cycle_map")
            told = f"{told}. " + tr("Click keeps it over the photo, {key} shows the next", key=key)
        self.setToolTip(told)
        self._say()
        self.update()

    def set_waiting(self) -> None:
        self._waiting = True
        self.setEnabled(False)
        self.update()

    def set_current(self, *, current: bool) -> None:
        if current != self._current:
            self._current = current
            self._say()
            self.update()

    @property
    def current(self) -> bool:
        return self._current

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round(width * 2 / 3) + _CAPTION_HEIGHT

    def sizeHint(self) -> QSize:
        width = 76 if self._compact else 96
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:
        return QSize(56, self.heightForWidth(56))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        if self._keeps:
            self.entered.emit(self.name)

    def leaveEvent(self, event) -> None:
        super().leaveEvent(event)
        if self._keeps:
            self.left.emit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        colours = theme()
        area = QRectF(0, 0, self.width(), self.height() - _CAPTION_HEIGHT)
        framed = self._current and not self._waiting
        inner = area.adjusted(3, 3, -3, -3) if framed else area
        clip = QPainterPath()
        clip.addRoundedRect(inner, _RADIUS, _RADIUS)
        painter.setClipPath(clip)
        painter.fillRect(inner, QColor(colours.raised))
        pixmap = self._made_pixmap(area)
        if pixmap is not None and self._framing is not None:
            shrink_x, shrink_y = inner.width() / area.width(), inner.height() / area.height()
            shown = self._framing.shown
            target = QRectF(
                inner.x() + shown.x() * shrink_x,
                inner.y() + shown.y() * shrink_y,
                shown.width() * shrink_x,
                shown.height() * shrink_y,
            )
            painter.drawPixmap(target, pixmap, QRectF(pixmap.rect()))
        painter.setClipping(False)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(colours.acc), 2.0))
        if framed:
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        if self.hasFocus():
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
        if self._picture is not None:
            self._draw_caption(painter, self._picture)

    def _draw_caption(self, painter: QPainter, picture: TilePicture) -> None:
        colours = theme()
        line = QRectF(2, self.height() - _CAPTION_HEIGHT + 1, self.width() - 4, _CAPTION_HEIGHT - 2)
        painter.setFont(font("second", 600, tabular=True))
        painter.setPen(QColor(colours.acc if self._current else colours.t1))
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, picture.title)
        if picture.figure and not self._compact and not self._waiting:
            painter.setFont(font("second", tabular=True))
            painter.setPen(QColor(colours.t2))
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, picture.figure)

    def _made_pixmap(self, area: QRectF) -> QPixmap | None:
        if self._picture is None or self._waiting:
            return None
        ratio = self.devicePixelRatioF()
        framing = frame_photo(*self._photo_size, area.width(), area.height())
        if self._pixmap is None or framing != self._framing or self._pixmap.devicePixelRatio() != ratio:
            self._framing = framing
            pixels = paint_map(self._picture, self._photo, framing, ratio, map_colours.name)
            self._pixmap = QPixmap.fromImage(_as_image(pixels))
            self._pixmap.setDevicePixelRatio(ratio)
        return self._pixmap

    def _say(self) -> None:
        if self._picture is not None:
            spoken = self._picture.spoken
            self.setAccessibleName(tr("{map}, over the photo", map=spoken) if self._current else spoken)


def paint_map(
    picture: TilePicture,
    photo: GreyPhoto,
    framing: Framing,
    ratio: float,
    colours: ColourMapName = "inferno",
) -> NDArray[np.uint8]:
    """The tile's pixels, (h, w, 3) uint8 RGB: clusters in muted colours, any other map over the grey photo."""
    if picture.name == _CLUSTERS:
        return _paint_clusters(picture.values.astype(np.int32), photo, framing, ratio)
    values = cut(picture.values, framing, ratio)
    grey = _GREY_SHARE * photo.cut(framing, ratio, values.shape)
    heat = colour_table(colours, _HEAT_OPACITY)[np.clip(values * 255, 0, 255).astype(np.uint8)].astype(np.float32)
    alpha = heat[:, :, 3:] / 255.0
    return (alpha * heat[:, :, :3] + (1.0 - alpha) * grey[:, :, None]).astype(np.uint8)


def _paint_clusters(clusters: NDArray[np.int32], photo: GreyPhoto, framing: Framing, ratio: float) -> NDArray[np.uint8]:
    """Clusters in muted colours, with the light and shade of the photo."""
    shown = cut(cluster_colours(clusters)[clusters], framing, ratio, smooth=False).astype(np.float32)
    if not photo.is_there:
        return shown.astype(np.uint8)
    light = _DARKEST_SHARE + (1.0 - _DARKEST_SHARE) * photo.cut(framing, ratio, shown.shape[:2]) / 255.0
    return (shown * light[:, :, None]).astype(np.uint8)


def cluster_colours(clusters: NDArray[np.int32]) -> NDArray[np.uint8]:
    """A colour for each cluster, (count, 3) uint8 RGB: the same each time, and unlike those of its neighbours.

    Args:
        clusters: (h, w) numbers from 0.
    """
    palette = cv2.cvtColor(_CLUSTER_PALETTE[None], cv2.COLOR_HSV2RGB)[0]
    apart = np.linalg.norm(palette[:, None].astype(float) - palette[None], axis=2)
    sizes = np.bincount(clusters.ravel())
    neighbours: list[list[int]] = [[] for _ in sizes]
    for one, other in ((clusters[:, :-1], clusters[:, 1:]), (clusters[:-1], clusters[1:])):
        differs = one != other
        for pair in np.unique(one[differs].astype(np.int64) * sizes.size + other[differs]).tolist():
            first, second = divmod(pair, sizes.size)
            neighbours[first].append(second)
            neighbours[second].append(first)
    chosen = np.full(len(sizes), -1)
    used = np.zeros(len(palette))
    for cluster in np.argsort(-sizes, kind="stable"):
        taken = np.array([chosen[each] for each in neighbours[cluster] if chosen[each] >= 0], dtype=int)
        nearest = apart[:, taken].min(axis=1) if taken.size else apart.max(axis=1)
        # Far from the neighbours first of all; among colours that are far enough, the one used least.
        best = int(np.argmax(np.minimum(nearest, _FAR_ENOUGH) - used))
        chosen[cluster] = best
        used[best] += 1
    return palette[chosen]


def _as_image(pixels: NDArray[np.uint8]) -> QImage:
    height, width = pixels.shape[:2]
    return QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
