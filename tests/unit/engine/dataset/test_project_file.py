from __future__ import annotations

import datetime
import errno
import os
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import __main__ as door
from engine.dataset import project_file, restoring, schema
from engine.dataset.project import Project
from engine.dataset.project_file import (
    PHOTOS_SETTING,
    _file_system_of,
    home_elsewhere,
    newest_backup,
    photo_folder,
)
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.restoring import restore_backup
from engine.errors import DamagedProjectError, MoltboxError, ProjectError
from engine.geometry import Box


def make(folder: Path, photo_count: int = 1) -> Path:
    """A closed project with a decision in it; returns its file."""
    folder.mkdir(exist_ok=True)
    with Project.open(folder) as project:
        project.add_photos(FoundPhoto(f"{place}.jpg", 1, 1) for place in range(photo_count))
        box = BoxRow(0, project.class_named("cat").id, Box(0, 0, 1, 2), BoxState.DRAWN)
        for photo_id in range(1, photo_count + 1):
            project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, (box,)), event="draw")
        return project.path


def backups(path: Path) -> list[str]:
    return sorted(entry.name for entry in (path.parent / "backups").iterdir())


def test_a_second_window_reads_and_says_why_it_cannot_write(tmp_path: Path) -> None:
    with Project.open(tmp_path) as first:
        first.add_photos([FoundPhoto("a.jpg", 1, 1)])
        with Project.open(tmp_path) as second:
            assert second.read_only
            assert second.read_only_reason == (
                "This project is open in another window; here it can be looked at but not changed."
            )
            with pytest.raises(ProjectError, match="open in another window"):
                second.class_named("cat")
            with pytest.raises(ProjectError, match="open in another window"):
                second.put_evidence(1, 1, b"")
            first.class_named("dog")
            assert [row.name for row in second.classes()] == ["dog"]
        assert not first.read_only
        first.class_named("cat")
    with Project.open(tmp_path) as third:
        assert not third.read_only


def test_reading_can_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no project"):
        Project.open(tmp_path, read_only=True)
    assert not (tmp_path / ".moltbox").exists()
    make(tmp_path)
    with Project.open(tmp_path, read_only=True) as project:
        assert (project.read_only, project.read_only_reason) == (True, "")
        assert len(project.photos()) == 1
        with pytest.raises(ProjectError, match="opened only to be looked at"):
            project.put_setting("a", 1)
        with Project.open(tmp_path) as writer:
            assert not writer.read_only


