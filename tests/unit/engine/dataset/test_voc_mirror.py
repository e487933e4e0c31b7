"""VOC files follow a project's decisions, and leave those of other tools alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.voc import read_voc, read_voc_file, write_voc_photo
from engine.dataset.voc_mirror import MirrorPlace, VocMirror
from engine.errors import FileInTheWayError, LabelFileError
from engine.geometry import Box
from support.photos import save_photo, shape_photo

NAMES = ("a.jpg", "a.png", "b.jpg", "sub/c.jpg")
BOX = Box(10, 20, 30, 50)


@pytest.fixture
def project(tmp_path: Path):
    (tmp_path / "sub").mkdir()
    with Project.open(tmp_path) as made:
        made.add_photos(FoundPhoto(name, 1, 1) for name in NAMES)
        made.set_photo_sizes((photo_id, 100, 80) for photo_id in range(1, 5))
        yield made


def photo_id(project: Project, path: str) -> int:
    found = project.photo_id_of(path)
    assert found is not None
    return found


def decide(project: Project, path: str, state: PhotoState = PhotoState.REVIEWED) -> int:
    number = photo_id(project, path)
    cat = project.class_named("cat").id
    rows = (BoxRow(0, cat, BOX, BoxState.ACCEPTED), BoxRow(0, cat, Box(1, 1, 5, 5), BoxState.REJECTED))
    project.put_content(PhotoContent(number, state, rows), event="accept")
    return number


@pytest.mark.parametrize(
    ("place", "name", "expected"),
    [
        ("beside", "b.jpg", "b.xml"),
        ("beside", "sub/c.jpg", "sub/c.xml"),
        ("beside", "a.png", "a.png.xml"),
        ("folder", "b.jpg", "Annotations/b.xml"),
        ("folder", "sub/c.jpg", "Annotations/sub/c.xml"),
    ],
)
def test_a_reviewed_photo_has_its_file(
    project: Project, tmp_path: Path, place: MirrorPlace, name: str, expected: str
) -> None:
    VocMirror(project, place).update(decide(project, name))
    (xml,) = tmp_path.rglob("*.xml")
    assert xml == tmp_path / expected
    read = read_voc_file(xml)
    assert [(box.class_name, box.box) for box in read.boxes] == [("cat", BOX)]
    assert read.verified
    assert read_voc(tmp_path).photos[0].path == name
    assert not read.foreign  # the mark of these files is no field of another tool


def test_a_size_that_the_project_does_not_know_is_read_from_the_photo(tmp_path: Path) -> None:
    photo = shape_photo(BOX)
    save_photo(tmp_path / "a.png", photo)
    with Project.open(tmp_path) as made:
        made.add_photos([FoundPhoto("a.png", 1, 1)])
        VocMirror(made, "beside").update(decide(made, "a.png"))
    read = read_voc_file(tmp_path / "a.xml")
    assert (read.height, read.width) == photo.shape[:2]


def test_the_file_follows_and_goes(project: Project, tmp_path: Path) -> None:
    mirror = VocMirror(project, "beside")
    number = decide(project, "b.jpg")
    mirror.update(number)
    project.put_content(PhotoContent(number, PhotoState.REVIEWED, ()), event="delete")
    mirror.update(number)
    assert read_voc_file(tmp_path / "b.xml").boxes == ()
    decide(project, "b.jpg", PhotoState.PROPOSED)
    mirror.update(number)
    assert list(tmp_path.rglob("*.xml")) == []


def test_files_of_other_tools_and_of_exports_stay(project: Project, tmp_path: Path) -> None:
    mirror = VocMirror(project, "beside")
    (tmp_path / "b.xml").write_text("<annotation><owner>me</owner></annotation>")
    number = decide(project, "b.jpg")
    with pytest.raises(FileInTheWayError, match=r"b\.xml is already there and was not written by Moltbox"):
        mirror.update(number)
    decide(project, "b.jpg", PhotoState.PROPOSED)
    mirror.update(number)
    assert "<owner>me</owner>" in (tmp_path / "b.xml").read_text()
    # An export's file is taken over by a decision, and is not removed before that.
    other = decide(project, "sub/c.jpg", PhotoState.PROPOSED)
    write_voc_photo(tmp_path / "sub" / "c.xml", project.labelled_photo(other))
    mirror.update(other)
    assert (tmp_path / "sub" / "c.xml").exists()


def test_one_photo_is_told_as_the_whole_set_tells_it(project: Project) -> None:
    number = decide(project, "b.jpg")
    project.set_label(number, project.class_named("dog").id, "person")
    project.set_label(number, project.class_named("cow").id, "folder")
    assert [project.labelled_photo(number)] == [each for each in project.label_set().photos if each.path == "b.jpg"]


def test_a_file_that_cannot_be_removed_is_told(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = VocMirror(project, "beside")
    number = decide(project, "b.jpg")
    mirror.update(number)

    def refuse(self: Path, *, missing_ok: bool = False) -> None:
        raise PermissionError(13, "Permission denied")

    decide(project, "b.jpg", PhotoState.PROPOSED)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(LabelFileError, match=r"b\.xml cannot be removed: Permission denied"):
        mirror.update(number)
    assert (tmp_path / "b.xml").is_file()
