from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.project import Project
from engine.dataset.project_records import (
    BoxRow,
    BoxState,
    FoundPhoto,
    PhotoContent,
    PhotoState,
    Proposals,
)
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import ProjectError
from engine.geometry import Box
from support.photos import save_photo


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    with Project.open(tmp_path) as opened:
        opened.add_photos(FoundPhoto(f"{name}.jpg", 1, 1) for name in ("a", "b", "sub/c", "d"))
        opened.set_photo_sizes((row.id, 100, 80) for row in opened.photos())
        yield opened


def put(project: Project, path: str, state: PhotoState, **boxes: BoxState) -> PhotoContent:
    """Stores one box per named class in the given state."""
    photo_id = project.photo_id_of(path)
    assert photo_id is not None
    rows = tuple(
        BoxRow(0, project.class_named(name).id, Box(place, 0, place + 5, 5), box_state, score=0.5)
        for place, (name, box_state) in enumerate(boxes.items())
    )
    return project.put_content(PhotoContent(photo_id, state, rows), event="test")


@pytest.mark.parametrize("scope", ["reviewed", "all"])
@pytest.mark.parametrize("include_proposals", [False, True])
def test_boxes_are_counted_as_they_are_exported(project: Project, scope, include_proposals: bool) -> None:
    every = {state.value: state for state in BoxState}
    put(project, "b.jpg", PhotoState.REVIEWED, **every)
    put(project, "sub/c.jpg", PhotoState.PROPOSED, **every)
    put(project, "d.jpg", PhotoState.SKIPPED, cat=BoxState.ACCEPTED)
    exported = project.label_set(scope, include_proposals=include_proposals)
    assert project.box_count(scope, include_proposals=include_proposals) == exported.box_count > 0


def test_an_export_has_the_boxes_that_count_and_the_photos_without_any(project: Project) -> None:
    put(
        project,
        "b.jpg",
        PhotoState.REVIEWED,
        cat=BoxState.ACCEPTED,
        dog=BoxState.REJECTED,
        owl=BoxState.EDITED,
        fox=BoxState.DRAWN,
        elk=BoxState.PROPOSED,
    )
    put(project, "a.jpg", PhotoState.REVIEWED)
    put(project, "sub/c.jpg", PhotoState.PROPOSED, cat=BoxState.ACCEPTED, dog=BoxState.PROPOSED)
    reviewed = project.label_set()
    assert reviewed.class_names == ("cat", "dog", "owl", "fox", "elk")
    assert [(photo.path, photo.verified) for photo in reviewed.photos] == [("a.jpg", True), ("b.jpg", True)]
    assert [[box.class_name for box in photo.boxes] for photo in reviewed.photos] == [[], ["cat", "owl", "fox"]]
    everything = project.label_set("all")
    assert [(photo.path, photo.verified, len(photo.boxes)) for photo in everything.photos] == [
        ("a.jpg", True, 0),
        ("b.jpg", True, 3),
        ("d.jpg", False, 0),
        ("sub/c.jpg", False, 1),
    ]
    with_proposals = project.label_set("all", include_proposals=True)
    assert [box.state for box in with_proposals.photos[3].boxes] == ["accepted", "proposed"]
    with pytest.raises(ProjectError, match="expected reviewed or all"):
        project.label_set("some")  # pyright: ignore[reportArgumentType]


def test_the_label_that_counts_goes_along(project: Project) -> None:
    project.set_named_labels({"a.jpg": ("cat",)}, "folder")
    project.set_named_labels({"a.jpg": ("owl", "dog")}, "table")
    labels = {photo.path: photo.labels for photo in project.label_set("all").photos}
    assert sorted(labels["a.jpg"]) == ["dog", "owl"]
    assert labels["b.jpg"] == ()


def test_numbers_stay_the_same_from_export_to_export(project: Project, tmp_path: Path) -> None:
    def numbers(name: str) -> dict[str, set[tuple[int, str]]]:
        write_coco(tmp_path / name, project.label_set())
        document = json.loads((tmp_path / name).read_text())
        return {
            "images": {(entry["id"], entry["file_name"]) for entry in document["images"]},
            "categories": {(entry["id"], entry["name"]) for entry in document["categories"]},
            "annotations": {(entry["id"], str(entry["bbox"])) for entry in document["annotations"]},
        }

    put(project, "b.jpg", PhotoState.REVIEWED, cat=BoxState.ACCEPTED, dog=BoxState.ACCEPTED)
    first = put(project, "d.jpg", PhotoState.REVIEWED, owl=BoxState.ACCEPTED, cat=BoxState.DRAWN)
    before = numbers("1.json")
    project.put_content(dataclasses.replace(first, boxes=first.boxes[1:]), event="delete")
    put(project, "a.jpg", PhotoState.REVIEWED, ape=BoxState.DRAWN)
    after = numbers("2.json")
    for part in ("images", "categories"):
        assert before[part] < after[part]
    assert {number for number, _ in before["annotations"]} - {number for number, _ in after["annotations"]} == {
        first.boxes[0].id
    }
    assert len(after["annotations"] - before["annotations"]) == 1


