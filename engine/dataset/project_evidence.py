"""What the model saw, as a project keeps it: maps, what labels stand for, and what maps answer at every threshold."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping

from engine.dataset import photo_rows
from engine.dataset.evidence_store import EvidenceStore, StoredEvidence, StoredThresholds, Weights
from engine.dataset.project_records import PhotoRow
from engine.errors import ProjectError


class ProjectEvidence:
    """The part of `Project` that is a cache: all of it can be made again by looking again."""

    _connection: sqlite3.Connection
    _evidence: EvidenceStore

    def photo(self, photo_id: int) -> PhotoRow:
        raise NotImplementedError

    def _be_writable(self) -> None:
        raise NotImplementedError

    def put_evidence(self, photo_id: int, model_id: int, data: bytes) -> None:
        """Keeps a photo's evidence, in the place of an earlier one."""
        self.put_many_evidence([(photo_id, model_id, data)])

    def put_many_evidence(self, items: Iterable[tuple[int, int, bytes]]) -> None:
        """Keeps evidence `(photo id, model id, data)` of many photos in one transaction."""
        self._be_writable()
        stored = []
        for photo_id, model_id, data in items:
            row = self.photo(photo_id)
            stored.append(StoredEvidence(photo_id, model_id, row.size_bytes, row.mtime_ns, data))
        try:
            self._evidence.put(stored)
        except sqlite3.Error as error:
            raise ProjectError(f"The maps could not be saved: {error}.") from error

    def evidence(self, photo_id: int) -> tuple[int, bytes] | None:
        """The model's number and the evidence, or None where there is none or the photo's file has changed since."""
        stored = self._evidence.get(photo_id)
        if stored is None:
            return None
        row = self.photo(photo_id)
        if (stored.size_bytes, stored.mtime_ns) != (row.size_bytes, row.mtime_ns):
            return None
        return stored.model_id, stored.data

    def looked_with(self, photo_id: int) -> int | None:
        """Number of the model that has looked at a photo last; None where no evidence of it is kept."""
        return self._evidence.maker(photo_id)

    def photos_with_evidence(self) -> frozenset[int]:
        """Photos that have been looked at."""
        return self._evidence.photo_ids()

    def put_thresholds(self, items: Iterable[tuple[int, str, int, Weights, bytes]]) -> None:
        """Keeps what maps answer at every threshold, `(photo id, folded label, model id, classes that placed it, data)`
        of many photos, in one transaction."""
        self._be_writable()
        stored = []
        for photo_id, label, model_id, weights, data in items:
            row = self.photo(photo_id)
            stored.append(StoredThresholds(photo_id, label, model_id, weights, row.size_bytes, row.mtime_ns, data))
        try:
            self._evidence.put_thresholds(stored)
        except sqlite3.Error as error:
            raise ProjectError(f"The maps could not be saved: {error}.") from error

    def thresholds(self, model_id: int) -> Iterator[StoredThresholds]:
        """What `put_thresholds` has kept with a model, by photo, but for photos whose file has changed since."""
        facts = {photo_id: (size, mtime) for photo_id, size, mtime in photo_rows.file_facts(self._connection)}
        for stored in self._evidence.thresholds(model_id):
            if facts.get(stored.photo_id) == (stored.size_bytes, stored.mtime_ns):
                yield stored

    def anchors(self, model_id: int) -> dict[str, Weights]:
        """The classes of a model that stand for labels it does not know, as they were kept; label as it was given."""
        return self._evidence.anchors(model_id)

    def put_anchors(self, model_id: int, anchors: Mapping[str, Weights]) -> None:
        """Keeps the classes of a model that stand for labels, in the place of earlier ones."""
        self._be_writable()
        try:
            self._evidence.put_anchors(model_id, anchors)
        except sqlite3.Error as error:
            raise ProjectError(f"What the labels stand for could not be saved: {error}.") from error
