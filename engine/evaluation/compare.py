"""Two models on the same photos, of which a person's boxes are known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.geometry import Box, iou
from engine.localization.anchors import Anchors
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from engine.metrics.localization import centred_box_ious, cross_fitted, whole_photo

RIGHT_IOU = 0.5
ALIKE = 0.05
"""Two IoU values that differ by no more tell nothing about which model is better."""


def proposed_box(
    localizer: Localizer, pixels: NDArray[np.uint8], class_name: str, threshold: float, anchors: Anchors
) -> Box | None:
    """The first box that a model proposes for a class on a photo, in photo pixels; None where there is none.

    Args:
        localizer: the model.
        pixels: (H, W, 3) uint8 RGB, upright.
        class_name: what the photo shows.
        threshold: that the map is cut at, in [0, 1].
        anchors: what stands for labels that the model does not know.

    Raises:
        ModelFileError: the model cannot look at this photo.
    """
    evidence = localizer.look(pixels)
    placement = place_for(class_name, evidence, localizer.names, anchors)
    found = evidence.heat_map(placement.weights).boxes(threshold)
    return found[0].box if found else None


def best_iou(box: Box | None, truths: Sequence[Box]) -> tuple[float, Box]:
    """IoU with the true box that a proposal fits best, in [0, 1], and that box; the largest where there is none."""
    if box is None:
        return 0.0, max(truths, key=lambda truth: truth.width * truth.height)
    overlap, place = max((iou(box, truth), -place) for place, truth in enumerate(truths))
    return overlap, truths[-place]


def changed(old_iou: float, new_iou: float) -> Literal["better", "worse", "same"]:
    """Whether the new model's box is better, worse, or as good as the same."""
    if abs(new_iou - old_iou) <= ALIKE:
        return "same"
    return "better" if new_iou > old_iou else "worse"


def trivial_shares(photos: Sequence[tuple[tuple[int, int], Sequence[Box]]]) -> tuple[float, float] | None:
    """How many photos the best centred box and the whole photo get right, as shares in [0, 1]; None without photos.

    The side of the centred box is chosen on the other half of the photos each time.

    Args:
        photos: width and height of each photo, and its true boxes, one or more.
    """
    if not photos:
        return None
    sizes, truths = [size for size, _ in photos], [boxes for _, boxes in photos]
    whole = [best_iou(whole_photo(*size), boxes)[0] >= RIGHT_IOU for size, boxes in photos]
    centred = centred_box_ious(sizes, truths)
    # One photo has no other half to choose on.
    chosen = cross_fitted(centred, at=RIGHT_IOU) if len(photos) > 1 else float(whole[0])
    return chosen, sum(whole) / len(whole)


def sign_test(won: int, lost: int) -> float:
    """How probable a difference of this size or larger is if neither were better, in [0, 1].

    The exact two-sided sign test on the photos that only one of the two has right (McNemar's exact test).

    Args:
        won: photos that only the new model has right.
        lost: photos that only the old one has.
    """
    count = won + lost
    tail = sum(math.comb(count, k) for k in range(max(won, lost), count + 1)) / 2**count
    return min(1.0, 2 * tail)
