from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState, Proposals
from engine.dataset.restoring import restore_backup
from engine.errors import DamagedProjectError, ProjectError
from engine.geometry import Box

HOSTILE = (
    ("class", "name", "x'00ff'"),
    ("class", "name", "'a' || char(0) || 'b'"),
    ("class", "key", "x'31'"),
    ("class", "key", "'ab'"),
    ("class", "colour_index", "'red'"),
    ("class", "colour_index", "-1"),
    ("class", "number", "'x'"),
    ("model", "metadata", "x'7b7d'"),
    ("photo", "path", "CAST('a.jpg' AS BLOB)"),
    ("photo", "path", "'a' || char(0) || '.jpg'"),
    ("photo", "sort_key", "x'61'"),
    ("photo", "width", "'abc'"),
    ("photo", "width", "1.5"),
    ("photo", "height", "9223372036854775807"),
    ("photo", "reason", "x'61'"),
    ("photo", "size_bytes", "'much'"),
    ("photo", "mtime_ns", "1e300"),
    ("photo", "label_class_id", "'cat'"),
    ("photo", "need", "9e999"),
    ("photo", "need", "'much'"),
    ("photo", "note", "x'61'"),
    ("photo", "number", "1.5"),
    ("photo_label", "class_id", "'cat'"),
    ("photo_label", "source", "'rumour'"),
    ("box", "x0", "-9e999"),
    ("box", "x1", "9e999"),
    ("box", "x1", "'right'"),
    ("box", "y1", "x'61'"),
    ("box", "score", "9e999"),
    ("box", "score", "'high'"),
    ("box", "threshold", "-9e999"),
    ("box", "model_id", "'m'"),
    ("box", "proposed_x0", "'left'"),
    ("box", "proposed_x0", "50"),
    ("box", "proposed_y0", "-9e999"),
    ("box", "difficult", "'very'"),
    ("event", "at_s", "1e20"),
    ("event", "at_s", "-1"),
    ("event", "photo_id", "'first'"),
    ("event", "kind", "x'61'"),
    ("event", "payload", "x'7b7d'"),
    ("setting", "value", "x'31'"),
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed project that has a row in every table and a backup."""
    folder = tmp_path_factory.mktemp("sound")
    with Project.open(folder) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1), FoundPhoto("b.jpg", 1, 1)], folder_labels={"a.jpg": ("cat",)})
        cat = project.class_named("cat").id
        model = project.model_id("starter", "ab", {"threshold": 0.5})
        box = BoxRow(0, cat, Box(1, 2, 30, 40), BoxState.PROPOSED, 0.5, 0.3, model, Box(1, 2, 30, 40))
        project.put_many_proposals([Proposals(1, (box,), 0.5, "unsure")])
        drawn = BoxRow(0, cat, Box(1, 2, 30, 40), BoxState.DRAWN, difficult=True)
        project.put_content(PhotoContent(2, PhotoState.REVIEWED, (drawn,)), event="draw")
        project.put_setting("last_photo", 1)
    Project.open(folder).close()
    return folder


@pytest.fixture
def path(sound: Path, tmp_path: Path) -> Path:
    shutil.copytree(sound, tmp_path, dirs_exist_ok=True)
    return tmp_path / ".moltbox" / "project.sqlite"


def change(path: Path, table: str, column: str, value: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"UPDATE {table} SET {column} = {value} WHERE rowid = (SELECT min(rowid) FROM {table})")  # noqa: S608
    connection.close()


@pytest.mark.parametrize(("table", "column", "value"), HOSTILE)
def test_a_value_that_moltbox_never_writes_is_refused_by_the_name_of_its_column(
    table: str, column: str, value: str, path: Path
) -> None:
    change(path, table, column, value)
    with pytest.raises(DamagedProjectError, match=rf"in the table {table}, column {column}, what Moltbox never"):
        Project.open(path.parent.parent, read_only=True)


def test_such_a_project_is_not_written_and_its_backup_brings_it_back(path: Path) -> None:
    change(path, "class", "name", "x'00ff'")
    with pytest.raises(DamagedProjectError, match="in the table class, column name"):
        Project.open(path.parent.parent)
    restore_backup(path)
    with Project.open(path.parent.parent) as project:
        assert len(project.photos()) == 2


def test_a_path_in_no_encoding_is_damage(path: Path) -> None:
    change(path, "photo", "path", "CAST(x'2fff' AS TEXT)")
    with pytest.raises(DamagedProjectError, match="is damaged"):
        Project.open(path.parent.parent)


@pytest.mark.parametrize(("table", "column"), [("box", "x0"), ("photo", "state"), ("box", "state")])
def test_what_the_tables_refuse_themselves_is_found_too(table: str, column: str, path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA ignore_check_constraints = ON")
    connection.execute(f"UPDATE {table} SET {column} = 'nonsense'")  # noqa: S608
    connection.close()
    with pytest.raises(ProjectError, match="CHECK constraint failed"):
        Project.open(path.parent.parent)
