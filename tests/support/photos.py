"""Generated photos with a known object: a bright or red rectangle on dark, slightly noisy ground."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box

WHITE = (250, 250, 245)
RED = (240, 20, 25)


def shape_photo(
    box: Box, width: int = 320, height: int = 240, colour: tuple[int, int, int] = WHITE, seed: int = 0
) -> NDArray[np.uint8]:
    """(height, width, 3) uint8 RGB with the box (whole pixels) filled in `colour`."""
    generator = np.random.default_rng(seed)
    photo = generator.integers(0, 25, (height, width, 3), dtype=np.uint8)
    photo[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)] = colour
    return photo


def save_photo(path: Path, photo: NDArray[np.uint8]) -> Path:
    """Writes (H, W, 3) RGB without loss where the suffix allows, under any file name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(path.suffix, cv2.cvtColor(photo, cv2.COLOR_RGB2BGR))
    assert done
    path.write_bytes(data.tobytes())
    return path
