"""What other tools' files say besides comes out again, through the codec and through a project."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO

from engine.dataset.coco import read_coco, write_coco
from engine.dataset.foreign import DEPTH_LIMIT, ENTRY_LIMIT_BYTES, fields_of, packed
from engine.dataset.label_sources import LabelSource, read_labels
from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.voc import is_ours, read_voc, read_voc_file, write_voc, write_voc_photo
from engine.geometry import Box

KEYS = st.text(max_size=8).filter(lambda key: key not in {"id", "file_name", "width", "height", "moltbox"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MASK = [[10.0, 20.0, 28.0, 22.0, 30.0, 50.0, 11.0, 48.0]]


def document(**more: Any) -> dict[str, Any]:
    """A file of another tool, rich in fields that Moltbox does not know, with numbers from 0."""
    return {
        "info": {"description": "Their data", "year": 2017, "contributor": "they"},
        "licenses": [{"id": 1, "name": "BY", "url": "http://by"}, {"id": 4, "name": "BY-NC"}],
        "type": "instances",
        "images": [
            {
                "id": 0,
                "file_name": "a.jpg",
                "width": 100,
                "height": 80,
                "license": 4,
                "flickr_url": "http://f",
                "date_captured": "2013-11-14",
            },
            {"id": 139, "file_name": "b.jpg", "width": 100, "height": 80, "license": 1},
        ],
        "annotations": [
            {
                "id": 900,
                "image_id": 0,
                "category_id": 0,
                "bbox": [10.0, 20.0, 20.0, 30.0],
                "area": 432.5,
                "iscrowd": 0,
                "segmentation": MASK,
                "attributes": {"occluded": True},
                "track_id": 7,
            },
            {
                "id": 31,
                "image_id": 139,
                "category_id": 18,
                "bbox": [1.0, 2.0, 30.0, 40.0],
                "area": 77,
                "iscrowd": 1,
                "segmentation": {"counts": [5, 10, 7985], "size": [80, 100]},
            },
        ],
        "categories": [
            {"id": 0, "name": "person", "supercategory": "human", "keypoints": ["nose"], "skeleton": [[1, 2]]},
            {"id": 18, "name": "dog", "supercategory": "animal"},
        ],
        **more,
    }


def saved(path: Path, content: dict[str, Any]) -> Path:
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.fixture
def project(tmp_path: Path):
    (tmp_path / "photos").mkdir()
    with Project.open(tmp_path / "photos") as made:
        made.add_photos(FoundPhoto(name, 1, 1) for name in ("a.jpg", "b.jpg", "c.jpg"))
        made.set_photo_sizes((photo_id, 100, 80) for photo_id in (1, 2, 3))
        yield made


def exported(project: Project, path: Path) -> dict[str, Any]:
    write_coco(path, project.label_set("all", include_proposals=True))
    return json.loads(path.read_text(encoding="utf-8"))


def by_id(entries: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {entry["id"]: {key: value for key, value in entry.items() if key != "moltbox"} for entry in entries}


def test_a_coco_file_comes_out_of_a_project_as_it_went_in(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", document())), reviewed=True)
    out = exported(project, tmp_path / "ours.json")
    theirs = document()
    for key in ("info", "licenses", "type"):
        assert out[key] == theirs[key]
    for key in ("annotations", "categories"):
        assert by_id(out[key]) == by_id(theirs[key])
    images = by_id(out["images"])
    assert {key: images[key] for key in (0, 139)} == by_id(theirs["images"])
    assert len(images) == 3
    # A second time: our own export, brought into another project, says the same.
    (tmp_path / "other").mkdir()
    with Project.open(tmp_path / "other") as other:
        other.add_photos(FoundPhoto(name, 1, 1) for name in ("a.jpg", "b.jpg", "c.jpg"))
        other.set_photo_sizes((photo_id, 100, 80) for photo_id in (1, 2, 3))
        other.add_label_set(read_coco(tmp_path / "ours.json"), reviewed=True)
        again = exported(other, tmp_path / "again.json")
        assert again.pop("images")[:2] == out.pop("images")[:2]  # the third was not reviewed here, and is there
        assert again == out
    write_coco(tmp_path / "ours.json", project.label_set())  # still known as ours


def test_pycocotools_finds_the_same_masks_licences_and_numbers(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", document())), reviewed=True)
    exported(project, tmp_path / "ours.json")
    with contextlib.redirect_stdout(io.StringIO()):
        theirs, ours = COCO(str(tmp_path / "theirs.json")), COCO(str(tmp_path / "ours.json"))
    assert set(ours.getCatIds(supNms="human")) == set(theirs.getCatIds(supNms="human")) == {0}
    for number in theirs.getAnnIds():
        (mine,), (other,) = ours.loadAnns([number]), theirs.loadAnns([number])
        assert (ours.annToMask(mine) == theirs.annToMask(other)).all()
        assert mine["area"] == other["area"]
    assert {"license": 1}.items() <= ours.loadImgs([139])[0].items()
    assert ours.getAnnIds(iscrowd=True) == [31]


def test_a_moved_box_keeps_its_number_and_attributes_but_not_its_mask(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", document())), reviewed=False)
    before = project.content(1)
    moved = replace(before.boxes[0], box=Box(12, 20, 30, 50), state=BoxState.EDITED)
    project.put_content(PhotoContent(1, PhotoState.REVIEWED, (moved,)), event="edit")
    entry = by_id(exported(project, tmp_path / "ours.json")["annotations"])[900]
    assert entry["bbox"] == [12.0, 20.0, 18.0, 30.0]
    assert (entry["segmentation"], entry["area"]) == ([], 540.0)
    assert (entry["attributes"], entry["track_id"]) == ({"occluded": True}, 7)


def test_a_deleted_box_takes_its_fields_along_and_brings_them_back(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", document())), reviewed=True)
    before = project.content(1)
    project.put_content(PhotoContent(1, PhotoState.REVIEWED, ()), event="delete")
    assert set(by_id(exported(project, tmp_path / "1.json")["annotations"])) == {31}
    drawn = replace(before.boxes[0], id=0, state=BoxState.DRAWN)
    project.put_content(PhotoContent(1, PhotoState.REVIEWED, (drawn,)), event="draw")
    fresh = next(entry for entry in exported(project, tmp_path / "2.json")["annotations"] if entry["id"] != 31)
    assert "attributes" not in fresh
    project.put_content(before, event="undo")
    entry = by_id(exported(project, tmp_path / "3.json")["annotations"])[900]
    assert entry["segmentation"] == MASK


def test_the_same_file_twice_changes_nothing_while_nobody_has_decided(project: Project, tmp_path: Path) -> None:
    read = read_coco(saved(tmp_path / "theirs.json", document()))
    assert project.add_label_set(read, reviewed=False).renumbered == 0
    once = exported(project, tmp_path / "1.json")
    report = project.add_label_set(read, reviewed=False)
    assert (report.photo_count, report.renumbered) == (2, 0)
    assert exported(project, tmp_path / "2.json") == once


def test_two_files_with_the_same_numbers_share_none(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "1.json", document())), reviewed=True)
    box = {"id": 900, "image_id": 0, "category_id": 0, "bbox": [1, 2, 3, 4], "note": "second"}
    second = {
        "info": {"description": "Other data"},
        "licenses": [{"id": 1, "name": "BY", "url": "http://by"}, {"id": 4, "name": "CC0"}, {"id": 5, "name": "MIT"}],
        "images": [{"id": 0, "file_name": "c.jpg", "width": 100, "height": 80, "license": 4}],
        "annotations": [box],
        "categories": [{"id": 0, "name": "cat", "supercategory": "animal"}],
    }
    report = project.add_label_set(read_coco(saved(tmp_path / "2.json", second)), reviewed=True)
    assert report.renumbered == 3
    out = exported(project, tmp_path / "ours.json")
    assert out["info"]["description"] == "Their data"
    assert out["licenses"] == [*document()["licenses"], {"id": 6, "name": "CC0"}, {"id": 5, "name": "MIT"}]
    image = next(entry for entry in out["images"] if entry["file_name"] == "c.jpg")
    annotation = next(entry for entry in out["annotations"] if entry.get("note") == "second")
    category = next(entry for entry in out["categories"] if entry["name"] == "cat")
    assert image["license"] == 6
    assert annotation["image_id"] == image["id"] != 0
    assert annotation["category_id"] == category["id"] != 0
    assert annotation["id"] == 901
    assert by_id(out["annotations"])[900]["track_id"] == 7
    for key in ("images", "annotations", "categories"):
        assert len({entry["id"] for entry in out[key]}) == len(out[key])


def test_numbers_of_one_file_do_not_push_each_other_aside(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "1.json", document())), reviewed=True)
    boxes = [
        {"id": number, "image_id": 5, "category_id": 18, "bbox": [place, 2, 3, 4]}
        for place, number in enumerate((900, 901, 902))
    ]
    second = document(
        images=[{"id": 5, "file_name": "c.jpg", "width": 100, "height": 80}],
        annotations=boxes,
    )
    project.add_label_set(read_coco(saved(tmp_path / "2.json", second)), reviewed=True)
    numbers = [box.source_id for box in project.label_set("all").photos[2].boxes]
    assert sorted(number for number in numbers if number) == [901, 902, 903]


@settings(max_examples=60, deadline=None)
@given(image=st.dictionaries(KEYS, VALUES, max_size=4), annotation=st.dictionaries(KEYS, VALUES, max_size=4))
def test_any_field_survives_the_codec(image: dict[str, Any], annotation: dict[str, Any]) -> None:
    reserved = {"image_id", "category_id", "bbox", "area", "iscrowd", "segmentation"}
    annotation = {key: value for key, value in annotation.items() if key not in reserved}
    content = document()
    content["images"][0] |= image
    content["annotations"][0] |= annotation
    with TemporaryDirectory() as folder:
        read = read_coco(saved(Path(folder) / "theirs.json", content))
        write_coco(Path(folder) / "ours.json", read)
        out = json.loads((Path(folder) / "ours.json").read_text(encoding="utf-8"))
    assert out["images"] == content["images"]
    assert by_id(out["annotations"])[900] == content["annotations"][0]


def test_what_no_file_can_hold_or_is_out_of_all_measure_is_left_out() -> None:
    deep: list[Any] = []
    for _ in range(DEPTH_LIMIT + 5):
        deep = [deep]
    fields = {
        "long": "x" * ENTRY_LIMIT_BYTES,
        "deep": deep,
        "endless": float("inf"),
        "broken": "\ud800",
        "good": 1,
        "huge": 10**5000,
    }
    kept = packed("coco", fields)
    assert fields_of(kept, "coco") == {"good": 1}
    many = packed("coco", {str(place): "x" * 1000 for place in range(10_000)})
    assert len(dict(many)["coco"]) <= ENTRY_LIMIT_BYTES + 1000
    assert packed("coco", {"deep": deep}) == ()


def test_a_hostile_coco_file_costs_no_more_than_its_fields(project: Project, tmp_path: Path) -> None:
    content = document()
    content["images"][0]["note"] = "\ud800"
    content["annotations"][0]["track_id"] = "x" * (ENTRY_LIMIT_BYTES + 1)
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", content)), reviewed=True)
    out = exported(project, tmp_path / "ours.json")
    assert "note" not in by_id(out["images"])[0]
    assert by_id(out["images"])[0]["flickr_url"] == "http://f"
    assert "track_id" not in by_id(out["annotations"])[900]
    assert by_id(out["annotations"])[900]["attributes"] == {"occluded": True}


THEIR_XML = """<annotation verified="yes" reviewer="ann">
	<folder>VOC2012</folder>
	<filename>a.jpg</filename>
	<path>/home/ann/a.jpg</path>
	<source><database>The VOC2007 Database</database><annotation>PASCAL VOC2007</annotation>
		<image>flickr</image><flickrid>341012865</flickrid></source>
	<owner><flickrid>Fried Camels</flickrid><name>Jinky &amp; co</name></owner>
	<size><width>100</width><height>80</height><depth>1</depth></size>
	<segmented>1</segmented>
	<object>
		<name>person</name><pose>Left</pose><truncated>1</truncated><difficult>0</difficult>
		<occluded>1</occluded>
		<bndbox><xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>50</ymax></bndbox>
		<attributes><attribute kind="x"><name>colour</name><value>red</value></attribute></attributes>
		<part><name>head</name><bndbox><xmin>12</xmin><ymin>22</ymin><xmax>20</xmax><ymax>30</ymax></bndbox></part>
		<part><name>foot</name><bndbox><xmin>22</xmin><ymin>22</ymin><xmax>24</xmax><ymax>30</ymax></bndbox></part>
	</object>
	<object>
		<name>dog</name><pose>Unspecified</pose><truncated>0</truncated><difficult>1</difficult>
		<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>8</ymax></bndbox>
	</object>
