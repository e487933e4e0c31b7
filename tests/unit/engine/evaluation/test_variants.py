"""The maps scored beside the proposal: which there are for a model, and that each is the map that it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.evaluation.variants import maps_of, variants_of
from engine.geometry import Box
from engine.localization.evidence import Evidence
from engine.localization.fusion import min_max
from engine.localization.localizer import Localizer
from engine.localization.propagation import Propagation
from engine.localization.refinement import refine
from support.photos import shape_photo
from support.tiny_model import write_tiny_model

CLUSTERING = {
    "clustering": {"network": "clusters", "side": 64, "multiple": 16},
    "refinement": {"weight": 0.5, "split_components": False},
}
PLACE = ((0, 1.0),)


@pytest.fixture
def localizer(tmp_path: Path) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path / "tiny.molt", **CLUSTERING), threads=1)


@pytest.fixture
def evidence(localizer: Localizer) -> Evidence:
    """A look with a foreground and features, which the tiny networks do not give."""
    seen = localizer.look(shape_photo(Box(96, 48, 224, 160)))
    generator = np.random.default_rng(0)
    scales = []
    for scale in seen.scales:
        assert scale.tokens is not None
        shape = scale.tokens.shape[1:]
        foreground = generator.random(shape).astype(np.float32)
        scales.append(replace(scale, foreground=foreground, features=generator.random((4, *shape)).astype(np.float32)))
    settings = replace(seen.settings, propagation=Propagation(2, 1), foreground_power=0.5, score_power=0.5)
    return replace(seen, scales=tuple(scales), settings=settings)


def test_a_model_without_clusters_and_steps_has_its_scales(tmp_path: Path) -> None:
    manifest = Localizer.open(write_tiny_model(tmp_path / "plain.molt"), threads=1).model.manifest
    names = ["as proposed", "scale 128 alone", "scale 256 alone"]
    assert [variant.name for variant in variants_of(manifest)] == names
    assert [variant.name for variant in variants_of(manifest, steps=True)] == names


def test_each_map_is_the_one_that_it_says(localizer: Localizer, evidence: Evidence) -> None:
    manifest = replace(localizer.model.manifest, propagation=Propagation(2, 1), constant_foreground=False)
    variants = variants_of(manifest, steps=True)
    found = {variant.name: values for variant, values in maps_of(evidence, PLACE, variants)}
    shown = evidence.heat_map(PLACE)
    assert shown.clusters is not None
    np.testing.assert_array_equal(found["as proposed"], shown.refined)
    np.testing.assert_array_equal(found["fused, not refined"], shown.fused)
    np.testing.assert_array_equal(found["scale 128 alone"], shown.scales[0].values)
    for weight in (0.25, 0.75, 1.0):
        by_hand = min_max(refine(shown.fused, shown.clusters, weight))
        np.testing.assert_allclose(found[f"refinement weight {weight:g}"], by_hand, atol=1e-6)
    assert "refinement weight 0.5" not in found
    still = replace(evidence, settings=replace(evidence.settings, propagation=None))
    np.testing.assert_array_equal(found["without propagation"], still.heat_map(PLACE).refined)
    bare = replace(evidence, scales=tuple(replace(scale, foreground=None) for scale in evidence.scales))
    bare = replace(bare, settings=replace(bare.settings, foreground_power=1.0, score_power=1.0))
    np.testing.assert_allclose(found["without foreground"], bare.heat_map(PLACE).refined, atol=1e-5)
    plain = replace(bare, settings=replace(bare.settings, propagation=None)).heat_map(PLACE).scales[1].values
    np.testing.assert_allclose(found["scale 256 alone, plain class activation map"], plain, atol=1e-5)
    different = [name for name, values in found.items() if not np.array_equal(values, shown.refined)]
    assert len(different) == len(variants) - 1


def test_what_a_person_can_reach_leaves_out_single_steps(localizer: Localizer) -> None:
    manifest = replace(localizer.model.manifest, propagation=Propagation(2, 1))
    reach = [variant.name for variant in variants_of(manifest, steps=True) if variant.in_reach]
    assert "fused, not refined" in reach
    assert "refinement weight 1" in reach
    assert "as proposed" not in reach
    assert "without propagation" not in reach
