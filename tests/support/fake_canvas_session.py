"""A stand-in for the session: one photo with boxes; it remembers the acts and does the simple ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.session_signals import SessionSignals
from engine.dataset.project_records import BoxRow, BoxState, ClassRow, PhotoRow, PhotoState
from engine.geometry import Box
from engine.localization.boxes import BoxRule, ProposedBox, component_boxes
from engine.localization.threshold_curve import ThresholdCurve
from engine.localization.threshold_table import ThresholdTable

CLASSES = (
    ClassRow(1, "motorcycle", "1", 0),
    ClassRow(2, "cat", "2", 1),
    ClassRow(3, "cup", "3", 2),
    ClassRow(4, "person", "4", 3),
)


@dataclass(frozen=True)
class SmallHeatMap:
    """As much of a heat map as the canvas reads."""

    refined: NDArray[np.float32]
    photo_width: int
    photo_height: int
    rule: BoxRule = field(default_factory=BoxRule)
    view_names: tuple[str, ...] = ("224", "288", "384", "fused", "refined")

    def view(self, name: str) -> NDArray[np.float32]:
        return self.refined if name == "refined" else np.sqrt(self.refined)

    def boxes(self, threshold: float) -> tuple[ProposedBox, ...]:
        size = {"photo_width": self.photo_width, "photo_height": self.photo_height}
        return component_boxes(self.refined, threshold, self.rule, **size)

    def threshold_table(self) -> ThresholdTable:
        size = {"photo_width": self.photo_width, "photo_height": self.photo_height}
        return ThresholdTable.of(self.refined, [], self.rule, **size, class_score=0.9)

    def threshold_curve(self) -> ThresholdCurve:
        return self.threshold_table().curve


def bump(rows: int, columns: int, *, centre: tuple[float, float] = (0.5, 0.45), spread: float = 0.3):
    """A round hill with its top at `centre` (y, x), min-maxed."""
    y, x = np.mgrid[0:rows, 0:columns]
    far = ((y / rows - centre[0]) ** 2 + (x / columns - centre[1]) ** 2) / spread**2
    values = np.exp(-far).astype(np.float32)
    return (values - values.min()) / (values.max() - values.min())


def photo_row(photo_id: int, width: int, height: int, **more: Any) -> PhotoRow:
    row = PhotoRow(
        photo_id,
        f"sub/photo_{photo_id}.jpg",
        width,
        height,
        PhotoState.PROPOSED,
        None,
        1,
        0,
        1,
        0.9,
        "Box jumps at 0.55",
    )
    return replace(row, **more)


class FakeLabels:
    """The label that each photo's row names."""

    def __init__(self, session: FakeSession) -> None:
        self._session = session

    def of(self, photo_id: int) -> tuple[int, ...]:
        current = self._session.current
        if current is None or current.id != photo_id or current.label_class_id is None:
            return ()
        return (current.label_class_id,)