</annotation>
"""


def elements(root: ElementTree.Element) -> object:
    """An element as something to compare, without the space between tags and the order of siblings."""
    text = (root.text or "").strip()
    inside = sorted((elements(child) for child in root), key=repr)
    return root.tag, text, sorted((key, value) for key, value in root.attrib.items() if key != "moltbox"), inside


def voc_folder(tmp_path: Path, text: str = THEIR_XML) -> Path:
    folder = tmp_path / "theirs" / "Annotations"
    folder.mkdir(parents=True)
    (folder / "a.xml").write_text(text, encoding="utf-8")
    return folder.parent


def root_of(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()  # noqa: S314 - our own file


def test_a_voc_file_comes_out_of_a_project_as_it_went_in(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_voc(voc_folder(tmp_path)), reviewed=True)
    written = write_voc(tmp_path / "ours", project.label_set())
    path = written.folder / "Annotations" / "a.xml"
    assert elements(root_of(path)) == elements(ElementTree.fromstring(THEIR_XML))  # noqa: S314
    assert is_ours(path)
    write_voc(tmp_path / "ours", project.label_set())
    again = write_voc(tmp_path / "again", read_voc(tmp_path / "ours"))
    assert elements(root_of(again.folder / "Annotations" / "a.xml")) == elements(root_of(path))


def test_a_moved_box_keeps_pose_and_attributes_but_not_its_parts(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_voc(voc_folder(tmp_path)), reviewed=False)
    before = project.content(1)
    moved = replace(before.boxes[0], box=Box(12, 20, 30, 50), state=BoxState.EDITED)
    project.put_content(PhotoContent(1, PhotoState.REVIEWED, (moved,)), event="edit")
    written = write_voc(tmp_path / "ours", project.label_set())
    entry = root_of(written.folder / "Annotations" / "a.xml").find("object")
    assert entry is not None
    assert entry.findall("part") == []
    assert (entry.findtext("pose"), entry.findtext("attributes/attribute/value")) == ("Left", "red")


def test_fields_of_one_format_do_not_get_into_the_other(project: Project, tmp_path: Path) -> None:
    read = read_labels(LabelSource("voc", voc_folder(tmp_path)), [("a.jpg", 100, 80)])
    assert read.boxes is not None
    project.add_label_set(read.boxes, reviewed=True)
    out = exported(project, tmp_path / "ours.json")
    assert out["images"][0].keys() == {"id", "width", "height", "file_name", "moltbox"}
    assert "owner" not in json.dumps(out)


def test_deep_and_endless_xml_is_not_kept(tmp_path: Path) -> None:
    deep = "<a>" * 3000 + "</a>" * 3000
    long = f"<long>{'x' * ENTRY_LIMIT_BYTES}</long>"
    folder = voc_folder(tmp_path, THEIR_XML.replace("<segmented>", f"{deep}{long}<segmented>"))
    read = read_voc(folder)
    write_voc_photo(tmp_path / "ours.xml", read.photos[0])
    root = root_of(tmp_path / "ours.xml")
    assert (root.find("a"), root.find("long")) == (None, None)
    assert root.findtext("owner/name") == "Jinky & co"


@settings(max_examples=40, deadline=None)
@given(
    tags=st.lists(st.sampled_from(["pose", "occluded", "deleted", "note", "attributes"]), max_size=4, unique=True),
    text=st.text(st.characters(min_codepoint=32, exclude_categories=["Cs", "Cn", "Cc"]), max_size=12),
)
def test_any_element_survives_the_codec(tags: list[str], text: str) -> None:
    root = ElementTree.fromstring(THEIR_XML)  # noqa: S314
    entry = root.findall("object")[1]
    pose = entry.find("pose")
    assert pose is not None
    entry.remove(pose)
    for tag in tags:
        ElementTree.SubElement(entry, tag, {"kind": text}).text = f"<{text}>"
    if "pose" not in tags:
        entry.insert(1, pose)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "a.xml"
        path.write_bytes(ElementTree.tostring(root, encoding="utf-8"))
        write_voc_photo(Path(folder) / "b.xml", read_voc_file(path, dialect="devkit"))
        assert elements(root_of(Path(folder) / "b.xml")) == elements(root)


def test_files_of_moltbox_before_format_3_are_still_known(tmp_path: Path) -> None:
    photo = read_voc(voc_folder(tmp_path)).photos[0]
    path = tmp_path / "a.xml"
    write_voc_photo(path, replace(photo, foreign=()), dialect="edges")
    old = path.read_text().replace(' moltbox="edges"', "")
    path.write_text(old.replace("</database>", "</database><annotation>Moltbox edges</annotation>"))
    assert is_ours(path)
    read = read_voc_file(path)
    assert read.boxes[0].box == photo.boxes[0].box
    assert read.foreign == ()


def test_a_project_of_format_2_is_brought_up_to_date_with_a_copy_kept(project: Project, tmp_path: Path) -> None:
    project.add_label_set(read_coco(saved(tmp_path / "theirs.json", document())), reviewed=True)
    before = replace(project.label_set(), foreign=(), class_foreign=())
    photos = [
        replace(photo, foreign=(), boxes=tuple(replace(box, foreign=()) for box in photo.boxes))
        for photo in before.photos
    ]
    path = project.path
    project.close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE foreign_fields")
    connection.execute("PRAGMA user_version = 2")
    connection.commit()
    connection.close()
    with Project.open(tmp_path / "photos") as opened:
        assert opened.label_set() == LabelSet(
            before.class_names, tuple(photos), before.class_source_ids, ((),) * len(before.class_names)
        )
    copy = sqlite3.connect(path.parent / "backups" / "before-format-3.sqlite")
    assert copy.execute("PRAGMA user_version").fetchone() == (2,)
    copy.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        '[{"license": 3}]',
        '{"a": 1e999}',
        '{"a": NaN}',
        '{"a": "\\ud800"}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 100_000,
        '{"attributes": [1]}',
        '{"attributes": {"a": 5}}',
        '{"attributes": {"a b><": "c"}}',
        '{"depth": 5}',
        '{"depth": "\\u0001"}',
        '{"0": 5}',
        '{"0": "<a"}',
        json.dumps({"0": "<a>" * 20_000 + "</a>" * 20_000}),
        json.dumps({"0": "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"}),
    ],
    ids=lambda text: text[:20],
)
@pytest.mark.parametrize("format_name", ["coco", "voc"])
def test_fields_that_no_file_ever_gave_do_not_keep_a_project_from_being_exported(
    format_name: str, text: str, tmp_path: Path
) -> None:
    written = []
    for name, foreign in (("plain", ()), ("hostile", ((format_name, text),))):
        box = LabelledBox("cat", Box(1, 2, 30, 40), state="drawn", source_id=1, foreign=foreign)
        photo = LabelledPhoto("a.jpg", 100, 80, (box,), verified=True, source_id=1, foreign=foreign)
        label_set = LabelSet(("cat",), (photo,), (1,), (foreign,), foreign)
        write_coco(tmp_path / f"{name}.json", label_set)
        write_voc(tmp_path / name, label_set)
        assert read_coco(tmp_path / f"{name}.json").box_count == 1
        written.append((tmp_path / name / "Annotations" / "a.xml").read_bytes())
    assert written[0] == written[1]
