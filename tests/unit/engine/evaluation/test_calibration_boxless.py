"""A threshold without boxes: each measure against its definition, and the answer where it is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from engine.evaluation.calibration_boxless import BoxlessMeasures, choose_without_boxes, colour_contrast
from engine.evaluation.calibration_looks import Sample
from engine.evaluation.calibration_settings import THRESHOLDS
from engine.geometry import Box, iou
from support.samples import PRESENT, painted, random_corner, sample

COUNT = len(THRESHOLDS)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1000))
def test_colour_contrast_is_the_variance_between_mask_and_rest(seed: int) -> None:
    generator = np.random.default_rng(seed)
    photo = generator.integers(0, 256, (6, 9, 3), dtype=np.uint8)
    values = generator.choice(np.linspace(0, 1, 8), (6, 9)).astype(np.float32)
    found = colour_contrast(values, photo)
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).astype(np.float64).reshape(-1, 3)
    total = ((lab - lab.mean(axis=0)) ** 2).sum()
    for cut, share in zip(THRESHOLDS, found, strict=True):
        mask = (values > np.float32(cut)).ravel()
        parts = [lab[mask], lab[~mask]]
        if any(len(part) == 0 for part in parts):
            assert share == 0.0
            continue
        inside = sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts)
        assert share == pytest.approx(1 - inside / total, abs=1e-9)


def test_a_photo_of_one_colour_has_no_contrast() -> None:
    photo = np.full((4, 4, 3), 90, np.uint8)
    assert not colour_contrast(np.random.default_rng(0).uniform(0, 1, (4, 4)).astype(np.float32), photo).any()


def measures(boxes: NDArray[np.float64], mirrored: NDArray[np.float64]) -> BoxlessMeasures:
    """The same (N, 4) boxes at every threshold."""
    return BoxlessMeasures(
        np.repeat(boxes[:, None], COUNT, axis=1),
        np.repeat(mirrored[:, None], COUNT, axis=1),
        np.ones((len(boxes), COUNT)),
    )


def random_boxes(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    low = generator.uniform(0, 0.6, (count, 2))
    return np.hstack([low, low + generator.uniform(0.1, 0.4, (count, 2))])


def test_repeatability_is_agreement_beyond_chance() -> None:
    generator = np.random.default_rng(1)
    first, second = random_boxes(generator, 9), random_boxes(generator, 9)
    pairs = np.array([[iou(Box(*a), Box(*b)) for b in second] for a in first])
    agreement = np.trace(pairs) / 9
    chance = (pairs.sum() - np.trace(pairs)) / 72  # nine photos, so that all eight shifts are taken
    found = measures(first, second).repeatability()
    assert found == pytest.approx(np.full(COUNT, (agreement - chance) / (1 - chance)))
    assert measures(first, first).repeatability() == pytest.approx(np.ones(COUNT))


def test_boxes_that_are_always_the_whole_photo_do_not_count_as_repeatable() -> None:
    whole = np.tile([0.0, 0.0, 1.0, 1.0], (5, 1))
    assert not measures(whole, whole).repeatability().any()
    assert not measures(np.zeros((5, 4)), np.zeros((5, 4))).repeatability().any()
    assert not measures(whole[:1], whole[:1]).repeatability().any()


def test_without_any_peak_the_present_threshold_stays() -> None:
    whole = np.tile([0.0, 0.0, 1.0, 1.0], (5, 1))
    choice = choose_without_boxes(measures(whole, whole), 0.37)
    assert choice.threshold == choice.found == 0.37


def photos_with_halos(count: int) -> list[Sample]:
    """Red objects on green: halos of strength 0.3 wander between photo and mirror image, objects of 1 do not."""
    generator = np.random.default_rng(2)
    samples = []
    for number in range(count):
        truth = random_corner(generator)
        maps = [painted(truth, 1.0, painted(random_corner(generator), 0.3)) for _ in range(2)]
        photo = np.full((128, 128, 3), (20, 160, 30), np.uint8)
        x0, y0, x1, y1 = (4 * end for end in truth)
        photo[y0:y1, x0:x1] = (220, 30, 30)
        mirrored = np.ascontiguousarray(maps[1][:, ::-1])
        samples.append(sample(number, truth, [maps[0]], mirrored=[mirrored], thumbnail=photo))
    return samples


def test_the_threshold_is_found_between_halo_and_object() -> None:
    samples = photos_with_halos(20)
    found = BoxlessMeasures.of(samples, PRESENT)
    # Turned back, the mirror image's boxes of the object lie on the photo's own.
    assert found.boxes[:, 50] == pytest.approx(found.mirrored[:, 50], abs=0.01)
    choice = choose_without_boxes(found, 0.1)
    assert 0.3 < choice.found < 0.75
    assert choice.photos == 20
    share = 20 / 60
    assert choice.threshold == pytest.approx(0.1 ** (1 - share) * choice.found**share, abs=0.006)


def test_more_photos_trust_themselves_more() -> None:
    found = BoxlessMeasures.of(photos_with_halos(12), PRESENT)
    many = BoxlessMeasures(
        *(np.tile(part, (8,) + (1,) * (part.ndim - 1)) for part in (found.boxes, found.mirrored, found.contrast))
    )
    few_choice, many_choice = choose_without_boxes(found, 0.1), choose_without_boxes(many, 0.1)
    assert abs(many_choice.threshold - many_choice.found) < abs(few_choice.threshold - few_choice.found)
