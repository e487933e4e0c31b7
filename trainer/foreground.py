"""The class-agnostic foreground network: what looks like an object, whatever its class.

Two 1x1 convolutions on the frozen trunk's last stages, trained on maps that image-level labels give (each class placed
by the ImageNet classes that its photos resemble): a distillation of many classes' maps into one. It sees one cell at a
time, so it is trained on cells drawn from the photos, in seconds, and works at any size of the photo. The photo's mean
is taken off first, and half of the channels are left out while it learns: both serve classes that it never saw.

    python -m trainer foreground pets3 imagenette10 --out resources/models/foreground.safetensors
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.dataset.files import atomic_write
from engine.errors import MoltboxError
from trainer.data import LabelledFile, PhotoSet, read_photo_set
from trainer.light_features import CHANNELS, look_at_photos
from trainer.light_teacher import anchored_weights, prepare_lessons
from trainer.light_trunk import LightTrunk, TrunkFeatures

WIDTH = 128
PHOTOS_PER_CLASS = 150
CELLS_PER_PHOTO = 64
STEPS = 400
_BATCH_PHOTOS = 32
_LEARNING_RATE = 2e-3
_WEIGHT_DECAY = 0.05
_WARM_UP = 0.1
_DROPOUT_IN, _DROPOUT = 0.5, 0.1
"""Half of the channels are left out at random while it learns, so that it leans on no single one of few classes."""
_LARGEST_GRADIENT = 1.0


class ForegroundNetwork(nn.Module):
    """Stage 5, stage 6 and the last block of `LightTrunk`, joined, to a foreground probability for each cell."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(CHANNELS, affine=False)
        self.dropout_in = nn.Dropout(_DROPOUT_IN)
        self.first = nn.Conv2d(CHANNELS, WIDTH, 1)
        self.dropout = nn.Dropout(_DROPOUT)
        self.second = nn.Conv2d(WIDTH, 1, 1)

    def forward(self, centred: Tensor) -> Tensor:
        """Logits (B, h, w) of features (B, 624, h, w) less their mean over the photo."""
        hidden = functional.relu(self.first(self.dropout_in(self.norm(centred))))  # (B, 128, h, w)
        return self.second(self.dropout(hidden))[:, 0]

    def foreground(self, features: TrunkFeatures) -> Tensor:
        """Foreground (B, h, w) in [0, 1]."""
        joined = torch.cat([features.stage_5, features.stage_6, features.last], dim=1)  # (B, 624, h, w)
        return self(joined - joined.mean(dim=(2, 3), keepdim=True)).sigmoid()

    @classmethod
    def read(cls, path: Path) -> Self:
        """
        Raises:
            MoltboxError: the file is missing, damaged or another network's.
        """
        network = cls()
        try:
            stored = {name: value.float() for name, value in safetensors.torch.load_file(path).items()}
            network.load_state_dict(stored, strict=False)
            missing = set(network.state_dict()) - set(stored) - {"norm.num_batches_tracked"}
        except (OSError, RuntimeError, safetensors.SafetensorError) as error:
            raise MoltboxError(f"{path} cannot be read as a foreground network.") from error
        if missing:
            raise MoltboxError(f"{path} is not a foreground network: {min(missing)} is missing.")
        return network.eval()

    def write(self, path: Path, facts: dict[str, str]) -> None:
        """Stores the weights in half precision, with `facts` on how they came about."""
        state = {name: value for name, value in self.state_dict().items() if name != "norm.num_batches_tracked"}
        halves = {name: value.half().contiguous() for name, value in state.items()}
        path.parent.mkdir(parents=True, exist_ok=True)
        atomic_write(path, safetensors.torch.save(halves, metadata=facts))


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Cells to learn from.

    features: (photos, cells, 624) float16, less their mean over the photo.
    foreground: (photos, cells) float32 in [0, 1], what the network is to answer.
    """

    features: Tensor
    foreground: Tensor

    @classmethod
    def joined(cls, parts: Sequence[Cells]) -> Cells:
        """The photos of several sets."""
        return cls(torch.cat([part.features for part in parts]), torch.cat([part.foreground for part in parts]))


def train_foreground(cells: Cells, *, steps: int = STEPS, seed: int = 0) -> tuple[ForegroundNetwork, list[float]]:
    """Trains the network; the same cells, steps and seed give the same weights.

    Returns:
        The network in eval mode, and the loss of every step (binary cross-entropy).
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = ForegroundNetwork().train()
        optimizer = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=steps, pct_start=_WARM_UP)
        losses = []
        for _ in range(steps):
            chosen = torch.randint(len(cells.features), (_BATCH_PHOTOS,), generator=generator)
            shown = cells.features[chosen].float().permute(0, 2, 1)[..., None]  # (B, 624, cells, 1)
            loss = functional.binary_cross_entropy_with_logits(network(shown), cells.foreground[chosen][..., None])
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return network.eval(), losses


