"""Opening a project's SQLite file: who may write, whether it is whole, its format, its backups."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import sqlite3
import sys
from pathlib import Path
from urllib.parse import quote

from engine.dataset import schema, stored_values
from engine.dataset.files import names_device, sync_folder
from engine.errors import DamagedProjectError, NewerProjectError, ProjectError
from engine.resources import data_folder

PROJECT_FOLDER = ".moltbox"
PROJECT_FILE = "project.sqlite"
BACKUP_FOLDER = "backups"
KEPT_BACKUPS = 3
PHOTOS_SETTING = "photos"
"""Where a project that does not lie in its folder of photos keeps that folder's path."""

_LOCK_FILE = "writer.lock"
_SQLITE_MAGIC = b"SQLite format 3\x00"
_SQLITE_HEADER_BYTES = 100
_BUSY_WAIT_S = 10.0
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a file, by the ends of its names."""

_DATED_BACKUP = re.compile(r"^project-\d{4}-\d{2}-\d{2}\.sqlite$")
# Moltbox never stores such a path: a project that has one was made to make it read and write elsewhere. The table is
# asked, not its index, which may say something else in a damaged file.
_PATHS_OUTSIDE = (
    "SELECT path FROM photo NOT INDEXED WHERE path GLOB '/*' OR path GLOB '[A-Za-z]:*'"
    r" OR path GLOB '*\*' OR path = '..' OR path GLOB '../*' OR path GLOB '*/..' OR path GLOB '*/../*' LIMIT 1"
)
UNREADABLE = (sqlite3.Error, UnicodeDecodeError, MemoryError)
"""What SQLite raises on damaged bytes: it may quote them, or take them for the length of something endless."""

_NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "davfs"})
_WINDOWS_REMOTE_DRIVE = 4


class WriterLock:
    """The right to write one project, held while the object is open and given back by the system after a crash.

    It is an exclusive SQLite lock on a file of its own, so that it works wherever SQLite's own locks do.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def acquire(cls, home: Path) -> WriterLock | None:
        """The lock, or None where another window holds it.

        Raises:
            sqlite3.OperationalError: the lock file cannot be made.
        """
        connection = sqlite3.connect(home / _LOCK_FILE, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            connection.close()
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                return None
            raise
        return cls(connection)

    def release(self) -> None:
        self._connection.close()


def home_elsewhere(root: Path, base: Path | None = None) -> Path:
    """A place for the project of a folder that cannot be written; the same each time for one root.

    Args:
        root: the folder of photos.
        base: where such places are; Moltbox's own folder among the person's data by default.
    """
    resolved = Path(root).resolve()
    fingerprint = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:12]
    return (base or data_folder() / "projects") / f"{resolved.name or 'root'}-{fingerprint}"


def photo_folder(path: Path) -> Path:
    """The folder of photos that a path means: of a project's file or folder the photos' own, else the path itself.

    Raises:
        ProjectError: the project is not there, its photos are gone, or it does not tell where they are.
    """
    path = Path(path)
    if path.name != PROJECT_FILE and (path.name != PROJECT_FOLDER or not path.is_dir()):
        return path
    file = path if path.name == PROJECT_FILE else path / PROJECT_FILE
    if not file.is_file():
        raise ProjectError(f"There is no project at {file}; it may have gone with its folder of photos.")
    if file.absolute().parent.name == PROJECT_FOLDER:
        return file.absolute().parent.parent
    connection = open_for_reading(file)
    try:
        row = connection.execute("SELECT value FROM setting WHERE key = ?", (PHOTOS_SETTING,)).fetchone()
    finally:
        connection.close()
    if row is None:
        raise ProjectError(f"{file} does not tell where its photos are; open the folder of photos itself.")
    folder = Path(json.loads(row[0]))
    if not folder.is_dir():
        raise ProjectError(f"The photos of this project were in {folder}, which is not there any more.")
    return folder


