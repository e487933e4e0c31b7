"""What decoding large JPEGs at a reduced size changes: boxes from reduced pixels against boxes from all pixels.

    python benchmarks/reduced_decoding.py ../shared/data --photos 40 --megapixels 2

The starter model on three kinds of large photos: those of the sets `imagenette10` and `pets3`, enlarged,
with grain added (a camera's photo has detail at every size), and generated ones, textured shapes on textured ground.
Both looks see the same JPEG. For each margin (how many times larger than the network's input a reduced photo stays at
the least; those at which photos of this size are not reduced are left out) it prints the IoU of the two boxes, and the
share of photos whose box has IoU >= 0.5 with a true one.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dataset.coco import read_coco
from engine.geometry import Box, iou
from engine.images import LEAST_TIMES_WANTED, SizedPhoto, read_photo, read_sized
from engine.localization.evidence import ClassWeights
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from engine.localization.preparing import largest_shown
from engine.metrics.localization import best_iou, gt_known
from engine.resources import starter_model_path

MARGINS = (1.0, LEAST_TIMES_WANTED, 2.0)
GRAIN = 6.0
QUALITY = 90


@dataclass(slots=True)
class Compared:
    """IoUs of one kind of photos at one margin: of the two boxes, and of each with the truth."""

    alike: list[float] = field(default_factory=list)
    full: list[float] = field(default_factory=list)
    reduced: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder that holds imagenette10 and pets3")
    parser.add_argument("--photos", type=int, default=40, help="of each kind (default: %(default)s)")
    parser.add_argument("--megapixels", type=float, default=12.0, help="of each photo (default: %(default)s)")
    options = parser.parse_args()
    pixels_wanted = 1_000_000 * options.megapixels
    localizer = Localizer.open(starter_model_path())
    kinds = {
        "imagenette10, enlarged": _enlarged(options.data / "imagenette10", options.photos, pixels_wanted),
        "pets3, enlarged": _enlarged(options.data / "pets3", options.photos, pixels_wanted),
        "generated": _generated(options.photos, pixels_wanted),
    }
    print(
        f"| photos of {options.megapixels:g} megapixels | margin | same box: median, worst | GT-known full | reduced |"
    )
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name, photos in kinds.items():
            found = {margin: Compared() for margin in MARGINS}
            for pixels, label, truth in photos:
                _compare(_saved(Path(folder) / "photo.jpg", pixels), label, truth, localizer, found)
            for margin, compared in found.items():
                if not compared.alike:
                    continue
                alike = np.array(compared.alike)
                shares = [100 * gt_known(np.array(ious)) for ious in (compared.full, compared.reduced)]
                print(
                    f"| {name} ({len(alike)}) | {margin:g} | {np.median(alike):.3f}, {alike.min():.3f} "
                    f"| {shares[0]:.1f} | {shares[1]:.1f} |",
                    flush=True,
                )


def _compare(
    path: Path, label: str | None, truth: list[Box], localizer: Localizer, found: dict[float, Compared]
) -> None:
    pixels = read_photo(path)
    full = SizedPhoto(pixels, pixels.shape[1], pixels.shape[0])
    expected, place = _box(full, label, None, localizer)
    for margin, compared in found.items():

        def wanted(width: int, height: int, margin: float = margin) -> tuple[int, int]:
            shown = largest_shown(localizer.model.manifest, width, height)
            return round(shown[0] * margin / LEAST_TIMES_WANTED), round(shown[1] * margin / LEAST_TIMES_WANTED)

        photo = read_sized(path, wanted)
        if photo.pixels.shape == pixels.shape:
            continue
        box, _ = _box(photo, label, place, localizer)
        same = 1.0 if box == expected else 0.0
        compared.alike.append(iou(box, expected) if box is not None and expected is not None else same)
        compared.full.append(best_iou(expected, truth))
        compared.reduced.append(best_iou(box, truth))


def _box(
    photo: SizedPhoto, label: str | None, place: ClassWeights | None, localizer: Localizer
) -> tuple[Box | None, ClassWeights]:
    """The box at the model's threshold, and the classes that placed it; unknown labels keep those of the first look."""
    evidence = localizer.look(photo.pixels, size=(photo.width, photo.height))
    weights = place or place_for(label, evidence, localizer.names).weights
    boxes = evidence.heat_map(weights).boxes(localizer.model.calibrated_threshold)
    return (boxes[0].box if boxes else None), weights


def _enlarged(root: Path, count: int, pixels_wanted: float) -> Iterator[tuple[NDArray[np.uint8], str, list[Box]]]:
    photos = [photo for photo in read_coco(root / "boxes_val.coco.json").photos if photo.boxes]
    generator = np.random.default_rng(0)
    for photo in photos[:: max(1, len(photos) // count)][:count]:
        small = read_photo(root / photo.path)
        times = (pixels_wanted / (small.shape[0] * small.shape[1])) ** 0.5
        size = round(small.shape[1] * times), round(small.shape[0] * times)
        large = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)
        scale = size[0] / small.shape[1], size[1] / small.shape[0]
        yield grained(large, generator), photo.boxes[0].class_name, [each.box.scaled(*scale) for each in photo.boxes]


def _generated(count: int, pixels_wanted: float) -> Iterator[tuple[NDArray[np.uint8], None, list[Box]]]:
    """Shapes of one texture on ground of another; the model chooses the class."""
    generator = np.random.default_rng(1)
    unit = (pixels_wanted / 12) ** 0.5
    width, height = round(4 * unit), round(3 * unit)
    for _ in range(count):
        photo = _texture(generator, height, width)
        side_x, side_y = generator.integers(round(0.7 * unit), round(2.4 * unit), 2)
        left, top = generator.integers(0, width - side_x), generator.integers(0, height - side_y)
        mask = np.zeros((height, width), np.uint8)
        centre, axes = (int(left + side_x // 2), int(top + side_y // 2)), (int(side_x // 2), int(side_y // 2))
        cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1)
        photo[mask > 0] = _texture(generator, height, width)[mask > 0]
        yield grained(photo, generator), None, [Box(left, top, left + side_x, top + side_y)]


def _texture(generator: np.random.Generator, height: int, width: int) -> NDArray[np.uint8]:
    cells = int(generator.integers(4, 200))
    coarse = generator.integers(0, 256, (cells * 3, cells * 4, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)


def grained(pixels: NDArray, generator: np.random.Generator) -> NDArray[np.uint8]:
    grain = generator.normal(0.0, GRAIN, pixels.shape[:2]).astype(np.float32)[:, :, None]
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def _saved(path: Path, pixels: NDArray[np.uint8]) -> Path:
    cv2.imwrite(str(path), cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return path


if __name__ == "__main__":
    main()
