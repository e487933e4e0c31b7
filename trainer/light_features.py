"""The quick preset looks at each photo once; what the frozen trunk saw is kept in files of the run folder.

Half precision, 0.5 MB a photo. A pass that was stopped goes on where it was; features of other photos are not taken.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.dataset.files import atomic_write
from engine.errors import Cancelled, MoltboxError, PhotoError
from engine.localization.onnx_session import Network
from trainer.data import LabelledFile, PhotoSet, View, mixed_seed, normalised, read_at_least, squeezed
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
_CHUNK = 64
_BYTES_A_PHOTO = 2 * CHANNELS * GRID * GRID + 4 * CLASSES


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

    Args:
        root: the files' paths are relative to it.
        files: photos, in the order of the answer.
        trunk: the frozen network.
        folder: where features are kept; made where missing.
        fingerprint: of the photos.
        threads: photos at a time.
        told: called with the photos done, now and then.
        stop: asked now and then; what is done by then stays.

    Raises:
        MoltboxError: the disk is too full for them.
        Cancelled: stopped on demand.
    """
    key = _key(files, fingerprint)
    state_file = folder / "state.json"
    state = _read_state(state_file, key)
    if state is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _check_room(folder, len(files))
        state = {"key": key, "done": 0, "unreadable": {}}
    mode = "r+" if (folder / "maps.f16").exists() else "w+"
    maps = np.memmap(folder / "maps.f16", np.float16, mode, shape=(len(files), CHANNELS, GRID, GRID))
    logits = np.memmap(folder / "logits.f32", np.float32, mode, shape=(len(files), CLASSES))
    if state["done"] < len(files):
        network = Network("trunk", _export_for_features(trunk), "cpu", threads=1)

        def look(file: LabelledFile) -> dict[str, NDArray[np.float32]] | str:
            try:
                pixels = torch.from_numpy(read_at_least(root / file.path, 2 * SIDE)).permute(2, 0, 1)  # (3, H, W)
            except PhotoError as error:
                return str(error)
            return network.run(normalised(squeezed(pixels, SIDE), _VIEW)[None].numpy())

        with ThreadPoolExecutor(threads) as pool:
            while state["done"] < len(files):
                if stop():
                    raise Cancelled(f"Stopped at photo {state['done']} of {len(files)}: --resume goes on from there.")
                first = state["done"]
                chunk = files[first : first + _CHUNK]
                for place, found in enumerate(pool.map(look, chunk), start=first):
                    if isinstance(found, str):
                        state["unreadable"][files[place].path] = found
                    else:
                        maps[place], logits[place] = found["features"][0], found["logits"][0]
                maps.flush()
                logits.flush()
                state["done"] = first + len(chunk)
                atomic_write(state_file, json.dumps(state).encode())
                told(state["done"])
    readable = np.array([file.path not in state["unreadable"] for file in files])
    return PhotoFeatures(maps, logits, readable, state["unreadable"])


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


def _key(files: Sequence[LabelledFile], fingerprint: str) -> str:
    digest = hashlib.sha256(f"{fingerprint} {SIDE} {CHANNELS}\n".encode())
    for file in files:
        digest.update(f"{file.path}\n".encode())
    return digest.hexdigest()


def _read_state(path: Path, key: str) -> dict | None:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return state if state["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check_room(folder: Path, photos: int) -> None:
    wanted, free = photos * _BYTES_A_PHOTO, shutil.disk_usage(folder).free
    if wanted > free:
        raise MoltboxError(
            f"{folder} needs {wanted / 1e9:.1f} GB for the features of {photos} photos, {free / 1e9:.1f} GB are free."
        )
