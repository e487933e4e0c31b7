"""What a file or folder of labels is, and how it comes into a project, also through the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.__main__ import main
from engine.dataset.coco import write_coco
from engine.dataset.image_sets import read_image_sets
from engine.dataset.importing import photo_sizes
from engine.dataset.label_sources import KINDS, LabelSource, read_labels, recognise
from engine.dataset.project import Project
from engine.dataset.project_records import BoxState, PhotoState
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import write_box_table
from engine.dataset.voc import write_voc
from engine.dataset.yolo import write_yolo
from engine.errors import LabelFileError
from engine.geometry import Box
from support.photos import save_photo, shape_photo

BOX = Box(48, 32, 144, 128)
PHOTO = shape_photo(BOX)
HEIGHT, WIDTH = PHOTO.shape[:2]
GIVEN = LabelSet(
    ("cat", "dog"),
    (
        LabelledPhoto("a/one.png", WIDTH, HEIGHT, (LabelledBox("dog", BOX),), verified=True),
        LabelledPhoto("two.png", WIDTH, HEIGHT, verified=True),
    ),
)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for name in ("a/one.png", "two.png", "three.png"):
        save_photo(tmp_path / "photos" / name, PHOTO)
    return tmp_path / "photos"


def write(kind: str, folder: Path) -> Path:
    """Writes the labels as one kind and returns what a person would choose."""
    folder.mkdir(exist_ok=True)
    if kind == "coco":
        return write_coco(folder / "boxes.json", GIVEN).path
    if kind == "voc":
        return write_voc(folder, GIVEN).folder
    if kind == "yolo":
        return write_yolo(folder, GIVEN).folder
    if kind == "box_table":
        write_box_table(folder / "boxes.csv", GIVEN)
        return folder / "boxes.csv"
    if kind == "label_table":
        (folder / "labels.csv").write_text("image;class\none.png;dog\ntwo.png;cat\nelsewhere.png;cat\n")
        return folder / "labels.csv"
    lists = folder / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "dog_train.txt").write_text("one 1\ntwo -1\n")
    (lists / "cat_train.txt").write_text("one -1\ntwo 0\n")
    (lists / "train.txt").write_text("one\ntwo\n")
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_recognised_and_brought_in(photos: Path, tmp_path: Path, kind: str, capsys) -> None:
    place = write(kind, tmp_path / "labels")
    assert recognise(place).kind == kind
    assert main(["import", str(photos), str(place), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["kind"], report["photos"]) == (kind, 2)
    with Project.open(photos, read_only=True) as project:
        names = {row.id: row.name for row in project.classes()}
        one, two = (project.photo_id_of(path) for path in ("a/one.png", "two.png"))
        assert one is not None
        assert two is not None
        if report["boxes"]:
            (box,) = project.content(one).boxes
            assert names[box.class_id] == "dog"
            assert box.box.as_tuple() == pytest.approx(BOX.as_tuple(), abs=1e-3)
            assert box.state is BoxState.ACCEPTED
            assert project.content(two).state is PhotoState.REVIEWED
        else:
            shown = [tuple(names[class_id] for class_id, _ in project.labels(each)) for each in (one, two)]
            assert shown == [("dog",), ("cat",)]


def test_boxes_may_come_as_proposals(photos: Path, tmp_path: Path) -> None:
    unseen = LabelSet(("dog",), (LabelledPhoto("a/one.png", WIDTH, HEIGHT, (LabelledBox("dog", BOX, 0.7),)),))
    write_coco(tmp_path / "boxes.json", unseen)
    assert main(["import", str(photos), str(tmp_path / "boxes.json"), "--to-review"]) == 0
    with Project.open(photos, read_only=True) as project:
        one = project.photo_id_of("a/one.png")
        assert one is not None
        assert [row.state for row in project.content(one).boxes] == [BoxState.PROPOSED]
        assert project.content(one).state is PhotoState.PROPOSED


def test_what_does_not_fit_is_counted(photos: Path, tmp_path: Path, capsys) -> None:
    place = write("label_table", tmp_path / "labels")
    assert main(["import", str(photos), str(place)]) == 0
    assert "1 photos of the labels are not in" in capsys.readouterr().out


def test_the_dialect_of_voc_is_guessed_and_can_be_chosen(photos: Path, tmp_path: Path) -> None:
    write_voc(tmp_path / "voc", GIVEN, dialect="edges")
    for path in (tmp_path / "voc" / "Annotations").rglob("*.xml"):
        text = path.read_text()
        assert ' moltbox="edges"' in text
        path.write_text(text.replace(' moltbox="edges"', ""))
    source = recognise(tmp_path / "voc")
    assert source.dialect == "devkit"
    with Project.open(photos) as project:
        main(["import", str(photos), str(tmp_path / "voc")])
        sizes = [("a/one.png", WIDTH, HEIGHT), ("two.png", WIDTH, HEIGHT)]
        shifted = read_labels(source, sizes).boxes
        exact = read_labels(LabelSource("voc", source.path, "edges"), sizes).boxes
        assert photo_sizes(project) == []
    assert shifted is not None
    assert exact is not None
    assert exact.photos[0].boxes[0].box == BOX
    assert shifted.photos[0].boxes[0].box == Box(47, 31, 144, 128)


@pytest.mark.parametrize("name", ["notes.md", "missing.json", "empty"])
def test_what_is_no_label_file_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "notes.md").write_text("hello")
    (tmp_path / "empty").mkdir()
    with pytest.raises(LabelFileError, match=r"expected|is not there"):
        recognise(tmp_path / name)


def test_a_wrong_line_in_a_list_is_named(tmp_path: Path) -> None:
    lists = tmp_path / "ImageSets" / "Main"
    lists.mkdir(parents=True)
    (lists / "cat_train.txt").write_text("one 1\ntwo 5\n")
    with pytest.raises(LabelFileError, match=r"cat_train\.txt, line 2 .* expected a photo's name and 1, 0 or -1"):
        read_image_sets(tmp_path)


def test_all_formats_are_written_by_one_command(photos: Path, tmp_path: Path, capsys) -> None:
    main(["import", str(photos), str(write("coco", tmp_path / "labels"))])
    capsys.readouterr()
    assert main(["export", str(photos), "--out", str(tmp_path / "out"), "--format", "coco,voc,yolo,csv"]) == 0
    assert capsys.readouterr().out.count("2 photos, 1 box\n") == 4
    again = read_labels(
        recognise(tmp_path / "out" / "yolo"), [("a/one.png", WIDTH, HEIGHT), ("two.png", WIDTH, HEIGHT)]
    )
    assert again.boxes is not None
    assert again.boxes.photos[0].boxes[0].box.as_tuple() == pytest.approx(BOX.as_tuple(), abs=1e-3)
    assert main(["export", str(photos), "--out", str(tmp_path / "out"), "--format", "coco,docx"]) == 2
