"""Looks through a network's bytes before anything opens it: what it may hold, and what is refused.

An ONNX file can name other files that its weights lie in, operators that only foreign code knows, and tensors far
larger than the file. A model file needs none of these, so a network with one of them is not opened. The file's own
structure (protobuf) is walked here; weights are stepped over, so this takes milliseconds however large they are.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from engine.errors import ModelFileError

_STANDARD_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_MOST_NESTED = 16
_ELEMENTS_A_BYTE = 8  # no element type is smaller than this tells
_VARINT, _EIGHT_BYTES, _LENGTH, _FOUR_BYTES = 0, 1, 2, 5

# Numbers of the fields in onnx.proto.
_MODEL_GRAPH, _MODEL_TRAINING, _MODEL_FUNCTION = 7, 20, 25
_TRAINING_GRAPHS = (1, 2)
_FUNCTION_NODE, _FUNCTION_DOMAIN = 7, 10
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_ATTRIBUTE, _NODE_DOMAIN = 5, 7
_ATTRIBUTE_TENSORS, _ATTRIBUTE_GRAPHS, _ATTRIBUTE_SPARSE = (5, 10), (6, 11), (22, 23)
_TENSOR_DIMS, _TENSOR_ELSEWHERE, _TENSOR_LOCATION = 1, 13, 14


def check_network(name: str, onnx: bytes) -> None:
    """Refuses a network that reaches out of its file or is no network.

    Raises:
        ModelFileError: its weights lie in other files, an operator is not one of ONNX's own, a tensor says to be larger
            than its data, or the bytes are no ONNX.
    """
    try:
        _Guard(name).model(memoryview(onnx))
    except (IndexError, ValueError, UnicodeDecodeError) as error:
        raise _refused(name, "cannot be loaded as a network") from error


class _Guard:
    def __init__(self, name: str) -> None:
        self._name = name
        self._domains = set(_STANDARD_DOMAINS)

    def model(self, data: memoryview) -> None:
        parts = list(_fields(data))
        functions = [body for field, body in parts if field == _MODEL_FUNCTION]
        for function in functions:
            self._domains.update(
                _text(body) for field, body in _fields(_message(function)) if field == _FUNCTION_DOMAIN
            )
        for function in functions:
            for field, body in _fields(_message(function)):
                if field == _FUNCTION_NODE:
                    self._node(_message(body), 0)
        for field, body in parts:
            if field == _MODEL_GRAPH:
                self._graph(_message(body), 0)
            elif field == _MODEL_TRAINING:
                for inner, graph in _fields(_message(body)):
                    if inner in _TRAINING_GRAPHS:
                        self._graph(_message(graph), 0)

    def _graph(self, data: memoryview, depth: int) -> None:
        if depth > _MOST_NESTED:
            raise _refused(self._name, f"nests its graphs more than {_MOST_NESTED} deep")
        for field, body in _fields(data):
            if field == _GRAPH_NODE:
                self._node(_message(body), depth)
            elif field == _GRAPH_TENSOR:
                self._tensor(_message(body))
            elif field == _GRAPH_SPARSE:
                raise _refused(self._name, "has sparse tensors, which model files have no use for")

    def _node(self, data: memoryview, depth: int) -> None:
        for field, body in _fields(data):
            if field == _NODE_DOMAIN and _text(body) not in self._domains:
                raise _refused(self._name, f"uses operators of {_text(body)[:60]!r}; expected ONNX's own")
            if field == _NODE_ATTRIBUTE:
                self._attribute(_message(body), depth)

    def _attribute(self, data: memoryview, depth: int) -> None:
        for field, body in _fields(data):
            if field in _ATTRIBUTE_TENSORS:
                self._tensor(_message(body))
            elif field in _ATTRIBUTE_GRAPHS:
                self._graph(_message(body), depth + 1)
            elif field in _ATTRIBUTE_SPARSE:
                raise _refused(self._name, "has sparse tensors, which model files have no use for")

    def _tensor(self, data: memoryview) -> None:
        dims: list[int] = []
        for field, body in _fields(data):
            if field == _TENSOR_ELSEWHERE or (field == _TENSOR_LOCATION and body != 0):
                raise _refused(self._name, "keeps weights in another file; expected all of them inside")
            if field == _TENSOR_DIMS:
                dims.extend([body] if isinstance(body, int) else _numbers(body))
        if math.prod(dims) > _ELEMENTS_A_BYTE * len(data):
            raise _refused(self._name, "has a tensor that says to be larger than its data")


def _refused(name: str, why: str) -> ModelFileError:
    part = f"networks/{name}.onnx"
    return ModelFileError(f"the part {part} {why}.", field=part)


def _fields(data: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """The fields of a protobuf message: their number, and a whole number or the bytes."""
    place = 0
    while place < len(data):
        key, place = _whole(data, place)
        field, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _whole(data, place)
            yield field, value
            continue
        if kind == _LENGTH:
            size, place = _whole(data, place)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError("no protobuf")
        if size > len(data) - place:
            raise ValueError("no protobuf")
        yield field, data[place : place + size]
        place += size


def _whole(data: memoryview, place: int) -> tuple[int, int]:
    """A whole number of at most ten bytes, seven bits in each, and the place after it."""
    value = 0
    for shift in range(0, 70, 7):
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError("no protobuf")


def _numbers(data: memoryview) -> Iterator[int]:
    place = 0
    while place < len(data):
        value, place = _whole(data, place)
        yield value


def _message(body: int | memoryview) -> memoryview:
    if isinstance(body, int):
        raise ValueError("no message")
    return body


def _text(body: int | memoryview) -> str:
    return bytes(_message(body)).decode("utf-8")