def labels_of(*photos: LabelledPhoto, numbers: tuple[int | None, ...] = ()) -> LabelSet:
    names = tuple(dict.fromkeys(box.class_name for photo in photos for box in photo.boxes))
    return LabelSet(names, photos, numbers)


def cat(number: int | None = None, **more: object) -> LabelledBox:
    return dataclasses.replace(LabelledBox("cat", Box(1, 2, 30, 40), source_id=number), **more)


def test_imported_boxes_are_accepted_or_left_to_a_person(project: Project) -> None:
    given = labels_of(
        LabelledPhoto("a.jpg", 100, 80, (cat(difficult=True, score=0.25),)),
        LabelledPhoto("b.jpg", 100, 80, (cat(),), verified=True),
        LabelledPhoto("d.jpg", 100, 80),
    )
    report = project.add_label_set(given, reviewed=False)
    assert (report.photo_count, report.box_count, report.skipped) == (3, 2, ())
    assert [row.state for row in project.photos()[:3]] == [PhotoState.PROPOSED, PhotoState.REVIEWED, PhotoState.NEW]
    (box,) = project.content(1).boxes
    assert (box.state, box.difficult, box.score, box.box) == (BoxState.PROPOSED, True, 0.25, Box(1, 2, 30, 40))
    project.add_label_set(given, reviewed=True)
    assert [row.state for row in project.photos()] == [PhotoState.REVIEWED] * 3 + [PhotoState.NEW]
    assert project.content(1).boxes[0].state is BoxState.ACCEPTED


def test_an_import_leaves_alone_what_a_person_has_decided(project: Project) -> None:
    mine = put(project, "a.jpg", PhotoState.PROPOSED, dog=BoxState.DRAWN)
    empty = put(project, "b.jpg", PhotoState.REVIEWED)
    given = labels_of(*(LabelledPhoto(f"{name}.jpg", 100, 80, (cat(),)) for name in ("a", "b", "nowhere", "d")))
    report = project.add_label_set(given, reviewed=True)
    assert (report.photo_count, report.box_count) == (1, 1)
    assert [(entry.path, entry.reason) for entry in report.skipped] == [
        ("a.jpg", "Somebody has already decided on its boxes here."),
        ("b.jpg", "Somebody has already decided on its boxes here."),
        ("nowhere.jpg", "The project has no such photo."),
    ]
    assert project.content(mine.photo_id) == mine
    assert project.content(empty.photo_id) == empty


def test_boxes_of_another_frame_are_not_taken(project: Project) -> None:
    given = labels_of(
        LabelledPhoto("a.jpg", 80, 100, (cat(),)),
        LabelledPhoto("b.jpg", 0, 0, (cat(box=Box(1, 2, 300, 40)),)),
        LabelledPhoto("d.jpg", 0, 0, (cat(),)),
    )
    report = project.add_label_set(given, reviewed=True)
    assert report.photo_count == 1
    assert [entry.reason for entry in report.skipped] == [
        "The file says 80 x 100 pixels, but the upright photo has 100 x 80.",
        "A box lies outside the photo of 100 x 80 pixels.",
    ]


def test_an_unknown_size_is_read_from_the_photo(tmp_path: Path) -> None:
    save_photo(tmp_path / "a.png", np.zeros((80, 100, 3), np.uint8))
    with Project.open(tmp_path) as project:
        project.add_photos([FoundPhoto("a.png", 1, 1), FoundPhoto("gone.png", 1, 1)])
        given = labels_of(*(LabelledPhoto(name, 100, 80, (cat(),)) for name in ("a.png", "gone.png")))
        report = project.add_label_set(given, reviewed=True)
        assert [entry.path for entry in report.skipped] == ["gone.png"]
        assert (project.photo(1).width, project.photo(1).height) == (100, 80)


def test_a_bare_file_name_finds_the_only_photo_that_has_it(project: Project) -> None:
    project.add_photos([FoundPhoto("x/twin.jpg", 1, 1), FoundPhoto("y/twin.jpg", 1, 1), FoundPhoto("xsub/c.jpg", 1, 1)])
    given = labels_of(LabelledPhoto("sub/c.jpg", 0, 0, (cat(),)), LabelledPhoto("twin.jpg", 0, 0, (cat(),)))
    report = project.add_label_set(given, reviewed=True)
    assert [entry.path for entry in report.skipped] == ["twin.jpg"]
    assert len(project.content(3).boxes) == 1


