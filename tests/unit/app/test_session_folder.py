"""The folder: photos are taken in by and by, in natural order, and what is known is left alone."""

from __future__ import annotations

import argparse
import errno
import os
import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app import opening
from engine.dataset import export_command
from engine.dataset.coco import read_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoState
from engine.errors import ProjectError
from support.photos import save_photo, shape_photo
from support.sessions import OBJECTS, ToldSession, wait_for_photos, wait_for_proposal, write_photos


def _folder(root: Path, names: list[str]) -> Path:
    first = save_photo(root / names[0], shape_photo(OBJECTS[0]))
    for name in names[1:]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(first, root / name)
    return root


def test_many_photos_are_listed_in_natural_order(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    names = [f"{folder}photo{number}.png" for folder in ("", "b/", "a10/", "a9/", "a9/c/") for number in range(130)]
    told: list[int] = []
    session.photos_added.connect(told.append)
    session.open_folder(_folder(tmp_path / "photos", names))
    rows = wait_for_photos(session, qtbot, len(names))
    with Project.open(tmp_path / "photos", read_only=True) as project:
        assert [row.path for row in rows] == [row.path for row in project.photos()]
    assert [row.path for row in rows[:3]] == ["photo0.png", "photo1.png", "photo2.png"]
    qtbot.waitUntil(lambda: told[-1] == len(names))
    assert len(told) < 12
    labels = {each.id: each.name for each in session.classes}
    assert {labels[row.label_class_id] for row in rows if row.label_class_id} == {"b", "a10", "a9", "c"}


def test_a_photo_that_came_later_stands_in_its_place(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = _folder(tmp_path / "photos", ["1.png", "3.png"])
    session.open_folder(root)
    wait_for_photos(session, qtbot, 2)
    session.close()
    shutil.copy(root / "1.png", root / "2.png")
    session.open_folder(root)
    assert [row.path for row in wait_for_photos(session, qtbot, 3)] == ["1.png", "2.png", "3.png"]


def test_the_open_folder_opened_again_stays_writable(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = _folder(tmp_path / "photos", ["1.png", "2.png"])
    session.open_folder(root)
    wait_for_photos(session, qtbot, 2)
    session.go_to(session.rows[1].id)
    qtbot.waitUntil(lambda: session.pixels is not None)
    session.draw(OBJECTS[0])
    shutil.copy(root / "1.png", root / "3.png")
    (tmp_path / "link").symlink_to(root)
    for same in (root, tmp_path / "link", root / ".moltbox", root / ".moltbox" / "project.sqlite"):
        assert session.open_folder(same)
        assert not session.read_only
        assert session.current is not None
        assert session.current.path == "2.png"
        assert BoxState.DRAWN in {row.state for row in session.boxes}
    wait_for_photos(session, qtbot, 3)
    assert session.told.of_kind("warn") == []


def test_a_folder_that_is_gone_does_not_keep_another_from_opening(
    session: ToldSession, qtbot: QtBot, tmp_path: Path
) -> None:
    root = _folder(tmp_path / "photos", ["1.png"])
    session.open_folder(root)
    wait_for_photos(session, qtbot, 1)
    root.rename(tmp_path / "moved")
    assert not session.open_folder(root / ".moltbox" / "project.sqlite")
    assert "There is no project at" in session.told.of_kind("bad")[-1]
    assert session.open_folder(_folder(tmp_path / "other", ["1.png"]))


def test_a_project_elsewhere_opens_by_its_file(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setattr(opening, "home_elsewhere", lambda _: home)
    monkeypatch.setattr(opening, "PROJECT_FOLDER", "none")
    root = _folder(tmp_path / "photos", ["1.png"])
    (root / ".moltbox").touch()  # a file in the folder's place: stops root too
    assert session.open_folder(root)
    wait_for_photos(session, qtbot, 1)
    session.close()
    assert session.open_folder(home / "project.sqlite")
    assert session.project is not None
    assert (session.project.root, session.read_only) == (root, False)


def test_a_renamed_class_stays_renamed_when_the_folder_is_opened_again(
    session: ToldSession, qtbot: QtBot, tmp_path: Path
) -> None:
    root = _folder(tmp_path / "photos", ["cup/1.png"])
    session.open_folder(root)
    wait_for_proposal(session, qtbot)
    session.close()
    with Project.open(root) as project:
        project.rename_class(project.classes()[0].id, "mug")
    session.open_folder(root)
    qtbot.waitUntil(lambda: session._scan_is_over)
    assert [each.name for each in session.classes] == ["mug"]


def test_a_photo_that_failed_and_was_mended_is_new_again(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = _folder(tmp_path / "photos", ["1.png", "2.png"])
    (root / "2.png").write_bytes(b"")
    session.open_folder(root)
    wait_for_photos(session, qtbot, 2)
    qtbot.waitUntil(lambda: session.counts()[PhotoState.FAILED] == 1)
    session.close()
    shutil.copy(root / "1.png", root / "2.png")
    session.open_folder(root)
    qtbot.waitUntil(lambda: session.counts()[PhotoState.FAILED] == 0)
    assert session.rows[1].state is not PhotoState.FAILED


def test_a_photo_that_vanished_keeps_its_decision(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = _folder(tmp_path / "photos", ["1.png", "2.png"])
    session.open_folder(root)
    wait_for_proposal(session, qtbot)
    session.accept()
    session.close()
    (root / "1.png").unlink()
    session.open_folder(root)
    assert session.rows[0].state is PhotoState.REVIEWED


def test_photos_found_while_a_filter_is_set_are_filtered_too(
    session: ToldSession, qtbot: QtBot, tmp_path: Path
) -> None:
    names = [f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(80)]
    session.open_folder(_folder(tmp_path / "photos", names))
    session.set_filter(None, "dog")
    rows = wait_for_photos(session, qtbot, 80)
    qtbot.waitUntil(lambda: session._scan_is_over and not session._found)
    assert {row.path.split("/")[0] for row in rows} == {"dog"}
    assert len(session.rows) == 80


def test_decisions_on_a_folder_that_cannot_be_written_are_kept_elsewhere(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = _folder(tmp_path / "photos", ["one.png"])
    real = Path.mkdir

    def guarded(self: Path, *args, **kwargs) -> None:
        # The tests may run as root, whom no permission stops, so the refusal is made here.
        if photos in self.parents:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        real(self, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", guarded)
    assert session.open_folder(photos)
    assert "decisions are saved in" in session.told.of_kind("info")[0]
    wait_for_proposal(session, qtbot)
    session.moves_on = False
    session.accept()
    decided = session.boxes
    session.close()
    assert not (photos / ".moltbox").exists()
    assert session.open_folder(photos)
    assert session.boxes == decided
    session.close()
    parser = argparse.ArgumentParser()
    export_command.add_arguments(parser)
    assert export_command.run(parser.parse_args([str(photos), "--out", str(tmp_path / "out")])) == 0
    assert read_coco(tmp_path / "out" / "annotations.coco.json").box_count == 1


def test_a_large_folder_shows_its_last_photo_before_its_list_is_read(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"{number}.png" for number in range(12)]
    session.open_folder(_folder(tmp_path / "photos", names))
    wait_for_photos(session, qtbot, 12)
    qtbot.waitUntil(lambda: session.current is not None)
    session.go_to(session.rows[7].id)
    session.close()
    monkeypatch.setattr("app.session_folder._READ_AT_ONCE", 5)
    session.open_folder(tmp_path / "photos")
    assert session.current is not None
    assert session.current.path == "7.png"
    assert session.position == (1, 1)
    session.skip()
    wait_for_photos(session, qtbot, 12)
    assert [row.path for row in session.rows] == names
    assert session.photo(session.rows[7].id).state is PhotoState.SKIPPED
    assert session.counts()[PhotoState.SKIPPED] == 1


def test_a_list_that_is_asked_for_while_it_is_read_is_read_again_afterwards(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.open_folder(_folder(tmp_path / "photos", [f"{number}.png" for number in range(12)]))
    wait_for_photos(session, qtbot, 12)
    monkeypatch.setattr("app.session_folder._READ_AT_ONCE", 5)
    told: list[int] = []
    session.photos_added.connect(told.append)
    for _ in range(3):
        session.read_again()
    qtbot.waitUntil(lambda: told == [12, 12])
    session.read_again()
    session.read_again()
    session.close()
    qtbot.wait(50)
    assert told == [12, 12]


def test_a_large_project_that_turns_out_damaged_is_closed_with_a_sentence(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_photos(tmp_path / "photos")
    assert session.open_folder(root)
    wait_for_photos(session, qtbot, 3)
    session.close()
    monkeypatch.setattr("engine.dataset.project.AT_ONCE_BYTES", 0)

    def damaged(_connection: object, path: Path) -> None:
        raise ProjectError(f"{path} is damaged (for this test).")

    monkeypatch.setattr("engine.dataset.project_check.project_file.check_whole", damaged)
    assert session.open_folder(root)
    qtbot.waitUntil(lambda: session.project is None, timeout=5000)
    assert any("is damaged" in message.text for message in session.told)


@pytest.mark.parametrize("fault", [TypeError("no text"), OverflowError("too large"), ProjectError("It is so.")])
def test_a_folder_that_fails_half_way_is_closed_again_with_a_sentence(
    fault: Exception, session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_photos(tmp_path / "photos")
    assert session.open_folder(root)
    wait_for_photos(session, qtbot, 3)
    session.close()

    def fail(_photo_id: int) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(session, "go_to", fail)
        assert not session.open_folder(root)
    assert session.project is None
    assert session.page == "first_run"
    expected = str(fault) if isinstance(fault, ProjectError) else "project.sqlite cannot be shown."
    assert session.told[-1].text.endswith(expected)
    with Project.open(root) as project:
        assert not project.read_only


def test_a_last_photo_that_is_no_number_is_passed_over(session: ToldSession, qtbot: QtBot, tmp_path: Path) -> None:
    root = write_photos(tmp_path / "photos")
    assert session.open_folder(root)
    wait_for_photos(session, qtbot, 3)
    session.close()
    with Project.open(root) as project:
        project.put_setting("last_photo", ["first"])
    assert session.open_folder(root)
    assert session.current is not None
    assert session.current.id == session.rows[0].id


def test_a_large_project_keeps_its_place_once_its_file_is_checked(
    session: ToldSession, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write_photos(tmp_path / "photos")
    assert session.open_folder(root)
    wait_for_photos(session, qtbot, 3)
    session.close()
    monkeypatch.setattr("engine.dataset.project.AT_ONCE_BYTES", 0)
    assert session.open_folder(root)
    session.go_to(session.rows[1].id)
    project = session.project
    assert project is not None
    qtbot.waitUntil(lambda: project.setting("last_photo") == session.rows[1].id, timeout=5000)
