"""What labels stand for is kept beside the evidence: a cache, made again wherever it is damaged."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from engine.dataset.evidence_store import EVIDENCE_FILE
from engine.dataset.project import Project
from engine.dataset.project_file import PROJECT_FOLDER
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box

TEAPOT = ((281, 0.412345), (7, 0.587655))
KETTLE = ((3, 1.0),)


def change_store(root: Path, *statements: str, values: tuple[object, ...] = ()) -> None:
    connection = sqlite3.connect(root / PROJECT_FOLDER / EVIDENCE_FILE)
    with connection:
        for statement in statements:
            connection.execute(statement, values)
    connection.close()


def test_anchors_come_back_as_they_were_for_their_model_only(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.put_anchors(2, {"teapot": KETTLE, "kettle": KETTLE})
        project.put_anchors(2, {"teapot": TEAPOT})
    with Project.open(tmp_path) as project:
        assert project.anchors(2) == {"teapot": TEAPOT, "kettle": KETTLE}
        assert project.anchors(1) == {}


@pytest.mark.parametrize(
    "damage",
    [
        ("DROP TABLE anchors",),
        ("DROP TABLE anchors", "CREATE TABLE anchors (something TEXT)"),
    ],
)
def test_a_missing_or_strange_table_is_made_again_and_the_maps_stay(tmp_path: Path, damage: tuple[str, ...]) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto("a.jpg", 10, 1)])
        project.put_evidence(1, 2, b"maps")
        project.put_anchors(2, {"teapot": TEAPOT})
    change_store(tmp_path, *damage)
    with Project.open(tmp_path) as project:
        assert project.anchors(2) == {}
        project.put_anchors(2, {"kettle": KETTLE})
        assert project.anchors(2) == {"kettle": KETTLE}
        assert project.evidence(1) == (2, b"maps")


@pytest.mark.parametrize("text", ["noise", "[]", "[[1]]", "[[-1, 0.5]]", "[[1, NaN]]", '{"1": 2}', b"[[1, 1]]"])
def test_a_damaged_row_is_left_out(tmp_path: Path, text: str | bytes) -> None:
    with Project.open(tmp_path) as project:
        project.put_anchors(2, {"teapot": TEAPOT, "kettle": KETTLE})
        change_store(tmp_path, "UPDATE anchors SET weights = ? WHERE label = 'teapot'", values=(text,))
        assert project.anchors(2) == {"kettle": KETTLE}


def test_a_project_to_look_at_reads_anchors_and_takes_none(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.put_anchors(2, {"teapot": TEAPOT})
    with Project.open(tmp_path, read_only=True) as project:
        assert project.anchors(2) == {"teapot": TEAPOT}
        with pytest.raises(ProjectError, match="only to be looked at"):
            project.put_anchors(2, {"kettle": KETTLE})


def test_photos_with_a_box_of_a_class_that_nobody_has_rejected(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto(f"{number}.jpg", 10, 1) for number in range(4)])
        cup, cat = (project.class_named(name).id for name in ("cup", "cat"))
        for photo_id, class_id, state in (
            (1, cup, BoxState.DRAWN),
            (2, cup, BoxState.REJECTED),
            (3, cat, BoxState.DRAWN),
        ):
            box = BoxRow(0, class_id, Box(0, 0, 5, 5), state)
            project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, (box,)), event="test")
        assert project.photos_with_box(cup) == {1}
        assert project.photos_with_box(cat) == {3}
        assert project.photos_with_box(99) == frozenset()
