"""A threshold chosen without any box: the best substitute that real photos showed to work.

Two things are true of a good cut, and both are measured over the whole folder at every threshold:

- **Repeatability.** A photo and its mirror image give the same box, and more so than two different photos do. Agreement
  alone is perfect where every box is the whole photo, so what chance would give is taken off: Cohen's kappa (1960)
  with the IoU as agreement, the boxes of shuffled photos as chance.
- **Colour.** What is above the cut differs in colour from what is below: the share of the photo's colour variance (Lab)
  that lies between the two parts, Otsu's criterion (1979) with the mask given by the map.

Each curve is stretched to [0, 1] and they are multiplied; the peak is the threshold. Few photos tell little, so the
result is drawn towards the model's present threshold, by 40 photos' worth (geometric mean). Rivals and figures:
`benchmarks/boxless_threshold.py` and docs/results.md, "Thresholds without boxes".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engine.evaluation.calibration_looks import Sample
from engine.evaluation.calibration_settings import THRESHOLDS, Settings
from engine.localization.heat_map import HeatMap

METHOD = "repeatability over mirror images x colour contrast, without boxes"
_PRESENT_COUNTS_AS = 40
_SHUFFLES = 8
_SEED = 0
_CHANCE_TOO_HIGH = 0.98


@dataclass(frozen=True, slots=True, eq=False)
class BoxlessMeasures:
    """What every photo shows at every threshold of `THRESHOLDS`.

    boxes, mirrored: (N, K, 4) largest box of the photo and of its mirror image, turned back, as shares of width and
        height; zeros where nothing is above the cut.
    contrast: (N, K) share of colour variance between mask and rest, in [0, 1].
    """

    boxes: NDArray[np.float64]
    mirrored: NDArray[np.float64]
    contrast: NDArray[np.float64]

    @classmethod
    def of(
        cls, samples: Sequence[Sample], settings: Settings, on_sample: Callable[[int], None] = lambda _: None
    ) -> BoxlessMeasures:
        """Measures samples that were looked at with their mirror images.

        Args:
            on_sample: told how many are done, before each.
        """
        boxes, mirrored, contrast = [], [], []
        for number, sample in enumerate(samples):
            on_sample(number)
            heat_map = sample.heat_map(settings)
            boxes.append(_largest_boxes(heat_map))
            there = _largest_boxes(sample.mirrored_heat_map(settings))
            mirrored.append(np.where(there.any(axis=1, keepdims=True), _turned_back(there), 0.0))
            contrast.append(colour_contrast(heat_map.refined, sample.small_photo()))
        return cls(np.array(boxes), np.array(mirrored), np.array(contrast))

    def repeatability(self) -> NDArray[np.float64]:
        """(K,) agreement of photo and mirror image beyond chance; 1 is perfect, 0 is no better than other photos'."""
        count = len(self.boxes)
        if count < 2:
            return np.zeros(self.boxes.shape[1])
        agreement = _ious(self.boxes, self.mirrored).mean(axis=0)
        shifts = np.random.default_rng(_SEED).permutation(np.arange(1, count))[:_SHUFFLES]
        chance = np.mean([_ious(self.boxes, np.roll(self.mirrored, shift, axis=0)).mean(axis=0) for shift in shifts], 0)
        beyond = (agreement - chance) / np.maximum(1 - chance, 1e-9)
        return np.where(chance > _CHANCE_TOO_HIGH, 0.0, beyond)

    def curve(self) -> NDArray[np.float64]:
        """(K,) the product that is maximised, smoothed over five thresholds."""
        product = _stretched(self.contrast.mean(axis=0)) * _stretched(self.repeatability())
        return np.convolve(np.pad(product, 2, mode="edge"), np.ones(5) / 5, mode="valid")


@dataclass(frozen=True, slots=True)
class BoxlessChoice:
    """threshold: what is proposed. found: the peak on these photos. photos: how many there were."""

    threshold: float
    found: float
    photos: int


def choose_without_boxes(measures: BoxlessMeasures, present_threshold: float) -> BoxlessChoice:
    """The threshold for these photos; the present one where the curve has no peak."""
    curve = measures.curve()
    count = len(measures.boxes)
    if not curve.max() > 0:
        return BoxlessChoice(present_threshold, present_threshold, count)
    found = float(THRESHOLDS[int(np.argmax(curve))])
    share = count / (count + _PRESENT_COUNTS_AS)
    drawn = max(present_threshold, THRESHOLDS[0]) ** (1 - share) * found**share
    return BoxlessChoice(round(float(drawn), 2), found, count)


def colour_contrast(values: NDArray[np.float32], photo: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of a photo's colour variance that lies between the cells above a cut and the others, at each threshold.

    Args:
        values: (h, w) map in [0, 1].
        photo: (h, w, 3) uint8 RGB on the same grid.

    Returns:
        (K,) in [0, 1]; 0 where one of the parts is empty.
    """
    colours = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float64)
    colours -= colours.mean(axis=0)
    total = float((colours**2).sum())
    if total == 0:
        return np.zeros(len(THRESHOLDS))
    order = np.argsort(-values.ravel(), kind="stable")
    sums = np.vstack([np.zeros(3), np.cumsum(colours[order], axis=0)])  # (h*w + 1, 3), of the n strongest cells
    above = np.searchsorted(-values.ravel()[order], -THRESHOLDS.astype(np.float32), side="left")  # (K,) cells > cut
    rest = values.size - above
    squared = (sums[above] ** 2).sum(axis=1)
    # The parts' sums are opposite, since the colours are centred.
    between = squared / np.maximum(above, 1) + squared / np.maximum(rest, 1)
    return np.where((above > 0) & (rest > 0), between / total, 0.0)


def _largest_boxes(heat_map: HeatMap) -> NDArray[np.float64]:
    """(K, 4) first box at each threshold as shares of the photo's width and height; zeros where there is none."""
    size = np.array([heat_map.photo_width, heat_map.photo_height] * 2, np.float64)
    rows = np.zeros((len(THRESHOLDS), 4))
    for row, cut in zip(rows, THRESHOLDS, strict=True):
        found = heat_map.boxes(float(cut))
        if found:
            row[:] = np.array(found[0].box.as_tuple()) / size
    return rows


def _turned_back(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.stack([1 - boxes[:, 2], boxes[:, 1], 1 - boxes[:, 0], boxes[:, 3]], axis=1)


def _ious(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """IoU of boxes pair by pair, (..., 4) and (..., 4) to (...); 0 where a box is missing."""
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    shared = np.prod(np.clip(high - low, 0, None), axis=-1)
    both = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1)
    return np.divide(shared, both - shared, out=np.zeros_like(shared), where=both - shared > 0)


def _stretched(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    span = curve.max() - curve.min()
    return (curve - curve.min()) / span if span > 0 else np.zeros_like(curve)
