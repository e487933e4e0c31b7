"""Exports: what is written, what is read back, and the facts told about it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO
from pytestqt.qtbot import QtBot

from app.export_job import ExportFormat, ExportJob, ExportReport, ExportRequest, compare, export
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoContent, PhotoState
from engine.dataset.records import LabelSet
from engine.errors import LabelFileError
from engine.geometry import Box
from support.labels import cat, one_photo
from support.photos import save_photo, shape_photo

OBJECT = Box(40, 30, 120, 90)


@pytest.fixture
def project(tmp_path: Path):
    root = tmp_path / "photos"
    for name in ("a.png", "sub/b.png", "empty.png", "open.png"):
        save_photo(root / name, shape_photo(OBJECT))
    Image.fromarray(np.zeros((20, 30, 3), np.uint8)).save(root / "turned.jpg", exif=_turned_exif())
    with Project.open(root) as opened:
        opened.add_photos(
            FoundPhoto(name, 1, 1) for name in ("a.png", "sub/b.png", "empty.png", "open.png", "turned.jpg")
        )
        yield opened


def _turned_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def _put(project: Project, path: str, *boxes: BoxRow, state: PhotoState = PhotoState.REVIEWED) -> None:
    photo_id = project.photo_id_of(path)
    assert photo_id is not None
    project.put_content(PhotoContent(photo_id, state, boxes), event="test")


def _decide_all(project: Project) -> None:
    lamp, cup = (project.class_named(name).id for name in ("lamp", "cup"))
    _put(project, "a.png", BoxRow(0, lamp, OBJECT, BoxState.ACCEPTED, 0.9, 0.4, None, OBJECT))
    _put(
        project,
        "sub/b.png",
        BoxRow(0, cup, Box(10.25, 11.5, 33.75, 44), BoxState.DRAWN),
        BoxRow(0, lamp, OBJECT, BoxState.REJECTED),
    )
    _put(project, "empty.png")
    _put(project, "open.png", BoxRow(0, lamp, OBJECT, BoxState.PROPOSED, 0.5), state=PhotoState.PROPOSED)
    _put(project, "turned.jpg", BoxRow(0, lamp, Box(0, 0, 20, 30), BoxState.ACCEPTED))


def _fact(report: ExportReport, words: str):
    found = [fact for fact in report.facts if words in fact.title]
    assert found, [fact.title for fact in report.facts]
    return found[0]


def test_a_coco_file_holds_the_decided_boxes_and_nothing_else(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    target = tmp_path / "out" / "boxes.json"
    target.parent.mkdir()
    report = export(project, ExportRequest("coco", target))
    assert report.ok
    assert report.title == "Written and read back: no difference"
    assert (report.photo_count, report.box_count) == (4, 3)
    coco = COCO(str(target))
    names = {image["file_name"]: image["id"] for image in coco.imgs.values()}
    assert set(names) == {"a.png", "sub/b.png", "empty.png", "turned.jpg"}
    boxes = {
        path: [entry["bbox"] for entry in coco.loadAnns(coco.getAnnIds(imgIds=[number]))]
        for path, number in names.items()
    }
    assert boxes["a.png"] == [[40, 30, 80, 60]]
    assert boxes["sub/b.png"] == [[10.25, 11.5, 23.5, 32.5]]
    assert boxes["empty.png"] == []
    turned = coco.loadImgs([names["turned.jpg"]])[0]
    assert (turned["width"], turned["height"]) == (20, 30)


def test_the_report_tells_what_a_person_should_know(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    report = export(project, ExportRequest("coco", tmp_path / "boxes.json"))
    assert _fact(report, "4 photos, 3 boxes, 2 classes read back by Moltbox").kind == "ok"
    assert _fact(report, "1 photo is turned by EXIF").photos == ("turned.jpg",)
    assert _fact(report, "1 reviewed photo has no box").photos == ("empty.png",)


def test_voc_files_hold_the_same_boxes_in_whole_pixels(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    report = export(project, ExportRequest("voc", tmp_path / "voc", copy_photos=True))
    assert report.ok
    assert report.photo_count == 4
    text = (tmp_path / "voc" / "Annotations" / "a.xml").read_text("utf-8")
    # The devkit counts from 1 and includes both ends.
    for tag in ("<xmin>41</xmin>", "<ymin>31</ymin>", "<xmax>120</xmax>", "<ymax>90</ymax>"):
        assert tag in text
    copied: np.ndarray | None = cv2.imdecode(
        np.fromfile(tmp_path / "voc" / "JPEGImages" / "sub" / "b.png", np.uint8), cv2.IMREAD_COLOR
    )
    assert copied is not None
    assert copied.shape == (240, 320, 3)


def test_a_second_voc_export_names_files_that_no_longer_belong(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    export(project, ExportRequest("voc", tmp_path / "voc"))
    _put(project, "a.png", state=PhotoState.SKIPPED)
    report = export(project, ExportRequest("voc", tmp_path / "voc"))
    assert report.ok
    assert "a.xml" in _fact(report, "1 file of an earlier export").text


def test_proposals_come_along_when_asked_for(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    export(project, ExportRequest("coco", tmp_path / "boxes.json", include_proposals=True))
    coco = COCO(str(tmp_path / "boxes.json"))
    paths = {coco.imgs[entry["image_id"]]["file_name"] for entry in coco.anns.values()}
    assert "open.png" in paths
    assert len(coco.anns) == 4


def test_sizes_nobody_has_read_yet_are_read_for_the_export(project: Project, tmp_path: Path) -> None:
    _put(project, "a.png")
    assert project.photos()[0].width == 0
    report = export(project, ExportRequest("coco", tmp_path / "boxes.json"))
    assert report.photo_count == 1
    image = json.loads((tmp_path / "boxes.json").read_text("utf-8"))["images"][0]
    assert (image["width"], image["height"]) == (320, 240)


def test_a_photo_that_is_gone_and_was_never_measured_is_left_out_and_told(project: Project, tmp_path: Path) -> None:
    _put(project, "a.png")
    (project.root / "a.png").unlink()
    report = export(project, ExportRequest("coco", tmp_path / "boxes.json"))
    assert report.ok
    assert _fact(report, "1 photo is left out").photos == ("a.png",)


def test_a_foreign_file_is_not_replaced(project: Project, tmp_path: Path) -> None:
    target = tmp_path / "boxes.json"
    target.write_text('{"mine": true}', "utf-8")
    with pytest.raises(LabelFileError, match=r"boxes\.json"):
        export(project, ExportRequest("coco", target))
    assert target.read_text("utf-8") == '{"mine": true}'


@pytest.mark.parametrize("change", ["moved", "class", "missing", "size"])
def test_compare_sees_every_kind_of_difference(change: str) -> None:
    wanted = one_photo(cat(10, 20, 30, 40))
    photo = wanted.photos[0]
    box = photo.boxes[0]
    changed = {
        "moved": replace(photo, boxes=(replace(box, box=Box(10, 20, 30, 43)),)),
        "class": replace(photo, boxes=(replace(box, class_name="dog"),)),
        "missing": replace(photo, boxes=()),
        "size": replace(photo, width=99),
    }[change]
    difference = compare(wanted, LabelSet(("cat", "dog"), (changed,)), numbered=False)
    assert difference.sentence or difference.largest_px == 3
    assert compare(wanted, wanted, numbered=True).sentence == ""


def test_compare_sees_photos_lost_and_photos_too_many() -> None:
    wanted = one_photo(cat(10, 20, 30, 40))
    more = LabelSet(wanted.class_names, (*wanted.photos, replace(wanted.photos[0], path="other.jpg")))
    assert "a.jpg did not come back" in compare(wanted, LabelSet((), ()), numbered=False).sentence
    assert "1 photo more" in compare(wanted, more, numbered=False).sentence
    assert compare(wanted, more, numbered=False, stale_count=1).sentence == ""


def test_the_job_answers_beside_the_window(project: Project, tmp_path: Path, qtbot: QtBot) -> None:
    _decide_all(project)
    report = _run(ExportJob(project, ExportRequest("coco", tmp_path / "new" / "boxes.json")), qtbot)
    assert report.ok
    assert (tmp_path / "new" / "boxes.json").exists()


def test_the_job_says_why_it_cannot_write(project: Project, tmp_path: Path, qtbot: QtBot) -> None:
    _decide_all(project)
    (tmp_path / "a file").write_text("", "utf-8")
    report = _run(ExportJob(project, ExportRequest("voc", tmp_path / "a file")), qtbot)
    assert not report.ok
    assert report.title == "Not exported"
    assert "a file" in report.facts[0].text


@pytest.mark.parametrize("file_format", ["coco", "voc"])
def test_a_foreign_file_can_be_replaced_when_told_to(
    project: Project, tmp_path: Path, qtbot: QtBot, file_format: ExportFormat
) -> None:
    _decide_all(project)
    target = tmp_path / "out"
    assert _run(ExportJob(project, ExportRequest(file_format, target)), qtbot).ok
    foreign = target if file_format == "coco" else next(target.rglob("*.xml"))
    foreign.write_text("<annotation/>", "utf-8")
    report = _run(ExportJob(project, ExportRequest(file_format, target)), qtbot)
    assert (report.ok, report.in_the_way) == (False, True)
    assert foreign.read_text("utf-8") == "<annotation/>"
    report = _run(ExportJob(project, ExportRequest(file_format, target, overwrite=True)), qtbot)
    assert (report.ok, report.in_the_way) == (True, False)


def test_a_stopped_job_writes_nothing(project: Project, tmp_path: Path, qtbot: QtBot) -> None:
    _decide_all(project)
    job = ExportJob(project, ExportRequest("coco", tmp_path / "boxes.json"))
    job.stop()
    report = _run(job, qtbot)
    assert report.facts[0].title == "Stopped"
    assert not (tmp_path / "boxes.json").exists()


def _run(job: ExportJob, qtbot: QtBot) -> ExportReport:
    with qtbot.waitSignal(job.ended) as told:
        job.start()
    job.wait()
    assert told.args is not None
    return told.args[0]


@pytest.mark.parametrize(("file_format", "name"), [("yolo", "yolo"), ("csv", "boxes.csv"), ("voc", "voc")])
def test_every_format_reads_back_what_it_wrote(
    project: Project, tmp_path: Path, file_format: ExportFormat, name: str
) -> None:
    _decide_all(project)
    request = ExportRequest(file_format, tmp_path / name, dialect="edges")
    report = export(project, request)
    assert report.ok, report
    assert (report.photo_count, report.box_count) == (4, 3)
    again = export(project, replace(request, overwrite=file_format == "csv"))
    assert again.ok
    assert not again.in_the_way


def test_photos_without_a_box_can_be_left_out(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    report = export(project, ExportRequest("coco", tmp_path / "boxes.json", include_empty=False))
    names = {image["file_name"] for image in json.loads((tmp_path / "boxes.json").read_text())["images"]}
    assert report.ok
    assert names == {"a.png", "sub/b.png", "turned.jpg"}


def test_only_chosen_photos_can_be_exported(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    chosen = frozenset({"sub/b.png", "open.png"})
    report = export(project, ExportRequest("csv", tmp_path / "boxes.csv", only=chosen))
    assert (report.ok, report.photo_count) == (True, 1)


def test_a_table_of_somebody_else_is_in_the_way(project: Project, tmp_path: Path) -> None:
    _decide_all(project)
    (tmp_path / "boxes.csv").write_text("my,own,table\n1,2,3\n")
    with pytest.raises(LabelFileError, match="already there"):
        export(project, ExportRequest("csv", tmp_path / "boxes.csv"))
    assert (tmp_path / "boxes.csv").read_text().startswith("my,own")
