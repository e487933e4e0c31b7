from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.table import write_box_table
from engine.dataset.voc import (
    Dialect,
    guess_dialect,
    read_voc,
    read_voc_file,
    write_voc,
    write_voc_photo,
    xml_names,
)
from engine.errors import Cancelled, LabelFileError
from engine.geometry import Box
from support.labels import AWKWARD_NAMES, cat, label_sets, one_photo

DIALECTS = get_args(Dialect)


def bounds(path: Path) -> list[tuple[str, str]]:
    (bndbox,) = ElementTree.parse(path).getroot().iterfind("object/bndbox")  # noqa: S314 - our own file
    return [(entry.tag, entry.text or "") for entry in bndbox]


def foreign(path: Path, *boxes: tuple[object, ...], size: str = "", extra: str = "") -> Path:
    """An XML as another tool writes it, with the boxes' four values as given."""
    objects = "".join(
        f"<object><name>cat</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox>"
        "</object>"
        for a, b, c, d in boxes
    )
    size = size or "<size><width>100</width><height>80</height><depth>3</depth></size>"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"<annotation><filename>a.jpg</filename>{size}{extra}{objects}</annotation>", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("dialect", "box", "expected"),
    [
        ("devkit", (10, 20, 30, 50), "11 21 30 50"),
        ("edges", (10, 20, 30, 50), "10 20 30 50"),
        ("devkit", (0, 0, 100, 80), "1 1 100 80"),
        ("edges", (0, 0, 100, 80), "0 0 100 80"),
        ("devkit", (0, 0, 1, 1), "1 1 1 1"),
        ("devkit", (99, 79, 100, 80), "100 80 100 80"),
        ("devkit", (99.7, 79.7, 100, 80), "100 80 100 80"),
        ("edges", (99.7, 79.7, 100, 80), "99 79 100 80"),
        ("devkit", (10.25, 20.5, 30.25, 50.5), "11 22 30 51"),
        ("edges", (10.4, 10.4, 10.45, 10.45), "10 10 11 11"),
    ],
)
def test_the_written_rule(tmp_path: Path, dialect: Dialect, box: tuple[float, ...], expected: str) -> None:
    write_voc_photo(tmp_path / "a.xml", LabelledPhoto("a.jpg", 100, 80, (cat(*box),)), dialect=dialect)
    assert bounds(tmp_path / "a.xml") == list(zip(("xmin", "ymin", "xmax", "ymax"), expected.split(), strict=True))


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(label_set=label_sets(flags=False))
def test_what_is_written_is_read_again_to_rounding(dialect: Dialect, label_set: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_voc(Path(folder), label_set, dialect=dialect)
        read = read_voc(Path(folder))
    found = {photo.path: photo for photo in read.photos}
    assert found.keys() == {photo.path for photo in label_set.photos}
    for ours in label_set.photos:
        theirs = found[ours.path]
        assert (ours.width, ours.height, ours.verified) == (theirs.width, theirs.height, theirs.verified)
        for a, b in zip(ours.boxes, theirs.boxes, strict=True):
            assert (a.class_name, a.difficult, a.truncated) == (b.class_name, b.difficult, b.truncated)
            for low, high, read_low, read_high in (
                (a.box.x0, a.box.x1, b.box.x0, b.box.x1),
                (a.box.y0, a.box.y1, b.box.y0, b.box.y1),
            ):
                # Half a pixel is rounding; a box thinner than a pixel becomes one whole pixel.
                tolerance = 0.5 if high - low >= 1 else 1.0
                assert read_low == pytest.approx(low, abs=tolerance)
                assert read_high == pytest.approx(high, abs=tolerance)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(label_set=label_sets(whole=True, flags=False))
def test_whole_pixels_come_back_exactly(dialect: Dialect, label_set: LabelSet) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_voc(Path(folder), label_set, dialect=dialect)
        read = read_voc(Path(folder))
    assert {photo.path: photo.boxes for photo in read.photos} == {photo.path: photo.boxes for photo in label_set.photos}


def test_fields_stand_in_the_devkits_order(tmp_path: Path) -> None:
    photo = LabelledPhoto("sub/a.jpg", 100, 80, (LabelledBox("cat", Box(1, 2, 3, 4), difficult=True),), verified=True)
    write_voc_photo(tmp_path / "a.xml", photo)
    root = ElementTree.parse(tmp_path / "a.xml").getroot()  # noqa: S314 - our own file
    assert root.tag == "annotation"
    assert root.get("verified") == "yes"
    assert [entry.tag for entry in root] == ["folder", "filename", "source", "size", "segmented", "object"]
    assert [entry.tag for entry in root.find("object") or []] == ["name", "pose", "truncated", "difficult", "bndbox"]
    assert root.findtext("folder") == "sub"
    assert root.findtext("filename") == "a.jpg"
    assert root.get("moltbox") == "devkit"
    assert [entry.text for entry in root.find("size") or []] == ["100", "80", "3"]
    assert (root.findtext("object/difficult"), root.findtext("object/truncated")) == ("1", "0")


def test_markup_in_names_is_escaped(tmp_path: Path) -> None:
    name = "a&b<c>\"d'e]]>"
    photo = LabelledPhoto("p&<>.jpg", 10, 10, (LabelledBox(name, Box(0, 0, 1, 1)),))
    write_voc_photo(tmp_path / "a.xml", photo)
    read = read_voc_file(tmp_path / "a.xml")
    assert (read.path, read.boxes[0].class_name) == ("p&<>.jpg", name)


@pytest.mark.parametrize("name", ["a\x00b", "a\x1bb", "a\nb", "a\ufffe", "", " "])
def test_a_class_name_that_xml_cannot_hold_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(LabelFileError, match="A class name is"):
        write_voc(tmp_path, LabelSet((name,), (LabelledPhoto("a.jpg", 10, 10),)))
    assert not (tmp_path / "Annotations").exists()


def test_sub_folders_are_mirrored_and_stems_that_clash_keep_their_suffix(tmp_path: Path) -> None:
    paths = ("a.jpg", "a.png", "b.jpg", "sub/a.jpg", "sub/A.PNG", "c.jpg", "c.jpg.png")
    label_set = LabelSet((), tuple(LabelledPhoto(path, 10, 10) for path in paths))
    write_voc(tmp_path, label_set)
    written = sorted(path.relative_to(tmp_path / "Annotations").as_posix() for path in tmp_path.rglob("*.xml"))
    assert written == sorted(
        ["a.jpg.xml", "a.png.xml", "b.xml", "sub/a.jpg.xml", "sub/A.PNG.xml", "c.xml", "c.jpg.png.xml"]
    )
    assert sorted(photo.path for photo in read_voc(tmp_path).photos) == sorted(paths)


def test_a_name_that_no_label_file_can_hold_is_left_out_and_named(tmp_path: Path) -> None:
    names = ("good.jpg", "broken\udcff.jpg", "line\nbreak.jpg")
    label_set = LabelSet((), tuple(LabelledPhoto(name, 10, 10) for name in names))
    for skipped in (
        write_voc(tmp_path / "voc", label_set).skipped,
        write_coco(tmp_path / "boxes.json", label_set).skipped,
        write_box_table(tmp_path / "boxes.csv", label_set),
    ):
        assert [entry.path for entry in skipped] == list(names[1:])
    assert [photo.path for photo in read_voc(tmp_path / "voc").photos] == ["good.jpg"]


def test_a_photo_cannot_lead_the_writer_out_of_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for path in ("../a.jpg", "/a.jpg", "C:\\a.jpg"):
        with pytest.raises(LabelFileError, match="expected a path"):
            write_voc(folder, LabelSet((), (LabelledPhoto(path, 10, 10),)), photos=tmp_path)
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.sampled_from((*AWKWARD_NAMES, "CLASH.jpg", "clash.jpg.jpg", "clash")), unique=True))
def test_no_two_photos_share_an_xml(paths: list[str]) -> None:
    names = xml_names(paths)
    assert list(names) == paths
    assert len(set(names.values())) == len(paths)


