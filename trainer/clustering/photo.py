"""Clusters the pixels of one photo by training a network on that photo alone, in overfitting manner.

Source: the public demo of deep image clustering (see `trainer.clustering.network`): stochastic gradient descent at rate
0.05 with momentum 0.9, at most 100 steps, an end where fewer than four labels are left. We also end where the voted
labels settle: the loss then has a constant target, and sharpens scores without moving a boundary. They seldom stay to
the pixel, as one superpixel or another changes sides for long; so the smaller profiles let a small share of them do so.
The smaller profiles also compute in bfloat16 where the processor does, in about 60 % of the time; their clusters then
differ from those in single precision by no more than those of two seeds do.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.errors import MoltboxError
from trainer.clustering.network import ClusteringNetwork
from trainer.clustering.superpixels import find_superpixels, guided_loss

LEARNING_RATE, MOMENTUM = 0.05, 0.9
FEWEST_CLUSTERS = 4
SETTLED_STEPS = 3
SMALLEST_SIDE = 8

StoppedWhy = Literal["labels settled", "few clusters", "all steps done"]


@dataclass(frozen=True, slots=True)
class Profile:
    """How thoroughly one photo is clustered.

    side: the longer side in pixels at which it is looked at, never enlarged; None keeps the photo's size.
    widths: channels of the features at full and half resolution.
    steps: the most there may be.
    unrest: largest share of pixels that change their label where labels count as settled.
    half: compute in bfloat16 where the processor does.
    """

    side: int | None
    widths: tuple[int, int]
    steps: int
    unrest: float
    half: bool


PROFILES = {
    "paper": Profile(None, (64, 128), 100, 0.0, half=False),
    "balanced": Profile(224, (32, 64), 30, 0.05, half=True),
    "fast": Profile(128, (16, 32), 20, 0.05, half=True),
}


@dataclass(frozen=True, slots=True)
class PhotoClusters:
    """The clusters of one photo.

    labels: (h, w) uint8 at the size worked at, constant on each superpixel; numbers have gaps.
    clusters: number of different labels after each step.
    losses: of each step.
    stopped_why: what ended it.
    """

    labels: NDArray[np.uint8]
    clusters: tuple[int, ...]
    losses: tuple[float, ...]
    stopped_why: StoppedWhy

    @property
    def steps(self) -> int:
        return len(self.losses)


def cluster_photo(photo: NDArray[np.uint8], profile: str = "balanced", *, seed: int | None = None) -> PhotoClusters:
    """Clusters a photo's pixels.

    Args:
        photo: (H, W, 3) uint8 RGB, upright, both sides at least 8 pixels.
        profile: a key of `PROFILES`.
        seed: of the network's first weights; None takes one from the pixels, so that a photo always gives the same
            clusters on one machine with one number of threads.

    Raises:
        MoltboxError: no such profile, or the photo is of another kind or too small.
    """
    chosen = PROFILES.get(profile)
    if chosen is None:
        raise MoltboxError(f"There is no clustering profile {profile!r}: expected one of {', '.join(PROFILES)}.")
    if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3:
        raise MoltboxError("A photo to cluster must be (height, width, 3) of 8 bits a channel.")
    if min(photo.shape[:2]) < SMALLEST_SIDE:
        raise MoltboxError(f"A photo to cluster must be at least {SMALLEST_SIDE} pixels high and wide.")
    return overfit(working_size(photo, chosen.side), chosen, pixel_seed(photo) if seed is None else seed)


def overfit(photo: NDArray[np.uint8], profile: Profile, seed: int) -> PhotoClusters:
    """Trains on one photo at the size it has: (h, w, 3) uint8 RGB."""
    superpixels = torch.from_numpy(find_superpixels(photo))  # (h, w)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = ClusteringNetwork(profile.widths)
    optimiser = torch.optim.SGD(network.parameters(), lr=LEARNING_RATE, momentum=MOMENTUM)
    image = as_image(photo)
    half = profile.half and _has_half_arithmetic()
    voted = torch.full_like(superpixels, -1)  # (h, w)
    clusters: list[int] = []
    losses: list[float] = []
    settled = 0
    stopped_why: StoppedWhy = "all steps done"
    for _ in range(profile.steps):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            scores = network(image)[0]  # (C, h, w)
        loss, found = guided_loss(scores.float(), superpixels)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        clusters.append(len(found.unique()))
        changed = (found != voted).double().mean().item()
        settled = settled + 1 if changed <= profile.unrest else 0
        voted = found
        if clusters[-1] < FEWEST_CLUSTERS:
            stopped_why = "few clusters"
            break
        if settled >= SETTLED_STEPS:
            stopped_why = "labels settled"
            break
    return PhotoClusters(voted.numpy().astype(np.uint8), tuple(clusters), tuple(losses), stopped_why)


def working_size(photo: NDArray[np.uint8], side: int | None) -> NDArray[np.uint8]:
    """The photo with its longer side at `side` pixels at most, its shape kept; bilinear, antialiased."""
    height, width = photo.shape[:2]
    if side is None or max(height, width) <= side:
        return photo
    scale = side / max(height, width)
    size = max(SMALLEST_SIDE, round(width * scale)), max(SMALLEST_SIDE, round(height * scale))
    return np.array(Image.fromarray(photo).resize(size, Image.Resampling.BILINEAR, reducing_gap=3.0))


def as_image(photo: NDArray[np.uint8]) -> Tensor:
    """(h, w, 3) uint8 RGB as the network wants it: (1, 3, h, w) float32 in [0, 1]."""
    values = photo.transpose(2, 0, 1)[None].astype(np.float32, order="C")  # another layout rounds otherwise
    return torch.from_numpy(values / 255.0)


def pixel_seed(photo: NDArray[np.uint8]) -> int:
    """A seed from a hash of the pixels, from 0 to 2⁶³ - 1."""
    digest = hashlib.sha256(repr(photo.shape).encode() + np.ascontiguousarray(photo).tobytes()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def _has_half_arithmetic() -> bool:
    """Whether the processor multiplies in bfloat16; elsewhere torch imitates it, slower than single precision."""
    capabilities = getattr(torch.cpu, "get_capabilities", dict)()
    return any(capabilities.get(name, False) for name in ("avx512_bf16", "amx_bf16"))
