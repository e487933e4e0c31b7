"""The adjusted Rand index against counting every pair."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainer.clustering.agreement import adjusted_rand_index


def counted(one: list[int], other: list[int]) -> float:
    """2 (ad - bc) / ((a + b)(b + d) + (a + c)(c + d)) over all pairs."""
    a = b = c = d = 0
    for first, second in itertools.combinations(range(len(one)), 2):
        same_one, same_other = one[first] == one[second], other[first] == other[second]
        a += same_one and same_other
        b += same_one and not same_other
        c += same_other and not same_one
        d += not same_one and not same_other
    below = (a + b) * (b + d) + (a + c) * (c + d)
    return 1.0 if below == 0 else 2 * (a * d - b * c) / below


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=30))
def test_it_is_what_counting_pairs_gives(labels: list[tuple[int, int]]) -> None:
    one, other = [pair[0] for pair in labels], [pair[1] for pair in labels]
    found = adjusted_rand_index(np.array(one), np.array(other))
    assert found == pytest.approx(counted(one, other), abs=1e-9)


def test_other_numbers_change_nothing_and_chance_gives_nothing() -> None:
    generator = np.random.default_rng(0)
    one = generator.integers(0, 6, (80, 90))
    numbers = np.array([7, 90, 1, 33, 2, 5], np.uint8)
    assert adjusted_rand_index(one, numbers[one]) == 1
    assert abs(adjusted_rand_index(one, generator.integers(0, 6, (80, 90)))) < 0.01
    with pytest.raises(ValueError, match="cannot be compared"):
        adjusted_rand_index(one, one.T)