def test_the_list_names_the_written_photos(tmp_path: Path) -> None:
    photos = (LabelledPhoto("sub/a.jpg", 10, 10), LabelledPhoto("unknown.jpg", 0, 0), LabelledPhoto("b.jpg", 10, 10))
    report = write_voc(tmp_path, LabelSet((), photos), split="train")
    assert (tmp_path / "ImageSets" / "Main" / "train.txt").read_text() == "sub/a\nb\n"
    assert [entry.path for entry in report.skipped] == ["unknown.jpg"]


def test_photos_are_brought_along_where_asked(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "sub").mkdir(parents=True)
    (photos / "sub" / "a.jpg").write_bytes(b"photo")
    label_set = LabelSet((), (LabelledPhoto("sub/a.jpg", 10, 10), LabelledPhoto("gone.jpg", 10, 10)))
    report = write_voc(tmp_path / "out", label_set, photos=photos)
    assert (tmp_path / "out" / "JPEGImages" / "sub" / "a.jpg").read_bytes() == b"photo"
    assert [(entry.path, entry.reason) for entry in report.skipped] == [("gone.jpg", "The photo is no longer there.")]
    assert report.photo_count == 1


def test_files_of_another_tool_are_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = foreign(tmp_path / "Annotations" / "a.xml", (1, 2, 3, 4))
    before = path.read_bytes()
    label_set = LabelSet(("cat",), (*one_photo(path="0.jpg").photos, *one_photo(cat(1, 2, 3, 4)).photos))
    with pytest.raises(LabelFileError, match="not written by Moltbox"):
        write_voc(tmp_path, label_set)
    assert path.read_bytes() == before
    assert not (tmp_path / "Annotations" / "0.xml").exists()
    write_voc(tmp_path, label_set, overwrite=True)
    write_voc(tmp_path, label_set)


