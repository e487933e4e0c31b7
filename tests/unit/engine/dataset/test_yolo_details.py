"""YOLO data sets down to the single line: class files, label files, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.yolo import class_names_of, label_files_of, read_yolo, write_yolo
from engine.errors import Cancelled, FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.labels import cat, one_photo


def test_the_files_are_these_to_the_letter(tmp_path: Path) -> None:
    label_set = LabelSet(
        ("cat", "naïve"), (LabelledPhoto("a.jpg", 100, 80, (cat(10, 20, 30, 60), cat(0, 0, 100, 80))),)
    )
    report = write_yolo(tmp_path, label_set)
    assert (report.folder, report.photo_count, report.box_count) == (tmp_path, 1, 2)
    assert (report.skipped, report.stale) == ((), ())
    assert (tmp_path / "labels" / "a.txt").read_text() == (
        "0 0.20000000 0.50000000 0.20000000 0.50000000\n0 0.50000000 0.50000000 1.00000000 1.00000000\n"
    )
    assert (tmp_path / "data.yaml").read_text(encoding="utf-8") == (
        '# Boxes made with Moltbox\npath: .\ntrain: images\nval: images\nnames:\n  0: "cat"\n  1: "naïve"\n'
    )
    assert (tmp_path / "classes.txt").read_text(encoding="utf-8") == "cat\nnaïve\n"


def test_without_classes_the_files_say_so(tmp_path: Path) -> None:
    write_yolo(tmp_path, LabelSet((), (LabelledPhoto("a.jpg", 10, 10),)))
    assert (tmp_path / "data.yaml").read_text().endswith("val: images\nnames: {}\n")
    assert (tmp_path / "classes.txt").read_bytes() == b""
    assert class_names_of(tmp_path) == ()
    write_yolo(tmp_path, one_photo(cat(0, 0, 1, 1)))
    assert class_names_of(tmp_path) == ("cat",)


def photos_in(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"photo")
    return folder


def test_photos_are_brought_along_counted_and_told(tmp_path: Path) -> None:
    source = photos_in(tmp_path / "in", "sub/a.jpg", "c.jpg")
    photos = tuple(LabelledPhoto(name, 10, 10, (cat(0, 0, 1, 1),)) for name in ("sub/a.jpg", "gone.jpg", "c.jpg"))
    told: list[tuple[int, int]] = []
    report = write_yolo(
        tmp_path / "out", LabelSet(("cat",), photos), photos=source, on_progress=lambda *step: told.append(step)
    )
    assert (report.photo_count, report.box_count) == (2, 2)
    assert [(each.path, each.reason) for each in report.skipped] == [("gone.jpg", "The photo is no longer there.")]
    assert told == [(0, 3), (1, 3), (2, 3)]
    assert (tmp_path / "out" / "images" / "sub" / "a.jpg").read_bytes() == b"photo"
    assert not (tmp_path / "out" / "labels" / "gone.txt").exists()
    assert (tmp_path / "out" / "images" / "c.jpg").stat().st_nlink == 1
    write_yolo(tmp_path / "links", LabelSet(("cat",), photos), photos=source, photo_mode="link")
    assert (tmp_path / "links" / "images" / "c.jpg").samefile(source / "c.jpg")


def test_an_export_can_be_stopped(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled(f"{done} of {total}")

    with pytest.raises(Cancelled, match="0 of 1"):
        write_yolo(tmp_path, one_photo(), on_progress=stop)


@pytest.mark.parametrize("name", ["data.yaml", "classes.txt", "labels/x.txt", "images/a.jpg"])
def test_nothing_of_another_tool_is_replaced_unless_asked(tmp_path: Path, name: str) -> None:
    source = photos_in(tmp_path / "in", "a.jpg")
    out = tmp_path / "out"
    (out / name).parent.mkdir(parents=True)
    (out / name).write_text("theirs")
    with pytest.raises(FileInTheWayError):
        write_yolo(out, one_photo(), photos=source)
    assert (out / name).read_text() == "theirs"
    write_yolo(out, one_photo(), photos=source, overwrite=True)
    write_yolo(out, one_photo(), photos=source)
    assert (out / "images" / "a.jpg").read_bytes() == b"photo"


def test_a_photo_beside_our_labels_that_is_another_is_refused_unless_asked(tmp_path: Path) -> None:
    source = photos_in(tmp_path / "in", "a.jpg", "b.jpg")
    out = tmp_path / "out"
    own, same = out / "images" / "a.jpg", out / "images" / "b.jpg"
    given = LabelSet((), (LabelledPhoto("b.jpg", 9, 9), LabelledPhoto("a.jpg", 9, 9)))
    write_yolo(out, given)
    photos_in(out / "images", "b.jpg")
    os.utime(same, ns=(0, 0))
    own.write_bytes(b"mine!")  # as long as the photo
    with pytest.raises(FileInTheWayError, match=r"a\.jpg is already there and is not the photo a\.jpg"):
        write_yolo(out, given, photos=source)
    assert own.read_bytes() == b"mine!"
    write_yolo(out, given, photos=source, overwrite=True)
    assert own.read_bytes() == b"photo"
    assert same.stat().st_mtime_ns == 0  # the same bytes stay as they are


def test_a_class_name_that_no_file_can_hold_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="A class name is"):
        write_yolo(tmp_path / "out", LabelSet(("a\nb",), ()))
    assert not (tmp_path / "out").exists()


def test_photos_that_cannot_be_written_are_left_out_first(tmp_path: Path) -> None:
    photos = (LabelledPhoto("u.jpg", 0, 0), LabelledPhoto("a.jpg", 9, 9), LabelledPhoto("a.png", 9, 9))
    report = write_yolo(tmp_path, LabelSet((), photos))
    assert [each.path for each in report.skipped] == ["u.jpg", "a.png"]
    assert report.photo_count == 1


def test_photos_that_differ_in_case_only_share_a_label_file_on_many_disks(tmp_path: Path) -> None:
    report = write_yolo(tmp_path, LabelSet((), (LabelledPhoto("a.jpg", 9, 9), LabelledPhoto("A.png", 9, 9))))
    assert [(each.path, each.reason) for each in report.skipped] == [
        ("A.png", "Its label file would be that of a.jpg.")
    ]


def test_a_photo_whose_label_file_would_have_too_long_a_name_is_left_out(tmp_path: Path) -> None:
    photos = [LabelledPhoto(name, 9, 9) for name in ("x" * 251 + ".jpg", "y" * 252 + ".gi", "a.jpg")]
    report = write_yolo(tmp_path, LabelSet((), tuple(photos)))
    assert [(each.path[:2], each.reason) for each in report.skipped] == [
        ("yy", "Its label file's name would be too long.")
    ]
    assert report.photo_count == 2


def test_shares_stay_within_0_and_1(tmp_path: Path) -> None:
    write_yolo(tmp_path, one_photo(LabelledBox("cat", Box(-1e-7, -1e-7, 100 + 1e-7, 80 + 1e-7))))
    assert (tmp_path / "labels" / "a.txt").read_text() == "0 0.50000000 0.50000000 1.00000000 1.00000000\n"


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


SIZE = ("a.jpg", 100, 80)


def test_classes_are_looked_for_in_three_places(tmp_path: Path) -> None:
    assert class_names_of(tmp_path) == ()
    assert class_names_of(written(tmp_path, labels__classes_txt="below\n")) == ("below",)
    assert class_names_of(written(tmp_path, classes_txt=" cat \nblack dog\n\n \n")) == ("cat", "black dog")
    assert class_names_of(written(tmp_path, data_yaml="names: [first]")) == ("first",)


def test_an_empty_line_among_classes_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"classes\.txt, line 2 is ''"):
        class_names_of(written(tmp_path, classes_txt="cat\n\ndog\n"))


def test_names_that_yaml_takes_for_other_things_are_names(tmp_path: Path) -> None:
    assert class_names_of(written(tmp_path, data_yaml="names: [7, yes, 1.5, cat]")) == ("7", "True", "1.5", "cat")
    with pytest.raises(LabelFileError, match=r"data\.yaml, names, 1 is None; expected a class name"):
        class_names_of(written(tmp_path, data_yaml="names: [cat, null]"))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("names: {0: a, 2: b}", r"names has numbers \['0', '2'\]; expected 0 to 1"),
        ("nc: 3", "has no field names; expected a name for each class number"),
        ("a: [", "is no YAML file"),
        ("names: " + "[" * 51 + "]" * 51, "is far too long or too deep"),
        ("names: [a" + " " * 2_000_000 + "]", "is far too long or too deep"),
    ],
)
def test_a_wrong_class_file_is_told(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=rf"data\.yaml,? {sentence}"):
        class_names_of(written(tmp_path, data_yaml=text))


def test_brackets_side_by_side_are_not_deep(tmp_path: Path) -> None:
    text = "more: [" + "{}, " * 60 + "[]]\nnames: [a]"
    assert class_names_of(written(tmp_path, data_yaml=text)) == ("a",)
    deep = "more: " + "[" * 50 + "]" * 50 + "\nnames: [a]"
    assert class_names_of(written(tmp_path, data_yaml=deep)) == ("a",)


def test_label_files_are_those_below_labels_without_the_classes(tmp_path: Path) -> None:
    written(tmp_path, classes_txt="cat\n", x_txt="")
    assert list(label_files_of(tmp_path)) == ["x"]
    written(tmp_path, labels__classes_txt="cat\n", labels__sub__y_txt="")
    assert label_files_of(tmp_path) == {"sub/y": tmp_path / "labels" / "sub" / "y.txt"}


def test_a_label_file_finds_its_photo_by_path_or_by_a_name_that_only_one_has(tmp_path: Path) -> None:
    line = "0 0.5 0.5 0.5 0.5\n"
    written(tmp_path, classes_txt="cat\n", labels__a_txt=line, labels__twice_txt=line, labels__b_txt=line)
    sizes = [("sub/a.jpg", 10, 10), SIZE, ("1/twice.jpg", 8, 8), ("2/twice.jpg", 8, 8), ("deep/b.png", 20, 40)]
    read = {photo.path: photo for photo in read_yolo(tmp_path, sizes).photos}
    assert set(read) == {"a.jpg", "twice.jpg", "deep/b.png"}
    assert (read["a.jpg"].boxes[0].box, read["a.jpg"].verified) == (Box(25, 20, 75, 60), False)
    assert (read["deep/b.png"].width, read["deep/b.png"].height) == (20, 40)
    assert (read["twice.jpg"].width, read["twice.jpg"].height, read["twice.jpg"].boxes) == (0, 0, ())


def test_a_photo_of_unknown_size_has_no_boxes(tmp_path: Path) -> None:
    written(tmp_path, classes_txt="cat\n", labels__a_txt="0 0.5 0.5 0.5 0.5\n")
    assert read_yolo(tmp_path, [("a.jpg", 100, 0)]).photos == (LabelledPhoto("a.jpg", 100, 0),)
    assert read_yolo(tmp_path, [("a.jpg", 0, 80)]).photos[0].boxes == ()


def test_a_folder_without_classes_or_labels_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"has no class names; expected data\.yaml or classes\.txt"):
        read_yolo(tmp_path, [])
    with pytest.raises(LabelFileError, match="has no label files; expected text files below labels"):
        read_yolo(written(tmp_path, classes_txt="cat\n"), [])


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("0 0.5 0.5 0.5 0.5 0.5 0.5", "line 2 has 7 values; expected class, centre"),
        ("1 0.5 0.5 0.5 0.5", "line 2 has class 1; expected 0 to 0"),
        ("x 0.5 0.5 0.5 0.5", "line 2, class is 'x'"),
        ("0 0.5 y 0.5 0.5", "line 2 is 'y'"),
        ("0 0.5 0.5 0.5 0.5 high", "line 2, score is 'high'"),
        ("0 0.5 0.5 0.5 0", "line 2 has top and bottom ends"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    written(tmp_path, classes_txt="cat\n", labels__a_txt=f"\n{line}\n")
    with pytest.raises(LabelFileError, match=rf"a\.txt, {sentence}"):
        read_yolo(tmp_path, [SIZE])
