"""What pre-labelling a great many photos takes: processor hours, machines, bytes and requests, worked out from rates.

    python benchmarks/scale.py

Bytes of Parquet and COCO are measured here on generated results. The processor time of a photo is given in milliseconds
with --whole and --beside, from `python benchmarks/batch.py`. Prices are assumptions: options, in dollars. docs/scale.md
shows the table and says what it leaves out.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from engine.cluster.parts import encoded
from engine.dataset.coco import write_coco
from engine.dataset.records import LabelSet
from engine.prelabel.results import FoundClass, PhotoResult

BLOCK = 500
PHOTO_COUNTS = (10_000_000, 1_000_000_000)
LARGEST_RUN = 10_000_000


def generated(count: int) -> list[PhotoResult]:
    """Results of photos with one label and one box each, under names as long as usual ones."""
    generator = np.random.default_rng(0)
    results = []
    for number in range(count):
        x0, y0, x1, y1 = (float(value) for value in generator.uniform(0, 1000, 4))
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1), float(generator.uniform(0, 1)))
        name = f"n{number % 1000:08d}/n{number % 1000:08d}_{number}.JPEG"
        results.append(PhotoResult(name, 1600, 1200, (FoundClass(f"n{number % 1000:08d}", known=True, boxes=(box,)),)))
    return results


def bytes_per_photo(count: int = 10 * BLOCK) -> tuple[float, float]:
    """Of Parquet parts, and of a COCO file."""
    results = generated(count)
    parquet = sum(len(encoded(results[at : at + BLOCK], 0.3, "0" * 64)) for at in range(0, count, BLOCK))
    photos = tuple(result.labelled() for result in results)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "annotations.coco.json")
        write_coco(path, LabelSet(tuple(sorted({label for photo in photos for label in photo.labels})), photos))
        coco = path.stat().st_size
    return parquet / count, coco / count


def table(
    photo_bytes: float,
    whole_ms: float,
    beside_ms: float,
    gpu_rate: float,
    sizes: tuple[float, float],
    prices: tuple[float, float, float],
) -> str:
    """Markdown: a row a quantity, a column a number of photos.

    Args:
        photo_bytes: mean size of a photo's file.
        whole_ms: processor time of one core for everything about a photo.
        beside_ms: of it, what stays on the CPU where a GPU runs the networks.
        gpu_rate: photos a second that one GPU looks at; an assumption until it is measured.
        sizes: as `bytes_per_photo` answers them.
        prices: dollars for a core hour, a GPU hour and a million requests to read.
    """
    parquet, coco = sizes
    core_price, gpu_price, get_price = prices
    core_hours, gpu_hours = whole_ms / 3.6e6, 1 / gpu_rate / 3600
    rows: list[tuple[str, list[str]]] = []

    def row(name: str, *values: str) -> None:
        rows.append((name, list(values)))

    def each(name: str, value: float, unit: str, *, per: float = 1.0) -> None:
        row(name, *(f"{_rounded(value * count / per)} {unit}".strip() for count in PHOTO_COUNTS))

    each("read from the store", photo_bytes, "TB", per=1e12)
    each("requests to read them, two a photo", 2, "million", per=1e6)
    each("all on CPUs", core_hours, "core hours")
    each("all on 1,000 cores", core_hours / 1000, "hours")
    each("networks on GPUs", gpu_hours, "GPU hours")
    row("cores at work beside each GPU", *[_rounded(beside_ms * gpu_rate / 1000)] * len(PHOTO_COUNTS))
    each(f"CPUs alone, at ${core_price:g} a core hour", core_hours * core_price, "$")
    with_gpus = gpu_hours * gpu_price + beside_ms / 3.6e6 * core_price
    each(f"GPUs at ${gpu_price:g} an hour and the cores beside them", with_gpus, "$")
    each(f"requests to read, at ${get_price:g} a million", 2 * get_price / 1e6, "$")
    each("Parquet written", parquet, "GB", per=1e9)
    each(f"parts of {BLOCK} photos", 1 / BLOCK, "")
    each("COCO, if wanted", coco, "GB", per=1e9)
    row(
        f"runs of {LARGEST_RUN:,}, a folder or shard each",
        *(str(max(1, count // LARGEST_RUN)) for count in PHOTO_COUNTS),
    )
    lines = ["| | " + " | ".join(f"{count:,} photos" for count in PHOTO_COUNTS) + " |", "|---|---|---|"]
    return "\n".join([*lines, *(f"| {name} | {' | '.join(values)} |" for name, values in rows)])


def _rounded(value: float) -> str:
    """Two figures that count, thousands with commas."""
    if value >= 10:
        digits = len(str(int(value))) - 2
        return f"{round(value / 10**digits) * 10**digits:,}"
    return f"{value:.2g}"


def main(words: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photo-kb", type=float, default=500.0, help="mean size of a file, kB (default: %(default)g)")
    parser.add_argument("--whole", type=float, required=True, help="processor time for everything, ms a photo")
    parser.add_argument("--beside", type=float, required=True, help="of it, what no GPU takes over, ms a photo")
    parser.add_argument("--gpu", type=float, default=500.0, help="photos a second on a GPU (default: %(default)g)")
    parser.add_argument(
        "--prices", type=float, nargs=3, default=(0.04, 2.5, 0.4), metavar=("CORE", "GPU", "READS"), help="see `table`"
    )
    options = parser.parse_args(words)
    sizes = bytes_per_photo()
    print(f"Parquet {sizes[0]:.0f} bytes a photo, COCO {sizes[1]:.0f} bytes a photo.\n")
    print(table(options.photo_kb * 1000, options.whole, options.beside, options.gpu, sizes, tuple(options.prices)))


if __name__ == "__main__":
    main()
