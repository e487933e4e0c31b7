"""The network against its definition written out, and what may not matter to a photo's clusters."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from trainer.clustering.network import ClusteringNetwork, SoftClustering


@pytest.fixture
def network() -> ClusteringNetwork:
    torch.manual_seed(0)
    return ClusteringNetwork((4, 6), channels=9, centres=5)


def clustered_literally(features: np.ndarray, state: dict[str, np.ndarray], updates: int) -> np.ndarray:
    """Scores (C, h, w) of one photo, pixel by pixel and centre by centre, in double precision."""
    channels, height, width = features.shape
    x = features.reshape(channels, -1).astype(np.float64)  # (C, n)
    y = state["before.weight"][:, :, 0, 0].astype(np.float64) @ x + state["before.bias"][:, None]
    centres = state["start"].astype(np.float64)  # (C, K)
    shares = np.zeros((x.shape[1], centres.shape[1]))
    for _ in range(updates):
        for pixel in range(x.shape[1]):
            likeness = np.exp([y[:, pixel] @ centres[:, k] for k in range(centres.shape[1])])
            shares[pixel] = likeness / likeness.sum()
        moved = np.zeros_like(centres)
        for k in range(centres.shape[1]):
            weights = shares[:, k] / (1e-6 + shares[:, k].sum())
            moved[:, k] = (y * weights).sum(axis=1)
            moved[:, k] /= 1e-6 + np.sqrt((moved[:, k] ** 2).sum())
        centres = moved
    rebuilt = np.maximum(centres @ shares.T, 0)  # (C, n)
    scores = np.maximum(state["after.weight"][:, :, 0, 0].astype(np.float64) @ rebuilt + x, 0)
    return scores.reshape(channels, height, width)


def test_soft_clustering_is_its_definition() -> None:
    torch.manual_seed(1)
    clustering = SoftClustering(6, centres=4, updates=3)
    features = torch.randn(2, 6, 5, 7)
    with torch.no_grad():
        found = clustering(features).numpy()
    state = {name: value.numpy() for name, value in clustering.state_dict().items()}
    for photo in range(2):
        assert np.allclose(found[photo], clustered_literally(features[photo].numpy(), state, 3), atol=1e-5)


def test_the_convolution_before_the_clustering_learns(network: ClusteringNetwork) -> None:
    network(torch.rand(1, 3, 16, 24)).square().sum().backward()
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
    learnt = network.clustering.before.weight.grad
    assert learnt is not None
    assert learnt.abs().max() > 1e-6
    assert "clustering.start" not in dict(network.named_parameters())


def test_the_normalisation_is_that_of_a_batch_of_one_photo(network: ClusteringNetwork) -> None:
    image = torch.rand(1, 3, 16, 24)
    with torch.no_grad():
        found = network(image)
        for part in network.features.modules():
            if isinstance(part, nn.Sequential):
                for name, layer in part.named_children():
                    if isinstance(layer, nn.InstanceNorm2d):
                        batch_norm = nn.BatchNorm2d(layer.num_features)
                        batch_norm.load_state_dict(layer.state_dict(), strict=False)
                        part[int(name)] = batch_norm
        assert (network.train()(image) - found).abs().max() < 1e-5
        assert (network.eval()(image) - found).abs().max() > 1e-2  # so the test can tell the two


def test_a_photo_is_clustered_alike_alone_in_a_batch_in_training_and_in_use(network: ClusteringNetwork) -> None:
    images = torch.rand(3, 3, 16, 24)
    with torch.no_grad():
        together = network.train()(images)
        for place in range(3):
            alone = network.eval()(images[place : place + 1])
            assert (alone[0] - together[place]).abs().max() < 1e-5


@pytest.mark.parametrize("size", [(17, 23), (2, 4), (8, 64)])
def test_scores_have_the_size_of_the_photo(network: ClusteringNetwork, size: tuple[int, int]) -> None:
    with torch.no_grad():
        scores = network(torch.rand(1, 3, *size))
    assert scores.shape == (1, 9, *size)
    assert scores.min() >= 0
