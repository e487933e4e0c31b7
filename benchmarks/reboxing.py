"""How many photos a second are boxed again at another threshold from what is stored of their maps.

    python benchmarks/reboxing.py [--photos 20000]

The photos' maps are smooth hills at random places, two to four each, on the grid of the starter model's maps; their
tables are stored in a project as a look stores them. Timed are, one after the other: reading every table and every box
from the project, the boxes of all photos at one threshold, and the same for each of the 101 thresholds.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoState, Proposals
from engine.localization.boxes import BoxRule
from engine.localization.heat_map import HeatMap, ScaleMap, working_shape
from engine.localization.threshold_table import ThresholdTable
from engine.prelabel.reboxing import OpenMap, Reboxing

GOAL_PER_S = 5000
NOW, THEN = 0.27, 0.46
SIZE = (1000, 667)
DIFFERENT = 200
MODEL, LABEL = 1, "thing"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20_000)
    count = parser.parse_args().photos
    maps = [_hills(seed) for seed in range(DIFFERENT)]
    started_s = time.perf_counter()
    tables = [each.threshold_table().to_bytes() for each in maps]
    measured_ms = 1000 * (time.perf_counter() - started_s) / DIFFERENT
    mean_bytes = sum(map(len, tables)) / DIFFERENT
    print(f"measuring a map at every threshold: {measured_ms:.1f} ms, once; {mean_bytes:.0f} bytes stored")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _fill(root, count, maps, tables)
        with Project.open(root, read_only=True) as project:
            started_s = time.perf_counter()
            many = _read(project)
            read_s = time.perf_counter() - started_s
    _tell("read from the project", count, read_s)
    started_s = time.perf_counter()
    outcome = many.at(THEN)
    once_s = time.perf_counter() - started_s
    _tell(f"boxed at {THEN}", count, once_s)
    _tell(f"read and boxed at {THEN} (goal {GOAL_PER_S:,})", count, read_s + once_s)
    started_s = time.perf_counter()
    for step in range(101):
        many.at(step / 100)
    all_s = time.perf_counter() - started_s
    print(f"one threshold of a drag, all {count:,} photos: {1000 * all_s / 101:.1f} ms")
    print(", ".join(f"{change.name.lower()} {found:,}" for change, found in outcome.counts().items()))
    expected = [each.boxes(THEN) for each in maps]
    same = all(many.tables(place + 1)[1].boxes(THEN) == expected[place] for place in range(min(count, DIFFERENT)))
    print(f"boxes of {min(count, DIFFERENT)} photos are those of their maps: {same}")


def _tell(what: str, count: int, elapsed_s: float) -> None:
    print(f"{what}: {elapsed_s:.2f} s for {count:,} photos, {count / elapsed_s:,.0f} a second")


def _hills(seed: int) -> HeatMap:
    generator = np.random.default_rng(seed)
    shape = working_shape(*SIZE)
    values = np.zeros(shape, np.float32)
    for _ in range(generator.integers(2, 5)):
        centre = (int(generator.uniform(0.2, 0.8) * shape[1]), int(generator.uniform(0.2, 0.8) * shape[0]))
        hill = np.zeros(shape, np.float32)
        cv2.circle(hill, centre, int(generator.uniform(8, 30)), float(generator.uniform(0.4, 1.0)), -1)
        values = np.maximum(values, cv2.GaussianBlur(hill, (0, 0), float(generator.uniform(4, 12))))
    values /= values.max()
    scales = tuple(ScaleMap(name, 1 / 3, values ** (1 + 0.2 * place)) for place, name in enumerate("abc"))
    return HeatMap(scales, values, values, None, *SIZE, 0.9, BoxRule())


def _fill(root: Path, count: int, maps: list[HeatMap], tables: list[bytes]) -> None:
    boxes = [each.boxes(NOW)[0] for each in maps]
    with Project.open(root) as project:
        project.add_photos(FoundPhoto(f"{place:06d}.jpg", 1, 1) for place in range(count))
        class_id = project.class_named(LABEL).id
        rows = [BoxRow(0, class_id, each.box, BoxState.PROPOSED, each.score, NOW) for each in boxes]
        project.put_many_proposals(Proposals(place + 1, (rows[place % DIFFERENT],), 0.2) for place in range(count))
        weights = ((1, 1.0),)
        project.put_thresholds((place + 1, LABEL, MODEL, weights, tables[place % DIFFERENT]) for place in range(count))


def _read(project: Project) -> Reboxing:
    before = {content.photo_id: content.boxes for content in project.contents(PhotoState.PROPOSED)}
    return Reboxing(
        OpenMap(each.photo_id, 1, tuple(row.box for row in before[each.photo_id]), ThresholdTable.from_bytes(each.data))
        for each in project.thresholds(MODEL)
    )


if __name__ == "__main__":
    main()
