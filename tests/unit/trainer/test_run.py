"""What a training tells and listens to: its log from begin to end, the file `ask`, its folder."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import trainer.train
from engine.errors import Cancelled
from support.shape_classes import write_shape_classes
from trainer.asking import Asks, forget_old_asks
from trainer.branch_lesson import BranchLesson
from trainer.checkpoint import best_checkpoint, newest_checkpoint, read_progress
from trainer.class_loss import ClassLoss
from trainer.config import TrainConfig
from trainer.export import ModelFacts
from trainer.molt import Molt
from trainer.progress import BrokenOff, TrainingLog
from trainer.run import commit_of
from trainer.train import train


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shape_classes(tmp_path_factory.mktemp("photos"), 9, width=48, height=40)


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, torch.Tensor]]:
    """The weights that would have been written."""
    found: list[dict[str, torch.Tensor]] = []

    def remember(_: Path, model: Molt, __: ModelFacts) -> None:
        found.append({name: value.clone() for name, value in model.state_dict().items()})

    monkeypatch.setattr(trainer.train, "write_molt", remember)
    return found


def small(photos: Path, **changes: Any) -> TrainConfig:
    config = TrainConfig(
        data=str(photos),
        out=str(photos.parent / "out.molt"),
        backbone="test_vit",
        sides=(32,),
        pretrained="none",
        epochs=3,
        batch=8,
        lr=1e-3,
        device="cpu",
        log_every=1,
        clusters=False,
    )
    return replace(config, **changes)


def log_of(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


def asking(run: Path, word: str, *, after: int) -> Any:
    """Puts the word into the file once the loop has asked so many times; never interrupts."""
    times = 0

    def ask() -> bool:
        nonlocal times
        times += 1
        if times == after:
            (run / "ask").write_text(word + "\n")
        return False

    return ask


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trainer.asking._LOOK_EVERY_S", 0.0)


def test_the_log_tells_the_training_from_begin_to_end(photos: Path, tmp_path: Path) -> None:
    train(small(photos), tmp_path)
    lines = log_of(tmp_path)
    begin, last = lines[0], lines[-1]
    assert begin == {
        "event": "begin",
        "steps": 9,
        "step": 0,
        "epochs": 3,
        "photos": 24,
        "validation_photos": 3,
        "classes": {"blue": 8, "green": 8, "red": 8},
        "device": "cpu",
        "device_name": begin["device_name"],
        "preset": "paper",
        "network": "test_vit",
        "sides": [32],
    }
    steps = [line for line in lines if line["event"] == "step"]
    assert all(line["photos_per_s"] > 0 for line in steps)
    saved = [line for line in lines if line["event"] == "saved"]
    assert saved == [{"event": "saved", "step": 3 * epoch, "epoch": epoch} for epoch in (1, 2, 3)]
    assert [line["text"] for line in lines if line["event"] == "warning"] == [
        "Classes with fewer than 10 photos are hard to learn: 'blue' (8), 'green' (8), 'red' (8)."
    ]
    assert last["event"] == "end"
    assert last["model"] == str(photos.parent / "out.molt")
    best = max(line["accuracy"] for line in lines if line["event"] == "validation")
    assert last["accuracy"] == best
    assert last["boxes_right"] is None


def test_the_best_weights_are_written_not_the_last(photos: Path, tmp_path: Path, written, monkeypatch) -> None:
    """The middle epoch is made to validate best."""
    rights = iter([3, 5, 1])
    monkeypatch.setattr(ClassLoss, "right", lambda *_: torch.tensor(0))
    plain = BranchLesson.validate

    def validate(self, window):
        plain(self, window)
        window._measured += next(rights)

    monkeypatch.setattr(BranchLesson, "validate", validate)
    result = train(small(photos, keep=9), tmp_path)
    best = best_checkpoint(tmp_path)
    assert best is not None
    assert best.name == "best-6"
    assert result.accuracy == read_progress(best).accuracy
    stored = load_file(tmp_path / "checkpoint-6" / "weights.safetensors")
    last = load_file(tmp_path / "checkpoint-9" / "weights.safetensors")
    name = "branches.0.head.weight"
    assert torch.equal(written[0][name], stored[name])
    assert not torch.equal(written[0][name], last[name])
    assert log_of(tmp_path)[-1]["best_epoch"] == 2


def test_asked_to_pause_it_saves_and_goes_on_later(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    with pytest.raises(Cancelled, match="step 5 of 9"):
        train(small(photos), run, stop=asking(run, "pause", after=5))
    assert not (run / "ask").exists()
    checkpoint = newest_checkpoint(run)
    assert checkpoint is not None
    assert checkpoint.name == "checkpoint-5"
    train(small(photos), run, resume=True)
    train(small(photos), tmp_path / "whole")
    losses = [[line["loss"] for line in log_of(each) if line["event"] == "step"] for each in (run, tmp_path / "whole")]
    assert losses[0] == losses[1]
    lines = log_of(run)
    assert [line["event"] for line in lines].count("begin") == 1
    assert lines[0]["event"] == "begin"
    assert lines[0]["step"] == 5


def test_asked_to_finish_it_validates_and_writes_the_model(photos: Path, tmp_path: Path, written) -> None:
    config = small(photos, clusters=True)
    train(config, tmp_path, stop=asking(tmp_path, "finish", after=4))
    lines = log_of(tmp_path)
    assert [line["step"] for line in lines if line["event"] == "step"] == [1, 2, 3, 4]
    assert [line["step"] for line in lines if line["event"] == "validation"] == [3, 4]
    assert lines[-1]["event"] == "end"
    assert "pixel clusters" in next(line["text"] for line in reversed(lines) if line["event"] == "warning")
    assert len(written) == 1
    assert not (tmp_path / "ask").exists()


def test_other_words_are_not_heard_and_old_ones_forgotten(tmp_path: Path) -> None:
    (tmp_path / "ask").write_text("dance")
    asks = Asks(tmp_path)
    assert not asks.pause()
    assert not asks.finish()
    (tmp_path / "ask").write_text("finish")
    forget_old_asks(tmp_path)
    assert not asks.finish()
    (tmp_path / "ask").write_text(" Finish\n")
    assert asks.finish()
    assert asks.finish()
    assert not asks.pause()


def test_an_error_stands_in_the_log(photos: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokenOff, match="smaller --lr"):
        train(small(photos, lr=1e30), tmp_path)
    last = log_of(tmp_path)[-1]
    assert last["event"] == "error"
    assert "smaller --lr" in last["text"]


def test_unreadable_photos_stand_in_the_log_once(tmp_path: Path) -> None:
    photos = write_shape_classes(tmp_path / "photos", 9, width=48, height=40)
    (photos / "red" / "3.png").write_bytes(b"")
    train(small(photos), tmp_path / "run")
    found = [line for line in log_of(tmp_path / "run") if line["event"] == "unreadable"]
    assert found == [{"event": "unreadable", "path": "red/3.png", "why": "3.png is empty."}]


def test_phases_are_told_every_half_second_and_at_their_ends(tmp_path: Path) -> None:
    log = TrainingLog(tmp_path / "log.jsonl", keep_to_step=0)
    for done in range(101):
        log.phase("maps", done, 100, 1.0)
    log.phase("training", 1, 9)
    found = [(line["name"], line["done"]) for line in log_of(tmp_path)]
    assert found[0] == ("maps", 0)
    assert ("maps", 100) in found
    assert found[-1] == ("training", 1)
    assert len(found) < 10


def test_the_commit_is_that_of_the_repository(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    heads = tmp_path / ".git" / "refs" / "heads"
    heads.mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "packed-refs").write_text("# pack-refs\n" + "b" * 40 + " refs/heads/main\n")
    assert commit_of(tmp_path) == "b" * 40
    (heads / "main").write_text("a" * 40 + "\n")
    assert commit_of(tmp_path) == "a" * 40
