"""Labels and boxes of ILSVRC-2012 and CUB-200-2011 for `trainer train`, from the folders as they are handed out.

    python benchmarks/benchmark_labels.py ilsvrc ILSVRC work/ilsvrc --per-class 10
    python benchmarks/benchmark_labels.py cub CUB_200_2011 work/cub --per-class 3

Writes `labels.csv` (see `trainer.label_table`): all training photos, of which so many of each class validate. Test
photos (ILSVRC's val, CUB's test) are not touched. `boxes.coco.json` holds the boxes of the validating photos, which
choose the checkpoint, and of up to 300 others, spread over the set, which calibrate threshold, fusion and refinement.
"""

from __future__ import annotations

import argparse
import csv
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.errors import MoltboxError
from engine.evaluation.ground_truth import TruePhoto
from engine.evaluation.layouts.detect import open_ground_truth
from engine.images import read_header

CALIBRATING = 300


def main(arguments: Sequence[str] | None = None) -> None:
    """Writes both files."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("ilsvrc", "cub"))
    parser.add_argument("data", type=Path, help="folder ILSVRC or CUB_200_2011")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--per-class", type=int, default=10, help="photos of each class that validate")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    root, photos = _ilsvrc(options.data) if options.kind == "ilsvrc" else _cub(options.data)
    validating = _held_out(photos, options.per_class, options.seed)
    options.out.mkdir(parents=True, exist_ok=True)
    with (options.out / "labels.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("image", "class", "split"))
        writer.writerows((path, name, "val" if path in validating else "train") for path, name in photos.items())
    layout = "imagenet" if options.kind == "ilsvrc" else "cub"
    truth = open_ground_truth(options.data, layout=layout, split="train")
    boxed = list(_boxed(truth.photos(), photos, validating, root))
    names = tuple(sorted(set(photos.values())))
    report = LabelSet(names, tuple(boxed))
    write_coco(options.out / "boxes.coco.json", report, overwrite=True)
    scored = sum(photo.path in validating for photo in boxed)
    print(
        f"{len(photos)} photos in {len(names)} classes, {len(validating)} of them to validate; boxes of {scored} of "
        f"these and of {len(boxed) - scored} to calibrate with."
    )


def _ilsvrc(folder: Path) -> tuple[Path, dict[str, str]]:
    """Root and classes of the training photos: `train/<WordNet number>/<photo>.JPEG` by their number."""
    root = folder / "Data" / "CLS-LOC"
    if not (root / "train").is_dir():
        raise MoltboxError(f"{root / 'train'} is not there: expected ILSVRC-2012 unpacked as docs/reproduce.md says.")
    classes = sorted(entry for entry in (root / "train").iterdir() if entry.is_dir())
    return root, {
        f"train/{entry.name}/{photo.name}": entry.name for entry in classes for photo in sorted(entry.iterdir())
    }


def _cub(folder: Path) -> tuple[Path, dict[str, str]]:
    """Root and classes of the training photos: `<class folder>/<photo>.jpg` by their folder."""
    truth = open_ground_truth(folder, layout="cub", split="train")
    return truth.root, {photo.relative: photo.relative.split("/")[0] for photo in truth.photos()}


def _held_out(photos: dict[str, str], per_class: int, seed: int) -> set[str]:
    """So many of each class, drawn; a class keeps at least one photo to train on."""
    by_class: defaultdict[str, list[str]] = defaultdict(list)
    for path, name in photos.items():
        by_class[name].append(path)
    draw = random.Random(seed)  # noqa: S311 - not for secrets
    return {
        path
        for name in sorted(by_class)
        for path in draw.sample(by_class[name], min(per_class, len(by_class[name]) - 1))
    }


def _boxed(
    found: Iterable[TruePhoto], photos: dict[str, str], validating: set[str], root: Path
) -> Iterator[LabelledPhoto]:
    """The photos whose boxes are used, each with those of its own class."""
    others = sorted(set(photos) - validating)
    step = max(1, len(others) // (4 * CALIBRATING))  # not every photo of ILSVRC has boxes
    calibrating, left = set(others[::step]), CALIBRATING
    for photo in found:
        path = photo.relative
        name = photos.get(path)
        boxes = [box for target in photo.targets if name in target.words for box in target.boxes]
        if name is None or not boxes or not (path in validating or (path in calibrating and left)):
            continue
        left -= path not in validating
        width, height = photo.width, photo.height
        if not width:
            header = read_header(root / path)
            width, height = header.width, header.height
        yield LabelledPhoto(path, width, height, tuple(LabelledBox(name, box) for box in boxes))


if __name__ == "__main__":
    main()
