"""Looking: the model's worker, the evidence of the current photo, and the proposals that looks bring."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from app.map_shelf import MapShelf, Ready, StoredMaps
from app.proposals import Placed, need_of, place_class, rows_for
from app.session_photo import PhotoSession
from app.session_types import Message
from app.texts import tr
from app.threads import wait_for_threads
from app.threshold_maps import tables_of
from app.workers import BATCH, CURRENT, NEIGHBOUR, LookRequest, LookResult, LookWorker
from engine.dataset.project_records import BoxRow, PhotoRow, PhotoState
from engine.errors import MoltboxError, ProjectError
from engine.localization.anchors import spread
from engine.localization.evidence import ClassNotKeptError, ClassWeights
from engine.localization.localizer import Localizer
from engine.localization.naming import fold_name

_AHEAD = 2


class LookSession(PhotoSession):
    """Runs the model beside the window and turns what it saw into maps and proposals."""

    def __init__(self, model_path: Path, parent: object = None) -> None:
        super().__init__(parent)
        self._anchors: dict[str, ClassWeights] | None = None
        self._shelf = MapShelf(self)
        self._shelf.ready.connect(self._take_maps)
        self._looks = self._coming = self._start_looks(model_path)
        self._held: Localizer | None = None

    # Evidence.

    def _find_evidence(self) -> None:
        """Takes the current photo's evidence from the project, or asks the model for it."""
        if self._localizer is None or self._current is None or self._project is None:
            return
        # A new photo that has evidence lost its proposal on the way; it is looked at as if it had none.
        is_new = self._current.state is PhotoState.NEW and not self.read_only
        kept = self._shelf.kept(self._current.id)
        if kept is not None and not is_new:
            self._show_maps(kept)
        elif is_new or not self._make_maps(self._current, self._wanted_label(), *self._labels_of(self._current)):
            self._ask_look(self._current, CURRENT)

    def _take_ready_maps(self) -> None:
        """Takes the current photo's evidence, and the map of its class, where they were made ready before."""
        if self._localizer is None or self._current is None or self._current.state is PhotoState.NEW:
            return
        kept = self._shelf.kept(self._current.id)
        label = self._wanted_label()
        made = kept.of(label) if kept is not None else None
        if kept is not None and made is not None:
            self._evidence, self._placed = kept.evidence, made

    def _make_maps(self, row: PhotoRow, *labels: str | None) -> bool:
        """Has the stored maps of a photo made ready; answers False where this model has none of it."""
        if self._localizer is None or self._project is None:
            return False
        if self._shelf.is_coming(row.id) or self._shelf.kept(row.id) is not None:
            return True
        stored = self._project.evidence(row.id)
        if stored is None or stored[0] != self.model_number:
            return False
        model, names = self._localizer.model, self._localizer.names
        anchors = dict(self._known_anchors())
        self._shelf.ask(StoredMaps(row.id, stored[1], tuple(dict.fromkeys(labels)), model.class_names, names, anchors))
        return True

    def _take_maps(self, photo_id: int, is_made: bool) -> None:
        if self._current is None or self._current.id != photo_id or self._evidence is not None:
            return
        kept = self._shelf.kept(photo_id)
        if is_made and kept is not None:
            self._show_maps(kept)
        else:
            self._ask_look(self._current, CURRENT)

    def _show_maps(self, ready: Ready) -> None:
        if self._current is not None:
            self._evidence = ready.evidence
            if self._place(self._wanted_label()):
                if self.read_only and not self.boxes:
                    self._repropose()
                    self.boxes_changed.emit()
                self.evidence_ready.emit(self._current.id)

    def _ask_look(self, row: PhotoRow, priority: int, also: str | None = None) -> None:
        """Asks the model to look at a photo and to keep the maps of its label, its boxes' classes, and of `also`."""
        wanted = {*self._labels_of(row), also}
        if self._current is not None and row.id == self._current.id:
            names = {each.id: each.name for each in self._classes}
            wanted |= {self._awaited, *(names.get(box.class_id) for box in self.boxes)}
        labels = tuple(sorted(label for label in wanted if label is not None))
        known = self._known_anchors()
        request = LookRequest(
            row.id,
            self.photo_path(row),
            labels,
            self._looks.generation,
            anchors={folded: known[folded] for label in labels if (folded := fold_name(label)) in known},
            samples={fold_name(label): self._sample(label, row) for label in labels if self._lacks_anchor(label)},
        )
        self._looks.ask(request, priority)

    def _look_ahead(self) -> None:
        """Gets the next photos' pixels and evidence ready."""
        if self._current is None or self._project is None:
            return
        place = self._places.get(self._current.id, -1)
        for row in self._rows[place + 1 : place + 1 + _AHEAD]:
            self._decoder.ask_ahead(row.id, self.photo_path(row))
            if self._localizer is None:
                continue
            if row.state is PhotoState.NEW:
                self._ask_look(row, NEIGHBOUR)
            else:
                self._make_maps(row, *(self._labels_of(row) or (None,)))

    def _labels_of(self, row: PhotoRow) -> tuple[str, ...]:
        """The classes given to a photo as a whole, as the source that counts gives them."""
        if self._project is None or row.label_class_id is None:
            return ()
        given = self._project.labels(row.id)
        names = {each.id: each.name for each in self._classes}
        return tuple(names[class_id] for class_id, source in given if source == given[0][1] and class_id in names)

    def _label_of(self, row: PhotoRow) -> str | None:
        names = {each.id: each.name for each in self._classes}
        return names.get(row.label_class_id) if row.label_class_id is not None else None

    def _wanted_label(self) -> str | None:
        """The class whose map is to be shown: the selected box's, else the photo's label, else the first box's."""
        names = {each.id: each.name for each in self._classes}
        if self.selected is not None:
            return names.get(self.selected.class_id)
        label = self._label_of(self._current) if self._current is not None else None
        if label is None and self.boxes:
            return names.get(self.boxes[0].class_id)
        return label

    def show_classes(self) -> None:
        """Shows the classes as they are stored now; one that has another name has another map."""
        self._settle_drag()
        self._reload_classes()
        if self._current is None or self._project is None:
            return
        self._refresh_row(self._current.id)
        self._content = self._project.content(self._current.id)
        self._place(self._wanted_label())
        self.boxes_changed.emit()

    def show_again(self, photo_ids: Collection[int]) -> None:
        """Takes what the list shows of some photos from the project again."""
        if self._project is not None:
            self._take_stored(self._project.contents_of(photo_ids))

    def _place(self, label: str | None) -> bool:
        """Shows the map of a class; where stored evidence lacks it, asks for another look and answers False."""
        if self._evidence is None or self._localizer is None or self._current is None:
            return False
        if self._placed is not None and label is not None and fold_name(label) == fold_name(self._placed.class_name):
            return True
        self._placed = None
        if label is None or not self._lacks_anchor(label):
            self._placed = self._place_of(label)
        if self._placed is None:
            self._ask_look(self._current, CURRENT, label)
        elif self._map_view not in self.map_views:
            self.set_map_view(self.map_views[-1])
        self.heat_map_changed.emit()
        return self._placed is not None

    def _place_of(self, label: str | None) -> Placed | None:
        """The map of a class on the current photo, as it was made ready or made now; None where it is not kept."""
        if self._evidence is None or self._localizer is None or self._current is None:
            return None
        ready = self._shelf.kept(self._current.id)
        made = ready.of(label) if ready is not None and ready.evidence is self._evidence else None
        if made is None:
            with contextlib.suppress(ClassNotKeptError):
                made = place_class(label, self._evidence, self._localizer.names, self._known_anchors())
        return made

    def _take_look(self, result: LookResult) -> None:
        if result.generation != self._looks.generation or result.photo_id not in self._facts.rows:
            return
        self._note_size(result.photo_id, result.width, result.height)
        is_current = self._current is not None and self._current.id == result.photo_id
        if self._project is not None and not self._project.read_only:
            if self._facts.rows[result.photo_id].state is PhotoState.FAILED:
                # An earlier reading failed only now, after the photo had been mended and asked for again.
                self._project.set_photo_state(result.photo_id, PhotoState.NEW)
                self._refresh_row(result.photo_id)
                if is_current:
                    self._show_page("photo")
            self._propose(result)
        self._keep_maps(result)
        if is_current:
            self._evidence = result.evidence
            self._placed = None
            if self._awaited is not None and self._place(self._awaited):
                self._propose_placed()
            self._place(self._wanted_label())
            if self.read_only and not self.boxes:
                self._repropose()
            self.evidence_ready.emit(result.photo_id)
            self.boxes_changed.emit()
        self.look_ended.emit(result.photo_id, "")

    def _keep_maps(self, result: LookResult) -> None:
        """Keeps fresh maps of the current photo and its neighbours; those of other photos are made when they come."""
        place = self._places.get(self._current.id, -1) if self._current is not None else -1
        near = self._rows[max(place, 0) : place + 1 + _AHEAD]
        is_current = self._current is not None and self._current.id == result.photo_id
        if is_current or any(row.id == result.photo_id for row in near):
            self._shelf.put(result.photo_id, Ready(result.evidence, result.placed))
        else:
            self._shelf.drop(result.photo_id)

    def _propose(self, result: LookResult) -> None:
        """Stores the evidence, and boxes where nobody has decided yet and this model has not proposed."""
        project = self._project
        if project is None or self._localizer is None:
            return
        row = self._facts.rows[result.photo_id]
        try:
            before = project.content(row.id).boxes
            awaits_boxes = self._awaits_boxes(row, before)
            project.put_evidence(row.id, self.model_number, result.stored)
            project.put_thresholds(tables_of(row.id, self.model_number, result.placed.values()))
            if not awaits_boxes:
                return
            placed = [self._fresh_map(result, label) for label in self._labels_of(row) or (None,)]
            class_ids = [project.class_named(each.class_name).id for each in placed]
            if any(box.class_id not in class_ids for box in before):
                return  # a person has chosen another class, or the models call it by different names
            boxes: list[BoxRow] = []
            needs: list[tuple[float, str]] = []
            for each, class_id in zip(placed, class_ids, strict=True):
                threshold = self.usual_threshold(class_id)
                found = each.heat_map.boxes(threshold)
                boxes.extend(rows_for(found, class_id, threshold, self.model_number))
                needs.append(need_of(each, threshold))
            need, note = max(needs)
            self.proposing.emit(row.id)
            content = project.put_proposals(row.id, boxes, need=need, note=note)
        except MoltboxError as error:
            self.message.emit(Message("bad", tr("A proposal could not be saved"), str(error)))
            return
        self._show_contents([content])

    def _fresh_map(self, result: LookResult, label: str | None) -> Placed:
        """The map of a label that a look has just brought.

        Raises:
            MoltboxError: no model is there any more.
        """
        made = Ready(result.evidence, result.placed).of(label)
        if made is None and self._localizer is not None:
            made = place_class(label, result.evidence, self._localizer.names, self._known_anchors())
        if made is None:
            raise MoltboxError("No model is loaded.")
        return made

    def _awaits_boxes(self, row: PhotoRow, boxes: tuple[BoxRow, ...]) -> bool:
        """Whether a look's boxes are wanted: on a new photo, and in place of another model's, also of none."""
        if row.state is PhotoState.NEW:
            return True
        if row.state is not PhotoState.PROPOSED or self._project is None:
            return False
        if not boxes:
            return self._project.looked_with(row.id) != self.model_number
        return all(not box.state.decided and box.model_id != self.model_number for box in boxes)

    def _look_failed(self, photo_id: int, generation: int, sentence: str) -> None:
        if generation == self._looks.generation:
            self._pixels_failed(photo_id, sentence)
            self.look_ended.emit(photo_id, sentence)

    # What labels stand for that the model does not know.

    def _known_anchors(self) -> dict[str, ClassWeights]:
        """The anchors found for the open folder with this model, by folded label."""
        if self._project is None or self._localizer is None:
            return {}
        if self._anchors is None:
            count = len(self._localizer.model.class_names)
            stored = self._project.anchors(self.model_number)
            self._anchors = {label: place for label, place in stored.items() if max(place)[0] < count}
        return self._anchors

    def _lacks_anchor(self, label: str) -> bool:
        unknown = self._localizer is not None and not self._localizer.names.find(label)
        return unknown and fold_name(label) not in self._known_anchors()

    def _sample(self, label: str, row: PhotoRow) -> tuple[Path, ...]:
        """The photos that tell what a label stands for: a few of those that carry it, or `row` itself."""
        named = next((each.id for each in self._classes if fold_name(each.name) == fold_name(label)), None)
        boxed = self._project.photos_with_box(named) if self._project is not None and named is not None else frozenset()
        carrying = [
            each
            for each in self._facts.rows.values()
            if each.id == row.id or each.id in boxed or (named is not None and each.label_class_id == named)
        ]
        return tuple(self.photo_path(each) for each in spread(carrying))

    def _take_anchors(self, generation: int, found: dict[str, ClassWeights]) -> None:
        if generation != self._looks.generation or self._project is None:
            return
        self._known_anchors().update(found)
        if not self._project.read_only:
            # What cannot be stored is found anew after the next start.
            with contextlib.suppress(MoltboxError):
                self._project.put_anchors(self.model_number, found)

    # The model.

    def use_model(self, path: Path) -> None:
        """Loads another model file; the one in use stays until the new one works, or the one asked for after it."""
        if self._coming is not self._looks:
            self._coming.retire()
        self._coming = self._start_looks(path)

    def _start_looks(self, path: Path) -> LookWorker:
        looks = LookWorker(lambda: Localizer.open(path), self)
        looks.model_ready.connect(self._take_model)
        looks.model_failed.connect(self._model_failed)
        looks.progress.connect(self.look_progress)
        looks.anchoring.connect(self.anchor_progress)
        looks.anchored.connect(self._take_anchors)
        looks.looked.connect(self._take_look)
        looks.failed.connect(self._look_failed)
        looks.start()
        return looks

    def _model_failed(self, looks: LookWorker, sentence: str) -> None:
        if looks is not self._coming:
            return
        if looks is not self._looks:
            looks.retire()
            self._coming = self._looks
        if self._held is not None:
            self._take_model(self._looks, self._held)
        still = " " + tr("{model} stays in use.", model=self.model_name) if self._localizer is not None else ""
        self.message.emit(Message("bad", tr("The model file cannot be used"), sentence + still, "choose_model"))
        self.model_refused.emit()

    def _take_model(self, looks: LookWorker, localizer: Localizer) -> None:
        if looks is not self._coming:
            if looks is self._looks:  # the first model, late: it is used only where the one asked for since fails
                self._held = localizer
            return
        self._held = None
        if looks is not self._looks:
            self._looks.retire()
            looks.generation = self._looks.generation + 1
            self._looks = looks
        self._localizer = localizer
        self._model_id = self._anchors = None
        self._evidence = self._placed = None
        self._shelf.clear()
        if self._map_view in ("fused", "refined"):
            # The map that the boxes are cut from.
            self.set_map_view("fused" if localizer.model.manifest.clustering is None else "refined")
        if not self.boxes:
            self._threshold = self.usual_threshold(self._label_id())
        if localizer.device.note:
            self.message.emit(
                Message("warn", tr("Running on the {device}", device=localizer.device.running), localizer.device.note)
            )
        self.model_changed.emit()
        self.threshold_changed.emit(self._threshold, False)
        self._find_evidence()
        self._look_ahead()

    @property
    def model_number(self) -> int:
        """The number of the model in use in the open project; -1 where it has none."""
        if self._model_id is None and self._project is not None and self._localizer is not None:
            model = self._localizer.model
            facts = {"kind": model.manifest.kind, "backbone": model.manifest.backbone}
            # A project that cannot be changed may know the model from before.
            with contextlib.suppress(ProjectError):
                self._model_id = self._project.model_id(model.name, model.sha256, facts)
        return self._model_id if self._model_id is not None else -1

    # Closing.

    def close(self) -> None:
        self._settle_drag()
        self._looks.forget_all()
        self._decoder.clear()
        self._shelf.clear()
        self._sizes_to_note.clear()
        self._model_id = self._anchors = None
        super().close()
        self.current_changed.emit(-1)

    def shut_down(self) -> None:
        """Ends all workers; the window is closing."""
        self.close()
        if self._coming is not self._looks:
            self._coming.stop()
        self._looks.stop()
        self._decoder.close()
        self._shelf.close()
        wait_for_threads()

    # For the job.

    def ask_batch(self, row: PhotoRow) -> None:
        """Looks at a photo after those that a person waits for; `look_ended` tells when it is done."""
        self._ask_look(row, BATCH)

    def forget_batch(self) -> None:
        """Drops what `ask_batch` asked for and was not done yet."""
        self._looks.forget_batch()
