"""The current photo: its pixels, its evidence, the map of its class, and the threshold that cuts it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from app.halves import DecodedPhoto
from app.proposals import Placed, ids_for, need_of, rows_for
from app.review import next_open
from app.session_folder import LAST_PHOTO, FolderSession
from app.session_types import Message, ScoreRow
from app.texts import tr, tr_count
from app.theme.palette import CLASS_COLOURS
from app.workers import Decoder
from engine.dataset.class_rows import KEYS
from engine.dataset.project_records import BoxRow, BoxState, PhotoContent, PhotoRow, PhotoState
from engine.errors import MoltboxError
from engine.localization.evidence import Evidence
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from engine.localization.naming import fold_name

_OFFERED_CLASSES = 5
_OFF = "off"
OPEN_STATES = frozenset({PhotoState.NEW, PhotoState.PROPOSED})
"""A photo in one of these may still get proposals."""


class PhotoSession(FolderSession):
    """Shows one photo at a time: pixels first, its box as soon as the model has looked."""

    def __init__(self, parent: object = None) -> None:
        super().__init__(parent)
        self._localizer: Localizer | None = None
        self._model_id: int | None = None
        self._current: PhotoRow | None = None
        self._content: PhotoContent | None = None
        self._decoded: DecodedPhoto | None = None
        self._evidence: Evidence | None = None
        self._placed: Placed | None = None
        self._awaited: str | None = None
        self._selected_id = -1
        self._threshold = 0.15
        self._drag_from: tuple[float, PhotoContent] | None = None
        self._map_view = "fused"
        self._opacity = 0.54
        self._sizes_to_note: dict[int, tuple[int, int]] = {}
        self._decoder = Decoder(self)
        self._decoder.decoded.connect(self._take_pixels)
        self._decoder.failed.connect(self._pixels_failed)

    # What is shown.

    @property
    def current(self) -> PhotoRow | None:
        return self._current

    @property
    def position(self) -> tuple[int, int]:
        """Place of the current photo in the list from 1 (0 where it is not listed), and the list's length."""
        place = self._places.get(self._current.id, -1) if self._current is not None else -1
        return place + 1, len(self._rows)

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """The photo's pixels, (H, W, 3) uint8 RGB, upright; None until they have been read."""
        return self._decoded.pixels if self._decoded is not None else None

    @property
    def smaller_pixels(self) -> tuple[NDArray[np.uint8], ...]:
        """The photo's pixels halved, and again; as far as they are made."""
        return self._decoded.smaller if self._decoded is not None else ()

    def reduced_pixels(self, side: int) -> NDArray[np.uint8] | None:
        """The photo's pixels, reduced to no less than `side` pixels along its longer side."""
        return self._decoded.at_least(side) if self._decoded is not None else None

    @property
    def evidence(self) -> Evidence | None:
        return self._evidence

    @property
    def heat_map(self) -> HeatMap | None:
        return self._placed.heat_map if self._placed is not None else None

    @property
    def place_class_id(self) -> int | None:
        """The class whose map is shown."""
        if self._placed is None:
            return None
        folded = fold_name(self._placed.class_name)
        return next((row.id for row in self._classes if fold_name(row.name) == folded), None)

    @property
    def boxes(self) -> tuple[BoxRow, ...]:
        return self._content.boxes if self._content is not None else ()

    @property
    def selected(self) -> BoxRow | None:
        return next((row for row in self.boxes if row.id == self._selected_id), None)

    @property
    def threshold(self) -> float:
        return self._threshold

    @property
    def calibrated_threshold(self) -> float:
        return self._localizer.model.calibrated_threshold if self._localizer is not None else 0.15

    @property
    def localizer(self) -> Localizer | None:
        """The model in use; its networks belong to another thread."""
        return self._localizer

    def knows_class(self, class_id: int) -> bool:
        """Whether the model was trained on a class."""
        name = next((row.name for row in self._classes if row.id == class_id), "")
        return self._localizer is not None and bool(self._localizer.names.find(name))

    @property
    def map_view(self) -> str:
        return self._map_view

    @property
    def map_views(self) -> tuple[str, ...]:
        """Names that `set_map_view` takes, "off" first."""
        return (_OFF, *self.heat_map.view_names) if self.heat_map is not None else (_OFF,)

    @property
    def opacity(self) -> float:
        return self._opacity

    @property
    def model_name(self) -> str:
        return self._localizer.model.name if self._localizer is not None else ""

    @property
    def device_sentence(self) -> str:
        if self._localizer is None:
            return ""
        device = self._localizer.device
        if device.running == "CPU":
            cores = tr_count("CPU, {count} core", "CPU, {count} cores", device.cores)
            return f"{cores}, {device.manner}" if device.manner else cores
        return device.running

    @property
    def first_look_s(self) -> float:
        """Seconds that one look takes here, as measured while the model was loaded; 0 while there is no model."""
        return self._localizer.first_look_s if self._localizer is not None else 0.0

    @property
    def class_scores(self) -> tuple[ScoreRow, ...]:
        """The label's class and the most probable ones; those that the project lacks have the digits that are free."""
        if self._evidence is None or self._placed is None:
            return ()
        offered = [
            (self._evidence.class_names[index], score) for index, score in self._evidence.top_classes(_OFFERED_CLASSES)
        ]
        shown = self._placed.class_name
        if fold_name(shown) not in {fold_name(name) for name, _ in offered}:
            score = self._placed.placement.score if self._placed.placement.known else 0.0
            offered = [(shown, score), *offered[: _OFFERED_CLASSES - 1]]
        known = {fold_name(row.name): row for row in self._classes}
        listed = [known.get(fold_name(name)) for name, _ in offered]
        # Classes that the project does not have yet are shown in colours that no listed class has.
        taken = {row.colour_index % len(CLASS_COLOURS) for row in listed if row is not None}
        free = iter(sorted(range(len(CLASS_COLOURS)), key=lambda index: index in taken))
        used = {row.key for row in self._classes}
        free_keys = (key for key in KEYS if key not in used)
        rows = []
        for row, (name, score) in zip(listed, offered, strict=True):
            known_to_model = self._placed.placement.known or fold_name(name) != fold_name(shown)
            class_id, colour = (row.id, row.colour_index) if row is not None else (None, next(free))
            key = (row.key if row is not None else next(free_keys, None)) or ""
            stands_for = () if known_to_model else self._names_of(self._placed)
            spelled = row.name if row is not None else name
            rows.append(ScoreRow(class_id, spelled, score, key, colour, known_to_model, stands_for))
        return tuple(rows)

    def _names_of(self, placed: Placed) -> tuple[str, ...]:
        """The classes that stand for a label that the model does not know."""
        if self._evidence is None:
            return ()
        weightiest = sorted(placed.placement.weights, key=lambda entry: -entry[1])
        return tuple(self._evidence.class_names[index] for index, _ in weightiest)

    # Going about.

    def go_to(self, photo_id: int) -> None:
        """Shows a photo: its saved boxes at once, pixels and map as they come."""
        if self._project is None or photo_id not in self._facts.rows:
            return
        self._settle_drag()
        self._forget_photo()
        self._current = self._facts.rows[photo_id]
        self._content = self._project.content(photo_id)
        self._selected_id = next_open(self._content)
        if self._selected_id == -1 and self._content.boxes:
            self._selected_id = self._content.boxes[0].id
        self._threshold = self._starting_threshold()
        self._keep_place()
        # What is ready is there before anybody is told of the photo, so that everything is shown and painted once.
        kept = self._decoder.kept(photo_id)
        self._decoded = kept
        self._take_ready_maps()
        self._show_page("photo")
        self.current_changed.emit(photo_id)
        self.boxes_changed.emit()
        self.selection_changed.emit(self._selected_id)
        self.threshold_changed.emit(self._threshold, False)
        if kept is not None:
            self._take_pixels(photo_id, kept)
        self._decoder.ask(photo_id, self.photo_path(self._current))  # also drops what photos passed before asked for
        self._find_evidence()
        self._look_ahead()

    def _keep_place(self) -> None:
        if self._project is None or self._current is None or self._project.read_only or self._project.is_being_checked:
            return
        self._project.put_setting(LAST_PHOTO, self._current.id, waits=False)
        sizes, self._sizes_to_note = self._sizes_to_note, {}
        if sizes:
            self._project.set_photo_sizes((photo_id, *size) for photo_id, size in sizes.items())

    def select(self, box_id: int) -> None:
        """Selects a box, -1 for none; the map follows its class."""
        if box_id == self._selected_id:
            return
        self._selected_id = box_id
        self._place(self._wanted_label())
        self.selection_changed.emit(box_id)

    def set_map_view(self, name: str) -> None:
        """Lays a map over the photo: "off", a scale's name, "fused" or "refined"."""
        if name != self._map_view:
            self._map_view = name
            self.map_view_changed.emit(name)

    def cycle_map_view(self) -> None:
        """Goes on to the next map, or to none; while the map is on its way the choice stays."""
        views = self.map_views
        if self.heat_map is None:
            return
        place = views.index(self._map_view) if self._map_view in views else -1
        self.set_map_view(views[(place + 1) % len(views)])

    def set_opacity(self, opacity: float) -> None:
        self._opacity = min(max(opacity, 0.0), 1.0)
        self.opacity_changed.emit(self._opacity)

    def set_hovered_box(self, box_id: int) -> None:
        """Marks a box that is pointed at in a panel; -1 for none."""
        self.hovered_changed.emit(box_id)

    def retry(self) -> None:
        """Reads the current photo again after it could not be read."""
        if self._current is not None and self._project is not None:
            if not self._project.read_only and self._current.state is PhotoState.FAILED:
                self._project.set_photo_state(self._current.id, PhotoState.NEW)
            self._refresh_row(self._current.id)
            self.go_to(self._current.id)

    # The threshold.

    def begin_threshold_drag(self) -> None:
        if self._content is not None and self._drag_from is None:
            self._drag_from = (self._threshold, self._content)

    def set_threshold(self, value: float, dragging: bool = False) -> None:
        """Cuts the map elsewhere: undecided boxes follow at once, and are stored when no drag is going on."""
        self._threshold = round(min(max(value, 0.0), 1.0), 4)
        self._repropose()
        self.threshold_changed.emit(self._threshold, dragging)
        self.boxes_changed.emit()
        if not dragging and self._drag_from is None:
            self._store_proposals()

    def end_threshold_drag(self) -> None:
        if self._drag_from is not None:
            self._drag_from = None
            self._store_proposals()
            self.threshold_changed.emit(self._threshold, False)

    def cancel_threshold_drag(self) -> None:
        if self._drag_from is not None:
            self._threshold, self._content = self._drag_from
            self._drag_from = None
            self.threshold_changed.emit(self._threshold, False)
            self.boxes_changed.emit()

    def _settle_drag(self) -> None:
        if self._drag_from is not None:
            self.end_threshold_drag()

    def _repropose(self) -> None:
        """Replaces the undecided boxes of the shown class by those at the threshold; their ids stay."""
        if self._content is None or self._placed is None or self._content.state not in OPEN_STATES:
            return
        class_id = self.place_class_id
        if class_id is None or any(row.state.decided and row.class_id == class_id for row in self._content.boxes):
            return
        moving = [row for row in self._content.boxes if row.state is BoxState.PROPOSED and row.class_id == class_id]
        others = [row for row in self._content.boxes if row not in moving]
        found = self._placed.heat_map.boxes(self._threshold)
        ids = ids_for(found, self._boxes_before(moving, {row.id for row in others}))
        rows = rows_for(found, class_id, self._threshold, self._model_id, ids)
        # In the order in which they will be stored, so that no row of a list changes places under the hand.
        rows = sorted(rows, key=lambda row: (row.id < 0, abs(row.id)))
        self._content = replace(self._content, boxes=(*others, *rows))

    def _boxes_before(self, moving: list[BoxRow], taken: set[int]) -> list[BoxRow]:
        """The boxes that boxes at another threshold can be: those shown, and those that a drag has lost on its way."""
        started = self._drag_from[1].boxes if self._drag_from is not None else ()
        shown = {row.id for row in moving}
        lost = [
            row
            for row in started
            if row.state is BoxState.PROPOSED and row.id not in shown | taken and row.class_id == self.place_class_id
        ]
        return [*moving, *lost]

    def _propose_placed(self) -> None:
        """Makes and stores the boxes of a class that a person has chosen, now that its map is there."""
        self._awaited = None
        self._repropose()
        self._store_proposals()

    def _store_proposals(self) -> None:
        if (
            self._content is None
            or self._project is None
            or self._content.state not in OPEN_STATES
            or self._placed is None
        ):
            return
        need, note = need_of(self._placed, self._threshold)
        proposed = [replace(row, id=max(row.id, 0)) for row in self._content.boxes if row.state is BoxState.PROPOSED]
        self._save(lambda project: project.put_proposals(self._content_id(), proposed, need=need, note=note))

    def _content_id(self) -> int:
        return self._content.photo_id if self._content is not None else -1

    def _save(self, act) -> bool:
        """Runs one saving act for the current photo; on failure says so and keeps what was stored before."""
        if self._project is None:
            return False
        try:
            stored = act(self._project)
        except MoltboxError as error:
            self.saved_changed.emit(False)
            self.message.emit(Message("bad", tr("Not saved"), str(error)))
            self._content = self._project.content(self._content_id())
            self.boxes_changed.emit()
            return False
        self._show_contents([stored])
        self.saved_changed.emit(True)
        return True

    def _show_contents(self, contents: Iterable[PhotoContent]) -> None:
        """Shows what is stored now of some photos, the current one or others."""
        by_number = sorted(contents, key=attrgetter("photo_id"))
        self._take_stored(by_number)
        self._reload_classes()
        current_id = self._current.id if self._current is not None else -1
        stored = next((each for each in by_number if each.photo_id == current_id), None)
        if stored is None:
            return
        self._content = stored
        self._follow_threshold()
        if (self.selected is None and self._selected_id != -1) or self._selected_id == -1:
            self._selected_id = next_open(stored)
            self.selection_changed.emit(self._selected_id)
        self.boxes_changed.emit()

    def _follow_threshold(self) -> None:
        """Shows the threshold that the stored boxes were made at, because they may come from an act on many photos."""
        wanted = self._starting_threshold()
        if self._drag_from is None and wanted != self._threshold and any(not row.state.decided for row in self.boxes):
            self._threshold = wanted
            self.threshold_changed.emit(wanted, False)

    # Pixels.

    def _take_pixels(self, photo_id: int, decoded: DecodedPhoto) -> None:
        if self._current is None or photo_id != self._current.id:
            return
        self._decoded = decoded
        height, width = decoded.pixels.shape[:2]
        self._note_size(photo_id, width, height)
        self.pixels_ready.emit(photo_id)

    def _note_size(self, photo_id: int, width: int, height: int) -> None:
        row = self._facts.rows.get(photo_id)
        if row is None or (row.width, row.height) == (width, height) or self._project is None:
            return
        if row.width and row.height and self._project.content(photo_id).boxes:
            self._tell_other_size(row, width, height)
        if self._project.is_being_checked:
            self._sizes_to_note[photo_id] = (width, height)
            self._take_row(replace(row, width=width, height=height))
        elif self._project.read_only:
            self._take_row(replace(row, width=width, height=height))
        else:
            self._project.set_photo_size(photo_id, width, height)
            self._take_row(self._project.photo(photo_id))

    def _tell_other_size(self, row: PhotoRow, width: int, height: int) -> None:
        words = tr(
            "{name} is {width} x {height} pixels now; its boxes were made on {old_width} x {old_height}.",
            name=row.path,
            width=width,
            height=height,
            old_width=row.width,
            old_height=row.height,
        )
        self.message.emit(Message("warn", tr("The photo was replaced"), words))

    def _take_row(self, row: PhotoRow) -> None:
        super()._take_row(row)
        if self._current is not None and self._current.id == row.id:
            self._current = row

    def _pixels_failed(self, photo_id: int, sentence: str) -> None:
        self._mark_failed(photo_id, sentence)
        if self._current is not None and photo_id == self._current.id:
            self._show_page("unreadable", sentence)

    def _mark_failed(self, photo_id: int, sentence: str) -> None:
        if self._project is None or photo_id not in self._facts.rows or self._project.read_only:
            return
        if self._facts.rows[photo_id].state in OPEN_STATES:
            self._project.set_photo_state(photo_id, PhotoState.FAILED, sentence)
            self._refresh_row(photo_id)

    def _starting_threshold(self) -> float:
        proposed = [row.threshold for row in self.boxes if row.threshold is not None]
        return proposed[0] if proposed else self.usual_threshold(self._label_id())

    def _label_id(self) -> int | None:
        return self._current.label_class_id if self._current is not None else None

    def _has_current(self) -> bool:
        return self._current is not None

    def _forget_photo(self) -> None:
        self._current = self._content = self._decoded = self._evidence = self._placed = None
        self._drag_from = self._awaited = None
        self._selected_id = -1

    # What knowing the model adds (see `LookSession`).

    def usual_threshold(self, class_id: int | None) -> float:
        """The threshold at which a new proposal of a class is made; None where the class is not known yet."""
        raise NotImplementedError

    def _find_evidence(self) -> None:
        raise NotImplementedError

    def _take_ready_maps(self) -> None:
        raise NotImplementedError

    def _look_ahead(self) -> None:
        raise NotImplementedError

    def _place(self, label: str | None) -> bool:
        raise NotImplementedError

    def _wanted_label(self) -> str | None:
        raise NotImplementedError