def test_a_missing_folder_and_a_file_are_no_folders(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("file", "nothing"):
        with pytest.raises(ProjectError, match=f"{name} is not a folder"):
            Project.open(tmp_path / name)


def test_where_no_project_can_be_made_it_is_said_so(tmp_path: Path) -> None:
    (tmp_path / ".moltbox").touch()  # a file in the folder's place: stops root too
    with pytest.raises(ProjectError, match="cannot be written; the project needs another place"):
        Project.open(tmp_path)
    home = home_elsewhere(tmp_path, tmp_path / "elsewhere")
    with Project.open(tmp_path, location=home) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1)])
        assert project.path == home / "project.sqlite"
        assert project.root == tmp_path
    assert home_elsewhere(tmp_path, tmp_path / "elsewhere") == home
    other = tmp_path / "other" / tmp_path.name
    assert home_elsewhere(other, tmp_path / "elsewhere") != home


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
def test_a_folder_whose_name_is_not_text_has_a_place_elsewhere_too(tmp_path: Path) -> None:
    names = [os.fsdecode(name) for name in (b"caf\xe9", b"caf\xe8")]
    homes = {home_elsewhere(tmp_path / name, tmp_path / "elsewhere") for name in names}
    assert len({home.name[-12:] for home in homes}) == 2


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="needs the right to become another user")
def test_a_project_in_a_folder_that_cannot_be_written_is_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    make(folder)
    (folder / ".moltbox" / "writer.lock").unlink()
    for parent in (tmp_path, *tmp_path.parents[:-2]):
        parent.chmod(parent.stat().st_mode | 0o755)
    for entry in (folder, folder / ".moltbox"):
        entry.chmod(0o555)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.setuid(65534)
        try:
            with Project.open(folder) as project:
                told = f"{project.read_only} {len(project.content(1).boxes)} {project.read_only_reason}"
        except Exception as error:  # told to the parent, which fails on it
            told = repr(error)
        os.write(writer, told.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as pipe:
        told = pipe.read()
    assert told == f"True 1 {folder / '.moltbox'} cannot be written; the project can be looked at but not changed."


def test_a_newer_project_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = make(tmp_path)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(ProjectError, match=r"made by a newer Moltbox \(format 99; this one reads up to"):
            Project.open(tmp_path, read_only=read_only)
    assert path.read_bytes() == before


def test_another_programs_database_is_refused(tmp_path: Path) -> None:
    path = make(tmp_path)
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (a)")
    connection.close()
    with pytest.raises(ProjectError, match="is not a Moltbox project"):
        Project.open(tmp_path)


def test_a_damaged_file_is_said_so_with_its_backup_and_can_be_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    Project.open(tmp_path).close()
    backup = newest_backup(path)
    assert backup is not None
    path.write_bytes(b"noise")
    with pytest.raises(ProjectError, match="is damaged") as caught:
        Project.open(tmp_path)
    assert str(backup) in str(caught.value)
    kept = restore_backup(path).kept
    assert kept is not None
    assert kept.read_bytes() == b"noise"
    with Project.open(tmp_path) as project:
        assert len(project.content(1).boxes) == 1


def test_a_missing_file_is_lost_where_there_are_backups(tmp_path: Path) -> None:
    path = make(tmp_path)
    Project.open(tmp_path).close()
    path.unlink()
    for read_only in (False, True):
        with pytest.raises(DamagedProjectError, match=r"project\.sqlite is missing\. The newest backup is"):
            Project.open(tmp_path, read_only=read_only)
    assert restore_backup(path).kept is None
    with Project.open(tmp_path) as project:
        assert len(project.content(1).boxes) == 1


def test_the_newest_backup_that_is_whole_is_restored(tmp_path: Path) -> None:
    path = make(tmp_path)
    Project.open(tmp_path).close()
    good = newest_backup(path)
    assert good is not None
    newer = good.with_name("project-2999-01-01.sqlite")
    newer.write_bytes(good.read_bytes()[:5000])
    path.write_bytes(b"noise")
    assert restore_backup(path).backup == good
    with Project.open(tmp_path) as project:
        assert len(project.content(1).boxes) == 1
    path.write_bytes(b"noise")
    good.write_bytes(b"noise")
    with pytest.raises(ProjectError, match="none is whole"):
        restore_backup(path)
    assert path.read_bytes() == b"noise"


def test_restoring_leaves_a_project_alone_that_is_open(tmp_path: Path) -> None:
    path = make(tmp_path)
    with Project.open(tmp_path), pytest.raises(ProjectError, match="is open in another window"):
        restore_backup(path)


@pytest.mark.parametrize("fault", [PermissionError(errno.EACCES, "Permission denied"), OSError(errno.EIO, "I/O error")])
def test_what_cannot_be_read_now_is_not_restored_over(
    fault: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make(tmp_path)
    Project.open(tmp_path).close()
    opened = Path.open

    def refused(self: Path, *arguments: Any, **named: Any) -> object:
        if self == path:
            raise fault
        return opened(self, *arguments, **named)

    before = path.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refused)
        assert door.main(["restore", str(tmp_path)]) == door.EXIT_ERROR
        assert "cannot be read" in capsys.readouterr().err
        with pytest.raises(ProjectError, match="cannot be read"):
            restore_backup(path)
    assert path.read_bytes() == before
    with pytest.raises(ProjectError, match="is whole; nothing was changed"):
        restore_backup(path)
    assert not list(path.parent.glob("damaged-*"))


def test_a_locked_project_is_not_restored_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "_BUSY_WAIT_S", 0.0)
    monkeypatch.setattr(project_file, "_is_network_share", lambda _folder: True)
    path = make(tmp_path)
    Project.open(tmp_path).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert door.main(["restore", str(tmp_path)]) == door.EXIT_ERROR
    other.close()
    assert not list(path.parent.glob("damaged-*"))


