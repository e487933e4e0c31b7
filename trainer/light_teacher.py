"""What the light MOLT is taught by: maps and boxes that the frozen trunk gives of the labels alone.

No box made by a person is used. A photo's map comes from its class's score map and the same map propagated to similar
cells; a cell is foreground where the map is clear, and the box is that of the map's largest part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.errors import Cancelled
from engine.localization.anchors import anchor
from engine.localization.boxes import BoxRule, component_boxes
from engine.localization.fusion import min_max, resize_map
from engine.localization.propagation import Propagation, propagate, transition
from trainer.light_features import GRID, PhotoFeatures
from trainer.light_trunk import LAST, STAGE_5, LightTrunk

PROPAGATION = Propagation(power=3, steps=2)
BOX_THRESHOLD = 0.3
CLEAR_FROM, CLEAR_OVER = 0.1, 0.35
"""A cell of map value m is foreground by clip((m - 0.1) / 0.35, 0, 1)."""

_BOX_GRID = 128


@dataclass(frozen=True, slots=True, eq=False)
class Lessons:
    """What each photo teaches.

    foreground: (N, 20, 20) float32 in [0, 1].
    boxes: (N, 4) float32 x0, y0, x1, y1 as shares of the photo; all 0 where there is none.
    """

    foreground: Tensor
    boxes: Tensor


def anchored_weights(logits: NDArray[np.float32], shown: NDArray[np.bool_], classifier: Tensor) -> Tensor:
    """The classes' weights over the trunk's head features, without training one.

    Each class is the mixture of the five ImageNet classes that its photos resemble most (`engine.localization.anchors`)
    weighted by how much they do.

    Args:
        logits: (N, 1000) of ImageNet's classes, of photos that could be read.
        shown: (N, C) whether a photo shows a class; each class at least once.
        classifier: (1000, 1280) weight of ImageNet's classes.

    Returns:
        (C, 1280).
    """
    scores = functional.softmax(torch.from_numpy(np.asarray(logits, np.float64)), dim=1).float().numpy()
    weights = []
    for of_class in shown.T:
        parts = anchor(scores[of_class])
        weights.append(sum((share * classifier[source] for source, share in parts), torch.zeros(classifier.shape[1])))
    return torch.stack(weights)


@torch.no_grad()
def prepare_lessons(
    features: PhotoFeatures,
    classes: Sequence[Sequence[int]],
    weights: Tensor,
    trunk: LightTrunk,
    told: Callable[[int], None],
    stop: Callable[[], bool],
) -> Lessons:
    """Makes the map and the box of each photo; the entries of photos that could not be read are 0.

    Args:
        features: of all photos.
        classes: of each photo that teaches; these come first. One of several teaches the largest of its classes' maps
            everywhere, one of none an empty map.
        weights: (C, 1280) of the classes over the trunk's head features.
        trunk: the frozen network.
        told: called with the photos done, after each.
        stop: asked before each photo.

    Raises:
        Cancelled: stopped on demand.
    """
    foreground = torch.zeros(len(classes), GRID, GRID)
    boxes = torch.zeros(len(classes), 4)
    for place, labels in enumerate(classes):
        if stop():
            raise Cancelled("Stopped before the first step: --resume goes on from there.")
        if features.readable[place] and labels:
            seen = np.asarray(features.maps[place], np.float32)  # (624, h, w)
            head = trunk.to_head(torch.from_numpy(seen[-LAST:])[None])[0]  # (1280, h, w)
            score_maps = [torch.einsum("d,dhw->hw", weights[label], head).numpy() for label in labels]
            taught = np.max([teacher_map(score_map, seen[:STAGE_5]) for score_map in score_maps], axis=0)
            foreground[place] = torch.from_numpy(np.clip((taught - CLEAR_FROM) / CLEAR_OVER, 0, 1))
            boxes[place] = torch.tensor(pseudo_box(taught))
        told(place + 1)
    return Lessons(foreground, boxes)


def teacher_map(score_map: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Geometric mean of a class's score map and the same map propagated.

    Args:
        score_map: (h, w), signed.
        features: (E, h, w) that propagation compares.

    Returns:
        (h, w) float32 in [0, 1].
    """
    marked = min_max(np.maximum(score_map, 0.0))
    spread = min_max(propagate(marked, transition(features, PROPAGATION.power), PROPAGATION.steps))
    return min_max(np.sqrt(marked * spread))


def pseudo_box(values: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """Box of the largest part of a map (h, w) above the threshold: x0, y0, x1, y1 as shares; 0s where there is none."""
    fine = resize_map(values, (_BOX_GRID, _BOX_GRID))
    found = component_boxes(fine, BOX_THRESHOLD, BoxRule(min_area=0.0), photo_width=1, photo_height=1)
    if not found:
        return (0.0, 0.0, 0.0, 0.0)
    box = found[0].box
    return (box.x0, box.y0, box.x1, box.y1)
