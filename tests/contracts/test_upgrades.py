"""Projects of every earlier format open with all that was decided in them; a newer one is refused and left alone.

`tests/projects/format_N.sql` is the dump of a small project that Moltbox itself wrote while N was the newest format.
They are never edited: whoever adds a format adds the dump of a project in it.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.dataset import schema
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box

DUMPS = Path(__file__).resolve().parents[1] / "projects"
FORMATS = range(1, schema.SCHEMA_VERSION + 1)
EARLIER = range(1, schema.SCHEMA_VERSION)
STATES = ["reviewed", "reviewed", "reviewed", "skipped", "failed"]
"""Of the second to sixth photo, in every dump; the first one is proposed, or reviewed by an import."""


def restore(number: int, folder: Path) -> Path:
    """Makes the project of a dump and returns its file."""
    path = folder / ".moltbox" / "project.sqlite"
    path.parent.mkdir(parents=True)
    connection = sqlite3.connect(path)
    connection.executescript((DUMPS / f"format_{number}.sql").read_text(encoding="utf-8"))
    connection.close()
    return path


def structure(path: Path) -> set[tuple[str, ...]]:
    """Tables with their columns, and indexes with theirs."""
    connection = sqlite3.connect(path)
    try:
        found = set()
        for kind, name in connection.execute("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"):
            asked = "table_info" if kind == "table" else "index_info"
            rows = connection.execute(f"PRAGMA {asked}({name})")
            columns = [str(row[1:] if kind == "table" else row[2]) for row in rows]
            found.add((kind, name, *columns))
        return found
    finally:
        connection.close()


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        return connection.execute("PRAGMA user_version").fetchone()[0]
    finally:
        connection.close()


def expect_all(project: Project, number: int) -> None:
    """What every dump holds, whatever its format."""
    assert [row.state.value for row in project.photos()][1:] == STATES
    assert [row.name for row in project.classes()] == ["cat", "Hündin", "gone for good"]
    accepted, drawn = project.content(2).boxes
    assert (accepted.box, accepted.state, accepted.score, accepted.threshold) == (
        Box(1, 2, 3, 4),
        BoxState.ACCEPTED,
        0.9,
        0.27,
    )
    assert (drawn.box, drawn.state, drawn.model_id) == (Box(5, 6, 70, 80), BoxState.DRAWN, None)
    edited, rejected = project.content(3).boxes
    assert (edited.state, edited.proposed, rejected.state) == (BoxState.EDITED, Box(0, 0, 30, 40), BoxState.REJECTED)
    assert set(project.labels(4)) == {(1, "person"), (2, "person")}
    assert project.photo(5).reason == "too dark"
    assert project.setting("threshold:all") == 0.31
    assert [event.kind for event in project.events()][:5] == ["accept", "edit", "reject", "state", "state"]
    (first,) = project.content(1).boxes
    if number < 3:
        assert (first.box, first.state) == (Box(10.5, 20, 110.25, 220), BoxState.PROPOSED)
    else:
        assert (first.box, first.state) == (Box(10, 20, 40, 60), BoxState.ACCEPTED)


def test_there_is_a_project_of_every_format() -> None:
    assert sorted(path.name for path in DUMPS.glob("*.sql")) == [f"format_{number}.sql" for number in FORMATS]


@pytest.mark.parametrize("number", FORMATS)
def test_a_project_of_each_format_opens_with_all_that_was_decided(number: int, tmp_path: Path) -> None:
    path = restore(number, tmp_path / "old")
    with Project.open(tmp_path / "old") as project:
        assert not project.read_only
        expect_all(project, number)
        project.add_photos([FoundPhoto("cat/new.jpg", 1, 1)])
        added = project.photo_id_of("cat/new.jpg")
        assert added is not None
        box = BoxRow(0, 2, Box(0, 0, 5, 5), BoxState.DRAWN)
        project.put_content(PhotoContent(added, PhotoState.REVIEWED, (box,)), event="draw")
        assert project.class_named("another").id > 3
    (tmp_path / "fresh").mkdir()
    Project.open(tmp_path / "fresh").close()
    assert structure(path) == structure(tmp_path / "fresh" / ".moltbox" / "project.sqlite")
    assert version(path) == schema.SCHEMA_VERSION


@pytest.mark.parametrize("number", EARLIER)
def test_the_version_before_can_be_gone_back_to(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = restore(number, tmp_path)
    Project.open(tmp_path).close()
    upgraded = path.read_bytes()
    kept = path.parent / "backups" / f"before-format-{schema.SCHEMA_VERSION}.sqlite"
    assert version(kept) == number
    newest = schema.SCHEMA_VERSION
    monkeypatch.setattr(schema, "SCHEMA_VERSION", number)
    for read_only in (False, True):
        with pytest.raises(ProjectError, match=rf"newer Moltbox \(format {newest}; this one reads up to {number}\)"):
            Project.open(tmp_path, read_only=read_only)
    assert path.read_bytes() == upgraded
    path.write_bytes(kept.read_bytes())
    with Project.open(tmp_path) as project:
        expect_all(project, number)
        assert not project.read_only


def test_a_project_of_a_newer_moltbox_is_refused_in_a_sentence_and_untouched(tmp_path: Path) -> None:
    path = restore(schema.SCHEMA_VERSION, tmp_path)
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE mood (id INTEGER); INSERT INTO mood VALUES (7);")
    connection.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(ProjectError) as refused:
            Project.open(tmp_path, read_only=read_only)
        assert str(refused.value).endswith(
            f"was made by a newer Moltbox (format {schema.SCHEMA_VERSION + 1};"
            f" this one reads up to {schema.SCHEMA_VERSION})."
        )
    assert path.read_bytes() == before
    assert not (path.parent / "backups").exists()


@pytest.mark.parametrize("number", FORMATS)
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE sqlite_master SET sql = replace(sql, 'CHECK (width >= 0)',"
        " 'CHECK (length(hex(zeroblob(400000000))) > 0)')",
        "UPDATE sqlite_master SET sql = replace(sql, 'need REAL NOT NULL DEFAULT 0',"
        " 'need REAL NOT NULL DEFAULT (length(hex(zeroblob(400000000))))')",
        "CREATE INDEX hostile ON photo (hex(zeroblob(width)))",
        "CREATE TRIGGER hostile AFTER INSERT ON box BEGIN DELETE FROM photo; END",
        "CREATE VIEW hostile AS SELECT 1",
        "CREATE TABLE hostile (id)",
        "DROP INDEX photo_state",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = -1",
    ],
)
def test_other_tables_than_those_of_its_format_are_refused_before_a_row_is_read(
    change: str, number: int, tmp_path: Path
) -> None:
    path = restore(number, tmp_path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(change)
    connection.close()
    before = path.read_bytes()
    for read_only in (False, True):
        with pytest.raises(ProjectError, match="has other tables or statements than Moltbox makes"):
            Project.open(tmp_path, read_only=read_only)
    assert path.read_bytes() == before
