"""How quick the real window is: 100,000 photos, photos of 24 megapixels, pre-labelling beside labelling.

    xvfb-run -a -s "-screen 0 1600x1000x24" python benchmarks/window.py [--photos 100000] [--json FILE]

A heartbeat timer runs on the window's thread all the time: a gap between two beats is a time in which the window could
not answer. Beside each gap stands the processor time that the window's thread itself used in it; on a machine that
others use too, the wall clock tells of them as well.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import figures
import numpy as np
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from app.garbage import GarbageCollector, look_through_all
from app.main_window import MainWindow
from app.priority import answer_soon
from app.session import Session
from app.settings import Settings
from app.theme.palette import apply_theme
from engine.resources import starter_model_path

SIZE = (1600, 1000)
BEAT_MS = 4
GOAL_GAP_MS = 50.0
GOAL_FIRST_PHOTO_S = 1.0
GOAL_NEXT_PHOTO_MS = 50.0
GOAL_FRAME_MS = 16.0
SCROLLS = 120
SLIDES = 120
LARGE_PHOTOS = 6
SMALL_PHOTOS = 120
_A_PERSON_LOOKS_S = 0.5


@dataclass(slots=True)
class Row:
    """One line of the table: what was measured, the figure, and the goal it must not exceed."""

    what: str
    figure: float
    unit: str
    goal: float
    note: str = ""

    @property
    def is_met(self) -> bool:
        return self.figure <= self.goal

    def kept(self) -> figures.Row:
        """For the table of docs/performance.md."""
        told = f"**{self.figure:{'.2f' if self.unit == 's' else '.0f'}} {self.unit}**"
        told += f"; {self.note}" if self.note else ""
        return figures.Row(
            self.what, f"{self.goal:g} {self.unit}", told, self.is_met, {f"figure_{self.unit}": self.figure}
        )


@dataclass(slots=True)
class Gaps:
    """Times between beats, ms: (wall clock, processor time of the window's thread)."""

    pairs: list[tuple[float, float]] = field(default_factory=list)

    def longest(self) -> tuple[float, float]:
        return max(self.pairs, default=(0.0, 0.0))

    def longest_own(self) -> float:
        return max((own for _, own in self.pairs), default=0.0)

    def over_goal(self) -> int:
        return sum(wall > GOAL_GAP_MS + BEAT_MS for wall, _ in self.pairs)


class Heartbeat(QObject):
    """Beats on the window's thread and keeps the gaps."""

    def __init__(self) -> None:
        super().__init__()
        self.gaps = Gaps()
        self._last = (time.perf_counter(), time.thread_time())
        timer = QTimer(self, interval=BEAT_MS, timerType=Qt.TimerType.PreciseTimer)
        timer.timeout.connect(self._beat)
        timer.start()

    def fresh(self) -> None:
        """Forgets what was before."""
        self.gaps = Gaps()
        self._last = (time.perf_counter(), time.thread_time())

    def _beat(self) -> None:
        now = (time.perf_counter(), time.thread_time())
        self.gaps.pairs.append(((now[0] - self._last[0]) * 1000, (now[1] - self._last[1]) * 1000))
        self._last = now


class PaintCounter(QObject):
    """Counts how often what it watches was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.paints = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002, N802
        self.paints += event.type() == QEvent.Type.Paint
        return False


def answer() -> None:
    """Handles what has happened, or waits for something to happen: a loop that spins would take a core of the two."""
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


def wait(ready: Callable[[], bool], at_most_s: float = 600.0) -> float:
    """Runs the event loop until something is there; returns the seconds it took.

    Raises:
        SystemExit: it did not come.
    """
    started_s = time.perf_counter()
    while not ready():
        if time.perf_counter() - started_s > at_most_s:
            sys.exit("What was waited for did not come; the figures would mean nothing.")
        answer()
    return time.perf_counter() - started_s


def write_many(folder: Path, count: int) -> None:
    """Many small photos in sub-folders of 1,000, all with the same bytes."""
    photo = np.full((48, 64, 3), 90, dtype=np.uint8)
    cv2.rectangle(photo, (20, 12), (44, 36), (40, 160, 240), -1)
    content = cv2.imencode(".jpg", photo)[1].tobytes()
    for number in range(count):
        inside = folder / f"part_{number // 1000:03d}"
        if number % 1000 == 0:
            inside.mkdir(parents=True)
        (inside / f"photo_{number:06d}.jpg").write_bytes(content)


def write_photos(folder: Path, count: int, megapixels: float) -> None:
    """Photos with some texture and one bright thing, 3:2, of that size."""
    rng = np.random.default_rng(0)
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    folder.mkdir(parents=True)
    for number in range(count):
        small = rng.integers(0, 255, (max(height // 40, 4), max(width // 40, 6), 3), dtype=np.uint8)
        photo = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
        cv2.circle(photo, (width // 2 + number * width // 50, height // 2), height // 5, (30, 200, 250), -1)
        (folder / f"photo_{number:03d}.jpg").write_bytes(cv2.imencode(".jpg", photo)[1].tobytes())


class Desk:
    """The real window with the starter model, and its heartbeat."""

    def __init__(self, settings: Settings) -> None:
        self.session = Session(starter_model_path())
        self.window = MainWindow(self.session, settings)
        GarbageCollector(self.window)
        self.session.project_closed.connect(look_through_all)
        self.window.resize(*SIZE)
        self.window.show()
        self.heartbeat = Heartbeat()
        self.counter = PaintCounter()
        self.window.centre.canvas.viewport().installEventFilter(self.counter)
        wait(lambda: self.session.model_name != "")

    def prelabel(self) -> None:
        """Has the model look at all photos of the folder, and waits until it has."""
        running = [True]
        follow = self.session.job_changed.connect(lambda status: running.__setitem__(0, status is not None))
        self.session.prelabel_all()
        wait(lambda: not running[0])
        self.session.job_changed.disconnect(follow)

    def rest(self, rest_s: float) -> None:
        """Lets the window run for a while."""
        until_s = time.perf_counter() + rest_s
        wait(lambda: time.perf_counter() > until_s)

    def paint(self) -> None:
        """Paints the canvas now."""
        self.window.centre.canvas.viewport().repaint()

    def next_photo(self) -> None:
        """What the key D does; without a window manager a virtual X server gives no window the keyboard."""
        self.window.actions_by_id["next"].trigger()

    def shows(self, photo_id: int) -> bool:
        return self.session.current is not None and self.session.current.id == photo_id and self._has_pixels()

    def _has_pixels(self) -> bool:
        return self.session.pixels is not None


def measure_many(desk: Desk, folder: Path, count: int) -> list[Row]:
    """Opens the folder of very many photos for the first time, then again, and scrolls its list."""
    session, view = desk.session, desk.window.photo_list.view
    rows: list[Row] = []
    for title in ("opened for the first time", "opened again"):
        desk.heartbeat.fresh()
        started_s = time.perf_counter()
        session.open_folder(folder)
        wait(lambda: session.pixels is not None)
        desk.paint()
        first_s = time.perf_counter() - started_s
        whole_s = first_s + wait(lambda: len(session.rows) == count)
        desk.rest(3.0)
        gaps = desk.heartbeat.gaps
        longest, own = gaps.longest()
        rows.append(Row(f"{count:,} photos {title}: first photo", first_s, "s", GOAL_FIRST_PHOTO_S))
        note = (
            f"{own:.0f} ms of it its own work; {gaps.over_goal()} gaps over the goal; all listed after {whole_s:.1f} s"
        )
        rows.append(Row(f"{count:,} photos {title}: longest gap", longest, "ms", GOAL_GAP_MS, note))
        if title == "opened for the first time":
            session.close()
    bar = view.verticalScrollBar()
    spent_ms = []
    for step in range(SCROLLS):
        started_s = time.perf_counter()
        bar.setValue(bar.maximum() * step // SCROLLS)
        view.viewport().repaint()
        spent_ms.append((time.perf_counter() - started_s) * 1000)
        QApplication.processEvents()
    rows.append(Row("the list scrolls: slowest frame", max(spent_ms), "ms", GOAL_GAP_MS, f"of {SCROLLS}"))
    session.close()
    return rows


def measure_large(desk: Desk, folder: Path) -> list[Row]:
    """24-megapixel photos: the next one, prefetched, and frames while the threshold is dragged."""
    session = desk.session
    session.open_folder(folder)
    wait(lambda: len(session.rows) == LARGE_PHOTOS and session.heat_map is not None and session.pixels is not None)
    desk.prelabel()
    next_ms: list[tuple[float, float, float]] = []
    for row in session.rows[1:]:
        wait(lambda row=row: session._decoder.kept(row.id) is not None)
        desk.rest(_A_PERSON_LOOKS_S)
        started_s, own_s = time.perf_counter(), time.thread_time()
        desk.next_photo()
        wait(lambda row=row: desk.shows(row.id))
        desk.paint()
        shown_ms, shown_own_ms = (time.perf_counter() - started_s) * 1000, (time.thread_time() - own_s) * 1000
        # The panel that explains the photo follows it.
        QApplication.processEvents()
        QApplication.processEvents()
        next_ms.append((shown_ms, shown_own_ms, (time.perf_counter() - started_s) * 1000))
    wait(lambda: session.heat_map is not None)
    frames: list[tuple[float, float]] = []
    session.begin_threshold_drag()
    for step in range(SLIDES):
        wall_s, own_s, painted = time.perf_counter(), time.thread_time(), desk.counter.paints
        session.set_threshold(0.1 + 0.7 * step / SLIDES, dragging=True)
        wait(lambda painted=painted: desk.counter.paints > painted)
        frames.append(((time.perf_counter() - wall_s) * 1000, (time.thread_time() - own_s) * 1000))
    session.cancel_threshold_drag()
    slowest_ms, slowest_own_ms, _ = max(next_ms)
    median_ms, median_own_ms, median_all_ms = np.median(np.array(next_ms), axis=0)
    wall_95, own_95 = np.percentile(np.array(frames), 95, axis=0)
    session.close()
    return [
        Row(
            "24 MP: next photo, neighbours prefetched, slowest",
            slowest_ms,
            "ms",
            GOAL_NEXT_PHOTO_MS,
            f"{slowest_own_ms:.0f} ms processor time; median {median_ms:.0f} ms, {median_own_ms:.0f} ms "
            f"processor time; all panels after {median_all_ms:.0f} ms",
        ),
        Row(
            "24 MP: frame of a threshold drag, 95th percentile",
            float(wall_95),
            "ms",
            GOAL_FRAME_MS,
            f"{own_95:.1f} ms processor time; median {np.median(np.array(frames)[:, 0]):.1f} ms; all panels follow",
        ),
    ]


def measure_job(desk: Desk, folder: Path) -> list[Row]:
    """Pre-labelling all photos while a person goes from photo to photo."""
    session = desk.session
    session.open_folder(folder)
    wait(lambda: len(session.rows) == SMALL_PHOTOS and session.pixels is not None)
    desk.heartbeat.fresh()
    session.prelabel_all()
    started_s = time.perf_counter()
    last_key_s = started_s
    running = [True]
    session.job_changed.connect(lambda status: running.__setitem__(0, status is not None))
    while running[0]:
        answer()
        if time.perf_counter() - last_key_s > 1.0:
            last_key_s = time.perf_counter()
            desk.next_photo()
    elapsed_s = time.perf_counter() - started_s
    gaps = desk.heartbeat.gaps
    longest, own = gaps.longest()
    session.close()
    note = (
        f"{own:.0f} ms of it its own work, {gaps.longest_own():.0f} ms the most in any gap; "
        f"{gaps.over_goal()} gaps over the goal in {elapsed_s:.0f} s; {SMALL_PHOTOS / elapsed_s:.1f} photos/s"
    )
    return [Row("pre-labelling, a next photo each second: longest gap", longest, "ms", GOAL_GAP_MS, note)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=100_000, help="photos in the large folder (default: %(default)s)")
    parser.add_argument("--json", type=Path, help="also write the figures there")
    options = parser.parse_args()
    facts = figures.machine()
    with tempfile.TemporaryDirectory() as home:
        root = Path(home)
        os.environ["MOLTBOX_SETTINGS"] = str(root / "settings.ini")
        write_many(root / "many", options.photos)
        write_photos(root / "large", LARGE_PHOTOS, 24)
        write_photos(root / "small", SMALL_PHOTOS, 0.3)
        answer_soon()
        app = QApplication(sys.argv[:1])
        apply_theme(app, "dark")
        desk = Desk(Settings())
        rows = [
            *measure_many(desk, root / "many", options.photos),
            *measure_large(desk, root / "large"),
            *measure_job(desk, root / "small"),
        ]
        desk.window.close()
    facts["qt"] = app.platformName()
    print(figures.in_words(facts))
    for row in rows:
        verdict = "reached" if row.is_met else "missed"
        print(f"{row.what}: {row.figure:.2f} {row.unit} (goal {row.goal:g}, {verdict}) {row.note}")
    if options.json is not None:
        kept = [row.kept() for row in rows]
        figures.write_figures(options.json, facts, kept)
    return 0 if all(row.is_met for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
