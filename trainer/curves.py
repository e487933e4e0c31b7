"""Learning curves as a picture: the loss above, what the validation photos say below."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.dataset.files import atomic_write

WIDTH, HEIGHT = 1200, 800
_LEFT, _RIGHT, _TOP, _GAP = 90, 30, 50, 70
_INK, _GRID, _GREY = (60, 60, 60), (225, 225, 225), (170, 170, 170)
_BLUE, _GREEN, _ORANGE = (190, 110, 40), (90, 150, 30), (30, 120, 230)  # BGR
_FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through (step, value) points; `dots` marks each."""

    name: str
    colour: tuple[int, int, int]
    points: tuple[tuple[float, float], ...]
    dots: bool = False


def draw_curves(log: Path, picture: Path) -> None:
    """Draws a training's log as a PNG file; without a step in it there is nothing to draw."""
    events = _events(log)
    losses = Curve("loss", _BLUE, _points(events, "step", "loss"))
    if not losses.points:
        return
    below = [
        Curve("accuracy on training views", _GREY, _points(events, "step", "accuracy")),
        Curve("accuracy on validation photos", _GREEN, _points(events, "validation", "accuracy"), dots=True),
        Curve("validation boxes met at IoU 0.5", _ORANGE, _points(events, "validation", "boxes_right"), dots=True),
    ]
    canvas = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    middle = (HEIGHT - _TOP - _GAP) // 2
    last = max(step for step, _ in losses.points)
    top = max(value for _, value in losses.points)
    _draw(canvas, _TOP, middle - _TOP, [losses], last, top or 1.0)
    _draw(canvas, middle + _GAP, HEIGHT - middle - 2 * _GAP, below, last, 1.0)
    done, encoded = cv2.imencode(".png", canvas)
    if done:
        atomic_write(picture, encoded.tobytes())


def _draw(
    canvas: NDArray[np.uint8], top: int, height: int, curves: Sequence[Curve], last_step: float, highest: float
) -> None:
    """One plot: its curves over steps 0 to `last_step` and values 0 to `highest`, a legend above."""
    wide = WIDTH - _LEFT - _RIGHT

    def place(step: float, value: float) -> tuple[int, int]:
        return (
            _LEFT + round(wide * step / max(last_step, 1)),
            top + height - round(height * min(value / highest, 1.0)),
        )

    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        left, y = place(0, highest * share)
        cv2.line(canvas, (left, y), (WIDTH - _RIGHT, y), _GRID, 1)
        cv2.putText(canvas, f"{highest * share:.3g}", (12, y + 5), _FONT, 0.45, _INK, 1, cv2.LINE_AA)
        x, bottom = place(last_step * share, 0)
        cv2.putText(canvas, f"{last_step * share:.0f}", (x - 14, bottom + 22), _FONT, 0.45, _INK, 1, cv2.LINE_AA)
    legend = _LEFT
    for curve in curves:
        if not curve.points:
            continue
        line = np.array([place(*point) for point in curve.points], np.int32)
        cv2.polylines(canvas, [line], isClosed=False, color=curve.colour, thickness=2, lineType=cv2.LINE_AA)
        if curve.dots:
            for x, y in line:
                cv2.circle(canvas, (int(x), int(y)), 4, curve.colour, -1, cv2.LINE_AA)
        cv2.line(canvas, (legend, top - 20), (legend + 26, top - 20), curve.colour, 3)
        cv2.putText(canvas, curve.name, (legend + 34, top - 15), _FONT, 0.5, _INK, 1, cv2.LINE_AA)
        legend += 34 + cv2.getTextSize(curve.name, _FONT, 0.5, 1)[0][0] + 30


def _points(events: Sequence[dict], event: str, field: str) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(each["step"]), float(each[field]))
        for each in events
        if each.get("event") == event and each.get(field) is not None
    )


def _events(log: Path) -> list[dict]:
    found = []
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found
