"""The photo list's model: the session's filtered rows, looked up and never computed while painting."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from operator import attrgetter
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.panels import words
from engine.dataset.project_records import BoxRow, BoxState, ClassRow, PhotoRow

_Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class PhotoModelRole(IntEnum):
    """What `PhotoModel.data` answers beside Qt's own roles."""

    PHOTO = Qt.ItemDataRole.UserRole + 1  # PhotoRow
    BOXES = Qt.ItemDataRole.UserRole + 2  # tuple[(BoxRow, colour index), ...], empty until they were given
    CLASSES = Qt.ItemDataRole.UserRole + 3  # tuple[ClassRow, ...]


class PhotoModel(QAbstractListModel):
    """Photos in the order shown. Filtering hands over a new list of rows; there is no proxy."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PhotoRow] = []
        self._places: dict[int, int] = {}
        self._boxes: dict[int, tuple[BoxRow, ...]] = {}
        self._classes: dict[int, ClassRow] = {}

    # what is shown

    def set_rows(self, rows: Sequence[PhotoRow]) -> None:
        """Shows these rows. Rows that only follow those already shown are inserted, so the view stays where it is."""
        known = len(self._rows)
        if (
            0 < known <= len(rows) and rows[:known] == self._rows
        ):  # the usual case, and quick: they are the same objects
            self._append(rows[known:])
            return
        if 0 < known <= len(rows) and all(a.id == b.id for a, b in zip(self._rows, rows, strict=False)):
            self._replace_shown(rows[:known])
            self._append(rows[known:])
            return
        self.beginResetModel()
        self._rows = list(rows)
        self._places = dict(zip(map(attrgetter("id"), self._rows), range(len(self._rows)), strict=True))
        self.endResetModel()

    def update_photo(self, photo: PhotoRow) -> None:
        """Shows a photo's new state where it stands; a photo that the filter leaves out is passed over."""
        place = self._places.get(photo.id)
        if place is None:
            return
        self._rows[place] = photo
        self.touch(photo.id)

    def set_boxes(self, photo_id: int, boxes: tuple[BoxRow, ...]) -> None:
        if self._boxes.get(photo_id) != boxes:
            self._boxes[photo_id] = boxes
            self.touch(photo_id)

    def knows_boxes(self, photo_id: int) -> bool:
        return photo_id in self._boxes

    def set_classes(self, classes: Sequence[ClassRow]) -> None:
        """Names and colours of the classes; rows are drawn anew where they changed."""
        found = {row.id: row for row in classes}
        if found != self._classes:
            self._classes = found
            self._changed(0, len(self._rows) - 1)

    def clear(self) -> None:
        """Shows nothing and forgets boxes and classes."""
        self.beginResetModel()
        self._rows, self._places, self._boxes, self._classes = [], {}, {}, {}
        self.endResetModel()

    def touch(self, photo_id: int) -> None:
        """Has a photo's row drawn anew, if it is in the list."""
        place = self._places.get(photo_id)
        if place is not None:
            self._changed(place, place)

    # look-ups

    def photo_at(self, place: int) -> PhotoRow:
        return self._rows[place]

    def index_of(self, photo_id: int) -> QModelIndex:
        """The photo's index, invalid where the filter leaves it out."""
        place = self._places.get(photo_id)
        return self.index(place) if place is not None else QModelIndex()

    def rowCount(self, parent: _Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        photo = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return words.photo_name(photo)
            case PhotoModelRole.PHOTO:
                return photo
            case PhotoModelRole.BOXES:
                return tuple((box, self._colour_of(box)) for box in self._boxes.get(photo.id, ()))
            case PhotoModelRole.CLASSES:
                return self._classes_of(photo)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{photo.path}\n{self._sentence(photo)}"
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{words.photo_name(photo)}, {self._sentence(photo)}"
            case _:
                return None

    def _sentence(self, photo: PhotoRow) -> str:
        parts = (
            words.photo_state(photo.state),
            ", ".join(row.name for row in self._classes_of(photo)),
            words.reason(photo, self._boxes.get(photo.id, ())),
            words.need_words(photo),
        )
        return ", ".join(part for part in parts if part)

    def _colour_of(self, box: BoxRow) -> int:
        named = self._classes.get(box.class_id)
        return named.colour_index if named is not None else 0

    def _classes_of(self, photo: PhotoRow) -> tuple[ClassRow, ...]:
        """The classes of its boxes, each once; while there is none, that of its label."""
        boxes = self._boxes.get(photo.id, ())
        shown = dict.fromkeys(box.class_id for box in boxes if box.state is not BoxState.REJECTED)
        found = tuple(self._classes[class_id] for class_id in shown if class_id in self._classes)
        if found or photo.label_class_id not in self._classes:
            return found
        return (self._classes[photo.label_class_id],)

    # changes

    def _append(self, rows: Sequence[PhotoRow]) -> None:
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(_NOWHERE, first, first + len(rows) - 1)
        self._rows.extend(rows)
        self._places.update(zip(map(attrgetter("id"), rows), range(first, first + len(rows)), strict=True))
        self.endInsertRows()

    def _replace_shown(self, rows: Sequence[PhotoRow]) -> None:
        changed = [place for place, photo in enumerate(rows) if photo is not self._rows[place]]
        changed = [place for place in changed if rows[place] != self._rows[place]]
        if not changed:
            return
        for place in changed:
            self._rows[place] = rows[place]
            self._boxes.pop(rows[place].id, None)
        self._changed(changed[0], changed[-1])

    def _changed(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first), self.index(last))
