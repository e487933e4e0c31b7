"""What a training has told so far, read from the log that it writes; the window draws this and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

Outcome = Literal["running", "done", "failed"]
_LOG_LINES = 40


@dataclass(frozen=True, slots=True)
class Validation:
    """What a training scored at the end of an epoch.

    boxes_right, boxes_low, boxes_high: share of held-out photos whose box has IoU 0.5 or more with a person's, in
        [0, 1], and the ends of its 95 % interval; None where no boxes are held out.
    """

    epoch: float
    loss: float
    accuracy: float
    boxes_right: float | None = None
    boxes_low: float | None = None
    boxes_high: float | None = None
    boxes_scored: int = 0


@dataclass(frozen=True, slots=True)
class Moment:
    """A line of the log for people, and after how many seconds of training it came (None before the first).

    text: what was told, "" where it was a score. scored: that score.
    """

    elapsed_s: float | None
    text: str = ""
    scored: Validation | None = None


@dataclass(frozen=True, slots=True)
class TrainingState:
    """A training as its log tells it.

    classes: photos of each class that it learns from.
    phase, done, total: what it does, and how far it is.
    epochs, epoch: how many it takes (0 while unknown), and where it is, with its fraction.
    eta_s: seconds left as it reckons; None while unknown.
    losses: (epoch, loss) of the training steps, in order.
    saved_epoch: of the newest whole checkpoint; None before the first.
    unreadable: photos left out, and why.
    error: one sentence where it failed.
    """

    classes: Mapping[str, int] = field(default_factory=dict)
    photos: int = 0
    validation_photos: int = 0
    device: str = ""
    preset: str = ""
    network: str = ""
    sides: tuple[int, ...] = ()
    phase: str = ""
    done: int = 0
    total: int = 0
    steps: int = 0
    step: int = 0
    epochs: float = 0.0
    epoch: float = 0.0
    elapsed_s: float = 0.0
    eta_s: float | None = None
    photos_per_s: float = 0.0
    losses: tuple[tuple[float, float], ...] = ()
    validations: tuple[Validation, ...] = ()
    saved_epoch: float | None = None
    warnings: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    moments: tuple[Moment, ...] = ()
    outcome: Outcome = "running"
    error: str = ""
    model: str = ""
    best_epoch: float | None = None

    @property
    def fraction(self) -> float:
        """How far the training is, in [0, 1], by its steps where it has begun them."""
        if self.outcome == "done":
            return 1.0
        return min(self.step / self.steps, 1.0) if self.steps and self.step else 0.0


def read_state(text: str) -> TrainingState:
    """The state that a whole log tells; lines that are cut off or unknown are passed over."""
    state = TrainingState()
    for line in text.splitlines():
        state = took_line(state, line)
    return state


def took_line(state: TrainingState, line: str) -> TrainingState:
    """The state after one more line of the log."""
    try:
        told = json.loads(line)
        return _TAKEN[told["event"]](state, told)
    except (ValueError, KeyError, TypeError):
        return state


def _begin(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    return replace(
        state,
        classes={str(name): int(count) for name, count in told["classes"].items()},
        photos=int(told["photos"]),
        validation_photos=int(told.get("validation_photos", 0)),
        device=str(told["device"]),
        preset=str(told["preset"]),
        network=str(told["network"]),
        sides=tuple(int(side) for side in told["sides"]),
        steps=int(told["steps"]),
        epochs=float(told["epochs"]),
        outcome="running",
        error="",
    )


def _phase(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    eta_s = told.get("eta_s")
    return replace(
        state,
        phase=str(told["name"]),
        done=int(told["done"]),
        total=int(told["total"]),
        eta_s=None if eta_s is None else float(eta_s),
    )


def _step(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    if state.phase == "clusters":  # the clustering network's own steps say nothing of the classes
        return state
    loss = float(told["loss"])
    epoch = float(told["epoch"])
    return replace(
        state,
        step=int(told["step"]),
        steps=int(told["steps"]),
        epoch=epoch,
        elapsed_s=float(told.get("elapsed_s", state.elapsed_s)),
        eta_s=float(told["eta_s"]) if told.get("eta_s") is not None else None,
        photos_per_s=float(told.get("photos_per_s") or 0.0),
        losses=(*state.losses, (epoch, loss)) if math.isfinite(loss) else state.losses,
    )


def _validation(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    def share(name: str) -> float | None:
        return None if told.get(name) is None else float(told[name])

    scored = Validation(
        epoch=float(told["epoch"]),
        loss=float(told["loss"]),
        accuracy=float(told["accuracy"]),
        boxes_right=share("boxes_right"),
        boxes_low=share("boxes_low"),
        boxes_high=share("boxes_high"),
        boxes_scored=int(told.get("boxes_scored") or 0),
    )
    moment = Moment(state.elapsed_s or None, scored=scored)
    return _noted(replace(state, validations=(*state.validations, scored)), moment)


def _saved(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    return replace(state, saved_epoch=float(told["epoch"]))


def _warning(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    text = str(told["text"])
    return _noted(replace(state, warnings=(*state.warnings, text)), Moment(state.elapsed_s or None, text))


def _unreadable(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    return replace(state, unreadable=(*state.unreadable, (str(told["path"]), str(told["why"]))))


def _end(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    best = told.get("best_epoch")
    return replace(
        state,
        outcome="done",
        model=str(told["model"]),
        best_epoch=None if best is None else float(best),
        eta_s=0.0,
    )


def _error(state: TrainingState, told: Mapping[str, Any]) -> TrainingState:
    text = str(told["text"])
    return _noted(replace(state, outcome="failed", error=text), Moment(state.elapsed_s or None, text))


def _noted(state: TrainingState, moment: Moment) -> TrainingState:
    return replace(state, moments=(*state.moments, moment)[-_LOG_LINES:])


_TAKEN = {
    "begin": _begin,
    "phase": _phase,
    "step": _step,
    "validation": _validation,
    "saved": _saved,
    "warning": _warning,
    "unreadable": _unreadable,
    "end": _end,
    "error": _error,
}