def test_files_of_an_earlier_export_are_named_when_they_are_no_longer_part(tmp_path: Path) -> None:
    both = LabelSet((), (LabelledPhoto("a.jpg", 10, 10), LabelledPhoto("b.jpg", 10, 10)))
    write_voc(tmp_path, both)
    foreign(tmp_path / "Annotations" / "theirs.xml")
    report = write_voc(tmp_path, LabelSet((), both.photos[:1]))
    assert report.stale == (tmp_path / "Annotations" / "b.xml",)


def test_an_export_can_be_stopped(tmp_path: Path) -> None:
    def stop(done: int, total: int) -> None:
        assert total == 2
        if done == 1:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        write_voc(tmp_path, LabelSet((), tuple(LabelledPhoto(f"{n}.jpg", 9, 9) for n in "ab")), on_progress=stop)
    assert not (tmp_path / "ImageSets").exists()


def test_a_foreign_file_is_the_devkits_unless_it_says_otherwise(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.xml", (11, 21, 30, 50))
    assert read_voc_file(path).boxes[0].box == Box(10, 20, 30, 50)
    assert read_voc_file(path, dialect="edges").boxes[0].box == Box(11, 21, 30, 50)


def test_a_coordinate_0_means_edges_for_all_files_of_the_folder(tmp_path: Path) -> None:
    foreign(tmp_path / "1" / "a.xml", (11, 21, 30, 50))
    assert guess_dialect(tmp_path) == "devkit"
    foreign(tmp_path / "2" / "a.xml", (0, 21, 100, 50))
    assert guess_dialect(tmp_path) == "edges"
    assert [photo.boxes[0].box for photo in read_voc(tmp_path).photos] == [Box(11, 21, 30, 50), Box(0, 21, 100, 50)]
    assert read_voc_file(tmp_path / "2" / "a.xml").boxes[0].box == Box(0, 21, 100, 50)


def test_label_img_writes_edges(tmp_path: Path) -> None:
    extra = "<path>/home/x/a.jpg</path><source><database>Unknown</database></source>"
    assert read_voc_file(foreign(tmp_path / "a.xml", (11, 21, 30, 50), extra=extra)).boxes[0].box.x0 == 11


def test_our_own_mark_counts_more_than_what_is_asked_for(tmp_path: Path) -> None:
    write_voc(tmp_path, one_photo(cat(10, 20, 30, 50)), dialect="edges")
    assert read_voc(tmp_path, dialect="devkit").photos[0].boxes[0].box == Box(10, 20, 30, 50)
    assert read_voc_file(tmp_path / "Annotations" / "a.xml", dialect="devkit").boxes[0].box == Box(10, 20, 30, 50)


def test_numbers_with_decimals_and_a_missing_size_are_read(tmp_path: Path) -> None:
    path = foreign(tmp_path / "a.xml", ("11.5", " 21.25 ", "30.75", "5e1"), size="<size/>")
    photo = read_voc_file(path)
    assert (photo.width, photo.height) == (0, 0)
    assert photo.boxes[0].box == Box(10.5, 20.25, 30.75, 50)


def test_a_photo_without_objects_is_a_negative_example(tmp_path: Path) -> None:
    foreign(tmp_path / "a.xml")
    read = read_voc(tmp_path)
    assert read.class_names == ()
    assert read.photos[0].boxes == ()


@pytest.mark.parametrize(
    ("box", "sentence"),
    [
        ((30, 20, 10, 50), r"a\.xml, object 1, bndbox has left and right ends at 29 and 10"),
        ((10, 50, 30, 20), r"bndbox has top and bottom ends"),
        ((10, 20, "nan", 50), r"object 1, bndbox\.xmax is 'nan'; expected a finite number"),
        ((10, 20, "inf", 50), r"bndbox\.xmax is 'inf'"),
        ((10, 20, "", 50), r"object 1 has no bndbox\.xmax"),
        ((10, 20, "3O", 50), r"bndbox\.xmax is '3O'; expected a number"),
        ((10, 20, 140, 50), r"bndbox is .* outside the photo of 100 x 80 pixels"),
        ((-10, 20, 40, 50), r"bndbox is .* outside the photo"),
    ],
)
def test_a_wrong_coordinate_is_named(tmp_path: Path, box: tuple[object, ...], sentence: str) -> None:
    with pytest.raises(LabelFileError, match=sentence):
        read_voc_file(foreign(tmp_path / "a.xml", box))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not an XML file"),
        ("<annotation><filename>a.jpg</filename>", "is not an XML file"),
        ("<html/>", "starts with <html>"),
        ("<annotation/>", "has no filename"),
        ("<annotation><filename>../../a.jpg</filename></annotation>", "inside the folder"),
        ("<annotation><filename>C:/a.jpg</filename></annotation>", "relative to the folder"),
        (
            '<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;">]><annotation><filename>&y;</filename></annotation>',
            "defines entities",
        ),
        (
            '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><annotation><filename>&x;</filename></annotation>',
            "defines entities",
        ),
        (
            "<annotation><filename>a.jpg</filename><size><width>99999999</width></size></annotation>",
            "size.width is 99999999",
        ),
    ],
)
def test_a_file_that_is_no_voc_file_is_said_so(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    with pytest.raises(LabelFileError, match=sentence):
        read_voc_file(tmp_path / "a.xml")


def test_a_folder_without_files_and_a_photo_with_two_are_said_so(tmp_path: Path) -> None:
    with pytest.raises(LabelFileError, match="has no XML files"):
        read_voc(tmp_path)
    foreign(tmp_path / "a.xml")
    foreign(tmp_path / "b.xml")
    with pytest.raises(LabelFileError, match=r"two files for the photo 'a\.jpg'"):
        read_voc(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 400))
def test_no_damage_makes_the_reader_fall(noise: bytes, place: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = foreign(Path(folder) / "a.xml", (11, 21, 30, 50))
        whole = path.read_bytes()
        path.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
        with contextlib.suppress(LabelFileError):
            read_voc_file(path)
