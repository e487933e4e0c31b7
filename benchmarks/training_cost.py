"""What training and scoring a MOLT cost, derived: operations counted on the network itself, hours under assumptions.

    python benchmarks/training_cost.py

Prints the tables of docs/reproduce.md. Operations are counted by torch on the real modules without computing anything
(device "meta"); memory is what one photo's forward pass keeps for its gradients, counted on this machine. Hours are
operations divided by a share of each GPU's dense rate as its data sheet states it: arithmetic, not measurements. The
only thing that is timed is decoding: processor seconds of one core for one photo of 500 x 375 pixels, on this machine.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from trainer.class_loss import ClassLoss
from trainer.data import LabelledFile, PhotoViews, View
from trainer.estimate import bytes_a_photo
from trainer.molt import DEFAULT_SIDES, Molt

BACKBONE = "deit_small_patch16_224"
UTILISATION = 0.35
"""Share of the data sheet's rate that a transformer of this size reaches; 30 to 45 % is usual for small ones."""

GPUS = {
    "RTX 2080 Ti": (54e12, 13.4e12),
    "V100": (125e12, 15.7e12),
    "RTX 3090": (71e12, 35.6e12),
    "RTX 4090": (165e12, 82.6e12),
    "A100": (312e12, 19.5e12),
    "H100 SXM": (989e12, 67e12),
}
"""Dense operations a second: bfloat16 (float16 on the first two, which have no bfloat16), and single precision."""

SETS = {"ILSVRC-2012": (1_271_167, 20, 1000), "CUB-200-2011": (5_394, 60, 200)}
"""Photos trained on, epochs, classes: with the validation photos of docs/reproduce.md set aside."""

BATCHES = (8, 16, 32, 64, 128, 256)
BYTES_A_WEIGHT, BYTES_A_HALF = 16, 2
"""Weight, gradient and AdamW's two moments; and the weight's copy in half precision, where one is computed with."""


def forward_operations(sides: tuple[int, ...], classes: int) -> int:
    """Floating-point operations (two a multiply-add) of one photo's class scores."""
    with torch.device("meta"):
        model = Molt(BACKBONE, sides, classes)
        images = [torch.zeros(1, 3, side, side) for side in sides]
    with FlopCounterMode(display=False) as counter:
        model(images)
    return counter.get_total_flops()


def training_operations(sides: tuple[int, ...], classes: int) -> int:
    """The same with the gradients."""
    with torch.device("meta"):
        model = Molt(BACKBONE, sides, classes)
        images = [torch.zeros(1, 3, side, side) for side in sides]
    with FlopCounterMode(display=False) as counter:
        torch.stack([logits.sum() for logits in model(images)]).sum().backward()
    return counter.get_total_flops()


def activation_bytes(sides: tuple[int, ...], classes: int, *, half: bool) -> int:
    """What one photo's forward pass keeps for its gradients, in bfloat16 or single precision."""
    model = Molt(BACKBONE, sides, classes).train()

    def step(photos: int) -> None:
        images = [torch.zeros(photos, 3, side, side) for side in sides]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            ClassLoss().summed(model(images), torch.eye(photos, classes)).backward()

    return bytes_a_photo(step)


def weight_count(sides: tuple[int, ...], classes: int) -> int:
    """Numbers that are trained."""
    with torch.device("meta"):
        return sum(parameter.numel() for parameter in Molt(BACKBONE, sides, classes).parameters())


def held_bytes(sides: tuple[int, ...], classes: int, *, half: bool) -> int:
    """What is held however many photos there are."""
    return weight_count(sides, classes) * (BYTES_A_WEIGHT + (BYTES_A_HALF if half else 0))


def decoding_s(sides: tuple[int, ...], photos: int = 40) -> float:
    """Processor seconds of one core to decode a photo and make its training views."""
    torch.set_num_threads(1)
    draw = np.random.default_rng(0)
    soft = cv2.resize(draw.integers(0, 256, (94, 125, 3), dtype=np.uint8), (500, 375), interpolation=cv2.INTER_CUBIC)
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(soft).save(Path(folder) / "photo.jpg", quality=92)
        files = [LabelledFile("photo.jpg", (0,))]
        views = PhotoViews(Path(folder), files, View(sides, (0.5,) * 3, (0.5,) * 3), training=True, seed=0)
        views[(0, 0)]
        began = time.process_time()
        for epoch in range(photos):
            views[(epoch, 0)]
        return (time.process_time() - began) / photos


def hours(operations: float, rate: float) -> float:
    """Of a GPU at the assumed share of its rate."""
    return operations / (rate * UTILISATION) / 3600


def main() -> None:
    """Prints the tables."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    for name, sides, column in (
        ("MOLT, 224 + 288 + 384, half", DEFAULT_SIDES, 0),
        ("strict_tscam, 224, single", (224,), 1),
    ):
        decoded = decoding_s(sides)
        print(f"\n{name}: a core decodes and crops {1 / decoded:.0f} photos/s; operations a photo")
        for kind, (photos, epochs, classes) in SETS.items():
            forward, learning = forward_operations(sides, classes), training_operations(sides, classes)
            total = learning * photos * epochs
            print(
                f"  {kind}: forward {forward / 1e9:.1f} G, training step {learning / 1e9:.1f} G, "
                f"{photos * epochs / 1e6:.2f} million photos: {total:.2e} in all"
            )
            for gpu, rates in GPUS.items():
                rate = rates[column]
                pace = rate * UTILISATION / learning
                print(
                    f"    {gpu}: {hours(total, rate):.2f} h, {pace:.0f} photos/s, {pace * decoded:.1f} cores to decode"
                )
        weights = held_bytes(sides, 1000, half=column == 0)
        photo = activation_bytes(sides, 1000, half=column == 0)
        print(f"  memory: {weights / 1e9:.2f} GB for weights and optimiser, {photo / 1e6:.0f} MB a photo")
        print("  " + ", ".join(f"batch {batch}: {(weights + batch * photo) / 1e9:.1f} GB" for batch in BATCHES))


if __name__ == "__main__":
    main()
