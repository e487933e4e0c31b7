"""What halving a photo once for all networks changes: boxes against those of photos resized from all pixels.

    python benchmarks/halved_photos.py ../shared/data --photos 30

The starter model on photos of the sets `imagenette10` and `pets3`, enlarged to 2 megapixels, with grain added: each
network is shown a photo that was halved first. The slow twin resizes the same pixels for each network on its own. It
prints the IoU of the two boxes, the mean difference of the two refined maps, and the share of photos whose box has
IoU >= 0.5 with a true one.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from unittest.mock import patch

import cv2
import numpy as np
from numpy.typing import NDArray
from reduced_decoding import grained

from engine.dataset.coco import read_coco
from engine.geometry import Box, iou
from engine.images import read_photo
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from engine.localization.preparing import ShownPhoto
from engine.metrics.localization import best_iou, gt_known
from engine.resources import starter_model_path

PIXELS = 2_000_000


class NeverHalved(ShownPhoto):
    """The slow twin: every network's photo is resized from all pixels."""

    def _level(self, _: tuple[int, int], /) -> int:
        return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder that holds imagenette10 and pets3")
    parser.add_argument("--photos", type=int, default=30, help="of each set (default: %(default)s)")
    options = parser.parse_args()
    localizer = Localizer.open(starter_model_path())
    print("| photos of 2 megapixels | same box: median, worst IoU | maps differ by, mean | GT-known slow | halved |")
    print("|---|---|---|---|---|")
    for name in ("imagenette10", "pets3"):
        print(_row(name, options.data / name, options.photos, localizer), flush=True)


def _row(name: str, root: Path, count: int, localizer: Localizer) -> str:
    alike, apart, slow, fast = [], [], [], []
    labelled = [photo for photo in read_coco(root / "boxes_val.coco.json").photos if photo.boxes]
    generator = np.random.default_rng(0)
    for photo in labelled[:: max(1, len(labelled) // count)][:count]:
        pixels, times = _enlarged(read_photo(root / photo.path), generator)
        truth = [each.box.scaled(*times) for each in photo.boxes]
        with patch("engine.localization.localizer.ShownPhoto", NeverHalved):
            expected = _heat_map(localizer, pixels, photo.boxes[0].class_name)
        found = _heat_map(localizer, pixels, photo.boxes[0].class_name)
        one, other = _box(expected, localizer), _box(found, localizer)
        alike.append(iou(one, other) if one is not None and other is not None else float(one == other))
        apart.append(float(np.abs(expected.refined - found.refined).mean()))
        slow.append(best_iou(one, truth))
        fast.append(best_iou(other, truth))
    shares = [100 * gt_known(np.array(ious)) for ious in (slow, fast)]
    return (
        f"| {name}, enlarged ({len(alike)}) | {np.median(alike):.3f}, {min(alike):.3f} | {np.mean(apart):.4f} "
        f"| {shares[0]:.1f} | {shares[1]:.1f} |"
    )


def _enlarged(
    small: NDArray[np.uint8], generator: np.random.Generator
) -> tuple[NDArray[np.uint8], tuple[float, float]]:
    """The photo at 2 megapixels, and how many times as wide and high it became."""
    times = (PIXELS / (small.shape[0] * small.shape[1])) ** 0.5
    size = round(small.shape[1] * times), round(small.shape[0] * times)
    large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
    return grained(large, generator), (size[0] / small.shape[1], size[1] / small.shape[0])


def _heat_map(localizer: Localizer, pixels: NDArray[np.uint8], label: str) -> HeatMap:
    evidence = localizer.look(pixels)
    return evidence.heat_map(place_for(label, evidence, localizer.names).weights)


def _box(heat_map: HeatMap, localizer: Localizer) -> Box | None:
    boxes = heat_map.boxes(localizer.model.calibrated_threshold)
    return boxes[0].box if boxes else None


if __name__ == "__main__":
    main()
