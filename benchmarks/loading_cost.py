"""How fast photos are loaded to train on, and what a step costs with loading processes: measured on this machine.

    python benchmarks/loading_cost.py [--workers 0,1,2] [--compile]

Photos are generated: soft noise of 500 x 375 pixels as ILSVRC's, and of 4000 x 3000 as a camera's. A worker is one
core: its photos a second tell how many workers feed a GPU (the pace of a GPU is in `training_cost.py`). The step is one
of the default preset on one size of a small transformer, with the photos' loading.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image

from trainer.branch_lesson import BranchLesson
from trainer.config import TrainConfig
from trainer.data import LabelledFile, PhotoSet, PhotoViews, View, normalised
from trainer.loop import Window, make_optimiser
from trainer.molt import DEFAULT_SIDES, Branch
from trainer.team import Team
from trainer.train import make_model

MEAN = (0.5, 0.5, 0.5)
BACKBONE, SIDE, BATCH = "deit_tiny_patch16_224", 96, 16
SIZES = {"500 x 375": (500, 375), "4000 x 3000": (4000, 3000)}


def write_photos(folder: Path, width: int, height: int, count: int) -> list[LabelledFile]:
    """Soft noise as JPEG; every second photo shows the second class."""
    draw = np.random.default_rng(0)
    files = []
    for number in range(count):
        coarse = draw.integers(0, 256, (height // 8, width // 8, 3), dtype=np.uint8)
        soft = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
        name = f"{width}-{number}.jpg"
        Image.fromarray(soft).save(folder / name, quality=92)
        files.append(LabelledFile(name, (number % 2,)))
    return files


def photo_s(folder: Path, files: list[LabelledFile], sides: tuple[int, ...]) -> float:
    """Processor seconds of one core to decode a photo and make its training views: the best of three rounds."""
    views = PhotoViews(folder, files, View(sides, MEAN, MEAN), training=True, seed=0)
    views[(0, 0)]
    rounds = []
    for epoch in range(3):
        began = time.process_time()
        for place in range(len(files)):
            views[(epoch, place)]
        rounds.append((time.process_time() - began) / len(files))
    return min(rounds)


def step_s(folder: Path, files: list[LabelledFile], workers: int, steps: int = 12) -> float:
    """Seconds of a step, from one to the next, once the processes run: the median."""
    config = TrainConfig(
        str(folder), "", backbone=BACKBONE, sides=(SIDE,), pretrained="none", batch=BATCH, workers=workers
    )
    photos = PhotoSet(folder, ("a", "b"), tuple(files), (), "none", (), "")
    model = make_model(config, 2).train()
    optimiser = make_optimiser(model, peak=1e-4, weight_decay=0.05)
    view = View((SIDE,), MEAN, MEAN)
    cpu = torch.device("cpu")
    lesson = BranchLesson(config, photos, view, model, optimiser, cpu, Team(), None, print)
    marks = [time.perf_counter()]
    for epoch in range(steps):
        for number, batch in enumerate(lesson.batches(epoch, 0)):
            lesson.learn(batch, number, 1e-4, Window(cpu))
            marks.append(time.perf_counter())
        if len(marks) > steps:
            break
    return float(np.median(np.diff(marks)[2:]))


def layout_s(memory_format: torch.memory_format) -> float:
    """Seconds of forward and backward of a branch whose images and convolutions lie in memory so."""
    config = TrainConfig("", "", backbone=BACKBONE, sides=(SIDE,), pretrained="none")
    branch = make_model(config, 2).pyramid[0].train().to(memory_format=memory_format)
    return _best(branch, _images().contiguous(memory_format=memory_format), rounds=12)


def compiled_s() -> tuple[float, float, float]:
    """Seconds of forward and backward without and with torch.compile, and of the compilation."""
    config = TrainConfig("", "", backbone=BACKBONE, sides=(SIDE,), pretrained="none")
    branch = make_model(config, 2).pyramid[0].train()
    plain = _best(branch, _images(), rounds=12)
    compiled = torch.compile(branch)
    began = time.perf_counter()
    _best(compiled, _images(), rounds=1)
    return plain, _best(compiled, _images(), rounds=12), time.perf_counter() - began


def _images() -> torch.Tensor:
    pixels = torch.randint(0, 256, (BATCH, 3, SIDE, SIDE), dtype=torch.uint8)
    return normalised(pixels, View((SIDE,), MEAN, MEAN))


def _best(branch: Branch | Callable[[torch.Tensor], torch.Tensor], images: torch.Tensor, *, rounds: int) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        branch(images).square().sum().backward()
        found.append(time.perf_counter() - began)
    return min(found)


def main() -> None:
    """Prints the figures of docs/reproduce.md."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", default="0,1,2", help="loading processes to try (default: %(default)s)")
    parser.add_argument("--compile", action="store_true", help="also compile with torch.compile, and time that")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, (width, height) in SIZES.items():
            files = write_photos(folder, width, height, 24 if width < 1000 else 4)
            torch.set_num_threads(1)
            cv2.setNumThreads(1)
            for sides in (DEFAULT_SIDES, (224,)):
                print(f"{size}, sizes {sides}: {1 / photo_s(folder, files, sides):.0f} photos/s a worker", flush=True)
        torch.set_num_threads(2)
        files = write_photos(folder, 500, 375, 6 * BATCH)
        for workers in map(int, options.workers.split(",")):
            print(f"{workers} workers: {step_s(folder, files, workers):.3f} s a step of {BATCH} photos", flush=True)
    for named, layout in (("usual", torch.contiguous_format), ("channels last", torch.channels_last)):
        print(f"{named} layout: {layout_s(layout):.3f} s forward and backward", flush=True)
    if options.compile:
        plain, compiled, waited = compiled_s()
        print(f"torch.compile: {plain:.3f} s without, {compiled:.3f} s with it, after {waited:.0f} s", flush=True)


if __name__ == "__main__":
    main()
