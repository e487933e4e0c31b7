"""Trains one clustering network over many photos, so that a photo is clustered in a single look.

The loss is that of one photo (`trainer.clustering.superpixels`), but one network must serve all photos, and left alone
it collapses: the vote follows the scores and the scores follow the vote, so each step lets large clusters swallow small
ones, and without a stop per photo this goes on until three clusters of 32 are left (after 120 photos of `pets3` and
`imagenette10`). A lower rate only delays it, and an early stop leaves clusters that are not yet formed. What holds
against it is a second term: the entropy of the scores' mean over a photo is rewarded, so that pixel and cluster keep
telling much about each other (Krause, Perona & Gomes, "Discriminative clustering by regularized information
maximization", NIPS 2010). The number of clusters a photo is reported all along.

Besides, each photo is normalised by its own statistics (see `trainer.clustering.network`), the rate falls along a
cosine, and photos are mirrored at random. The network is narrower and gives fewer scores than that of one photo: one
seldom keeps twenty clusters, and a look must take some milliseconds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim import SGD

from engine.dataset.files import atomic_write
from engine.errors import MoltboxError, PhotoError
from engine.localization.preparing import prepare_for_clustering
from trainer.asking import Asks
from trainer.checkpoint import Progress, load_checkpoint, newest_checkpoint, read_progress, remove_checkpoints
from trainer.clustering.export import SETTINGS, export_clustering
from trainer.clustering.network import ClusteringNetwork
from trainer.clustering.superpixels import find_superpixels, guided_loss
from trainer.config import check_same_settings
from trainer.data import EpochBatches, mixed_seed, read_at_least
from trainer.loop import Loop, Plan, Tally, descend
from trainer.progress import TrainingLog

WIDTHS, CHANNELS, CENTRES = (16, 32), 32, 32
MOMENTUM = 0.9


class HalfLearnt(MoltboxError):
    """Clusters that are half learnt would refine worse than none."""


@dataclass(frozen=True, slots=True)
class ClusteringConfig:
    """Everything that shapes the training of the shared clustering network.

    photos: the most that are used, spread evenly over those there are.
    steps: one photo each.
    lr: peak learning rate.
    balance: weight of the entropy of a photo's mean scores.
    save_every_s: seconds between two checkpoints.
    """

    photos: int = 1000
    steps: int = 500
    lr: float = 0.05
    balance: float = 2.5
    seed: int = 0
    clip_norm: float = 1.0
    log_every: int = 10
    save_every_s: float = 60.0


def train_clustering(
    paths: Sequence[Path],
    out_folder: Path,
    config: ClusteringConfig,
    *,
    resume: bool = False,
    asks: Asks | None = None,
    told: Callable[[int, int, float | None], None] | None = None,
) -> bytes:
    """Trains on photos without labels and exports.

    Args:
        paths: photos; those that cannot be read are left out, and told of once.
        out_folder: where settings, log and the newest checkpoint go; made where missing.
        config: what to do.
        resume: go on from the checkpoint there, or start where there is none; a finished training is only exported.
        asks: looked at after each step.
        told: the steps done, of how many, and the seconds left, after each.

    Returns:
        The network as ONNX (see `export_clustering`).

    Raises:
        MoltboxError: no photo can be read, or the checkpoint is of other photos or settings.
        Cancelled: asked to pause; a checkpoint is written.
        HalfLearnt: asked to finish before all steps were done.
    """
    chosen = spread(paths, config.photos)
    if not chosen:
        raise MoltboxError("There are no photos to learn clusters from.")
    fingerprint = _fingerprint(chosen)
    network = seeded_network(config.seed)
    optimiser = SGD([{"params": list(network.parameters()), "lr_factor": 1.0}], lr=config.lr, momentum=MOMENTUM)
    progress = Progress(step=0, elapsed_s=0.0, fingerprint=fingerprint)
    checkpoint = newest_checkpoint(out_folder) if resume else None
    if checkpoint is not None:
        progress = read_progress(checkpoint)
        check_same_settings(config, out_folder / "config.json")
        if progress.fingerprint != fingerprint:
            raise MoltboxError(f"The photos have changed since {out_folder} was begun: start without --resume.")
        load_checkpoint(checkpoint, network, optimiser)
    else:
        remove_checkpoints(out_folder)
    out_folder.mkdir(parents=True, exist_ok=True)
    atomic_write(out_folder / "config.json", json.dumps(asdict(config), indent=1).encode())
    plan = Plan(
        steps=config.steps,
        steps_per_epoch=len(chosen),
        validate_every=config.steps,
        peak_lr=config.lr,
        warmup=0.0,
        log_every=config.log_every,
        save_every_s=config.save_every_s,
    )
    loop = Loop[PhotoToCluster | None, ClusterCount](
        plan,
        out_folder,
        network,
        optimiser,
        progress,
        torch.device("cpu"),
        ClusterCount,
        log=TrainingLog(out_folder / "log.jsonl", keep_to_step=progress.step),
        unit="clustering step",
        on_step=told,
    )
    loop.teller.say(f"Learning pixel clusters from {len(chosen)} photos, one a step.")
    done = loop.run(_Clusters(chosen, config, network, optimiser, loop.leave_out), asks or Asks())
    if done.step < config.steps:
        raise HalfLearnt("Asked to finish before all clusters were learnt.")
    if len(done.unreadable) == len(chosen):
        raise MoltboxError("None of the photos could be read, so there are no clusters of them.")
    return export_clustering(network)


def seeded_network(seed: int) -> ClusteringNetwork:
    """The network before its training."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return ClusteringNetwork(WIDTHS, CHANNELS, CENTRES)


