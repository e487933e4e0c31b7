"""Samples of a calibration whose maps, clusters and true boxes are made up, so that the right setting is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.calibration_looks import Sample, Seen, Subject
from engine.evaluation.calibration_settings import Settings
from engine.evaluation.ground_truth import Target
from engine.geometry import Box
from engine.localization.boxes import BoxRule
from engine.localization.evidence import DecisionSettings, Evidence, ScaleEvidence

GRID = 32
CELL = 10
PLACE = ((0, 1.0),)
PRESENT = Settings(
    scale_weights=(1.0,),
    propagates=False,
    foreground_power=1.0,
    score_power=1.0,
    refinement_weight=0.0,
    pick="pixels",
)

Corner = tuple[int, int, int, int]
"""x0, y0, x1, y1 in cells of the 32 x 32 grid."""


def random_corner(generator: np.random.Generator) -> Corner:
    """A rectangle of 8 to 14 cells a side, anywhere."""
    width, height = (int(side) for side in generator.integers(8, 15, 2))
    x0, y0 = int(generator.integers(0, GRID - width)), int(generator.integers(0, GRID - height))
    return x0, y0, x0 + width, y0 + height


def painted(corner: Corner, value: float, ground: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """(32, 32) float32: the rectangle filled with a value, on `ground` or zeros."""
    values = np.zeros((GRID, GRID), np.float32) if ground is None else ground.copy()
    x0, y0, x1, y1 = corner
    values[y0:y1, x0:x1] = value
    return values


def box_of(corner: Corner) -> Box:
    return Box(*(float(CELL * end) for end in corner))


def seen(maps: Sequence[NDArray[np.float32]], clusters: NDArray[np.uint16] | None = None) -> Seen:
    """One look at a photo of 320 x 320 pixels, one map a scale."""
    scales = tuple(ScaleEvidence(str(place), 1 / len(maps), None, {PLACE: values}) for place, values in enumerate(maps))
    settings = DecisionSettings(score_map_relu=True, fuse_at_image=False, rule=BoxRule(min_area=0.0))
    side = GRID * CELL
    return Seen(Evidence(np.ones(1, np.float32), ("thing",), scales, side, side, settings, clusters), None)


def sample(
    number: int,
    truth: Corner,
    maps: Sequence[NDArray[np.float32]],
    clusters: NDArray[np.uint16] | None = None,
    mirrored: Sequence[NDArray[np.float32]] | None = None,
    thumbnail: NDArray[np.uint8] | None = None,
) -> Sample:
    """A sample named after its number."""
    subject = Subject(f"{number}.jpg", Target(("thing",), None, (box_of(truth),)), GRID * CELL, GRID * CELL)
    return Sample(subject, PLACE, seen(maps, clusters), None if mirrored is None else seen(mirrored), thumbnail)
