"""`moltbox propose` on generated photos: files, report, exit codes, and what happens to bad input."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import cv2
import pytest

from engine.dataset.coco import read_coco
from engine.dataset.voc import read_voc
from engine.errors import FileInTheWayError, LabelFileError, ModelFileError, MoltboxError, PhotoError
from engine.geometry import Box, iou
from engine.prelabel import command
from support.photos import RED, save_photo, shape_photo
from support.tiny_model import write_tiny_model

LAMP = Box(96, 48, 224, 160)
POST = Box(200, 30, 290, 200)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    root = tmp_path / "photos"
    save_photo(root / "bright" / "lamp 1.png", shape_photo(LAMP))
    save_photo(root / "red" / "postbox.png", shape_photo(POST, colour=RED))
    save_photo(root / "my_widget" / "thing.png", shape_photo(LAMP, colour=RED))
    return root


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


def propose(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


def test_folders_name_the_classes_and_boxes_are_where_the_shapes_are(photos: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert propose(photos, "--model", model, "--out", out, "--format", "coco,voc", "--sheet") == 0
    for label_set in (read_coco(out / "annotations.coco.json"), read_voc(out / "voc")):
        boxes = {photo.path: photo.boxes[0] for photo in label_set.photos}
        assert {each.class_name for each in boxes.values()} == {"bright", "red", "my_widget"}
        for name, truth in (("bright/lamp 1.png", LAMP), ("red/postbox.png", POST), ("my_widget/thing.png", LAMP)):
            assert iou(boxes[name].box, truth) > 0.7
    assert (out / "contact_sheet.png").stat().st_size > 1000


def test_the_report_counts_unknown_classes_failures_and_photos_without_a_box(
    photos: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "bright" / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing more")
    save_photo(photos / "bright" / "night.png", shape_photo(LAMP, colour=(0, 0, 0)) * 0)
    out = tmp_path / "out"
    assert propose(photos, "--model", model, "--out", out, "--json") == command.EXIT_SOME_FAILED
    report = json.loads(capsys.readouterr().out)
    assert report["unknown_classes"] == {"my_widget": 1}
    assert list(report["failed"]) == ["bright/broken.jpg"]
    assert "cut off or damaged" in report["failed"]["bright/broken.jpg"]
    assert report["without_box"] == ["bright/night.png"]
    assert (report["photos"], report["boxes"]) == (4, 3)
    assert len(read_coco(out / "annotations.coco.json").photos) == 4


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are text there")
@pytest.mark.parametrize("odd", [b"d\xe9r", b"li\nne", b" "])
def test_an_odd_folder_name_fails_its_own_photos_unseen_and_no_others(
    odd: bytes, photos: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{os.fsdecode(odd)}/thing.png"
    save_photo(photos / name, shape_photo(LAMP))
    out = tmp_path / "out"
    words = (photos, "--model", model, "--out", out, "--format", "coco,voc", "--sheet", "--json")
    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # as the command's door does
    for more in ((), ("--resume",)):
        capsys.readouterr()
        assert propose(*words, *more) == command.EXIT_SOME_FAILED
        report = json.loads(capsys.readouterr().out)
        assert list(report["failed"]) == [name]  # JSON gives back what stood escaped on the screen
        assert report["failed"][name].startswith("A class name is ")
        assert report["unknown_classes"] == {"my_widget": 1}
        assert (report["photos"], report["done_before"]) == (3, 3 if more else 0)
        assert len(read_coco(out / "annotations.coco.json").photos) == len(read_voc(out / "voc").photos) == 3


def test_classes_come_from_a_table_where_one_is_given(photos: Path, model: Path, tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("image,class\nbright/lamp 1.png,Light-Bulb\nred/postbox.png,red\n", encoding="utf-8")
    propose(photos, "--model", model, "--out", tmp_path / "out", "--classes", table)
    found = {photo.path: photo.boxes for photo in read_coco(tmp_path / "out" / "annotations.coco.json").photos}
    assert found["bright/lamp 1.png"][0].class_name == "Light-Bulb"
    assert found["my_widget/thing.png"] == ()


def test_the_model_chooses_where_asked_within_the_limit(photos: Path, model: Path, tmp_path: Path) -> None:
    propose(photos, "--model", model, "--out", tmp_path / "out", "--classes", "model", "--limit-classes", "Red")
    label_set = read_coco(tmp_path / "out" / "annotations.coco.json")
    assert {box.class_name for photo in label_set.photos for box in photo.boxes} == {"red"}


def test_the_threshold_moves_the_box(photos: Path, model: Path, tmp_path: Path) -> None:
    areas = []
    for threshold in ("0.05", "0.9"):
        propose(photos, "--model", model, "--out", tmp_path / threshold, "--threshold", threshold)
        label_set = read_coco(tmp_path / threshold / "annotations.coco.json")
        areas.append(sum(box.box.area for photo in label_set.photos for box in photo.boxes))
    assert areas[0] > areas[1] > 0


def test_photos_are_never_changed(photos: Path, model: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()}
    propose(photos, "--model", model, "--out", tmp_path / "out", "--format", "coco,voc")
    assert {path: path.read_bytes() for path in photos.rglob("*") if path.is_file()} == before


def test_bad_input_is_one_sentence_before_any_work(photos: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    damaged = tmp_path / "damaged.molt"
    damaged.write_bytes(model.read_bytes()[:500])
    out = tmp_path / "out"
    cases: list[tuple[list[str | Path], type[MoltboxError], str]] = [
        ([tmp_path / "empty"], PhotoError, "holds no photo"),
        ([tmp_path / "missing"], PhotoError, "is not a folder"),
        ([photos, "--model", damaged, "--out", out], ModelFileError, "damaged.molt cannot be used"),
        ([photos, "--format", "yolo"], MoltboxError, "expected coco, voc"),
        ([photos, "--threshold", "2"], MoltboxError, "from 0 to 1"),
        ([photos, "--threads", "0"], MoltboxError, "expected 1 or more"),
        ([photos, "--threads", "100000"], MoltboxError, r"--threads 100000: expected \d+ or fewer on this machine"),
        ([photos, "--processes", "100000"], MoltboxError, r"--processes 100000: expected \d+ or fewer"),
        ([photos, "--classes", tmp_path / "none.csv", "--out", out], LabelFileError, "none.csv"),
    ]
    for words, kind, says in cases:
        with pytest.raises(kind, match=says):
            propose(*words)


def test_an_earlier_result_is_not_overwritten_unasked(photos: Path, model: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    propose(photos, "--model", model, "--out", out)
    written = (out / "annotations.coco.json").read_bytes()
    with pytest.raises(LabelFileError, match="already there"):
        propose(photos, "--model", model, "--out", out)
    assert (out / "annotations.coco.json").read_bytes() == written
    assert propose(photos, "--model", model, "--out", out, "--overwrite") == 0


def test_an_unreadable_place_for_the_result_is_said_before_the_work(photos: Path, model: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LabelFileError, match="--out"):
        propose(photos, "--model", model, "--out", tmp_path / "file" / "out")


def test_stopping_keeps_what_is_done(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = command._with_progress

    def stopped_after_one(results, total):
        yield next(iter(real(results, total)))
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_with_progress", stopped_after_one)
    assert propose(photos, "--model", model, "--out", tmp_path / "out") == command.EXIT_STOPPED
    assert len(read_coco(tmp_path / "out" / "annotations.coco.json").photos) == 1


FOREIGN = {
    "annotations.coco.json": "{}",
    "voc/Annotations/red/postbox.xml": "<annotation/>",
    "contact_sheet.png": "mine",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_run_that_goes_on_replaces_its_own_files_only(photos: Path, model: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    words = (photos, "--model", model, "--out", out, "--format", "coco,voc", "--sheet")
    assert propose(*words) == 0
    assert propose(*words, "--resume") == 0
    (out / name).write_text(FOREIGN[name])
    with pytest.raises(FileInTheWayError, match=f"{Path(name).name} is already there and was not .* with --overwrite"):
        propose(*words, "--resume")
    assert (out / name).read_text() == FOREIGN[name]
    assert propose(*words, "--overwrite") == 0
    assert (out / name).read_bytes() != FOREIGN[name].encode()


def test_a_picture_of_somebody_else_is_no_place_for_the_sheet(photos: Path, model: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "contact_sheet.png"
    sheet.write_bytes(b"mine")
    with pytest.raises(FileInTheWayError, match=r"contact_sheet\.png is already there and was not written by Moltbox"):
        propose(photos, "--model", model, "--out", tmp_path, "--sheet")
    assert sheet.read_bytes() == b"mine"
    assert not (tmp_path / "proposals.jsonl").exists()
    assert propose(photos, "--model", model, "--out", tmp_path, "--sheet", "--overwrite") == 0
    assert cv2.imread(str(sheet)) is not None
