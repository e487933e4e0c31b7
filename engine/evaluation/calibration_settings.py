"""The settings that a calibration may change, how evidence is decided again with them, and which are tried.

Everything here is a field of the model file's manifest; the networks stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from engine.localization.evidence import Evidence
from engine.localization.manifest import FORMAT_VERSION, Manifest

Coordinate = Literal["propagation", "scales", "powers", "refinement", "pick"]
"""A group of settings that are tried together while the others stay."""

COORDINATES: tuple[Coordinate, ...] = ("propagation", "scales", "powers", "refinement", "pick")
REFINEMENT_WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
POWERS = ((1.0, 1.0), (1 / 3, 2 / 3), (0.5, 0.5), (2 / 3, 1 / 3), (0.0, 1.0), (1.0, 0.0))
"""(foreground power, score power) of the product that is the class activation map."""

THRESHOLDS = np.round(np.arange(0.01, 0.801, 0.01), 2)
"""What the threshold is chosen from."""

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Settings:
    """One way to turn evidence into boxes, all but the threshold.

    scale_weights: one weight >= 0 a scale, their sum 1. propagates: whether score maps are propagated.
    """

    scale_weights: tuple[float, ...]
    propagates: bool
    foreground_power: float
    score_power: float
    refinement_weight: float
    pick: Literal["pixels", "polygon"]

    @classmethod
    def of(cls, manifest: Manifest) -> Settings:
        """The settings that a model file has now."""
        return cls(
            scale_weights=tuple(scale.weight for scale in manifest.scales),
            propagates=manifest.propagation is not None,
            foreground_power=manifest.foreground_power,
            score_power=manifest.score_power,
            refinement_weight=manifest.refinement_weight,
            pick=manifest.box_rule.pick,
        )

    def decide_again(self, evidence: Evidence) -> Evidence:
        """The same look under these settings. Propagation is not switched here: compact evidence has it behind it."""
        scales = tuple(
            replace(scale, weight=weight) for scale, weight in zip(evidence.scales, self.scale_weights, strict=True)
        )
        decided = replace(
            evidence.settings,
            rule=replace(evidence.settings.rule, pick=self.pick),
            foreground_power=self.foreground_power,
            score_power=self.score_power,
            refinement_weight=self.refinement_weight,
        )
        return replace(evidence, scales=scales, settings=decided)

    def written_into(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """The manifest's fields with these settings; only what differs is touched."""
        changed = dict(fields)
        changed["scales"] = [
            {**scale, "weight": weight} for scale, weight in zip(fields["scales"], self.scale_weights, strict=True)
        ]
        changed["box_rule"] = {**fields["box_rule"], "pick": self.pick}
        changed["refinement"] = {**fields["refinement"], "weight": self.refinement_weight}
        if fields["format_version"] == FORMAT_VERSION:
            changed["cam"] = {"foreground_power": self.foreground_power, "score_power": self.score_power}
            if not self.propagates:
                changed["propagation"] = None
        return changed

    def told(self, coordinate: Coordinate, scale_names: Sequence[str]) -> str:
        """One coordinate's value in words, for a table."""
        if coordinate == "scales":
            named = zip(scale_names, self.scale_weights, strict=True)
            return ", ".join(f"{name}: {weight:.2f}" for name, weight in named)
        if coordinate == "powers":
            return f"foreground^{self.foreground_power:.2f} x score^{self.score_power:.2f}"
        if coordinate == "refinement":
            return f"{self.refinement_weight:.2f}"
        if coordinate == "propagation":
            return "on" if self.propagates else "off"
        return self.pick


def open_coordinates(manifest: Manifest, *, format_version: int) -> tuple[Coordinate, ...]:
    """The coordinates in which this model has a choice at all; a file of version 1 has no powers to write down."""
    has: dict[Coordinate, bool] = {
        "propagation": manifest.propagation is not None,
        "scales": len(manifest.scales) > 1,
        "powers": not manifest.constant_foreground and format_version == FORMAT_VERSION,
        "refinement": manifest.clustering is not None,
        "pick": True,
    }
    return tuple(coordinate for coordinate in COORDINATES if has[coordinate])


def alternatives(present: Settings, coordinate: Coordinate) -> tuple[Settings, ...]:
    """What is tried in one coordinate beside `present`, in a fixed order."""
    if coordinate == "propagation":
        found = [replace(present, propagates=not present.propagates)]
    elif coordinate == "scales":
        found = [replace(present, scale_weights=weights) for weights in _weightings(present.scale_weights)]
    elif coordinate == "powers":
        found = [replace(present, foreground_power=front, score_power=score) for front, score in POWERS]
    elif coordinate == "refinement":
        found = [replace(present, refinement_weight=weight) for weight in REFINEMENT_WEIGHTS]
    else:
        found = [replace(present, pick="polygon" if present.pick == "pixels" else "pixels")]
    return tuple(settings for settings in dict.fromkeys(found) if settings != present)


def _weightings(present: tuple[float, ...]) -> list[tuple[float, ...]]:
    """Each scale alone, all alike, each left out, each halved and doubled."""
    count = len(present)
    tried: list[list[float]] = [[float(place == each) for place in range(count)] for each in range(count)]
    tried.append([1.0] * count)
    for each in range(count):
        for factor in (0.0, 0.5, 2.0):
            tried.append([weight * (factor if place == each else 1.0) for place, weight in enumerate(present)])
    return [_normalised(weights) for weights in tried if sum(weights) > 0]


def _normalised(weights: Sequence[float]) -> tuple[float, ...]:
    total = sum(weights)
    return tuple(round(weight / total, _DIGITS) for weight in weights)
