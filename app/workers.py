"""What runs beside the window: scanning a folder, decoding photos, looking at them with the model."""

from __future__ import annotations

import itertools
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QObject, QThread, Signal

from app.halves import DecodedPhoto
from app.map_shelf import place_labels
from app.priority import work_beside_window
from app.proposals import Placed
from app.threads import failures_told, let_go, wait_or_let_go
from engine.dataset.project_records import FoundPhoto, PhotoRow
from engine.errors import Cancelled, MoltboxError
from engine.images import SizedPhoto, read_photo, scan_folder
from engine.localization.anchors import Anchors, anchor, find_anchors
from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.localizer import Localizer
from engine.localization.naming import fold_name, place_for
from engine.prelabel.deciding import decode_for

CURRENT, NEIGHBOUR, BATCH = 0, 1, 2
"""Whose turn comes first."""

_KEPT_PIXEL_BYTES = 600_000_000
_CLOSING_MS = 2000


class ScanWorker(QThread):
    """Walks a folder and hands over, batch by batch, the photos that are new or have changed.

    Args:
        root: the folder.
        rows: the photos known from before.

    Attributes:
        known: size and time of the photos known from before, by path; complete before the first batch comes.
    """

    found = Signal(list)
    unreadable = Signal(str)
    failed = Signal(str)
    ended = Signal()

    def __init__(self, root: Path, rows: Iterable[PhotoRow], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = root
        self._rows = tuple(rows)
        self.known: dict[str, tuple[int, int]] = {}
        self._stopped = threading.Event()

    def stop(self) -> None:
        self._stopped.set()
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        # Not put behind the window: a thread that awaits its turn with Python's lock in hand keeps the window waiting.
        self.known = {row.path: (row.size_bytes, row.mtime_ns) for row in self._rows}
        self._rows = ()
        with failures_told(self.failed.emit):
            for batch in scan_folder(self._root, on_unreadable=lambda path: self.unreadable.emit(str(path))):
                if self._stopped.is_set():
                    return
                self.found.emit([photo for path in batch if (photo := self._facts(path)) is not None])
            self.ended.emit()

    def _facts(self, path: Path) -> FoundPhoto | None:
        try:
            facts = path.stat()
        except OSError:
            return None
        name = path.relative_to(self._root).as_posix()
        if self.known.get(name) == (facts.st_size, facts.st_mtime_ns):
            return None
        return FoundPhoto(name, facts.st_size, facts.st_mtime_ns)


class Decoder(QObject):
    """Decodes photos in the background and keeps the latest few, so that the next photo is there at once.

    Whoever goes through photos quickly waits for the last one only: those passed on the way are not decoded.
    """

    decoded = Signal(int, object)
    failed = Signal(int, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode", initializer=work_beside_window)
        self._kept: OrderedDict[int, DecodedPhoto] = OrderedDict()
        self._waiting: dict[int, Path] = {}
        self._under_way: set[int] = set()
        self._lock = threading.Lock()
        self._generation = 0
        self.decoded.connect(self._keep)

    def kept(self, photo_id: int) -> DecodedPhoto | None:
        """The photo's pixels where they are there already."""
        if photo_id in self._kept:
            self._kept.move_to_end(photo_id)
        return self._kept.get(photo_id)

    def ask(self, photo_id: int, path: Path) -> None:
        """Decodes the photo that is shown, in the place of all that still waits; answers by `decoded` or `failed`."""
        with self._lock:
            self._waiting.clear()
        self.ask_ahead(photo_id, path)

    def ask_ahead(self, photo_id: int, path: Path) -> None:
        """Decodes a photo after those asked for, unless it is there or on its way."""
        with self._lock:
            if photo_id in self._kept or photo_id in self._under_way:
                return
            self._waiting[photo_id] = path
        self._pool.submit(self._decode_next)

    def clear(self) -> None:
        with self._lock:
            self._generation += 1
            self._waiting.clear()
            self._under_way.clear()
        self._kept.clear()

    def close(self) -> None:
        self.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _decode_next(self) -> None:
        with self._lock:
            if not self._waiting:
                return
            photo_id = next(iter(self._waiting))
            path = self._waiting.pop(photo_id)
            self._under_way.add(photo_id)
            generation = self._generation

        def fail(sentence: str) -> None:
            with self._lock:
                if generation != self._generation:
                    return
                self._under_way.discard(photo_id)
            self.failed.emit(photo_id, sentence)

        with failures_told(fail):
            photo = DecodedPhoto.of(read_photo(path))
            if generation == self._generation:
                self.decoded.emit(photo_id, photo)

    def _keep(self, photo_id: int, photo: DecodedPhoto) -> None:
        self._under_way.discard(photo_id)
        self._kept[photo_id] = photo
        self._kept.move_to_end(photo_id)
        while len(self._kept) > 1 and sum(each.nbytes for each in self._kept.values()) > _KEPT_PIXEL_BYTES:
            self._kept.popitem(last=False)


@dataclass(frozen=True, slots=True)
class LookRequest:
    """A photo to look at.

    labels: class names whose evidence must be kept with it.
    anchors: what stands for those of them that the model does not know, as far as it has been found.
    samples: photos to find it from, for the others; by folded label.
    """

    photo_id: int
    path: Path
    labels: tuple[str, ...]
    generation: int
    anchors: Anchors = field(default_factory=dict)
    samples: Mapping[str, tuple[Path, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class LookResult:
    """What a look found: the evidence, fresh, the maps of the labels asked for (by folded label, None for the most
    probable class), and the compact form ready to be stored."""

    photo_id: int
    generation: int
    width: int
    height: int
    evidence: Evidence
    placed: Mapping[str | None, Placed]
    stored: bytes


@dataclass(order=True)
class _Turn:
    priority: int
    number: int
    request: LookRequest | None = field(compare=False)


def _is_same(one: LookRequest, other: LookRequest) -> bool:
    """Whether two requests are for the same photo of the same folder."""
    return (one.photo_id, one.generation) == (other.photo_id, other.generation)


class LookWorker(QThread):
    """One long-lived thread that owns the model; the current photo goes before its neighbours, these before a batch."""

    model_ready = Signal(object, object)
    model_failed = Signal(object, str)
    progress = Signal(int, str, int, int)
    anchoring = Signal(int, str, int, int)
    anchored = Signal(int, object)
    looked = Signal(object)
    failed = Signal(int, int, str)

    def __init__(self, open_model: Callable[[], Localizer], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._open_model = open_model
        self._turns: queue.PriorityQueue[_Turn] = queue.PriorityQueue()
        self._numbers = itertools.count()
        self._stopped = threading.Event()
        self._waiting: dict[int, _Turn] = {}
        self._urgent: LookRequest | None = None
        self._under_way: _Turn | None = None
        self._dropped: _Turn | None = None
        self._anchors: dict[str, ClassWeights] = {}
        self._anchored_in = 0
        self._lock = threading.Lock()
        self.generation = 0

    def ask(self, request: LookRequest, priority: int) -> None:
        """Queues a look, or brings one that waits already further to the front; the latest CURRENT one goes first."""
        with self._lock:
            known = self._waiting.get(request.photo_id)
            if known is not None and known.priority <= priority and priority != CURRENT:
                return
            number = next(self._numbers)
            turn = _Turn(priority, -number if priority == CURRENT else number, request)
            self._waiting[request.photo_id] = turn
            if priority == CURRENT:
                self._urgent = request
        self._turns.put(turn)

    def forget_all(self) -> None:
        """Drops what waits; a look on its way ends unheard."""
        with self._lock:
            self.generation += 1
            self._waiting.clear()
            self._urgent = None

    def forget_batch(self) -> None:
        """Drops the photos of a batch, keeps the current one and its neighbours."""
        with self._lock:
            if self._under_way is not None and self._under_way.priority == BATCH:
                self._dropped = self._under_way
            self._waiting = {photo: turn for photo, turn in self._waiting.items() if turn.priority != BATCH}

    def retire(self) -> None:
        """Ends the thread without waiting for it; it cleans up after itself."""
        self._stopped.set()
        self._turns.put(_Turn(-1, -1, None))
        let_go(self)

    def stop(self) -> None:
        """Ends the thread and waits for it, two seconds at most."""
        self._stopped.set()
        self._turns.put(_Turn(-1, -1, None))
        wait_or_let_go(self, _CLOSING_MS)

    def run(self) -> None:
        work_beside_window()  # before the model is opened, so that its own threads are behind the window too
        localizer: Localizer | None = None
        with failures_told(lambda sentence: self.model_failed.emit(self, sentence)):
            localizer = self._open_model()
        # Stopped where another model was chosen meanwhile.
        if localizer is None or self._stopped.is_set():
            return
        self.model_ready.emit(self, localizer)
        while not self._stopped.is_set():
            turn = self._turns.get()
            if turn.request is None:
                return
            photo_id = turn.request.photo_id
            with self._lock:
                if self._waiting.get(photo_id) is not turn:
                    continue
                del self._waiting[photo_id]
                self._under_way = turn
            if not self._look(localizer, turn, turn.request):
                self.ask(turn.request, max(turn.priority, NEIGHBOUR))
            else:
                with self._lock:
                    if self._urgent is not None and _is_same(self._urgent, turn.request):
                        self._urgent = None

    def _look(self, localizer: Localizer, turn: _Turn, request: LookRequest) -> bool:
        """Looks at one photo; False where it gave way to the photo that a person waits for."""

        def outdated() -> bool:
            return self._stopped.is_set() or request.generation != self.generation or self._dropped is turn

        def gives_way() -> bool:
            urgent = self._urgent
            return urgent is not None and urgent.photo_id != request.photo_id

        def tell(scale: str, done: int, total: int) -> None:
            self.progress.emit(request.photo_id, scale, done, total)

        try:
            photo = decode_for(localizer.model.manifest, request.path)
            size = (photo.width, photo.height)
            anchors = self._find_anchors(localizer, request, photo, outdated)
            evidence = localizer.look(
                photo.pixels, size=size, on_scale=tell, cancelled=lambda: outdated() or gives_way()
            )
        except Cancelled:
            return outdated()
        except MoltboxError as error:
            self.failed.emit(request.photo_id, request.generation, str(error))
            return True
        except Exception as error:  # a network, or the memory, can fail in many ways; the other photos go on
            sentence = f"{request.path.name} could not be looked at ({type(error).__name__})."
            self.failed.emit(request.photo_id, request.generation, sentence)
            return True
        with failures_told(lambda sentence: self.failed.emit(request.photo_id, request.generation, sentence)):
            places = [place_for(label, evidence, localizer.names, anchors).weights for label in request.labels]
            stored = evidence.compact(places).to_bytes()
            placed = place_labels(request.labels or (None,), evidence, localizer.names, anchors)
            with self._lock:
                # Asked again while it was looked at: here is the answer. Another folder's photo may have its number.
                again = self._waiting.get(request.photo_id)
                if again is not None and again.request is not None and _is_same(again.request, request):
                    del self._waiting[request.photo_id]
            self.looked.emit(LookResult(request.photo_id, request.generation, *size, evidence, placed, stored))
        return True

    def _find_anchors(
        self, localizer: Localizer, request: LookRequest, photo: SizedPhoto, outdated: Callable[[], bool]
    ) -> Anchors:
        """What stands for the request's labels that the model does not know; found once for each label.

        Raises:
            Cancelled: the request is outdated, or another photo is waited for that has no use for it.
        """
        if request.generation != self._anchored_in:
            self._anchors, self._anchored_in = {}, request.generation
        for label in request.labels:
            folded = fold_name(label)
            if folded not in request.samples or folded in self._anchors:
                continue

            def cancelled(folded: str = folded) -> bool:
                urgent = self._urgent
                waited_for = urgent is None or urgent.photo_id == request.photo_id or folded in urgent.samples
                return outdated() or not waited_for

            def tell(done: int, total: int, label: str = label) -> None:
                urgent = self._urgent
                if done < total:
                    waiting_id = request.photo_id if urgent is None else urgent.photo_id
                    self.anchoring.emit(waiting_id, label, done, total)

            tell(0, len(request.samples[folded]))
            found = find_anchors({folded: request.samples[folded]}, localizer, on_photo=tell, cancelled=cancelled)
            if not found:  # none of the sample can be read
                scores = localizer.class_scores(photo.pixels, size=(photo.width, photo.height))
                found = {folded: anchor([scores])}
            self._anchors.update(found)
            self.anchored.emit(request.generation, found)
        return {**self._anchors, **request.anchors}
