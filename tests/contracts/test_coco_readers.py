"""COCO files as other people's readers see them."""

from __future__ import annotations

import contextlib
import io
import json
import random
from pathlib import Path

import globox
import numpy as np
import pytest
import supervision as sv
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from engine.dataset.coco import read_coco, write_coco, write_coco_results
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box
from support.photos import save_photo

WIDTH, HEIGHT = 160, 120


def some_labels(photo_count: int = 12, seed: int = 5) -> LabelSet:
    """Photos with 0 to 3 boxes of three classes, in sub-folders too."""
    source = random.Random(seed)  # noqa: S311 - test data
    photos = []
    for place in range(photo_count):
        boxes = []
        for _ in range(place % 4):
            x0, y0 = source.uniform(0, WIDTH - 20), source.uniform(0, HEIGHT - 20)
            box = Box(x0, y0, x0 + source.uniform(4, 20), y0 + source.uniform(4, 20))
            boxes.append(LabelledBox(source.choice(["cat", "dog", "猫 & <犬>"]), box, score=source.random()))
        photos.append(LabelledPhoto(f"sub/{place}.png" if place % 2 else f"{place}.png", WIDTH, HEIGHT, tuple(boxes)))
    return LabelSet(("cat", "dog", "猫 & <犬>"), tuple(photos))


def quietly_loaded(path: Path) -> COCO:
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def average_precision(truth: Path, results: Path) -> float:
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = COCO(str(truth))
        evaluation = COCOeval(loaded, loaded.loadRes(str(results)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0])


def test_pycocotools_scores_an_export_against_itself_as_perfect(tmp_path: Path) -> None:
    labels = some_labels()
    write_coco(tmp_path / "truth.json", labels)
    write_coco_results(tmp_path / "results.json", labels)
    assert average_precision(tmp_path / "truth.json", tmp_path / "results.json") == 1.0


def test_pycocotools_would_notice_numbers_from_0(tmp_path: Path) -> None:
    labels = some_labels()
    write_coco(tmp_path / "truth.json", labels)
    write_coco_results(tmp_path / "results.json", labels)
    document = json.loads((tmp_path / "truth.json").read_text(encoding="utf-8"))
    for annotation in document["annotations"]:
        annotation["id"] -= 1
    (tmp_path / "from0.json").write_text(json.dumps(document), encoding="utf-8")
    assert average_precision(tmp_path / "from0.json", tmp_path / "results.json") < 1.0


def test_pycocotools_finds_every_photo_also_those_without_boxes(tmp_path: Path) -> None:
    labels = some_labels()
    write_coco(tmp_path / "truth.json", labels)
    loaded = quietly_loaded(tmp_path / "truth.json")
    assert {entry["file_name"] for entry in loaded.loadImgs(loaded.getImgIds())} == {
        photo.path for photo in labels.photos
    }
    assert len(loaded.getAnnIds()) == labels.box_count
    assert {entry["name"] for entry in loaded.loadCats(loaded.getCatIds())} == set(labels.class_names)


def test_supervision_sees_the_same_boxes(tmp_path: Path) -> None:
    labels = some_labels()
    for photo in labels.photos:
        save_photo(tmp_path / photo.path, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    write_coco(tmp_path / "boxes.json", labels)
    loaded = sv.DetectionDataset.from_coco(str(tmp_path), str(tmp_path / "boxes.json"))
    assert sorted(loaded.classes) == sorted(labels.class_names)
    for photo in labels.photos:
        detections = loaded.annotations[str(tmp_path / photo.path)]
        expected = np.array([box.box.as_tuple() for box in photo.boxes]).reshape(-1, 4)
        np.testing.assert_allclose(detections.xyxy, expected, atol=1e-4)  # it keeps float32
        assert detections.class_id is not None
        found = [loaded.classes[int(place)] for place in detections.class_id]
        assert found == [box.class_name for box in photo.boxes]


def test_globox_sees_the_same_boxes(tmp_path: Path) -> None:
    labels = some_labels()
    write_coco(tmp_path / "boxes.json", labels)
    loaded = globox.AnnotationSet.from_coco(tmp_path / "boxes.json")
    by_id = {annotation.image_id: annotation for annotation in loaded}
    assert by_id.keys() == {photo.path for photo in labels.photos}
    for photo in labels.photos:
        annotation = by_id[photo.path]
        assert annotation.image_size == (WIDTH, HEIGHT)
        found = [(box.label, box.xmin, box.ymin, box.xmax, box.ymax) for box in annotation.boxes]
        for ours, theirs in zip(photo.boxes, found, strict=True):
            assert theirs[0] == ours.class_name
            assert theirs[1:] == pytest.approx(ours.box.as_tuple(), abs=1e-9)


def test_a_file_that_globox_writes_is_read(tmp_path: Path) -> None:
    box = globox.BoundingBox(label="cat", xmin=10.25, ymin=20.5, xmax=30.25, ymax=50.5)
    annotation = globox.Annotation("sub/a.png", (WIDTH, HEIGHT), [box])
    globox.AnnotationSet([annotation]).save_coco(
        tmp_path / "theirs.json", imageid_to_id={"sub/a.png": 4}, label_to_id={"cat": 0}
    )
    read = read_coco(tmp_path / "theirs.json")
    assert [(photo.path, photo.source_id) for photo in read.photos] == [("sub/a.png", 4)]
    assert read.photos[0].boxes[0].box.as_tuple() == pytest.approx((10.25, 20.5, 30.25, 50.5))


def test_a_file_that_supervision_writes_is_read(tmp_path: Path) -> None:
    photo = save_photo(tmp_path / "a.png", np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    detections = sv.Detections(xyxy=np.array([[10.25, 20.5, 30.25, 50.5]]), class_id=np.array([0]))
    dataset = sv.DetectionDataset(classes=["cat"], images=[str(photo)], annotations={str(photo): detections})
    dataset.as_coco(annotations_path=str(tmp_path / "theirs.json"))
    read = read_coco(tmp_path / "theirs.json")
    assert read.photos[0].path == "a.png"
    assert read.photos[0].boxes[0].box.as_tuple() == pytest.approx((10.25, 20.5, 30.25, 50.5))
