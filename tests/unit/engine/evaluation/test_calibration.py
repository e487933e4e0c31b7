"""Choosing settings on samples whose right answer is known, and not being fooled by luck."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.evaluation import calibration
from engine.evaluation.calibration import (
    Choice,
    ScoreTable,
    chance_of_best,
    choose,
    cross_fitted_estimate,
    usefulness,
)
from engine.evaluation.calibration_looks import Sample, Seen
from engine.evaluation.calibration_settings import COORDINATES, THRESHOLDS, Coordinate, Settings, alternatives
from engine.metrics.localization import choice_curve
from support.samples import PRESENT, painted, random_corner, sample

COUNT = 16


def chosen(
    samples: Sequence[Sample], present: Settings, coordinates: tuple[Coordinate, ...] = (), threshold: float = 0.9
) -> Choice:
    table = ScoreTable(samples, threshold)
    return choose(table, np.arange(len(samples)), present, threshold, coordinates)


def right_at(table: NDArray[np.floating], column: int) -> float:
    """The objective without smoothing, written out."""
    ious = table[:, column]
    return sum(float(np.mean(ious >= at)) for at in (0.3, 0.5, 0.7)) / 3 + float(np.mean(ious >= 0.5))


def test_the_threshold_lies_between_halo_and_object() -> None:
    generator = np.random.default_rng(1)
    samples = []
    for number in range(COUNT):
        truth = random_corner(generator)
        x0, y0, x1, y1 = truth
        halo = (max(0, x0 - 8), max(0, y0 - 8), min(32, x1 + 8), min(32, y1 + 8))
        samples.append(sample(number, truth, [painted(truth, 1.0, painted(halo, 0.3))]))
    choice = chosen(samples, PRESENT, threshold=0.1)
    assert 0.3 < choice.threshold < 0.8
    assert THRESHOLDS[choice.column] == choice.threshold
    assert choice.settings == PRESENT
    assert ScoreTable(samples, choice.threshold).ious(PRESENT)[:, -1].min() > 0.7


def test_a_scale_that_looks_elsewhere_is_left_out() -> None:
    generator = np.random.default_rng(2)
    samples = []
    for number in range(COUNT):
        truth = random_corner(generator)
        samples.append(sample(number, truth, [painted(truth, 1.0), painted(random_corner(generator), 1.0)]))
    present = replace(PRESENT, scale_weights=(0.4, 0.6))
    choice = chosen(samples, present, ("scales",), threshold=0.5)
    assert choice.settings.scale_weights == (1.0, 0.0)
    taken = [step for step in choice.steps if step.taken and step.coordinate == "scales"]
    assert taken[0].chance < 0.05
    assert taken[0].gain[1] > 0


def striking_parts(clusters_fit: bool) -> list[Sample]:
    """A tenth of the object glows, and so does a speck of the ground; clusters are the object, or stripes across."""
    generator = np.random.default_rng(3)
    samples = []
    for number in range(COUNT):
        truth = random_corner(generator)
        x0, y0, x1, y1 = truth
        stripes = (np.arange(32)[:, None] // 4 + np.zeros((32, 32))).astype(np.uint16)
        fitting = painted(truth, 1.0).astype(np.uint16)
        if clusters_fit:
            values = painted((x0, y0, x0 + (x1 - x0) // 2, y0 + (y1 - y0) // 2), 1.0)
        else:
            values = painted(truth, 1.0)
        samples.append(sample(number, truth, [values], fitting if clusters_fit else stripes))
    return samples


def test_refinement_is_turned_on_where_clusters_are_the_object() -> None:
    choice = chosen(striking_parts(clusters_fit=True), PRESENT, ("refinement",), threshold=0.5)
    assert choice.settings.refinement_weight > 0


def test_refinement_is_turned_off_where_clusters_cut_across() -> None:
    present = replace(PRESENT, refinement_weight=1.0)
    choice = chosen(striking_parts(clusters_fit=False), present, ("refinement",), threshold=0.5)
    assert choice.settings.refinement_weight < 1.0
    kept = chosen(striking_parts(clusters_fit=False), PRESENT, ("refinement",), threshold=0.5)
    assert kept.settings.refinement_weight == 0.0


def test_propagation_that_leads_astray_is_turned_off_and_one_that_helps_on() -> None:
    generator = np.random.default_rng(10)
    corners = [(random_corner(generator), random_corner(generator)) for _ in range(COUNT)]
    right = [sample(number, truth, [painted(truth, 1.0)]) for number, (truth, _) in enumerate(corners)]
    wrong = [sample(number, truth, [painted(other, 1.0)]) for number, (truth, other) in enumerate(corners)]
    for plain, propagated, expected in ((right, wrong, False), (wrong, right, True)):
        samples = [
            replace(first, seen=Seen(first.seen.plain, second.seen.plain))
            for first, second in zip(plain, propagated, strict=True)
        ]
        for now in (False, True):
            choice = chosen(samples, replace(PRESENT, propagates=now), ("propagation",), threshold=0.5)
            assert choice.settings.propagates is expected


def test_a_foreground_that_marks_the_ground_gets_no_power() -> None:
    generator = np.random.default_rng(11)
    samples = []
    for number in range(COUNT):
        truth = random_corner(generator)
        plain = sample(number, truth, [painted(truth, 1.0)])
        ground = painted(truth, 0.0, np.ones((32, 32), np.float32))
        scale = replace(plain.seen.plain.scales[0], foreground=ground)
        samples.append(replace(plain, seen=Seen(replace(plain.seen.plain, scales=(scale,)), None)))
    choice = chosen(samples, PRESENT, ("powers",), threshold=0.5)
    assert (choice.settings.foreground_power, choice.settings.score_power) == (0.0, 1.0)


def test_a_perfect_model_keeps_its_settings_and_threshold() -> None:
    generator = np.random.default_rng(4)
    corners = [random_corner(generator) for _ in range(COUNT)]
    samples = [sample(number, truth, [painted(truth, 1.0)]) for number, truth in enumerate(corners)]
    choice = chosen(samples, PRESENT, ("refinement", "pick"), threshold=0.437)
    assert choice.settings == PRESENT
    assert choice.threshold == 0.437


class MadeUpTable(ScoreTable):
    """Random best IoUs for any settings, the same ones for the same settings."""

    def __init__(self, count: int, seed: int, better: dict[Settings, float] | None = None) -> None:
        super().__init__([], 0.5)
        self._count = count
        self._seed = seed
        self._better = better or {}
        self._made: dict[Settings, NDArray[np.float32]] = {}

    def __len__(self) -> int:
        return self._count

    def ious(self, settings: Settings) -> NDArray[np.float32]:
        if settings not in self._made:
            generator = np.random.default_rng([self._seed, len(self._made)])
            level = generator.uniform(0, 1, (self._count, 1)) + generator.normal(0, 0.1, (self._count, 81))
            self._made[settings] = np.clip(level + self._better.get(settings, 0.0), 0, 1).astype(np.float32)
        return self._made[settings]


@settings(max_examples=40, deadline=None)
@given(count=st.integers(2, 60), seed=st.integers(0, 2**20), threshold=st.floats(0, 1), moves=st.booleans())
def test_the_choice_is_never_worse_on_its_own_photos(count: int, seed: int, threshold: float, moves: bool) -> None:
    present = replace(PRESENT, scale_weights=(0.5, 0.5))
    table = MadeUpTable(count, seed)
    rows = np.arange(count)
    choice = choose(table, rows, present, threshold, COORDINATES, move_threshold=moves)
    after = right_at(table.ious(choice.settings), choice.column)
    assert after >= right_at(table.ious(present), len(THRESHOLDS)) - 1e-9
    assert moves or choice.threshold == threshold
    assert choice.threshold == (threshold if choice.column == len(THRESHOLDS) else THRESHOLDS[choice.column])


def test_settings_that_differ_by_luck_alone_are_not_taken() -> None:
    """Thirteen weightings of equal worth: the best of them wins by luck in about one calibration in twenty."""
    present = replace(PRESENT, scale_weights=(0.2, 0.3, 0.5))
    moved = [
        choose(MadeUpTable(60, seed), np.arange(60), present, 0.5, ("scales",)).settings != present
        for seed in range(60)
    ]
    assert sum(moved) <= 9


def test_a_setting_that_is_really_better_is_taken() -> None:
    present = replace(PRESENT, scale_weights=(0.2, 0.3, 0.5))
    better = alternatives(present, "scales")[2]
    table = MadeUpTable(200, 5, {better: 0.3})
    assert choose(table, np.arange(200), present, 0.5, ("scales",)).settings == better


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 30), st.integers(0, 1000))
def test_usefulness_adds_up_to_the_projects_objective(count: int, seed: int) -> None:
    ious = np.random.default_rng(seed).uniform(0, 1, (count, 80))
    assert np.allclose(usefulness(ious).mean(axis=0), choice_curve(ious))


def test_chance_of_the_best_is_that_of_a_plain_bootstrap() -> None:
    generator = np.random.default_rng(6)
    gains = generator.normal(0.05, 1.0, (40, 3))
    draws = [gains[generator.integers(0, 40, 40)].mean(axis=0) - gains.mean(axis=0) for _ in range(4000)]
    naive = np.mean([draw.max() >= gains.mean(axis=0).max() for draw in draws])
    assert chance_of_best(gains) == pytest.approx(naive, abs=0.05)
    assert chance_of_best(np.ones((10, 2))) == 0.0
    assert chance_of_best(-np.ones((10, 2))) == 1.0
    assert chance_of_best(np.zeros((10, 1))) == 1.0


def test_halves_keep_a_photos_samples_together_and_score_what_was_not_chosen_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photos = [f"{number // 2}.jpg" for number in range(20)]
    halves: list[set[int]] = []

    def noted(table: ScoreTable, rows: NDArray[np.intp], *args: Any, **kwargs: Any) -> Choice:
        halves.append({int(row) for row in rows})
        return choose(table, rows, *args, **kwargs)

    monkeypatch.setattr(calibration, "choose", noted)
    cross_fitted_estimate(MadeUpTable(20, 8), photos, PRESENT, 0.5, ())
    assert len(halves) == 8
    for first, second in zip(halves[::2], halves[1::2], strict=True):
        assert first | second == set(range(20))
        assert not first & second
        assert {photos[row] for row in first}.isdisjoint(photos[row] for row in second)


def test_the_estimate_of_a_useless_choice_is_below_what_it_shows_on_its_own_photos() -> None:
    """Eighty thresholds of equal worth: the best of them looks better where it was chosen than elsewhere."""
    generator = np.random.default_rng(9)

    class Noise(MadeUpTable):
        def ious(self, settings: Settings) -> NDArray[np.float32]:
            return noise

    optimism = []
    for _ in range(10):
        # Five neighbours alike, so that smoothing does not even the luck out.
        noise = np.repeat(generator.uniform(0, 1, (40, 17)), 5, axis=1)[:, :81].astype(np.float32)
        table = Noise(40, 0)
        seen = choose(table, np.arange(40), PRESENT, 0.5, ())
        estimate = cross_fitted_estimate(table, [str(row) for row in range(40)], PRESENT, 0.5, ())
        optimism.append(float(np.mean(noise[:, seen.column] >= 0.5)) - estimate.accuracy[0.5][0])
    assert np.mean(optimism) > 0.05
