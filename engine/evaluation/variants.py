"""The maps of one look that are scored beside the proposal's: each scale alone, not refined, with steps left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.localization.evidence import ClassWeights, Evidence
from engine.localization.manifest import Manifest

PROPOSED = "as proposed"
REFINEMENT_WEIGHTS = (0.25, 0.5, 0.75, 1.0)

Kind = Literal["proposed", "fused", "scale", "refinement", "without"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One map of a look.

    name: in words, as the report's table says it. kind: what it varies. view: the map's name in the heat map.
    propagates, weighs_foreground: those steps are kept. refinement_weight: None keeps the model's.
    """

    name: str
    kind: Kind
    view: str
    propagates: bool = True
    weighs_foreground: bool = True
    refinement_weight: float | None = None

    @property
    def in_reach(self) -> bool:
        """Whether a person can get at this map in the window: another scale, or another cluster setting."""
        return self.kind in ("scale", "fused", "refinement")

    def decide_again(self, evidence: Evidence) -> Evidence:
        settings = evidence.settings
        if not self.propagates:
            settings = replace(settings, propagation=None)
        if not self.weighs_foreground:
            settings = replace(settings, foreground_power=0.0, score_power=1.0)
        if self.refinement_weight is not None:
            settings = replace(settings, refinement_weight=self.refinement_weight)
        return evidence if settings == evidence.settings else replace(evidence, settings=settings)


def variants_of(manifest: Manifest, *, steps: bool = False) -> tuple[Variant, ...]:
    """What can be told apart in a model, the proposal first.

    Args:
        steps: also what each step adds: the map without propagation, without foreground, and the finest scale without
            any, which is the plain class activation map.
    """
    found = [Variant(PROPOSED, "proposed", "refined")]
    if manifest.clustering is not None:
        found.append(Variant("fused, not refined", "fused", "fused"))
    several = len(manifest.scales) > 1
    if several:
        found.extend(Variant(f"scale {scale.name} alone", "scale", scale.name) for scale in manifest.scales)
    if manifest.clustering is not None:
        found.extend(
            Variant(f"refinement weight {weight:g}", "refinement", "refined", refinement_weight=weight)
            for weight in REFINEMENT_WEIGHTS
            if weight != manifest.refinement_weight
        )
    if steps:
        found.extend(_without(manifest))
    return tuple(found)


def _without(manifest: Manifest) -> Iterator[Variant]:
    propagates, has_foreground = manifest.propagation is not None, not manifest.constant_foreground
    if propagates:
        yield Variant("without propagation", "without", "refined", propagates=False)
    if has_foreground:
        yield Variant("without foreground", "without", "refined", weighs_foreground=False)
    if propagates or has_foreground:
        finest = max(manifest.scales, key=lambda scale: scale.side)
        name = f"scale {finest.name} alone, plain class activation map"
        yield Variant(name, "without", finest.name, propagates=False, weighs_foreground=False)


def maps_of(
    evidence: Evidence, place: ClassWeights, variants: Sequence[Variant]
) -> Iterator[tuple[Variant, NDArray[np.float32]]]:
    """The map (h, w) float32 in [0, 1] of each variant, in their order; maps of the same settings are made once."""
    made = {}
    for variant in variants:
        key = variant.propagates, variant.weighs_foreground, variant.refinement_weight
        if key not in made:
            made[key] = variant.decide_again(evidence).heat_map(place)
        yield variant, made[key].view(variant.view)
