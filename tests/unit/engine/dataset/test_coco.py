from __future__ import annotations

import contextlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dataset.coco import read_coco, write_coco, write_coco_results
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import LabelFileError
from engine.geometry import Box
from support.labels import cat, label_sets, one_photo

TOLERANCE_PX = 1e-9


def written(path: Path, label_set: LabelSet) -> dict[str, Any]:
    write_coco(path, label_set)
    return json.loads(path.read_text(encoding="utf-8"))


def foreign(path: Path, **changes: Any) -> Path:
    """A small file as another tool writes it, with parts replaced."""
    document = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}],
        "annotations": [{"id": 5, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40]}],
        "categories": [{"id": 3, "name": "cat"}],
    }
    path.write_text(json.dumps({**document, **changes}), encoding="utf-8")
    return path


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(label_sets())
def test_what_is_written_is_read_again(label_set: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.json"
        write_coco(path, label_set)
        read = read_coco(path)
    assert read.class_names == label_set.class_names
    assert [photo.path for photo in read.photos] == [photo.path for photo in label_set.photos]
    for ours, theirs in zip(label_set.photos, read.photos, strict=True):
        assert (ours.width, ours.height, ours.verified) == (theirs.width, theirs.height, theirs.verified)
        for a, b in zip(ours.boxes, theirs.boxes, strict=True):
            assert b.box.as_tuple() == pytest.approx(a.box.as_tuple(), abs=TOLERANCE_PX)
            assert (a.class_name, a.score, a.state, a.difficult, a.truncated) == (
                b.class_name,
                b.score,
                b.state,
                b.difficult,
                b.truncated,
            )


def test_every_field_that_readers_need_is_there(tmp_path: Path) -> None:
    photos = (
        LabelledPhoto("sub/a.jpg", 100, 80, (LabelledBox("dog", Box(10.25, 20.5, 30.25, 50.5), state="drawn"),)),
        LabelledPhoto("empty.jpg", 50, 40, verified=True),
    )
    document = written(tmp_path / "boxes.json", LabelSet(("cat", "dog"), photos))
    assert document["images"] == [
        {"id": 1, "width": 100, "height": 80, "file_name": "sub/a.jpg"},
        {"id": 2, "width": 50, "height": 40, "file_name": "empty.jpg", "moltbox": {"verified": True}},
    ]
    assert document["annotations"] == [
        {
            "id": 1,
            "image_id": 1,
            "category_id": 2,
            "bbox": [10.25, 20.5, 20.0, 30.0],
            "area": 600.0,
            "iscrowd": 0,
            "segmentation": [],
            "moltbox": {"state": "drawn"},
        }
    ]
    assert [(entry["id"], entry["name"]) for entry in document["categories"]] == [(1, "cat"), (2, "dog")]


def test_numbers_that_came_along_are_kept_and_the_others_go_on_above(tmp_path: Path) -> None:
    boxes = tuple(LabelledBox("cat", Box(0, 0, 1, 1), source_id=number) for number in (9, None, 9, 0, 3))
    label_set = LabelSet(("cat", "dog"), (LabelledPhoto("a.jpg", 10, 10, boxes, source_id=40),), (None, 1))
    document = written(tmp_path / "boxes.json", label_set)
    assert [entry["id"] for entry in document["annotations"]] == [9, 10, 11, 12, 3]
    assert [entry["id"] for entry in document["images"]] == [40]
    assert [entry["id"] for entry in document["categories"]] == [2, 1]


def test_numbers_of_another_tool_survive_reading_and_writing(tmp_path: Path) -> None:
    label_set = read_coco(foreign(tmp_path / "foreign.json"))
    document = written(tmp_path / "ours.json", label_set)
    (image,), (annotation,), (category,) = document["images"], document["annotations"], document["categories"]
    assert (image["id"], annotation["id"], annotation["image_id"], category["id"]) == (7, 5, 7, 3)


def test_the_same_label_set_gives_the_same_bytes(tmp_path: Path) -> None:
    label_set = one_photo(cat(1, 2, 3, 4), cat(0.1, 0.2, 99.9, 79.7))
    write_coco(tmp_path / "a.json", label_set)
    write_coco(tmp_path / "b.json", label_set)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_a_photo_without_a_size_or_with_a_box_outside_is_left_out_and_named(tmp_path: Path) -> None:
    photos = (
        LabelledPhoto("unknown.jpg", 0, 0),
        LabelledPhoto("outside.jpg", 10, 10, (cat(5, 5, 11, 8),)),
        LabelledPhoto("good.jpg", 10, 10, (cat(5, 5, 10, 10),)),
    )
    report = write_coco(tmp_path / "boxes.json", LabelSet(("cat",), photos))
    assert (report.photo_count, report.box_count) == (1, 1)
    assert [entry.path for entry in report.skipped] == ["unknown.jpg", "outside.jpg"]
    assert "not known" in report.skipped[0].reason
    assert "outside the photo of 10 x 10" in report.skipped[1].reason


def test_a_file_of_another_tool_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = foreign(tmp_path / "boxes.json")
    label_set = one_photo(cat(1, 2, 3, 4))
    with pytest.raises(LabelFileError, match="not written by Moltbox"):
        write_coco(path, label_set)
    write_coco(path, label_set, overwrite=True)
    write_coco(path, label_set)


def test_a_class_name_with_a_control_character_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="control characters"):
        write_coco(tmp_path / "boxes.json", LabelSet(("a\x07b",), ()))
    assert not (tmp_path / "boxes.json").exists()


