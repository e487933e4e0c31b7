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
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Reboxed:
    """What was measured on `photos` photos.

    table_ms: measuring one map at every threshold, done once a look; table_bytes: what is stored of it.
    read_s: every table and box out of the project; boxed_s: all boxes at one threshold; drag_ms: the same again, the
    mean over all thresholds. same: the boxes are those of the maps.
    """

    photos: int
    table_ms: float
    table_bytes: float
    read_s: float
    boxed_s: float
    drag_ms: float
    same: bool

    @property
    def read_and_boxed_per_s(self) -> float:
        return self.photos / (self.read_s + self.boxed_s)

    @property
    def boxed_per_s(self) -> float:
        return self.photos / self.boxed_s

    def as_fields(self) -> dict[str, float]:
        return asdict(self) | {"photos_per_s": self.read_and_boxed_per_s}


def measure(count: int) -> Reboxed:
    maps = [_hills(seed) for seed in range(DIFFERENT)]
    started_s = time.perf_counter()
    tables = [each.threshold_table().to_bytes() for each in maps]
    table_ms = 1000 * (time.perf_counter() - started_s) / DIFFERENT
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _fill(root, count, maps, tables)
        with Project.open(root, read_only=True) as project:
            started_s = time.perf_counter()
            many = _read(project)
            read_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    many.at(THEN)
    boxed_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    for step in range(101):
        many.at(step / 100)
    drag_ms = 1000 * (time.perf_counter() - started_s) / 101
    expected = [each.boxes(THEN) for each in maps]
    same = all(many.tables(place + 1)[1].boxes(THEN) == expected[place] for place in range(min(count, DIFFERENT)))
    return Reboxed(count, table_ms, sum(map(len, tables)) / DIFFERENT, read_s, boxed_s, drag_ms, same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20_000)
    found = measure(parser.parse_args().photos)
    print(f"measuring a map at every threshold: {found.table_ms:.1f} ms, once; {found.table_bytes:.0f} bytes stored")
    _tell("read from the project", found.photos, found.read_s)
    _tell(f"boxed at {THEN}", found.photos, found.boxed_s)
    _tell(f"read and boxed at {THEN} (goal {GOAL_PER_S:,})", found.photos, found.read_s + found.boxed_s)
    print(f"one threshold of a drag, all {found.photos:,} photos: {found.drag_ms:.1f} ms")
    print(f"boxes of {min(found.photos, DIFFERENT)} photos are those of their maps: {found.same}")


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
