"""What a disk may hold after a power cut, worked out from the traced calls of a process.

The model is stricter than most file systems: what was written to a file is sure only after an `fsync` of that file, and
a name (made, renamed, removed) only after one of its folder. What is not sure yet is there in full, in part (single
sectors of 512 bytes, in any order, the file shorter or filled up with zeros) or not at all. Changes of names within one
folder keep their order, as they do on file systems with a journal. Bytes outside what is written are not harmed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR_BYTES = 512
TRACED_CALLS = (
    "openat,close,write,pwrite64,writev,pwritev,pwritev2,lseek,fsync,fdatasync,sync,ftruncate,truncate,rename,renameat,"
    "renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,sendfile,copy_file_range,dup,dup2,dup3,fcntl,"
    "clone,clone3,fork,vfork"
)
_CALL = re.compile(r"^(\d+) +(\w+)\((.*)\) += (-?\d+)")
_UNFINISHED, _RESUMED = (
    re.compile(r"^(\d+) +(.*) <unfinished \.\.\.>$"),
    re.compile(r"^(\d+) +<\.\.\. \w+ resumed>(.*)$"),
)
_TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')


@dataclass(eq=False)
class Content:
    """A file's bytes: as a reader sees them, and the changes that are not sure yet on top of those that are."""

    seen: bytearray = field(default_factory=bytearray)
    sure: bytes = b""
    waiting: list[tuple[int, bytes | None]] = field(default_factory=list)
    """(offset, bytes) of a write, (size, None) of a cut or growth."""

    def change(self, place: int, data: bytes | None) -> None:
        _apply(self.seen, place, data)
        self.waiting.append((place, data))

    def settle(self) -> None:
        self.sure = bytes(self.seen)
        self.waiting.clear()

    def after_cut(self, draw: random.Random) -> bytes:
        left = bytearray(self.sure)
        way = draw.choice(("all", "none", "first ones", "any sectors", "zeros"))
        count = {"all": len(self.waiting), "none": 0}.get(way, draw.randint(0, len(self.waiting)))
        for place, data in self.waiting if way == "any sectors" else self.waiting[:count]:
            if way != "any sectors" or data is None:
                if way != "any sectors" or draw.random() < 0.5:
                    _apply(left, place, data)
                continue
            for start in _sectors(place, len(data)):
                if draw.random() < 0.5:
                    _apply(left, max(start, place), data[max(start - place, 0) : start - place + SECTOR_BYTES])
        if way == "zeros" and len(self.seen) > len(left):
            left.extend(bytes(len(self.seen) - len(left)))
        return bytes(left)


def _sectors(place: int, length: int) -> range:
    return range(place - place % SECTOR_BYTES, place + length, SECTOR_BYTES)


def _apply(data: bytearray, place: int, new: bytes | None) -> None:
    if len(data) < place:
        data.extend(bytes(place - len(data)))
    if new is None:
        del data[place:]
    else:
        data[place : place + len(new)] = new


Entries = dict[str, "Content | Folder"]


@dataclass(eq=False)
class Folder:
    """A folder's names: as a reader sees them, and those that are sure, with the changes that wait in their order."""

    seen: Entries = field(default_factory=dict)
    sure: Entries = field(default_factory=dict)
    waiting: list[dict[str, Content | Folder | None]] = field(default_factory=list)
    """Each change: name to what it now means, None where it is gone."""

    def change(self, names: dict[str, Content | Folder | None]) -> None:
        _rename(self.seen, names)
        self.waiting.append(names)

    def settle(self) -> None:
        self.sure = dict(self.seen)
        self.waiting.clear()

    def after_cut(self, draw: random.Random) -> Entries:
        left = dict(self.sure)
        count = draw.choice((0, len(self.waiting), draw.randint(0, len(self.waiting))))
        for names in self.waiting[:count]:
            _rename(left, names)
        return left


def _rename(entries: Entries, names: dict[str, Content | Folder | None]) -> None:
    for name, meaning in names.items():
        if meaning is None:
            entries.pop(name, None)
        else:
            entries[name] = meaning