def test_results_are_a_bare_list_with_the_same_numbers(tmp_path: Path) -> None:
    boxes = (LabelledBox("cat", Box(1, 2, 4, 6), score=0.5), LabelledBox("cat", Box(0, 0, 1, 1)))
    label_set = LabelSet(("cat",), (LabelledPhoto("a.jpg", 10, 10, boxes, source_id=8),), (4,))
    write_coco_results(tmp_path / "results.json", label_set)
    assert json.loads((tmp_path / "results.json").read_text()) == [
        {"image_id": 8, "category_id": 4, "bbox": [1, 2, 3, 4], "score": 0.5},
        {"image_id": 8, "category_id": 4, "bbox": [0, 0, 1, 1], "score": 1.0},
    ]


def test_a_box_that_sticks_out_by_rounding_is_cut(tmp_path: Path) -> None:
    annotation = {"id": 1, "image_id": 7, "category_id": 3, "bbox": [-0.5, 0, 101, 80.4]}
    (photo,) = read_coco(foreign(tmp_path / "f.json", annotations=[annotation])).photos
    assert photo.boxes[0].box == Box(0, 0, 100, 80)


def test_identities_as_text_are_understood(tmp_path: Path) -> None:
    annotation = {"id": "5", "image_id": "7", "category_id": "3", "bbox": [1, 2, 3, 4]}
    (photo,) = read_coco(foreign(tmp_path / "f.json", annotations=[annotation])).photos
    assert photo.boxes[0].source_id == 5


def test_categories_of_one_name_are_one_class(tmp_path: Path) -> None:
    categories = [{"id": 0, "name": "cat"}, {"id": 3, "name": "cat"}]
    read = read_coco(foreign(tmp_path / "f.json", categories=categories))
    assert read.class_names == ("cat",)
    assert read.photos[0].boxes[0].class_name == "cat"


