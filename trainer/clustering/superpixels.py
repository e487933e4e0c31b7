"""Superpixels, and the vote that makes a label map constant on each of them: what guides the clustering.

The MOLT paper takes its superpixels from SLIC without saying its settings; the public demo of deep image clustering
reads ready-made maps, which are no SLIC: one segment covers up to 65 % of a photo. We take SLIC from scikit-image.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from skimage.segmentation import slic
from torch import Tensor
from torch.nn import functional

PIXELS_PER_SEGMENT = 64
FEWEST_SEGMENTS, MOST_SEGMENTS = 200, 1200
COMPACTNESS = 10.0


def find_superpixels(photo: NDArray[np.uint8]) -> NDArray[np.int64]:
    """SLIC superpixels, about one for 64 pixels but 200 at least and 1,200 at most.

    Args:
        photo: (h, w, 3) uint8 RGB; compared in CIELAB.

    Returns:
        (h, w) int64 labels 0 .. S - 1, each on one connected part.
    """
    height, width = photo.shape[:2]
    wanted = int(np.clip(round(height * width / PIXELS_PER_SEGMENT), FEWEST_SEGMENTS, MOST_SEGMENTS))
    segments = slic(
        photo,
        n_segments=wanted,
        compactness=COMPACTNESS,
        sigma=0,
        enforce_connectivity=True,
        start_label=0,
        channel_axis=-1,
    )
    _, numbered = np.unique(segments, return_inverse=True)  # SLIC may leave gaps
    return numbered.reshape(height, width).astype(np.int64)


def vote(labels: Tensor, superpixels: Tensor, channels: int) -> Tensor:
    """Gives all pixels of a superpixel the label that most of them have; the lowest of equally frequent ones.

    Args:
        labels: (h, w) int64 in [0, channels).
        superpixels: (h, w) int64 >= 0.
        channels: number of possible labels.

    Returns:
        (h, w) int64.
    """
    cells = superpixels.flatten() * channels + labels.flatten()
    count = int(superpixels.max()) + 1
    votes = torch.bincount(cells, minlength=count * channels).reshape(count, channels)
    return votes.argmax(dim=1)[superpixels]


def guided_loss(scores: Tensor, superpixels: Tensor) -> tuple[Tensor, Tensor]:
    """The loss of superpixel-guided refinement: cross-entropy of the scores with their own labels after the vote.

    Args:
        scores: (C, h, w) float32.
        superpixels: (h, w) int64.

    Returns:
        The loss () and the voted labels (h, w) int64, through which no gradient flows.
    """
    voted = vote(scores.detach().argmax(dim=0), superpixels, len(scores))
    return functional.cross_entropy(scores[None], voted[None]), voted
