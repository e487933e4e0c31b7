"""The quick preset's loop: it learns, it goes on exactly, and its command gives a file that the engine looks with."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import trainer.light_features
import trainer.light_train
from engine.errors import Cancelled, MoltboxError
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import Network
from support.light_features import StandInTrunk, stand_in_look
from support.shape_classes import write_shape_classes
from trainer.__main__ import main
from trainer.checkpoint import load_checkpoint, newest_checkpoint
from trainer.config import QuickConfig
from trainer.light import LightBranch, LightMolt
from trainer.light_features import CHANNELS
from trainer.light_train import train_light
from trainer.light_trunk import LightTrunk
from trainer.loop import make_optimiser


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return write_shape_classes(tmp_path / "photos", 6, width=48, height=40)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What would have been written, of trainings on made-up features: looking and exporting take seconds."""
    files: list[dict[str, Any]] = []

    def remember(_: Path, __: Any, light: LightMolt, weights: torch.Tensor, **facts: Any) -> None:
        values = {name: value.clone() for name, value in light.state_dict().items()}
        files.append({"light": values, "weights": weights, **facts})

    monkeypatch.setattr(trainer.light_train, "LightTrunk", StandInTrunk)
    monkeypatch.setattr(trainer.light_train, "look_at_photos", stand_in_look)
    monkeypatch.setattr(trainer.light_train, "write_light_molt", remember)
    return files


def small(photos: Path, **changes: Any) -> QuickConfig:
    out = str(photos.parent / "out.molt")
    return replace(
        QuickConfig(str(photos), out, steps=9, batch=4, threads=1, log_every=1, seed=2, clusters=False), **changes
    )


def log_of(run: Path, event: str = "step") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def stop_after(asked: int) -> Callable[[], bool]:
    numbers = itertools.count(1)
    return lambda: next(numbers) >= asked


LESSONS = 15
"""Stopping is asked before each of the 15 photos' maps is made, then after each step."""


def test_a_resumed_training_gives_the_losses_and_weights_of_an_uninterrupted_one(photos, written, tmp_path) -> None:
    config = small(photos)
    train_light(config, tmp_path / "whole")
    for steps in (3, 4):
        with pytest.raises(Cancelled, match="--resume"):
            train_light(config, tmp_path / "cut", resume=steps != 3, stop=stop_after(LESSONS + steps))
    assert newest_checkpoint(tmp_path / "cut") == tmp_path / "cut" / "checkpoint-7"
    train_light(config, tmp_path / "cut", resume=True)
    whole, cut = log_of(tmp_path / "whole"), log_of(tmp_path / "cut")
    assert [line["step"] for line in cut] == list(range(1, 10))
    for field in ("loss", "accuracy", "lr", "epoch"):
        assert [line[field] for line in cut] == [line[field] for line in whole]
    for name, value in written[0]["light"].items():
        assert torch.equal(value, written[1]["light"][name]), name


def test_a_training_stopped_before_its_first_step_goes_on(photos, written, tmp_path) -> None:
    config = small(photos)
    with pytest.raises(Cancelled, match="before the first step"):
        train_light(config, tmp_path / "run", stop=stop_after(4))
    with pytest.raises(MoltboxError, match="add --resume"):
        train_light(config, tmp_path / "run")
    train_light(config, tmp_path / "run", resume=True)
    train_light(config, tmp_path / "whole")
    assert [line["loss"] for line in log_of(tmp_path / "run")] == [line["loss"] for line in log_of(tmp_path / "whole")]


def test_the_loss_falls_and_the_classes_are_learnt(photos, written, tmp_path) -> None:
    result = train_light(small(photos, steps=60, batch=8), tmp_path)
    losses = [line["loss"] for line in log_of(tmp_path)]
    assert np.mean(losses[-10:]) < 0.7 * np.mean(losses[:5])
    assert result.accuracy == 1.0
    facts = written[0]
    assert facts["class_names"] == ("blue", "green", "red")
    assert facts["training"]["photos"] == 15
    assert facts["training"]["classes"] == {"blue": 5, "green": 5, "red": 5}
    assert facts["accuracy"] == {"classification_top1": 1.0, "photos": 3, "split": facts["accuracy"]["split"]}
    assert len(log_of(tmp_path, "validation")) == 4
    assert sorted(path.name for path in tmp_path.glob("*") if path.is_dir() and path != photos) == [
        "checkpoint-45",
        "checkpoint-60",
    ]