def make_foreground(
    data: Sequence[Path], out: Path, *, work: Path, seed: int, threads: int, told: Callable[[str], None]
) -> None:
    """Looks at the photos of each folder, trains one network on all and writes it.

    Args:
        data: folders of classes, as `trainer.data.read_photo_set` reads them; boxes are not read.
        out: the weights file.
        work: folder where the trunk's features are kept, so that a stopped pass goes on.
        seed: same photos and seed, same weights.
        threads: photos looked at a time.
        told: gets a line now and then.

    Raises:
        MoltboxError: a folder cannot be trained on.
    """
    trunk = LightTrunk()
    parts, counts = [], []
    for number, root in enumerate(data):
        photos = read_photo_set(root, seed=seed)
        files = _evenly_spread(photos)
        parts.append(_cells_of(photos, files, trunk, work / str(number), seed=seed, threads=threads, told=told))
        counts.append(f"{root.name}: {len(files)} photos, {len(photos.class_names)} classes")
    network, losses = train_foreground(Cells.joined(parts), steps=STEPS, seed=seed)
    told(f"Loss {np.mean(losses[:20]):.3f} at first, {np.mean(losses[-20:]):.3f} at last.")
    network.write(out, {"data": json.dumps(counts), "seed": str(seed), "steps": str(STEPS)})


def _cells_of(
    photos: PhotoSet,
    files: list[LabelledFile],
    trunk: LightTrunk,
    folder: Path,
    *,
    seed: int,
    threads: int,
    told: Callable[[str], None],
) -> Cells:
    def looked(done: int) -> None:
        told(f"{photos.root.name}: {done} of {len(files)} photos looked at.")

    seen = look_at_photos(
        photos.root,
        files,
        trunk,
        folder,
        fingerprint=photos.fingerprint,
        threads=threads,
        told=looked,
        stop=lambda: False,
    )
    readable = np.flatnonzero(seen.readable)
    labels = np.array([file.class_index for file in files])
    _, labels[readable] = np.unique(labels[readable], return_inverse=True)
    shown = labels[readable, None] == np.arange(labels[readable].max() + 1)
    weights = anchored_weights(seen.logits[readable], shown, trunk.classifier.weight)
    lessons = prepare_lessons(
        seen, [(label,) for label in labels.tolist()], weights, trunk, lambda _: None, lambda: False
    )
    generator = np.random.default_rng(seed)
    features, foreground = [], []
    for place in readable:
        cells = np.asarray(seen.maps[place], np.float32).reshape(CHANNELS, -1)  # (624, n)
        cells -= cells.mean(axis=1, keepdims=True)
        drawn = generator.permutation(cells.shape[1])[:CELLS_PER_PHOTO]
        features.append(torch.from_numpy(np.ascontiguousarray(cells[:, drawn].T, np.float16)))
        foreground.append(lessons.foreground[int(place)].reshape(-1)[drawn])
    return Cells(torch.stack(features), torch.stack(foreground))


def _evenly_spread(photos: PhotoSet) -> list[LabelledFile]:
    """Up to `PHOTOS_PER_CLASS` training photos of each class, evenly spread over its list."""
    chosen = []
    for index in range(len(photos.class_names)):
        files = [file for file in photos.train if file.class_index == index]
        places = np.linspace(0, len(files) - 1, min(PHOTOS_PER_CLASS, len(files)))
        chosen += [files[int(place)] for place in places]
    return chosen
