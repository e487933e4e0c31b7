"""What runs on a worker: the model, loaded once, and blocks of photos one after another.

Ray is not needed here: a block's order comes in and its receipt goes out as a row of plain values.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import pyarrow as pa

from engine.cluster.parts import decoded, encoded
from engine.cluster.plan import PARTS_FOLDER, Planned, part_prefix
from engine.cluster.store import Store
from engine.errors import LabelFileError
from engine.images import SizedPhoto
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.deciding import Decision, decode_for
from engine.prelabel.labels import LabelSource
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.results import PhotoResult

ORDER_SCHEMA = pa.schema(
    [
        ("start", pa.string()),
        ("names", pa.list_(pa.string())),
        ("labels", pa.list_(pa.list_(pa.string()))),
        ("parts", pa.list_(pa.string())),
    ]
)


@dataclass(frozen=True, slots=True)
class WorkerSetup:
    """What every worker needs to know.

    folder: where photos are read as files; None where `photos` brings their bytes. out: where parts are written.
    """

    folder: Path | None
    photos: Store
    out: Store
    key: str
    model: str
    decision: Decision
    device: DeviceChoice
    threads: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a block; `looked` counts the photos that were not done before."""

    start: str
    part: str
    photos: int
    failed: int
    looked: int
    device: str
    process: int


def order(block: Planned, labels: LabelSource) -> pa.Table:
    """A block as a table of one row, to be handed to a worker."""
    known = [labels(name) for name in block.names]
    row = {
        "start": block.start,
        "names": list(block.names),
        "labels": [None if each is None else list(each) for each in known],
        "parts": list(block.parts),
    }
    return pa.Table.from_pylist([row], ORDER_SCHEMA)


class Looker:
    """A worker: called with orders, answers receipts."""

    def __init__(self, setup: WorkerSetup, model_file: bytes) -> None:
        """
        Args:
            setup: the same for all workers.
            model_file: the bytes of the model file, which the worker's machine need not have.
        """
        cv2.setNumThreads(setup.threads)
        self._setup = setup
        with tempfile.TemporaryDirectory(prefix="moltbox-") as folder:
            path = Path(folder, "model.molt")
            path.write_bytes(model_file)
            self._localizer = Localizer.open(path, device=setup.device, threads=setup.threads)

    def __call__(self, orders: pa.Table) -> pa.Table:
        return pa.Table.from_pylist([asdict(self.look(row)) for row in orders.to_pylist()])

    def look(self, row: dict[str, Any]) -> Receipt:
        """Brings a block's part up to date: looks at the photos that no earlier part has, or that failed there.

        Raises:
            LabelFileError: the part cannot be written.
        """
        setup = self._setup
        found = self._earlier(row["parts"])
        labels = {
            name: None if each is None else tuple(each) for name, each in zip(row["names"], row["labels"], strict=True)
        }
        to_do = [name for name in row["names"] if name not in found]
        for result in self._looked((name, labels[name]) for name in to_do):
            found[result.relative] = result
        results = [found[name] for name in row["names"]]
        data = encoded(results, setup.decision.threshold, setup.model)
        part = part_prefix(row["start"], setup.key) + hashlib.sha256(data).hexdigest()[:16] + ".parquet"
        if part not in row["parts"]:
            setup.out.write(f"{PARTS_FOLDER}/{part}", data)
        failed = sum(result.error is not None for result in results)
        device = self._localizer.device.sentence
        return Receipt(row["start"], part, len(results), failed, len(to_do), device, os.getpid())

    def _earlier(self, parts: Iterable[str]) -> dict[str, PhotoResult]:
        """Results of earlier runs, by photo, without failures; a part that is damaged or gone is passed over."""
        found = {}
        for part in parts:
            with contextlib.suppress(OSError, LabelFileError):
                results = decoded(self._setup.out.read(f"{PARTS_FOLDER}/{part}"), part)
                found.update({result.relative: result for result in results if result.error is None})
        return found

    def _looked(self, labelled: Iterable[tuple[str, tuple[str, ...] | None]]) -> Iterator[PhotoResult]:
        setup, manifest = self._setup, self._localizer.model.manifest

        def fetched(task: Task) -> SizedPhoto:
            return decode_for(manifest, setup.photos.read_photo(task.relative), name=task.relative)

        root = setup.folder or Path()
        tasks = (Task(root / name, name, labels) for name, labels in labelled)
        decode = fetched if setup.folder is None else None
        with closing(propose(tasks, self._localizer, setup.decision, decode=decode)) as done:
            for each in done:
                yield PhotoResult.of_done(each)
