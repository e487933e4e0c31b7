"""How many photos a second are boxed again at another threshold from what is stored of their maps, as the window does.

    python benchmarks/reboxing.py [--photos 20000]

The photos' maps are smooth hills at random places, two to four each, on the grid of the starter model's maps; their
tables are stored in a project as a look stores them. A session of the window opens that project. Timed are, one after
the other: reading all maps and boxes (`OpenMapReader`), the preview at another threshold and at each of the 101, the
act itself (`ThresholdScope.apply`: the new boxes of all photos stored in the project), and undo. A beat beside the act
tells for how long the window could not answer at most.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from app.garbage import GarbageCollector
from app.session import Session
from app.threshold_maps import OpenMaps
from app.threshold_scope import NewThreshold
from engine.dataset.project import Project
from engine.dataset.project_records import BoxRow, BoxState, FoundPhoto, PhotoState, Proposals
from engine.localization.boxes import BoxRule
from engine.localization.heat_map import HeatMap, ScaleMap, working_shape
from engine.localization.localizer import Localizer
from support.tiny_model import write_tiny_model  # pyright: ignore[reportMissingImports]

GOAL_PER_S = 5000
NOW, THEN = 0.27, 0.46
SIZE = (1000, 667)
DIFFERENT = 200
LABEL = "bright"
CHANGED_NS = 1_700_000_000 * 10**9
_NAMES_OF_A_FILE = 50_000  # file systems allow no more than some 65,000
_LOOK_MS = 2
_LOOKED_AT = 4
"""The session itself looks at the first photo and the next ones, and measures their maps anew."""


@dataclass(frozen=True, slots=True)
class Reboxed:
    """What was measured on `photos` photos.

    table_ms: measuring one map at every threshold, done once a look; table_bytes: what is stored of it.
    read_s: every table and box out of the project. preview_s: all boxes at one threshold, nothing stored; drag_ms: the
    same again, the mean over all thresholds. apply_s: all boxes at another threshold, stored; undo_s: taken back.
    held_ms: the longest time in which the window's event loop was held while they were stored or taken back.
    same: the boxes stored are those of the maps, and undo brought all back.
    """

    photos: int
    table_ms: float
    table_bytes: float
    read_s: float
    preview_s: float
    drag_ms: float
    apply_s: float
    undo_s: float
    held_ms: float
    same: bool

    @property
    def read_and_stored_per_s(self) -> float:
        return self.photos / (self.read_s + self.apply_s)

    @property
    def stored_per_s(self) -> float:
        return self.photos / self.apply_s

    @property
    def previewed_per_s(self) -> float:
        return self.photos / self.preview_s

    def as_fields(self) -> dict[str, float]:
        return asdict(self) | {"photos_per_s": self.stored_per_s}


def measure(count: int) -> Reboxed:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # no window is shown
    application = QApplication.instance() or QApplication(["moltbox"])
    maps = [_hills(seed) for seed in range(DIFFERENT)]
    started_s = time.perf_counter()
    tables = [each.threshold_table().to_bytes() for each in maps]
    table_ms = 1000 * (time.perf_counter() - started_s) / DIFFERENT
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "photos"
        model = write_tiny_model(Path(folder) / "tiny.onnx")
        _fill(root, count, model, maps, tables)
        session = Session(model)
        collector = GarbageCollector(session)
        try:
            session.open_folder(root)
            _wait(lambda: session.localizer is not None and len(session.rows) == count)
            read_s, found = _read(session)
            preview_s = _seconds(lambda: found.many.at(THEN))
            drag_ms = 1000 * _seconds(lambda: [found.many.at(step / 100) for step in range(101)]) / 101
            before = _stored(session)
            new = NewThreshold(THEN, tuple(found.many.photo_ids.tolist()), "all")
            apply_s, apply_held_ms = _act(session, lambda: session.thresholds.apply(new, found.many))
            after = _stored(session)
            undo_s, undo_held_ms = _act(session, session.undo)
            expected = [[each.box for each in one.boxes(THEN)] for one in maps]
            boxes = [[row.box for row in content.boxes] for content in after]
            same = all(boxes[place] == expected[place % DIFFERENT] for place in range(_LOOKED_AT, count))
            same = same and _stored(session) == before
        finally:
            session.shut_down()
            collector.deleteLater()
            gc.enable()
            application.processEvents()
    size = sum(map(len, tables)) / DIFFERENT
    held_ms = max(apply_held_ms, undo_held_ms)
    return Reboxed(count, table_ms, size, read_s, preview_s, drag_ms, apply_s, undo_s, held_ms, same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=20_000)
    found = measure(parser.parse_args().photos)
    print(f"measuring a map at every threshold: {found.table_ms:.1f} ms, once; {found.table_bytes:.0f} bytes stored")
    _tell("read from the project", found.photos, found.read_s)
    _tell(f"preview at {THEN}, nothing stored", found.photos, found.preview_s)
    print(f"one threshold of a drag, all {found.photos:,} photos: {found.drag_ms:.1f} ms")
    _tell(f"boxed at {THEN} and stored (goal {GOAL_PER_S:,})", found.photos, found.apply_s)
    _tell(f"read, boxed at {THEN} and stored (goal {GOAL_PER_S:,})", found.photos, found.read_s + found.apply_s)
    _tell("taken back by undo", found.photos, found.undo_s)
    print(f"the window could not answer for {found.held_ms:.1f} ms at most")
    print(f"boxes stored are those of the maps, and undo brought all back: {found.same}")


def _read(session: Session) -> tuple[float, OpenMaps]:
    reader = session.thresholds.reader()
    if reader is None:
        raise RuntimeError("no folder or no model is open")
    ended: list[OpenMaps | str] = []
    reader.ended.connect(ended.append)
    started_s = time.perf_counter()
    reader.start()
    _wait(lambda: bool(ended))
    elapsed_s = time.perf_counter() - started_s
    reader.wait()
    (found,) = ended
    if isinstance(found, str):
        raise RuntimeError(found)
    return elapsed_s, found


def _act(session: Session, act: Callable[[], None]) -> tuple[float, float]:
    """Seconds until an act on all photos is done, and the longest time the event loop was held, ms."""
    done = 0
    longest_s = 0.0

    def count(_text: str, photos: int, _total: int) -> None:
        nonlocal done
        done = photos

    def beat() -> None:
        nonlocal longest_s, last_s
        now_s = time.perf_counter()
        longest_s, last_s = max(longest_s, now_s - last_s), now_s

    session.many.progress.connect(count)
    timer = QTimer(interval=0)
    timer.timeout.connect(beat)
    timer.start()
    started_s = last_s = time.perf_counter()
    act()
    _wait(lambda: done == len(session.rows))
    elapsed_s = time.perf_counter() - started_s
    session.many.progress.disconnect(count)
    return elapsed_s, 1000 * longest_s


def _stored(session: Session) -> list:
    return list(session.project.contents(PhotoState.PROPOSED)) if session.project is not None else []


def _seconds(act: Callable[[], object]) -> float:
    started_s = time.perf_counter()
    act()
    return time.perf_counter() - started_s


def _wait(is_done: Callable[[], bool]) -> None:
    """Runs the event loop; between two looks at `is_done` it rests, so that other threads have the processor."""
    loop = QEventLoop()
    timer = QTimer(interval=_LOOK_MS)
    timer.timeout.connect(lambda: loop.quit() if is_done() else None)
    timer.start()
    if not is_done():
        loop.exec()


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


def _fill(root: Path, count: int, model: Path, maps: list[HeatMap], tables: list[bytes]) -> None:
    """A folder of that many photos, names of the same file, each with its map and its box."""
    root.mkdir()
    photo = cv2.imencode(".jpg", np.full((SIZE[1], SIZE[0], 3), 128, np.uint8))[1].tobytes()
    for place in range(count):
        path = root / f"{place:06d}.jpg"
        if place % _NAMES_OF_A_FILE:
            path.hardlink_to(root / f"{place - place % _NAMES_OF_A_FILE:06d}.jpg")
        else:
            path.write_bytes(photo)
            os.utime(path, ns=(CHANGED_NS, CHANGED_NS))
    boxes = [each.boxes(NOW)[0] for each in maps]
    weights = ((0, 1.0),)
    opened = Localizer.open(model)
    with Project.open(root) as project:
        model_id = project.model_id(opened.model.name, opened.model.sha256, {})
        project.add_photos(FoundPhoto(f"{place:06d}.jpg", len(photo), CHANGED_NS) for place in range(count))
        project.set_photo_sizes((place + 1, *SIZE) for place in range(count))
        class_id = project.class_named(LABEL).id
        rows = [BoxRow(0, class_id, each.box, BoxState.PROPOSED, each.score, NOW, model_id, each.box) for each in boxes]
        project.put_many_proposals(Proposals(place + 1, (rows[place % DIFFERENT],), 0.2) for place in range(count))
        project.put_thresholds(
            (place + 1, LABEL, model_id, weights, tables[place % DIFFERENT]) for place in range(count)
        )


if __name__ == "__main__":
    main()
