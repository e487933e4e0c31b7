"""Decode ▸ look ▸ decide, photo by photo, with the next photos decoded while the network runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import MoltboxError
from engine.images import read_photo
from engine.localization.anchors import Anchors
from engine.localization.boxes import ProposedBox
from engine.localization.evidence import Evidence
from engine.localization.heat_map import HeatMap
from engine.localization.localizer import Localizer
from engine.localization.naming import Placement, place_for
from engine.prelabel.labels import LabelSource

_DECODED_AHEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class ClassResult:
    """What was found for one label of a photo: its class name, where it was looked for, its map and boxes."""

    class_name: str
    placement: Placement
    heat_map: HeatMap
    boxes: tuple[ProposedBox, ...]


@dataclass(frozen=True, slots=True, eq=False)
class PhotoResult:
    """Outcome for one photo; `error` is the sentence that says why it failed, else None.

    relative: path below the folder, forward slashes. width, height: upright, pixels (0 where it failed).
    """

    relative: str
    width: int
    height: int
    found: tuple[ClassResult, ...]
    pixels: NDArray[np.uint8] | None
    error: str | None


def propose(
    photos: Iterable[Path],
    root: Path,
    localizer: Localizer,
    labels: LabelSource,
    *,
    threshold: float,
    allowed: Callable[[str], bool],
    anchors: Anchors,
    keep_pixels: bool = False,
) -> Generator[PhotoResult, None, None]:
    """Proposes boxes for photos, in their order; a photo that fails never stops the others.

    Args:
        photos: files below `root`.
        root: the folder that relative names start from.
        localizer: the loaded model.
        labels: image-level labels of a photo; a photo with none gets no box, None lets the model choose the class.
        threshold: cut of the maps, in [0, 1].
        allowed: whether a class may be proposed.
        anchors: of the labels that the model does not know; see `engine.localization.anchors`.
        keep_pixels: keep the decoded photo in the result, for pictures of the work.
    """
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="decode") as pool:
        waiting: deque[tuple[Path, Future[NDArray[np.uint8]]]] = deque()
        source = iter(photos)
        try:
            while True:
                while len(waiting) < _DECODED_AHEAD and (path := next(source, None)) is not None:
                    waiting.append((path, pool.submit(read_photo, path)))
                if not waiting:
                    return
                path, decoding = waiting.popleft()
                relative = path.relative_to(root).as_posix()
                try:
                    pixels = decoding.result()
                    evidence = localizer.look(pixels)
                except MoltboxError as error:
                    yield PhotoResult(relative, 0, 0, (), None, str(error))
                    continue
                found = tuple(_decide(evidence, localizer, labels(relative), threshold, allowed, anchors))
                height, width = pixels.shape[:2]
                yield PhotoResult(relative, width, height, found, pixels if keep_pixels else None, None)
        finally:
            for _, decoding in waiting:
                decoding.cancel()


def _decide(
    evidence: Evidence,
    localizer: Localizer,
    labels: tuple[str, ...] | None,
    threshold: float,
    allowed: Callable[[str], bool],
    anchors: Anchors,
) -> Iterator[ClassResult]:
    if labels is None:
        placed = _model_choice(evidence, allowed)
    else:
        placed = [(label, place_for(label, evidence, localizer.names, anchors)) for label in labels if allowed(label)]
    for class_name, placement in placed:
        heat_map = evidence.heat_map(placement.weights)
        yield ClassResult(class_name, placement, heat_map, heat_map.boxes(threshold))


def _model_choice(evidence: Evidence, allowed: Callable[[str], bool]) -> list[tuple[str, Placement]]:
    """The model's most probable class among those allowed."""
    for index in np.argsort(-evidence.class_scores, kind="stable"):
        name = evidence.class_names[int(index)]
        if allowed(name):
            score = float(evidence.class_scores[index])
            return [(name, Placement(((int(index), 1.0),), known=True, score=score))]
    return []
