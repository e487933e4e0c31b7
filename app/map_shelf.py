"""Maps made ready beside the window: stored evidence is unpacked, its map placed and measured, before it is shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.priority import work_beside_window
from app.proposals import Placed, place_class
from app.threads import failures_told
from engine.localization.anchors import Anchors
from engine.localization.evidence import ClassNotKeptError, Evidence
from engine.localization.naming import ClassNames, fold_name

_KEPT = 12


@dataclass(frozen=True, slots=True, eq=False)
class Ready:
    """A photo's evidence with the maps that are made already, by folded label; None is the most probable class."""

    evidence: Evidence
    placed: Mapping[str | None, Placed]

    def of(self, label: str | None) -> Placed | None:
        folded = None if label is None else fold_name(label)
        made = self.placed.get(folded)
        probable = self.placed.get(None)
        if made is None and probable is not None and fold_name(probable.class_name) == folded:
            return probable
        return made


@dataclass(frozen=True, slots=True)
class StoredMaps:
    """What a photo's maps are made from: the stored evidence, the labels wanted, and what the labels stand for."""

    photo_id: int
    data: bytes
    labels: tuple[str | None, ...]
    class_names: tuple[str, ...]
    names: ClassNames
    anchors: Anchors


def place_labels(
    labels: tuple[str | None, ...], evidence: Evidence, names: ClassNames, anchors: Anchors
) -> dict[str | None, Placed]:
    """The maps of labels, by folded label, each measured at every threshold; those that cannot be made are left out."""
    found: dict[str | None, Placed] = {}
    for label in labels:
        try:
            placed = place_class(label, evidence, names, anchors)
        except ClassNotKeptError:
            continue
        placed.heat_map.threshold_curve()
        found[None if label is None else fold_name(label)] = placed
    return found


class MapShelf(QObject):
    """Keeps the maps of the photos near the current one. Signal `ready` tells whose have come, and whether they could
    be made."""

    ready = Signal(int, bool)
    _made = Signal(int, int, object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maps", initializer=work_beside_window)
        self._kept: OrderedDict[int, Ready] = OrderedDict()
        self._asked: set[int] = set()
        self._generation = 0
        self._made.connect(self._take)

    def kept(self, photo_id: int) -> Ready | None:
        """The photo's maps where they are there already."""
        return self._kept.get(photo_id)

    def is_coming(self, photo_id: int) -> bool:
        return photo_id in self._asked

    def ask(self, wanted: StoredMaps) -> None:
        """Makes a photo's maps unless they are there or on their way; tells by `ready`."""
        if wanted.photo_id not in self._kept and wanted.photo_id not in self._asked:
            self._asked.add(wanted.photo_id)
            self._pool.submit(self._make, self._generation, wanted)

    def put(self, photo_id: int, ready: Ready) -> None:
        """Keeps maps that a look has just brought, in the place of older ones."""
        self._asked.discard(photo_id)
        self._kept[photo_id] = ready
        self._kept.move_to_end(photo_id)
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def drop(self, photo_id: int) -> None:
        """Forgets one photo's maps, because newer ones are stored."""
        self._kept.pop(photo_id, None)
        self._asked.discard(photo_id)

    def clear(self) -> None:
        """Forgets all maps, for instance because another model looks now."""
        self._generation += 1
        self._kept.clear()
        self._asked.clear()

    def close(self) -> None:
        self.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _make(self, generation: int, wanted: StoredMaps) -> None:
        if generation != self._generation:
            return
        made: Ready | None = None  # is told as it is: whoever waits for the maps looks at the photo anew
        with failures_told(lambda _sentence: None):
            evidence = Evidence.from_bytes(wanted.data, wanted.class_names)
            made = Ready(evidence, place_labels(wanted.labels, evidence, wanted.names, wanted.anchors))
        self._made.emit(generation, wanted.photo_id, made)

    def _take(self, generation: int, photo_id: int, made: Ready | None) -> None:
        # What a look has brought meanwhile is newer.
        if generation != self._generation or photo_id not in self._asked:
            return
        self._asked.discard(photo_id)
        if made is not None:
            self.put(photo_id, made)
        self.ready.emit(photo_id, made is not None)
