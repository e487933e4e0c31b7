"""One network over many photos: its loss, its log, stopping and going on, and its export in the engine."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import safetensors.torch
import torch

from engine.errors import Cancelled, MoltboxError
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.localization.model_file import write_model_file
from support import tiny_model
from support.shape_classes import write_shape_classes
from trainer.asking import Asks
from trainer.checkpoint import newest_checkpoint
from trainer.clustering.amortised import (
    ClusteringConfig,
    balanced_loss,
    seeded_network,
    show,
    spread,
    train_clustering,
)
from trainer.clustering.export import NETWORK, SETTINGS, export_clustering, manifest_fields
from trainer.clustering.superpixels import find_superpixels, guided_loss

SHORT = ClusteringConfig(steps=7, log_every=1, seed=4)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    root = write_shape_classes(tmp_path_factory.mktemp("photos"), 1, width=48, height=40)
    return sorted(root.rglob("*.png"))


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small photos, and no graph: exporting takes seconds and is tested below."""
    monkeypatch.setattr("trainer.clustering.amortised.SETTINGS", replace(SETTINGS, side=64))
    monkeypatch.setattr("trainer.clustering.amortised.export_clustering", lambda _: b"graph")


def weights_of(run: Path) -> dict[str, torch.Tensor]:
    checkpoint = newest_checkpoint(run)
    assert checkpoint is not None
    return safetensors.torch.load_file(checkpoint / "weights.safetensors")


def log_of(run: Path) -> list[dict[str, float]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == "step"]


def stop_after(steps: int) -> Callable[[], bool]:
    asked = itertools.count(1)
    return lambda: next(asked) >= steps


@pytest.mark.usefixtures("exports")
def test_a_training_that_was_stopped_goes_on_exactly(photos: list[Path], tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert train_clustering(photos, whole, SHORT) == b"graph"
    with pytest.raises(Cancelled, match="after step 4 of 7"):
        train_clustering(photos, parts, SHORT, asks=Asks(interrupted=stop_after(4)))
    train_clustering(photos, parts, SHORT, resume=True)
    expected, found = weights_of(whole), weights_of(parts)
    assert expected.keys() == found.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)
    assert [line["loss"] for line in log_of(parts)] == [line["loss"] for line in log_of(whole)]


