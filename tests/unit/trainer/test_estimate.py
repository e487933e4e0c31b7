"""What a training will take, told from a probe."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import trainer.estimate
from support.light_features import StandInTrunk
from support.shape_classes import write_shape_classes
from trainer.__main__ import main
from trainer.config import TrainConfig
from trainer.data import PhotoViews, Shown
from trainer.estimate import estimate_paper
from trainer.run import open_photos

TINY = ["--backbone", "test_vit", "--pretrained", "none", "--device", "cpu", "--sizes", "32", "--batch", "4"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shape_classes(tmp_path_factory.mktemp("photos"), 6, width=48, height=40)


def test_the_command_prints_one_line_and_trains_nothing(photos: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "m.molt"
    assert main(["train", str(photos), "--out", str(out), *TINY, "--estimate"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["photos"] == 15
    assert found["classes"] == 3
    assert (found["device"], found["preset"], found["network"]) == ("cpu", "paper", "test_vit")
    assert found["estimated_s"] > trainer.estimate._WRITING_S
    assert found["memory_bytes"] > trainer.estimate._PROGRAM_BYTES
    assert list(tmp_path.iterdir()) == []


def test_twice_the_epochs_take_about_twice_as_long_and_no_more_memory(photos: Path, monkeypatch) -> None:
    """Every step is made to take a second, so that the estimate is arithmetic."""
    monkeypatch.setattr(trainer.estimate, "_seconds_a_photo", lambda *_: 1.0)
    monkeypatch.setattr(trainer.estimate, "_read_some", half_a_second_each)
    config = TrainConfig(
        str(photos), "", backbone="test_vit", sides=(32,), pretrained="none", epochs=10, device="cpu", clusters=False
    )
    once = estimate_paper(config, open_photos(config))
    twice = estimate_paper(TrainConfig(**{**fields(config), "epochs": 20}), open_photos(config))
    assert once.estimated_s == pytest.approx(10 * (15 * 1.5 + 3 * 0.75) + 25)
    assert twice.estimated_s - 25 == pytest.approx(2 * (once.estimated_s - 25))
    assert twice.memory_bytes == once.memory_bytes
    halved = estimate_paper(TrainConfig(**{**fields(config), "accumulate": 2}), open_photos(config))
    assert halved.memory_bytes < once.memory_bytes


def half_a_second_each(views: PhotoViews, _: int, **__: int) -> tuple[list[Shown], float]:
    shown = views[(0, 0)]
    assert isinstance(shown, Shown)
    return [shown], 0.5


def fields(config: TrainConfig) -> dict:
    return {name: getattr(config, name) for name in config.__dataclass_fields__}


def test_the_quick_preset_is_estimated_too(photos: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    class Trunk(StandInTrunk):
        def forward(self, image):
            return image.mean()

    monkeypatch.setattr(trainer.estimate, "LightTrunk", Trunk)
    words = ["--preset", "quick", "--steps", "3", "--batch", "2", "--no-clusters", "--estimate"]
    assert main(["train", str(photos), "--out", str(tmp_path / "m.molt"), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["preset"], found["photos"]) == ("quick", 15)
    assert 25 < found["estimated_s"] < 120
