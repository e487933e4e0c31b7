"""The quick preset on DeiT-Tiny: chosen where its weights are at hand, its trunk frozen, its heads learnt on means."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import huggingface_hub.constants
import numpy as np
import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

import trainer.frozen_train
from engine.errors import Cancelled, MoltboxError
from engine.images import read_photo
from engine.localization.localizer import Localizer
from engine.localization.model_file import read_manifest_fields
from support.hub_cache import make_deit_tiny, write_hub_cache, write_old_cache, write_weights
from support.shape_classes import write_shape_classes
from trainer.__main__ import main
from trainer.backbones import cached_weights, create_trunk
from trainer.config import QuickConfig
from trainer.data import View
from trainer.export import ModelFacts
from trainer.frozen_train import frozen_molt, means_look, train_frozen
from trainer.molt import Molt, logits_of_means
from trainer.quick_network import BACKBONE, choose_network

SIDES = (32, 48, 64)


@pytest.fixture(scope="module")
def deit() -> VisionTransformer:
    return make_deit_tiny()


@pytest.fixture(scope="module")
def weights(deit: VisionTransformer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_weights(deit, tmp_path_factory.mktemp("weights") / "tiny.safetensors")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shape_classes(tmp_path_factory.mktemp("photos"), 6, width=64, height=48)


@pytest.fixture(autouse=True)
def small_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.frozen_train, "SIDES", SIDES)


def log_of(run: Path, event: str = "step") -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    return [line for line in lines if line["event"] == event]


def stop_after(asked: int) -> Callable[[], bool]:
    numbers = itertools.count(1)
    return lambda: next(numbers) >= asked


def test_the_network_is_chosen_by_what_is_there(
    deit: VisionTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nothing = choose_network(None)
    assert nothing.pretrained == "none"
    assert nothing.choice == (
        "Learning on the light convolutional network, as pretrained weights of DeiT-Tiny are not on this machine."
    )
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    kept = write_hub_cache(tmp_path / "hub", deit)
    assert cached_weights(BACKBONE) == kept
    assert cached_weights("deit_small_patch16_224") is None
    assert cached_weights("vit_base_patch16_plus_240") is None
    found = choose_network(None)
    assert found.pretrained == "hub"
    assert "DeiT-Tiny, as its pretrained weights are on this machine" in found.choice
    assert choose_network("none").pretrained == "none"
    assert choose_network("/x/mine.safetensors").choice.endswith("the weights in mine.safetensors, as asked.")


def test_weights_that_are_here_are_taken_without_asking_the_network(
    deit: VisionTransformer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: Any, **__: Any) -> None:
        raise AssertionError("the hub was asked")

    monkeypatch.setattr("timm.models._hub.hf_hub_download", no_network)
    for name, write in (("hub", write_hub_cache), ("old", write_old_cache)):
        home = tmp_path / name
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(home if name == "hub" else tmp_path))
        monkeypatch.setenv("TORCH_HOME", str(home))
        write(home, deit)
        trunk = create_trunk(BACKBONE, 224, pretrained="hub")
        stored = deit.state_dict()
        for key, value in trunk.state_dict().items():
            assert torch.equal(value, stored[key]), (name, key)


def test_scores_from_the_kept_means_are_those_of_the_network(weights: Path, photos: Path, tmp_path: Path) -> None:
    model = frozen_molt(QuickConfig(str(photos), "", pretrained=str(weights)), 3)
    look = means_look(model.pyramid, View(SIDES, (0.5,) * 3, (0.2,) * 3))
    path = photos / "red" / "1.png"
    means = torch.from_numpy(np.array(look(path)["means"]))[None]
    seen = trainer.frozen_train.squeezed(torch.from_numpy(read_photo(path)).permute(2, 0, 1), 48)
    image = trainer.frozen_train.normalised(seen, View(SIDES, (0.5,) * 3, (0.2,) * 3))[None]
    with torch.no_grad():
        expected = model.pyramid[1](image)
        found = logits_of_means(means[:, 1], model.pyramid[1].head)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[dict[str, torch.Tensor], ModelFacts]]:
    """What would have been written: exporting takes seconds."""
    files: list[tuple[dict[str, torch.Tensor], ModelFacts]] = []

    def remember(_: Path, model: Molt, facts: ModelFacts) -> None:
        files.append(({name: value.clone() for name, value in model.state_dict().items()}, facts))

    monkeypatch.setattr(trainer.frozen_train, "write_molt", remember)
    return files


def small(photos: Path, weights: Path, out: Path, **changes: Any) -> QuickConfig:
    config = QuickConfig(
        str(photos), str(out / "m.molt"), pretrained=str(weights), steps=9, batch=4, threads=1, log_every=1, seed=2
    )
    return replace(config, **changes)


def test_the_heads_learn_and_the_trunk_stays(deit, weights: Path, photos: Path, written, tmp_path: Path) -> None:
    result = train_frozen(small(photos, weights, tmp_path, steps=60, batch=8), tmp_path / "run")
    losses = [line["loss"] for line in log_of(tmp_path / "run")]
    assert np.mean(losses[-5:]) < 0.5 * losses[0]
    assert result.accuracy == 1.0
    values, facts = written[0]
    stored = deit.state_dict()
    trunk = {name: value for name, value in values.items() if name.startswith("branches.2.trunk.")}
    assert len(trunk) > 100
    for name, value in trunk.items():
        assert torch.equal(value, stored[name.removeprefix("branches.2.trunk.")]), name
    assert values["branches.0.head.weight"].shape == (3, 192, 3, 3)
    model = frozen_molt(small(photos, weights, tmp_path), 3)
    model.load_state_dict(values)
    look = means_look(model.pyramid, View(SIDES, facts.mean, (0.229, 0.224, 0.225)))
    for place, name in enumerate(facts.class_names):  # a shift of the labels would call red blue
        means = torch.from_numpy(np.array(look(photos / name / "2.png")["means"]))[None]
        assert int(logits_of_means(means[:, 0], model.pyramid[0].head).argmax()) == place
    assert facts.mean == (0.485, 0.456, 0.406)
    assert facts.training["photos"] == 15
    assert not (tmp_path / "run" / "features").exists()


def test_a_resumed_training_is_one_that_never_stopped(weights: Path, photos: Path, written, tmp_path: Path) -> None:
    """Stopped while it looks at photos (asked before each part, of which there are two), and twice between steps."""
    config = small(photos, weights, tmp_path)
    train_frozen(config, tmp_path / "whole")
    for number, asked in enumerate((2, 1 + 3, 3)):
        with pytest.raises(Cancelled, match="--resume"):
            train_frozen(config, tmp_path / "cut", resume=number > 0, stop=stop_after(asked))
    train_frozen(config, tmp_path / "cut", resume=True)
    whole, cut = log_of(tmp_path / "whole"), log_of(tmp_path / "cut")
    assert [line["step"] for line in cut] == list(range(1, 10))
    for field in ("loss", "accuracy", "lr", "epoch"):
        assert [line[field] for line in cut] == [line[field] for line in whole]
    for name, value in written[0][0].items():
        assert torch.equal(value, written[1][0][name]), name


def test_unreadable_photos_and_other_weights(deit, weights: Path, written, tmp_path: Path) -> None:
    photos = write_shape_classes(tmp_path / "photos", 4, width=64, height=48)
    (photos / "red" / "0.png").write_bytes(b"")
    train_frozen(small(photos, weights, tmp_path, steps=3), tmp_path / "run")
    assert [line["path"] for line in log_of(tmp_path / "run", "unreadable")] == ["red/0.png"]
    with pytest.raises(MoltboxError, match="do not fit deit_tiny_patch16_224"):
        train_frozen(small(photos, wrong_weights(tmp_path), tmp_path), tmp_path / "other")


def wrong_weights(folder: Path) -> Path:
    import timm

    model = timm.create_model("test_vit")
    assert isinstance(model, VisionTransformer)
    return write_weights(model, folder / "wrong.safetensors")


def test_the_command_takes_what_is_there_says_so_and_keeps_to_it(
    deit, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    """From the folder to boxes: weights in the hub's cache, one command, a model file that the engine opens."""
    monkeypatch.setattr(trainer.frozen_train, "SIDES", SIDES[:2])
    write_hub_cache(tmp_path / "hub", deit)
    out, run = tmp_path / "shapes.molt", tmp_path / "shapes.run"
    words = ["train", str(photos), "--out", str(out), "--preset", "quick", "--steps", "20", "--threads", "2"]
    with monkeypatch.context() as patch:
        patch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
        assert main(words) == 0
    sentence = "Learning on DeiT-Tiny, as its pretrained weights are on this machine"
    assert sentence in capsys.readouterr().err
    begin = log_of(run, "begin")[0]
    assert begin["network"] == BACKBONE
    assert begin["sides"] == [32, 48]
    assert begin["choice"].startswith(sentence)
    config = json.loads((run / "config.json").read_text())
    assert config["pretrained"] == "hub"
    assert config["choice"] == begin["choice"]
    fields = read_manifest_fields(out)
    assert fields["backbone"] == BACKBONE
    assert fields["licence"]["spdx"] == "Apache-2.0"
    photo = read_photo(photos / "red" / "0.png")
    evidence = Localizer.open(out, threads=2).look(photo)
    assert [each.foreground.shape for each in evidence.scales if each.foreground is not None] == [(2, 2), (3, 3)]
    assert evidence.heat_map(2).boxes(0.2)
    # Taken up again it keeps to its network, though the weights are gone from the cache: then it says what is missing.
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert main([*words, "--resume"]) == 2
    assert "could not be fetched" in capsys.readouterr().err


def test_a_light_training_stays_light_when_weights_turn_up(
    deit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from trainer.__main__ import _parser, _quick_config

    run = tmp_path / "m.run"
    run.mkdir()
    (run / "config.json").write_text(json.dumps({"pretrained": "none", "choice": "So it was."}))
    write_hub_cache(tmp_path / "hub", deit)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    words = ["train", "d", "--out", "m.molt", "--preset", "quick"]
    begun = _quick_config(_parser().parse_args([*words, "--resume"]), run)
    assert (begun.pretrained, begun.choice) == ("none", "So it was.")
    assert _quick_config(_parser().parse_args(words), run).pretrained == "hub"
    asked = [*words, "--resume", "--pretrained", "hub"]
    assert _quick_config(_parser().parse_args(asked), run).pretrained == "hub"
