"""Writing files whole or not at all, and keeping names that come from files inside the chosen folder."""

from __future__ import annotations

import contextlib
import filecmp
import os
import re
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import BinaryIO, TextIO

from engine.errors import FileInTheWayError, LabelFileError

_DRIVE = re.compile(r"^[A-Za-z]:")
# Windows opens another file than the one named, or none: it drops a dot or space at an end, and a colon is a stream's.
_UNFIT_ON_WINDOWS = re.compile(r'[<>:"|?*]|[. ](?:/|$)')
# Control characters and broken letters: XML cannot hold the first, UTF-8 the second.
UNFIT_CHARACTER = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
LARGEST_LABEL_FILE_BYTES = 1_000_000_000
"""Some four million boxes as COCO or a table; a file above that is no label file, or one that no memory holds."""
LARGEST_LIST_BYTES = 20_000_000
"""Of a list of photos or classes: some million lines."""
LARGEST_PHOTO_LABELS_BYTES = 5_000_000
"""Of a file that holds one photo's boxes: ten thousand of them as VOC, a hundred thousand as YOLO."""
_DEFAULT_MODE = 0o666


def atomic_write(path: Path, data: bytes, *, durable: bool = True) -> None:
    """Writes a file so that a reader, or a crash at any moment, meets the old content or the new one, never a part.

    Args:
        durable: wait until the disk has it. False for the many small files of an export that can be made again,
            where a power cut may cost the last ones.

    Raises:
        LabelFileError: the folder is missing, full or cannot be written.
    """
    with atomic_file(path, durable=durable) as file:
        file.write(data)


