"""Files by name below one place: a folder of this machine, or a place that fsspec or pyarrow can reach (s3://, gs://).

A store can be pickled; each process opens its own connection.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import fsspec
from fsspec.implementations.local import LocalFileSystem

from engine.cluster.refusals import PATIENCE_S, Refused, StoreBusyError, reason, told, tried
from engine.dataset.files import atomic_write
from engine.errors import LabelFileError, MoltboxError, PhotoError
from engine.images import PHOTO_SUFFIXES, natural_key

_LOCAL = "file://"
_DRIVE = re.compile("/[A-Za-z]:/")  # as Windows' paths have it in a URI
_KEYS = re.compile("//[^/@]*@")

_Answer = TypeVar("_Answer")


def is_uri(text: str) -> bool:
    """Whether a word of the command line names a place by its scheme, as s3://bucket/photos does."""
    return "://" in text


@dataclass(frozen=True, slots=True)
class Store:
    """A place with files below it; `uri` has a scheme.

    patience_s: for how long it is asked again where it refuses for a reason that may pass (`engine.cluster.refusals`).
    """

    uri: str
    patience_s: float = PATIENCE_S

    @classmethod
    def of(cls, place: str | Path) -> Store:
        """The store of a URI, or of a folder of this machine."""
        text = str(place)
        return cls(text.rstrip("/") if is_uri(text) else _local_uri(Path(text).resolve()))

    @property
    def name(self) -> str:
        """The last part of the place, as a folder's name."""
        return PurePosixPath(_opened(self.uri)[1]).name

    @property
    def place(self) -> str:
        """As a person reads it: a folder's path, or the URI without keys in it."""
        folder = self.folder
        return _without_keys(self.uri) if folder is None else str(folder)

    @property
    def folder(self) -> Path | None:
        """The place as a folder of this machine, where it is one."""
        filesystem, root = _opened(self.uri)
        return Path(root) if isinstance(filesystem, LocalFileSystem) else None

    def read(self, name: str) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: it is not there, or the place cannot be reached (`Refused` where that may pass).
        """
        filesystem, root = _opened(self.uri)
        return self._tried(lambda: filesystem.cat_file(f"{root}/{name}"))

    def read_if_there(self, name: str) -> bytes | None:
        """The bytes of a file; None where it is not there.

        Raises:
            LabelFileError: the place cannot be reached.
        """
        try:
            return self.read(name)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise told(error, f"{self.place}/{name} cannot be read") from error

    def read_photo(self, name: str) -> bytes:
        """The bytes of a photo.

        Raises:
            PhotoError: as for a file of this machine.
            StoreBusyError: the place does not even say now whether the photo is there: it is not this photo's fault.
        """
        own_name = PurePosixPath(name).name
        try:
            return self.read(name)
        except FileNotFoundError as error:
            raise PhotoError(f"{own_name} is no longer there.") from error
        except OSError as error:
            if isinstance(error, Refused):
                self._check_answers(name)
            raise PhotoError(f"{own_name} cannot be opened: {reason(error)}.") from error

    def write(self, name: str, data: bytes) -> None:
        """Writes a file whole or not at all: by renaming on a disk, as one object elsewhere.

        Raises:
            LabelFileError: the place cannot be written to.
        """
        filesystem, root = _opened(self.uri)
        folder = self.folder
        try:
            if folder is not None:
                self._tried(lambda: _write_file(folder / name, data))
            else:
                self._tried(lambda: filesystem.pipe_file(f"{root}/{name}", data))
        except OSError as error:
            raise told(error, f"{self.place}/{name} cannot be written") from error

    def upload(self, path: Path, name: str) -> None:
        """Copies a file of this machine here.

        Raises:
            LabelFileError: the place cannot be written to.
        """
        filesystem, root = _opened(self.uri)
        try:
            self._tried(lambda: filesystem.put_file(str(path), f"{root}/{name}"))
        except OSError as error:
            raise told(error, f"{self.place}/{name} cannot be written") from error

    def has(self, name: str) -> bool:
        """Whether there is a file of that name.

        Raises:
            LabelFileError: the place cannot be reached.
        """
        filesystem, root = _opened(self.uri)
        filesystem.invalidate_cache()
        try:
            self._tried(lambda: filesystem.info(f"{root}/{name}"))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._unreadable(error) from error
        return True

    def below(self, folder: str) -> set[str]:
        """The files directly in a folder of the store, by their own names; none where it is not there.

        Raises:
            LabelFileError: the place cannot be reached.
        """
        filesystem, root = _opened(self.uri)
        filesystem.invalidate_cache()
        try:
            found = self._tried(lambda: filesystem.ls(f"{root}/{folder}", detail=False))
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise self._unreadable(error) from error
        return {PurePosixPath(path).name for path in found}

    def remove(self, name: str) -> None:
        """Removes a file, if it is there.

        Raises:
            LabelFileError: the place does not let it go.
        """
        filesystem, root = _opened(self.uri)
        try:
            with contextlib.suppress(FileNotFoundError):
                self._tried(lambda: filesystem.rm_file(f"{root}/{name}"))
        except OSError as error:
            raise told(error, f"{self.place}/{name} cannot be removed") from error

    def _check_answers(self, name: str) -> None:
        """
        Raises:
            StoreBusyError: the place does not say whether there is a file of that name.
        """
        try:
            replace(self, patience_s=0.0).has(name)
        except StoreBusyError:
            raise
        except LabelFileError:
            return

    def _unreadable(self, error: OSError) -> LabelFileError:
        return told(error, f"{self.place} cannot be read")

    def _tried(self, act: Callable[[], _Answer]) -> _Answer:
        return tried(act, self.patience_s)

    def photos(self) -> Iterator[str]:
        """The photos below, by their names with forward slashes, in the order of a folder's scan; hidden ones left out.

        One folder at a time is in memory.

        Raises:
            PhotoError: the place cannot be reached, a folder in it cannot be listed, or it holds no photo.
        """
        waiting, some = [""], False
        while waiting:
            folder = waiting.pop()
            names: dict[bool, list[str]] = {True: [], False: []}
            for own_name, is_folder in self._listed(folder):
                if not own_name.startswith("."):
                    names[is_folder].append(own_name)
            for each in names.values():
                each.sort(key=lambda name: (natural_key(name), name))
            waiting.extend(f"{folder}{name}/" for name in reversed(names[True]))
            photos = [f"{folder}{name}" for name in names[False] if _suffix(name) in PHOTO_SUFFIXES]
            some = some or bool(photos)
            yield from photos
        if not some:
            raise PhotoError(f"{self.place} holds no photo that Moltbox can read (JPEG, PNG, WebP, TIFF, BMP, GIF).")

    def _listed(self, folder: str) -> Iterator[tuple[str, bool]]:
        """What stands directly in a folder ("" or with a slash at its end): own names, and whether it is a folder."""
        filesystem, root = _opened(self.uri)
        path = f"{root}/{folder}".rstrip("/")
        try:
            found = self._tried(lambda: filesystem.ls(path, detail=True))
        except FileNotFoundError as error:
            raise PhotoError(f"{self.place}/{folder}".rstrip("/") + " is not there, or empty.") from error
        except OSError as error:
            raise PhotoError(f"{self.place} cannot be read: {reason(error)}.") from error
        for each in found:
            name = str(each["name"]).rstrip("/")
            if name.lstrip("/") != path.lstrip("/"):  # an object store may list a folder in itself
                yield PurePosixPath(name).name, each["type"] == "directory"


def _write_file(path: Path, data: bytes) -> None:
    """`atomic_write`, in a folder that is made for it.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        atomic_write(path, data)
    except LabelFileError as error:
        raise error.__cause__ or error from None


