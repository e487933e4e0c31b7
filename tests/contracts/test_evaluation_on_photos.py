"""`moltbox evaluate` on real photos gives the figures of the command that proposes, photo by photo."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.dataset.coco import read_coco
from engine.geometry import iou
from engine.resources import starter_model_path

pytestmark = pytest.mark.data


def moltbox(*words: str | Path) -> str:
    command = [sys.executable, "-m", "app", *(str(word) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_what_is_scored_is_what_propose_writes(photo_sets: Path, tmp_path: Path) -> None:
    truth = read_coco(photo_sets / "pets3" / "boxes_val.coco.json")
    photos = [photo for photo in truth.photos if "/bengal/" in photo.path][:5]
    for photo in photos:
        target = tmp_path / "photos" / photo.path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(photo_sets / "pets3" / photo.path, target)
    document = json.loads((photo_sets / "pets3" / "boxes_val.coco.json").read_text(encoding="utf-8"))
    kept = {photo.source_id for photo in photos}
    document["images"] = [image for image in document["images"] if image["id"] in kept]
    document["annotations"] = [each for each in document["annotations"] if each["image_id"] in kept]
    (tmp_path / "boxes.json").write_text(json.dumps(document), encoding="utf-8")
    common = ("--threads", "1", "--device", "cpu")
    moltbox("propose", tmp_path / "photos", "--out", tmp_path / "boxes", *common)
    evaluation = ("--boxes", tmp_path / "boxes.json", "--out", tmp_path / "out", "--json")
    told = json.loads(moltbox("evaluate", starter_model_path(), tmp_path / "photos", *evaluation, *common))
    proposed = {photo.path: photo.boxes for photo in read_coco(tmp_path / "boxes" / "annotations.coco.json").photos}
    right = []
    with sqlite3.connect(tmp_path / "out" / "scores.sqlite") as scores:
        facts = {json.loads(row[0])["photo"]: json.loads(row[0]) for row in scores.execute("SELECT facts FROM subject")}
    for photo in photos:
        boxes = [each.box for each in proposed[photo.path]]
        np.testing.assert_allclose(facts[photo.path]["proposed"], [box.as_tuple() for box in boxes], atol=1e-6)
        right.append(bool(boxes) and max(iou(boxes[0], true.box) for true in photo.boxes) >= 0.5)
    assert told["gt_known"]["0.5"]["share"] == np.mean(right)
    assert told["unknown_labels"] == {"bengal": 5}
    sheet = cv2.imdecode(np.fromfile(tmp_path / "out" / "contact_sheet.png", np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert min(sheet.shape[:2]) > 500
