"""Links inside a chosen folder that lead out of it: nothing is read or written behind them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.dataset.image_sets import read_image_sets
from engine.dataset.label_sources import read_labels, recognise
from engine.dataset.project import Project
from engine.dataset.project_records import FoundPhoto, PhotoContent, PhotoState
from engine.dataset.records import LabelledPhoto, LabelSet
from engine.dataset.voc import read_voc, write_voc
from engine.dataset.voc_mirror import VocMirror
from engine.dataset.yolo import read_yolo, write_yolo
from engine.errors import FileInTheWayError, LabelFileError
from engine.images import scan_folder
from support.labels import cat, one_photo

PHOTOS = [("a.jpg", 100, 80)]
XML = (
    "<annotation><filename>a.jpg</filename><size><width>100</width><height>80</height></size>"
    "<object><name>secret</name><bndbox><xmin>1</xmin><ymin>1</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></object>"
    "</annotation>"
)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    (folder / "classes.txt").write_text("secret\n")
    (folder / "data.yaml").write_text("names: [secret]\n")
    (folder / "cat_train.txt").write_text("a 1\n")
    (folder / "a.xml").write_text(XML)
    (folder / "only.json").write_text("{}")
    return folder


@pytest.fixture
def chosen(tmp_path: Path) -> Path:
    folder = tmp_path / "chosen"
    folder.mkdir()
    return folder


def yolo_with(
    folder: Path, *, names: Path | None = None, lists: Path | None = None, labels: Path | None = None
) -> None:
    if names is not None:
        (folder / "data.yaml").symlink_to(names)
    if lists is not None:
        (folder / "classes.txt").symlink_to(lists)
    elif names is None:
        (folder / "classes.txt").write_text("cat\n")
    if labels is not None:
        (folder / "labels").symlink_to(labels)
    else:
        (folder / "labels").mkdir()
        (folder / "labels" / "a.txt").write_text("0 0.5 0.5 0.5 0.5\n")


@pytest.mark.parametrize(
    "behind",
    [
        lambda folder, out: yolo_with(folder, names=out / "data.yaml"),
        lambda folder, out: yolo_with(folder, lists=out / "classes.txt"),
        lambda folder, out: yolo_with(folder, labels=out),
        lambda folder, out: yolo_with(folder, names=Path("..", out.name, "data.yaml")),
    ],
    ids=["data.yaml", "classes.txt", "labels", "relative"],
)
def test_yolo_is_not_read_behind_a_link(chosen: Path, elsewhere: Path, behind: Callable[[Path, Path], None]) -> None:
    behind(chosen, elsewhere)
    with pytest.raises(LabelFileError, match=r"leads out of .*chosen"):
        read_yolo(chosen, PHOTOS)


def test_classes_among_the_labels_are_not_read_behind_a_link(chosen: Path, elsewhere: Path) -> None:
    (chosen / "labels").mkdir()
    (chosen / "labels" / "classes.txt").symlink_to(elsewhere / "classes.txt")
    with pytest.raises(LabelFileError, match=r"classes\.txt leads out of"):
        read_yolo(chosen, PHOTOS)


def test_voc_is_not_read_behind_a_link(chosen: Path, elsewhere: Path) -> None:
    (chosen / "Annotations").symlink_to(elsewhere)
    for read in (read_voc, recognise):
        with pytest.raises(LabelFileError, match=r"Annotations leads out of .*chosen"):
            read(chosen)


def test_lists_are_not_read_behind_a_link(chosen: Path, elsewhere: Path) -> None:
    place = chosen / "ImageSets" / "Main"
    place.mkdir(parents=True)
    (place / "dog_train.txt").write_text("a 1\n")
    (place / "cat_train.txt").symlink_to(elsewhere / "cat_train.txt")
    assert read_image_sets(chosen) == {"a": ("dog",)}
    assert read_image_sets(place) == {"a": ("dog",)}
    (chosen / "one").mkdir()
    (chosen / "one" / "ImageSets").symlink_to(elsewhere)
    (elsewhere / "Main").mkdir()
    with pytest.raises(LabelFileError, match="leads out of"):
        read_image_sets(chosen / "one")


def test_the_only_coco_file_of_a_folder_is_not_read_behind_a_link(chosen: Path, elsewhere: Path) -> None:
    (chosen / "boxes.json").symlink_to(elsewhere / "only.json")
    with pytest.raises(LabelFileError, match=r"boxes\.json leads out of"):
        recognise(chosen)


def test_a_chosen_folder_may_be_a_link_and_hold_links_to_its_own(tmp_path: Path, chosen: Path) -> None:
    yolo_with(chosen)
    (chosen / "labels" / "b.txt").symlink_to("a.txt")
    (chosen / "again").symlink_to(chosen)
    for root in (tmp_path / "shortcut", chosen / "again"):
        if not root.is_symlink():
            root.symlink_to(chosen)
        read = read_labels(recognise(root), [*PHOTOS, ("b.jpg", 10, 10)])
        assert read.boxes is not None
        assert [photo.path for photo in read.boxes.photos] == ["a.jpg", "b.jpg"]


def test_photos_that_are_links_are_listed_as_ever(chosen: Path, elsewhere: Path) -> None:
    (elsewhere / "a.jpg").touch()
    (chosen / "a.jpg").symlink_to(elsewhere / "a.jpg")
    assert [path for batch in scan_folder(chosen) for path in batch] == [chosen / "a.jpg"]


SUB = LabelSet(("cat",), (LabelledPhoto("sub/a.jpg", 100, 80, (cat(0, 0, 9, 9),)),))


@pytest.mark.parametrize("place", ["Annotations/sub", "Annotations", "ImageSets/Main", "ImageSets"])
def test_voc_is_not_written_behind_a_link(chosen: Path, elsewhere: Path, place: str) -> None:
    before = sorted(elsewhere.rglob("*"))
    (chosen / place).parent.mkdir(parents=True, exist_ok=True)
    (chosen / place).symlink_to(elsewhere)
    for overwrite in (False, True):
        with pytest.raises(LabelFileError, match="leads out of"):
            write_voc(chosen, SUB, overwrite=overwrite)
    assert sorted(elsewhere.rglob("*")) == before
    assert (elsewhere / "a.xml").read_text() == XML


@pytest.mark.parametrize("place", ["labels/sub", "labels", "data.yaml"])
def test_yolo_is_not_written_behind_a_link(chosen: Path, elsewhere: Path, place: str) -> None:
    before = sorted(elsewhere.rglob("*"))
    (chosen / place).parent.mkdir(exist_ok=True)
    (chosen / place).symlink_to(elsewhere / "data.yaml" if place == "data.yaml" else elsewhere)
    with pytest.raises(LabelFileError, match="leads out of"):
        write_yolo(chosen, SUB, overwrite=True)
    assert sorted(elsewhere.rglob("*")) == before
    assert (elsewhere / "data.yaml").read_text() == "names: [secret]\n"


@pytest.mark.parametrize("place", ["{}/sub", "{}"])
def test_photos_are_not_brought_behind_a_link(chosen: Path, elsewhere: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "photos" / "sub").mkdir(parents=True)
    (tmp_path / "photos" / "sub" / "a.jpg").write_bytes(b"photo")
    before = sorted(elsewhere.rglob("*"))
    for write, name in ((write_voc, "JPEGImages"), (write_yolo, "images")):
        link = chosen / place.format(name)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(elsewhere)
        with pytest.raises(LabelFileError, match="leads out of"):
            write(chosen, SUB, photos=tmp_path / "photos", overwrite=True)
    assert sorted(elsewhere.rglob("*")) == before


def test_a_list_that_names_files_elsewhere_is_not_ours(chosen: Path, elsewhere: Path) -> None:
    write_voc(elsewhere, one_photo(cat(0, 0, 9, 9)))
    (chosen / "ImageSets" / "Main").mkdir(parents=True)
    for stem in ("../../elsewhere/Annotations/a", str(elsewhere / "Annotations" / "a")):
        (chosen / "ImageSets" / "Main" / "trainval.txt").write_text(f"{stem}\n")
        with pytest.raises(FileInTheWayError, match="not written by Moltbox"):
            write_voc(chosen, one_photo(cat(0, 0, 9, 9)))


def test_files_in_step_are_not_written_behind_a_link(chosen: Path, elsewhere: Path) -> None:
    (chosen / "Annotations").symlink_to(elsewhere)
    with Project.open(chosen) as project:
        project.add_photos([FoundPhoto("a.jpg", 1, 1)])
        project.set_photo_sizes([(1, 100, 80)])
        project.put_content(PhotoContent(1, PhotoState.REVIEWED, ()), event="accept")
        with pytest.raises(LabelFileError, match="leads out of"):
            VocMirror(project, "folder").update(1)
    assert (elsewhere / "a.xml").read_text() == XML
