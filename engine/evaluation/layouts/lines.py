"""Long text files of labels, read line by line, or by the first field of a line without keeping the file in memory."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from engine.errors import LabelFileError

_LONGEST_LINE = 1_000_000


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file that are not empty, with their numbers from 1.

    Raises:
        LabelFileError: the file is missing, cannot be read, or is not UTF-8.
    """
    for number, _, line in _raw_lines(path):
        text = _decoded(line, path, number).strip()
        if text:
            yield number, text


def fields(text: str, separator: str | None, count: int, *, source: str) -> list[str]:
    """Parts a line into exactly `count` fields.

    Raises:
        LabelFileError: it has more or fewer.
    """
    found = [part.strip() for part in text.split(separator)]
    if len(found) != count:
        raise LabelFileError(f"{source} has {len(found)} fields; expected {count}.")
    return found


class LineIndex:
    """Finds the lines of a file by their first field, in file order, whatever the order of the file.

    Only a mark and a place of 16 bytes a line stay in memory; lines are read from the file when they are asked for.
    """

    def __init__(self, path: Path, separator: str) -> None:
        """
        Args:
            separator: what ends the first field.

        Raises:
            LabelFileError: the file is missing, cannot be read, or is not UTF-8.
        """
        self._path = path
        self._separator = separator
        marks, places, numbers = [], [], []
        for number, place, line in _raw_lines(path):
            text = _decoded(line, path, number).strip()
            if text:
                marks.append(_mark(text.split(separator, 1)[0].strip()))
                places.append(place)
                numbers.append(number)
        order = np.argsort(np.array(marks, np.int64), kind="stable")
        self._marks = np.array(marks, np.int64)[order]  # (n,), sorted
        self._places = np.array(places, np.int64)[order]  # (n,), byte at which the line starts
        self._numbers = np.array(numbers, np.int64)[order]  # (n,), of the line, from 1

    def __len__(self) -> int:
        return len(self._marks)

    def find(self, key: str) -> list[tuple[int, str]]:
        """The lines (number, text) whose first field is `key`."""
        first, last = np.searchsorted(self._marks, [_mark(key), _mark(key) + 1])
        found = []
        if first < last:
            with self._path.open("rb") as file:
                for row in range(first, last):
                    file.seek(int(self._places[row]))
                    number = int(self._numbers[row])
                    text = _decoded(file.readline(_LONGEST_LINE), self._path, number).strip()
                    if text.split(self._separator, 1)[0].strip() == key:
                        found.append((number, text))
        return found

    def only(self, key: str) -> tuple[int, str]:
        """The one line of `key`.

        Raises:
            LabelFileError: there is none, or more than one.
        """
        found = self.find(key)
        if len(found) != 1:
            what = "no line" if not found else f"{len(found)} lines"
            raise LabelFileError(f"{self._path.name} has {what} for {key}; expected one.")
        return found[0]


def _raw_lines(path: Path) -> Iterator[tuple[int, int, bytes]]:
    try:
        with path.open("rb") as file:
            place = 0
            number = 0
            while line := file.readline(_LONGEST_LINE):
                number += 1
                if len(line) == _LONGEST_LINE:
                    raise LabelFileError(f"{path.name}, line {number} is longer than a line of labels can be.")
                yield number, place, line.removeprefix(b"\xef\xbb\xbf") if place == 0 else line
                place += len(line)
    except OSError as error:
        raise LabelFileError(f"{path} cannot be read: {error.strerror}.") from error


def _decoded(line: bytes, path: Path, number: int) -> str:
    try:
        return line.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        raise LabelFileError(f"{path.name}, line {number} is not UTF-8 text.") from error


def _mark(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode("utf-8"), digest_size=7).digest(), "big")
