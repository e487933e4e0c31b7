"""Tiny copies of ILSVRC-2012 and CUB-200-2011 as they are handed out: archives with the real folders and files."""

from __future__ import annotations

import tarfile
from pathlib import Path

import numpy as np

from engine.geometry import Box
from support.photos import save_photo
from support.shape_classes import COLOURS

WIDTH, HEIGHT = 64, 48
_SYNSETS = ("n01440764", "n01443537", "n01484850")
_BIRDS = ("001.Black_footed_Albatross", "002.Laysan_Albatross", "003.Sooty_Albatross")
_XML = """<annotation><folder>{folder}</folder><filename>{name}</filename><size><width>{width}</width>
<height>{height}</height><depth>3</depth></size><object><name>{synset}</name><bndbox><xmin>{x0}</xmin><ymin>{y0}</ymin>
<xmax>{x1}</xmax><ymax>{y1}</ymax></bndbox></object></annotation>"""


def _photo(path: Path, colour: tuple[int, int, int], seed: int) -> Box:
    """Saves a coloured rectangle on noise and answers where it is."""
    draw = np.random.default_rng(seed)
    pixels = draw.integers(0, 90, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    x, y = int(draw.integers(0, WIDTH // 2)), int(draw.integers(0, HEIGHT // 2))
    pixels[y : y + HEIGHT // 2, x : x + WIDTH // 2] = colour
    save_photo(path, pixels)
    return Box(x, y, x + WIDTH // 2, y + HEIGHT // 2)


def write_ilsvrc(root: Path) -> Path:
    """Writes three classes of twelve training photos and two validation photos each; answers the archive."""
    base = root / "ILSVRC"
    number = 0
    for synset, colour in zip(_SYNSETS, COLOURS.values(), strict=True):
        for place in range(14):
            number += 1
            training = place < 12
            stem = f"{synset}_{place}" if training else f"ILSVRC2012_val_{number:08d}"
            below = f"train/{synset}" if training else "val"
            box = _photo(base / "Data" / "CLS-LOC" / below / f"{stem}.JPEG", colour, number)
            if training and place == 11:
                continue  # not every training photo has boxes
            # Both ends are counted in, from 0.
            fields = {"x0": box.x0, "y0": box.y0, "x1": box.x1 - 1, "y1": box.y1 - 1}
            text = _XML.format(folder=synset, name=stem, width=WIDTH, height=HEIGHT, synset=synset, **fields)
            annotation = base / "Annotations" / "CLS-LOC" / below / f"{stem}.xml"
            annotation.parent.mkdir(parents=True, exist_ok=True)
            annotation.write_text(text)
    return _packed(base, root / "imagenet_object_localization_patched2019.tar.gz")


def write_cub(root: Path) -> Path:
    """Writes three classes of six training photos and two test photos each; answers the archive."""
    base = root / "CUB_200_2011"
    lines: dict[str, list[str]] = {name: [] for name in ("images", "image_class_labels", "train_test_split")}
    boxes = []
    number = 0
    for label, (bird, colour) in enumerate(zip(_BIRDS, COLOURS.values(), strict=True), start=1):
        for place in range(8):
            number += 1
            relative = f"{bird}/{bird.partition('.')[2]}_{place:04d}_{number}.jpg"
            box = _photo(base / "images" / relative, colour, 100 + number)
            lines["images"].append(f"{number} {relative}")
            lines["image_class_labels"].append(f"{number} {label}")
            lines["train_test_split"].append(f"{number} {int(place < 6)}")
            boxes.append(f"{number} {box.x0} {box.y0} {box.x1 - box.x0} {box.y1 - box.y0}")
    for name, content in (*lines.items(), ("bounding_boxes", boxes)):
        (base / f"{name}.txt").write_text("\n".join(content) + "\n")
    return _packed(base, root / "CUB_200_2011.tgz")


def _packed(base: Path, archive: Path) -> Path:
    """Packs a folder and takes it away, so that only unpacking brings it back."""
    with tarfile.open(archive, "w:gz") as file:
        file.add(base, arcname=base.name)
    for path in sorted(base.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    base.rmdir()
    return archive
