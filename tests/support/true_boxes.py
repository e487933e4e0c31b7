"""Photos with known boxes: bright and red shapes on dark ground, and the file that tells where they are."""

from __future__ import annotations

from pathlib import Path

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box
from support.photos import RED, WHITE, save_photo, shape_photo

WIDTH, HEIGHT = 320, 240

SHAPES: tuple[tuple[str, Box], ...] = (
    ("bright", Box(96, 48, 224, 160)),
    ("bright", Box(16, 16, 160, 192)),
    ("bright", Box(160, 96, 304, 224)),
    ("red", Box(64, 80, 192, 208)),
    ("red", Box(192, 32, 288, 208)),
    ("red", Box(32, 32, 96, 96)),
)
"""Class and place of each photo's shape; sides are multiples of the tiny model's blocks, so that its boxes are near."""


def photo_name(number: int) -> str:
    return f"val/{SHAPES[number][0]}/{number}.png"


def save_shapes(root: Path) -> LabelSet:
    """Writes a photo for each shape below `root` and answers its true boxes."""
    photos = []
    for number, (name, box) in enumerate(SHAPES):
        pixels = shape_photo(box, WIDTH, HEIGHT, WHITE if name == "bright" else RED, seed=number)
        save_photo(root / photo_name(number), pixels)
        photos.append(LabelledPhoto(photo_name(number), WIDTH, HEIGHT, (LabelledBox(name, box),)))
    return LabelSet(("bright", "red"), tuple(photos))


def save_shapes_with_coco(root: Path) -> Path:
    """Writes the photos and, beside them, the COCO file whose path is answered."""
    label_set = save_shapes(root)
    write_coco(root / "boxes.coco.json", label_set)
    return root / "boxes.coco.json"
