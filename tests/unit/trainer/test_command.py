"""`python -m trainer train`: from a folder of photos to a model file that the engine looks with."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import trainer.ending
from engine.images import read_photo
from engine.localization.localizer import Localizer
from support.shape_classes import COLOURS, write_shape_classes
from trainer.__main__ import main
from trainer.checkpoint import newest_checkpoint
from trainer.clustering.amortised import ClusteringConfig

TINY = ["--backbone", "test_vit", "--pretrained", "none", "--device", "cpu", "--threads", "2"]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Photos in train and val, and the model file that the command made of them."""
    root = tmp_path_factory.mktemp("train")
    write_shape_classes(root / "photos" / "train", 16)
    write_shape_classes(root / "photos" / "val", 6, seed=9)
    out = root / "made" / "shapes.molt"
    arguments = ["--sizes", "32,48,64", "--epochs", "12", "--batch", "8", "--lr", "1e-3", "--seed", "1"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(trainer.ending, "ClusteringConfig", partial(ClusteringConfig, steps=6))
        assert main(["train", str(root / "photos"), "--out", str(out), *TINY, *arguments]) == 0
    return root / "photos", out


@pytest.fixture(scope="module")
def localizer(trained) -> Localizer:
    return Localizer.open(trained[1], threads=2)


def test_the_model_knows_the_classes_by_their_folders(trained, localizer: Localizer) -> None:
    assert localizer.model.class_names == ("blue", "green", "red")
    right = 0
    for name in COLOURS:
        for path in sorted((trained[0] / "val" / name).iterdir()):
            evidence = localizer.look(read_photo(path))
            right += localizer.model.class_names[evidence.top_classes(1)[0][0]] == name
    assert right >= 16  # of 18; a shift of the labels by one would leave 0
    assert localizer.model.manifest.accuracy["classification_top1"] == pytest.approx(right / 18, abs=1 / 17)
    assert localizer.model.manifest.accuracy["photos"] == 18


def test_every_class_gives_boxes_on_every_scale(trained, localizer: Localizer) -> None:
    photo = read_photo(trained[0] / "val" / "red" / "0.png")
    evidence = localizer.look(photo)
    assert evidence.scale_names == ("32", "48", "64")
    for index in range(3):
        heat_map = evidence.heat_map(index)
        assert heat_map.fused.max() == 1
        (proposed,) = heat_map.boxes(0.3)
        assert 0 <= proposed.box.x0 < proposed.box.x1 <= photo.shape[1]
        assert 0 <= proposed.box.y0 < proposed.box.y1 <= photo.shape[0]


def test_the_file_says_what_it_was_made_from(localizer: Localizer) -> None:
    manifest = localizer.model.manifest
    assert manifest.kind == "molt"
    assert manifest.backbone == "test_vit"
    assert manifest.training["photos"] == 48
    assert manifest.training["classes"] == {"blue": 16, "green": 16, "red": 16}
    assert len(manifest.training["fingerprint"]) == 64
    assert (manifest.threshold, manifest.threshold_boxes_used) == (0.15, 0)
    assert manifest.threshold_source == "not calibrated: fallback"
    assert [scale.grid for scale in manifest.scales] == [(2, 2), (3, 3), (4, 4)]
    assert sum(scale.weight for scale in manifest.scales) == pytest.approx(1)
    assert manifest.mean == (0.5, 0.5, 0.5)


def test_the_file_carries_the_clusters_that_were_learnt_beside_it(trained, localizer: Localizer) -> None:
    manifest = localizer.model.manifest
    assert manifest.clustering is not None
    assert manifest.refinement_weight == 0.5
    clusters = localizer.look(read_photo(trained[0] / "val" / "red" / "0.png")).clusters
    assert clusters is not None
    assert clusters.max() > 1
    log = trained[1].with_suffix(".run") / "clusters" / "log.jsonl"
    assert json.loads(log.read_text().splitlines()[-1])["step"] == 6
    main_log = trained[1].with_suffix(".run") / "log.jsonl"
    lines = [json.loads(line) for line in main_log.read_text().splitlines()]
    phases = list(dict.fromkeys(line["name"] for line in lines if line["event"] == "phase"))
    assert phases == ["training", "clusters", "writing"]


def test_the_run_folder_lies_beside_the_model(trained) -> None:
    run = trained[1].with_suffix(".run")
    assert json.loads((run / "config.json").read_text())["epochs"] == 12
    first, *_, last = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert first["event"] == "begin"
    assert first["steps"] == 72
    assert first["classes"] == {"blue": 16, "green": 16, "red": 16}
    assert last["event"] == "end"
    assert last["model"] == str(trained[1])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no photos"),
        (["--backbone", "resnet18"], "resnet18 cannot carry a branch"),
        (["--pretrained", "gone.pth"], "gone.pth is not there"),
        (["--sizes", "33"], "not a multiple"),
        (["--resume"], "no checkpoint"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(tmp_path: Path, capsys, arguments: list[str], sentence: str) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    if arguments:
        write_shape_classes(photos, 2)
    assert main(["train", str(photos), "--out", str(tmp_path / "m.molt"), *TINY, *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told
    assert told.endswith(".")
    assert "\n" not in told
    assert not (tmp_path / "m.molt").exists()
    assert not (tmp_path / "m.run").exists()


def test_a_run_folder_that_is_a_file_is_named(tmp_path: Path, capsys) -> None:
    photos = write_shape_classes(tmp_path / "photos", 2)
    (tmp_path / "m.run").write_text("in the way")
    assert main(["train", str(photos), "--out", str(tmp_path / "m.molt"), *TINY, "--sizes", "32"]) == 2
    assert f"{tmp_path / 'm.run'} cannot be used" in capsys.readouterr().err


def test_help_shows_an_example_and_imports_no_torch() -> None:
    code = """
import sys
from trainer.__main__ import main
try:
    main(["train", "--help"])
finally:
    assert "torch" not in sys.modules
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "python -m trainer train birds --out birds.molt" in found.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no interrupt for one process")
def test_ctrl_c_saves_where_the_training_stands(tmp_path: Path) -> None:
    photos = write_shape_classes(tmp_path / "photos", 12)
    out, run = tmp_path / "m.molt", tmp_path / "m.run"
    command = [sys.executable, "-m", "trainer", "train", str(photos), "--out", str(out), *TINY]
    command += ["--sizes", "32", "--batch", "4", "--log-every", "1", "--epochs", "1000"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    log = run / "log.jsonl"
    waited_until = time.monotonic() + 120
    while not (log.is_file() and '"step"' in log.read_text()) and time.monotonic() < waited_until:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "Traceback" not in told
    assert not out.exists()
    checkpoint = newest_checkpoint(run)
    assert checkpoint is not None
    step = json.loads((checkpoint / "state.json").read_text())["step"]
    assert json.loads(log.read_text().splitlines()[-1]) == {
        "event": "saved",
        "step": step,
        "epoch": (step - 1) // 9 + 1,
    }
    assert f"Stopped after step {step} of 9000: --resume goes on from there." in told
