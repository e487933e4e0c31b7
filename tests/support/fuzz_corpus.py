"""The kept inputs of the fuzzers: each broke a reader once, or is a trick that readers are known to fall for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


@dataclass(frozen=True)
class Case:
    """An input of a reader; name says what it is."""

    reader: str
    name: str
    data: bytes


def cases(reader: str) -> list[Case]:
    """All kept inputs of a reader, by name."""
    folder = CORPUS / reader
    if not folder.is_dir():
        return []
    return [Case(reader, path.name, path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