def _local_uri(folder: Path) -> str:
    """A folder of this machine with a scheme, its letters as they are: `_opened` takes nothing in them for a code."""
    posix = folder.as_posix()
    return f"{_LOCAL}{posix}" if posix.startswith("/") else f"{_LOCAL}/{posix}"


def _without_keys(uri: str) -> str:
    return _KEYS.sub("//", uri)


def _suffix(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


@functools.lru_cache(maxsize=16)
def _opened(uri: str) -> tuple[Any, str]:
    """The filesystem of a URI and the path in it. fsspec's own where its package is installed, else pyarrow's.

    Raises:
        MoltboxError: the scheme is not known, or what it needs is not installed.
    """
    if uri.startswith(_LOCAL):
        path = uri.removeprefix(_LOCAL)
        return LocalFileSystem(), (path[1:] if _DRIVE.match(path) else path).rstrip("/")
    try:
        filesystem, root = fsspec.core.url_to_fs(uri)
    except (ImportError, ValueError) as error:
        filesystem, root = _by_pyarrow(uri, error)
    return filesystem, str(root).rstrip("/")


def _by_pyarrow(uri: str, why: Exception) -> tuple[Any, str]:
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    place = _without_keys(uri)
    try:
        filesystem, root = tried(lambda: FileSystem.from_uri(uri), PATIENCE_S)  # may ask for a bucket's region
    except Refused as error:
        raise told(error, f"{place} cannot be reached") from error
    except OSError as error:
        raise MoltboxError(f"{place} cannot be reached: {why}") from error
    return ArrowFSWrapper(filesystem), root
