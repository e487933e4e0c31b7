"""VOC files down to the single element: what is written, what is taken for ours, and where the limits lie."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.voc import (
    guess_dialect,
    is_in_step,
    is_ours,
    read_voc,
    read_voc_file,
    write_voc,
    write_voc_photo,
    xml_names,
)
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.labels import cat, one_photo

OBJECT = "<object><name>cat</name>{}<bndbox>{}</bndbox></object>"
ENDS = "<xmin>11</xmin><ymin>21</ymin><xmax>30</xmax><ymax>50</ymax>"
SIZE = "<size><width>100</width><height>80</height><depth>3</depth></size>"


def theirs(path: Path, inside: str = "", *, flags: str = "", ends: str = ENDS, name: str = "a.jpg") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = f"<filename>{name}</filename>{SIZE}{inside}{OBJECT.format(flags, ends)}"
    path.write_text(f"<annotation>{body}</annotation>", encoding="utf-8")
    return path


def test_the_file_is_this_to_the_letter(tmp_path: Path) -> None:
    boxes = (LabelledBox(" cat ", Box(1, 2, 3, 4), truncated=True),)
    write_voc_photo(tmp_path / "a.xml", LabelledPhoto("a.jpg", 100, 80, boxes), in_step=True)
    assert (tmp_path / "a.xml").read_text() == (
        '<annotation moltbox="devkit" moltbox-in-step="yes">\n\t<folder>JPEGImages</folder>\n'
        "\t<filename>a.jpg</filename>\n\t<source>\n\t\t<database>Moltbox</database>\n\t</source>\n"
        "\t<size>\n\t\t<width>100</width>\n\t\t<height>80</height>\n\t\t<depth>3</depth>\n\t</size>\n"
        "\t<segmented>0</segmented>\n\t<object>\n\t\t<name>cat</name>\n\t\t<pose>Unspecified</pose>\n"
        "\t\t<truncated>1</truncated>\n\t\t<difficult>0</difficult>\n\t\t<bndbox>\n\t\t\t<xmin>2</xmin>\n"
        "\t\t\t<ymin>3</ymin>\n\t\t\t<xmax>3</xmax>\n\t\t\t<ymax>4</ymax>\n\t\t</bndbox>\n\t</object>\n</annotation>\n"
    )
    assert is_in_step(tmp_path / "a.xml")
    assert is_ours(tmp_path / "a.xml")
    write_voc_photo(tmp_path / "b.xml", LabelledPhoto("b.jpg", 100, 80))
    assert not is_in_step(tmp_path / "b.xml")


def test_an_export_tells_what_it_did(tmp_path: Path) -> None:
    photos = (LabelledPhoto("a.jpg", 9, 9, (cat(0, 0, 1, 1), cat(0, 0, 2, 2))), LabelledPhoto("b.jpg", 9, 9))
    told: list[tuple[int, int]] = []
    report = write_voc(tmp_path, LabelSet(("cat",), photos), on_progress=lambda *step: told.append(step))
    assert (report.folder, report.photo_count, report.box_count) == (tmp_path, 2, 2)
    assert (report.skipped, report.stale) == ((), ())
    assert told == [(1, 2), (2, 2)]
    assert (tmp_path / "ImageSets" / "Main" / "trainval.txt").read_text() == "a\nb\n"
    assert not (tmp_path / "JPEGImages").exists()


def test_photos_may_be_copied_or_linked(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"photo")
    source = tmp_path / "in"
    write_voc(tmp_path / "usual", one_photo(), photos=source)
    write_voc(tmp_path / "copied", one_photo(), photos=source, photo_mode="copy")
    write_voc(tmp_path / "linked", one_photo(), photos=source, photo_mode="link")
    same = [(tmp_path / folder / "JPEGImages" / "a.jpg").samefile(source / "a.jpg") for folder in ("usual", "copied")]
    assert same == [False, False]
    assert (tmp_path / "linked" / "JPEGImages" / "a.jpg").samefile(source / "a.jpg")


def test_photos_and_lists_of_another_tool_stay_unless_asked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"ours")
    (out / "JPEGImages").mkdir(parents=True)
    (out / "JPEGImages" / "a.jpg").write_bytes(b"theirs")
    with pytest.raises(FileInTheWayError, match=r"a\.jpg"):
        write_voc(out, one_photo(), photos=tmp_path / "in")
    assert (out / "JPEGImages" / "a.jpg").read_bytes() == b"theirs"
    write_voc(out, one_photo(), photos=tmp_path / "in", overwrite=True)
    assert (out / "JPEGImages" / "a.jpg").read_bytes() == b"ours"
    write_voc(out, one_photo(), photos=tmp_path / "in")  # now a photo of our own export
    other = tmp_path / "other" / "ImageSets" / "Main"
    other.mkdir(parents=True)
    (other / "trainval.txt").write_text("their_photo\n")
    with pytest.raises(FileInTheWayError, match=r"trainval\.txt is already there"):
        write_voc(tmp_path / "other", one_photo())
    write_voc(tmp_path / "other", one_photo(), split="train")
    write_voc(tmp_path / "other", one_photo(), overwrite=True)
    assert (other / "trainval.txt").read_text() == "a\n"


def test_a_photo_beside_our_labels_that_is_another_is_refused_unless_asked(tmp_path: Path) -> None:
    source, own = tmp_path / "in" / "a.jpg", tmp_path / "out" / "JPEGImages" / "a.jpg"
    for path, content in ((source, b"photo"), (own, b"mine!")):
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    write_voc(tmp_path / "out", one_photo())
    with pytest.raises(FileInTheWayError, match=r"a\.jpg is already there and is not the photo a\.jpg"):
        write_voc(tmp_path / "out", one_photo(), photos=source.parent)
    assert own.read_bytes() == b"mine!"
    write_voc(tmp_path / "out", one_photo(), photos=source.parent, overwrite=True)
    assert own.read_bytes() == b"photo"


def test_a_photo_whose_xml_would_have_too_long_a_name_is_left_out(tmp_path: Path) -> None:
    names = ["x" * 251 + ".jpg", "é" * 124 + ".webp", "é" * 124 + ".jpeg", "y" * 252 + ".gi", "a.jpg"]
    for _ in range(2):  # also where the folder is there already
        report = write_voc(tmp_path, LabelSet((), tuple(LabelledPhoto(name, 9, 9) for name in names)))
        told = "Its label file's name would be too long."
        assert [(each.path, each.reason) for each in report.skipped] == [(name, told) for name in names[1:4]]
        assert report.photo_count == 2


def test_a_list_with_a_word_that_is_no_name_of_a_file_is_not_ours(tmp_path: Path) -> None:
    write_voc(tmp_path, one_photo())
    listed = tmp_path / "ImageSets" / "Main" / "trainval.txt"
    listed.write_text(f"a\n{'y' * 300}\n")
    with pytest.raises(FileInTheWayError, match=r"trainval\.txt is already there"):
        write_voc(tmp_path, one_photo())


def test_a_list_that_names_a_file_of_another_tool_is_not_ours(tmp_path: Path) -> None:
    two = LabelSet((), (LabelledPhoto("a.jpg", 9, 9), LabelledPhoto("b.jpg", 9, 9)))
    write_voc(tmp_path, two)
    theirs(tmp_path / "Annotations" / "b.xml")
    with pytest.raises(FileInTheWayError, match=r"trainval\.txt"):
        write_voc(tmp_path, LabelSet((), two.photos[:1]))
    (tmp_path / "Annotations" / "b.xml").unlink()
    write_voc(tmp_path, LabelSet((), two.photos[:1]))


def test_one_photo_is_refused_with_a_reason_and_before_anything_is_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.xml"
    with pytest.raises(LabelFileError, match=r"^a\.jpg cannot be written: Its size is not known\.$"):
        write_voc_photo(path, LabelledPhoto("a.jpg", 0, 0))
    with pytest.raises(LabelFileError, match="A class name is"):
        write_voc_photo(path, LabelledPhoto("a.jpg", 9, 9, (LabelledBox("a\nb", Box(0, 0, 1, 1)),)))
    assert not path.parent.exists()
    theirs(path)
    with pytest.raises(FileInTheWayError, match="already there and was not written by Moltbox"):
        write_voc_photo(path, LabelledPhoto("a.jpg", 9, 9))
    write_voc_photo(path, LabelledPhoto("a.jpg", 9, 9), overwrite=True)
    write_voc_photo(path, LabelledPhoto("a.jpg", 9, 9, (cat(0, 0, 2, 2),)))
    assert len(read_voc_file(path).boxes) == 1


def test_our_mark_counts_only_in_the_root_near_the_start(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    for text, expected in (
        ('<annotation moltbox="edges">', True),
        ('<annotation verified="yes" moltbox="devkit">', True),
        ("<annotation>Moltbox edges</annotation>", True),
        ('<annotation notmoltbox="1">', False),
        ('<annotation><x moltbox="1"/>', False),
        (" " * 2000 + '<annotation moltbox="edges">', False),
    ):
        path.write_text(text)
        assert is_ours(path) is expected, text
        assert not is_in_step(path)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 0.4, (0, 1)),
        (9.6, 10.0, (9, 10)),
        (3.5, 4.49, (3, 4)),
        (3.49, 3.51, (3, 4)),
        (2.5, 3.5, (3, 4)),
        (0.49, 9.5, (0, 10)),
        (4.9, 5.3, (5, 6)),
    ],
)
def test_ends_are_rounded_and_never_closer_than_a_pixel(
    tmp_path: Path, low: float, high: float, expected: tuple[int, int]
) -> None:
    photo = LabelledPhoto("a.jpg", 10, 10, (cat(low, low, high, high),))
    write_voc_photo(tmp_path / "a.xml", photo, dialect="edges")
    box = read_voc_file(tmp_path / "a.xml").boxes[0].box
    assert box == Box(expected[0], expected[0], expected[1], expected[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", True), ("0", False), ("0.0", False), ("false", False), ("False", False), (" NO ", False), ("yes", True)],
)
def test_flags_are_said_in_several_ways(tmp_path: Path, text: str, expected: bool) -> None:
    flags = f"<difficult>{text}</difficult><truncated>{text}</truncated>"
    (box,) = read_voc_file(theirs(tmp_path / "a.xml", flags=flags)).boxes
    assert (box.difficult, box.truncated) == (expected, expected)
    (box,) = read_voc_file(theirs(tmp_path / "a.xml", flags="<difficult>1</difficult>")).boxes
    assert (box.difficult, box.truncated) == (True, False)


@pytest.mark.parametrize(
    ("text", "expected"), [("yes", True), (" TRUE ", True), ("1", True), ("no", False), ("", False)]
)
def test_verified_is_said_in_several_ways(tmp_path: Path, text: str, expected: bool) -> None:
    path = theirs(tmp_path / "a.xml")
    path.write_text(path.read_text().replace("<annotation>", f'<annotation verified="{text}">'))
    assert read_voc_file(path).verified is expected


@pytest.mark.parametrize("field", ["xmin", "ymin", "xmax", "ymax"])
def test_each_end_is_needed_and_named(tmp_path: Path, field: str) -> None:
    left_out = ElementTree.fromstring(f"<b>{ENDS}</b>")  # noqa: S314 - our own text
    left_out.remove(next(child for child in left_out if child.tag == field))
    ends = "".join(ElementTree.tostring(child, encoding="unicode") for child in left_out)
    with pytest.raises(LabelFileError, match=rf"^a\.xml, object 1 has no bndbox\.{field}\.$"):
        read_voc_file(theirs(tmp_path / "a.xml", ends=ends))
    path = theirs(tmp_path / "a.xml", ends=f"{ends}<{field}>x</{field}>")
    with pytest.raises(LabelFileError, match=rf"object 1, bndbox\.{field} is 'x'"):
        read_voc_file(path)


def test_each_way_to_tell_edges_counts(tmp_path: Path) -> None:
    unknown = "<source><database>Unknown</database></source>"
    first = Box(11, 21, 30, 50)
    for inside, expected in (
        ("<path>/x/a.jpg</path>" + unknown, "edges"),
        (unknown, "devkit"),
        ("<path>/x/a.jpg</path>", "devkit"),
        ("<source><annotation>Moltbox edges</annotation></source>", "edges"),
        ("<source><annotation>Moltbox devkit</annotation></source>", "devkit"),
        ("<source><annotation>Other</annotation></source>", "devkit"),
    ):
        path = theirs(tmp_path / "Annotations" / "a.xml", inside)
        (box,) = read_voc_file(path).boxes
        assert box.box == (first if expected == "edges" else Box(10, 20, 30, 50)), inside
        assert guess_dialect(tmp_path) == expected
    for zero in ("0", "0.0", "-0"):
        path = theirs(tmp_path / "z.xml", ends=ENDS.replace("<ymin>21", f"<ymin>{zero}"))
        assert read_voc_file(path).boxes[0].box.x0 == 11
    assert read_voc_file(theirs(tmp_path / "z.xml", ends=ENDS + "<note>0x</note><more/>")).boxes[0].box.x0 == 10


def test_files_that_tell_their_dialect_leave_that_of_the_others_alone(tmp_path: Path) -> None:
    write_voc(tmp_path, one_photo(cat(0, 20, 30, 50), path="ours.jpg"), dialect="edges")
    theirs(tmp_path / "Annotations" / "theirs.xml")
    assert guess_dialect(tmp_path) == "devkit"
    read = {photo.path: photo.boxes[0].box for photo in read_voc(tmp_path).photos}
    assert read == {"ours.jpg": Box(0, 20, 30, 50), "a.jpg": Box(10, 20, 30, 50)}
    read = {photo.path: photo.boxes[0].box for photo in read_voc(tmp_path, dialect="edges").photos}
    assert read == {"ours.jpg": Box(0, 20, 30, 50), "a.jpg": Box(11, 21, 30, 50)}
    (tmp_path / "Annotations" / "theirs.xml").unlink()
    assert guess_dialect(tmp_path) == "edges"


def test_a_photo_is_in_the_sub_folder_of_its_file(tmp_path: Path) -> None:
    for place, name in (("a", "a.jpg"), ("sub/b", "b.jpg"), ("sub/c", "sub/c.jpg"), ("sub/d", "old/d.jpg")):
        theirs(tmp_path / "Annotations" / f"{place}.xml", name=name)
    theirs(tmp_path / "outside.xml", name="outside.jpg")
    read = read_voc(tmp_path)
    assert sorted(photo.path for photo in read.photos) == ["a.jpg", "sub/b.jpg", "sub/c.jpg", "sub/d.jpg"]
    assert read.class_names == ("cat",)
    with pytest.raises(LabelFileError, match="is not a folder"):
        read_voc(tmp_path / "none")


def test_names_clash_whatever_their_case() -> None:
    assert xml_names(["a.jpg", "A.png", "b.jpg"]) == {"a.jpg": "a.jpg.xml", "A.png": "A.png.xml", "b.jpg": "b.xml"}
    assert xml_names(["c.jpg", "c.JPG.png"])["c.JPG.png"] == "c.JPG.png.xml"
    assert xml_names(["x/a.jpg", "y/a.jpg"]) == {"x/a.jpg": "x/a.xml", "y/a.jpg": "y/a.xml"}


def test_what_an_export_no_longer_covers_is_told_in_order(tmp_path: Path) -> None:
    write_voc(tmp_path, LabelSet((), tuple(LabelledPhoto(f"{n}.jpg", 9, 9) for n in ("c", "sub/a", "b"))))
    report = write_voc(tmp_path, LabelSet((), (LabelledPhoto("b.jpg", 9, 9),)))
    assert report.stale == (tmp_path / "Annotations" / "c.xml", tmp_path / "Annotations" / "sub" / "a.xml")
    assert write_voc(tmp_path / "empty", LabelSet((), ())).stale == ()
