"""One process of a team of two on the CPU: trains a few steps and writes down the gradients it stepped along."""

from __future__ import annotations

import sys
from pathlib import Path

import torch
from safetensors.torch import save_file

import trainer.branch_lesson
import trainer.train
from trainer.config import TrainConfig

_take_step = trainer.branch_lesson.take_step


def small_config(photos: str, out: str) -> TrainConfig:
    """What both the team and the single process train; no stochastic depth, which each process draws for itself."""
    return TrainConfig(
        data=photos,
        out=out,
        backbone="test_vit",
        sides=(32, 48),
        pretrained="none",
        epochs=2,
        batch=6,
        lr=1e-3,
        drop_path=0.0,
        device="cpu",
        log_every=1,
        clusters=False,
        threads=1,
    )


def train_and_note(photos: str, folder: Path, rank: int) -> None:
    """Trains, and writes `gradients-<rank>.safetensors`: of each step, before they are clipped."""
    noted: dict[str, torch.Tensor] = {}

    def note(branches, optimiser, clip_norm, scaler=None) -> None:
        step = sum(name.endswith("branches.0.head.weight") for name in noted)
        for place, branch in enumerate(branches):
            for name, parameter in branch.named_parameters():
                noted[f"{step}:branches.{place}.{name}"] = parameter.grad.clone()
        _take_step(branches, optimiser, clip_norm, scaler)

    trainer.branch_lesson.take_step = note
    trainer.train.write_molt = lambda *_: None
    try:
        trainer.train.train(small_config(photos, str(folder / "out.molt")), folder / "run")
    finally:
        trainer.branch_lesson.take_step = _take_step
    save_file(noted, folder / f"gradients-{rank}.safetensors")


if __name__ == "__main__":
    train_and_note(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
