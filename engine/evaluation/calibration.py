"""Choosing a model's settings and threshold on photos with boxes, and saying honestly what the choice is worth.

The objective is that of `engine.metrics.localization.choice_curve`: mean accuracy at IoU 0.3, 0.5 and 0.7 plus accuracy
at 0.5, smoothed over neighbouring thresholds; each setting is judged at its own best threshold. Settings are tried one
coordinate at a time, round after round, until nothing pays any more.

A setting departs from the present one only where its gain is more than chance: White's reality check (2000, "A reality
check for data snooping"), a bootstrap over photos of the best of all gains in the coordinate, so that many trials
do not make a winner by luck. The threshold, which a calibration is expected to move, departs by the rule of one
standard error (Breiman et al. 1984).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.calibration_looks import Sample
from engine.evaluation.calibration_settings import THRESHOLDS, Coordinate, Settings, alternatives
from engine.metrics.intervals import mean_interval
from engine.metrics.localization import best_iou

OBJECTIVE = "mean accuracy at IoU 0.3, 0.5 and 0.7 plus accuracy at 0.5, smoothed over five thresholds"
ACCURACIES = (0.3, 0.5, 0.7)
_NEIGHBOURS = 2
_CHANCE = 0.05
_ONE_STANDARD_ERROR = 0.16
_DRAWS = 1000
_MOST_ROUNDS = 4
_SEED = 0


def usefulness(ious: NDArray[np.floating]) -> NDArray[np.float64]:
    """What each photo adds to the objective: (N, K) best IoU at K thresholds -> (N, K) in [0, 2], smoothed."""
    raw = np.mean([ious >= at for at in ACCURACIES], axis=0) + (ious >= 0.5)
    padded = np.pad(raw, ((0, 0), (_NEIGHBOURS, _NEIGHBOURS)), mode="edge")
    width = 2 * _NEIGHBOURS + 1
    return np.mean([padded[:, start : start + raw.shape[1]] for start in range(width)], axis=0)


def chance_of_best(gains: NDArray[np.float64], *, seed: int = _SEED) -> float:
    """How often luck alone makes the best of several settings look as good as it does.

    Args:
        gains: (N, M) what each photo gains under each of M settings over the present one.

    Returns:
        In [0, 1]: share of 1,000 resamples of the photos in which the best of the centred mean gains reaches the best
        mean gain that was seen. 1 where nothing was gained.
    """
    seen = gains.mean(axis=0)
    if seen.max() <= 0:
        return 1.0
    centred = gains - seen
    counts = _resamples(len(gains), seed)  # (draws, N)
    best = (counts @ centred).max(axis=1) / len(gains)
    return float(np.mean(best >= seen.max() - 1e-12))


def interval(values: NDArray[np.floating]) -> tuple[float, float, float]:
    """Mean of (N,) values over photos with its 95 % bootstrap interval: (mean, low, high)."""
    found = mean_interval(values)
    return float(values.mean()), found.low, found.high


@lru_cache(maxsize=4)
def _resamples(count: int, seed: int) -> NDArray[np.int64]:
    """How often each of `count` photos is in each of 1,000 resamples: the same for every setting, so gains compare."""
    return np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=_DRAWS)


class ScoreTable:
    """Best IoU of every sample at every threshold, settings by settings, each worked out once.

    Column k belongs to `THRESHOLDS[k]`; one more column at the end to the model's present threshold.
    """

    def __init__(
        self, samples: Sequence[Sample], present_threshold: float, on_settings: Callable[[int], None] = lambda _: None
    ) -> None:
        """
        Args:
            on_settings: told how many settings are worked out, before each photo of the next.
        """
        self.samples = samples
        self._cuts = (*(float(cut) for cut in THRESHOLDS), present_threshold)
        self._tables: dict[Settings, NDArray[np.float32]] = {}
        self._on_settings = on_settings

    def __len__(self) -> int:
        return len(self.samples)

    def ious(self, settings: Settings) -> NDArray[np.float32]:
        """(N, K + 1) best geometric IoU over the sample's boxes; 0 where nothing is proposed."""
        if settings not in self._tables:
            table = np.zeros((len(self.samples), len(self._cuts)), np.float32)
            for row, sample in enumerate(self.samples):
                self._on_settings(len(self._tables))
                heat_map = sample.heat_map(settings)
                for column, cut in enumerate(self._cuts):
                    found = heat_map.boxes(cut)
                    table[row, column] = best_iou(found[0].box if found else None, sample.subject.truth)
            self._tables[settings] = table
        return self._tables[settings]


@dataclass(frozen=True, slots=True)
class Step:
    """What one coordinate, or the threshold, came to.

    tried: how many beside the present one. gain: in the objective, of the best of them: (mean, low, high), 95 %.
    chance: how often luck alone would show as much. taken: whether the best replaced the present one.
    """

    coordinate: Coordinate | str
    tried: int
    best: Settings
    gain: tuple[float, float, float]
    chance: float
    taken: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen settings and threshold. `column` is the threshold's in a `ScoreTable`; `steps` tell how it came."""

    settings: Settings
    threshold: float
    column: int
    steps: tuple[Step, ...]


