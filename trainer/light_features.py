"""The quick preset looks at each photo once; what the frozen trunk saw is kept in files of the run folder.

Half precision, 0.5 MB a photo. A pass that was stopped goes on where it was; features of other photos are not taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.localization.onnx_session import Network
from trainer.data import LabelledFile, PhotoSet, View, mixed_seed, normalised, read_at_least, squeezed
from trainer.kept_looks import CHUNK, Kind, Look, look_once, looks_key
from trainer.light_trunk import CLASSES, LAST, STAGE_5, STAGE_6, STRIDE, LightTrunk
from trainer.onnx_graph import export_graph

SIDE = 320
"""Photos are squeezed to this square: finer training views gave no better boxes."""

GRID = SIDE // STRIDE
CHANNELS = STAGE_5 + STAGE_6 + LAST
MOST_TRAINING, MOST_VALIDATION = 8_000, 1_000
"""More photos than these are not looked at: the network is small, and is trained in minutes."""

STATISTICS = (0.5, 0.5, 0.5)
"""Mean and standard deviation of RGB in [0, 1] that the trunk was trained with."""

_VIEW = View((SIDE,), STATISTICS, STATISTICS)


@dataclass(frozen=True, slots=True, eq=False)
class PhotoFeatures:
    """What the trunk saw on the photos, in the order of the files.

    maps: (N, 624, 20, 20) float16, memory-mapped: stage 5, stage 6 and last block, in this order.
    logits: (N, 1000) float32 of ImageNet's classes.
    readable: (N,) bool; entries of photos that could not be read are 0.
    unreadable: why not, by relative path.
    """

    maps: NDArray[np.float16]
    logits: NDArray[np.float32]
    readable: NDArray[np.bool_]
    unreadable: dict[str, str]


def chosen_photos(photos: PhotoSet, *, seed: int) -> tuple[list[LabelledFile], list[LabelledFile]]:
    """Training and validation photos that are looked at: all, or as many of each class where there are too many."""
    return _evenly(photos.train, MOST_TRAINING, seed), _evenly(photos.validation, MOST_VALIDATION, seed + 1)


def look_at_photos(
    root: Path,
    files: Sequence[LabelledFile],
    trunk: LightTrunk,
    folder: Path,
    *,
    fingerprint: str,
    threads: int,
    told: Callable[[int], None],
    stop: Callable[[], bool],
) -> PhotoFeatures:
    """Runs the trunk on each photo, or takes what an earlier pass over the same photos left in `folder`.

    See `trainer.kept_looks.look_once` for the arguments and errors; `fingerprint` is that of the photos.
    """

    def open_look() -> Look:
        network = Network("trunk", _export_for_features(trunk), "cpu", threads=1)

        def look(path: Path) -> dict[str, NDArray[np.generic]]:
            pixels = torch.from_numpy(read_at_least(path, 2 * SIDE)).permute(2, 0, 1)  # (3, H, W)
            found = network.run(normalised(squeezed(pixels, SIDE), _VIEW)[None].numpy())
            return {"maps": found["features"][0], "logits": found["logits"][0]}

        return look

    kinds = {"maps": Kind(np.float16, (CHANNELS, GRID, GRID)), "logits": Kind(np.float32, (CLASSES,))}
    key = looks_key(files, fingerprint, SIDE, CHANNELS)
    kept = look_once(root, files, folder, kinds, open_look, key=key, threads=threads, told=told, stop=stop, chunk=CHUNK)
    maps = cast(NDArray[np.float16], kept.values["maps"])
    return PhotoFeatures(maps, cast(NDArray[np.float32], kept.values["logits"]), kept.readable, kept.unreadable)


def channel_statistics(features: PhotoFeatures, places: NDArray[np.intp], seed: int) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation (624,) float32 of each channel, over up to 512 of the photos at `places`."""
    chosen = np.random.default_rng(seed).permutation(places)[:512]
    sums, squares = np.zeros(CHANNELS), np.zeros(CHANNELS)
    for place in np.sort(chosen):
        values = features.maps[place].reshape(CHANNELS, -1).astype(np.float64)
        sums += values.mean(axis=1)
        squares += (values**2).mean(axis=1)
    mean = sums / len(chosen)
    deviation = np.sqrt(np.maximum(squares / len(chosen) - mean**2, 1e-10))
    return torch.from_numpy(mean).float(), torch.from_numpy(deviation).float()


class _Features(nn.Module):
    """The graph of the pass: what is kept of a photo."""

    def __init__(self, trunk: LightTrunk) -> None:
        super().__init__()
        self.trunk = trunk

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.trunk(image)
        return torch.cat([seen.stage_5, seen.stage_6, seen.last], dim=1), self.trunk.logits(seen.head)


def _export_for_features(trunk: LightTrunk) -> bytes:
    """ONNX Runtime runs the trunk about five times as fast as torch does on a CPU."""
    example = torch.zeros(2, 3, SIDE, SIDE)
    graph = export_graph(_Features(trunk), example, outputs=["features", "logits"], dynamic_axes=[0])
    return graph.SerializeToString()


def _evenly(files: Sequence[LabelledFile], most: int, seed: int) -> list[LabelledFile]:
    if len(files) <= most:
        return list(files)
    order = torch.randperm(len(files), generator=torch.Generator().manual_seed(mixed_seed(seed, len(files)))).tolist()
    turns: defaultdict[int, int] = defaultdict(int)
    ranked = []
    for place in order:
        index = files[place].class_index
        ranked.append((turns[index], place))
        turns[index] += 1
    kept = sorted(place for _, place in sorted(ranked)[:most])
    return [files[place] for place in kept]
