"""What a model that is still being trained sees on a photo, as the engine's evidence: no file is written for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.images import read_photo
from engine.localization.boxes import BoxRule
from engine.localization.evidence import DecisionSettings, Evidence, ScaleEvidence
from engine.localization.model_file import ClassHead
from engine.localization.propagation import Propagation
from trainer.data import View, normalised, squeezed
from trainer.light import LightMolt
from trainer.light_export import FOREGROUND_POWER, PROPAGATION, SCORE_POWER
from trainer.light_features import PhotoFeatures
from trainer.light_trunk import LAST, STAGE_5, LightTrunk
from trainer.molt import Branch

_RULE = BoxRule(pick="pixels", max_boxes=1, min_area=0.01)
_MOLT = DecisionSettings(score_map_relu=False, fuse_at_image=False, rule=_RULE)
_LIGHT = DecisionSettings(
    score_map_relu=True,
    fuse_at_image=False,
    rule=_RULE,
    propagation=Propagation(int(PROPAGATION["power"]), int(PROPAGATION["steps"])),
    foreground_power=FOREGROUND_POWER,
    score_power=SCORE_POWER,
)


class Seen(NamedTuple):
    """What a MOLT's trunks see on a photo: width, height, and per branch tokens (D, N, N) and foreground (N, N)."""

    width: int
    height: int
    scales: list[tuple[NDArray[np.float32], NDArray[np.float32]]]


def molt_looks(
    branches: Sequence[Branch],
    root: Path,
    view: View,
    class_names: tuple[str, ...],
    device: torch.device,
    *,
    memory: dict[str, Seen] | None = None,
) -> Callable[[str], Evidence]:
    """Looks at photos with a MOLT's branches in eval mode, as its model file will, less pixel clusters.

    Args:
        memory: of what was seen so far, for frozen trunks, which see the same each time.
    """

    @torch.no_grad()
    def see(path: str) -> Seen:
        photo = read_photo(root / path)
        pixels = torch.from_numpy(photo).permute(2, 0, 1)  # (3, H, W)
        scales = []
        for branch in branches:
            image = normalised(squeezed(pixels, branch.side), view)[None].to(device)
            tokens, foreground, _ = branch.look(image)
            scales.append((_numbers(tokens[0]), _numbers(foreground[0])))
        return Seen(photo.shape[1], photo.shape[0], scales)

    def look(path: str) -> Evidence:
        seen = see(path) if memory is None else memory.get(path) or memory.setdefault(path, see(path))
        scales = [
            ScaleEvidence(
                str(branch.side),
                1 / len(branches),
                foreground,
                {},
                tokens,
                ClassHead(_numbers(branch.head.weight), _numbers(cast(Tensor, branch.head.bias))),
            )
            for branch, (tokens, foreground) in zip(branches, seen.scales, strict=True)
        ]
        return _evidence(class_names, scales, seen.width, seen.height, _MOLT)

    return look


def light_looks(
    model: LightMolt,
    trunk: LightTrunk,
    weights: Tensor,
    features: PhotoFeatures,
    places: dict[str, int],
    sizes: dict[str, tuple[int, int]],
    class_names: tuple[str, ...],
) -> Callable[[str], Evidence]:
    """Looks at photos through the features that are kept of them: at one scale, squeezed to a square.

    Args:
        model: in eval mode.
        weights: (C, 1280) of the classes over the trunk's head features.
        places: of the photos among the features.
        sizes: upright width and height of the photos in pixels.
    """
    head = ClassHead(_numbers(weights[:, :, None, None]), np.zeros(len(weights), np.float32))

    @torch.no_grad()
    def look(path: str) -> Evidence:
        seen = torch.from_numpy(np.asarray(features.maps[places[path]], np.float32))[None]  # (1, 624, h, w)
        foreground, _ = model.look(seen)
        tokens = trunk.to_head(seen[:, -LAST:])
        scale = ScaleEvidence(
            "kept",
            1.0,
            _numbers(foreground[0]),
            {},
            _numbers(tokens[0]),
            head,
            _numbers(seen[0, :STAGE_5]),
        )
        return _evidence(class_names, [scale], *sizes[path], _LIGHT)

    return look


def _evidence(
    class_names: tuple[str, ...], scales: list[ScaleEvidence], width: int, height: int, settings: DecisionSettings
) -> Evidence:
    scores = np.zeros(len(class_names), np.float32)  # boxes of known classes need no scores
    return Evidence(scores, class_names, tuple(scales), width, height, settings)


def _numbers(values: Tensor) -> NDArray[np.float32]:
    return values.detach().float().cpu().numpy()
