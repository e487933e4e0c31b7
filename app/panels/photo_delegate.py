"""One row of the photo list: thumbnail with its box, name, class and reason, state and need."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.panels import words
from app.panels.marks import draw_box_line, draw_need, draw_swatch
from app.panels.photo_model import PhotoModelRole
from app.panels.thumbnails import ThumbnailStore
from app.theme.fonts import font, scaled
from app.theme.icons import draw_icon
from app.theme.palette import class_colour, theme
from app.widgets import draw_chosen
from engine.dataset.project_records import BoxRow, BoxState, ClassRow, PhotoRow, PhotoState

THUMBNAIL_SIZE = QSize(64, 48)
GRID_THUMBNAIL_SIZE = QSize(80, 60)
_CELL_WIDTH, _CELL_HEIGHT = 92, 91
_ROW_HEIGHT, _COMPACT_ROW_HEIGHT = 64, 56
_COMPACT_THUMBNAIL_WIDTH = 56
_INSET, _PADDING, _GAP = 8, 8, 12
_ICON = 16
_SWATCH = 9
_MOST_SWATCHES = 3

_Index = QModelIndex | QPersistentModelIndex


class PhotoDelegate(QStyledItemDelegate):
    """Paints rows of `PhotoModel`; everything it shows is looked up, nothing is read from disk here.

    `current_id` is the photo on the canvas, marked with a bar among those chosen; -1 for none.
    """

    def __init__(self, thumbnails: ThumbnailStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._compact = False
        self._grid = False
        self.current_id = -1

    def set_compact(self, *, compact: bool) -> None:
        self._compact = compact

    def set_grid(self, *, grid: bool) -> None:
        """Cells with a larger thumbnail, class and state; names stand in the tooltip."""
        self._grid = grid

    @property
    def thumbnail_size(self) -> QSize:
        return GRID_THUMBNAIL_SIZE if self._grid else THUMBNAIL_SIZE

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        if self._grid:
            return QSize(_CELL_WIDTH, _CELL_HEIGHT)
        return QSize(160, scaled(_COMPACT_ROW_HEIGHT if self._compact else _ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        photo: PhotoRow = index.data(PhotoModelRole.PHOTO)
        boxes: tuple[tuple[BoxRow, int], ...] = index.data(PhotoModelRole.BOXES)
        named: tuple[ClassRow, ...] = index.data(PhotoModelRole.CLASSES)
        current = photo.id == self.current_id
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = QRectF(option.rect)
        if self._grid:
            self._paint_cell(painter, row, option, photo, boxes, named, current=current)
        else:
            self._paint_row(painter, row, option, photo, boxes, named, current=current)
        painter.restore()

    def _paint_row(
        self,
        painter: QPainter,
        row: QRectF,
        option: QStyleOptionViewItem,
        photo: PhotoRow,
        boxes: tuple[tuple[BoxRow, int], ...],
        named: tuple[ClassRow, ...],
        *,
        current: bool,
    ) -> None:
        self._paint_ground(painter, row.adjusted(_INSET, 1, 0, -1), option, current=current)
        shrink = _COMPACT_THUMBNAIL_WIDTH / THUMBNAIL_SIZE.width() if self._compact else 1.0
        place = QRectF(0, 0, THUMBNAIL_SIZE.width() * shrink, THUMBNAIL_SIZE.height() * shrink)
        place.moveTo(row.left() + _INSET + _PADDING, row.center().y() - place.height() / 2)
        self._paint_thumbnail(painter, place, photo, boxes)
        right = row.right() - _PADDING
        top = row.center().y() - 20
        _paint_state(painter, QRectF(right - _ICON, top, _ICON, _ICON), photo)
        level = words.need_level(photo)
        if level:
            draw_need(painter, QRectF(right - 15, row.center().y() + 6, 14, 11), level)
        left = place.right() + _GAP
        text = QRectF(left, row.top(), right - _ICON - 8 - left, row.height())
        self._paint_words(painter, text, photo, boxes, named, current=current)

    def _paint_cell(
        self,
        painter: QPainter,
        cell: QRectF,
        option: QStyleOptionViewItem,
        photo: PhotoRow,
        boxes: tuple[tuple[BoxRow, int], ...],
        named: tuple[ClassRow, ...],
        *,
        current: bool,
    ) -> None:
        self._paint_ground(painter, cell.adjusted(2, 1, -2, -1), option, current=current)
        place = QRectF(0, 0, GRID_THUMBNAIL_SIZE.width(), GRID_THUMBNAIL_SIZE.height())
        place.moveTo(cell.center().x() - place.width() / 2, cell.top() + 6)
        self._paint_thumbnail(painter, place, photo, boxes)
        middle = place.bottom() + 12
        end = _draw_swatches(painter, place.left() + 1, middle, named)
        _paint_state(painter, QRectF(place.right() - _ICON, middle - _ICON / 2, _ICON, _ICON), photo)
        right = place.right() - _ICON - 4
        level = words.need_level(photo)
        if level:
            draw_need(painter, QRectF(right - 14, middle - 6, 14, 11), level)
            right -= 18
        painter.setPen(QColor(theme().t2))
        text = QRectF(end + 4, middle - 9, right - end - 4, 18)
        _draw_elided(painter, text, ", ".join(row.name for row in named), font("caption"))

    def _paint_ground(self, painter: QPainter, ground: QRectF, option: QStyleOptionViewItem, *, current: bool) -> None:
        colours = theme()
        painter.setPen(Qt.PenStyle.NoPen)
        if current or option.state & QStyle.StateFlag.State_Selected:
            draw_chosen(painter, ground, 6)
            painter.setPen(Qt.PenStyle.NoPen)
        if current:
            painter.setBrush(QColor(colours.acc))
            painter.drawRoundedRect(QRectF(ground.left(), ground.top() + 9, 3, ground.height() - 18), 1.5, 1.5)
        elif not option.state & QStyle.StateFlag.State_Selected and option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(ground, 6, 6)

    def _paint_thumbnail(
        self, painter: QPainter, place: QRectF, photo: PhotoRow, boxes: tuple[tuple[BoxRow, int], ...]
    ) -> None:
        colours = theme()
        size = self.thumbnail_size
        whole = QRectF(0, 0, size.width(), size.height())
        shrink = place.width() / whole.width()
        painter.save()
        painter.translate(place.topLeft())
        painter.scale(shrink, shrink)
        frame = QPainterPath()
        frame.addRoundedRect(whole, 4, 4)
        painter.setClipPath(frame)
        painter.fillRect(whole, QColor(colours.raised))
        thumbnail = self._thumbnails.thumbnail(photo.id)
        if thumbnail is not None:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(thumbnail.framing.shown, thumbnail.pixmap, QRectF(thumbnail.pixmap.rect()))
            for box, colour_index in boxes:
                if box.state is not BoxState.REJECTED:
                    # On whole pixels, or the thin lines of one box would differ in strength.
                    line = QRectF(thumbnail.framing.place(box.box).adjusted(1.5, 1.5, -1.5, -1.5).toRect())
                    draw_box_line(painter, line, box.state, class_colour(colour_index), width=2.0)
        elif photo.state is PhotoState.FAILED or self._thumbnails.is_unreadable(photo.id):
            middle = QRectF(whole.center().x() - 8, whole.center().y() - 8, 16, 16)
            draw_icon(painter, words.PHOTO_STATE_ICONS[PhotoState.FAILED], middle, QColor(colours.warn))
        painter.restore()

    def _paint_words(
        self,
        painter: QPainter,
        area: QRectF,
        photo: PhotoRow,
        boxes: tuple[tuple[BoxRow, int], ...],
        named: tuple[ClassRow, ...],
        *,
        current: bool,
    ) -> None:
        colours = theme()
        name = words.photo_name(photo, with_suffix=not self._compact)
        # Large system text gets higher lines, from the middle of the row outwards.
        face, second_face = font("body", 600 if current else 500), font("second", tabular=True)
        high, second_high = max(20.0, QFontMetricsF(face).height()), max(19.0, QFontMetricsF(second_face).height())
        first = QRectF(area.left(), area.center().y() - 2 - high, area.width(), high)
        painter.setPen(QColor(colours.t1))
        _draw_elided(painter, first, name, face, Qt.TextElideMode.ElideMiddle)
        second = QRectF(area.left(), area.center().y() + 2, area.width(), second_high)
        end = _draw_swatches(painter, second.left(), second.center().y(), named)
        class_name = ", ".join(row.name for row in named) or words.photo_state(photo.state)
        reason = class_name if self._compact else words.reason(photo, [box for box, _ in boxes])
        painter.setPen(QColor(colours.t2))
        second.setLeft(end + 5)
        _draw_elided(painter, second, reason, second_face)


def _paint_state(painter: QPainter, area: QRectF, photo: PhotoRow) -> None:
    colours = theme()
    tints = {
        PhotoState.NEW: colours.t2,
        PhotoState.PROPOSED: colours.acc,
        PhotoState.REVIEWED: colours.ok,
        PhotoState.SKIPPED: colours.t2,
        PhotoState.FAILED: colours.warn,
    }
    draw_icon(painter, words.PHOTO_STATE_ICONS[photo.state], area, QColor(tints[photo.state]))


def _draw_swatches(painter: QPainter, left: float, middle: float, named: tuple[ClassRow, ...]) -> float:
    """A swatch for each of the first classes, an empty one where there is none; returns where they end."""
    colours = [row.colour_index for row in named[:_MOST_SWATCHES]] or [None]
    for place, colour in enumerate(colours):
        area = QRectF(left + place * (_SWATCH + 3), middle - _SWATCH / 2, _SWATCH, _SWATCH)
        draw_swatch(painter, area, colour)
    return left + len(colours) * (_SWATCH + 3) - 3


def _draw_elided(
    painter: QPainter,
    area: QRectF,
    text: str,
    face: QFont,
    side: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    painter.setFont(face)
    shown = QFontMetricsF(face).elidedText(text, side, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
