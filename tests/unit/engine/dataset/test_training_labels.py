"""What a project gives a training: labels from folders and people, and boxes that score and calibrate, never train."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.dataset.coco import read_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.training_labels import (
    LEAST_LEARNT_SHARE,
    MOST_HELD_OUT,
    Source,
    plan_training,
    write_training_files,
)
from engine.geometry import Box

COUNT = 20


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """Twenty cats and twenty dogs in folders of their names, and one photo without a label."""
    paths = [f"{name}/{place:02d}.jpg" for name in ("cat", "dog") for place in range(COUNT)]
    with Project.open(tmp_path) as opened:
        labels = {path: (path.split("/")[0],) for path in paths}
        opened.add_photos([FoundPhoto(path, 1, 1) for path in [*paths, "loose.jpg"]], folder_labels=labels)
        opened.set_photo_sizes((row.id, 100, 80) for row in opened.photos())
        yield opened


def review(project: Project, path: str, *boxes: tuple[str, BoxState]) -> int:
    """Stores boxes on a photo as a person decided on them; answers its id."""
    photo_id = project.photo_id_of(path)
    assert photo_id is not None
    rows = tuple(
        BoxRow(0, project.class_named(name).id, Box(10 * place, 0, 10 * place + 9, 9), state)
        for place, (name, state) in enumerate(boxes)
    )
    project.put_content(PhotoContent(photo_id, PhotoState.REVIEWED, rows), event="test")
    return photo_id


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_folders_are_the_labels_where_nobody_said_otherwise(project: Project) -> None:
    plan = plan_training(project)
    assert plan.counts == {"cat": COUNT, "dog": COUNT}
    assert plan.by_hand == 0
    assert plan.held_out == plan.calibrating == ()
    assert "loose.jpg" not in {photo.path for photo in plan.photos}


def test_a_person_s_label_counts_before_the_folder_s(project: Project) -> None:
    photo_id = project.photo_id_of("cat/00.jpg")
    assert photo_id is not None
    project.set_labels([(photo_id, [project.class_named("fox").id])], "person")
    plan = plan_training(project)
    chosen = next(photo for photo in plan.photos if photo.photo_id == photo_id)
    assert chosen.class_names == ("fox",)
    assert chosen.by_hand
    assert plan.counts == {"cat": COUNT - 1, "dog": COUNT, "fox": 1}


def test_decided_boxes_tell_what_a_photo_shows_and_proposals_and_rejected_ones_do_not(project: Project) -> None:
    review(project, "loose.jpg", ("fox", BoxState.DRAWN), ("owl", BoxState.REJECTED), ("elk", BoxState.PROPOSED))
    loose = next(photo for photo in plan_training(project).photos if photo.path == "loose.jpg")
    assert loose.class_names == ("fox",)


def test_sources_are_used_one_by_one_and_counted_whether_used_or_not(project: Project) -> None:
    photo_id = project.photo_id_of("cat/00.jpg")
    assert photo_id is not None
    project.set_labels([(photo_id, [project.class_named("fox").id])], "person")
    review(project, "loose.jpg", ("owl", BoxState.DRAWN))
    review(project, "dog/00.jpg", ("elk", BoxState.ACCEPTED))
    offered = {"given": 2 * COUNT, "person": 1, "boxes": 2}

    def learnt(*sources: Source) -> dict[str, int]:
        plan = plan_training(project, sources)
        assert plan.offered == offered
        return dict(Counter(name for photo in plan.photos for name in photo.class_names))

    assert learnt("given") == {"cat": COUNT, "dog": COUNT}
    assert learnt("person") == {"fox": 1}
    assert learnt("boxes") == {"owl": 1, "elk": 1}
    assert learnt("given", "person") == {"cat": COUNT - 1, "fox": 1, "dog": COUNT}
    assert learnt("given", "person", "boxes") == {"cat": COUNT - 1, "fox": 1, "dog": COUNT, "owl": 1, "elk": 1}


def test_boxes_that_are_no_labels_still_score_the_photos_learnt_from(project: Project, tmp_path: Path) -> None:
    for place in range(4):
        review(project, f"dog/{place:02d}.jpg", ("dog", BoxState.DRAWN))
    review(project, "loose.jpg", ("dog", BoxState.DRAWN))
    plan = plan_training(project, ["given"])
    assert plan.by_hand == 0
    assert len(plan.boxed) == 4  # the loose photo has no label now
    assert plan.held_out
    _, boxes = write_training_files(project, plan, tmp_path)
    assert boxes is not None
    assert write_training_files(project, plan_training(project, ["person"]), tmp_path)[1] is None
    assert not boxes.exists()


def test_photos_that_cannot_be_read_are_named(project: Project) -> None:
    photo_id = project.photo_id_of("dog/03.jpg")
    assert photo_id is not None
    project.set_photo_state(photo_id, PhotoState.FAILED, "it is no photo")
    assert plan_training(project).unreadable == ("dog/03.jpg",)


@pytest.mark.parametrize("state", [PhotoState.SKIPPED, PhotoState.FAILED])
def test_photos_left_out_are_not_learnt_from(project: Project, state: PhotoState) -> None:
    photo_id = project.photo_id_of("dog/03.jpg")
    assert photo_id is not None
    project.set_photo_state(photo_id, state, "")
    assert plan_training(project).counts == {"cat": COUNT, "dog": COUNT - 1}


def test_held_out_photos_are_reviewed_ones_and_every_class_keeps_most_of_its_photos(project: Project) -> None:
    for place in range(COUNT):
        review(project, f"cat/{place:02d}.jpg", ("cat", BoxState.ACCEPTED))
        if place < 4:
            review(project, f"dog/{place:02d}.jpg", ("dog", BoxState.EDITED))
    plan = plan_training(project)
    held = {photo.path for photo in plan.held_out}
    assert held
    assert held.isdisjoint(photo.path for photo in plan.calibrating)
    assert {photo.photo_id for photo in (*plan.held_out, *plan.calibrating)} == plan.boxed
    for name in ("cat", "dog"):
        assert plan.counts[name] >= LEAST_LEARNT_SHARE * COUNT
    assert len(held) <= MOST_HELD_OUT


def test_the_same_photos_are_held_out_each_time(project: Project) -> None:
    for place in range(6):
        review(project, f"cat/{place:02d}.jpg", ("cat", BoxState.ACCEPTED))
    first = {photo.path for photo in plan_training(project).held_out}
    assert {photo.path for photo in plan_training(project).held_out} == first
    assert first


def test_the_table_says_who_is_held_out_and_the_boxes_are_those_decided_on(project: Project, tmp_path: Path) -> None:
    for place in range(10):
        review(project, f"cat/{place:02d}.jpg", ("cat", BoxState.ACCEPTED), ("dog", BoxState.REJECTED))
    plan = plan_training(project)
    folder = tmp_path / "training"
    folder.mkdir()
    labels, boxes = write_training_files(project, plan, folder)
    rows = table_of(labels)
    assert list(rows[0]) == ["image", "class", "split"]
    assert {row["image"] for row in rows if row["split"] == "val"} == {photo.path for photo in plan.held_out}
    assert len(rows) == 2 * COUNT
    assert boxes is not None
    written = read_coco(boxes)
    assert {photo.path for photo in written.photos} == {f"cat/{place:02d}.jpg" for place in range(10)}
    assert {box.class_name for photo in written.photos for box in photo.boxes} == {"cat"}


def test_without_decided_boxes_no_file_of_boxes_is_written(project: Project, tmp_path: Path) -> None:
    folder = tmp_path / "training"
    folder.mkdir()
    _, boxes = write_training_files(project, plan_training(project), folder)
    assert boxes is None
    assert [path.name for path in folder.iterdir()] == ["labels.csv"]
