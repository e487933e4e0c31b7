"""The names of a run's photos, in memory once and packed: some ten bytes each, whatever their number."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from itertools import islice

_TOGETHER = 2000
_QUICK = 1
_BETWEEN = "\0"
"""No file's name holds it."""


class Names:
    """Names in the order in which they were given, to be gone through any number of times."""

    def __init__(self, names: Iterable[str]) -> None:
        self._packed: list[bytes] = []
        self._count = 0
        left = iter(names)
        while some := list(islice(left, _TOGETHER)):
            self._count += len(some)
            self._packed.append(zlib.compress(_BETWEEN.join(some).encode(), _QUICK))

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        for packed in self._packed:
            yield from zlib.decompress(packed).decode().split(_BETWEEN)
