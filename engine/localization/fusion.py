"""Score maps, class activation maps and their fusion over scales.

Source: the method's §2.3 to §2.5 (score map by a convolutional class head, CAM = foreground x score map, branches
brought to the finest grid, min-maxed one by one, added by weight, min-maxed again). The exponents of the product are a
departure, measured in docs/results.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

_FLAT = 1e-12


def min_max(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Stretches a map to [0, 1]; a flat map has no peak and becomes zeros."""
    low, high = float(values.min()), float(values.max())
    if not high - low > _FLAT:
        return np.zeros_like(values, dtype=np.float32)
    return ((values - low) / (high - low)).astype(np.float32)


def resize_map(values: NDArray[np.float32], shape: tuple[int, int]) -> NDArray[np.float32]:
    """Resamples a map bilinearly to (rows, columns), half-pixel centres."""
    if values.shape == shape:
        return values
    resized = cv2.resize(values, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR)
    return np.asarray(resized, dtype=np.float32)


def score_maps(
    tokens: NDArray[np.float32],
    weight: NDArray[np.float32],
    bias: NDArray[np.float32],
    class_indices: Sequence[int],
) -> NDArray[np.float32]:
    """Score maps of the asked classes only: the class head's convolution, stride 1, zero-padded.

    Args:
        tokens: (D, h, w) features the head reads.
        weight: (C, D, k, k), k 1 or 3.
        bias: (C,).
        class_indices: K class indices.

    Returns:
        (K, h, w) float32.
    """
    depth, rows, columns = tokens.shape
    asked = weight[list(class_indices)]  # (K, D, k, k)
    side = weight.shape[-1]
    margin = side // 2
    padded = np.pad(tokens, ((0, 0), (margin, margin), (margin, margin))) if margin else tokens
    maps = np.zeros((len(asked), rows * columns), dtype=np.float32)
    for dy in range(side):
        for dx in range(side):
            window = padded[:, dy : dy + rows, dx : dx + columns].reshape(depth, -1)  # (D, h*w)
            maps += asked[:, :, dy, dx] @ window
    maps += bias[list(class_indices), None]
    return maps.reshape(len(asked), rows, columns)


def class_activation_map(
    score_map: NDArray[np.float32],
    foreground: NDArray[np.float32] | None,
    *,
    foreground_power: float = 1.0,
    score_power: float = 1.0,
) -> NDArray[np.float32]:
    """The product of foreground and score map.

    Args:
        score_map: (h, w) float32, signed.
        foreground: (h, w) float32 >= 0; None where it is constant.
        foreground_power: with both powers 1 the product is the method's own, F x S before any normalisation. With any
            others both maps are min-maxed and the product is F^foreground_power x S^score_power.
        score_power: see `foreground_power`.

    Returns:
        (h, w) float32.
    """
    if foreground_power == 1.0 and score_power == 1.0:
        return score_map if foreground is None else score_map * foreground
    product = min_max(score_map) ** score_power
    if foreground is not None:
        product = product * min_max(foreground) ** foreground_power
    return np.asarray(product, dtype=np.float32)


def fuse(cams: Sequence[NDArray[np.float32]], weights: Sequence[float]) -> tuple[list[NDArray[np.float32]], NDArray]:
    """Brings CAMs to the finest grid, min-maxes each, adds them by weight and min-maxes the sum.

    Args:
        cams: one (h_i, w_i) float32 map a scale.
        weights: one weight >= 0 a scale.

    Returns:
        The min-maxed map of each scale and the fused map, all (h, w) of the finest grid, in [0, 1].
    """
    shape = max((cam.shape for cam in cams), key=lambda size: size[0] * size[1])
    each = [min_max(resize_map(cam, shape)) for cam in cams]
    fused = sum((weight * values for weight, values in zip(weights, each, strict=True)), np.zeros(shape, np.float32))
    return each, min_max(np.asarray(fused, dtype=np.float32))
