"""The session: the open folder, the current photo, and everything a person decides about it.

Panels show what its properties say, listen to its signals and call its acts. It is the only writer to the project:
every act is one transaction, on the disk before the window shows it as made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain, islice
from pathlib import Path

from PySide6.QtCore import QTimer

from app import review
from app.box_clipboard import BoxClipboard
from app.class_acts import ClassActs
from app.export_job import ExportJob, ExportRequest
from app.photo_labels import PhotoLabels
from app.prelabel_queue import PrelabelQueue
from app.session_looks import LookSession
from app.session_many import ManyPhotos
from app.session_types import Message
from app.stale_rows import StaleRows
from app.texts import tr, tr_count
from app.theme.motion import ACCEPTED_MS, lasting_ms
from app.threshold_scope import ThresholdScope
from app.training.desk import TrainingDesk
from app.undo import ActStep, ContentCommand, StepStack, Turn
from engine.dataset.importing import bring_in
from engine.dataset.label_sources import ReadLabels
from engine.dataset.project_labels import ImportReport
from engine.dataset.project_records import BoxState, PhotoContent, PhotoRow, PhotoState
from engine.errors import MoltboxError
from engine.geometry import Box

_UNDO_LIMIT = 500

Change = Callable[[PhotoContent], PhotoContent]


class Session(LookSession):
    """See the module. One instance lives as long as the window."""

    def __init__(self, model_path: Path, parent: object = None) -> None:
        super().__init__(model_path, parent)
        self.undo_stack = StepStack(self)
        self.undo_stack.setUndoLimit(_UNDO_LIMIT)
        self.many = ManyPhotos(self)
        self.labels = PhotoLabels(self)
        self.stale_rows = StaleRows(self)
        self.class_acts = ClassActs(self)
        self.clipboard = BoxClipboard(self)
        self.thresholds = ThresholdScope(self)
        self.moves_on = True
        self._move_on = QTimer(self, singleShot=True)
        self._move_on.timeout.connect(self.next_undecided)
        self._export: ExportJob | None = None
        self.prelabelling = PrelabelQueue(self)
        self.training = TrainingDesk(self, model_path)
        self.project_closed.connect(self.undo_stack.clear)

    def close(self) -> None:
        self.many.stop()
        super().close()

    # Going about.

    def go_to(self, photo_id: int) -> None:
        # Whoever chooses a photo just after an answer stays there.
        self._move_on.stop()
        super().go_to(photo_id)

    def reload_current(self) -> None:
        """Shows the current photo anew, after an act that may have changed what it waits for."""
        if self._current is not None:
            self.go_to(self._current.id)

    def next_photo(self) -> None:
        self._step(1)

    def previous_photo(self) -> None:
        self._step(-1)

    def next_undecided(self) -> None:
        """Goes to the next listed photo that waits for an answer; where there is none left, says that all is done."""
        place = self.position[0]
        if self._go_to_undecided(chain(islice(self._rows, place, None), islice(self._rows, max(place - 1, 0)))):
            return
        counts = self.counts()
        if self._current is not None and not counts.get(PhotoState.NEW) and not counts.get(PhotoState.PROPOSED):
            self._show_page("finished", self._finished_words(counts))

    def previous_undecided(self) -> None:
        """Goes back to the nearest listed photo that waits for an answer, round the start of the list if need be."""
        place = self.position[0]
        before, after = islice(reversed(self._rows), len(self._rows) - max(place - 1, 0), None), reversed(self._rows)
        self._go_to_undecided(chain(before, islice(after, len(self._rows) - place)))

    def _go_to_undecided(self, rows: Iterable[PhotoRow]) -> bool:
        for row in rows:
            if row.state in (PhotoState.NEW, PhotoState.PROPOSED):
                self.go_to(row.id)
                return True
        return False

    def _step(self, step: int) -> None:
        place = self.position[0] - 1 + step
        if 0 <= place < len(self._rows):
            self.go_to(self._rows[place].id)

    def _finished_words(self, counts: dict[PhotoState, int]) -> str:
        _, seconds_each, kept = self.effort_today()
        words = []
        if seconds_each:
            share = f"{kept * 100:.0f}"
            words.append(
                tr("{seconds:.1f} s a photo, {share} % of boxes kept as proposed.", seconds=seconds_each, share=share)
            )
        skipped, failed = counts.get(PhotoState.SKIPPED, 0), counts.get(PhotoState.FAILED, 0)
        if skipped:
            words.append(tr_count("{count} skipped.", "{count} skipped.", skipped))
        if failed:
            words.append(tr_count("{count} failed.", "{count} failed.", failed))
        return " ".join(words)

    # Decisions.

    def accept(self, box_id: int | None = None) -> None:
        """The box is right: on to the next open box, then to the next photo."""
        self._decide(box_id, tr("Accept box"), "accept", review.accepted)

    def reject(self, box_id: int | None = None) -> None:
        """There is no such object here."""
        self._decide(box_id, tr("Reject box"), "reject", review.rejected)

    def delete(self, box_id: int | None = None) -> None:
        wanted = self._box_meant(box_id)
        if wanted is not None and self._act(
            tr("Delete box"), "delete", lambda content: review.deleted(content, wanted)
        ):
            self._select_open()

    def accept_all(self) -> None:
        """Every box still open is right as shown; a photo without one stays as it is."""
        if any(not row.state.decided for row in self.boxes) and self._act(
            tr("Accept all boxes"), "accept", review.all_accepted
        ):
            self._go_on()

    def photo_done(self) -> None:
        """The photo is done; boxes still open are right as shown."""
        if self._content is not None and self._act(tr("Photo done"), "done", review.done):
            self._go_on()

    def skip(self) -> None:
        """Leaves the photo out."""
        if self._content is not None and self._act(tr("Skip photo"), "skip", review.skipped):
            self._go_on()

    def draw(self, box: Box, class_id: int | None = None) -> None:
        """A box by hand; its class is the one given, else the photo's, else the most probable."""
        clipped = self._inside(box)
        if clipped is None or self._project is None or self._content is None:
            return
        before = {row.id for row in self.boxes}
        try:
            wanted = class_id if class_id is not None else self._class_for_drawing()
        except MoltboxError as error:
            self.message.emit(Message("bad", tr("Not saved"), str(error)))
            return
        if self._act(tr("Draw box"), "draw", lambda content: review.drawn(content, clipped, wanted)):
            added = next((row.id for row in self.boxes if row.id not in before), -1)
            self.select(added)

    def add_boxes(self, text: str, boxes: list[tuple[Box, int]]) -> None:
        """Puts boxes by hand on the current photo, each with its class id, as one undo step of that name."""
        before = {row.id for row in self.boxes}
        if boxes and self._act(text, "draw", lambda content: review.drawn_many(content, boxes)):
            self.select(next((row.id for row in self.boxes if row.id not in before), -1))

    def move_or_resize(self, box_id: int, box: Box, gesture: int = -1) -> None:
        """A box moved or resized by hand; acts of one gesture are one undo step."""
        clipped = self._inside(box)
        if clipped is not None:
            self._act(tr("Move box"), "edit", lambda content: review.reshaped(content, box_id, clipped), gesture)

    def set_class(self, box_id: int | None, name: str) -> None:
        """Gives a box another class. An undecided box then comes from that class's map."""
        meant = self._box_meant(box_id)
        row = review.box_of(self._content, meant) if meant is not None and self._content is not None else None
        if self._project is None or not name.strip() or self._content is None:
            return
        try:
            class_id = self._project.class_named(name).id
        except MoltboxError as error:
            self.message.emit(Message("bad", tr("The class cannot be used"), str(error)))
            return
        self._reload_classes()
        if row is not None and row.class_id != class_id:
            self._act(tr("Change class"), "class", lambda content: review.reclassed(content, row.id, class_id))
        follows = row is None or row.state is BoxState.PROPOSED
        self._awaited = name if follows else None
        if self._place(name) and follows:
            self._propose_placed()
            self.boxes_changed.emit()

    def choose_class(self, key: str) -> None:
        """Takes the class that a digit stands for: the one that has it as its key, else the score shown with it."""
        keyed = [row.name for row in self._classes if row.key == key]
        offered = [row.name for row in self.class_scores if row.key == key]
        for name in (*keyed, *offered)[:1]:
            self.set_class(None, name)

    def _decide(self, box_id: int | None, text: str, event: str, change: Callable[[PhotoContent, int], PhotoContent]):
        wanted = self._box_meant(box_id)
        if wanted is None or not self._act(text, event, lambda content: change(content, wanted)):
            return
        following = review.next_open(self._content, wanted) if self._content is not None else -1
        if following != -1:
            self.select(following)
        else:
            self._go_on()

    def _box_meant(self, box_id: int | None) -> int | None:
        meant = box_id if box_id is not None else self._selected_id
        return meant if any(row.id == meant for row in self.boxes) else None

    def _act(self, text: str, event: str, change: Change, gesture: int = -1) -> bool:
        """Changes the current photo's content, stores it, and makes an undo step of it."""
        if self._content is None or self._project is None:
            return False
        self._settle_drag()
        before = self._content
        after = change(before)
        if after == before:
            return True
        if not self._save(lambda project: project.put_content(after, event=event)):
            return False
        self.undo_stack.push(ContentCommand(text, event, before, self._content, self._store_step, gesture))
        return True

    def change_many(self, text: str, event: str, changes: Mapping[int, Change]) -> None:
        """Changes many photos, a few at a time, as one undo step; see `ManyPhotos.change`."""
        self._settle_drag()
        self.many.change(text, event, changes)

    def store_contents(self, contents: list[PhotoContent], event: str) -> list[PhotoContent] | None:
        """Stores what is given of several photos in one transaction and shows it; None where the disk refuses."""
        if self._project is None:
            return None
        try:
            stored = self._project.put_contents(contents, event=event)
        except MoltboxError as error:
            self.saved_changed.emit(False)
            self.message.emit(Message("bad", tr("Not saved"), str(error)))
            return None
        self._show_contents(stored)
        self.saved_changed.emit(True)
        return stored

    def show_stored(self, contents: Iterable[PhotoContent]) -> None:
        """Shows what has been stored of some photos."""
        self._show_contents(contents)

    def usual_threshold(self, class_id: int | None) -> float:
        return self.thresholds.usual(class_id)

    # Undo.

    def push_step(self, text: str, undo: Turn, redo: Turn) -> None:
        """Makes an undo step of an act that has been stored; see `ActStep`."""
        self.undo_stack.push(ActStep(text, undo, redo))

    def undo(self) -> None:
        """Takes the last act back, on whichever photo it was; one that still goes on is stopped for it."""
        self.many.undo()

    def redo(self) -> None:
        """Does again what was taken back last."""
        self.many.redo()

    def _store_step(self, content: PhotoContent, event: str) -> PhotoContent | None:
        """Stores one side of an undo step and shows its photo; None where the disk refuses."""
        self._move_on.stop()
        self._awaited = None
        if self._current is None or self._current.id != content.photo_id:
            self.go_to(content.photo_id)
        if not self._save(lambda project: project.put_content(content, event=event)):
            return None
        self._show_page("photo")
        self._select_open()
        return self._content if self._content is not None else content

    def _select_open(self) -> None:
        if self._content is None:
            return
        wanted = review.next_open(self._content)
        if wanted == -1 and self._content.boxes:
            wanted = self._content.boxes[-1].id
        self._selected_id = wanted
        self._place(self._wanted_label())
        self.selection_changed.emit(wanted)

    def _go_on(self) -> None:
        if self.moves_on:
            self._move_on.start(lasting_ms(ACCEPTED_MS))

    def _inside(self, box: Box) -> Box | None:
        if self._current is None or not self._current.width:
            return None
        return box.clipped(self._current.width, self._current.height)

    def _class_for_drawing(self) -> int:
        if self.selected is not None:
            return self.selected.class_id
        if self._current is not None and self._current.label_class_id is not None:
            return self._current.label_class_id
        if self._project is None:
            raise MoltboxError("No folder is open.")
        offered = self.class_scores
        if offered:
            return self._project.class_named(offered[0].name).id
        return self._classes[0].id if self._classes else self._project.class_named("object").id

    # The job: looking at all photos that wait for their first box.

    def prelabel_all(self) -> None:
        """Looks at every new photo; labelling goes on meanwhile."""
        self.prelabelling.start(self.prelabelling.photos_of("new"))

    def pause_job(self) -> None:
        """Pauses the job, or goes on with it."""
        if self.prelabelling.is_running:
            self.prelabelling.pause()
        else:
            self.training.pause()

    def cancel_job(self) -> None:
        """Stops the job; what it proposed stays, and a training can be gone on with."""
        if self.prelabelling.is_running:
            self.prelabelling.cancel()
        else:
            self.training.pause()

    # Labels of other tools.

    def bring_in(self, read: ReadLabels, *, reviewed: bool) -> ImportReport | None:
        """Brings labels into the project; None where the disk refuses. Undo begins anew after it.

        Args:
            reviewed: boxes count at once; otherwise they wait for an answer.
        """
        if self._project is None:
            return None
        if self.many.is_running:
            words = tr("Many photos are still being changed. Do it again in a moment.")
            self.message.emit(Message("bad", tr("One act after the other"), words))
            return None
        self._settle_drag()
        try:
            report = bring_in(self._project, read, reviewed=reviewed)
        except MoltboxError as error:
            self.message.emit(Message("bad", tr("Not saved"), str(error)))
            return None
        self.undo_stack.clear()
        self.read_again()
        self.reload_current()
        self.labels_brought_in.emit()
        return report

    # Export.

    def boxes_to_export(self) -> tuple[int, int]:
        """Boxes on reviewed photos, and what the photos still open would add to them."""
        if self._project is None:
            return 0, 0
        decided = self._project.box_count()
        return decided, self._project.box_count("all", include_proposals=True) - decided

    @property
    def exporting(self) -> bool:
        """Whether an export runs; there is one at a time."""
        return self._export is not None

    def export(self, request: ExportRequest) -> None:
        """Writes label files beside the window; `export_done` brings the report."""
        if self._project is None or self._export is not None:
            return
        self._settle_drag()
        self._export = ExportJob(self._project, request, self)
        self._export.ended.connect(self._export_ended)
        self._export.start()

    def _export_ended(self, report) -> None:
        if self._export is not None:
            self._export.wait()
            self._export.deleteLater()
            self._export = None
        self.export_done.emit(report)
