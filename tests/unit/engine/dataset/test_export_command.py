"""`moltbox export`: what a person decided, as label files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from engine.dataset import checks, export_command
from engine.dataset.coco import read_coco
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.errors import FileInTheWayError
from engine.geometry import Box
from support.photos import save_photo, shape_photo

OBJECT = Box(48, 32, 144, 128)


def export(*words: object) -> int:
    """The command with FOLDER, OUT and more words."""
    parser = argparse.ArgumentParser()
    export_command.add_arguments(parser)
    folder, out, *more = map(str, words)
    return export_command.run(parser.parse_args([folder, "--out", out, *more]))


@pytest.fixture
def reviewed_folder(tmp_path: Path) -> Path:
    """Three photos: one reviewed with an accepted and a rejected box, one reviewed without any, one only proposed."""
    root = tmp_path / "photos"
    for number in range(3):
        save_photo(root / f"photo_{number}.png", shape_photo(OBJECT, seed=number))
    with Project.open(root) as project:
        files = [(path.name, path.stat()) for path in sorted(root.glob("photo_*.png"))]
        project.add_photos(FoundPhoto(name, stat.st_size, stat.st_mtime_ns) for name, stat in files)
        rows = project.photos()
        assert len(rows) == 3
        cat = project.class_named("cat")
        for row in rows:
            project.set_photo_size(row.id, 200, 100)

        def box(state: BoxState, *corners: float) -> BoxRow:
            return BoxRow(0, cat.id, Box(*corners), state, 0.5, 0.2, None, None)

        kept = (box(BoxState.ACCEPTED, 10, 20, 60, 80), box(BoxState.REJECTED, 1, 2, 3, 4))
        project.put_content(PhotoContent(rows[0].id, PhotoState.REVIEWED, kept), event="test")
        project.put_content(PhotoContent(rows[1].id, PhotoState.REVIEWED, ()), event="test")
        undecided = (box(BoxState.PROPOSED, 5, 5, 50, 50),)
        project.put_content(PhotoContent(rows[2].id, PhotoState.PROPOSED, undecided), event="test")
    return root


def test_export_writes_what_was_decided_and_nothing_else(reviewed_folder: Path, tmp_path: Path) -> None:
    assert export(reviewed_folder, tmp_path / "boxes", "--format", "coco,voc") == 0
    raw = json.loads((tmp_path / "boxes" / "annotations.coco.json").read_text("utf-8"))
    assert [annotation["bbox"] for annotation in raw["annotations"]] == [[10, 20, 50, 60]]
    assert len(raw["images"]) == 2  # the empty reviewed photo is a negative example
    assert list((tmp_path / "boxes" / "voc").rglob("*.xml"))


def test_export_can_bring_undecided_boxes_too(reviewed_folder: Path, tmp_path: Path) -> None:
    assert export(reviewed_folder, tmp_path / "boxes", "--proposals") == 0
    back = read_coco(tmp_path / "boxes" / "annotations.coco.json")
    boxes = sorted(each.box.as_tuple() for photo in back.photos for each in photo.boxes)
    assert boxes == [(5, 5, 50, 50), (10, 20, 60, 80)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("boxes.csv", "image,width,height,class,x0,y0,x1,y1,score,state,verified\nmine.jpg,9,9,cat,1,1,2,2,,,\n"),
        ("annotations.coco.json", "{}"),
        ("voc/Annotations/photo_0.xml", "<annotation/>"),
        ("yolo/data.yaml", "names: [cat]\n"),
    ],
)
def test_a_file_of_somebody_else_is_replaced_only_with_overwrite(
    reviewed_folder: Path, tmp_path: Path, name: str, text: str
) -> None:
    mine = tmp_path / "boxes" / name
    mine.parent.mkdir(parents=True)
    mine.write_text(text)
    words = (reviewed_folder, tmp_path / "boxes", "--format", "coco,voc,yolo,csv")
    with pytest.raises(FileInTheWayError, match=f"{mine.name} is already there.*add --overwrite"):
        export(*words)
    assert mine.read_text() == text
    assert export(*words, "--overwrite") == 0
    assert mine.read_text() != text


@pytest.fixture
def odd_folder(tmp_path: Path) -> Path:
    """Four reviewed photos with a box each: twins but for their suffix, one of unknown size, one that is gone."""
    root = tmp_path / "photos"
    for name in ("a.jpg", "a.png", "new.png", "gone.png"):
        save_photo(root / name, shape_photo(OBJECT))
    with Project.open(root) as project:
        project.add_photos(FoundPhoto(path.name, 1, 1) for path in sorted(root.glob("*.*g")))
        cat = project.class_named("cat")
        for row in project.photos():
            if row.path.startswith("a."):
                project.set_photo_size(row.id, 200, 160)
            box = BoxRow(0, cat.id, OBJECT, BoxState.DRAWN, None, None, None, None)
            project.put_content(PhotoContent(row.id, PhotoState.REVIEWED, (box,)), event="test")
    (root / "gone.png").unlink()
    return root


def test_what_is_left_out_is_told_with_its_reason_and_exit_code(
    odd_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "boxes"
    assert export(odd_folder, out, "--format", "coco,yolo,csv") == export_command.EXIT_SOME_LEFT_OUT
    told = capsys.readouterr()
    assert told.out.splitlines() == [
        f"{out / 'annotations.coco.json'}: 3 photos, 3 boxes",
        f"{out / 'yolo'}: 2 photos, 2 boxes",
        f"{out / 'boxes.csv'}: 4 photos, 4 boxes",
    ]
    assert told.err.splitlines() == [
        "coco leaves out 'gone.png': Its size is not known.",
        "yolo leaves out 'gone.png': Its size is not known.",
        "yolo leaves out 'a.png': Its label file would be that of a.jpg.",
    ]
    sizes = {photo.path: (photo.width, photo.height) for photo in read_coco(out / "annotations.coco.json").photos}
    assert sizes["new.png"] == shape_photo(OBJECT).shape[1::-1]


def test_boxes_of_photos_left_out_are_not_counted(
    odd_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "why_unnameable", lambda path: "No name." if path == "gone.png" else None)
    assert export(odd_folder, tmp_path, "--format", "csv") == export_command.EXIT_SOME_LEFT_OUT
    told = capsys.readouterr()
    assert told.out == f"{tmp_path / 'boxes.csv'}: 3 photos, 3 boxes\n"
    assert told.err == "csv leaves out 'gone.png': No name.\n"