def test_a_foreign_files_numbers_come_out_again(project: Project, tmp_path: Path) -> None:
    foreign = {
        "images": [
            {"id": 4, "file_name": "a.jpg", "width": 100, "height": 80},
            {"id": 1, "file_name": "sub/c.jpg", "width": 100, "height": 80},
            {"id": 900, "file_name": "b.jpg", "width": 100, "height": 80},
        ],
        "annotations": [
            {"id": 77, "image_id": 1, "category_id": 18, "bbox": [1, 2, 3, 4]},
            {"id": 5, "image_id": 900, "category_id": 17, "bbox": [1, 2, 3, 5]},
        ],
        "categories": [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}, {"id": 1, "name": "person"}],
    }
    (tmp_path / "foreign.json").write_text(json.dumps(foreign))
    project.add_label_set(read_coco(tmp_path / "foreign.json"), reviewed=True)
    put(project, "d.jpg", PhotoState.REVIEWED, ape=BoxState.DRAWN)
    write_coco(tmp_path / "ours.json", project.label_set())
    ours = json.loads((tmp_path / "ours.json").read_text())
    for part, key in (("images", "file_name"), ("categories", "name")):
        theirs = {entry[key]: entry["id"] for entry in foreign[part]}
        found = {entry[key]: entry["id"] for entry in ours[part]}
        assert theirs.items() <= found.items()
        assert len(set(found.values())) == len(found) == len(theirs) + 1
    assert {77, 5} < {entry["id"] for entry in ours["annotations"]}
    # The rows made later keep clear of the imported numbers, and importing our own export changes nothing.
    project.add_photos([FoundPhoto("later.jpg", 1, 1)])
    assert project.photo_id_of("later.jpg") not in {entry["id"] for entry in ours["images"]}
    project.add_label_set(read_coco(tmp_path / "ours.json"), reviewed=True)
    write_coco(tmp_path / "again.json", project.label_set())
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "ours.json").read_bytes()


def test_a_photo_whose_id_an_import_takes_gets_a_number_that_nobody_has(project: Project) -> None:
    given = labels_of(
        LabelledPhoto("a.jpg", 0, 0, (cat(),), source_id=project.photo_id_of("b.jpg")),
        LabelledPhoto("d.jpg", 0, 0, (cat(),), source_id=5),
    )
    project.add_label_set(given, reviewed=True)
    project.add_photos([FoundPhoto("e.jpg", 1, 1), FoundPhoto("f.jpg", 1, 1)])
    numbers = {photo.path: photo.source_id for photo in project.label_set("all").photos}
    assert (numbers["a.jpg"], numbers["d.jpg"]) == (2, 5)
    assert len(set(numbers.values())) == 6


def test_a_number_held_by_an_earlier_import_stays_with_it(project: Project) -> None:
    project.add_label_set(labels_of(LabelledPhoto("a.jpg", 0, 0, (cat(),), source_id=50)), reviewed=True)
    project.add_label_set(labels_of(LabelledPhoto("b.jpg", 0, 0, (cat(),), source_id=50)), reviewed=True)
    numbers = {photo.path: photo.source_id for photo in project.label_set("all").photos}
    assert numbers["a.jpg"] == 50
    assert len(set(numbers.values())) == 4


def test_an_import_that_fails_leaves_no_trace(project: Project) -> None:
    broken = LabelSet(("dog", "a\x07b"), (LabelledPhoto("a.jpg", 100, 80),))
    with pytest.raises(ProjectError):
        project.add_label_set(broken, reviewed=True)
    assert project.classes() == ()
    assert project.photo(1).state is PhotoState.NEW


@pytest.mark.slow
def test_a_hundred_thousand_photos_are_exported_within_ten_seconds(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_photos(FoundPhoto(f"n{place % 100}/{place}.jpg", 1, 1) for place in range(100_000))
        class_ids = [project.class_named(f"c{place}").id for place in range(100)]
        project.set_photo_sizes((place, 500, 400) for place in range(1, 100_001))
        project.put_many_proposals(
            Proposals(
                place,
                tuple(
                    BoxRow(0, class_ids[place % 100], Box(0.5, 0, place % 400 + 1, box + 1), BoxState.PROPOSED, 0.5)
                    for box in range(2 + place % 2)
                ),
            )
            for place in range(1, 100_001)
        )
        start_s = time.perf_counter()
        report = write_coco(tmp_path / "boxes.json", project.label_set("all", include_proposals=True))
        elapsed_s = time.perf_counter() - start_s
    assert (report.photo_count, report.box_count) == (100_000, 250_000)
    # The goal is 10 s on a quiet machine with two cores; a shared one is given room.
    assert elapsed_s < 30
