"""The loop: it learns, it stops and goes on exactly, and what it says is so."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch

import trainer.train
from engine.errors import Cancelled, MoltboxError
from support.photos import save_photo
from support.shape_classes import write_shape_classes
from trainer.checkpoint import newest_checkpoint
from trainer.config import TrainConfig
from trainer.devices import open_device
from trainer.export import ModelFacts
from trainer.loop import lr_at, make_optimiser
from trainer.molt import Molt
from trainer.train import base_lr, train


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shape_classes(tmp_path_factory.mktemp("photos"), 9, width=48, height=40)


@dataclass
class Written:
    weights: dict[str, torch.Tensor]
    facts: ModelFacts


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[Written]:
    """What would have been written: exporting takes seconds and is tested elsewhere."""
    files: list[Written] = []

    def remember(_: Path, model: Molt, facts: ModelFacts) -> None:
        files.append(Written({name: value.clone() for name, value in model.state_dict().items()}, facts))

    monkeypatch.setattr(trainer.train, "write_molt", remember)
    return files


def small(photos: Path, **changes: Any) -> TrainConfig:
    config = TrainConfig(
        data=str(photos),
        out=str(photos.parent / "out.molt"),
        backbone="test_vit",
        sides=(32, 48),
        pretrained="none",
        epochs=3,
        batch=7,
        lr=1e-3,
        seed=11,
        device="cpu",
        threads=1,
        log_every=1,
        clusters=False,
    )
    return replace(config, **changes)


def log_of(run: Path, event: str = "step") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(1, 10_000))
    return lambda: next(asked) >= steps


def test_a_resumed_training_gives_the_losses_and_weights_of_an_uninterrupted_one(photos, written, tmp_path) -> None:
    config = small(photos)
    train(config, tmp_path / "whole")
    # 24 training photos in batches of 7 are 4 steps an epoch: stopped inside the first epoch, at the end of the
    # second, and inside the third.
    for steps in (3, 5, 2):
        with pytest.raises(Cancelled, match="--resume"):
            train(config, tmp_path / "cut", resume=steps != 3, stop=stop_after(steps))
    train(config, tmp_path / "cut", resume=True)
    whole, cut = log_of(tmp_path / "whole"), log_of(tmp_path / "cut")
    assert [line["step"] for line in cut] == list(range(1, 13))
    for field in ("loss", "accuracy", "lr", "epoch"):
        assert [line[field] for line in cut] == [line[field] for line in whole]
    assert [line["accuracy"] for line in log_of(tmp_path / "cut", "validation")] == [
        line["accuracy"] for line in log_of(tmp_path / "whole", "validation")
    ]
    assert len({line["loss"] for line in whole}) == 12
    for name, value in written[0].weights.items():
        assert torch.equal(value, written[1].weights[name]), name


def test_lines_after_the_checkpoint_are_dropped_on_resume(photos, written, tmp_path) -> None:
    config = small(photos)
    with pytest.raises(Cancelled):
        train(config, tmp_path / "run", stop=stop_after(5))
    with (tmp_path / "run" / "log.jsonl").open("a") as log:
        log.write('{"event": "step", "step": 6, "loss": 1.0}\n{"event": "st')
    train(config, tmp_path / "run", resume=True)
    assert [line["step"] for line in log_of(tmp_path / "run")] == list(range(1, 13))


def test_another_seed_gives_another_training_and_the_same_seed_the_same(photos, written, tmp_path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        train(small(photos, seed=seed, epochs=1), tmp_path / name)
    first, same, other = ([line["loss"] for line in log_of(tmp_path / name)] for name in "abc")
    assert first == same
    assert first != other


def test_a_shared_trunk_is_kept_by_a_checkpoint(photos, written, tmp_path) -> None:
    config = small(photos, shared_trunk=True, epochs=1)
    with pytest.raises(Cancelled):
        train(config, tmp_path / "cut", stop=stop_after(2))
    train(config, tmp_path / "cut", resume=True)
    train(config, tmp_path / "whole")
    assert [line["loss"] for line in log_of(tmp_path / "cut")] == [line["loss"] for line in log_of(tmp_path / "whole")]
    for name, value in written[0].weights.items():
        assert torch.equal(value, written[1].weights[name]), name


def test_the_newest_checkpoints_and_the_best_are_left_and_the_settings_stand_beside_them(
    photos, written, tmp_path
) -> None:
    train(small(photos), tmp_path)
    names = {path.name for path in tmp_path.iterdir()}
    assert {"config.json", "data.json", "environment.json", "log.jsonl"} <= names
    assert sorted(name for name in names if name.startswith("checkpoint")) == ["checkpoint-12", "checkpoint-8"]
    assert len([name for name in names if name.startswith("best-")]) == 1
    stored = json.loads((tmp_path / "config.json").read_text())
    assert stored["sides"] == [32, 48]
    assert stored["weight_decay"] == 0.05
    assert {"event", "step", "loss", "accuracy", "lr", "elapsed_s", "eta_s"} <= set(log_of(tmp_path)[0])
    assert log_of(tmp_path)[-1]["eta_s"] == 0
    assert json.loads((tmp_path / "data.json").read_text())["classes"]["red"] == {"train": 8, "validation": 1}
    assert json.loads((tmp_path / "environment.json").read_text())["packages"]["torch"] in torch.__version__


def test_an_unfinished_training_is_not_overwritten(photos, written, tmp_path) -> None:
    config = small(photos)
    with pytest.raises(Cancelled):
        train(config, tmp_path, stop=stop_after(2))
    with pytest.raises(MoltboxError, match="--resume"):
        train(config, tmp_path)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-2"


def test_a_finished_training_makes_room_for_a_new_one_that_can_start(photos, written, tmp_path) -> None:
    train(small(photos), tmp_path)
    with pytest.raises(MoltboxError):
        train(small(photos, backbone="resnet18"), tmp_path)
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-12"
    with pytest.raises(Cancelled):
        train(small(photos, epochs=5), tmp_path, stop=stop_after(2))
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert [line["step"] for line in log_of(tmp_path)] == [1, 2]


def test_resuming_needs_the_same_settings_photos_and_whole_files(photos, written, tmp_path) -> None:
    config = small(photos)
    with pytest.raises(MoltboxError, match="no checkpoint"):
        train(config, tmp_path / "run", resume=True)
    with pytest.raises(Cancelled):
        train(config, tmp_path / "run", stop=stop_after(2))
    with pytest.raises(MoltboxError, match="begun with batch 7, not 5"):
        train(replace(config, batch=5), tmp_path / "run", resume=True)
    others = write_shape_classes(tmp_path / "others", 9, seed=8, width=64)
    with pytest.raises(MoltboxError, match=r"photos .* have changed"):
        train(replace(config, data=str(others)), tmp_path / "run", resume=True)
    for part in ("weights.safetensors", "optimiser.pt", "state.json"):
        file = tmp_path / "run" / "checkpoint-2" / part
        whole = file.read_bytes()
        file.write_bytes(whole[: len(whole) // 2])
        with pytest.raises(MoltboxError, match=part):
            train(config, tmp_path / "run", resume=True)
        file.write_bytes(whole)
    train(config, tmp_path / "run", resume=True)


def test_a_checkpoint_that_was_not_finished_writing_is_not_taken(photos, written, tmp_path) -> None:
    with pytest.raises(Cancelled):
        train(small(photos), tmp_path, stop=stop_after(2))
    (tmp_path / ".writing-checkpoint-9").mkdir()
    assert newest_checkpoint(tmp_path) == tmp_path / "checkpoint-2"


def test_unreadable_photos_are_told_once_and_not_counted(written, tmp_path, capsys) -> None:
    photos = tmp_path / "photos"
    write_shape_classes(photos / "train", 6, width=48, height=40)
    write_shape_classes(photos / "val", 2, width=48, height=40)
    for path in ("train/red/0.png", "train/red/1.png", "val/blue/0.png"):
        (photos / path).write_bytes(b"")
    train(small(photos, epochs=2), tmp_path / "run")
    told = capsys.readouterr().err
    assert told.count("Left out train/red/0.png: 0.png is empty.") == 1
    assert told.count("Left out ") == 3
    assert written[0].facts.training["photos"] == 16
    assert written[0].facts.training["classes"] == {"blue": 6, "green": 6, "red": 4}
    assert written[0].facts.accuracy["photos"] == 5


def test_a_class_that_cannot_be_read_at_all_gives_no_model(written, tmp_path) -> None:
    photos = write_shape_classes(tmp_path / "photos", 3, width=48, height=40)
    for path in (photos / "red").iterdir():
        path.write_bytes(b"")
    with pytest.raises(MoltboxError, match="'red'"):
        train(small(photos, epochs=1), tmp_path / "run")
    assert written == []


def test_a_loss_that_runs_away_is_told(photos, written, tmp_path) -> None:
    with pytest.raises(MoltboxError, match="smaller --lr"):
        train(small(photos, lr=1e30), tmp_path)
    assert newest_checkpoint(tmp_path) is None


def test_a_photo_too_few_leaves_no_accuracy(written, tmp_path) -> None:
    photos = tmp_path / "photos"
    for name in ("a", "b"):
        save_photo(photos / name / "1.png", torch.zeros(40, 40, 3, dtype=torch.uint8).numpy())
    assert train(small(photos, epochs=1), tmp_path / "run").accuracy is None
    assert written[0].facts.accuracy == {"classification_top1": None, "photos": 0, "split": "none"}


def test_the_rate_rises_and_falls() -> None:
    rates = [lr_at(step, 200, 1.0, 0.05) for step in range(200)]
    assert rates[:10] == pytest.approx([0.1 * (step + 1) for step in range(10)])
    assert rates[10] == 1.0
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[10:]))
    assert rates[105] == pytest.approx(0.5)
    assert 0 < rates[-1] < 1e-3


def test_what_decays_and_what_learns_faster(photos) -> None:
    model = Molt("test_vit", (32, 48), 3)
    optimiser = make_optimiser(model, peak=1e-3, weight_decay=0.05, head_lr_factor=10)
    of = {id(p): group for group in optimiser.param_groups for p in group["params"]}
    assert len(of) == sum(len(group["params"]) for group in optimiser.param_groups) == len(list(model.parameters()))
    branch = model.pyramid[1]
    block = branch.trunk.blocks[0]
    assert of[id(branch.head.weight)]["lr_factor"] == 10
    assert of[id(branch.head.weight)]["weight_decay"] == 0.05
    assert of[id(branch.head.bias)]["lr_factor"] == 10
    assert of[id(branch.head.bias)]["weight_decay"] == 0
    for kept in (branch.positions, branch.trunk.cls_token, block.get_parameter("norm1.weight")):
        assert of[id(kept)]["weight_decay"] == 0
        assert of[id(kept)]["lr_factor"] == 1
    assert of[id(block.get_parameter("attn.qkv.weight"))]["weight_decay"] == 0.05


def test_a_step_is_clipped_and_the_heads_learn_faster(photos, written, tmp_path) -> None:
    with pytest.raises(Cancelled):
        train(small(photos, clip_norm=1e-3), tmp_path, stop=stop_after(1))
    stored = torch.load(tmp_path / "checkpoint-1" / "optimiser.pt", weights_only=True)
    # After one step AdamW's first moment is a tenth of the gradient that it was given; each branch's is clipped.
    gradients = torch.cat([state["exp_avg"].flatten() for state in stored["state"].values()]) / 0.1
    assert float(gradients.norm()) == pytest.approx(1e-3 * 2**0.5, rel=1e-3)
    rates = {group["lr_factor"]: group["lr"] for group in stored["param_groups"]}
    assert rates == pytest.approx({1.0: 1e-3, 10.0: 1e-2})


def test_the_model_is_told_the_statistics_of_its_backbone(photos, written, tmp_path) -> None:
    train(small(photos, backbone="deit_tiny_patch16_224", sides=(16,), epochs=1), tmp_path)
    assert written[0].facts.mean == (0.485, 0.456, 0.406)
    assert written[0].facts.std == (0.229, 0.224, 0.225)


def test_the_rate_follows_batch_and_set_size() -> None:
    config = TrainConfig(data="", out="", batch=256)
    assert base_lr(config, 1_281_167) == pytest.approx(5e-4)
    assert base_lr(config, 6_000) == pytest.approx(1e-4)
    assert base_lr(replace(config, pretrained="none"), 6_000) == pytest.approx(5e-4)


def test_a_missing_gpu_is_told() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert open_device("auto").type == "cpu"
    with pytest.raises(MoltboxError, match="--device cpu"):
        open_device("cuda")
