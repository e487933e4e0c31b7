"""Where a class is looked for that the model was not trained on: among the classes that its photos resemble.

A label unknown to the model is anchored to the model's own classes: class scores are averaged over a sample of the
label's photos, the largest few are kept, and their score maps are added by these weights. Nothing is trained, and a
photo on which the model guesses wrong does not move its map. Measured against each photo's own guess in
docs/results.md.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled, PhotoError
from engine.images import read_sized
from engine.localization.evidence import ClassWeights
from engine.localization.localizer import Localizer
from engine.localization.naming import ClassNames, fold_name
from engine.localization.preparing import shown_size

ANCHOR_CLASSES = 5
ANCHOR_PHOTOS = 16
"""How many photos of a label are looked at for it; they are spread evenly over all it has."""

_Item = TypeVar("_Item")

Anchors = Mapping[str, ClassWeights]
"""Folded label to the classes that stand for it."""


def anchor(scores: Iterable[NDArray[np.float32]]) -> ClassWeights:
    """Weights of the few classes that a label's photos resemble most; they add up to 1.

    Args:
        scores: class probabilities (C,) of each photo, at least one.
    """
    mean = np.stack(list(scores)).mean(axis=0, dtype=np.float64)  # (C,)
    strongest = np.argsort(-mean, kind="stable")[:ANCHOR_CLASSES]
    # Rounded, so that the same anchor is found again among stored maps.
    weights = np.round(mean[strongest] / mean[strongest].sum(), 6)
    return tuple((int(index), float(weight)) for index, weight in zip(strongest, weights, strict=True) if weight > 0)


def spread(items: list[_Item]) -> list[_Item]:
    """The sample that is looked at: up to `ANCHOR_PHOTOS` of the items, evenly spread, first and last among them."""
    if len(items) <= ANCHOR_PHOTOS:
        return items
    return [items[int(place)] for place in np.linspace(0, len(items) - 1, ANCHOR_PHOTOS)]


def photos_to_anchor(labelled: Iterable[tuple[_Item, Sequence[str]]], names: ClassNames) -> dict[str, list[_Item]]:
    """The sample of photos of each label that the model does not know, by folded label.

    Args:
        labelled: photos, or whatever stands for them, with their image-level labels.
        names: the model's.
    """
    found: dict[str, list[_Item]] = {}
    for photo, labels in labelled:
        for label in labels:
            if not names.find(label):
                found.setdefault(fold_name(label), []).append(photo)
    return {label: spread(photos) for label, photos in found.items()}


def find_anchors(
    photos: Mapping[str, Sequence[Path]],
    localizer: Localizer,
    *,
    on_photo: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> dict[str, ClassWeights]:
    """Looks at each label's photos, at the smallest scale only; photos that cannot be read are passed over.

    Args:
        photos: as `photos_to_anchor` answers them.
        on_photo: told how many photos are done and how many there are, after each.
        cancelled: asked before each photo.

    Returns:
        Folded label to its anchor; a label with no readable photo has none.

    Raises:
        Cancelled: `cancelled` said so.
    """
    smallest = min(localizer.model.manifest.scales, key=lambda scale: scale.side)
    total = sum(len(paths) for paths in photos.values())
    done = 0
    anchors: dict[str, ClassWeights] = {}
    for label, paths in photos.items():
        scores = []
        for path in paths:
            if cancelled is not None and cancelled():
                raise Cancelled("Stopped.")
            with contextlib.suppress(PhotoError):
                photo = read_sized(path, partial(shown_size, smallest))
                scores.append(localizer.class_scores(photo.pixels, size=(photo.width, photo.height)))
            done += 1
            if on_photo is not None:
                on_photo(done, total)
        if scores:
            anchors[label] = anchor(scores)
    return anchors