class FakeSession(SessionSignals):
    def __init__(self) -> None:
        super().__init__()
        self.labels = FakeLabels(self)
        self.calls: list[tuple[Any, ...]] = []
        self.current: PhotoRow | None = None
        self.position = (4, 861)
        self.page, self.page_text = "photo", ""
        self.project = None
        self.pixels: NDArray[np.uint8] | None = None
        self.smaller_pixels: tuple[NDArray[np.uint8], ...] = ()
        self.heat_map: SmallHeatMap | None = None
        self.place_class_id: int | None = 1
        self.threshold = 0.34
        self.calibrated_threshold = 0.31
        self.boxes: tuple[BoxRow, ...] = ()
        self.selected: BoxRow | None = None
        self.map_view = "refined"
        self.opacity = 0.54
        self.classes = CLASSES
        self.known_counts: dict[PhotoState, int] = {}
        self._before = self.threshold

    def called(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def show(self, pixels: NDArray[np.uint8], heat_map: SmallHeatMap | None = None, **more: Any) -> None:
        """Makes this the current photo."""
        self.current = photo_row(1, pixels.shape[1], pixels.shape[0], **more)
        self.pixels, self.heat_map, self.boxes, self.selected = pixels, None, (), None
        self.current_changed.emit(1)
        self.pixels_ready.emit(1)
        if heat_map is not None:
            self.heat_map = heat_map
            self.evidence_ready.emit(1)
            self.heat_map_changed.emit()
            self._propose()

    def set_boxes(self, *boxes: BoxRow, selected_id: int = -1) -> None:
        self.boxes = boxes
        self.boxes_changed.emit()
        self.select(selected_id)

    @property
    def map_views(self) -> tuple[str, ...]:
        return ("off", *self.heat_map.view_names) if self.heat_map is not None else ("off",)

    def show_page(self, page: str, text: str = "") -> None:
        self.page, self.page_text = page, text
        self.page_changed.emit(page)

    def retry(self) -> None:
        self.calls.append(("retry",))

    def counts(self) -> dict[PhotoState, int]:
        return self.known_counts

    def select(self, box_id: int) -> None:
        self.calls.append(("select", box_id))
        self.selected = next((row for row in self.boxes if row.id == box_id), None)
        self.selection_changed.emit(box_id)

    def draw(self, box: Box, class_id: int | None = None) -> None:
        self.calls.append(("draw", box, class_id))

    def move_or_resize(self, box_id: int, box: Box, gesture: int) -> None:
        self.calls.append(("move_or_resize", box_id, box, gesture))
        self.boxes = tuple(
            replace(row, box=box, state=BoxState.EDITED) if row.id == box_id else row for row in self.boxes
        )
        self.selected = next(row for row in self.boxes if row.id == box_id)
        self.boxes_changed.emit()

    def begin_threshold_drag(self) -> None:
        self.calls.append(("begin_threshold_drag",))
        self._before = self.threshold

    def set_threshold(self, value: float, dragging: bool = False) -> None:
        self.calls.append(("set_threshold", value, dragging))
        self.threshold = value
        self._propose(dragging=dragging)
        self.threshold_changed.emit(value, dragging)

    def end_threshold_drag(self) -> None:
        self.calls.append(("end_threshold_drag",))
        self.threshold_changed.emit(self.threshold, False)

    def cancel_threshold_drag(self) -> None:
        self.calls.append(("cancel_threshold_drag",))
        self.set_threshold(self._before)

    def set_map_view(self, name: str) -> None:
        self.calls.append(("set_map_view", name))
        self.map_view = name
        self.map_view_changed.emit(name)

    def set_opacity(self, opacity: float) -> None:
        self.calls.append(("set_opacity", opacity))
        self.opacity = opacity
        self.opacity_changed.emit(opacity)

    def set_class(self, box_id: int, name: str) -> None:
        self.calls.append(("set_class", box_id, name))

    def accept(self, box_id: int | None = None) -> None:
        self.calls.append(("accept", box_id))

    def reject(self, box_id: int | None = None) -> None:
        self.calls.append(("reject", box_id))

    def delete(self, box_id: int | None = None) -> None:
        self.calls.append(("delete", box_id))

    def accept_all(self) -> None:
        self.calls.append(("accept_all",))

    def photo_done(self) -> None:
        self.calls.append(("photo_done",))

    def skip(self) -> None:
        self.calls.append(("skip",))

    def next_photo(self) -> None:
        self.calls.append(("next_photo",))

    def previous_photo(self) -> None:
        self.calls.append(("previous_photo",))

    def _propose(self, *, dragging: bool = False) -> None:
        if self.heat_map is None:
            return
        kept = [row for row in self.boxes if row.state is not BoxState.PROPOSED]
        found = self.heat_map.boxes(self.threshold)
        rows = [BoxRow(9, 1, entry.box, BoxState.PROPOSED, 0.94, self.threshold) for entry in found[:1]]
        self.boxes = (*rows, *kept)
        if self.selected is None or self.selected.state is BoxState.PROPOSED:
            self.selected = rows[0] if rows else None
        self.boxes_changed.emit()
        if not dragging:
            self.selection_changed.emit(self.selected.id if self.selected else -1)