def open_for_writing(path: Path, *, checks_later: bool = False) -> sqlite3.Connection:
    """Opens or makes a project file, checks it, backs it up once a day and brings its tables up to date.

    The caller holds the `WriterLock`. With `checks_later` a file that is up to date is neither read whole nor backed
    up; the caller has that done (see `project_check`) before anything is written.

    Raises:
        ProjectError: the file is damaged, is not a project, or comes from a newer Moltbox.
    """
    is_new = _is_new(path)
    if is_new:
        _make(path)
    check_header(path)
    connection = _connect(path.as_posix(), is_uri=False)
    try:
        version = _check_format(connection, path)
        checks_later = checks_later and not is_new and version == schema.SCHEMA_VERSION
        if not checks_later:
            check_whole(connection, path)
        # SQLite's write-ahead log needs memory shared between processes, which network shares do not give.
        journal = "DELETE" if _is_network_share(path.parent) else "WAL"
        connection.execute(f"PRAGMA journal_mode = {journal}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # macOS alone needs it said
        connection.execute("PRAGMA foreign_keys = ON")
        if not is_new and not checks_later:
            back_up_daily(connection, path)
        if version < schema.SCHEMA_VERSION:
            _copy_to(connection, path.parent / BACKUP_FOLDER / f"before-format-{schema.SCHEMA_VERSION}.sqlite")
            schema.migrate(connection, version)
    except UNREADABLE as error:
        connection.close()
        raise unusable(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def refuse_unwritable(path: Path) -> None:
    """Refuses a project that can only be read: SQLite would open it so, lock it, and fail at the first change.

    Raises:
        PermissionError: its file or folder cannot be written.
    """
    for place in (path.parent, path):
        if place.exists() and not os.access(place, os.W_OK):
            raise PermissionError(f"{place} cannot be written")


def connect_beside(path: Path) -> sqlite3.Connection:
    """Another connection to a file that this process has open already, only to read; nothing is checked."""
    return _connect(f"{file_uri(path)}?mode=ro", is_uri=True)


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Opens a project file that another window may be writing, or that lies in a folder that cannot be written.

    Raises:
        ProjectError: the file is missing, damaged, is not a project, or comes from another version of Moltbox.
    """
    if _is_new(path):
        raise ProjectError(f"There is no project at {path} yet.")
    check_header(path)
    connection = _connect(f"{file_uri(path)}?mode=ro", is_uri=True)
    try:
        version = check(connection, path)
    except ProjectError:
        connection.close()
        raise
    except sqlite3.OperationalError as error:
        connection.close()
        # A folder that cannot be written cannot hold the log's shared memory; the file alone is then the project,
        # unless a log with decisions still lies beside it.
        if _has_log(path):
            raise unusable(path, error) from error
        connection = _connect(f"{file_uri(path)}?mode=ro&immutable=1", is_uri=True)
        try:
            version = check(connection, path)
        except BaseException as second_error:
            connection.close()
            if isinstance(second_error, UNREADABLE):
                raise unusable(path, second_error) from second_error
            raise
    except UNREADABLE as error:
        connection.close()
        raise unusable(path, error) from error
    if version < schema.SCHEMA_VERSION:
        connection.close()
        raise ProjectError(
            f"{path} was made by an older Moltbox (format {version}); open it once where it can be written."
        )
    return connection


def newest_backup(path: Path) -> Path | None:
    """The newest dated copy of a project file, or None."""
    backups = dated_backups(path)
    return backups[-1] if backups else None


def dated_backups(path: Path) -> list[Path]:
    """The dated copies of a project file, oldest first."""
    folder = path.parent / BACKUP_FOLDER
    if not folder.is_dir():
        return []
    return sorted(entry for entry in folder.iterdir() if _DATED_BACKUP.match(entry.name))


def _connect(name: str, *, is_uri: bool) -> sqlite3.Connection:
    return sqlite3.connect(name, timeout=_BUSY_WAIT_S, isolation_level=None, uri=is_uri)


def _is_new(path: Path) -> bool:
    # SQLite makes an empty file before it writes the tables; with backups about, an empty or missing one is a lost one.
    return (not path.exists() or path.stat().st_size == 0) and newest_backup(path) is None


def _make(path: Path) -> None:
    """Makes a new project beside its place and then puts it there, so that a power cut leaves none or a whole one."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        # A log that a lost project left would be brought into the new one.
        for name in (unfinished.name, f"{unfinished.name}-journal", *(path.name + end for end in BESIDE)):
            path.with_name(name).unlink(missing_ok=True)
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            schema.create_tables(connection)
        finally:
            connection.close()
        put_in_place(unfinished, path)
    except UNREADABLE as error:
        raise unusable(path, error) from error
    except OSError as error:
        raise ProjectError(f"{path} cannot be written: {error.strerror}.") from error


def put_in_place(unfinished: Path, target: Path) -> None:
    """Gives a file that the disk has its name, which a power cut does not take away again, nor its folder."""
    unfinished.replace(target)
    sync_folder(target.parent)
    sync_folder(target.parent.parent)  # the folder itself may be new


def check_header(path: Path) -> None:
    """Looks at the first bytes and the size, before SQLite takes the file.

    Raises:
        ProjectError: it is missing, cannot be read, is no SQLite file, or is cut off.
    """
    try:
        with path.open("rb") as file:
            header = file.read(_SQLITE_HEADER_BYTES)
    except FileNotFoundError as error:
        raise damaged(path, "is missing") from error
    except OSError as error:
        raise ProjectError(f"{path} cannot be read: {error.strerror}.") from error
    if not header.startswith(_SQLITE_MAGIC):
        raise damaged(path, "is damaged or is not a Moltbox project")
    if not _has_log(path) and path.stat().st_size < _told_size_bytes(header):
        raise damaged(path, "is damaged (its end is missing)")


def _told_size_bytes(header: bytes) -> int:
    """The size that an SQLite file's header tells; SQLite itself takes a cut-off last page for zeros."""
    if len(header) < _SQLITE_HEADER_BYTES:
        return _SQLITE_HEADER_BYTES
    page_bytes = int.from_bytes(header[16:18], "big")
    return (65536 if page_bytes == 1 else page_bytes) * int.from_bytes(header[28:32], "big")


def _has_log(path: Path) -> bool:
    """Whether changes lie beside the file that SQLite will bring into it, or take out of it, on opening."""
    parts = (path.with_name(path.name + suffix) for suffix in ("-wal", "-journal"))
    return any(part.exists() and part.stat().st_size > 0 for part in parts)


def check(connection: sqlite3.Connection, path: Path) -> int:
    """Checks that the file is a whole project of a known format, and returns the format's number.

    Raises:
        ProjectError: it is not.
        UNREADABLE: it cannot be read at all.
    """
    version = _check_format(connection, path)
    check_whole(connection, path)
    return version


def _check_format(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application = int(connection.execute("PRAGMA application_id").fetchone()[0])
    if application != schema.APPLICATION_ID:
        raise damaged(path, "is damaged or is not a Moltbox project")
    if version > schema.SCHEMA_VERSION:
        raise NewerProjectError(
            f"{path} was made by a newer Moltbox (format {version}; this one reads up to {schema.SCHEMA_VERSION})."
        )
    if not schema.are_known(connection, version):
        raise damaged(path, "has other tables or statements than Moltbox makes, so it was not opened")
    return version


def check_whole(connection: sqlite3.Connection, path: Path) -> None:
    """Reads the whole file: about half a second for 100,000 photos.

    Raises:
        ProjectError: it is damaged, holds values of other types than Moltbox writes, or was made to reach out of its
            folder.
        UNREADABLE: it cannot be read at all.
    """
    fault = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if fault != "ok":
        raise damaged(path, f"is damaged ({_one_line(fault)})")
    path_outside = connection.execute(_PATHS_OUTSIDE).fetchone()
    if path_outside is not None:
        raise damaged(path, f"names the photo {path_outside[0]!r:.100}, which is outside the folder of photos")
    if os.name == "nt":
        _refuse_devices(connection, path)
    misfit = stored_values.misfit(connection)
    if misfit is not None:
        raise damaged(path, f"holds in the table {misfit[0]}, column {misfit[1]}, what Moltbox never writes there")


def _refuse_devices(connection: sqlite3.Connection, path: Path) -> None:
    for (name,) in connection.execute("SELECT path FROM photo NOT INDEXED"):
        if isinstance(name, str) and names_device(name):
            raise damaged(path, f"names the photo {name!r:.100}, which is a device of Windows")


def unusable(path: Path, error: Exception) -> ProjectError:
    """What SQLite's error means for a project, as one sentence."""
    if isinstance(error, UnicodeDecodeError | MemoryError) or str(error).startswith("Could not decode"):
        return damaged(path, "is damaged")
    code = getattr(error, "sqlite_errorcode", None)
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or type(error) is sqlite3.DatabaseError:
        return damaged(path, f"is damaged ({_one_line(str(error))})")
    return ProjectError(f"{path} cannot be opened: {_one_line(str(error))}.")


def damaged(path: Path, fault: str) -> ProjectError:
    """A project whose file is no good: a `DamagedProjectError` where there is a backup.

    Args:
        fault: what is wrong, as what follows the file's name in a sentence.
    """
    backup = newest_backup(path)
    if backup is None:
        return ProjectError(f"{path} {fault}. There is no backup of it.")
    return DamagedProjectError(f"{path} {fault}. The newest backup is {backup}.", path)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def back_up_daily(connection: sqlite3.Connection, path: Path) -> None:
    """Copies the project into its folder of backups, once on a day on which it has changed."""
    backup = path.parent / BACKUP_FOLDER / f"project-{_today().isoformat()}.sqlite"
    newest = newest_backup(path)
    if backup.exists() or (newest is not None and not _changed_since(path, newest)):
        return
    _copy_to(connection, backup)
    for old in dated_backups(path)[:-KEPT_BACKUPS]:
        old.unlink(missing_ok=True)


def _today() -> datetime.date:
    return datetime.date.today()


def _changed_since(path: Path, backup: Path) -> bool:
    # After a crash the last changes are still in the log.
    return _has_log(path) or path.stat().st_mtime_ns >= backup.stat().st_mtime_ns


def _copy_to(connection: sqlite3.Connection, target: Path) -> None:
    unfinished = target.with_name(f"{target.name}.part")
    try:
        target.parent.mkdir(exist_ok=True)
        unfinished.unlink(missing_ok=True)
        copy = sqlite3.connect(unfinished, isolation_level=None)
        try:
            connection.backup(copy)
        finally:
            copy.close()
        put_in_place(unfinished, target)
    except OSError as error:
        raise ProjectError(f"The backup {target} cannot be written: {error.strerror}.") from error


def file_uri(path: Path) -> str:
    """A file's name as SQLite takes it where options follow."""
    text = path.resolve().as_posix()
    # SQLite wants an empty host: file:///home/x, file:///C:/x and, for a share, file:////server/share.
    return "file:///" + quote(text.removeprefix("/")) if not text.startswith("//") else "file://" + quote(text)


def _is_network_share(folder: Path) -> bool:
    resolved = folder.resolve()
    if sys.platform == "win32":
        import ctypes

        if str(resolved).startswith("\\\\"):
            return True
        return ctypes.windll.kernel32.GetDriveTypeW(f"{resolved.drive}\\") == _WINDOWS_REMOTE_DRIVE
    if sys.platform == "darwin":
        # Shares are mounted there, and so are external disks, on which the slower journal is safe too.
        return str(resolved).startswith("/Volumes/")
    return _file_system_of(resolved, Path("/proc/mounts")) in _NETWORK_FILE_SYSTEMS


def _file_system_of(folder: Path, mounts: Path) -> str:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return ""
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
        if len(point) > best and folder.is_relative_to(point):
            best, kind = len(point), fields[2]
    return kind