def spread(paths: Sequence[Path], most: int) -> list[Path]:
    """At most that many of the paths, evenly spaced."""
    count = min(most, len(paths))
    return [paths[place * len(paths) // count] for place in range(count)]


@dataclass(frozen=True, slots=True)
class PhotoToCluster:
    """A photo as the network is shown it: (1, 3, h, w) float32 RGB in [0, 1], and its superpixels (h, w) int64."""

    image: Tensor
    superpixels: Tensor


def show(photo: NDArray[np.uint8], *, mirrored: bool) -> PhotoToCluster:
    """The photo (H, W, 3) uint8 RGB at the size at which the engine has it clustered, with its superpixels."""
    image = prepare_for_clustering(photo, SETTINGS)  # (1, 3, h, w)
    if mirrored:
        image = np.ascontiguousarray(image[..., ::-1])
    small = np.round(image[0].transpose(1, 2, 0) * 255).astype(np.uint8)  # (h, w, 3)
    return PhotoToCluster(torch.from_numpy(image), torch.from_numpy(find_superpixels(small)))


def balanced_loss(scores: Tensor, superpixels: Tensor, balance: float) -> tuple[Tensor, Tensor]:
    """The guided loss less `balance` times the entropy of the mean scores.

    Args:
        scores: (C, h, w) float32.
        superpixels: (h, w) int64.
        balance: weight >= 0.

    Returns:
        The loss (), and the voted labels (h, w) int64.
    """
    loss, voted = guided_loss(scores, superpixels)
    shares = scores.softmax(dim=0).mean(dim=(1, 2))  # (C,)
    return loss + balance * (shares * shares.clamp_min(1e-8).log()).sum(), voted


class ClusterCount(Tally):
    """Loss and number of clusters a photo."""

    name = "clusters"
    told = "{:.1f} clusters a photo"


class _Clusters:
    """What the network learns, for `trainer.loop`: one photo a step."""

    def __init__(
        self,
        paths: Sequence[Path],
        config: ClusteringConfig,
        network: ClusteringNetwork,
        optimiser: SGD,
        leave_out: Callable[[str, str], None],
    ) -> None:
        self.paths, self.config = paths, config
        self.network, self.optimiser, self.leave_out = network, optimiser, leave_out

    def batches(self, epoch: int, first: int) -> Iterator[PhotoToCluster | None]:
        """The photos of an epoch from the `first` on, at random mirrored; None for one that cannot be read."""
        config = self.config
        for draws in EpochBatches(len(self.paths), 1, shuffle=True, seed=config.seed, epoch=epoch, first=first):
            place = draws[0][1]
            generator = torch.Generator().manual_seed(mixed_seed(config.seed, epoch, place))
            mirrored = bool(torch.rand(1, generator=generator) < 0.5)
            try:
                yield show(read_at_least(self.paths[place], 2 * SETTINGS.side), mirrored=mirrored)
            except PhotoError as error:
                self.leave_out(str(self.paths[place]), str(error))
                yield None

    def learn(self, batch: PhotoToCluster | None, step: int, lr: float, window: ClusterCount) -> None:  # noqa: ARG002
        if batch is None:
            return
        scores = self.network(batch.image)[0]  # (C, h, w)
        loss, voted = balanced_loss(scores, batch.superpixels, self.config.balance)
        descend(loss, self.network, self.optimiser, lr, self.config.clip_norm)
        window.count(loss.detach(), torch.tensor(len(voted.unique())), 1)

    def validate(self, window: ClusterCount) -> None:
        """There is nothing to score without labels."""


def _fingerprint(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"{path.name}\0{path.stat().st_size}\n".encode())
    return digest.hexdigest()
