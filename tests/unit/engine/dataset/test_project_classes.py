"""Merging, deleting and bringing back classes: nothing is lost, and undo is exact."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, ClassUse, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.schema import SCHEMA_VERSION
from engine.errors import ProjectError
from engine.geometry import Box


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        opened.add_photos([FoundPhoto(f"{number}.jpg", 10, 1) for number in range(3)])
        yield opened


def _row(class_id: int, state: BoxState = BoxState.DRAWN) -> BoxRow:
    return BoxRow(0, class_id, Box(0, 0, 5, 5), state)


def _put(project: Project, photo_id: int, *rows: BoxRow) -> PhotoContent:
    return project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, rows), event="draw")


def _all(project: Project) -> tuple[object, ...]:
    """Everything that a class act may change."""
    ids = [row.id for row in project.photos()]
    return (
        project.classes(),
        project.photos(),
        [project.content(each) for each in ids],
        [project.labels(each) for each in ids],
    )


def test_use_counts_boxes_rejected_ones_and_labelled_photos(project: Project) -> None:
    cat, dog, owl = (project.class_named(name).id for name in ("cat", "dog", "owl"))
    _put(project, 1, _row(cat), _row(cat, BoxState.REJECTED), _row(dog))
    project.set_label(2, cat, "folder")
    project.set_label(2, cat, "person")
    assert project.class_use() == {cat: ClassUse(1, 1, 1), dog: ClassUse(1, 0, 0), owl: ClassUse()}


def test_merging_moves_boxes_and_labels_and_takes_the_class_out(project: Project) -> None:
    cat, kitten = project.class_named("cat").id, project.class_named("kitten").id
    _put(project, 1, _row(kitten), _row(cat))
    project.set_labels([(2, (cat, kitten))], "table")
    project.set_label(3, kitten, "folder")
    gone = project.merge_classes(kitten, cat)
    assert [row.name for row in project.classes()] == ["cat"]
    assert [row.class_id for row in project.content(1).boxes] == [cat, cat]
    assert project.labels(2) == ((cat, "table"),)
    assert project.photo(3).label_class_id == cat
    assert gone.photo_ids == (1, 2, 3)


def test_a_merge_is_taken_back_exactly(project: Project) -> None:
    cat, kitten = project.class_named("cat").id, project.class_named("kitten").id
    project.recolour_class(kitten, 5)
    _put(project, 1, _row(kitten), _row(cat), _row(kitten, BoxState.REJECTED))
    project.set_labels([(1, (kitten,)), (2, (cat, kitten))], "table")
    project.set_label(3, kitten, "folder")
    before = _all(project)
    gone = project.merge_classes(kitten, cat)
    assert _all(project) != before
    project.restore_classes([gone])
    assert _all(project) == before


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_merges_and_their_undo_in_any_order_of_labels_and_boxes(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test
    folder = tmp_path / str(seed)
    folder.mkdir(exist_ok=True)
    with Project.open(folder) as project:
        project.add_photos([FoundPhoto(f"{seed}-{number}.jpg", 10, 1) for number in range(4)])
        photo_ids = [row.id for row in project.photos()][-4:]
        for name in "abcd":
            project.class_named(name)
        ids = [row.id for row in project.classes()]
        for photo_id in photo_ids:
            _put(project, photo_id, *(_row(chance.choice(ids)) for _ in range(chance.randrange(4))))
            for source in ("person", "table", "folder"):
                project.set_labels([(photo_id, chance.sample(ids, chance.randrange(3)))], source)
        seen, steps = [_all(project)], []
        for _ in range(3):
            gone_id, into_id = chance.sample([row.id for row in project.classes()], 2)
            steps.append(project.merge_classes(gone_id, into_id))
            seen.append(_all(project))
        for step in reversed(steps):
            assert _all(project) == seen.pop()
            project.restore_classes([step])
        assert _all(project) == seen.pop()


def test_only_classes_that_nothing_has_are_deleted(project: Project) -> None:
    cat, dog, owl, bat = (project.class_named(name).id for name in ("cat", "dog", "owl", "bat"))
    _put(project, 1, _row(cat, BoxState.REJECTED))
    project.set_label(2, dog, "folder")
    for used in (cat, dog):
        with pytest.raises(ProjectError, match="in use"):
            project.delete_classes([owl, used])
    assert len(project.classes()) == 4
    before = _all(project)
    gone = project.delete_classes([owl, bat])
    assert [row.id for row in project.classes()] == [cat, dog]
    assert project.class_named("new").id > bat
    project.delete_classes([project.class_named("new").id])
    project.restore_classes(gone)
    assert _all(project) == before


def test_a_class_comes_back_without_the_key_that_another_took(project: Project) -> None:
    cat, dog = project.class_named("cat"), project.class_named("dog")
    gone = project.delete_classes([cat.id])
    project.set_class_keys({dog.id: "1"})
    project.restore_classes(gone)
    assert [(row.name, row.key) for row in project.classes()] == [("cat", None), ("dog", "1")]


def test_a_class_does_not_come_back_beside_one_of_its_name(project: Project) -> None:
    gone = project.delete_classes([project.class_named("cat").id])
    again = project.class_named("cat")
    with pytest.raises(ProjectError, match="There is a class 'cat' again"):
        project.restore_classes(gone)
    assert project.classes() == (again,)


def test_impossible_class_acts_change_nothing(project: Project) -> None:
    cat = project.class_named("cat").id
    before = _all(project)
    for act, sentence in (
        (lambda: project.merge_classes(cat, cat), "into itself"),
        (lambda: project.merge_classes(cat, 99), "no class with the number 99"),
        (lambda: project.recolour_class(cat, -1), "expected 0 or more"),
        (lambda: project.recolour_class(99, 1), "no class with the number 99"),
        (lambda: project.set_class_keys({cat: "q"}), "expected a digit"),
        (lambda: project.set_class_keys({cat: "1", 99: "1"}), "given to two classes"),
        (lambda: project.set_class_keys({99: "1"}), "no class with the number 99"),
    ):
        with pytest.raises(ProjectError, match=sentence):
            act()
    assert _all(project) == before


def test_keys_are_swapped_in_one_act(project: Project) -> None:
    cat, dog = project.class_named("cat").id, project.class_named("dog").id
    project.set_class_keys({cat: "2", dog: "1"})
    assert [row.key for row in project.classes()] == ["2", "1"]
    project.set_class_keys({cat: "0"})
    assert [row.key for row in project.classes()] == ["0", "1"]


def test_a_new_class_takes_the_first_colour_and_key_that_are_free(project: Project) -> None:
    for name in "abc":
        project.class_named(name)
    project.delete_classes([2])
    added = project.class_named("d")
    assert (added.id, added.key, added.colour_index) == (4, "2", 1)


def test_merges_are_in_the_history(project: Project) -> None:
    cat, dog = project.class_named("cat").id, project.class_named("dog").id
    stored = _put(project, 1, _row(dog))
    project.merge_classes(dog, cat)
    last = list(project.events())[-1]
    assert last.kind == "merge classes"
    assert last.payload == {"class": "dog", "into": cat, "boxes": [stored.boxes[0].id]}


def test_export_numbers_survive_a_merge_and_its_undo(project: Project) -> None:
    cat, dog = project.class_named("cat").id, project.class_named("dog").id
    with sqlite3.connect(project.path) as connection:
        connection.execute("UPDATE class SET number = 42 WHERE id = ?", (dog,))
    connection.close()
    before = project.label_set("all")
    gone = project.merge_classes(dog, cat)
    project.restore_classes([gone])
    assert project.label_set("all") == before
    assert 42 in before.class_source_ids


def test_a_project_of_the_first_format_gets_what_makes_class_acts_quick(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto("a.jpg", 10, 1)])
        _put(project, 1, _row(project.class_named("cat").id))
        before, path = _all(project), project.path
    connection = sqlite3.connect(path)
    names = [
        row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE name LIKE '%\\_class' ESCAPE '\\'")
    ]
    assert set(names) == {"box_class", "photo_label_class", "photo_class"}
    for name in names:
        connection.execute(f"DROP INDEX {name}")
    connection.execute("DROP TABLE foreign_fields")
    connection.execute("PRAGMA user_version = 1")
    connection.commit()
    connection.close()
    with Project.open(tmp_path) as project:
        assert _all(project) == before
        plan = project._connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM box WHERE class_id = 1").fetchall()
        assert "box_class" in plan[0][-1]
    assert (path.parent / "backups" / f"before-format-{SCHEMA_VERSION}.sqlite").exists()


def test_a_merge_in_parts_is_sound_between_any_two_and_taken_back_exactly(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto(f"{number}.jpg", 10, 1) for number in range(3)])
        cat, kitten = project.class_named("cat").id, project.class_named("kitten").id
        _put(project, 1, _row(kitten), _row(cat), _row(kitten, BoxState.REJECTED))
        _put(project, 2, _row(kitten))
        project.set_labels([(1, (kitten,)), (2, (cat, kitten))], "table")
        project.set_label(3, kitten, "folder")
        before = _all(project)
        parts = [project.merge_classes(kitten, cat, most=2)]
        assert not parts[0].is_out
        assert {row.name for row in project.classes()} == {"cat", "kitten"}
        assert project.class_use() == {cat: ClassUse(3, 0, 1), kitten: ClassUse(0, 1, 3)}
    with Project.open(tmp_path) as project:  # what a killed window leaves
        assert not project.read_only
        while not parts[-1].is_out:
            parts.append(project.merge_classes(kitten, cat, most=2))
        assert [row.name for row in project.classes()] == ["cat"]
        assert project.class_use() == {cat: ClassUse(3, 1, 3)}
        assert sum(len(part.box_ids) for part in parts) == 3
        for part in reversed(parts):
            project.restore_classes([part])
        assert _all(project) == before
