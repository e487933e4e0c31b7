"""How long the canvas takes for one frame of a 24-megapixel photo: threshold, opacity, zoom, pan, another map.

    python benchmarks/canvas_frames.py [--megapixels 24] [--size 1280x860]

A frame is everything from the act to the painted widget: boxes and contour read from the map, all bars placed, and a
forced repaint of the whole viewport. Run it on a real or virtual X server for the platform's own painting.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QSize
from PySide6.QtWidgets import QApplication

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from app.canvas.view import CanvasView
from app.theme.palette import apply_theme
from support.fake_canvas_session import (  # pyright: ignore[reportMissingImports]
    FakeSession,
    SmallHeatMap,
    bump,
)

FRAMES = 120
GOAL_MS = 16.0


def measure(view: CanvasView, act: Callable[[int], None], frames: int = FRAMES) -> np.ndarray:
    """Milliseconds of each frame: (frames, 2) of wall clock and processor time."""
    spent = []
    for frame in range(frames):
        wall, processor = time.perf_counter(), time.process_time()
        act(frame)
        view.viewport().repaint()
        spent.append((time.perf_counter() - wall, time.process_time() - processor))
    return np.array(spent) * 1000


def make_view(session: FakeSession, megapixels: float, size: QSize) -> CanvasView:
    """A shown canvas with a photo of that size, its map and its box."""
    rng = np.random.default_rng(0)
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    width = round(height * 1.5)
    small = rng.integers(0, 255, (height // 40, width // 40, 3), dtype=np.uint8)
    photo = np.asarray(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)
    noise = cv2.GaussianBlur(rng.random((104, 156), dtype=np.float32), (0, 0), 4)
    values = bump(104, 156) + 1.5 * (noise - noise.mean())
    values = (values - values.min()) / (values.max() - values.min())
    view = CanvasView(session)  # pyright: ignore[reportArgumentType]
    view.resize(size)
    view.show()
    QApplication.processEvents()
    session.show(photo, SmallHeatMap(values.astype(np.float32), width, height))
    QApplication.processEvents()
    return view


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--size", default="1280x860")
    options = parser.parse_args()
    width, height = (int(part) for part in options.size.split("x"))
    app = QApplication(sys.argv[:1])
    apply_theme(app, "dark")
    session = FakeSession()
    view = make_view(session, options.megapixels, QSize(width, height))
    middle = QPointF(width / 2, height / 2)
    session.begin_threshold_drag()
    acts: dict[str, Callable[[int], None]] = {
        "threshold": lambda frame: session.set_threshold(0.2 + 0.6 * frame / FRAMES, dragging=True),
        "opacity": lambda frame: session.set_opacity(0.2 + 0.6 * frame / FRAMES),
        "another map": lambda frame: session.set_map_view("fused" if frame % 2 else "refined"),
        "zoom": lambda frame: view.camera.zoom_at(middle, 1.1 if frame % 40 < 20 else 1 / 1.1),
        "pan": lambda frame: view.camera.pan(7 if frame % 40 < 20 else -7, 3),
    }
    print(f"{options.megapixels:g} MP photo, canvas {options.size}, {app.platformName()}, {os.cpu_count()} cores")
    print("act          wall ms: median   p95   processor ms: median   p95")
    passed = True
    for name, act in acts.items():
        spent = measure(view, act)
        (wall, processor), (wall_95, processor_95) = np.median(spent, axis=0), np.percentile(spent, 95, axis=0)
        # On a machine that others use too, the wall clock tells of them; processor time tells of the canvas.
        passed &= name != "threshold" or processor_95 <= GOAL_MS
        print(f"{name:<12} {wall:15.1f} {wall_95:5.1f} {processor:22.1f} {processor_95:5.1f}")
    print(f"goal: threshold, processor time p95 <= {GOAL_MS:g} ms: {'reached' if passed else 'missed'}")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
