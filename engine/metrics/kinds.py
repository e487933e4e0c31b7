"""What is wrong with a wrong box, and how large the object was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from engine.geometry import Box, iou
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
    - "part": more than half of it lies inside the true box of the highest IoU.
    - "more": covers at least 0.7 of that box.
    - "elsewhere": none of these.

    `truth` has at least one box. Source: the kinds of bad cases in the public code of TS-CAM (repository
    vasgaowei/TS-CAM), here with the areas of half-open boxes.
    """
    if proposal is None:
        return "nothing"
    if best_iou(proposal, truth) >= at:
        return "right"
    if sum(_shared(proposal, box) / box.area > _TOUCHES_SEVERAL for box in truth) > 1:
        return "several"
    nearest = max(truth, key=lambda box: iou(proposal, box))
    shared = _shared(proposal, nearest)
    if shared / proposal.area > _MOSTLY_INSIDE:
        return "part"
    return "more" if shared / nearest.area >= _MOSTLY_COVERS else "elsewhere"


def _shared(a: Box, b: Box) -> float:
    """Area that both boxes cover."""
    width, height = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
    return max(width, 0.0) * max(height, 0.0)


def size_bin(truth: Sequence[Box], width: int, height: int) -> int:
    """Place in `SIZE_NAMES` of a photo whose true boxes are these."""
    share = max(box.area for box in truth) / (width * height)
    return int(np.searchsorted(SIZE_EDGES, share, side="right"))
