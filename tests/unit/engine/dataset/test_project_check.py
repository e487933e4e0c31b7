"""A large project is checked beside the window: it can be seen meanwhile, and written only if its file is whole."""

from __future__ import annotations

import os
import threading
from contextlib import closing
from pathlib import Path

import pytest

from engine.dataset import project as project_module
from engine.dataset import project_check, project_file
from engine.dataset.project import Project
from engine.dataset.project_records import FoundPhoto
from engine.errors import ProjectError


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with some photos that counts as a large one."""
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto(f"photo_{number:04d}.jpg", 10, 20) for number in range(600)])
    monkeypatch.setattr(project_module, "AT_ONCE_BYTES", 0)
    return tmp_path


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The check begins when this is set."""
    begins = threading.Event()
    check = project_file.check_whole

    def checked(connection, path: Path) -> None:
        begins.wait(20)
        check(connection, path)

    monkeypatch.setattr(project_check.project_file, "check_whole", checked)
    return begins


def spoil(path: Path) -> None:
    """Damages the file where a first look does not see it."""
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2 :: 4096] = b"\xff" * len(whole[len(whole) // 2 :: 4096])
    path.write_bytes(bytes(whole))


def test_photos_are_seen_while_the_file_is_checked_and_writing_waits(large: Path, held: threading.Event) -> None:
    told: list[str] = []
    with Project.open(large, on_checked=told.append) as project:
        assert project.is_being_checked
        assert len(project.photos()) == 600
        before = project.path.read_bytes()
        threading.Timer(0.2, held.set).start()
        project.put_setting("last_photo", 3)
        assert told == [""]
        assert held.is_set()
        assert not project.is_being_checked
        assert project.setting("last_photo") == 3
        assert project.path.read_bytes() == before, "the log has it"


def test_a_damaged_file_is_told_and_never_written(large: Path, held: threading.Event) -> None:
    path = large / ".moltbox" / "project.sqlite"
    spoil(path)
    before = path.read_bytes()
    told: list[str] = []
    with Project.open(large, on_checked=told.append) as project:
        held.set()
        for _ in range(2):
            with pytest.raises(ProjectError, match="is damaged"):
                project.put_setting("last_photo", 3)
    assert len(told) == 1
    assert "is damaged" in told[0]
    assert path.read_bytes() == before


def test_the_days_backup_is_made_beside_the_window(large: Path, held: threading.Event) -> None:
    with Project.open(large, on_checked=lambda _: None) as project:
        assert project_file.newest_backup(project.path) is None
        held.set()
        project.put_setting("last_photo", 3)
        assert project_file.newest_backup(project.path) is not None


def test_closing_gives_the_check_up(large: Path, held: threading.Event) -> None:
    told: list[str] = []
    project = Project.open(large, on_checked=told.append)
    threading.Timer(0.1, held.set).start()
    project.close()
    assert not told
    with Project.open(large, read_only=True) as again:
        assert len(again.photos()) == 600


def test_a_small_file_is_checked_before_it_is_open(tmp_path: Path) -> None:
    Project.open(tmp_path).close()
    with Project.open(tmp_path, on_checked=lambda _: pytest.fail("it was checked already")) as project:
        assert not project.is_being_checked


@pytest.mark.parametrize("name", ["CON", "sub/nul.jpg"])
def test_a_project_that_names_a_device_is_refused_on_windows_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1), FoundPhoto(name, 1, 1)])
        path = project.path
    with closing(project_file.connect_beside(path)) as connection:
        project_file.check_whole(connection, path)
        with monkeypatch.context() as windows:
            windows.setattr(os, "name", "nt")
            with pytest.raises(ProjectError, match=f"names the photo '{name}', which is a device of Windows"):
                project_file.check_whole(connection, path)