@pytest.mark.usefixtures("exports")
def test_the_log_tells_the_number_of_clusters_and_the_loss_falls(photos: list[Path], tmp_path: Path) -> None:
    train_clustering(photos, tmp_path, replace(SHORT, steps=15))
    lines = log_of(tmp_path)
    assert [line["step"] for line in lines] == list(range(1, 16))
    assert [line["epoch"] for line in lines] == [1 + step // 3 for step in range(15)]
    assert all(1 <= line["clusters"] <= 32 for line in lines)
    assert np.mean([line["loss"] for line in lines[-3:]]) < np.mean([line["loss"] for line in lines[:3]]) - 0.2


@pytest.mark.usefixtures("exports")
def test_a_finished_training_is_only_exported_again(photos: list[Path], tmp_path: Path) -> None:
    train_clustering(photos, tmp_path, replace(SHORT, steps=2))
    before = weights_of(tmp_path)
    train_clustering(photos, tmp_path, replace(SHORT, steps=2), resume=True, asks=Asks(interrupted=lambda: True))
    assert all(torch.equal(value, before[name]) for name, value in weights_of(tmp_path).items())


def test_the_balance_is_the_entropy_of_the_mean_scores() -> None:
    scores = torch.from_numpy(np.random.default_rng(2).normal(size=(6, 8, 10)).astype(np.float32))
    superpixels = torch.arange(20).reshape(4, 5).repeat_interleave(2, 0).repeat_interleave(2, 1)
    shares = np.exp(scores.numpy()) / np.exp(scores.numpy()).sum(axis=0)
    mean = shares.reshape(6, -1).mean(axis=1)
    plain, voted = guided_loss(scores, superpixels)
    loss, same = balanced_loss(scores, superpixels, 2.5)
    assert loss.item() == pytest.approx(plain.item() + 2.5 * float((mean * np.log(mean)).sum()), rel=1e-5)
    assert torch.equal(voted, same)


def test_a_photo_is_shown_as_the_engine_shows_it_with_superpixels_to_match(photos: list[Path]) -> None:
    photo = read_photo(photos[0])
    plain, mirrored = show(photo, mirrored=False), show(photo, mirrored=True)
    assert plain.image.shape == (1, 3, 120, 144)  # 128² pixels about, in the photo's shape
    assert torch.equal(mirrored.image, plain.image.flip(3))
    pixels = np.round(mirrored.image[0].permute(1, 2, 0).numpy() * 255).astype(np.uint8)
    assert np.array_equal(mirrored.superpixels.numpy(), find_superpixels(pixels))


def test_photos_are_spread_evenly() -> None:
    paths = [Path(str(number)) for number in range(10)]
    assert spread(paths, 4) == [Path("0"), Path("2"), Path("5"), Path("7")]
    assert spread(paths, 50) == paths
    assert spread([], 5) == []


@pytest.mark.usefixtures("exports")
def test_a_photo_that_cannot_be_read_is_left_out(photos: list[Path], tmp_path: Path, capsys) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    train_clustering([photos[0], broken, photos[1]], tmp_path / "run", replace(SHORT, steps=6))
    assert capsys.readouterr().err.count("broken.jpg:") == 1
    assert [line["step"] for line in log_of(tmp_path / "run")] != []
    with pytest.raises(MoltboxError, match=r"None of the photos could be read, .*\."):
        train_clustering([broken], tmp_path / "none", replace(SHORT, steps=2))


@pytest.mark.usefixtures("exports")
def test_what_cannot_be_gone_on_with_is_one_sentence(photos: list[Path], tmp_path: Path) -> None:
    with pytest.raises(MoltboxError, match="There are no photos"):
        train_clustering([], tmp_path, SHORT)
    train_clustering(photos, tmp_path, replace(SHORT, steps=2))
    with pytest.raises(MoltboxError, match="photos have changed"):
        train_clustering(photos[:2], tmp_path, replace(SHORT, steps=2), resume=True)
    with pytest.raises(MoltboxError, match="begun with balance"):
        train_clustering(photos, tmp_path, replace(SHORT, steps=2, balance=0.5), resume=True)


@pytest.fixture(scope="module")
def graph() -> bytes:
    return export_clustering(seeded_network(8))


def test_onnx_runtime_gives_the_clusters_of_torch_for_any_batch_and_size(graph: bytes) -> None:
    assert len(graph) < 300_000
    network = seeded_network(8)
    for parameter in network.parameters():
        if parameter.numel() >= 256:
            parameter.data = parameter.data.half().float()  # as stored
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for batch, height, width in ((1, 48, 80), (3, 64, 40)):
        image = torch.rand(batch, 3, height, width)
        (found,) = session.run(["clusters"], {"image": image.numpy()})
        with torch.no_grad():
            expected = network(image).argmax(dim=1).numpy()
        assert np.asarray(found).shape == (batch, height, width)
        assert np.mean(np.asarray(found) == expected) > 0.999  # near-equal scores may round either way
        assert len(np.unique(expected)) > 4


def test_the_engine_clusters_a_photo_with_it(graph: bytes, photos: list[Path], tmp_path: Path) -> None:
    path = tmp_path / "with_clusters.molt"
    networks = {"trunk": tiny_model.network_bytes(), NETWORK: graph}
    write_model_file(path, tiny_model.manifest(**manifest_fields(carried=True)), networks, tiny_model.heads())
    evidence = Localizer.open(path, threads=1).look(read_photo(photos[0]))
    assert evidence.clusters is not None
    assert evidence.clusters.shape == (120, 144)
    assert evidence.settings.refinement_weight == 0.5
    heat_map = evidence.heat_map(0)
    assert not np.allclose(heat_map.refined, heat_map.fused, atol=1e-3)


def test_a_file_without_the_network_says_so() -> None:
    assert manifest_fields(carried=False)["clustering"] is None
    assert manifest_fields(carried=False)["refinement"]["weight"] == 0
