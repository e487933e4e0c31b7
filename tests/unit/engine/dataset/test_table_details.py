"""Tables and lists of classes down to the single cell."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.dataset.image_sets import class_lists, read_image_sets
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import as_text, name_of, read_box_table, read_label_table, write_box_table
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.labels import cat, one_photo

HEAD = "image,width,height,class,x0,y0,x1,y1,score,state,verified\n"


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


PHOTO_HEADINGS = ["image", "photo", "file", "filename", "path", "imagepath", "filepath", "imagename", "img", "imageid"]
CLASS_HEADINGS = ["class", "label", "category", "classname", "labels", "classes", "tag", "breed", "species"]


@pytest.mark.parametrize("heading", PHOTO_HEADINGS)
def test_a_column_of_photos_is_known_by_any_of_its_headings(tmp_path: Path, heading: str) -> None:
    assert read_label_table(table(tmp_path, f"class,{heading}\ncat,a.jpg\n")) == {"a.jpg": ("cat",)}


@pytest.mark.parametrize("heading", [*CLASS_HEADINGS, "Class_Name"])
def test_a_column_of_classes_is_known_by_any_of_its_headings(tmp_path: Path, heading: str) -> None:
    assert read_label_table(table(tmp_path, f"{heading};image\ncat;a.jpg\n")) == {"a.jpg": ("cat",)}


def test_the_first_of_several_headings_that_are_known_counts(tmp_path: Path) -> None:
    text = "path,image,species,class\np.jpg,a.jpg,felis,cat\n"
    assert read_label_table(table(tmp_path, text)) == {"a.jpg": ("cat",)}


def test_one_heading_alone_is_no_table_without_headings(tmp_path: Path) -> None:
    for text, missing in (("image,size\na.jpg,3\n", "class or label"), ("name,class\na.jpg,cat\n", "image or photo")):
        with pytest.raises(LabelFileError, match=f"expected a column {missing}"):
            read_label_table(table(tmp_path, text))


def test_lines_are_counted_with_the_empty_ones(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="line 4 has 1 columns"):
        read_label_table(table(tmp_path, "image,class\n\n , \na.jpg\n"))
    with pytest.raises(LabelFileError, match="is empty; expected a table"):
        read_label_table(table(tmp_path, "\n , \n"))
    with pytest.raises(LabelFileError, match="line 2 is not a line of a table"):
        read_label_table(table(tmp_path, 'image,class\na.jpg,"c"at\n'))


def test_only_the_first_line_decides_what_divides(tmp_path: Path) -> None:
    text = "image;class\na.jpg;cat, black, white\n"
    assert read_label_table(table(tmp_path, text)) == {"a.jpg": ("cat, black, white",)}


def test_a_table_of_boxes_may_have_its_columns_in_any_order_and_names_them_all(tmp_path: Path) -> None:
    head = "class,x0,y0,x1,y1,Image,height,width,Verified,note"
    text = f"{head}\n cat , 1 ,2,3,4,a.jpg,8, 10 , TRUE ,n\n,,,,,b.jpg,8,10,no,\n"
    read = read_box_table(table(tmp_path, text))
    assert read.class_names == ("cat",)
    assert read.photos == (
        LabelledPhoto("a.jpg", 10, 8, (cat(1, 2, 3, 4),), verified=True),
        LabelledPhoto("b.jpg", 10, 8),
    )
    for column in ("image", "width", "height", "class", "x0", "y0", "x1", "y1"):
        head = ",".join(name for name in HEAD.strip().split(",") if name != column)
        with pytest.raises(LabelFileError, match=rf"has no column {column}; expected image, width, .*, x1, y1\.$"):
            read_box_table(table(tmp_path, f"{head}\n"))


@pytest.mark.parametrize(("cell", "verified"), [("yes", True), ("Yes ", True), ("1", True), ("", False), ("0", False)])
def test_verified_is_said_in_several_ways(tmp_path: Path, cell: str, verified: bool) -> None:
    (photo,) = read_box_table(table(tmp_path, f"{HEAD}a.jpg,10,8,cat,1,2,3,4,0.5, drawn ,{cell}\n")).photos
    assert photo.verified is verified
    assert photo.boxes == (LabelledBox("cat", Box(1, 2, 3, 4), score=0.5, state="drawn"),)


def test_a_size_may_be_missing_and_must_be_the_same_on_every_line(tmp_path: Path) -> None:
    (photo,) = read_box_table(table(tmp_path, f"{HEAD}a.jpg,,,cat,1,2,3,4,,,\na.jpg,0,0,dog,1,2,3,4,,,\n")).photos
    assert (photo.width, photo.height, len(photo.boxes)) == (0, 0, 2)
    assert photo.boxes[0].score is None
    with pytest.raises(LabelFileError, match="line 3 says 10 x 9 pixels; an earlier line says 10 x 8"):
        read_box_table(table(tmp_path, f"{HEAD}a.jpg,10,8,cat,1,2,3,4,,,\na.jpg,10,9,cat,1,2,3,4,,,\n"))


@pytest.mark.parametrize(
    ("cells", "sentence"),
    [
        ("a.jpg,10,8,cat,,,,,,,", "line 2, x0 is ''"),
        ("a.jpg,10,8,,,2,,,,,", "line 2, x0 is ''"),
        ("a.jpg,10,8,cat,1,,3,4,,,", "line 2, y0 is ''"),
        ("a.jpg,10,8,cat,1,2,3,4,high,,", "line 2, score is 'high'"),
        ("a.jpg,10,-8,cat,1,2,3,4,,,", "line 2, height is '-8'"),
        ("/a.jpg,10,8,cat,1,2,3,4,,,", "line 2, image is .* relative"),
        ("a.jpg,10,8,cat,1,2,3,4,,,,", "line 2 has 12 columns; expected 11 as in the first line"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, cells: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        read_box_table(table(tmp_path, f"{HEAD}{cells}\n"))


@pytest.mark.parametrize("name", ["=1+1", "+a", "-a", "@a", "\ta", "\ra", "'=a", "''-a"])
def test_what_a_spreadsheet_would_run_has_an_apostrophe_and_comes_back(tmp_path: Path, name: str) -> None:
    assert as_text(name) == f"'{name}"
    if name.isprintable():
        write_box_table(tmp_path / "b.csv", one_photo(LabelledBox(name, Box(0, 0, 1, 1)), path=f"{name}.jpg"))
        assert f"'{name}.jpg,100,80,'{name}," in (tmp_path / "b.csv").read_text()
        (photo,) = read_box_table(tmp_path / "b.csv").photos
        assert (photo.path, photo.boxes[0].class_name) == (f"{name}.jpg", name)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("a;=b", "a;'=b"),
        ("=a;+b;c", "'=a;'+b;c"),
        ("a;'@b", "a;''@b"),
        ("a;;-b", "a;;'-b"),
        ("a\t=b", "a\t'=b"),
        ("a\n=b", "a\n'=b"),
        ("\t=a", "'\t'=a"),
    ],
)
def test_what_a_divider_would_make_a_formula_of_has_an_apostrophe_and_comes_back(
    tmp_path: Path, name: str, cell: str
) -> None:
    assert as_text(name) == cell
    assert name_of(cell) == name
    if name.isprintable():
        write_box_table(tmp_path / "b.csv", one_photo(LabelledBox(name, Box(0, 0, 1, 1)), path=f"{name}.jpg"))
        (photo,) = read_box_table(tmp_path / "b.csv").photos
        assert (photo.path, photo.boxes[0].class_name) == (f"{name}.jpg", name)
        assert read_label_table(tmp_path / "b.csv") == {f"{name}.jpg": (name,)}


@given(st.text("'=+-@;\t\r\na", max_size=8))
def test_every_name_comes_back_and_no_part_of_its_cell_is_a_formula(name: str) -> None:
    cell = as_text(name)
    assert name_of(cell) == name
    assert not any(part.startswith(("=", "+", "-", "@")) for part in re.split("[;\t\r\n]", cell))


def test_a_table_of_labels_has_its_apostrophes_taken_off(tmp_path: Path) -> None:
    text = "image,class\n'=a.jpg,'-cat\n 'b'.jpg, '@dog\n"
    assert read_label_table(table(tmp_path, text)) == {"=a.jpg": ("-cat",), "'b'.jpg": ("@dog",)}


@pytest.mark.parametrize("name", ["a=b", "'quoted'", "a-b", "cat", "a; =b", "a;'b"])
def test_other_names_stand_as_they_are(tmp_path: Path, name: str) -> None:
    assert as_text(name) == name
    write_box_table(tmp_path / "b.csv", one_photo(LabelledBox(name, Box(0, 0, 1, 1))))
    assert read_box_table(tmp_path / "b.csv").class_names == (name,)


@pytest.mark.parametrize("text", ["image,class\na.jpg,cat\n", f"{HEAD}a.jpg,100,80,cat,5,5,9,9,,,\n"])
def test_a_table_is_replaced_only_when_told_to_even_one_with_our_headings(tmp_path: Path, text: str) -> None:
    path = table(tmp_path, text)
    with pytest.raises(FileInTheWayError, match="is already there, and a table does not tell who wrote it"):
        write_box_table(path, one_photo())
    assert path.read_text() == text
    assert write_box_table(path, one_photo(cat(0, 0, 1, 1)), overwrite=True) == ()
    assert path.read_text() == f"{HEAD}a.jpg,100,80,cat,0.0,0.0,1.0,1.0,,,\n"


def test_a_table_leaves_out_only_what_it_cannot_name(tmp_path: Path) -> None:
    photos = (LabelledPhoto("b\n.jpg", 9, 9), LabelledPhoto("unknown.jpg", 0, 0), LabelledPhoto("a.jpg", 9, 9))
    assert [each.path for each in write_box_table(tmp_path / "b.csv", LabelSet((), photos))] == ["b\n.jpg"]
    assert [photo.path for photo in read_box_table(tmp_path / "b.csv").photos] == ["unknown.jpg", "a.jpg"]
    with pytest.raises(LabelFileError, match="A class name is ''"):
        write_box_table(tmp_path / "c.csv", LabelSet(("",), ()))
    assert not (tmp_path / "c.csv").exists()


def lists(folder: Path, **texts: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text)
    return folder


def test_lists_of_classes_are_found_and_read(tmp_path: Path) -> None:
    place = lists(
        tmp_path / "ImageSets" / "Main",
        cat_train="one 1\n\ntwo -1\nthree  0\n",
        big_dog_val="one 1\ntwo -1\n",
        train="one\ntwo\n",
        all_photos="one\ntwo 1\n",
        cat_val="",
    )
    (place / "folder_x.txt").mkdir()
    (place / "broken_x.txt").write_bytes(b"\xff\n")
    assert [path.name for path in class_lists(tmp_path)] == ["big_dog_val.txt", "cat_train.txt"]
    assert class_lists(place) == class_lists(tmp_path)
    assert read_image_sets(tmp_path) == {"one": ("big_dog", "cat"), "two": (), "three": ("cat",)}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("two 1 1", r"line 3 is 'two 1 1'; expected"),
        ("two", r"line 3 is 'two'"),
        ("two 2", "line 3"),
        ("../two 1", "cat_train.txt, line 3 is .* inside"),
    ],
)
def test_a_wrong_line_of_a_list_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        read_image_sets(lists(tmp_path, cat_train=f"one 1\n\n{line}\n"))


def test_a_folder_without_lists_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match=r"no lists of classes; expected files such as ImageSets/Main/cat_train"):
        read_image_sets(lists(tmp_path, train="one\n"))
    with pytest.raises(LabelFileError, match=r"_train\.txt is ''; expected a class name"):
        read_image_sets(lists(tmp_path, _train="one 1\n"))
