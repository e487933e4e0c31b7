"""Putting a backup in the place of a project's file that is damaged or gone."""

from __future__ import annotations

import datetime
import itertools
import os
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from engine.dataset.project_file import (
    BESIDE,
    PROJECT_FILE,
    PROJECT_FOLDER,
    UNREADABLE,
    WriterLock,
    check,
    check_header,
    connect_beside,
    dated_backups,
    file_uri,
    home_elsewhere,
    newest_backup,
    put_in_place,
    unusable,
)
from engine.errors import DamagedProjectError, ProjectError


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done.

    Attributes:
        fault: what was wrong with the file, as one sentence.
        backup: the backup that is the project now.
        kept: where what was there before is kept, None for nothing.
    """

    fault: str
    backup: Path
    kept: Path | None


def project_file_of(place: Path) -> Path:
    """The project's file that a person means: itself, or that of a folder of photos, there or among the person's data.

    Raises:
        ProjectError: there is neither a project nor a backup of one.
    """
    if place.name == PROJECT_FILE:
        return place
    for home in (place / PROJECT_FOLDER, home_elsewhere(place)):
        if (home / PROJECT_FILE).is_file() or newest_backup(home / PROJECT_FILE) is not None:
            return home / PROJECT_FILE
    raise ProjectError(f"{place} has no Moltbox project and no backup of one.")


def check_file(path: Path) -> None:
    """Reads a project file of any known format whole, and changes nothing.

    Raises:
        NewerProjectError: it is of a newer version of Moltbox.
        ProjectError: it is missing, damaged, or is not a project.
    """
    check_header(path)
    _read_whole(connect_beside(path), path)


def restore_backup(path: Path) -> Restored:
    """Puts the newest backup that is whole in the place of a damaged or lost project file; what is there is kept.

    A file that merely cannot be read now may hold decisions that no backup has: it stays where it is.

    Raises:
        ProjectError: the file is whole or cannot be read, there is no whole backup, another window has the project
            open, or the files cannot be moved.
    """
    try:
        lock = WriterLock.acquire(path.parent)
    except sqlite3.OperationalError as error:
        raise ProjectError(f"{path} cannot be restored: its folder cannot be written.") from error
    if lock is None:
        raise ProjectError(f"{path} is open in another window; close it there first.")
    try:
        # Only now nobody else can mend it, or write it, after it was looked at.
        fault = _fault(path)
        backup = _newest_whole(path)
        unfinished = path.with_name(f"{path.name}.part")
        with backup.open("rb") as source, unfinished.open("wb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        kept = _free_name(path)
        # The log belongs to the damaged file: replayed onto the backup it would damage that one too.
        for suffix in ("", *BESIDE):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.replace(kept.with_name(kept.name + suffix))
        put_in_place(unfinished, path)
    except OSError as error:
        raise ProjectError(f"{path} cannot be restored: {error.strerror}.") from error
    finally:
        lock.release()
    return Restored(fault, backup, kept if kept.exists() else None)


def _fault(path: Path) -> str:
    try:
        check_file(path)
    except DamagedProjectError as error:
        return str(error)
    raise ProjectError(f"{path} is whole; nothing was changed.")


def _free_name(path: Path) -> Path:
    """A name for the damaged file that neither an earlier one has nor what SQLite kept beside it."""
    stamp = f"damaged-{_now():%Y-%m-%d-%H%M%S}"
    names = itertools.chain([f"{stamp}.sqlite"], (f"{stamp}-{count}.sqlite" for count in itertools.count(2)))
    return next(
        path.with_name(name)
        for name in names
        if not any(path.with_name(name + suffix).exists() for suffix in ("", *BESIDE))
    )


def _now() -> datetime.datetime:
    return datetime.datetime.now()


def _newest_whole(path: Path) -> Path:
    for backup in reversed(dated_backups(path)):
        try:
            check_header(backup)
            # Nobody writes a backup, so nothing needs to be made beside it for reading it.
            name = f"{file_uri(backup)}?mode=ro&immutable=1"
            _read_whole(sqlite3.connect(name, isolation_level=None, uri=True), backup)
        except ProjectError:
            continue
        return backup
    raise ProjectError(f"Of the backups of {path} none is whole.")


def _read_whole(connection: sqlite3.Connection, path: Path) -> None:
    try:
        check(connection, path)
    except UNREADABLE as error:
        raise unusable(path, error) from error
    finally:
        connection.close()
