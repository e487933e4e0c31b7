"""What a calibration came to: as a table for a person, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.calibration import ACCURACIES, OBJECTIVE, Choice, Estimate, ScoreTable, Step
from engine.evaluation.calibration_boxless import METHOD, BoxlessChoice
from engine.evaluation.calibration_settings import Coordinate, Settings
from engine.metrics.localization import centred_box_ious, choice_curve, cross_fitted
from engine.words import counted

_SHOWN_FAILURES = 10
_FEW_BOXES = 50


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of right boxes in [0, 1], by the IoU from which a box is right: 0.3, 0.5 and 0.7.

    before, after: the present and the chosen settings, on the very photos of the choice. some_threshold: where any
    threshold makes the chosen settings' box right. centred_box: its side cross-fitted. estimate: the honest one.
    """

    before: Mapping[float, float]
    after: Mapping[float, float]
    some_threshold: Mapping[float, float]
    centred_box: Mapping[float, float]
    whole_photo: Mapping[float, float]
    estimate: Estimate


def figures_of(table: ScoreTable, present: Settings, choice: Choice, estimate: Estimate) -> Figures:
    """Figures and baselines of the samples of a score table."""
    samples = table.samples
    sizes = [sample.size for sample in samples]
    centred = centred_box_ious(sizes, [sample.subject.truth for sample in samples])
    chosen = table.ious(choice.settings)
    return Figures(
        before=_shares(table.ious(present)[:, -1]),
        after=_shares(chosen[:, choice.column]),
        some_threshold=_shares(chosen[:, :-1].max(axis=1)),
        centred_box={at: cross_fitted(centred, at=at) for at in ACCURACIES}
        if len(samples) > 1
        else _shares(centred[:, int(np.argmax(choice_curve(centred)))]),
        whole_photo=_shares(centred[:, -1]),
        estimate=estimate,
    )


def _shares(ious: NDArray[np.floating]) -> dict[float, float]:
    return {at: float(np.mean(ious >= at)) for at in ACCURACIES}


