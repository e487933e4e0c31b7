"""What a training tells: one JSON line per report in `log.jsonl`, and a bar or plain lines on stderr."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

_PLAIN_LINE_EVERY_S = 10.0


class TrainingLog:
    """`log.jsonl`: one object a line, `event` first.

    "step" lines have step, steps, epoch, loss, the measure, lr, elapsed_s and eta_s. A MOLT's loss is summed over its
    branches, its measure the accuracy of the fused scores on the training views, 0..1; the measure of clusters is their
    number a photo. "validation" lines have step, epoch, loss, accuracy and photos.
    """

    def __init__(self, path: Path, *, keep_to_step: int) -> None:
        """
        Args:
            path: the file; its folder is there.
            keep_to_step: lines of later steps are dropped: they are about to be done again.
        """
        kept = [line for line in _lines(path) if _step_of(line) <= keep_to_step] if keep_to_step else []
        path.write_text("".join(line + "\n" for line in kept), encoding="utf-8")
        self._path = path

    def write(self, event: str, **fields: Any) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"event": event, **fields}) + "\n")


class Teller:
    """Progress on stderr: a bar in a terminal, a plain line every ten seconds elsewhere."""

    def __init__(self, done: int, total: int, *, unit: str = "step") -> None:
        self._total, self._unit = total, unit
        self._bar = tqdm(total=total, initial=done, unit=unit, file=sys.stderr) if sys.stderr.isatty() else None
        self._told_at = 0.0

    def say(self, sentence: str) -> None:
        """A sentence of its own line."""
        if self._bar is not None:
            self._bar.write(sentence, file=sys.stderr)
        else:
            print(sentence, file=sys.stderr, flush=True)

    def step(self, done: int, *, loss: float, measure: str, eta_s: float) -> None:
        if self._bar is not None:
            self._bar.set_postfix_str(f"loss {loss:.3f}, {measure}", refresh=False)
            self._bar.update(done - self._bar.n)
        elif self._is_time(done):
            self.say(f"{self._unit} {done} of {self._total}, loss {loss:.3f}, {measure}, {spoken(eta_s)} left")

    def photos(self, done: int, what: str) -> None:
        """What has been done to how many photos, such as "looked at"."""
        if self._bar is not None:
            self._bar.update(done - self._bar.n)
        elif self._is_time(done):
            self.say(f"{what} {done} of {self._total} photos")

    def _is_time(self, done: int) -> bool:
        if time.monotonic() - self._told_at < _PLAIN_LINE_EVERY_S and done != self._total:
            return False
        self._told_at = time.monotonic()
        return True

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()


def spoken(seconds: float) -> str:
    """A duration for people: "40 s", "12 min", "3 h 05 min"."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def _step_of(line: str) -> float:
    """The step of a log line; infinite for one that was cut off, which drops it."""
    try:
        return json.loads(line)["step"]
    except (ValueError, KeyError, TypeError):
        return float("inf")
