"""Made-up trunk features for tests of the quick preset: a rectangle whose cells differ from the ground, by class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from trainer.data import LabelledFile
from trainer.light_features import CHANNELS, GRID, PhotoFeatures
from trainer.light_trunk import CLASSES, HEAD, LAST


class StandInTrunk(nn.Module):
    """Has what the quick preset asks of the trunk besides features: the head's convolution and the classifier."""

    def __init__(self) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(5)
        self.to_head = nn.Conv2d(LAST, HEAD, kernel_size=1, bias=False)
        self.to_head.weight = nn.Parameter(torch.rand(HEAD, LAST, 1, 1, generator=generator))
        self.classifier = nn.Linear(HEAD, CLASSES)
        self.classifier.weight = nn.Parameter(torch.rand(CLASSES, HEAD, generator=generator))
        self.requires_grad_(requires_grad=False)


def rectangle_features(labels: Sequence[int], *, seed: int = 0) -> tuple[PhotoFeatures, NDArray[np.intp]]:
    """Features of one photo a label, and the rectangles (N, 4) in cells: x0, y0, x1, y1."""
    generator = np.random.default_rng(seed)
    maps = generator.normal(0, 0.1, (len(labels), CHANNELS, GRID, GRID)).astype(np.float16)
    rectangles = np.zeros((len(labels), 4), np.intp)
    signatures = generator.random((max(labels) + 1, CHANNELS))
    for number, label in enumerate(labels):
        x, y = generator.integers(1, GRID // 2, 2)
        rectangles[number] = x, y, x + GRID // 3, y + GRID // 3
        maps[number, :, y : y + GRID // 3, x : x + GRID // 3] += signatures[label][:, None, None].astype(np.float16)
    logits = np.zeros((len(labels), CLASSES), np.float32)
    logits[np.arange(len(labels)), np.array(labels) * 7] = 9
    return PhotoFeatures(maps, logits, np.ones(len(labels), np.bool_), {}), rectangles


def stand_in_look(_: Path, files: Sequence[LabelledFile], __: nn.Module, folder: Path, **___: Any) -> PhotoFeatures:
    """In place of `trainer.light_features.look_at_photos`."""
    folder.mkdir(exist_ok=True)
    return rectangle_features([file.class_index for file in files])[0]