def choose(
    table: ScoreTable,
    rows: NDArray[np.intp],
    present: Settings,
    present_threshold: float,
    coordinates: Sequence[Coordinate],
    *,
    move_threshold: bool = True,
) -> Choice:
    """Chooses on some of the samples.

    Args:
        rows: the samples that may be looked at.
        coordinates: what may change; () leaves all but the threshold.
        move_threshold: False keeps the present threshold; settings are then judged at it.
    """
    judge = _Judge(table, rows, present_threshold, move_threshold=move_threshold)
    settings = present
    steps: list[Step] = []
    for _ in range(_MOST_ROUNDS):
        moved = False
        for coordinate in coordinates:
            step = _best_in(judge, settings, coordinate)
            if step.taken or all(each.coordinate != coordinate for each in steps):
                steps.append(step)
            if step.taken:
                settings, moved = step.best, True
        if not moved:
            break
    column = judge.best_column(settings)
    if move_threshold:
        step = _threshold_step(judge, present, settings, column)
        steps.append(step)
        if not step.taken:
            column = len(THRESHOLDS)
    if judge.plain_mean(settings, column) < judge.plain_mean(present, len(THRESHOLDS)):
        # Smoothing preferred what is worse at its very threshold.
        settings, column = present, len(THRESHOLDS)
        steps = [replace(step, taken=False) for step in steps]
    threshold = present_threshold if column == len(THRESHOLDS) else float(THRESHOLDS[column])
    return Choice(settings, threshold, column, tuple(steps))


class _Judge:
    """Reads a score table on some rows only."""

    def __init__(
        self, table: ScoreTable, rows: NDArray[np.intp], present_threshold: float, *, move_threshold: bool
    ) -> None:
        self._table = table
        self._rows = rows
        self._nearest = int(np.argmin(np.abs(THRESHOLDS - present_threshold)))
        self._move_threshold = move_threshold

    def values(self, settings: Settings) -> NDArray[np.float64]:
        """(rows, K) smoothed usefulness at the thresholds."""
        return usefulness(self._table.ious(settings)[self._rows, :-1])

    def best_column(self, settings: Settings) -> int:
        if not self._move_threshold:
            return len(THRESHOLDS)
        return int(np.argmax(self.values(settings).mean(axis=0)))

    def at_best(self, settings: Settings) -> NDArray[np.float64]:
        """(rows,) usefulness at the settings' own best threshold, or at the present one where it is to stay."""
        values = self.values(settings)
        return values[:, int(np.argmax(values.mean(axis=0))) if self._move_threshold else self._nearest]

    def at_present(self, settings: Settings) -> NDArray[np.float64]:
        return self.values(settings)[:, self._nearest]

    def plain_mean(self, settings: Settings, column: int) -> float:
        """The objective without smoothing, at one column."""
        ious = self._table.ious(settings)[self._rows, column]
        return float(np.mean([np.mean(ious >= at) for at in ACCURACIES]) + np.mean(ious >= 0.5))


def _best_in(judge: _Judge, present: Settings, coordinate: Coordinate) -> Step:
    tried = alternatives(present, coordinate)
    base = judge.at_best(present)
    gains = np.stack([judge.at_best(settings) - base for settings in tried], axis=1)  # (rows, M)
    best = int(np.argmax(gains.mean(axis=0)))
    chance = chance_of_best(gains)
    return Step(coordinate, len(tried), tried[best], interval(gains[:, best]), chance, taken=chance < _CHANCE)


def _threshold_step(judge: _Judge, present: Settings, settings: Settings, column: int) -> Step:
    gains = judge.values(settings)[:, column] - judge.at_present(settings)
    chance = chance_of_best(gains[:, None])
    # New settings make other maps, for which the present threshold was never meant.
    taken = settings != present or chance < _ONE_STANDARD_ERROR
    return Step("threshold", len(THRESHOLDS), settings, interval(gains), chance, taken)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the choice is worth on photos that it was not made on.

    accuracy: by IoU 0.3, 0.5, 0.7 the (mean, low, high) share of right boxes, the whole choice made on the other half.
    gain: likewise, of the chosen over the present settings and threshold, photo by photo.
    """

    accuracy: dict[float, tuple[float, float, float]]
    gain: dict[float, tuple[float, float, float]]


def cross_fitted_estimate(
    table: ScoreTable,
    photos: Sequence[str],
    present: Settings,
    present_threshold: float,
    coordinates: Sequence[Coordinate],
    *,
    move_threshold: bool = True,
    halvings: int = 4,
    seed: int = _SEED,
) -> Estimate:
    """Makes the whole choice on one half of the photos and scores it on the other, both ways, several times.

    Args:
        photos: the samples' photos; those of one photo stay in one half.
    """
    names = sorted(set(photos))
    place = {name: number for number, name in enumerate(names)}
    whose = np.array([place[name] for name in photos])
    generator = np.random.default_rng(seed)
    hits = {at: np.zeros(len(table)) for at in ACCURACIES}
    for _ in range(halvings):
        first = np.zeros(len(names), bool)
        first[generator.permutation(len(names))[: len(names) // 2]] = True
        in_first = first[whose]
        for chosen_on in (in_first, ~in_first):
            choice = choose(
                table,
                np.flatnonzero(chosen_on),
                present,
                present_threshold,
                coordinates,
                move_threshold=move_threshold,
            )
            ious = table.ious(choice.settings)[~chosen_on, choice.column]
            for at in ACCURACIES:
                hits[at][~chosen_on] += (ious >= at) / halvings
    before = table.ious(present)[:, -1]
    return Estimate(
        accuracy={at: interval(hits[at]) for at in ACCURACIES},
        gain={at: interval(hits[at] - (before >= at)) for at in ACCURACIES},
    )
