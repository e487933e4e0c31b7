"""TensorBoard is written beside the log where it is installed, and never missed where it is not."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

from engine.errors import Cancelled
from support.shape_classes import write_shape_classes
from trainer.board import FOLDER, Board
from trainer.config import TrainConfig
from trainer.train import train

TORCH_BOARD = "torch.utils.tensorboard"


class NotedWriter:
    """In place of torch's."""

    opened: list[NotedWriter] = []  # noqa: RUF012

    def __init__(self, folder: str, purge_step: int) -> None:
        self.folder, self.purge_step = folder, purge_step
        self.scalars: list[tuple[str, float, int]] = []
        self.flushed, self.closed = 0, False
        NotedWriter.opened.append(self)

    def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
        self.scalars.append((tag, scalar_value, global_step))

    def flush(self) -> None:
        self.flushed += 1

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TrainConfig:
    monkeypatch.setattr("trainer.train.write_molt", lambda *_: None)
    photos = write_shape_classes(tmp_path / "photos", 4, width=48, height=40)
    return TrainConfig(
        str(photos),
        str(tmp_path / "m.molt"),
        backbone="test_vit",
        sides=(32,),
        pretrained="none",
        epochs=2,
        batch=3,
        lr=1e-3,
        device="cpu",
        threads=1,
        log_every=1,
        clusters=False,
    )


def test_the_curves_are_those_of_the_log(config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(TORCH_BOARD)
    module.SummaryWriter = NotedWriter  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, TORCH_BOARD, module)
    NotedWriter.opened.clear()
    asked = iter(range(1, 100))
    with pytest.raises(Cancelled):
        train(config, tmp_path / "run", stop=lambda: next(asked) == 4)
    train(config, tmp_path / "run", resume=True)
    first, second = NotedWriter.opened
    assert first.folder == second.folder == str(tmp_path / "run" / FOLDER)
    assert (first.purge_step, second.purge_step) == (1, 5)
    assert first.closed
    assert second.closed
    losses = {step: value for tag, value, step in first.scalars + second.scalars if tag == "step/loss"}
    assert sorted(losses) == [1, 2, 3, 4, 5, 6]
    assert len(set(losses.values())) == 6
    tags = {tag for tag, _, _ in second.scalars}
    assert {"step/accuracy", "step/lr", "step/photos_per_s", "validation/accuracy", "validation/loss"} <= tags
    assert not {"step/event", "step/step", "step/steps"} & tags
    assert second.flushed == 1


def test_without_the_package_nothing_is_written_or_said(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setitem(sys.modules, TORCH_BOARD, None)
    train(config, tmp_path / "run")
    assert not (tmp_path / "run" / FOLDER).exists()
    assert "ensor" not in capsys.readouterr().err.replace("torch.Tensor", "")


def test_the_real_writers_files_can_be_read_back(tmp_path: Path) -> None:
    reader = "tensorboard.backend.event_processing.event_accumulator"
    accumulators = pytest.importorskip(reader, reason="the board extra is not installed")

    board = Board.open(tmp_path, from_step=0)
    for step in (1, 2, 3):
        board.add("step", {"step": step, "loss": 3.0 - step, "accuracy": 0.5})
    board.close()
    again = Board.open(tmp_path, from_step=2)  # killed after step 2
    again.add("step", {"step": 3, "loss": 7.0, "accuracy": 0.5})
    again.add("warning", {"text": "no curve"})
    again.close()
    found = accumulators.EventAccumulator(str(tmp_path / FOLDER)).Reload()
    assert found.Tags()["scalars"] == ["step/loss", "step/accuracy"]
    assert [(event.step, event.value) for event in found.Scalars("step/loss")] == [(1, 2.0), (2, 1.0), (3, 7.0)]
