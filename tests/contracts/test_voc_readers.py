"""VOC files as other people's readers see them, each in its own dialect."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import globox
import numpy as np
import pytest
import supervision as sv
from torchvision.datasets import VOCDetection

from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.dataset.voc import read_voc, read_voc_file, write_voc
from engine.geometry import Box
from support.photos import save_photo

WIDTH, HEIGHT = 160, 120
BOXES = (Box(10, 20, 30, 50), Box(0, 0, WIDTH, HEIGHT), Box(0, 0, 1, 1), Box(159, 119, 160, 120))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for name in ("a.jpg", "b.jpg", "empty.jpg"):
        save_photo(folder / name, np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    return folder


@pytest.fixture
def labels() -> LabelSet:
    first = tuple(LabelledBox("cat & <dog>", box) for box in BOXES)
    second = (LabelledBox("bird", Box(5, 6, 70, 80), difficult=True, truncated=True),)
    return LabelSet(
        ("cat & <dog>", "bird"),
        (
            LabelledPhoto("a.jpg", WIDTH, HEIGHT, first, verified=True),
            LabelledPhoto("b.jpg", WIDTH, HEIGHT, second),
            LabelledPhoto("empty.jpg", WIDTH, HEIGHT),
        ),
    )


def test_torchvision_reads_the_devkits_tree(tmp_path: Path, photos: Path, labels: LabelSet) -> None:
    write_voc(tmp_path / "VOCdevkit" / "VOC2012", labels, photos=photos, photo_mode="link")
    loaded = VOCDetection(str(tmp_path), year="2012", image_set="trainval", download=False)
    assert len(loaded) == 3
    seen: dict[str, Any] = {}
    for picture, target in loaded:
        annotation = target["annotation"]
        assert picture.size == (int(annotation["size"]["width"]), int(annotation["size"]["height"])) == (WIDTH, HEIGHT)
        seen[annotation["filename"]] = annotation.get("object", [])
    assert seen["empty.jpg"] == []
    assert [entry["name"] for entry in seen["a.jpg"]] == ["cat & <dog>"] * 4
    assert seen["a.jpg"][0]["bndbox"] == {"xmin": "11", "ymin": "21", "xmax": "30", "ymax": "50"}
    assert (seen["b.jpg"][0]["difficult"], seen["b.jpg"][0]["truncated"]) == ("1", "1")


def test_supervision_reads_the_devkits_dialect(tmp_path: Path, photos: Path, labels: LabelSet) -> None:
    write_voc(tmp_path / "out", labels, photos=photos)
    images = tmp_path / "out" / "JPEGImages"
    loaded = sv.DetectionDataset.from_pascal_voc(str(images), str(tmp_path / "out" / "Annotations"))
    assert sorted(loaded.classes) == sorted(labels.class_names)
    for photo in labels.photos:
        detections = loaded.annotations[str(images / photo.path)]
        expected = np.array([box.box.as_tuple() for box in photo.boxes]).reshape(-1, 4)
        np.testing.assert_array_equal(detections.xyxy, expected)


def test_globox_reads_the_edges_dialect(tmp_path: Path, labels: LabelSet) -> None:
    write_voc(tmp_path, labels, dialect="edges")
    loaded = {
        annotation.image_id: annotation for annotation in globox.AnnotationSet.from_pascal_voc(tmp_path / "Annotations")
    }
    assert loaded.keys() == {photo.path for photo in labels.photos}
    for photo in labels.photos:
        found = [(box.label, box.xmin, box.ymin, box.xmax, box.ymax) for box in loaded[photo.path].boxes]
        assert found == [(box.class_name, *box.box.as_tuple()) for box in photo.boxes]
        assert loaded[photo.path].image_size == (WIDTH, HEIGHT)


def test_label_img_reads_the_edges_dialect(tmp_path: Path, labels: LabelSet) -> None:
    """As its reader behaves: whole edges through `int(float(text))`, `verified` on the root."""
    write_voc(tmp_path, labels, dialect="edges")
    root = ElementTree.parse(tmp_path / "Annotations" / "a.xml").getroot()  # noqa: S314 - our own file
    assert root.attrib["verified"] == "yes"
    fields = ("xmin", "ymin", "xmax", "ymax")
    found = [[int(float(entry.findtext(f"bndbox/{field}") or "")) for field in fields] for entry in root.iter("object")]
    assert found == [list(box.as_tuple()) for box in BOXES]


def test_files_that_supervision_writes_are_read(tmp_path: Path, photos: Path) -> None:
    name = str(photos / "a.jpg")
    detections = sv.Detections(xyxy=np.array([[10.0, 20.0, 30.0, 50.0]]), class_id=np.array([0]))
    dataset = sv.DetectionDataset(classes=["cat"], images=[name], annotations={name: detections})
    dataset.as_pascal_voc(annotations_directory_path=str(tmp_path / "theirs"))
    read = read_voc(tmp_path / "theirs")
    assert read.class_names == ("cat",)
    assert [(photo.path, photo.width, photo.height) for photo in read.photos] == [("a.jpg", WIDTH, HEIGHT)]
    assert read.photos[0].boxes[0].box == Box(10, 20, 30, 50)


def test_files_that_globox_writes_are_read_as_edges(tmp_path: Path) -> None:
    box = globox.BoundingBox(label="cat", xmin=10.25, ymin=20.5, xmax=30.25, ymax=50.5)
    annotations = globox.AnnotationSet([globox.Annotation("a.jpg", (WIDTH, HEIGHT), [box])])
    annotations.save_pascal_voc(tmp_path)
    (photo,) = read_voc(tmp_path, dialect="edges").photos
    assert photo.boxes[0].box == Box(10.25, 20.5, 30.25, 50.5)
    assert read_voc_file(tmp_path / "a.xml", dialect="edges").path == "a.jpg"
