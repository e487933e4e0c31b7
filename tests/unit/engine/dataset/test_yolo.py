"""YOLO files: a round trip within a thousandth of a pixel, class numbers that never change, and clear refusals."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from globox import AnnotationSet
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.yolo import class_names_of, read_yolo, write_yolo
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.photos import save_photo, shape_photo

WIDTH, HEIGHT = 320, 240


def label_set(*photos: LabelledPhoto, names: tuple[str, ...] = ("cat", "dog")) -> LabelSet:
    return LabelSet(names, photos)


def sizes(given: LabelSet) -> list[tuple[str, int, int]]:
    return [(photo.path, photo.width, photo.height) for photo in given.photos]


CAT = LabelledPhoto("a/cat 1.jpg", WIDTH, HEIGHT, (LabelledBox("dog", Box(10.25, 20, 30, 239.5)),))
EMPTY = LabelledPhoto("b.png", WIDTH, HEIGHT)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    x0 = draw(st.floats(0, WIDTH - 1))
    y0 = draw(st.floats(0, HEIGHT - 1))
    x1 = draw(st.floats(x0 + 0.01, WIDTH))
    y1 = draw(st.floats(y0 + 0.01, HEIGHT))
    return Box(x0, y0, x1, y1)


@given(found=st.lists(boxes(), max_size=4))
@settings(max_examples=40, deadline=None)
def test_boxes_come_back_within_a_thousandth_of_a_pixel(
    tmp_path_factory: pytest.TempPathFactory, found: list[Box]
) -> None:
    folder = tmp_path_factory.mktemp("yolo")
    given = label_set(LabelledPhoto("x.jpg", WIDTH, HEIGHT, tuple(LabelledBox("cat", box) for box in found)))
    write_yolo(folder, given)
    (photo,) = read_yolo(folder, sizes(given)).photos
    assert len(photo.boxes) == len(found)
    for before, after in zip(found, photo.boxes, strict=True):
        assert after.class_name == "cat"
        assert after.box.as_tuple() == pytest.approx(before.as_tuple(), abs=1e-3)


def test_sub_folders_are_mirrored_and_empty_photos_are_empty_files(tmp_path: Path) -> None:
    report = write_yolo(tmp_path, label_set(CAT, EMPTY))
    assert (report.photo_count, report.box_count) == (2, 1)
    assert (tmp_path / "labels" / "b.txt").read_bytes() == b""
    number, *shares = (tmp_path / "labels" / "a" / "cat 1.txt").read_text().split()
    assert number == "1"
    assert [float(share) for share in shares] == pytest.approx(
        [20.125 / WIDTH, 129.75 / HEIGHT, 19.75 / WIDTH, 219.5 / HEIGHT], abs=1e-8
    )


def test_another_reader_finds_the_same_boxes(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    save_photo(root / "one.png", shape_photo(Box(48, 32, 144, 128)))
    height, width = shape_photo(Box(48, 32, 144, 128)).shape[:2]
    given = label_set(LabelledPhoto("one.png", width, height, (LabelledBox("dog", Box(48, 32, 144, 128)),)))
    write_yolo(tmp_path / "out", given, photos=root)
    read = AnnotationSet.from_yolo_v5(
        folder=tmp_path / "out" / "labels", image_folder=tmp_path / "out" / "images", image_extension=".png"
    )
    (annotation,) = list(read)
    (box,) = annotation.boxes
    assert (box.xmin, box.ymin, box.xmax, box.ymax) == pytest.approx((48, 32, 144, 128), abs=1e-3)
    assert str(box.label) == "1"


def test_class_numbers_never_change(tmp_path: Path) -> None:
    write_yolo(tmp_path, label_set(CAT))
    write_yolo(tmp_path, label_set(CAT, names=("ant", "dog", "cat")))
    assert class_names_of(tmp_path) == ("cat", "dog", "ant")
    assert (tmp_path / "classes.txt").read_text().split() == ["cat", "dog", "ant"]
    assert yaml.safe_load((tmp_path / "data.yaml").read_text())["names"] == {0: "cat", 1: "dog", 2: "ant"}


@pytest.mark.parametrize("name", ['a "b"', "yes", "7", "# no", "naïve: ‘x’", "null", "a\\b"])
def test_any_class_name_comes_back(tmp_path: Path, name: str) -> None:
    write_yolo(tmp_path, label_set(EMPTY, names=("first", name)))
    assert class_names_of(tmp_path) == ("first", name)


@pytest.mark.parametrize("text", ["names: [cat, dog]", "names:\n  - cat\n  - dog", "nc: 2\nnames: {0: cat, 1: dog}"])
def test_class_files_of_other_tools_are_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    assert class_names_of(tmp_path) == ("cat", "dog")


def test_labels_beside_photos_and_by_name_alone_find_their_photo(tmp_path: Path) -> None:
    (tmp_path / "classes.txt").write_text("cat\n")
    (tmp_path / "x.txt").write_text("0 0.5 0.5 0.25 0.5 0.9\n\n")
    (photo,) = read_yolo(tmp_path, [("deep/down/x.jpg", WIDTH, HEIGHT), ("y.jpg", 1, 1)]).photos
    assert photo.path == "deep/down/x.jpg"
    assert photo.boxes[0].box == Box(120, 60, 200, 180)
    assert photo.boxes[0].score == 0.9


def test_of_photos_with_one_label_file_the_second_is_left_out(tmp_path: Path) -> None:
    twin = LabelledPhoto("b.jpg", WIDTH, HEIGHT)
    report = write_yolo(tmp_path, label_set(EMPTY, twin))
    assert [(each.path, each.reason) for each in report.skipped] == [
        ("b.jpg", "Its label file would be that of b.png.")
    ]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text("names: [their, classes]\n")
    with pytest.raises(FileInTheWayError, match="not written by Moltbox"):
        write_yolo(tmp_path, label_set(CAT))
    assert class_names_of(tmp_path) == ("their", "classes")
    write_yolo(tmp_path, label_set(CAT), overwrite=True)
    assert class_names_of(tmp_path) == ("cat", "dog")


def test_files_of_an_earlier_export_are_told(tmp_path: Path) -> None:
    write_yolo(tmp_path, label_set(CAT, EMPTY))
    assert write_yolo(tmp_path, label_set(CAT)).stale == (tmp_path / "labels" / "b.txt",)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("0 0.5 0.5 0.25", "line 1 has 4 values"),
        ("2 0.5 0.5 0.1 0.1", "class 2; expected 0 to 1"),
        ("cat 0.5 0.5 0.1 0.1", "expected a number"),
        ("0 0.5 0.5 0.1 nan", "expected a finite number"),
        ("0 1.5 0.5 0.1 0.1", "outside the photo"),
        ("0 0.5 0.5 -0.1 0.1", "expected the first before the second"),
    ],
)
def test_wrong_lines_are_named(tmp_path: Path, line: str, expected: str) -> None:
    write_yolo(tmp_path, label_set(EMPTY))
    (tmp_path / "labels" / "b.txt").write_text(line + "\n")
    with pytest.raises(LabelFileError, match=expected):
        read_yolo(tmp_path, sizes(label_set(EMPTY)))


@pytest.mark.parametrize(
    "text", ["names: 3", "names: {0: a, 2: b}", "a: [", "- 1", "names: ['']", "!!python/name:os.x"]
)
def test_wrong_class_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(LabelFileError, match=r"data\.yaml"):
        class_names_of(tmp_path)
