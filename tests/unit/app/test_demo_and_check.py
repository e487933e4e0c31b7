"""The demo without a display, and the self-check, run as a person runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from app import check, samples
from app.demo import has_display, run_demo
from engine.dataset.coco import read_coco
from engine.dataset.voc import read_voc
from engine.errors import PhotoError
from engine.geometry import Box, iou
from engine.images import read_header, read_photo

REPOSITORY = Path(__file__).resolve().parents[3]

DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
CUP_AND_SAUCER = Box(78, 16, 478, 362)
"""The coffee cup of the demo, read off the photo by eye."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The headless demo's folder and what it said."""
    out = tmp_path_factory.mktemp("demo")
    environment = {name: value for name, value in os.environ.items() if name not in DISPLAYS}
    done = subprocess.run(
        [sys.executable, "-m", "app", "demo", "--out", str(out)],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    return out, done.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux starts without a display")
def test_without_a_display_the_demo_says_so_and_where_its_results_are(demo: tuple[Path, str]) -> None:
    out, said = demo
    assert said.startswith("There is no display here")
    for name in ("annotations.coco.json", "voc", "contact_sheet.png"):
        assert str(out / "boxes" / name) in said
        assert (out / "boxes" / name).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux starts without a display")
def test_the_demo_boxes_every_sample_in_both_formats(demo: tuple[Path, str]) -> None:
    out, _ = demo
    coco = read_coco(out / "boxes" / "annotations.coco.json")
    voc = read_voc(out / "boxes" / "voc")
    assert len(coco.photos) == len(voc.photos) == len(samples.SAMPLES)
    for photo in coco.photos:
        assert photo.boxes, photo.path
        assert {box.class_name for box in photo.boxes} == {photo.path.split("/")[0]}
        header = read_header(out / "photos" / photo.path)
        assert (photo.width, photo.height) == (header.width, header.height)
    coffee = next(photo for photo in coco.photos if photo.path.endswith("coffee.png"))
    assert iou(coffee.boxes[0].box, CUP_AND_SAUCER) > 0.7


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux starts without a display")
def test_the_contact_sheet_shows_the_photos(demo: tuple[Path, str]) -> None:
    out, _ = demo
    sheet = read_photo(out / "boxes" / "contact_sheet.png")
    cat = read_photo(out / "photos" / "tabby" / "chelsea.png")
    assert sheet.shape[0] > 200
    assert sheet.shape[1] > 200
    # Somewhere on the sheet is the cat at some size; a patch without box and map is enough to know it by.
    best = max(
        float(cv2.matchTemplate(sheet, cv2.resize(cat, None, fx=scale, fy=scale), cv2.TM_CCOEFF_NORMED).max())
        for scale in np.linspace(0.4, 1.0, 25)
        if cat.shape[0] * scale < sheet.shape[0] and cat.shape[1] * scale < sheet.shape[1]
    )
    assert best > 0.6


def test_with_a_display_the_demo_opens_the_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []
    monkeypatch.setattr("app.window.run_window", lambda *given: asked.append(given[0]) or 0)
    monkeypatch.setattr("app.demo.has_display", lambda: True)
    assert run_demo(tmp_path) == 0
    assert asked == [tmp_path / "photos"]
    assert sum(path.is_file() for path in asked[0].rglob("*")) == len(samples.SAMPLES)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_what_counts_as_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DISPLAYS:
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    for name in DISPLAYS:
        monkeypatch.setenv(name, "something")
        assert has_display()
        monkeypatch.delenv(name)


def test_samples_a_person_changed_are_left_as_they_are(tmp_path: Path) -> None:
    samples.copy_samples(tmp_path)
    changed = tmp_path / "espresso" / "coffee.png"
    changed.write_bytes(b"mine")
    samples.copy_samples(tmp_path)
    assert changed.read_bytes() == b"mine"


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", "utf-8")
    with pytest.raises(PhotoError, match=r"cannot be copied to .*file"):
        samples.copy_samples(blocked)


def test_check_passes_here_and_its_figures_are_readable_by_programs(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.run_check(as_json=True) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["ok"] is True
    assert [step["step"] for step in facts["steps"]] == ["moltbox", "qt", "model", "look", "export"]
    assert "CPU" in facts["steps"][2]["found"] or "GPU" in facts["steps"][2]["found"]


def test_check_names_what_does_not_work_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = tmp_path / "starter.molt"
    damaged.write_bytes(b"cut off")
    monkeypatch.setattr("engine.resources.starter_model_path", lambda: damaged)
    assert check.run_check() == 1
    lines = capsys.readouterr().out.splitlines()
    failed = [line for line in lines if line.startswith("FAIL")]
    assert [line.split()[1] for line in failed] == ["model", "look"]
    assert all("starter.molt" in line for line in failed)
    assert lines[-1].startswith("Something does not work")
