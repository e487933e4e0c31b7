"""Two models on the same photos: which box is better, and how likely chance alone makes such a difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.evaluation.compare import best_iou, changed, proposed_box, sign_test, trivial_shares
from engine.geometry import Box
from engine.localization.localizer import Localizer
from support.photos import shape_photo
from support.tiny_model import write_tiny_model

SMALL, LARGE = Box(0, 0, 10, 10), Box(50, 50, 90, 100)


def test_a_proposal_is_measured_by_the_true_box_that_it_fits_best() -> None:
    assert best_iou(LARGE, [SMALL, LARGE]) == (1.0, LARGE)
    assert best_iou(SMALL, [SMALL, LARGE]) == (1.0, SMALL)


def test_no_proposal_fits_nothing_and_is_shown_with_the_largest_box() -> None:
    assert best_iou(None, [SMALL, LARGE]) == (0.0, LARGE)


@pytest.mark.parametrize(("old", "new", "word"), [(0.4, 0.6, "better"), (0.6, 0.4, "worse"), (0.5, 0.54, "same")])
def test_small_differences_are_none(old: float, new: float, word: str) -> None:
    assert changed(old, new) == word


@pytest.mark.parametrize(
    ("won", "lost", "chance"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 2 / 32), (10, 2, 2 * (66 + 12 + 1) / 4096), (3, 3, 1.0)],
)
def test_the_exact_sign_test(won: int, lost: int, chance: float) -> None:
    assert sign_test(won, lost) == pytest.approx(chance)


@given(st.integers(0, 60), st.integers(0, 60))
def test_chance_is_the_same_both_ways_and_a_probability(won: int, lost: int) -> None:
    chance = sign_test(won, lost)
    assert chance == sign_test(lost, won)
    assert 0.0 < chance <= 1.0


@given(st.integers(0, 60), st.integers(0, 60))
def test_one_more_photo_won_makes_chance_less_likely(lost: int, lead: int) -> None:
    won = lost + lead
    assert sign_test(won + 1, lost) <= sign_test(won, lost)


def test_a_box_in_the_middle_is_found_by_the_centred_box_but_not_by_the_whole_photo() -> None:
    middle = [((100, 100), [Box(25, 25, 75, 75)])] * 10
    centred, whole = trivial_shares(middle) or (-1.0, -1.0)
    assert (centred, whole) == (1.0, 0.0)


def test_a_box_as_large_as_the_photo_is_found_by_both() -> None:
    assert trivial_shares([((100, 80), [Box(0, 0, 100, 80)])] * 4) == (1.0, 1.0)
    assert trivial_shares([((100, 80), [Box(0, 0, 100, 80)])]) == (1.0, 1.0)


def test_without_photos_nothing_is_said() -> None:
    assert trivial_shares([]) is None


def test_the_proposed_box_is_that_of_the_class_at_the_threshold(tmp_path: Path) -> None:
    truth = Box(160, 64, 288, 208)
    model = Localizer.open(write_tiny_model(tmp_path / "tiny.molt"))
    photo = shape_photo(truth)
    bright = proposed_box(model, photo, "bright", 0.5, {})
    dark = proposed_box(model, photo, "dark", 0.5, {})
    assert bright is not None
    assert best_iou(bright, [truth])[0] > 0.9
    assert dark is None or best_iou(dark, [truth])[0] < 0.5
