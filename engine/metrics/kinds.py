"""What is wrong with a wrong box, and how large the object was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from engine.geometry import Box, as_array, pairwise_iou
from engine.metrics.localization import best_iou

ErrorKind = Literal["right", "several", "part", "more", "elsewhere", "nothing"]

_TOUCHES_SEVERAL = 0.3
_MOSTLY_INSIDE = 0.5
_MOSTLY_COVERS = 0.7

SIZE_EDGES = (0.1, 0.3, 0.6)
SIZE_NAMES = ("below 10 %", "10 to 30 %", "30 to 60 %", "above 60 %")
"""The largest true box's share of the photo."""


def kind_of(proposal: Box | None, truth: Sequence[Box], at: float = 0.5) -> ErrorKind:
    """Names a box's fault, the first that fits.

    - "right": IoU with a true box of at least `at`.
    - "nothing": nothing was proposed.
    - "several": covers more than 0.3 of each of several true boxes.
    - "part": more than half of it lies inside a true box.
    - "more": covers at least 0.7 of a true box.
    - "elsewhere": none of these.

    Source: the kinds of bad cases in the public code of TS-CAM (repository vasgaowei/TS-CAM).
    """
    if proposal is None:
        return "nothing"
    if best_iou(proposal, truth) >= at:
        return "right"
    boxes = as_array(list(truth))  # (M, 4)
    overlaps = pairwise_iou(as_array([proposal]), boxes)[0]  # (M,)
    areas = np.array([box.area for box in truth])
    shared = overlaps * (proposal.area + areas) / (1 + overlaps)
    covered = shared / np.maximum(areas, 1e-12)
    if np.sum(covered > _TOUCHES_SEVERAL) > 1:
        return "several"
    if np.max(shared, initial=0.0) > _MOSTLY_INSIDE * proposal.area:
        return "part"
    return "more" if np.max(covered, initial=0.0) >= _MOSTLY_COVERS else "elsewhere"


def size_bin(truth: Sequence[Box], width: int, height: int) -> int:
    """Place in `SIZE_NAMES` of a photo whose true boxes are these."""
    share = max(box.area for box in truth) / (width * height)
    return int(np.searchsorted(SIZE_EDGES, share, side="right"))
