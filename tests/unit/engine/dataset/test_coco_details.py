"""COCO files down to the single field: what is kept, what is passed over, and where the limits lie."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.dataset import coco_fields
from engine.dataset.coco import read_coco, write_coco, write_coco_results
from engine.dataset.foreign import ENTRY_LIMIT_BYTES, FILE_LIMIT_BYTES, fields_of, packed
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.labels import cat, one_photo

IMAGE = {"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}
BOX = {"id": 5, "image_id": 7, "category_id": 3, "bbox": [10, 20, 30, 40]}


def foreign(path: Path, **changes: Any) -> Path:
    document = {"images": [IMAGE], "annotations": [BOX], "categories": [{"id": 3, "name": "cat"}], **changes}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def read_one(
    tmp_path: Path, *, image: dict[str, Any] | None = None, box: dict[str, Any] | None = None
) -> LabelledPhoto:
    """The photo of a small file whose entries have these fields besides."""
    path = foreign(tmp_path / "f.json", images=[{**IMAGE, **(image or {})}], annotations=[{**BOX, **(box or {})}])
    return read_coco(path).photos[0]


def test_lists_longer_than_what_is_written_at_once_are_whole(tmp_path: Path) -> None:
    photos = tuple(LabelledPhoto(f"{n}.jpg", 10, 10, (cat(0, 0, 1, 1 + n % 9),)) for n in range(1201))
    report = write_coco(tmp_path / "boxes.json", LabelSet(("cat",), photos))
    document = json.loads((tmp_path / "boxes.json").read_text())
    assert (report.photo_count, report.box_count, report.skipped) == (1201, 1201, ())
    assert [entry["file_name"] for entry in document["images"]] == [photo.path for photo in photos]
    assert [entry["id"] for entry in document["annotations"]] == list(range(1, 1202))
    assert [entry["image_id"] for entry in document["annotations"]] == [entry["id"] for entry in document["images"]]


def test_results_are_whole_and_replace_nothing_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    photos = (LabelledPhoto("unknown.jpg", 0, 0), *one_photo(cat(1, 2, 3, 4), cat(0, 0, 1, 1)).photos)
    report = write_coco_results(path, LabelSet(("cat",), photos))
    assert (report.photo_count, report.box_count) == (1, 2)
    assert [each.path for each in report.skipped] == ["unknown.jpg"]
    with pytest.raises(LabelFileError, match="is already there"):
        write_coco_results(path, one_photo())
    assert len(json.loads(path.read_text())) == 2
    write_coco_results(path, one_photo(), overwrite=True)
    assert json.loads(path.read_text()) == []


@pytest.mark.parametrize("state", ["acc\ud800epted", "=1+1", "", "two words", "x" * 41])
def test_a_state_that_is_no_word_is_none(tmp_path: Path, state: str) -> None:
    photo = read_one(tmp_path, image={}, box={"moltbox": {"state": state}})
    assert photo.boxes[0].state is None
    write_coco(tmp_path / "again.json", LabelSet(("cat",), (photo,)))


def test_labels_and_states_of_a_photo_come_back(tmp_path: Path) -> None:
    box = LabelledBox("cat", Box(1, 2, 3, 4), score=0.0, state="drawn", truncated=True, source_id=2)
    photo = LabelledPhoto("a.jpg", 10, 10, (box,), labels=("dog", "cat"), verified=True, source_id=6)
    write_coco(tmp_path / "boxes.json", LabelSet(("cat",), (photo,)))
    (read,) = read_coco(tmp_path / "boxes.json").photos
    assert read == photo


def test_fields_of_ours_that_another_tool_has_spoilt_are_passed_over(tmp_path: Path) -> None:
    extra = {"verified": "yes", "labels": ["cat", 3, None]}
    photo = read_one(tmp_path, image={"moltbox": extra}, box={"moltbox": {"state": 3, "difficult": 1, "truncated": 1}})
    assert (photo.verified, photo.labels) == (False, ("cat",))
    assert (photo.boxes[0].state, photo.boxes[0].difficult, photo.boxes[0].truncated) == (None, False, False)
    for spoilt in ("text", [], 7):
        assert read_one(tmp_path, image={"moltbox": spoilt}, box={"moltbox": spoilt}).boxes[0].score is None
    assert read_one(tmp_path, image={"moltbox": {"labels": "cat"}}).labels == ()
    with pytest.raises(LabelFileError, match=r"annotations\[0\]\.moltbox\.score is 'high'"):
        read_one(tmp_path, box={"moltbox": {"score": "high"}})


def test_crowds_are_difficult_and_number_0_is_none(tmp_path: Path) -> None:
    crowd, plain = (read_one(tmp_path, box={"iscrowd": value}).boxes[0] for value in (1, 0))
    assert (crowd.difficult, plain.difficult) == (True, False)
    assert read_one(tmp_path, box={"iscrowd": "0"}).boxes[0].foreign == ()
    assert read_one(tmp_path, box={"id": 0}).boxes[0].source_id is None
    assert read_one(tmp_path, image={"width": None, "height": None}).width == 0
    assert read_one(tmp_path, image={"width": 0, "height": 80}).boxes[0].box == Box(10, 20, 40, 60)


@pytest.mark.parametrize("bbox", [[10, 20, 0, 40], [10, 20, 30, 0], [10, 20, -1, -1]])
def test_a_box_without_area_is_named(tmp_path: Path, bbox: list[int]) -> None:
    with pytest.raises(LabelFileError, match=r"bbox has the size .* expected a width and height above 0"):
        read_one(tmp_path, box={"bbox": bbox})


@pytest.mark.parametrize("bbox", ["10 20 30 40", {"x": 1}, [1, 2, 3, 4, 5], None])
def test_what_is_no_list_of_four_is_named(tmp_path: Path, bbox: object) -> None:
    with pytest.raises(LabelFileError, match=r"bbox is .*; expected four numbers"):
        read_one(tmp_path, box={"bbox": bbox})


def test_a_number_that_is_used_twice_among_categories_is_named(tmp_path: Path) -> None:
    twice = [{"id": 3, "name": "cat"}, {"id": 3, "name": "dog"}]
    with pytest.raises(LabelFileError, match=r"categories\[1\]\.id is 3 for a second time"):
        read_coco(foreign(tmp_path / "f.json", categories=twice))


def test_of_categories_of_one_name_the_first_gives_number_and_fields(tmp_path: Path) -> None:
    categories = [{"id": 9, "name": "cat", "colour": "red"}, {"id": 3, "name": "cat", "colour": "blue"}]
    read = read_coco(foreign(tmp_path / "f.json", categories=categories))
    assert (read.class_names, read.class_source_ids) == (("cat",), (9,))
    assert fields_of(read.class_foreign[0], "coco") == {"colour": "red"}


def test_a_wrong_line_of_json_is_told_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text('{"images": [],\n"annotations": oops}')
    with pytest.raises(LabelFileError, match=r"line 2"):
        read_coco(tmp_path / "f.json")


def test_our_mark_counts_only_at_the_start_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "boxes.json"
    path.write_text(json.dumps({"info": "x" * 300, "note": "Boxes made with Moltbox"}))
    with pytest.raises(FileInTheWayError, match="not written by Moltbox"):
        write_coco(path, one_photo())
    path.unlink()
    path.mkdir()
    with pytest.raises(LabelFileError, match="cannot be written"):
        write_coco(path, one_photo())


def test_a_file_of_ours_says_who_made_it_and_is_read_without_that(tmp_path: Path) -> None:
    write_coco(tmp_path / "a.json", one_photo(cat(1, 2, 3, 4)))
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["info"] == {"description": "Boxes made with Moltbox", "version": "1.0"}
    assert (document["licenses"], document["categories"][0]["supercategory"]) == ([], "none")
    read = read_coco(tmp_path / "a.json")
    assert (read.foreign, read.class_foreign, read.photos[0].foreign) == ((), ((),), ())
    assert read.photos[0].boxes[0].foreign == ()


def test_letters_beyond_ascii_stand_as_they_are(tmp_path: Path) -> None:
    write_coco(tmp_path / "a.json", one_photo(LabelledBox("猫", Box(0, 0, 1, 1))))
    assert '"猫"' in (tmp_path / "a.json").read_text(encoding="utf-8")


def test_a_crowd_stays_one_only_while_it_is_difficult(tmp_path: Path) -> None:
    (box,) = read_one(tmp_path, box={"iscrowd": 1, "segmentation": {"counts": [1]}}).boxes
    for difficult in (True, False):
        label_set = one_photo(replace(box, difficult=difficult))
        write_coco(tmp_path / "out.json", label_set, overwrite=True)
        (entry,) = json.loads((tmp_path / "out.json").read_text())["annotations"]
        assert entry["iscrowd"] == int(difficult)
        assert entry["segmentation"] == {"counts": [1]}


def licensed(*licences: dict[str, Any], of_photo: object = None) -> LabelSet:
    foreign = packed("coco", {"license": of_photo, "note": "kept"}) if of_photo is not None else ()
    photo = LabelledPhoto("a.jpg", 10, 10, foreign=foreign)
    return LabelSet((), (photo,), foreign=packed("coco", {"licenses": list(licences)}))


def joined(first: LabelSet, second: LabelSet) -> tuple[list[dict[str, Any]], object]:
    """All licences after the second file, and that of its photo."""
    both = coco_fields.joined(first.foreign, second)
    return fields_of(both.foreign, "coco")["licenses"], fields_of(both.photos[0].foreign, "coco").get("license")


BY, NC = {"id": 1, "name": "BY"}, {"id": 2, "name": "NC"}


def test_licences_of_two_files_are_joined() -> None:
    assert joined(licensed(BY), licensed(NC, of_photo=2)) == ([BY, NC], 2)
    assert joined(licensed(BY), licensed(BY, of_photo=1)) == ([BY], 1)
    # The number 1 is taken by another one: the next free number above all of both files.
    other = {"id": 1, "name": "CC0"}
    assert joined(licensed(BY), licensed(other, NC, of_photo=1)) == ([BY, {"id": 3, "name": "CC0"}, NC], 3)
    # The same under another number, which is known already.
    assert joined(licensed(NC, BY), licensed({"id": 1, "name": "NC"}, of_photo=1)) == ([NC, BY], 2)
    assert joined(licensed(BY), licensed({"name": "bare"}, of_photo=1)) == ([BY, {"name": "bare"}], 1)
    assert joined(licensed(BY), licensed(other, of_photo=True))[1] is True
    assert joined(licensed(BY), licensed(other, of_photo="1"))[1] == "1"


def test_what_files_say_about_themselves_is_joined_the_first_one_first() -> None:
    before = (*packed("voc", {"a": 1}), *packed("coco", {"info": 1, "x": 2}))
    after = LabelSet((), (), foreign=packed("coco", {"info": 3, "y": 4}))
    both = coco_fields.joined(before, after).foreign
    assert fields_of(both, "coco") == {"info": 1, "x": 2, "y": 4}
    assert fields_of(both, "voc") == {"a": 1}
    assert len(both) == 2
    assert coco_fields.joined(before, LabelSet((), ())).foreign == before


def test_more_than_a_file_may_say_about_itself_is_not_joined() -> None:
    long = "x" * 1_100_000
    before = packed("coco", {"info": long}, limit_bytes=coco_fields.FILE_LIMIT_BYTES)
    after = LabelSet((), (), foreign=packed("coco", {"note": long}, limit_bytes=coco_fields.FILE_LIMIT_BYTES))
    assert fields_of(after.foreign, "coco")
    assert coco_fields.joined(before, after).foreign == before


@pytest.mark.parametrize(("limit_bytes", "most"), [(ENTRY_LIMIT_BYTES, 262_144), (FILE_LIMIT_BYTES, 2_097_152)])
def test_fields_are_kept_up_to_their_limit(limit_bytes: int, most: int) -> None:
    room = most - len('{"a":""}')
    assert packed("coco", {"a": "x" * room}, limit_bytes=limit_bytes) != ()
    assert packed("coco", {"a": "x" * (room + 1)}, limit_bytes=limit_bytes) == ()


def test_fields_are_kept_up_to_a_depth_of_32() -> None:
    deep: Any = 1
    for _ in range(31):
        deep = [deep]
    assert packed("coco", {"a": deep}) != ()
    assert packed("coco", {"a": [deep]}) == ()
