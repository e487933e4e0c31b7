"""The network of deep image clustering: features per pixel, softly clustered, answered as scores per cluster.

    image (B, 3, H, W) --features--> X (B, C, H, W) --soft clustering--> scores (B, C, H, W); cluster = argmax over C

Source: Zhou & Wei, "Deep image clustering" (IEEE Access 8, 2020), structure read from its public demo (zmbhou/DIC at
7792bdf); the soft clustering has the form of the expectation-maximisation attention of EMANet. Where we depart:

* The demo runs its whole clustering under `no_grad`, so the 1x1 convolution before it keeps its random weights for
  ever. Here the last of the updates is differentiated, and that convolution learns; the updates before it only find
  the place of the centres, as in EMANet.
* The demo normalises with batch statistics of a batch of one photo, in training and in use. That is a normalisation by
  the photo's own mean and variance, and is written as such here: a photo's clusters depend neither on the photos beside
  it nor on running averages, and training, use and the exported graph compute the same.
* The coarse features are brought straight to the size of the fine ones; the demo doubles them and pads with zeros,
  which differs for odd sides only. Colours are RGB, not BGR: the first convolution is learnt either way.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

CHANNELS = 100
"""Scores per pixel, so the most clusters that a photo may have."""
CENTRES = 32
UPDATES = 3


class FeatureTransform(nn.Module):
    """Features of each pixel, seen at full and at half resolution."""

    def __init__(self, widths: tuple[int, int], channels: int) -> None:
        """
        Args:
            widths: channels at full and at half resolution.
            channels: C of the answer.
        """
        super().__init__()
        fine, coarse = widths
        self.fine = nn.Sequential(*_convolution(3, fine), *_convolution(fine, fine))
        self.coarse = nn.Sequential(*_convolution(fine, coarse), *_convolution(coarse, coarse))
        self.joined = nn.Sequential(*_convolution(fine + coarse, coarse), *_convolution(coarse, coarse))
        self.answer = nn.Sequential(nn.Conv2d(coarse, channels, 1), nn.InstanceNorm2d(channels, affine=True))

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) float32 RGB in [0, 1] to (B, C, H, W)."""
        fine = self.fine(image)  # (B, fine, H, W)
        coarse = self.coarse(functional.max_pool2d(fine, 2))  # (B, coarse, H // 2, W // 2)
        raised = functional.interpolate(coarse, size=fine.shape[-2:], mode="bilinear", align_corners=True)
        return self.answer(self.joined(torch.cat([fine, raised], dim=1)))  # (B, C, H, W)


class SoftClustering(nn.Module):
    """Associates pixels softly with a few centres, moves the centres to their pixels, and again.

    The centres start from fixed random directions, the same for each photo.
    """

    start: Tensor

    def __init__(self, channels: int, centres: int = CENTRES, updates: int = UPDATES) -> None:
        super().__init__()
        self.updates = updates
        self.before = nn.Conv2d(channels, channels, 1)
        self.after = nn.Conv2d(channels, channels, 1, bias=False)
        start = torch.randn(channels, centres) * math.sqrt(2 / centres)
        self.register_buffer("start", _unit(start))  # (C, K)

    def forward(self, features: Tensor) -> Tensor:
        """(B, C, H, W) features to (B, C, H, W) scores >= 0."""
        pixels = self.before(features).flatten(2)  # (B, C, n)
        with torch.no_grad():
            centres = self.start.expand(len(pixels), -1, -1)  # (B, C, K)
            for _ in range(self.updates - 1):
                centres, _ = move_centres(pixels, centres)
        centres, associations = move_centres(pixels, centres)  # (B, C, K), (B, n, K)
        rebuilt = torch.relu(centres @ associations.transpose(1, 2))  # (B, C, n)
        return torch.relu(self.after(rebuilt.reshape(features.shape)) + features)


class ClusteringNetwork(nn.Module):
    """Features and soft clustering together."""

    def __init__(self, widths: tuple[int, int], channels: int = CHANNELS, centres: int = CENTRES) -> None:
        super().__init__()
        self.features = FeatureTransform(widths, channels)
        self.clustering = SoftClustering(channels, centres)

    def forward(self, image: Tensor) -> Tensor:
        """Scores of each cluster at each pixel.

        Args:
            image: (B, 3, H, W) float32 RGB in [0, 1], H and W at least 2, not both below 4.

        Returns:
            (B, C, H, W) float32 >= 0; a pixel's cluster is the channel of its largest score, the first where several
            are equal.
        """
        return self.clustering(self.features(image))


def move_centres(pixels: Tensor, centres: Tensor) -> tuple[Tensor, Tensor]:
    """One update: associations by likeness, then each centre towards the weighted mean of its pixels.

    Args:
        pixels: (B, C, n) features.
        centres: (B, C, K) of unit length.

    Returns:
        New centres (B, C, K) of unit length, and associations (B, n, K) whose rows sum to 1.
    """
    associations = torch.softmax(pixels.transpose(1, 2) @ centres, dim=2)  # (B, n, K)
    weights = associations.sum(dim=1, keepdim=True)  # (B, 1, K)
    return _unit(pixels @ associations / (1e-6 + weights)), associations


def _unit(centres: Tensor) -> Tensor:
    """Columns (..., C, K) at unit length."""
    return centres / (1e-6 + centres.norm(dim=-2, keepdim=True))


def _convolution(inputs: int, outputs: int) -> tuple[nn.Module, nn.Module, nn.Module]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.InstanceNorm2d(outputs, affine=True), nn.ReLU()
