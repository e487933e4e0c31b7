"""A run's committed parts as photos for the label writers: one part after another, never all in memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import overload

from engine.cluster.parts import decoded
from engine.cluster.plan import PARTS_FOLDER, Block
from engine.cluster.store import Store
from engine.dataset.records import LabelledPhoto, LabelSet
from engine.errors import LabelFileError
from engine.prelabel.results import PhotoResult


class PartResults(Sequence[LabelledPhoto]):
    """The photos that did not fail, in scan order; one part at a time is in memory."""

    def __init__(self, out: Store, blocks: Sequence[Block]) -> None:
        self._out = out
        self._blocks = blocks

    def results(self) -> Iterator[PhotoResult]:
        """All results, failures too.

        Raises:
            LabelFileError: a part is gone or damaged.
        """
        for block in self._blocks:
            name = f"{PARTS_FOLDER}/{block.part}"
            try:
                data = self._out.read(name)
            except OSError as error:
                raise LabelFileError(
                    f"{self._out.place}/{name} cannot be read: --out must be a place that this machine and every "
                    "worker share; run again."
                ) from error
            yield from decoded(data, name)

    def label_set(self) -> LabelSet:
        """The photos with the classes that they use, sorted; the classes are collected by going through them once."""
        names = {label for photo in self for label in photo.labels}
        return LabelSet(tuple(sorted(names)), self)

    def __len__(self) -> int:
        return sum(block.photos - block.failed for block in self._blocks)

    def __iter__(self) -> Iterator[LabelledPhoto]:
        return (result.labelled() for result in self.results() if result.error is None)

    @overload
    def __getitem__(self, place: int) -> LabelledPhoto: ...
    @overload
    def __getitem__(self, place: slice) -> list[LabelledPhoto]: ...
    def __getitem__(self, place: int | slice) -> LabelledPhoto | list[LabelledPhoto]:
        wanted = range(len(self))[place]
        if isinstance(wanted, int):
            return next(itertools.islice(self, wanted, None))
        return [next(itertools.islice(self, each, None)) for each in wanted]
