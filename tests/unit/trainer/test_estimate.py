"""What a training will take, told from a probe."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import trainer.estimate
from engine.errors import MoltboxError
from support.light_features import StandInTrunk
from support.shape_classes import write_shape_classes
from trainer.__main__ import main
from trainer.class_loss import ClassLoss
from trainer.config import QuickConfig, TrainConfig
from trainer.estimate import Deadline, Probe, bytes_a_photo, estimate_paper, estimate_quick, probe_transformer
from trainer.molt import Molt
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
    """Every photo is made to take a second to learn and half a one to read, so that the estimate is arithmetic."""
    monkeypatch.setattr(trainer.estimate, "probe_transformer", lambda *_: Probe(1.0, 1000, 10))
    monkeypatch.setattr(trainer.estimate, "_reading_s", lambda *_: 0.5)
    config = TrainConfig(
        str(photos), "", backbone="test_vit", sides=(32, 48), pretrained="none", epochs=10, device="cpu", clusters=False
    )
    once = estimate_paper(config, open_photos(config))
    twice = estimate_paper(replace(config, epochs=20), open_photos(config))
    assert once.estimated_s == pytest.approx(10 * (15 * 1.5 + 3 * 0.75) + 25)
    assert twice.estimated_s - 25 == pytest.approx(2 * (once.estimated_s - 25))
    assert twice.memory_bytes == once.memory_bytes
    halved = estimate_paper(replace(config, accumulate=2), open_photos(config))
    assert halved.memory_bytes < once.memory_bytes
    apart = estimate_paper(replace(config, per_branch=True), open_photos(config))  # each size reads the photos anew
    assert apart.estimated_s == pytest.approx(10 * (15 * 2.0 + 3 * 1.0) + 25)


def test_the_probe_scales_to_all_blocks_of_all_branches(photos: Path, monkeypatch) -> None:
    """Against the operations that torch counts on the whole network, and the bytes that it keeps."""
    config = TrainConfig(
        str(photos), "", backbone="deit_tiny_patch16_224", sides=(64, 96), pretrained="none", batch=1, device="cpu"
    )
    seconds: list[float] = []

    def counted(step: Callable[[int], None], *_: object) -> float:
        with FlopCounterMode(display=False) as counter:
            step(1)
        seconds.append(counter.get_total_flops())
        return float(seconds[-1])  # a second an operation

    monkeypatch.setattr(trainer.estimate, "_seconds_a_photo", counted)
    probe = probe_transformer(config, open_photos(config), torch.device("cpu"), 1, Deadline())
    model = Molt("deit_tiny_patch16_224", (64, 96), 3).train()

    def whole(count: int) -> None:
        images = [torch.zeros(count, 3, side, side) for side in (64, 96)]
        ClassLoss().summed(model(images), torch.eye(3)[:1].expand(count, 3)).backward()

    with FlopCounterMode(display=False) as counter:
        whole(1)
    kept = bytes_a_photo(whole)
    assert probe.photo_s == pytest.approx(counter.get_total_flops(), rel=0.1)
    assert seconds[0] < 0.2 * counter.get_total_flops()
    assert probe.photo_bytes == pytest.approx(kept, rel=0.1)
    # A block keeps of each token its input twice normalised, queries, keys, values, and the wide layer twice.
    tokens = 12 * (4 * 4 + 6 * 6 + 2)
    assert kept == pytest.approx(4 * tokens * 192 * 17, rel=0.2)
    assert probe.weights == sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize("step_s", [0.01, 0.4, 3.0])
@pytest.mark.parametrize("preset", ["paper", "quick"])
def test_the_answer_comes_in_time(photos: Path, monkeypatch, step_s: float, preset: str) -> None:
    """On a clock of its own: six seconds are gone when the libraries are read, and each trial takes what it takes."""
    now = 6.0
    begun_late = 0

    def timed(work: Callable[[], object]) -> float:
        nonlocal now, begun_late
        begun_late += now > trainer.estimate.ANSWER_S
        work()
        now += step_s
        return step_s

    monkeypatch.setattr(trainer.estimate, "_timed", timed)
    monkeypatch.setattr(trainer.estimate.time, "monotonic", lambda: now)
    deadline = Deadline(0.0)
    if preset == "paper":
        config = TrainConfig(str(photos), "", backbone="test_vit", sides=(32,), pretrained="none", device="cpu")
        assert estimate_paper(config, open_photos(config), deadline).estimated_s > 0
    else:
        monkeypatch.setattr("trainer.light_trunk.LightTrunk", BrightTrunk)
        quick = QuickConfig(str(photos), "", clusters=True)
        assert estimate_quick(quick, open_photos(quick), deadline).estimated_s > 0
    assert now <= 10.0 + step_s
    assert begun_late == 0


class BrightTrunk(StandInTrunk):
    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return image.mean()


def test_the_quick_preset_is_estimated_too(photos: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("trainer.light_trunk.LightTrunk", BrightTrunk)
    words = ["--preset", "quick", "--steps", "3", "--batch", "2", "--no-clusters", "--estimate"]
    assert main(["train", str(photos), "--out", str(tmp_path / "m.molt"), *words]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["preset"], found["photos"]) == ("quick", 15)
    assert 25 < found["estimated_s"] < 120


def test_the_quick_preset_on_deit_tiny_is_estimated_too(photos: Path, tmp_path: Path) -> None:
    quick = QuickConfig(str(photos), "", pretrained=str(tmp_path / "gone.safetensors"))
    with pytest.raises(MoltboxError, match="not there"):
        estimate_quick(quick, open_photos(quick))
    (tmp_path / "gone.safetensors").write_bytes(b"")
    found = estimate_quick(quick, open_photos(quick))
    assert (found.network, found.preset) == ("deit_tiny_patch16_224", "quick")
    assert found.estimated_s > 25
