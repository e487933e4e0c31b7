"""A stand-in for the session: it remembers which acts the panels called and shows plain records."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.session_signals import SessionSignals
from app.session_types import ScoreRow
from engine.dataset.project_records import BoxRow, BoxState, ClassRow, PhotoRow, PhotoState
from engine.geometry import Box
from engine.localization.boxes import BoxRule
from engine.localization.heat_map import HeatMap, ScaleMap

CLASSES = (
    ClassRow(1, "motorcycle", "1", 0),
    ClassRow(2, "cat", "2", 1),
    ClassRow(3, "cup", "3", 2),
    ClassRow(4, "person", "4", 3),
)


def photo_row(photo_id: int, *, path: str = "", state: PhotoState = PhotoState.PROPOSED, **more: Any) -> PhotoRow:
    row = PhotoRow(
        id=photo_id,
        path=path or f"some folder/photo_{photo_id}.jpg",
        width=64,
        height=48,
        state=state,
        reason=None,
        size_bytes=1000,
        mtime_ns=0,
        label_class_id=1 + photo_id % 4,
        need=(photo_id % 100) / 100,
        note="Scales disagree",
    )
    return replace(row, **more)


def bump(rows: int, columns: int, *, centre: tuple[float, float], spread: float) -> NDArray[np.float32]:
    y, x = np.mgrid[0:rows, 0:columns]
    far = ((y / rows - centre[0]) ** 2 + (x / columns - centre[1]) ** 2) / spread**2
    values = np.exp(-far).astype(np.float32)
    return (values - values.min()) / (values.max() - values.min())


def heat_map(*, scales: int = 3, clusters: bool = True, width: int = 640, height: int = 480) -> HeatMap:
    """A heat map with a broad bump and a small sharp one, so that its box jumps."""
    fused = bump(111, 148, centre=(0.5, 0.4), spread=0.3)
    second = 0.55 * bump(111, 148, centre=(0.75, 0.85), spread=0.08)
    fused = np.maximum(fused, second).astype(np.float32)
    names = ("224", "288", "384")[:scales]
    maps = tuple(
        ScaleMap(name, round(1 / scales, 2), bump(111, 148, centre=(0.5, 0.38 + 0.03 * place), spread=0.3))
        for place, name in enumerate(names)
    )
    blocks = (np.arange(111)[:, None] // 28 * 4 + np.arange(148)[None, :] // 37).astype(np.int32)
    return HeatMap(maps, fused, fused, blocks if clusters else None, width, height, 0.94, BoxRule())


class FakeSession(SessionSignals):
    def __init__(self, rows: list[PhotoRow] | None = None, root: Path | None = None) -> None:
        super().__init__()
        self.root = root or Path("Everyday things")
        self.all_rows = rows or []
        self.rows = list(self.all_rows)
        self.folder_name = self.root.name
        self.place_class_id: int | None = 1
        self.hovered: list[int] = []
        self.filter: tuple[PhotoState | None, str] = (None, "")
        self.current: PhotoRow | None = None
        self.pixels: NDArray[np.uint8] | None = None
        self.heat_map: HeatMap | None = None
        self.threshold = 0.34
        self.calibrated_threshold = 0.31
        self.boxes: tuple[BoxRow, ...] = ()
        self.selected: BoxRow | None = None
        self.map_view = "refined"
        self.classes = CLASSES
        self.class_scores: tuple[ScoreRow, ...] = ()
        self.known_boxes: dict[int, tuple[BoxRow, ...]] = {}
        self.calls: list[tuple[Any, ...]] = []

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def counts(self) -> dict[PhotoState, int]:
        return dict(Counter(row.state for row in self.all_rows))

    def photo(self, photo_id: int) -> PhotoRow:
        return next(row for row in self.all_rows if row.id == photo_id)

    def photo_path(self, photo: PhotoRow) -> Path:
        return self.root / photo.path

    def effort_today(self) -> tuple[int, float, float]:
        return 214, 3.1, 0.88

    def set_hovered_box(self, box_id: int) -> None:
        self.hovered.append(box_id)

    def boxes_of(self, photo_id: int) -> tuple[BoxRow, ...]:
        self.calls.append(("boxes_of", photo_id))
        return self.known_boxes.get(photo_id, ())

    def set_filter(self, state: PhotoState | None, text: str) -> None:
        self.calls.append(("set_filter", state, text))
        self.filter = (state, text)
        self.rows = [row for row in self.all_rows if state in (None, row.state) and text in row.path]

    @property
    def filter_problem(self) -> str:
        return ""

    def filters(self) -> tuple[()]:
        return ()

    def set_order(self, order: str | None) -> None:
        self.calls.append(("set_order", order))

    def add(self, rows: list[PhotoRow]) -> None:
        self.all_rows += rows
        self.set_filter(*self.filter)
        self.photos_added.emit(len(self.all_rows))

    def change(self, row: PhotoRow) -> None:
        self.all_rows = [row if each.id == row.id else each for each in self.all_rows]
        self.rows = [row if each.id == row.id else each for each in self.rows]
        self.photo_changed.emit(row.id)

    def go_to(self, photo_id: int) -> None:
        self.calls.append(("go_to", photo_id))
        self.current = next(row for row in self.all_rows if row.id == photo_id)
        self.current_changed.emit(photo_id)

    def reduced_pixels(self, side: int) -> NDArray[np.uint8] | None:
        return self.pixels

    def look(self, found: HeatMap, pixels: NDArray[np.uint8]) -> None:
        """Makes the session one that has looked at its current photo."""
        self.heat_map, self.pixels = found, pixels
        best = found.boxes(self.threshold)[0]
        self.boxes = (
            BoxRow(7, 1, best.box, BoxState.PROPOSED, 0.94, self.threshold),
            BoxRow(8, 4, Box(10, 10, 100, 120), BoxState.REJECTED, 0.41, self.threshold),
        )
        self.selected = self.boxes[0]
        names = (("motorcycle", 0.94, 0), ("person", 0.03, 3), ("camera", 0.01, 5), ("clock", 0.01, 6), ("cup", 0.0, 2))
        self.class_scores = tuple(
            ScoreRow(place, *row[:2], str(place), row[2]) for place, row in enumerate(names, start=1)
        )
        photo_id = self.current.id if self.current is not None else 1
        self.pixels_ready.emit(photo_id)
        self.evidence_ready.emit(photo_id)
        self.heat_map_changed.emit()
        self.boxes_changed.emit()

    def usual_threshold(self, _class_id: int | None) -> float:
        return self.calibrated_threshold

    def begin_threshold_drag(self) -> None:
        self.calls.append(("begin",))
        self._before = self.threshold

    def set_threshold(self, value: float, dragging: bool = False) -> None:
        self.calls.append(("set_threshold", value, dragging))
        self.threshold = value
        self.threshold_changed.emit(value, dragging)

    def end_threshold_drag(self) -> None:
        self.calls.append(("end",))
        self._settle()

    def cancel_threshold_drag(self) -> None:
        self.calls.append(("cancel",))
        self.threshold = self._before
        self._settle()

    def _settle(self) -> None:
        dragging = False
        self.threshold_changed.emit(self.threshold, dragging)

    def set_map_view(self, name: str) -> None:
        self.calls.append(("set_map_view", name))
        self.map_view = name
        self.map_view_changed.emit(name)

    def set_class(self, box_id: int | None, name: str) -> None:
        self.calls.append(("set_class", box_id, name))

    def select(self, box_id: int) -> None:
        self.calls.append(("select", box_id))
        self.selected = next((box for box in self.boxes if box.id == box_id), None)
        self.selection_changed.emit(box_id)
