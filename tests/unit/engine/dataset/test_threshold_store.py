"""What maps answer at every threshold is kept beside the evidence, for the photo as it was."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from engine.dataset import evidence_store
from engine.dataset import project as project_module
from engine.dataset.evidence_store import EVIDENCE_FILE
from engine.dataset.project import Project
from engine.dataset.project_file import PROJECT_FOLDER
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoState
from engine.errors import ProjectError
from engine.geometry import Box

CAT = ((281, 1.0),)
MIXED = ((3, 0.4), (7, 0.6))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto(f"{name}.jpg", 10, 1) for name in "abc"])
    return tmp_path


def kept(project: Project, model_id: int = 2) -> dict[tuple[int, str], tuple]:
    return {(each.photo_id, each.label): (each.weights, each.data) for each in project.thresholds(model_id)}


def test_tables_come_back_by_photo_label_and_model(root: Path) -> None:
    with Project.open(root) as project:
        project.put_thresholds([(1, "cat", 2, CAT, b"old"), (1, "dog", 2, MIXED, b"dog"), (2, "cat", 9, CAT, b"other")])
        project.put_thresholds([(1, "cat", 2, CAT, b"new")])
    with Project.open(root, read_only=True) as project:
        assert kept(project) == {(1, "cat"): (CAT, b"new"), (1, "dog"): (MIXED, b"dog")}
        assert set(kept(project, 9)) == {(2, "cat")}


def test_a_photo_that_has_changed_since_has_none(root: Path) -> None:
    with Project.open(root) as project:
        project.put_thresholds([(1, "cat", 2, CAT, b"a"), (2, "cat", 2, CAT, b"b")])
        project.add_photos([FoundPhoto("a.jpg", 11, 1)])
        assert set(kept(project)) == {(2, "cat")}


@pytest.mark.parametrize("damage", ["DROP TABLE thresholds", "UPDATE thresholds SET weights = 'noise', data = 'text'"])
def test_what_is_damaged_is_left_out_and_can_be_stored_again(root: Path, damage: str) -> None:
    with Project.open(root) as project:
        project.put_thresholds([(1, "cat", 2, CAT, b"a")])
    with sqlite3.connect(root / PROJECT_FOLDER / EVIDENCE_FILE) as connection:
        connection.execute(damage)
    connection.close()
    with Project.open(root, read_only=True) as project:
        assert kept(project) == {}
        with pytest.raises(ProjectError):
            project.put_thresholds([(1, "cat", 2, CAT, b"a")])
    with Project.open(root) as project:
        project.put_thresholds([(1, "cat", 2, CAT, b"a")])
        assert kept(project) == {(1, "cat"): (CAT, b"a")}


@pytest.mark.parametrize("at_once", [1, 2, 3, 1000])
def test_tables_come_the_same_however_many_are_read_at_once(root: Path, monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(evidence_store, "_READ_TOGETHER", at_once)
    with Project.open(root) as project:
        rows = [(photo_id, label, 2, CAT, label.encode()) for photo_id in (1, 2, 3) for label in ("a", "b")]
        project.put_thresholds([*rows, (2, "c", 9, CAT, b"other")])
        found = [(each.photo_id, each.label, each.model_id, each.weights, each.data) for each in project.thresholds(2)]
        assert found == rows


@pytest.mark.parametrize("at_once", [1, 2, 3, 1000])
def test_the_contents_of_a_state_come_some_at_once_as_they_do_one_by_one(root: Path, monkeypatch, at_once: int) -> None:
    monkeypatch.setattr(project_module, "_READ_TOGETHER", at_once)
    with Project.open(root) as project:
        class_id = project.class_named("cat").id
        boxes = [BoxRow(0, class_id, Box(1, 2, 3 + place, 9), BoxState.PROPOSED, 0.5, 0.3) for place in range(2)]
        project.put_proposals(1, boxes, need=0.5, note="")
        project.put_proposals(3, (), need=1.0, note="")
        decided = project.put_proposals(2, boxes[:1], need=0.5, note="")
        project.put_content(replace(decided, state=PhotoState.REVIEWED), event="done")
        found = list(project.contents(PhotoState.PROPOSED))
        assert found == [project.content(1), project.content(3)]
        assert [content.photo_id for content in project.contents(PhotoState.REVIEWED)] == [2]
