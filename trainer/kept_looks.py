"""What a frozen network saw on each photo, looked at once and kept in files of the run folder.

A pass that was stopped, or killed, goes on where it was; what is kept of other photos is not taken.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import DTypeLike, NDArray
from torch import nn
from torch.optim import AdamW

from engine.dataset.files import atomic_write
from engine.errors import Cancelled, MoltboxError, PhotoError
from trainer.checkpoint import Progress, save_checkpoint
from trainer.data import LabelledFile, PhotoSet

FOLDER = "features"
_FORMAT = 2
CHUNK = 64
"""Photos between two notes of how far the pass is."""

Look = Callable[[Path], Mapping[str, NDArray[np.generic]]]
"""What is kept of a photo, by name; raises PhotoError."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Numbers kept of a photo: their type and shape."""

    dtype: DTypeLike
    shape: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class KeptLooks:
    """What was seen, in the order of the files.

    values: by name, (N, ...) memory-mapped.
    readable: (N,) bool; entries of photos that could not be read are 0.
    unreadable: why not, by relative path.
    """

    values: dict[str, NDArray[np.generic]]
    readable: NDArray[np.bool_]
    unreadable: dict[str, str]


def look_once(
    root: Path,
    files: Sequence[LabelledFile],
    folder: Path,
    kinds: Mapping[str, Kind],
    open_look: Callable[[], Look],
    *,
    key: str,
    threads: int,
    told: Callable[[int], None],
    stop: Callable[[], bool],
    chunk: int = CHUNK,
) -> KeptLooks:
    """Looks at each photo, or takes what an earlier pass over the same photos left in `folder`.

    Args:
        root: the files' paths are relative to it.
        files: photos, in the order of the answer.
        folder: where it is kept; made where missing.
        kinds: what is kept of a photo.
        open_look: opens the network, if any photo is left to look at; what it answers is called by several threads.
        key: of photos and network (see `looks_key`).
        threads: photos at a time.
        told: called with the photos done, now and then.
        stop: asked now and then; what is done by then stays.

    Raises:
        MoltboxError: the disk is too full for them.
        Cancelled: stopped on demand.
    """
    state_file = folder / "state.json"
    state = _read_state(state_file, key)
    if state is None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _check_room(folder, kinds, len(files))
        state = {"key": key, "done": 0, "unreadable": {}}
    maps = {name: _mapped(folder / f"{name}.bin", kind, len(files)) for name, kind in kinds.items()}
    if state["done"] < len(files):
        look = open_look()

        def tried(file: LabelledFile) -> Mapping[str, NDArray[np.generic]] | str:
            try:
                return look(root / file.path)
            except PhotoError as error:
                return str(error)

        with ThreadPoolExecutor(threads) as pool:
            while state["done"] < len(files):
                if stop():
                    raise Cancelled(f"Stopped at photo {state['done']} of {len(files)}: --resume goes on from there.")
                first = state["done"]
                part = files[first : first + chunk]
                for place, found in enumerate(pool.map(tried, part), start=first):
                    if isinstance(found, str):
                        state["unreadable"][files[place].path] = found
                    else:
                        for name, value in found.items():
                            maps[name][place] = value
                for values in maps.values():
                    values.flush()
                state["done"] = first + len(part)
                atomic_write(state_file, json.dumps(state).encode())
                told(state["done"])
    readable = np.array([file.path not in state["unreadable"] for file in files])
    return KeptLooks(dict(maps), readable, state["unreadable"])


def looks_key(files: Sequence[LabelledFile], *what: object) -> str:
    """Tells looks of these photos, in this order, from all others."""
    digest = hashlib.sha256(f"{_FORMAT} {' '.join(map(str, what))}\n".encode())
    for file in files:
        digest.update(f"{file.path}\n".encode())
    return digest.hexdigest()


def check_every_class_is_seen(photos: PhotoSet, shown: NDArray[np.bool_]) -> None:
    """
    Args:
        shown: (n, C) classes of the training photos that can be read.

    Raises:
        MoltboxError: none of a class's photos can be read.
    """
    for index, name in enumerate(photos.class_names):
        if not shown[:, index].any():
            raise MoltboxError(f"None of the photos of the class {name!r} could be read, so there is no model of it.")


def save_the_start(run_folder: Path, photos: PhotoSet) -> None:
    """A checkpoint of nothing, so that --resume finds the training and takes the features that are there."""
    nothing = nn.Linear(1, 1)
    start = Progress(step=0, elapsed_s=0.0, fingerprint=photos.fingerprint)
    save_checkpoint(run_folder, nothing, AdamW(nothing.parameters()), start)


def _mapped(path: Path, kind: Kind, count: int) -> np.memmap:
    return np.memmap(path, kind.dtype, "r+" if path.exists() else "w+", shape=(count, *kind.shape))


def _read_state(path: Path, key: str) -> dict | None:
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        return state if state["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _check_room(folder: Path, kinds: Mapping[str, Kind], photos: int) -> None:
    a_photo = sum(np.dtype(kind.dtype).itemsize * int(np.prod(kind.shape)) for kind in kinds.values())
    wanted, free = photos * a_photo, shutil.disk_usage(folder).free
    if wanted > free:
        raise MoltboxError(
            f"{folder} needs {wanted / 1e9:.1f} GB for the features of {photos} photos, {free / 1e9:.1f} GB are free."
        )