def test_each_damaged_file_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    Project.open(tmp_path).close()
    monkeypatch.setattr(restoring, "_now", lambda: datetime.datetime(2030, 1, 2, 3, 4, 5))
    for noise in (b"first", b"second", b"third"):
        path.write_bytes(noise)
        kept = restore_backup(path).kept
        assert kept is not None
        assert kept.read_bytes() == noise
    assert sorted(entry.name for entry in path.parent.glob("damaged-*")) == [
        "damaged-2030-01-02-030405-2.sqlite",
        "damaged-2030-01-02-030405-3.sqlite",
        "damaged-2030-01-02-030405.sqlite",
    ]


def test_a_backup_is_restored_by_a_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["restore", str(tmp_path)]) == door.EXIT_ERROR
    assert "has no Moltbox project and no backup of one." in capsys.readouterr().err
    path = make(tmp_path)
    Project.open(tmp_path).close()
    assert door.main(["restore", str(tmp_path)]) == 0
    assert "is whole; nothing was changed" in capsys.readouterr().out
    path.write_bytes(b"noise")
    assert door.main(["export", str(tmp_path), "--out", str(tmp_path / "out")]) == door.EXIT_ERROR
    assert f'`moltbox restore "{path}"` puts it back' in capsys.readouterr().err
    assert door.main(["restore", str(path)]) == 0
    said = capsys.readouterr().out
    assert "What was wrong:" in said
    assert "is kept as" in said
    with Project.open(tmp_path) as project:
        assert len(project.content(1).boxes) == 1
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    assert door.main(["restore", str(tmp_path)]) == door.EXIT_ERROR
    assert "newer Moltbox" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_an_empty_file_is_lost_where_there_are_backups_and_new_where_there_are_none(tmp_path: Path) -> None:
    (tmp_path / ".moltbox").mkdir()
    (tmp_path / ".moltbox" / "project.sqlite").touch()
    path = make(tmp_path)
    Project.open(tmp_path).close()
    path.write_bytes(b"")
    with pytest.raises(ProjectError, match="is damaged"):
        Project.open(tmp_path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cut=st.floats(0, 0.999), noise=st.binary(max_size=300), place=st.floats(0, 1))
def test_no_damage_gives_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, cut: float, noise: bytes, place: float
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = make(folder, photo_count=30)
    whole = path.read_bytes()
    start = int(place * len(whole))
    damaged = whole[:start] + noise + whole[start + len(noise) :]
    path.write_bytes(damaged[: int(len(damaged) * (1 - cut)) or 1])
    try:
        with Project.open(folder) as project:
            for row in project.photos():
                project.content(row.id)
    except MoltboxError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either outcome is right, a traceback is not


def test_a_truncated_file_never_opens(tmp_path: Path) -> None:
    path = make(tmp_path, photo_count=30)
    whole = path.read_bytes()
    for length in range(1, len(whole), 4096 // 2):
        path.write_bytes(whole[:length])
        with pytest.raises(ProjectError, match="is damaged"):
            Project.open(tmp_path)


def test_three_dated_backups_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    for day in range(1, 7):
        monkeypatch.setattr(project_file, "_today", lambda day=day: datetime.date(2030, 1, day))
        with Project.open(tmp_path) as project:
            project.put_setting("day", day)
        with Project.open(tmp_path) as project:
            assert project.setting("day") == day
    assert backups(path) == [f"project-2030-01-0{day}.sqlite" for day in (4, 5, 6)]
    with sqlite3.connect(path.parent / "backups" / "project-2030-01-06.sqlite") as copy:
        assert copy.execute("SELECT value FROM setting WHERE key = 'day'").fetchone() == ("5",)
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    copy.close()


def test_days_without_a_change_push_no_backup_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    for day in range(1, 7):
        monkeypatch.setattr(project_file, "_today", lambda day=day: datetime.date(2030, 1, day))
        with Project.open(tmp_path) as project:
            project.photos()
    assert backups(path) == ["project-2030-01-01.sqlite"]


def newer_format(monkeypatch: pytest.MonkeyPatch, statements: str) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    monkeypatch.setitem(schema.MIGRATIONS, schema.SCHEMA_VERSION - 1, statements)


def test_an_older_project_is_copied_and_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make(tmp_path)
    old = schema.SCHEMA_VERSION
    newer_format(monkeypatch, "ALTER TABLE photo ADD COLUMN mood TEXT DEFAULT 'fine';")
    with pytest.raises(ProjectError, match="made by an older Moltbox"):
        Project.open(tmp_path, read_only=True)
    with Project.open(tmp_path) as project:
        assert len(project.content(1).boxes) == 1
        assert project._connection.execute("SELECT mood FROM photo").fetchone() == ("fine",)
        assert project._connection.execute("PRAGMA user_version").fetchone() == (old + 1,)
    copy = sqlite3.connect(path.parent / "backups" / f"before-format-{old + 1}.sqlite")
    assert copy.execute("PRAGMA user_version").fetchone() == (old,)
    assert copy.execute("SELECT COUNT(*) FROM box").fetchone() == (1,)
    copy.close()


def test_a_migration_that_fails_leaves_the_old_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path)
    with monkeypatch.context() as patch:
        newer_format(patch, "ALTER TABLE photo ADD COLUMN mood TEXT; SELECT nonsense;")
        with pytest.raises(ProjectError, match="cannot be opened"):
            Project.open(tmp_path)
    with Project.open(tmp_path) as project:
        assert not project.read_only
        assert len(project.content(1).boxes) == 1


