"""The results of one journal or several as photos for the label writers: read from the disk as they are asked for."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from engine.dataset.records import LabelledPhoto, LabelSet
from engine.errors import LabelFileError
from engine.prelabel.journal import JournalFile
from engine.prelabel.results import PhotoResult


class Spool(Sequence[LabelledPhoto]):
    """The photos that did not fail, in a given order; a few bytes a photo are held in memory."""

    def __init__(self, journals: Sequence[JournalFile], names: Iterable[str]) -> None:
        """
        Args:
            journals: no photo stands in two of them.
            names: relative paths in the order wanted; those in no journal are passed over.
        """
        self._journals = journals
        places = {name: number for number, journal in enumerate(journals) for name in journal.places}
        self._all = [(places[name], name) for name in names if name in places]
        self._fit = [(number, name) for number, name in self._all if name not in journals[number].failed]

    def results(self) -> Iterator[PhotoResult]:
        """All results, failures too, in the order wanted."""
        return self._read(self._all)

    def label_set(self) -> LabelSet:
        """The photos with the classes that they use, sorted; the classes are collected by going through them once."""
        names = {label for photo in self for label in photo.labels}
        return LabelSet(tuple(sorted(names)), self)

    def __len__(self) -> int:
        return len(self._fit)

    def __iter__(self) -> Iterator[LabelledPhoto]:
        return (result.labelled() for result in self._read(self._fit))

    @overload
    def __getitem__(self, place: int) -> LabelledPhoto: ...
    @overload
    def __getitem__(self, place: slice) -> list[LabelledPhoto]: ...
    def __getitem__(self, place: int | slice) -> LabelledPhoto | list[LabelledPhoto]:
        if isinstance(place, slice):
            return [result.labelled() for result in self._read(self._fit[place])]
        return next(self._read([self._fit[place]])).labelled()

    def _read(self, rows: list[tuple[int, str]]) -> Iterator[PhotoResult]:
        with contextlib.ExitStack() as stack:
            try:
                files = [stack.enter_context(journal.path.open("rb")) for journal in self._journals]
                for number, name in rows:
                    files[number].seek(self._journals[number].places[name])
                    yield PhotoResult.from_fields(json.loads(files[number].readline()))
            except OSError as error:
                raise LabelFileError(f"The journal cannot be read: {error.strerror}.") from error
            except (TypeError, ValueError) as error:  # it was sound when it was opened
                raise LabelFileError("The journal is damaged; start anew with --overwrite.") from error
