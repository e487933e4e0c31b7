"""Parity modes and pixels through the whole command, against the measures called by hand on the model's own maps."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.evaluation import command
from engine.evaluation.extras import as_written
from engine.evaluation.ground_truth import GroundTruth, Target
from engine.geometry import Box
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.metrics.maxboxacc import max_box_acc, max_box_acc_v2, parity_ious, parity_map
from engine.metrics.pxap import average_precision, pixel_counts
from engine.metrics.tscam import tscam_iou
from support.photos import save_photo
from support.tiny_model import CLASS_NAMES, write_tiny_model
from support.true_boxes import HEIGHT, SHAPES, WIDTH, photo_name, save_shapes


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


def evaluate(*words: str | Path) -> int:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return command.run(parser.parse_args([str(word) for word in words]))


def report_in(out: Path) -> dict[str, Any]:
    return json.loads((out / command.REPORT_NAME).read_text(encoding="utf-8"))


def wsol_metadata(folder: Path, truth: list[str]) -> None:
    folder.mkdir()
    names = [photo_name(number) for number in range(len(SHAPES))]
    lines = {
        "image_ids.txt": names,
        "class_labels.txt": [f"{photo_name(at)},{CLASS_NAMES.index(name)}" for at, (name, _) in enumerate(SHAPES)],
        "image_sizes.txt": [f"{name},{WIDTH},{HEIGHT}" for name in names],
        "localization.txt": truth,
    }
    for name, text in lines.items():
        (folder / name).write_text("\n".join(text), encoding="utf-8")


def inclusive(box: Box) -> tuple[int, int, int, int]:
    return int(box.x0), int(box.y0), int(box.x1) - 1, int(box.y1) - 1


@pytest.fixture
def maps(tmp_path: Path, model: Path) -> list[np.ndarray]:
    save_shapes(tmp_path / "photos")
    localizer = Localizer.open(model)
    return [
        localizer.look(read_photo(tmp_path / "photos" / photo_name(at))).heat_map(CLASS_NAMES.index(name)).refined
        for at, (name, _) in enumerate(SHAPES)
    ]


def test_maxboxaccv2_takes_the_corners_that_the_files_give(tmp_path: Path, model: Path, maps: list[np.ndarray]) -> None:
    lines = [f"{photo_name(at)}," + ",".join(map(str, inclusive(box))) for at, (_, box) in enumerate(SHAPES)]
    wsol_metadata(tmp_path / "metadata", lines)
    words = (model, tmp_path / "photos", "--boxes", tmp_path / "metadata", "--out", tmp_path / "out")
    assert evaluate(*words, "--mode", "maxboxaccv2") == 0
    report = report_in(tmp_path / "out")
    found = [
        parity_ious(parity_map(values), [Box(*inclusive(box))], WIDTH, HEIGHT)
        for values, (_, box) in zip(maps, SHAPES, strict=True)
    ]
    v2 = max_box_acc_v2(np.array([each.every for each in found]))
    assert report["parity"] == {
        "mode": "maxboxaccv2",
        "max_box_acc": max_box_acc(np.array([each.largest for each in found])).value,
        "max_box_acc_v2": {"mean": v2.value} | {str(delta): share for delta, share in v2.by_delta.items()},
    }
    assert report["gt_known"]["0.5"]["share"] == 1


def test_tscam_takes_the_list_as_it_is_written(tmp_path: Path, model: Path, maps: list[np.ndarray]) -> None:
    lines = [
        f"{photo_name(at)} {CLASS_NAMES.index(name)} " + " ".join(map(str, inclusive(box)))
        for at, (name, box) in enumerate(SHAPES)
    ]
    (tmp_path / "list.txt").write_text("\n".join(lines), encoding="utf-8")
    words = (model, tmp_path / "photos", "--boxes", tmp_path / "list.txt", "--out", tmp_path / "out", "--mode", "tscam")
    assert evaluate(*words, "--threshold", "0.6") == 0
    found = [
        tscam_iou(values, 0.6, [Box(*inclusive(box))], WIDTH, HEIGHT)
        for values, (_, box) in zip(maps, SHAPES, strict=True)
    ]
    assert report_in(tmp_path / "out")["parity"]["gt_known"] == np.mean([iou >= 0.5 for iou in found])


def test_masks_give_pxap_and_no_boxes(
    tmp_path: Path, model: Path, maps: list[np.ndarray], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = []
    counts = []
    for at, (_, box) in enumerate(SHAPES):
        halves = (Box(box.x0, box.y0, box.x1 - 40, box.y1), Box(box.x1 - 40, box.y0, box.x1, box.y1))
        for part, half in enumerate(halves):
            save_photo(tmp_path / "masks" / f"{at}_{part}.png", mask_picture(half))
        ignored = Box(box.x0 - 8, box.y0 - 8, box.x1 + 8, box.y1 + 8)
        save_photo(tmp_path / "masks" / f"{at}_ignore.png", mask_picture(ignored))
        lines += [f"{photo_name(at)},{at}_0.png,{at}_ignore.png", f"{photo_name(at)},{at}_1.png,"]
        mask, ignore = (mask_picture(each)[:, :, 0] > 0 for each in (box, ignored))
        counts.append(pixel_counts(parity_map(maps[at]), mask, ignore))
    wsol_metadata(tmp_path / "metadata", lines)
    words = (model, tmp_path / "photos", "--boxes", tmp_path / "metadata", "--masks", tmp_path / "masks")
    assert evaluate(*words, "--out", tmp_path / "out") == 0
    report = report_in(tmp_path / "out")
    assert report["px_ap"] == average_precision(np.sum(counts, axis=0))
    assert 0.5 < report["px_ap"] <= 1
    assert report["gt_known"] is None
    assert "Not applicable: boxes; the data set has masks and no boxes." in capsys.readouterr().out
    (tmp_path / "masks" / "0_1.png").unlink()
    assert evaluate(*words, "--out", tmp_path / "again") == command.EXIT_SOME_FAILED
    reason = report_in(tmp_path / "again")["failures"][0]["reason"]
    assert reason == "The mask 0_1.png cannot be read: 0_1.png is no longer there."


def mask_picture(box: Box) -> np.ndarray:
    picture = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    picture[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = 255
    return picture


def test_a_box_of_one_pixel_can_be_written_back() -> None:
    truth = GroundTruth("a list", Path(), (), lambda: iter(()), ends_included=True)
    (box,) = as_written(Target(("a",), None, (Box(7, 3, 8, 10),)), truth)
    assert [int(end) for end in box.as_tuple()] == [7, 3, 7, 9]
