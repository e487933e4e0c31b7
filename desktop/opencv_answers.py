"""Prints what the OpenCV that is found first answers: pixels of photos of every kind, and which names it lacks.

`desktop/slim_opencv.py` runs it with the wheel's OpenCV and with the one that it built, and compares.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desktop.facts import ROOT
from engine.images import PHOTO_SUFFIXES, read_photo

_SIDE = 480


def main() -> None:
    """Prints one JSON object: the file of OpenCV, the names that it lacks, and a digest for each answer."""
    print(json.dumps({"file": cv2.__file__, "lacks": lacking(), "answers": answers()}))


def lacking() -> list[str]:
    """The names of OpenCV that engine and window use and that are not there."""
    texts = (file.read_text(encoding="utf-8") for part in ("engine", "app") for file in (ROOT / part).rglob("*.py"))
    names = {name for text in texts for name in re.findall(r"\bcv2\.(\w+)", text)}
    return sorted(name for name in names if not hasattr(cv2, name))


def answers() -> dict[str, str]:
    """Digests of the pixels, by photo and by step."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 256, (12, 16, 3), dtype=np.uint8))
    photo = noise.resize((_SIDE * 4 // 3, _SIDE), Image.Resampling.BICUBIC)
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in sorted(PHOTO_SUFFIXES):
            file = Path(folder) / f"photo{suffix}"
            (photo.convert("L") if suffix == ".pgm" else photo).save(file)
            found[suffix] = _digest(read_photo(file))
        found["reduced"] = _digest(read_photo(Path(folder) / "photo.jpg", reduced=4))
    pixels = np.asarray(photo)
    found["area"] = _digest(cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_AREA))
    found["linear"] = _digest(cv2.resize(pixels, (224, 224), interpolation=cv2.INTER_LINEAR))
    found["lab"] = _digest(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB))
    found["jpeg"] = _digest(cv2.imencode(".jpg", pixels)[1])
    contours, _ = cv2.findContours((pixels[..., 0] > 128).astype(np.uint8), cv2.RETR_TREE, cv2.CHAIN_APPROX_SIMPLE)
    found["contours"] = _digest(np.concatenate(contours))
    return found


def _digest(array: NDArray[np.generic]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()[:16]


if __name__ == "__main__":
    main()