class Disk:
    """A folder as it stands on a disk, changed by the calls of a trace.

    before: a copy of the folder as it was when the trace began.
    root: the folder's own path, as the trace names it.
    told: the file into which the traced process wrote what it told as saved.
    """

    def __init__(self, before: Path, root: Path, told: Path) -> None:
        self.told: list[str] = []
        self._root, self._told = root, told
        self._tree = _read(before)
        self._open: dict[int, tuple[str, Content | Folder | None, int]] = {}

    def play(self, trace: Path) -> Iterator[None]:
        """Goes through the calls of a trace, and stops after each that changed something."""
        for name, words, answer in _calls(trace):
            if answer >= 0 and self._step(name, words, answer):
                yield

    def cut(self, folder: Path, draw: random.Random) -> None:
        """Writes what may be left into an empty folder."""
        _write(self._tree, folder, draw, {})

    def _step(self, name: str, words: list[str | bytes], answer: int) -> bool:
        if name in ("openat", "close", "dup", "dup2", "dup3", "fcntl", "lseek"):
            return self._hold(name, words, answer)
        if name in ("write", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range"):
            return self._wrote(name, words, answer)
        if name in ("fsync", "fdatasync", "ftruncate"):
            held = self._open.get(_number(words[0]))
            if held is None or held[1] is None:
                return False
            if name != "ftruncate":
                held[1].settle()
            elif isinstance(held[1], Content):
                held[1].change(_number(words[1]), None)
            return True
        if name == "sync":
            _settle_all(self._tree)
            return True
        return self._named(name, words)

    def _hold(self, name: str, words: list[str | bytes], answer: int) -> bool:
        if name == "close":
            self._open.pop(_number(words[0]), None)
        elif name == "lseek" and _number(words[0]) in self._open:
            path, meaning, _ = self._open[_number(words[0])]
            self._open[_number(words[0])] = path, meaning, answer
        elif name.startswith("dup") or (name == "fcntl" and "F_DUPFD" in str(words[1])):
            if _number(words[0]) in self._open:
                self._open[answer] = self._open[_number(words[0])]
        elif name == "openat":
            return self._opened(self._path(words[0], words[1]), str(words[2]), answer)
        return False

    def _opened(self, path: str, flags: str, handle: int) -> bool:
        self._open.pop(handle, None)
        if path == str(self._told):
            self._open[handle] = path, None, 0
            return False
        meaning, changed = self._find(path), False
        if meaning is None and self._is_inside(path) and "O_CREAT" in flags:
            meaning, changed = Content(), True
            self._folder_of(path).change({Path(path).name: meaning})
        if meaning is not None:
            if "O_TRUNC" in flags and isinstance(meaning, Content) and meaning.seen:
                meaning.change(0, None)
                changed = True
            self._open[handle] = path, meaning, len(meaning.seen) if "O_APPEND" in flags else 0
        else:
            self._open[handle] = path, None, 0
        return changed

    def _wrote(self, name: str, words: list[str | bytes], answer: int) -> bool:
        copied = name in ("sendfile", "copy_file_range")
        into = _number(words[2 if name == "copy_file_range" else 0])
        if into not in self._open:
            return False
        path, meaning, place = self._open[into]
        data = b"".join(word for word in words if isinstance(word, bytes))[:answer]
        if path == str(self._told):
            self.told += data.decode().splitlines()
            return True
        if not isinstance(meaning, Content):
            return False
        if copied:
            source = self._open[_number(words[1 if name == "sendfile" else 0])]
            assert isinstance(source[1], Content), "copied from outside the folder"
            start = place  # both go on where they stand, and a copy is read as it is written
            data = bytes(source[1].seen[start : start + answer])
        if name in ("pwrite64", "pwritev", "pwritev2"):
            meaning.change(_number(words[-1]), data)
        else:
            meaning.change(place, data)
            self._open[into] = path, meaning, place + answer
        return True

    def _named(self, name: str, words: list[str | bytes]) -> bool:
        at = name.endswith(("at", "at2"))
        first = self._path(words[0], words[1]) if at else self._path("AT_FDCWD", words[0])
        if name in ("rename", "renameat", "renameat2", "link", "linkat"):
            second = self._path(words[2], words[3]) if at else self._path("AT_FDCWD", words[1])
            if not self._is_inside(first) or not self._is_inside(second):
                assert not self._is_inside(second), f"{first} came from outside the folder"
                return False
            meaning, source, target = self._find(first), self._folder_of(first), self._folder_of(second)
            if name.startswith("link"):
                target.change({Path(second).name: meaning})
            else:
                assert source is target, f"{first} went to another folder"
                target.change({Path(first).name: None, Path(second).name: meaning})
            return True
        if not self._is_inside(first):
            return False
        self._folder_of(first).change({Path(first).name: Folder() if name.startswith("mkdir") else None})
        return True

    def _path(self, at: str | bytes, name: str | bytes) -> str:
        text = name.decode(errors="surrogateescape") if isinstance(name, bytes) else str(name)
        if text.startswith("/") or str(at).startswith("AT_FDCWD"):
            return text
        held = self._open.get(_number(at))
        return f"{held[0]}/{text}" if held is not None else text

    def _is_inside(self, path: str) -> bool:
        return path.startswith(f"{self._root}/")

    def _find(self, path: str) -> Content | Folder | None:
        if path.rstrip("/") == str(self._root):
            return self._tree
        if not self._is_inside(path):
            return None
        meaning: Content | Folder | None = self._tree
        for part in Path(path).relative_to(self._root).parts:
            meaning = meaning.seen.get(part) if isinstance(meaning, Folder) else None
        return meaning

    def _folder_of(self, path: str) -> Folder:
        found = self._find(str(Path(path).parent))
        assert isinstance(found, Folder), path
        return found


def _read(place: Path) -> Folder:
    entries: Entries = {}
    for entry in place.iterdir():
        if entry.is_dir():
            entries[entry.name] = _read(entry)
        else:
            data = entry.read_bytes()
            entries[entry.name] = Content(bytearray(data), data)
    return Folder(dict(entries), entries)


def _write(tree: Folder, place: Path, draw: random.Random, drawn: dict[Content, bytes]) -> None:
    for name, meaning in tree.after_cut(draw).items():
        if isinstance(meaning, Folder):
            (place / name).mkdir()
            _write(meaning, place / name, draw, drawn)
        else:
            if meaning not in drawn:  # a file with two names is one file
                drawn[meaning] = meaning.after_cut(draw)
            (place / name).write_bytes(drawn[meaning])


def _settle_all(tree: Folder) -> None:
    tree.settle()
    for meaning in tree.seen.values():
        if isinstance(meaning, Folder):
            _settle_all(meaning)
        else:
            meaning.settle()


def _number(word: str | bytes) -> int:
    return int(str(word).split("<")[0])


def _calls(trace: Path) -> Iterator[tuple[str, list[str | bytes], int]]:
    """Every call of a trace: its name, what it was given (texts as bytes), and what it answered."""
    begun: dict[str, str] = {}
    others: set[str] = set()
    with trace.open(encoding="ascii") as lines:
        for line in lines:
            if (unfinished := _UNFINISHED.match(line)) is not None:
                begun[unfinished[1]] = unfinished[2]
                continue
            if (resumed := _RESUMED.match(line)) is not None:
                line = f"{resumed[1]} {begun.pop(resumed[1])}{resumed[2]}"
            if (call := _CALL.match(line)) is None or call[1] in others:
                continue
            if call[2] in ("clone", "clone3", "fork", "vfork"):
                if "CLONE_FILES" not in call[3]:  # a process of its own and no thread: not the work that is looked at
                    others.add(call[4])
            else:
                yield call[2], list(_words(call[3])), int(call[4])


def _words(text: str) -> Iterator[str | bytes]:
    place = 0
    for found in _TEXT.finditer(text):
        yield from (word for word in _plain(text[place : found.start()]))
        yield bytes.fromhex(found[1].replace("\\x", ""))
        place = found.end()
    yield from _plain(text[place:])


def _plain(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]