BOX = {"id": 5, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40]}
IMAGE = {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"annotations": [{**BOX, "bbox": [10, 20, -5, 40]}]}, r"annotations\[0\]\.bbox has the size -5 x 40"),
        ({"annotations": [{**BOX, "bbox": [90, 20, 30, 40]}]}, r"annotations\[0\]\.bbox .* outside the photo"),
        ({"annotations": [{**BOX, "bbox": [10, -20, 30, 40]}]}, r"annotations\[0\]\.bbox .* outside the photo"),
        ({"annotations": [{**BOX, "bbox": [10, 20, 30]}]}, r"annotations\[0\]\.bbox .* four numbers"),
        ({"annotations": [{**BOX, "bbox": [10, 20, 30, None]}]}, r"annotations\[0\]\.bbox is None; expected a number"),
        ({"annotations": [{**BOX, "bbox": [10, 20, 30, True]}]}, r"annotations\[0\]\.bbox is True"),
        ({"annotations": [{**BOX, "bbox": [10, 20, 30, "1e999"]}]}, r"expected a finite number"),
        ({"annotations": [{**BOX, "bbox": [0, 0, 1e308, 1e308]}]}, r"outside the photo"),
        ({"annotations": [{**BOX, "image_id": 8}]}, r"annotations\[0\]\.image_id is 8"),
        ({"annotations": [{**BOX, "category_id": 4}]}, r"annotations\[0\]\.category_id is 4"),
        ({"annotations": [{**BOX, "id": 1.5}]}, r"annotations\[0\]\.id is 1\.5; expected a whole number"),
        ({"annotations": [BOX, BOX]}, r"annotations\[1\]\.id is 5 for a second time"),
        ({"annotations": [[]]}, r"annotations\[0\] is not an object"),
        ({"annotations": {}}, r"has no list of annotations"),
        ({"images": [{**IMAGE, "file_name": "../a.jpg"}]}, r"image 7\.file_name .* inside the folder"),
        ({"images": [{**IMAGE, "file_name": "/srv/a.jpg"}]}, r"image 7\.file_name .* relative"),
        ({"images": [{**IMAGE, "file_name": None}]}, r"image 7\.file_name is None"),
        ({"images": [{**IMAGE, "width": -1}]}, r"image 7\.width is -1"),
        ({"images": [IMAGE, IMAGE]}, r"images\[1\]\.id is 7 for a second time"),
        ({"images": [IMAGE, {**IMAGE, "id": 8}]}, r"two images with the file_name 'a\.jpg'"),
        ({"categories": [{"id": 3, "name": ""}]}, r"categories\[0\]\.name is ''"),
        ({"categories": [{"id": 3, "name": "a\tb"}]}, r"categories\[0\]\.name .* control characters"),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence) as caught:
        read_coco(foreign(tmp_path / "f.json", **changes))
    assert str(caught.value).startswith("f.json")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "is not a JSON file"),
        (b"[]", "is not a COCO file"),
        (b'{"images": [', "is not a JSON file"),
        (b'{"images": NaN}', "has the value NaN"),
        (b"\xff\xfe{", "is not UTF-8"),
        (b"[" * 200_000, "is not a JSON file"),
        (b'{"images": ' + b"1" * 5000 + b"}", "is not a JSON file"),
    ],
)
def test_a_file_that_is_no_coco_file_is_said_so(tmp_path: Path, data: bytes, sentence: str) -> None:
    path = tmp_path / "f.json"
    path.write_bytes(data)
    with pytest.raises(LabelFileError, match=sentence):
        read_coco(path)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "bbox", "name"]), inner),
    max_leaves=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(["images", "annotations", "categories"]), st.sampled_from([*BOX, *IMAGE, "name", None]), JSON)
def test_no_value_anywhere_makes_the_reader_fall(part: str, key: str | None, value: object) -> None:
    handle, name = tempfile.mkstemp(suffix=".json")
    os.close(handle)
    path = Path(name)
    try:
        entry = {"images": IMAGE, "annotations": BOX, "categories": {"id": 3, "name": "cat"}}[part]
        foreign(path, **{part: value if key is None else [{**entry, key: value}]})
        with contextlib.suppress(LabelFileError):
            read_coco(path)
    finally:
        path.unlink()
