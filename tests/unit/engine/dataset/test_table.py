from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import read_box_table, read_label_table, write_box_table
from engine.errors import LabelFileError
from engine.geometry import Box
from support.labels import label_sets


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "labels.csv"
    path.write_bytes(text.encode("utf-8"))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "image,class\na.jpg,cat\nsub/b.jpg,dog\n",
        "a.jpg,cat\nsub/b.jpg,dog\n",
        "\ufeffFile Name;Label;split\r\na.jpg;cat;train\r\nsub\\b.jpg;dog;val\r\n",
        "id\tlabel\tpath\n1\tcat\ta.jpg\n\n2\tdog\tsub/b.jpg\n",
        'class,image\n"cat",a.jpg\n dog ,sub/b.jpg',
    ],
)
def test_headings_order_and_dividers_may_differ(tmp_path: Path, text: str) -> None:
    assert read_label_table(table(tmp_path, text)) == {"a.jpg": ("cat",), "sub/b.jpg": ("dog",)}


def test_a_photo_on_several_lines_has_several_classes(tmp_path: Path) -> None:
    labels = read_label_table(table(tmp_path, 'image,class\na.jpg,"cat, black"\na.jpg,dog\na.jpg,dog\n'))
    assert labels == {"a.jpg": ("cat, black", "dog")}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty; expected a table"),
        ("image,class\na.jpg\n", "line 2 has 1 columns"),
        ("image,class\na.jpg,\n", "line 2, class is ''"),
        ("image,class\n../a.jpg,cat\n", "line 2, image is .* inside the folder"),
        ("image,size\na.jpg,3\n", "has no column 'class'"),
        ('image,class\n"a.jpg,cat\n', "is not a line of a table"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        read_label_table(table(tmp_path, text))


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(label_sets())
def test_boxes_come_back_exactly(label_set: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "boxes.csv"
        write_box_table(path, label_set)
        read = read_box_table(path)
    assert len(read.photos) == len(label_set.photos)
    for ours, theirs in zip(label_set.photos, read.photos, strict=True):
        assert (ours.path, ours.width, ours.height, ours.verified) == (
            theirs.path,
            theirs.width,
            theirs.height,
            theirs.verified,
        )
        assert [(box.class_name, box.box, box.score, box.state) for box in ours.boxes] == [
            (box.class_name, box.box, box.score, box.state) for box in theirs.boxes
        ]


def test_a_box_table_is_plain_to_read(tmp_path: Path) -> None:
    photos = (
        LabelledPhoto("a.jpg", 10, 8, (LabelledBox("cat", Box(0.1, 0, 3, 4), score=0.5, state="accepted"),)),
        LabelledPhoto("b.jpg", 10, 8, verified=True),
    )
    write_box_table(tmp_path / "boxes.csv", LabelSet(("cat",), photos))
    assert (tmp_path / "boxes.csv").read_text() == (
        "image,width,height,class,x0,y0,x1,y1,score,state,verified\n"
        "a.jpg,10,8,cat,0.1,0.0,3.0,4.0,0.5,accepted,\n"
        "b.jpg,10,8,,,,,,,,yes\n"
    )


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("a.jpg,10,8,cat,3,0,1,4", "line 2, x0 y0 x1 y1 has left and right ends at 3 and 1"),
        ("a.jpg,10,8,cat,0,0,1,", "line 2, y1 is ''; expected a number"),
        ("a.jpg,10,8,cat,0,0,40,4", "outside the photo of 10 x 8 pixels"),
        ("a.jpg,ten,8,cat,0,0,1,4", "line 2, width is 'ten'"),
        ("a.jpg,10,8,,0,0,1,4", "line 2, class is ''"),
        ("a.jpg,10,8", "line 2 has 3 columns; expected 8"),
        ("a.jpg,10,8,cat,0,0,1,4\na.jpg,8,10,cat,0,0,1,4", "line 3 says 8 x 10 pixels; an earlier line says 10 x 8"),
    ],
)
def test_a_wrong_box_is_named(tmp_path: Path, line: str, sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        read_box_table(table(tmp_path, f"image,width,height,class,x0,y0,x1,y1\n{line}\n"))


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="has no column height"):
        read_box_table(table(tmp_path, "image,width,class,x0,y0,x1,y1\n"))
