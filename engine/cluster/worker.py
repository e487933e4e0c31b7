"""What runs on a worker: the model, loaded once, and blocks of photos one after another.

Ray is not needed here: a block's order comes in and its receipt goes out as a row of plain values.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import cv2
import pyarrow as pa

from engine.cluster.parts import decoded, encoded
from engine.cluster.plan import PARTS_FOLDER, Planned, part_prefix
from engine.cluster.refusals import StoreBusyError
from engine.cluster.store import Store
from engine.cluster.tries import Tries
from engine.errors import LabelFileError, MoltboxError
from engine.images import OnSize, SizedPhoto
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import DeviceChoice
from engine.prelabel.deciding import Decision, decode_for
from engine.prelabel.labels import LabelSource
from engine.prelabel.pipeline import Task, propose
from engine.prelabel.results import PhotoResult

_KEPT_EVERY = 16
_BLOCK_TRIES = 3

_Answer = TypeVar("_Answer")

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
    """What became of a block; `looked` counts the photos that were not done before.

    device: what the worker ran on. note: why it is not what was asked for, else "". on_gpu: whether it was a GPU.
    error: the sentence that says why the block could not be done, else ""; Ray would put pages of its own around it.
    """

    start: str
    part: str
    photos: int
    failed: int
    looked: int
    device: str
    note: str
    on_gpu: bool
    process: int
    error: str = ""

    @classmethod
    def of_failure(cls, start: str, error: str) -> Receipt:
        return cls(start, "", 0, 0, 0, "", "", on_gpu=False, process=os.getpid(), error=error)


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
        return pa.Table.from_pylist([asdict(self._look_or_tell(row)) for row in orders.to_pylist()])

    def look(self, row: dict[str, Any]) -> Receipt:
        """Brings a block's part up to date: looks at the photos that no earlier part has, or that failed there.

        A photo at which workers end time after time is written down as failed. A block that a store holds up, after
        all patience with it, is tried again some times; photos that were looked at are not looked at again for that.

        Raises:
            LabelFileError: the part cannot be written, or (`StoreBusyError`) a store refused time after time.
        """
        name = part_prefix(row["start"], self._setup.key).rstrip("-")
        tries = _several_times(lambda: Tries.begin(self._setup.out, name))
        found: dict[str, PhotoResult] = {}
        try:
            receipt = _several_times(lambda: self._receipt(row, tries, found))
        except LabelFileError:
            tries.leave()
            raise
        tries.done()
        return receipt

    def _look_or_tell(self, row: dict[str, Any]) -> Receipt:
        try:
            return self.look(row)
        except MoltboxError as error:
            return Receipt.of_failure(row["start"], str(error))

    def _receipt(self, row: dict[str, Any], tries: Tries, found: dict[str, PhotoResult]) -> Receipt:
        """One try at a block; `found` takes what was looked at, and has it from the try before."""
        names, prefix = row["names"], part_prefix(row["start"], self._setup.key)
        labels = {name: None if each is None else tuple(each) for name, each in zip(names, row["labels"], strict=True)}
        parts = list(row["parts"])
        if tries.again:  # whoever had the block before may have kept some of it
            parts = [*parts, *(name for name in self._there() if name.startswith(prefix) and name not in parts)]
        earlier = self._earlier(parts)
        to_do = [name for name in names if name not in earlier]
        left = [name for name in to_do if name not in found or found[name].error is not None]
        if tries.again:
            self._look_carefully(left, labels, found, tries, prefix)
        else:
            for result in self._looked((name, labels[name]) for name in left):
                found[result.relative] = result
        results = [earlier[name] if name in earlier else found[name] for name in names]
        part = self._keep(results, prefix, parts)
        failed = sum(result.error is not None for result in results)
        device = self._localizer.device
        on_gpu = device.running != "CPU"
        return Receipt(
            row["start"], part, len(results), failed, len(to_do), device.sentence, device.note, on_gpu, os.getpid()
        )

    def _look_carefully(
        self,
        to_do: Sequence[str],
        labels: Mapping[str, tuple[str, ...] | None],
        found: dict[str, PhotoResult],
        tries: Tries,
        prefix: str,
    ) -> None:
        """Looks at one photo at a time, in a block in which a worker has ended; what is done is kept every so often."""
        for number, name in enumerate(to_do, start=1):
            given_up = tries.look_at(name)
            if given_up is None:
                (found[name],) = self._looked([(name, labels[name])])
            else:
                found[name] = PhotoResult.failed(name, given_up)
            if number % _KEPT_EVERY == 0:
                self._keep([found[each] for each in to_do[:number]], prefix, ())

    def _keep(self, results: Sequence[PhotoResult], prefix: str, there: Collection[str]) -> str:
        """Writes results as a part, if it is not there, and answers its name.

        Raises:
            LabelFileError: it cannot be written.
        """
        setup = self._setup
        data = encoded(results, setup.decision.threshold, setup.model)
        part = prefix + hashlib.sha256(data).hexdigest()[:16] + ".parquet"
        if part not in there:
            setup.out.write(f"{PARTS_FOLDER}/{part}", data)
        return part

    def _there(self) -> list[str]:
        with contextlib.suppress(LabelFileError):
            return sorted(self._setup.out.below(PARTS_FOLDER))
        return []

    def _earlier(self, parts: Iterable[str]) -> dict[str, PhotoResult]:
        """Results of earlier runs, by photo, without failures; a part that is damaged or gone is passed over."""
        found = {}
        for part in parts:
            with contextlib.suppress(OSError, LabelFileError):
                results = decoded(self._setup.out.read(f"{PARTS_FOLDER}/{part}"), part)
                found.update({result.relative: result for result in results if result.error is None})
        return found

    def _looked(self, labelled: Iterable[tuple[str, tuple[str, ...] | None]]) -> Iterator[PhotoResult]:
        """
        Raises:
            StoreBusyError: the place of the photos refuses; no photo is to blame.
        """
        setup, manifest = self._setup, self._localizer.model.manifest
        refused: list[StoreBusyError] = []

        def fetched(task: Task, on_size: OnSize) -> SizedPhoto:
            if refused:
                raise refused[0]
            try:
                data = setup.photos.read_photo(task.relative)
            except StoreBusyError as error:
                refused.append(error)  # the pipeline makes a failed photo of any error
                raise
            return decode_for(manifest, data, name=task.relative, on_size=on_size)

        root = setup.folder or Path()
        tasks = (Task(root / name, name, labels) for name, labels in labelled)
        decode = fetched if setup.folder is None else None
        with closing(propose(tasks, self._localizer, setup.decision, decode=decode)) as done:
            for each in done:
                if refused and each.outcome is None:
                    raise refused[0]
                yield PhotoResult.of_done(each)


def _several_times(act: Callable[[], _Answer]) -> _Answer:
    """Does what a store may hold up.

    Raises:
        StoreBusyError: it did each time.
    """
    for _ in range(_BLOCK_TRIES - 1):
        with contextlib.suppress(StoreBusyError):
            return act()
    return act()
