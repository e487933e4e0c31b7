"""What is remembered of a photo: packed and unpacked alike, levels exact, memory flat while photos are scored."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation import scoring
from engine.evaluation.collect import LEVELS, as_levels, collect, levels
from engine.evaluation.ground_truth import GroundTruth, Target, TruePhoto
from engine.evaluation.matching import LabelMatcher
from engine.evaluation.records import SubjectScore
from engine.evaluation.score_store import ScoreStore
from engine.evaluation.scoring import THRESHOLDS, Scorer, score_all
from engine.evaluation.sheet import pick
from engine.evaluation.variants import Variant, variants_of
from engine.geometry import Box
from engine.localization.localizer import Localizer
from support.photos import save_photo, shape_photo
from support.tiny_model import write_tiny_model

VARIANTS = (Variant("as proposed", "proposed", "refined"), Variant("scale 1 alone", "scale", "1"))


def score(number: int, generator: np.random.Generator) -> SubjectScore:
    return SubjectScore(
        photo=f"val/ä {number}.jpg",
        label="post",
        mark=number,
        place=((3, 0.75), (1, 0.25)),
        known=number % 2 == 0,
        rank=None if number % 2 else number,
        width=500,
        height=375,
        truth=(Box(10.5, 20, 200, 210), Box(0, 0, 1, 1)),
        proposed=(Box(12, 20, 190, 215.25),),
        ious=np.repeat(generator.random((len(VARIANTS), 10)), 10, axis=1),
        best_of_all=generator.random(len(THRESHOLDS)),
        counts={"pixels": generator.integers(0, 9, (2, 5)), "tscam": generator.random(1)},
    )


def test_a_score_comes_back_from_its_file_as_it_was(tmp_path: Path) -> None:
    kept = [score(number, np.random.default_rng(number)) for number in range(3)]
    store = ScoreStore(tmp_path / "scores.sqlite", {"model": "a"})
    for number in (2, 0, 1):
        store.add(number, kept[number].photo, [kept[number]])
    store.close()
    again = ScoreStore(tmp_path / "scores.sqlite", {"model": "a"})
    found = list(again.scores())
    again.close()
    assert [each.facts() for each in found] == [each.facts() for each in kept]
    for each, before in zip(found, kept, strict=True):
        assert (each.place, each.truth, each.proposed, each.rank) == (
            before.place,
            before.truth,
            before.proposed,
            before.rank,
        )
        for name in ("ious", "best_of_all"):
            np.testing.assert_array_equal(getattr(each, name), getattr(before, name))
        for name, array in before.counts.items():
            np.testing.assert_array_equal(each.counts[name], array)


@given(st.floats(0, 1), st.sampled_from(LEVELS))
def test_a_level_is_reached_exactly_where_the_iou_reaches_it(iou: float, level: float) -> None:
    (kept,) = as_levels(levels(np.array([iou])))
    assert (kept >= level) == (iou >= level)
    assert (np.float64(kept) >= level) == (iou >= level)


@pytest.mark.parametrize("level", LEVELS)
def test_the_levels_reach_themselves_and_no_more(level: float) -> None:
    ious = np.array([level, np.nextafter(level, 0)])
    assert (as_levels(levels(ious)) >= level).tolist() == [True, level == 0]


def peak_bytes(scores: Iterator[SubjectScore], count: int) -> int:
    tracemalloc.start()
    collect(scores, count, VARIANTS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_collecting_takes_less_than_a_kilobyte_a_photo() -> None:
    few, many = (peak_bytes((score(at, np.random.default_rng(0)) for at in range(n)), n) for n in (100, 1100))
    assert (many - few) / 1000 < 1000


def test_memory_stays_flat_while_photos_are_scored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "THRESHOLDS", THRESHOLDS[::33])
    box = Box(96, 48, 224, 160)
    save_photo(tmp_path / "bright" / "1.png", shape_photo(box))
    photo = TruePhoto("bright/1.png", 320, 240, (Target(("bright",), None, (box,)),))
    count = 120
    truth = GroundTruth("the same photo again", tmp_path, (), lambda: (photo for _ in range(count)))
    localizer = Localizer.open(write_tiny_model(tmp_path / "tiny.molt"), threads=1)
    scorer = Scorer(localizer, LabelMatcher(localizer.names, 3), {}, 0.4, variants_of(localizer.model.manifest)[:1])
    store = ScoreStore(tmp_path / "scores.sqlite", {})
    seen = {}
    tracemalloc.start()
    for progress in score_all(truth, store, scorer, range(count)):
        seen[progress.done] = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    store.close()
    assert len(seen) == count
    assert seen[count] - seen[40] < 100_000


def test_the_sheet_shows_the_ends_and_the_middle_and_no_photo_twice() -> None:
    ious = np.array([0.1, 0.9, 0.5, 0.5, 0.3, 0.7, 0.0])
    assert pick(ious, 2) == {"Best": [1, 5], "Median": [2, 3], "Worst": [0, 6]}
    assert pick(ious[:2], 4) == {"Best": [1], "Worst": [0]}
    assert pick(ious[:1], 4) == {"Best": [0]}
