"""What a training tells: one JSON line per report in `log.jsonl`, and a bar or plain lines on stderr."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from tqdm import tqdm

from engine.dataset.files import atomic_write
from engine.errors import MoltboxError
from trainer.board import Board

_PLAIN_LINE_EVERY_S = 10.0
_PHASE_EVERY_S = 0.5
_KEPT = frozenset({"warning", "unreadable"})
"""Events without a step that a training taken up again does not tell anew."""


class BrokenOff(MoltboxError):
    """A training that had begun cannot go on; its log says so already."""


class TrainingLog:
    """`log.jsonl`: one object a line, `event` first. The moments of a training, in this order:

    begin       steps, step (where it goes on), epochs, photos, validation_photos, classes {name: photos}, device,
                preset, network, sides, and choice (why that network) where there was one; always the first line.
    phase       name (looking, maps, training, clusters, calibrating, writing), done, total, eta_s (null if unknown).
    step        step, steps, epoch, loss, the measure, lr, elapsed_s, eta_s, photos_per_s. A MOLT's loss is summed over
                its branches, its measure the accuracy of the fused scores on the training views, 0..1; the measure of
                clusters is their number a photo.
                Branches that learn one after another add their side, here and below.
    validation  step, epoch, loss, accuracy, photos; with boxes also boxes_right, boxes_low, boxes_high, boxes_scored.
    saved       step, epoch: a checkpoint is whole.
    warning     text. unreadable: path, why.
    end         model, accuracy, boxes_right, best_epoch. error: text, one sentence.
    """

    def __init__(self, path: Path | None, *, keep_to_step: int, board: Board | None = None) -> None:
        """
        Args:
            path: the file; its folder is there. None writes nothing.
            keep_to_step: lines of later steps are dropped: they are about to be done again.
            board: is told each line, too.
        """
        self._path, self._board = path, board
        self._phase, self._phase_at = "", 0.0
        if path is not None:
            kept = [line for line in _lines(path) if _is_kept(line, keep_to_step)] if keep_to_step else []
            self._rewrite(kept)

    def begin(self, **fields: Any) -> None:
        """Writes the first line, before what is kept of an earlier part of the training."""
        if self._path is not None:
            self._rewrite([json.dumps({"event": "begin", **fields}), *_lines(self._path)])

    def write(self, event: str, /, **fields: Any) -> None:
        if self._path is not None:
            append_event(self._path, event, **fields)
        if self._board is not None:
            self._board.add(event, fields)

    def phase(self, name: str, done: int, total: int, eta_s: float | None = None) -> None:
        """How far a phase is: the first and the last time, and every half second between."""
        now = time.monotonic()
        if name == self._phase and done < total and now - self._phase_at < _PHASE_EVERY_S:
            return
        self._phase, self._phase_at = name, now
        self.write("phase", name=name, done=done, total=total, eta_s=None if eta_s is None else round(eta_s, 1))

    def _rewrite(self, lines: list[str]) -> None:
        if self._path is not None:
            atomic_write(self._path, "".join(line + "\n" for line in lines).encode(), durable=False)


def append_event(path: Path, event: str, /, **fields: Any) -> None:
    """Adds a line to a log."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, **fields}) + "\n")


class Pace:
    """How long the rest takes, from how long the part done here took."""

    def __init__(self, done: int = 0) -> None:
        self._began, self._first = time.monotonic(), done

    def eta_s(self, done: int, total: int) -> float | None:
        """Seconds left; None before anything is done."""
        if done <= self._first:
            return None
        return (time.monotonic() - self._began) / (done - self._first) * (total - done)


class Teller:
    """Progress on stderr: a bar in a terminal, a plain line every ten seconds elsewhere."""

    def __init__(self, done: int, total: int, *, unit: str = "step", quiet: bool = False) -> None:
        """
        Args:
            done, total: of the units.
            quiet: tells nothing at all.
        """
        self._total, self._unit, self._quiet = total, unit, quiet
        shown = sys.stderr.isatty() and not quiet
        self._bar = tqdm(total=total, initial=done, unit=unit, file=sys.stderr) if shown else None
        self._told_at = 0.0

    def say(self, sentence: str) -> None:
        """A sentence of its own line."""
        if self._quiet:
            return
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


def _is_kept(line: str, to_step: int) -> bool:
    """Whether a line still holds; one that was cut off does not."""
    try:
        found = json.loads(line)
        return found["event"] in _KEPT or (found["event"] != "begin" and found["step"] <= to_step)
    except (ValueError, KeyError, TypeError):
        return False