@contextlib.contextmanager
def atomic_file(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """`atomic_write` for what is written piece by piece; nothing is left of it when the block raises.

    Raises:
        LabelFileError: the folder is missing, full or cannot be written.
    """
    path = Path(path)
    try:
        handle, temporary_name = tempfile.mkstemp(prefix=f".{path.name[:40]}-", suffix=".part", dir=path.parent)
    except OSError as error:
        raise LabelFileError(f"{path} cannot be written: {error.strerror}.") from error
    temporary = Path(temporary_name)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        _give_usual_permissions(temporary, path)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise LabelFileError(f"{path} cannot be written: {error.strerror}.") from error
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Asks the disk to keep a folder's entries (a rename is durable only then); a no-op where folders cannot."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Makes a folder with all above it, where it is not there yet.

    Raises:
        LabelFileError: the disk refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LabelFileError(f"{folder} cannot be made: {error.strerror}.") from error


def bring_photo(photos: Path, target_root: Path, name: str, *, link: bool) -> str | None:
    """Brings a photo below another folder under the same relative name; answers why it could not, None where it could.

    Raises:
        LabelFileError: the disk refuses, or a link among the folders leads out of `target_root`.
    """
    try:
        make_folder(inside(target_root, PurePosixPath(name).parent))
        bring_file(photos / name, target_root / name, link=link)
    except FileNotFoundError:
        return "The photo is no longer there."
    except OSError as error:
        raise LabelFileError(f"{target_root / name} cannot be written: {error.strerror}.") from error
    return None


def bring_file(source: Path, target: Path, *, link: bool) -> None:
    """Makes `target` a copy of `source`, or a hard link where asked and possible; a target that holds the same stays.

    Raises:
        OSError: `source` is missing or `target` cannot be written.
    """
    if target.exists() and filecmp.cmp(source, target):
        return
    # Made under another name, so that whoever looks, or a crash, meets the old file or the whole new one.
    unfinished = target.with_name(f".{target.name[:40]}-{os.getpid()}.part")
    unfinished.unlink(missing_ok=True)
    try:
        if link:
            try:
                os.link(source.resolve(strict=True), unfinished)
            except FileNotFoundError:
                raise
            except OSError:
                link = False  # another disk, or one without links
        if not link:
            shutil.copy2(source, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def refuse_other_photos(photos: Path, target_root: Path, names: Iterable[str]) -> None:
    """Refuses to bring photos where other files have their names: those may be the only copy of something.

    No file tells who put it there, so a photo that was brought before and has changed since is refused, too. Files of
    one size and time, as copies are, count as the same; where only the time differs, their bytes are compared.

    Raises:
        FileInTheWayError: another file stands where one would be put.
        LabelFileError: a file that stands there cannot be read.
    """
    for name in names:
        source, target = photos / name, target_root / name
        try:
            if target.exists() and source.exists() and not filecmp.cmp(source, target):
                raise FileInTheWayError(f"{target} is already there and is not the photo {name}.")
        except OSError as error:
            raise LabelFileError(f"{target} cannot be compared with the photo: {error.strerror}.") from error


def relative_name(text: str, *, source: str) -> str:
    """The name of a photo as a file gives it, as a clean relative path with forward slashes.

    Backslashes count as separators, since files written on Windows have them.

    Args:
        text: the name as it stands in the file.
        source: file and field, for the error's sentence.

    Raises:
        LabelFileError: the name is empty, absolute, has a drive letter, a share, `..`, or characters that no label file
            can hold; on Windows also where no file there can have it, such as that of a device.
    """
    unified = text.replace("\\", "/")
    if not unified.strip():
        raise LabelFileError(f"{source} is empty; expected a photo's name.")
    if unified.startswith("/") or _DRIVE.match(unified):
        raise LabelFileError(f"{source} is {text!r:.300}; expected a path relative to the folder of photos.")
    parts = PurePosixPath(unified).parts
    if ".." in parts or not parts:
        raise LabelFileError(f"{source} is {text!r:.300}; expected a path inside the folder of photos.")
    if UNFIT_CHARACTER.search(unified):
        raise LabelFileError(f"{source} is {text!r:.300}; expected a name without control characters.")
    name = "/".join(parts)
    if os.name == "nt" and (_UNFIT_ON_WINDOWS.search(name) or names_device(name)):
        raise LabelFileError(f"{source} is {text!r:.300}, which is no name of a file on Windows.")
    return name


def names_device(path: str) -> bool:
    """Whether Windows takes a part of a relative path for a device, whatever its folder: `CON`, `sub/NUL.jpg`."""
    return any(PureWindowsPath(part).is_reserved() for part in path.split("/"))


def safe_relative(path_text: str, root: Path) -> Path:
    """The file that a relative name means, inside `root` even when links are followed.

    Raises:
        LabelFileError: as `relative_name`, or the name leads out of `root` through a link.
    """
    return Path(os.path.realpath(inside(root, relative_name(path_text, source="The photo's name"))))


def inside(root: Path, relative: str | PurePath) -> Path:
    """`root / relative`, whether it is there or not, where no link on the way leads out of `root`.

    `root` itself may be a link, or lie behind one: it is what somebody chose.

    Raises:
        LabelFileError: the path leads out of `root`, through a link or by itself.
    """
    path = Path(root) / relative
    if not PurePath(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        raise LabelFileError(f"{path} leads out of {root}.")
    return path


def read_text(path: Path, *, most_bytes: int = LARGEST_LABEL_FILE_BYTES) -> str:
    """A label file's text: UTF-8 with or without a byte order mark.

    Raises:
        LabelFileError: as `read_bytes`, or the file is not UTF-8.
    """
    path = Path(path)
    try:
        return read_bytes(path, most_bytes=most_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LabelFileError(f"{path} is not UTF-8 text (byte {error.start}).") from error


def read_bytes(path: Path, *, most_bytes: int = LARGEST_LABEL_FILE_BYTES) -> bytes:
    """A label file's bytes.

    Raises:
        LabelFileError: it is missing, cannot be read, is larger than `most_bytes`, or is no file with an end: a folder,
            a pipe, a device.
    """
    path = Path(path)
    try:
        _check_readable(path, most_bytes)
        return path.read_bytes()
    except OSError as error:
        raise LabelFileError(f"{path} cannot be read: {error.strerror}.") from error


@contextlib.contextmanager
def opened_text(path: Path) -> Iterator[TextIO]:
    """`read_text` for what is read line by line, with line ends as they are in the file.

    Raises:
        LabelFileError: as `read_text`, also while the block reads.
    """
    path = Path(path)
    try:
        _check_readable(path, LARGEST_LABEL_FILE_BYTES)
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        raise LabelFileError(f"{path} is not UTF-8 text.") from error
    except OSError as error:
        raise LabelFileError(f"{path} cannot be read: {error.strerror}.") from error


def _check_readable(path: Path, most_bytes: int) -> None:
    facts = path.stat()
    if not stat.S_ISREG(facts.st_mode):
        raise LabelFileError(f"{path} is not a file.")
    if facts.st_size > most_bytes:
        raise LabelFileError(f"{path} has {facts.st_size:,} bytes; expected at most {most_bytes:,}.")


def files_below(folder: Path, suffix: str) -> list[Path]:
    """The files of a kind below a folder, by name; links that lead out of it are passed over.

    Args:
        suffix: with its dot, in lower case.
    """
    return files_in((path for path in Path(folder).rglob("*") if path.suffix.lower() == suffix), folder)


def files_in(found: Iterable[Path], folder: Path) -> list[Path]:
    """Those of the paths found in a folder that are files, by name; links that lead out of it are passed over."""
    base = os.path.realpath(folder)
    files = (path for path in found if path.is_file())
    return sorted(
        path for path in files if not path.is_symlink() or PurePath(os.path.realpath(path)).is_relative_to(base)
    )


def _give_usual_permissions(temporary: Path, path: Path) -> None:
    # A temporary file is made readable by its owner alone; an export must be as readable as any new file.
    if os.name == "nt":
        return
    if path.exists():
        temporary.chmod(path.stat().st_mode & 0o777)
        return
    mask = os.umask(0)
    os.umask(mask)
    temporary.chmod(_DEFAULT_MODE & ~mask)