@dataclass(slots=True)
class CalibrationReport:
    """Everything that is told at the end.

    present_threshold, threshold: before and after. present, chosen: the settings before and after. source: name of the
    box file, "" where none was used. written: the new model file. failed: photos that could not be looked at, with the
    reason.
    """

    model: str
    scale_names: tuple[str, ...]
    source: str
    photos: int
    boxes: int
    present: Settings
    chosen: Settings
    present_threshold: float
    threshold: float
    coordinates: tuple[Coordinate, ...]
    steps: Sequence[Step] = ()
    figures: Figures | None = None
    boxless: BoxlessChoice | None = None
    failed: dict[str, str] = field(default_factory=dict)
    written: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain objects; shares in [0, 1], intervals as [mean, low, high]."""
        return {
            "model": self.model,
            "boxes_from": self.source,
            "photos": self.photos,
            "boxes": self.boxes,
            "objective": OBJECTIVE if self.boxless is None else METHOD,
            "threshold": {"before": self.present_threshold, "after": self.threshold},
            "settings": {
                coordinate: {
                    "before": self.present.told(coordinate, self.scale_names),
                    "after": self.chosen.told(coordinate, self.scale_names),
                }
                for coordinate in self.coordinates
            },
            "steps": [
                {
                    "setting": step.coordinate,
                    "tried": step.tried,
                    "gain": list(step.gain),
                    "chance": step.chance,
                    "taken": step.taken,
                }
                for step in self.steps
            ],
            "accuracy": None if self.figures is None else _accuracy_json(self.figures),
            "boxless": None
            if self.boxless is None
            else {"found": self.boxless.found, "threshold": self.boxless.threshold, "photos": self.boxless.photos},
            "failed": self.failed,
            "written": self.written,
        }

    def as_text(self) -> str:
        """The report as lines for a terminal."""
        lines = [self._headline(), "", *self._settings_table()]
        if self.figures is not None:
            lines += ["", *_accuracy_table(self.figures)]
            if self.boxes < _FEW_BOXES:
                lines.append(f"{counted(self.boxes, 'box')} are few: the interval says how little they tell.")
        if self.boxless is not None:
            lines += [
                "",
                "No boxes were given: the threshold was chosen without them, and how good it is cannot be said here.",
                f"Chosen by {METHOD}; peak on these photos {self.boxless.found:.2f},",
                f"drawn towards the present {self.present_threshold:.2f} as {counted(self.photos, 'photo')} deserve.",
                "With boxes on a few dozen photos (--boxes) the other settings can be chosen too.",
            ]
        if self.failed:
            lines += ["", f"Left out: {counted(len(self.failed), 'photo')}."]
            lines += [f"  {name}: {why}" for name, why in list(self.failed.items())[:_SHOWN_FAILURES]]
            if len(self.failed) > _SHOWN_FAILURES:
                lines.append(f"  and {len(self.failed) - _SHOWN_FAILURES} more")
        lines += ["", f"Written: {self.written}"]
        return "\n".join(lines)

    def _headline(self) -> str:
        if self.boxless is not None:
            return f"{self.model}, calibrated on {counted(self.photos, 'photo')} without boxes."
        return (
            f"{self.model}, calibrated on {counted(self.photos, 'photo')} with {counted(self.boxes, 'box')} "
            f"({self.source})."
        )

    def _settings_table(self) -> list[str]:
        rows = [("setting", "before", "after", "gain by the best of those tried [95 %]")]
        for coordinate in self.coordinates:
            before, after = (each.told(coordinate, self.scale_names) for each in (self.present, self.chosen))
            rows.append((coordinate, before, after, self._told_step(coordinate)))
        rows.append(
            ("threshold", f"{self.present_threshold:.2f}", f"{self.threshold:.2f}", self._told_step("threshold"))
        )
        return _columns(rows)

    def _told_step(self, coordinate: str) -> str:
        steps = [step for step in self.steps if step.coordinate == coordinate]
        if not steps:
            return ""
        step = next((step for step in steps if step.taken), steps[-1])
        verdict = "taken" if step.taken else "kept as it was"
        mean, low, high = (50 * value for value in step.gain)
        return f"{mean:+.1f} [{low:+.1f}, {high:+.1f}], by chance {100 * step.chance:.0f} %: {verdict}"


def _accuracy_table(figures: Figures) -> list[str]:
    rows: list[tuple[str, ...]] = [("right boxes in %, at IoU", *(f"{at:g}" for at in ACCURACIES))]
    rows.append(("before, on these photos", *_percent(figures.before)))
    rows.append(("after, on these photos (chosen on them: too good)", *_percent(figures.after)))
    rows.append(("after, on photos not chosen on (cross-fitted)", *map(_told, figures.estimate.accuracy.values())))
    rows.append(("  its gain over before", *(_told(each, "+") for each in figures.estimate.gain.values())))
    rows.append(("some threshold, chosen photo by photo", *_percent(figures.some_threshold)))
    rows.append(("centred box (side cross-fitted)", *_percent(figures.centred_box)))
    rows.append(("whole photo", *_percent(figures.whole_photo)))
    return _columns(rows)


def _percent(shares: Mapping[float, float]) -> list[str]:
    return [f"{100 * share:.1f}" for share in shares.values()]


def _told(estimate: tuple[float, float, float], sign: str = "") -> str:
    mean, low, high = (100 * value for value in estimate)
    return f"{mean:{sign}.1f} [{low:{sign}.1f}, {high:{sign}.1f}]"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _accuracy_json(figures: Figures) -> dict[str, Any]:
    def named(shares: Mapping[float, Any]) -> dict[str, Any]:
        return {f"{at:g}": list(value) if isinstance(value, tuple) else value for at, value in shares.items()}

    return {
        "before": named(figures.before),
        "after_on_these": named(figures.after),
        "cross_fitted": named(figures.estimate.accuracy),
        "cross_fitted_gain": named(figures.estimate.gain),
        "some_threshold": named(figures.some_threshold),
        "centred_box": named(figures.centred_box),
        "whole_photo": named(figures.whole_photo),
    }
