"""A network that torch.compile made kernels of learns what it learns without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from support.shape_classes import write_shape_classes
from trainer.branch_lesson import BranchLesson
from trainer.config import TrainConfig
from trainer.data import View
from trainer.loop import make_optimiser
from trainer.run import open_photos
from trainer.team import Team
from trainer.train import make_model

COMPILERS = ("g++", "clang++", "c++")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not any(map(shutil.which, COMPILERS)), reason="torch.compile needs a C++ compiler"),
]


def test_the_gradients_are_those_without(tmp_path: Path) -> None:
    root = write_shape_classes(tmp_path, 3, width=48, height=40)
    found = []
    for compiled in (False, True):
        config = TrainConfig(
            str(root), "", backbone="test_vit", sides=(32,), pretrained="none", batch=4, drop_path=0.0, compile=compiled
        )
        photos = open_photos(config)
        model = make_model(config, 3).train()
        model.pyramid[0].trunk.blocks = model.pyramid[0].trunk.blocks[:1]  # they are all alike
        optimiser = make_optimiser(model, peak=1e-3, weight_decay=0.0)
        view = View((32,), (0.5,) * 3, (0.5,) * 3)
        lesson = BranchLesson(config, photos, view, model, optimiser, torch.device("cpu"), Team(), None, print)
        batch = next(iter(lesson.batches(0, 0)))
        lesson._backward(batch, 0, len(batch.targets))
        found.append({name: value.grad.clone() for name, value in model.named_parameters() if value.grad is not None})
    plain, compiled = found
    assert plain.keys() == compiled.keys()
    for name, value in plain.items():
        torch.testing.assert_close(compiled[name], value, atol=1e-5, rtol=1e-3)
