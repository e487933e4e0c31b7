"""A folder of classes to train on: one coloured rectangle on noise a photo, its colour the class."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from support.photos import save_photo

COLOURS = {"red": (240, 20, 25), "blue": (30, 60, 240), "green": (20, 220, 40)}
"""Not sorted, so that the order of the classes is the trainer's doing."""


def write_shape_classes(root: Path, per_class: int, *, seed: int = 0, width: int = 96, height: int = 72) -> Path:
    """Writes `per_class` photos into `root/<class>/` for each colour and returns `root`."""
    generator = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        for number in range(per_class):
            photo = generator.integers(0, 90, (height, width, 3), dtype=np.uint8)
            x, y = int(generator.integers(0, width // 2)), int(generator.integers(0, height // 2))
            photo[y : y + height // 2, x : x + width // 2] = colour
            save_photo(root / name / f"{number}.png", photo)
    return root
