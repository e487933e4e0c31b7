"""Branches that learn one after another learn what they would together, and nothing while it is not their turn."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import trainer.asking
import trainer.train
from engine.errors import Cancelled, MoltboxError
from support.shape_classes import write_shape_classes
from trainer.checkpoint import best_checkpoint, newest_checkpoint, read_progress
from trainer.config import TrainConfig
from trainer.export import ModelFacts
from trainer.loop import Plan
from trainer.molt import Molt
from trainer.train import train

SIDES = (32, 48, 64)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shape_classes(tmp_path_factory.mktemp("photos"), 6, width=48, height=40)


Written = list[tuple[dict[str, torch.Tensor], tuple[int, ...], ModelFacts]]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Written:
    """Weights, sizes and facts that would have been written."""
    files: Written = []

    def remember(_: Path, model: Molt, facts: ModelFacts) -> None:
        files.append(({name: value.clone() for name, value in model.state_dict().items()}, model.sides, facts))

    monkeypatch.setattr(trainer.train, "write_molt", remember)
    return files


def small(photos: Path, **changes: Any) -> TrainConfig:
    """15 training photos in batches of 6: 3 steps an epoch, 6 a branch."""
    config = TrainConfig(
        data=str(photos),
        out=str(photos.parent / "out.molt"),
        backbone="test_vit",
        sides=SIDES,
        pretrained="none",
        epochs=2,
        batch=6,
        lr=1e-3,
        drop_path=0.0,
        device="cpu",
        threads=1,
        log_every=1,
        clusters=False,
        per_branch=True,
    )
    return replace(config, **changes)


def log_of(run: Path, event: str = "step") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(1, 10_000))
    return lambda: next(asked) >= steps


def weights_at(run: Path, step: int, branch: int) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    stored = load_file(run / f"checkpoint-{step}" / "weights.safetensors")
    return {name: value for name, value in stored.items() if name.startswith(f"branches.{branch}.")}


def test_each_branch_learns_what_it_would_together_with_the_others(photos: Path, written: Written, tmp_path) -> None:
    train(small(photos, per_branch=False, keep=9), tmp_path / "joint")
    train(small(photos, keep=9), tmp_path / "apart")
    joint, apart = log_of(tmp_path / "joint"), log_of(tmp_path / "apart")
    assert [line["step"] for line in apart] == list(range(1, 19))
    assert [line["side"] for line in apart] == [32] * 6 + [48] * 6 + [64] * 6
    for step in range(6):
        added = sum(apart[step + 6 * branch]["loss"] for branch in range(3))
        assert added == pytest.approx(joint[step]["loss"], rel=1e-6)
        assert {apart[step + 6 * branch]["lr"] for branch in range(3)} == {joint[step]["lr"]}
    for branch in range(3):
        together = weights_at(tmp_path / "joint", 6, branch)
        alone = weights_at(tmp_path / "apart", 6 * (branch + 1), branch)
        assert together
        for name, value in together.items():
            assert torch.equal(alone[name], value), name


def test_a_branch_stays_as_it_is_while_another_learns(photos: Path, written: Written, tmp_path) -> None:
    train(small(photos, keep=9), tmp_path)
    for branch in range(3):
        # Checkpoints lie after each epoch: 3, 6, ... 18.
        for step in range(3, 18, 3):
            before, after = weights_at(tmp_path, step, branch), weights_at(tmp_path, step + 3, branch)
            moved = [name for name in before if not torch.equal(before[name], after[name])]
            assert bool(moved) == (step // 6 == branch), (branch, step, moved[:1])


@pytest.mark.parametrize("drop_path", [0.0, 0.4])
def test_a_training_stopped_in_the_second_branch_goes_on_exactly(
    photos: Path, written: Written, tmp_path, drop_path: float
) -> None:
    config = small(photos, drop_path=drop_path)
    train(config, tmp_path / "whole")
    for steps in (8, 3):
        with pytest.raises(Cancelled):
            train(config, tmp_path / "cut", resume=steps != 8, stop=stop_after(steps))
    assert newest_checkpoint(tmp_path / "cut") == tmp_path / "cut" / "checkpoint-11"
    train(config, tmp_path / "cut", resume=True)
    whole, cut = log_of(tmp_path / "whole"), log_of(tmp_path / "cut")
    for field in ("step", "loss", "accuracy", "lr", "side"):
        assert [line[field] for line in cut] == [line[field] for line in whole]
    for name, value in written[0][0].items():
        assert torch.equal(value, written[1][0][name]), name
    assert written[0][2].accuracy == written[1][2].accuracy


def test_each_branch_comes_with_its_own_best_weights_and_all_are_scored_together(
    photos: Path, written: Written, tmp_path
) -> None:
    train(small(photos), tmp_path)
    plan = Plan(18, 3, 3, 1e-3, 0.05, 1, 600, stages=3)
    bests = [best_checkpoint(tmp_path, plan.steps_of(stage)) for stage in range(3)]
    assert len(list(tmp_path.glob("best-*"))) == 3
    from safetensors.torch import load_file

    for branch, best in enumerate(bests):
        assert best is not None
        assert read_progress(best).step in plan.steps_of(branch)
        stored = load_file(best / "weights.safetensors")
        for name, value in written[0][0].items():
            if name.startswith(f"branches.{branch}."):
                assert torch.equal(value, stored[name]), name
    *single, together = log_of(tmp_path, "validation")
    assert [line["side"] for line in single] == [32, 32, 48, 48, 64, 64]
    assert "side" not in together
    facts = written[0][2]
    assert facts.accuracy["classification_top1"] == together["accuracy"]
    assert facts.training["weights_chosen"].startswith("each branch's own best of its 6 steps: ")


def test_finished_early_the_model_has_the_branches_that_learnt(
    photos: Path, written: Written, tmp_path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trainer.asking, "_LOOK_EVERY_S", 0.0)
    asked = iter(range(1, 100))

    def ask_in_the_second() -> bool:
        if next(asked) == 8:
            (tmp_path / "ask").write_text("finish")
        return False

    train(small(photos), tmp_path, stop=ask_in_the_second)
    weights, sides, _ = written[0]
    assert sides == (32, 48)
    assert not any(name.startswith("branches.2.") for name in weights)
    assert log_of(tmp_path, "warning")[-1]["text"] == (
        "Finished before these sizes were learnt, so the model lacks them: 64."
    )
    assert log_of(tmp_path, "end")


def test_a_shared_trunk_cannot_learn_so(photos: Path, tmp_path) -> None:
    with pytest.raises(MoltboxError, match="--shared-trunk"):
        train(small(photos, shared_trunk=True), tmp_path)


def test_every_stage_has_the_rates_of_a_training_of_its_own() -> None:
    one, three = Plan(40, 10, 10, 1.0, 0.1, 1, 1), Plan(120, 10, 10, 1.0, 0.1, 1, 1, stages=3)
    assert [three.lr(step) for step in range(120)] == [one.lr(step) for step in range(40)] * 3
    falling = Plan(120, 10, 10, 1.0, 0.1, 1, 1, lr_falls=(3,), stages=3)
    assert [falling.lr(step) for step in (0, 19, 20, 39, 40, 60)] == pytest.approx([1, 1, 0.1, 0.1, 1, 0.1])
