"""The foreground network: learns a rule of the features, the same with the same seed, and keeps it in its file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from engine.errors import MoltboxError
from support.light_features import StandInTrunk, stand_in_look
from support.shape_classes import write_shape_classes
from trainer import foreground
from trainer.data import read_photo_set
from trainer.foreground import Cells, ForegroundNetwork, train_foreground
from trainer.light_features import CHANNELS
from trainer.light_trunk import TrunkFeatures


def made_up_cells(photos: int, seed: int) -> Cells:
    """Cells whose foreground shows in twenty channels; the channels differ in size and offset."""
    generator = torch.Generator().manual_seed(seed)
    foreground = (torch.rand(photos, 12, generator=generator) > 0.5).float()
    features = torch.randn(photos, 12, CHANNELS, generator=generator)
    features[..., :20] += foreground[..., None]
    return Cells((features * torch.linspace(0.1, 3.0, CHANNELS) + 2.0).half(), foreground)


def share_right(network: ForegroundNetwork, cells: Cells) -> float:
    with torch.no_grad():
        said = network(cells.features.float().permute(0, 2, 1)[..., None])[..., 0] > 0
    return float((said == cells.foreground.bool()).float().mean())


def test_the_loss_falls_and_what_is_learnt_holds_for_new_photos() -> None:
    network, losses = train_foreground(made_up_cells(96, seed=0), steps=40)
    assert np.mean(losses[-10:]) < 0.5 * np.mean(losses[:10])
    assert share_right(network, made_up_cells(32, seed=1)) > 0.75


def test_nothing_is_learnt_from_foreground_without_a_rule() -> None:
    cells = made_up_cells(32, seed=0)
    shuffled = Cells(cells.features, cells.foreground[torch.randperm(32, generator=torch.Generator().manual_seed(2))])
    network, _ = train_foreground(shuffled, steps=20)
    assert abs(share_right(network, made_up_cells(32, seed=1)) - 0.5) < 0.15


def test_the_same_seed_gives_the_same_weights_and_leaves_the_random_state_alone() -> None:
    cells = made_up_cells(16, seed=0)
    torch.manual_seed(5)
    first, _ = train_foreground(cells, steps=5, seed=3)
    drawn = torch.rand(1)
    torch.manual_seed(6)
    second, _ = train_foreground(cells, steps=5, seed=3)
    other, _ = train_foreground(cells, steps=5, seed=4)
    assert torch.equal(first.first.weight, second.first.weight)
    assert not torch.equal(first.first.weight, other.first.weight)
    torch.manual_seed(5)
    assert torch.equal(drawn, torch.rand(1))


def test_weights_come_back_from_a_small_file(tmp_path: Path) -> None:
    network, _ = train_foreground(made_up_cells(16, seed=0), steps=20)
    path = tmp_path / "made" / "foreground.safetensors"
    network.write(path, {"data": "made up"})
    assert path.stat().st_size < 400_000
    joined = torch.randn(1, CHANNELS, 3, 5, generator=torch.Generator().manual_seed(0))
    again = ForegroundNetwork.read(path)
    with torch.no_grad():
        assert torch.allclose(again(joined).sigmoid(), network(joined).sigmoid(), atol=5e-3)
        stages = torch.split(joined, [112, 192, 320], dim=1)
        answered = again.foreground(TrunkFeatures(*stages, head=torch.zeros(1)))
        lifted = again.foreground(TrunkFeatures(*(stage + 3.0 for stage in stages), head=torch.zeros(1)))
    assert answered.shape == (1, 3, 5)
    with torch.no_grad():
        assert torch.allclose(answered, again(joined - joined.mean(dim=(2, 3), keepdim=True)).sigmoid(), atol=1e-6)
    assert torch.allclose(lifted, answered, atol=1e-4)
    assert not again.training


@pytest.mark.parametrize("broken", ["missing", "garbage", "another network", "half a network"])
def test_what_is_no_foreground_network_is_refused_in_one_sentence(broken: str, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    if broken == "garbage":
        path.write_bytes(b"not weights")
    elif broken == "another network":
        safetensors.torch.save_file({"first.weight": torch.zeros(2, 2)}, path)
    elif broken == "half a network":
        safetensors.torch.save_file({"second.bias": torch.zeros(1)}, path)
    with pytest.raises(MoltboxError, match=r"weights\.safetensors .*foreground network") as caught:
        ForegroundNetwork.read(path)
    assert "\n" not in str(caught.value)


def test_photos_and_labels_alone_make_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shape_classes(tmp_path / "things" / "train", per_class=2)
    monkeypatch.setattr(foreground, "LightTrunk", StandInTrunk)
    monkeypatch.setattr(foreground, "look_at_photos", stand_in_look)
    monkeypatch.setattr(foreground, "STEPS", 20)
    out, said = tmp_path / "foreground.safetensors", []
    foreground.make_foreground([tmp_path / "things"], out, work=tmp_path, seed=0, threads=1, told=said.append)
    with safetensors.safe_open(out, "pt") as file:
        assert file.metadata()["data"].startswith('["things: ')
    assert ForegroundNetwork.read(out).first.weight.shape[1] == CHANNELS
    assert said[-1].startswith("Loss 0.")


def test_many_photos_of_a_class_are_thinned_out_evenly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_shape_classes(tmp_path, per_class=7)
    monkeypatch.setattr(foreground, "PHOTOS_PER_CLASS", 3)
    photos = read_photo_set(tmp_path, seed=0)
    chosen = foreground._evenly_spread(photos)
    for index, count in enumerate(photos.train_counts().values()):
        files = [file for file in photos.train if file.class_index == index]
        kept = [file for file in chosen if file.class_index == index]
        assert len(kept) == min(3, count)
        assert {kept[0], kept[-1]} == {files[0], files[-1]}
