"""Arrays as few bytes as they go without loss: the first bytes of all numbers together, then all second ones, each
compressed on its own. Numbers of a map have alike first bytes and last bytes like noise; mixed, neither gets smaller.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEVEL = 6
_LENGTH_BYTES = 4
_KINDS = ("uint8", "uint16", "float16", "float32")
_LARGEST_BYTES = 64_000_000


def pack(arrays: Mapping[str, NDArray[np.generic]]) -> bytes:
    """Named arrays of uint8, uint16, float16 or float32 as bytes; `unpack` answers the very same."""
    kinds = sorted({array.dtype.name for array in arrays.values()})
    entries = {kind: [(name, array) for name, array in arrays.items() if array.dtype.name == kind] for kind in kinds}
    header = {kind: [[name, list(array.shape)] for name, array in entries[kind]] for kind in kinds}
    blocks = [json.dumps(header, separators=(",", ":")).encode()]
    for kind in kinds:
        numbers = np.concatenate([array.ravel() for _, array in entries[kind]]).astype(np.dtype(kind).newbyteorder("<"))
        blocks += [plane.tobytes() for plane in numbers.view(np.uint8).reshape(-1, numbers.itemsize).T]
    return b"".join(_framed(zlib.compress(block, _LEVEL)) for block in blocks)


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """What `pack` was given.

    Raises:
        ValueError: the bytes are damaged, or say that they hold more than 64 MB.
    """
    header, place = _block(data, 0, _LARGEST_BYTES)
    arrays: dict[str, NDArray[Any]] = {}
    try:
        for kind, entries in json.loads(header).items():
            if kind not in _KINDS:
                raise ValueError("a kind of number that is not kept")
            sizes = [math.prod(shape) for _, shape in entries]
            planes = []
            for _ in range(np.dtype(kind).itemsize):
                plane, place = _block(data, place, sum(sizes))
                planes.append(np.frombuffer(plane, np.uint8))
            together = np.stack(planes, axis=1)
            if len(together) != sum(sizes):
                raise ValueError("fewer numbers than named")
            numbers = together.reshape(-1).view(np.dtype(kind).newbyteorder("<")).astype(kind)
            ends = np.cumsum(sizes)
            for (name, shape), size, end in zip(entries, sizes, ends, strict=True):
                arrays[name] = numbers[end - size : end].reshape(shape)
    except (AttributeError, TypeError, OverflowError, RecursionError) as error:
        raise ValueError("damaged") from error
    return arrays


def _framed(block: bytes) -> bytes:
    return len(block).to_bytes(_LENGTH_BYTES, "little") + block


def _block(data: bytes, place: int, most_bytes: int) -> tuple[bytes, int]:
    """The block that starts at `place`, and where the next one does."""
    start = place + _LENGTH_BYTES
    end = start + int.from_bytes(data[place:start], "little")
    if not 0 <= most_bytes <= _LARGEST_BYTES or end > len(data) or end == start:
        raise ValueError("cut off")
    stream = zlib.decompressobj()
    try:
        block = stream.decompress(data[start:end], most_bytes + 1)
    except zlib.error as error:
        raise ValueError("damaged") from error
    if len(block) > most_bytes or not stream.eof:
        raise ValueError("another length than named")
    return block, end