def test_the_journal_fits_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def pragmas(project: Project) -> tuple[str, int]:
        ask = project._connection.execute
        return ask("PRAGMA journal_mode").fetchone()[0], ask("PRAGMA synchronous").fetchone()[0]

    with Project.open(tmp_path) as project:
        assert pragmas(project) == ("wal", 2)
    monkeypatch.setattr(project_file, "_is_network_share", lambda _folder: True)
    with Project.open(tmp_path) as project:
        assert pragmas(project) == ("delete", 2)
        project.class_named("cat")


def test_the_innermost_mount_tells_the_file_system(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(
        "/dev/vda / ext4 rw 0 0\nnas:/x /mnt/my\\040nas nfs4 rw 0 0\n/dev/sdb /mnt/my\\040nas/disk xfs rw 0 0\n"
    )
    assert _file_system_of(Path("/home/x"), mounts) == "ext4"
    assert _file_system_of(Path("/mnt/my nas/photos"), mounts) == "nfs4"
    assert _file_system_of(Path("/mnt/my nas/disk/photos"), mounts) == "xfs"
    assert _file_system_of(Path("/mnt/my nasal"), mounts) == "ext4"
    assert _file_system_of(Path("/home/x"), tmp_path / "none") == ""


@pytest.mark.parametrize("name", ["plain", "with space", "猫 🐈", "a#b?c%20d", "n" * 200])
def test_any_folder_name_will_do(tmp_path: Path, name: str) -> None:
    make(tmp_path / name)
    with Project.open(tmp_path / name, read_only=True) as project:
        assert len(project.photos()) == 1


def test_a_projects_file_and_folder_mean_the_folder_of_photos(tmp_path: Path) -> None:
    path = make(tmp_path / "photos")
    assert photo_folder(path) == photo_folder(path.parent) == tmp_path / "photos"
    for plain in (tmp_path / "photos", tmp_path / "gone", tmp_path / "gone" / ".moltbox"):
        assert photo_folder(plain) == plain


def test_a_project_elsewhere_tells_its_folder_or_why_it_cannot(tmp_path: Path) -> None:
    photos, home = tmp_path / "photos", tmp_path / "home"
    photos.mkdir()
    with Project.open(photos, location=home) as project:
        path = project.path
    with pytest.raises(ProjectError, match="does not tell where its photos are"):
        photo_folder(path)
    with Project.open(photos, location=home) as project:
        project.put_setting(PHOTOS_SETTING, str(photos))
    assert photo_folder(path) == photos
    photos.rename(tmp_path / "moved")
    with pytest.raises(ProjectError, match=r"photos, which is not there any more\."):
        photo_folder(path)
    with pytest.raises(ProjectError, match=r"There is no project at .* gone with its folder of photos"):
        photo_folder(photos / ".moltbox" / "project.sqlite")
