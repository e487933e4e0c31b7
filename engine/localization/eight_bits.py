"""Whether ONNX Runtime multiplies 8-bit numbers without overflow on this processor.

On x86 processors older than VNNI the quick product adds two products in 16 bits and cuts the sum off at 32,767. ONNX
Runtime can be asked for a slower, exact one, but takes that on newer processors too, which do not need it; so it is
found out by multiplying some.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime

_LENGTH, _WIDTH = 64, 8
_UINT8, _INT8, _INT32 = 2, 3, 6  # as ONNX numbers the types of tensors


@cache
def overflows_in_eight_bits() -> bool:
    """True where the quick product of ONNX Runtime's CPU provider is wrong for large numbers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(_product(), options, providers=["CPUExecutionProvider"])
    largest = {"a": np.full((1, _LENGTH), 255, np.uint8), "b": np.full((_LENGTH, _WIDTH), 127, np.int8)}
    found = np.asarray(session.run(None, largest)[0])
    return not bool((found == 255 * 127 * _LENGTH).all())


def _product() -> bytes:
    """A network that is one product of whole numbers, in ONNX's encoding (the fields are those of onnx.proto)."""
    node = _text(1, "a") + _text(1, "b") + _text(2, "y") + _text(4, "MatMulInteger")
    graph = _part(1, node) + _text(2, "product")
    graph += _part(11, _tensor("a", _UINT8, (1, _LENGTH))) + _part(11, _tensor("b", _INT8, (_LENGTH, _WIDTH)))
    graph += _part(12, _tensor("y", _INT32, (1, _WIDTH)))
    return _number(1, 8) + _part(7, graph) + _part(8, _number(2, 13))


def _tensor(name: str, kind: int, shape: tuple[int, int]) -> bytes:
    sizes = b"".join(_part(1, _number(1, length)) for length in shape)
    return _text(1, name) + _part(2, _part(1, _number(1, kind) + _part(2, sizes)))


def _number(field: int, value: int) -> bytes:
    return bytes([field << 3, value])  # every number here is below 128


def _text(field: int, value: str) -> bytes:
    return _part(field, value.encode())


def _part(field: int, content: bytes) -> bytes:
    length = len(content)
    size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
    return bytes([field << 3 | 2]) + size + content
