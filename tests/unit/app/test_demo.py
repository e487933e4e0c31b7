"""The demo without a window: the sample photos, the shipped model, real label files."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from app.demo import run_demo
from app.display import has_display
from app.samples import SAMPLES, copy_samples
from engine.errors import PhotoError
from engine.geometry import Box, iou
from engine.images import read_header

CUP_AND_SAUCER = Box(78, 16, 478, 362)
"""The coffee cup among the samples, read off the photo by eye."""


def test_the_headless_demo_does_the_whole_job(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_demo(tmp_path / "demo", headless=True) == 0

    photos = {f"{folder}/{name}" for folder, name in SAMPLES}
    written = json.loads((tmp_path / "demo" / "boxes" / "annotations.coco.json").read_text(encoding="utf-8"))
    assert {image["file_name"] for image in written["images"]} == photos
    by_id = {image["id"]: image for image in written["images"]}
    assert len(written["annotations"]) >= len(photos)
    for annotation in written["annotations"]:
        x, y, width, height = annotation["bbox"]
        image = by_id[annotation["image_id"]]
        assert x >= 0
        assert y >= 0
        assert width > 0
        assert height > 0
        assert x + width <= image["width"]
        assert y + height <= image["height"]

    xml_files = list((tmp_path / "demo" / "boxes" / "voc" / "Annotations").rglob("*.xml"))
    assert len(xml_files) == len(photos)
    assert all(ElementTree.parse(path).findall("object") for path in xml_files)  # noqa: S314 - we wrote them
    assert read_header(tmp_path / "demo" / "boxes" / "contact_sheet.png").width > 100
    told = capsys.readouterr().out
    assert str(tmp_path / "demo" / "boxes") in told
    coffee = next(image["id"] for image in written["images"] if image["file_name"].endswith("coffee.png"))
    x, y, width, height = next(found["bbox"] for found in written["annotations"] if found["image_id"] == coffee)
    assert iou(Box(x, y, x + width, y + height), CUP_AND_SAUCER) > 0.7


def test_with_a_display_the_demo_opens_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("app.window.run_window", lambda *given: asked.append(given[0]) or 0)
    monkeypatch.setattr("app.demo.has_display", lambda: True)
    assert run_demo(tmp_path) == 0
    assert sum(path.is_file() for path in asked[0].rglob("*")) == len(SAMPLES)


def test_a_place_that_cannot_hold_the_photos_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", "utf-8")
    with pytest.raises(PhotoError, match=r"cannot be copied to .*file"):
        copy_samples(blocked)


def test_a_second_demo_keeps_the_photos_that_are_there(tmp_path: Path) -> None:
    copy_samples(tmp_path)
    folder, name = SAMPLES[0]
    (tmp_path / folder / name).write_bytes(b"the person's own")
    assert copy_samples(tmp_path) == len(SAMPLES)
    assert (tmp_path / folder / name).read_bytes() == b"the person's own"


def test_without_a_display_there_is_no_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for variable in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(variable, raising=False)
    assert not has_display()
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_display()