def test_each_loss_can_be_left_out(photos, written, tmp_path) -> None:
    for name, part in (("foreground", "foreground"), ("box", "box"), ("class", "head")):
        train_light(small(photos, steps=2, **{f"{name}_loss": 0.0}), tmp_path / name)
        train_light(small(photos, steps=1, **{f"{name}_loss": 0.0}), tmp_path / f"{name}1")
        later, sooner = written[-2]["light"], written[-1]["light"]
        # Without a gradient only the decay moves the part's weights, and never its bias.
        assert torch.equal(later[f"{part}.bias"], sooner[f"{part}.bias"])
        assert not torch.equal(later["project.bias"], sooner["project.bias"])


def test_settings_that_cannot_be_are_refused(photos, written, tmp_path) -> None:
    with pytest.raises(MoltboxError, match="at least 1"):
        train_light(small(photos, steps=0), tmp_path)
    with pytest.raises(Cancelled):
        train_light(small(photos), tmp_path, stop=stop_after(LESSONS + 2))
    with pytest.raises(MoltboxError, match="begun with steps 9, not 8"):
        train_light(small(photos, steps=8), tmp_path, resume=True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--preset", "quick", "--backbone", "resnet18"], "--backbone does not go with --preset quick"),
        (["--preset", "quick", "--shared-trunk"], "--shared-trunk does not go with --preset quick"),
        (["--steps", "5"], "--steps does not go with --preset paper"),
        (["--preset", "quick", "--resume"], "no checkpoint"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(photos, tmp_path, capsys, arguments: list[str], sentence: str) -> None:
    assert main(["train", str(photos), "--out", str(tmp_path / "m.molt"), *arguments]) == 2
    told = capsys.readouterr().err.strip()
    assert sentence in told
    assert told.endswith(".")
    assert "\n" not in told
    assert not (tmp_path / "m.run").exists()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model file that the command made of a few photos, its run folder beside it."""
    root = tmp_path_factory.mktemp("quick")
    write_shape_classes(root / "photos", 7)
    out = root / "shapes.molt"
    arguments = ["--preset", "quick", "--steps", "4", "--batch", "6", "--threads", "2", "--no-clusters"]
    assert main(["train", str(root / "photos"), "--out", str(out), *arguments]) == 0
    return out


def test_a_file_at_out_is_replaced_only_with_overwrite(tmp_path: Path, capsys) -> None:
    out = tmp_path / "mine.molt"
    out.write_bytes(b"mine")
    words = ["train", str(tmp_path / "none"), "--out", str(out), "--preset", "quick", "--pretrained", "none"]
    assert main(words) == 2
    assert "mine.molt is already there; choose another --out, or add --overwrite." in capsys.readouterr().err
    for word in ("--overwrite", "--resume"):  # these come to the photos
        assert main([*words, word]) == 2
        assert "none is not a folder" in capsys.readouterr().err
    assert (out.read_bytes(), (tmp_path / "mine.run").exists()) == (b"mine", False)


def test_the_engine_opens_the_file_and_boxes_a_photo(trained: Path) -> None:
    localizer = Localizer.open(trained, threads=2)
    manifest = localizer.model.manifest
    assert localizer.model.class_names == ("blue", "green", "red")
    assert manifest.kind == "molt"
    assert manifest.training["photos"] == 18
    assert manifest.accuracy["photos"] == 3
    assert manifest.propagation is not None
    photo = read_photo(trained.parent / "photos" / "red" / "0.png")
    evidence = localizer.look(photo)
    assert len(evidence.scales) == 3
    (proposed,) = evidence.heat_map(2).boxes(0.2)
    assert 0 <= proposed.box.x0 < proposed.box.x1 <= photo.shape[1]
    assert not (trained.with_suffix(".run") / "features").exists()


def test_the_exported_network_answers_as_torch_does(trained: Path) -> None:
    checkpoint = newest_checkpoint(trained.with_suffix(".run"))
    assert checkpoint is not None
    light = LightMolt(3, torch.zeros(CHANNELS), torch.ones(CHANNELS))
    load_checkpoint(checkpoint, light, make_optimiser(light, peak=1e-3, weight_decay=0.05))
    branch = LightBranch(LightTrunk(), light.eval())
    network = Network("light", Localizer.open(trained, threads=1).model.networks["light"], "cpu", threads=2)
    for batch, height, width in ((1, 192, 256), (3, 320, 160)):
        image = torch.randn(batch, 3, height, width, generator=torch.Generator().manual_seed(height))
        with torch.no_grad():
            expected = branch(image)
        found = network.run(image.numpy())
        for name, value in zip(("tokens", "logits", "features", "foreground"), expected, strict=True):
            scale = float(value.abs().max())
            assert np.abs(found[name] - value.numpy()).max() < 1e-4 * scale, name
        assert found["foreground"].shape == (batch, height // 16, width // 16)
