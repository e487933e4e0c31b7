"""A data set's classes among the model's: by name as everywhere, by number only where both use one list."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.errors import LabelFileError
from engine.evaluation.ground_truth import Target
from engine.evaluation.matching import LabelMatcher
from engine.localization.boxes import BoxRule
from engine.localization.evidence import DecisionSettings, Evidence
from engine.localization.manifest import ClassEntry
from engine.localization.naming import ClassNames, place_for

ENTRIES = (
    ClassEntry("tench", ("Tinca tinca",)),
    ClassEntry("crane"),
    ClassEntry("lamp shade"),
    ClassEntry("crane"),
)
NAMES = ClassNames(ENTRIES)


def seen(*scores: float) -> Evidence:
    values = np.array(scores, np.float32)
    settings = DecisionSettings(score_map_relu=True, fuse_at_image=False, rule=BoxRule())
    return Evidence(values, tuple(entry.name for entry in ENTRIES), (), 10, 10, settings)


def matcher(data_classes: int = 0, class_list: tuple[str, ...] = ()) -> LabelMatcher:
    return LabelMatcher(NAMES, len(ENTRIES), data_classes=data_classes, class_list=class_list)


def target(*words: str, number: int | None = None) -> Target:
    return Target(words, number, ())


def test_names_and_synonyms_are_found_by_any_of_the_words() -> None:
    assert matcher().indices(target("n01440764", "Tinca_tinca")) == (0,)
    assert matcher().indices(target("Lamp-Shades")) == (2,)
    assert matcher().indices(target("n01440764", number=0)) == ()


def test_numbers_count_only_where_the_data_set_has_as_many_classes_as_the_model() -> None:
    assert matcher(data_classes=4).indices(target("n01440764", number=2)) == (2,)
    assert matcher(data_classes=3).indices(target("n01440764", number=2)) == ()


def test_a_number_tells_two_classes_of_one_name_apart_but_never_overrules_a_name() -> None:
    assert matcher().indices(target("crane", number=3)) == (1, 3)
    assert matcher(data_classes=4).indices(target("crane", number=3)) == (3,)
    assert matcher(data_classes=4).indices(target("tench", number=3)) == (0,)


def test_a_list_of_names_replaces_the_numbers() -> None:
    listed = matcher(data_classes=2, class_list=("lamp shade", "tench"))
    assert listed.indices(target("a", number=0)) == (2,)
    assert listed.indices(target("b", number=1)) == (0,)
    with pytest.raises(LabelFileError, match="--class-list has 1 names; the data set numbers its classes up to 1"):
        matcher(data_classes=2, class_list=("tench",))


def test_the_place_is_that_of_propose() -> None:
    evidence = seen(0.1, 0.2, 0.3, 0.4)
    anchors = {"rose": ((2, 1.0),)}
    for word in ("tench", "crane", "rose", "unheard of"):
        placed = matcher().place(target(word), evidence, anchors)
        assert placed == place_for(word, evidence, NAMES, anchors)
    assert matcher(data_classes=4).place(target("n1", number=1), evidence).weights == ((1, 1.0),)


def naive_rank(scores: NDArray[np.float32], indices: tuple[int, ...]) -> int:
    order = sorted(range(len(scores)), key=lambda index: (-scores[index], index))
    return min(order.index(index) for index in indices)


def test_the_rank_is_the_place_in_the_sorted_probabilities_ties_in_class_order() -> None:
    generator = np.random.default_rng(3)
    for _ in range(200):
        scores = generator.integers(0, 3, 4).astype(np.float32)
        evidence = seen(*cast("list[float]", scores.tolist()))
        for word in ("tench", "crane", "lamp shade"):
            assert matcher().rank(target(word), evidence) == naive_rank(scores, NAMES.find(word))
    assert matcher().rank(target("rose"), seen(1, 0, 0, 0)) is None
