"""Superpixels cover the photo, and the vote is the majority of each."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.geometry import Box
from support.photos import shape_photo
from trainer.clustering.superpixels import find_superpixels, guided_loss, vote


def test_superpixels_are_numbered_without_gaps_and_each_is_one_piece() -> None:
    found = find_superpixels(shape_photo(Box(20, 16, 70, 60), width=120, height=90))
    assert found.shape == (90, 120)
    count = found.max() + 1
    assert 100 <= count <= 260  # 200 asked for: fewest
    assert len(np.unique(found)) == count
    for label in range(count):
        pieces, _ = cv2.connectedComponents((found == label).astype(np.uint8), connectivity=4)
        assert pieces == 2  # ground and one piece


def test_superpixels_stop_at_the_edge_of_a_shape() -> None:
    box = Box(33, 21, 77, 59)
    found = find_superpixels(shape_photo(box, width=120, height=90))
    inside = np.zeros((90, 120), bool)
    inside[21:59, 33:77] = True
    across = np.intersect1d(found[inside], found[~inside])
    assert np.isin(found, across).mean() < 0.05


def voted_by_counting(labels: np.ndarray, superpixels: np.ndarray) -> np.ndarray:
    """The definition, one superpixel after the other."""
    voted = np.empty_like(labels)
    for superpixel in np.unique(superpixels):
        inside = superpixels == superpixel
        found = labels[inside].tolist()
        voted[inside] = min(set(found), key=lambda label: (-found.count(label), label))
    return voted


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 12), st.integers(1, 9), st.integers(1, 9))
def test_the_vote_is_the_majority_and_the_lowest_of_equals(
    seed: int, channels: int, superpixels: int, height: int, width: int
) -> None:
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, channels, (height, width))
    segments = generator.integers(0, superpixels, (height, width))
    found = vote(torch.from_numpy(labels), torch.from_numpy(segments), channels)
    assert np.array_equal(found.numpy(), voted_by_counting(labels, segments))


def test_the_loss_is_the_cross_entropy_with_the_voted_labels() -> None:
    generator = np.random.default_rng(3)
    values = generator.normal(size=(5, 6, 8)).astype(np.float32)
    segments = np.repeat(np.repeat(np.arange(12).reshape(3, 4), 2, axis=0), 2, axis=1)  # (6, 8)
    scores = torch.from_numpy(values).requires_grad_()
    loss, voted = guided_loss(scores, torch.from_numpy(segments))
    expected = voted_by_counting(values.argmax(axis=0), segments)
    assert np.array_equal(voted.numpy(), expected)
    shares = np.exp(values) / np.exp(values).sum(axis=0)
    chosen = np.take_along_axis(shares, expected[None], axis=0)
    assert loss.item() == pytest.approx(-np.log(chosen).mean(), rel=1e-5)
    loss.backward()
    assert scores.grad is not None
    target = np.eye(5, dtype=np.float32)[expected].transpose(2, 0, 1)
    assert np.allclose(scores.grad.numpy(), (shares - target) / 48, atol=1e-6)  # the target is a constant
