"""Which transformers are taken, and how weights come in from a file."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import cast

import pytest
import safetensors.torch
import timm
import torch
from timm.layers.pos_embed import resample_abs_pos_embed
from timm.models.vision_transformer import VisionTransformer

from trainer.backbones import BackboneError, classifier_bias, create_trunk, input_statistics, weights_licence
from trainer.config import TrainConfig
from trainer.molt import Branch
from trainer.train import make_model


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("resnet18", "ResNet"),
        ("deit_tiny_distilled_patch16_224", "VisionTransformerDistilled"),
        ("vit_base_patch16_gap_224", "class token"),
        ("swin_tiny_patch4_window7_224", "SwinTransformer"),
        ("vit_relpos_small_patch16_224", "VisionTransformerRelPos"),
        ("vit_tiny_r_s16_p8_224", "HybridEmbed"),
        ("vit_small_patch16_dinov3", "Eva"),
        ("eva02_tiny_patch14_224", "Eva"),
        ("beit_base_patch16_224", "Beit"),
        ("vit_small_patch16_18x2_224", "ParallelThingsBlock"),
        ("vit_base_patch16_siglip_224", "class token"),
        ("vit_medium_patch16_reg4_gap_256", "class token"),
        ("vit_base_patch16_plus_240", None),
        ("test_vit", None),
    ],
)
def test_only_plain_transformers_with_a_class_token_serve(name: str, reason: str | None) -> None:
    if reason is None:
        assert create_trunk(name, 32).cls_token is not None
        return
    with pytest.raises(BackboneError, match=reason) as raised:
        create_trunk(name, 32)
    assert name in str(raised.value)


@pytest.mark.parametrize(
    ("name", "side", "prefix", "grid"),
    [
        ("vit_small_patch14_reg4_dinov2", 42, 5, 3),
        ("deit3_small_patch16_224", 48, 1, 3),
        ("vit_tiny_patch16_224", 32, 1, 2),
    ],
)
def test_other_patches_registers_and_scaled_layers_serve(name: str, side: int, prefix: int, grid: int) -> None:
    """DINOv2-style trunks: tokens as timm's own, a foreground of the patches alone, no register among them."""
    torch.manual_seed(0)
    whole = create_trunk(name, side).eval()
    assert whole.num_prefix_tokens == prefix
    image = torch.randn(2, 3, side, side)
    with torch.no_grad():
        expected = whole.forward_features(image)[:, prefix:]  # (B, N*N, D)
        tokens, foreground, logits = Branch(whole, whole.get_parameter("pos_embed"), side, 4).eval().look(image)
    torch.testing.assert_close(tokens.flatten(2).transpose(1, 2), expected, atol=1e-4, rtol=1e-4)
    assert foreground.shape == (2, grid, grid)
    assert (foreground.sum(dim=(1, 2)) < len(whole.blocks)).all()
    assert logits.shape == (2, 4)


def test_a_size_for_other_patches_is_named() -> None:
    with pytest.raises(BackboneError, match="patches of 14 pixels: a size of 288 is not a multiple of that, 294 would"):
        create_trunk("vit_small_patch14_dinov2", 288)


@pytest.mark.parametrize("side", [0, 8, 40])
def test_a_size_that_patches_do_not_fill_is_refused(side: int) -> None:
    with pytest.raises(BackboneError, match="multiple"):
        create_trunk("test_vit", side)


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(BackboneError, match="no model named 'deit_smal'"):
        create_trunk("deit_smal", 32)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[VisionTransformer, Path]:
    """A transformer with a classifier of seven classes, and its weights as .safetensors."""
    torch.manual_seed(5)
    model = cast(VisionTransformer, timm.create_model("test_vit", num_classes=7))
    path = tmp_path_factory.mktemp("weights") / "seven.safetensors"
    safetensors.torch.save_file(model.state_dict(), path)
    return model, path


@pytest.mark.parametrize("suffix", [".safetensors", ".pth"])
def test_weights_of_a_file_with_another_classifier_are_taken(published, suffix: str, tmp_path: Path) -> None:
    model, path = published
    if suffix == ".pth":
        path = tmp_path / "seven.pth"
        torch.save({"model": model.state_dict()}, path)
    trunk = create_trunk("test_vit", 96, pretrained=str(path))
    stored = model.state_dict()
    for name, value in trunk.state_dict().items():
        if name != "pos_embed":
            assert torch.equal(value, stored[name]), name
    assert not any(name.startswith("head") for name in trunk.state_dict())
    # 160 pixels are 10 x 10 patches, 96 are 6 x 6; the class token's place stays as it is.
    resampled = resample_abs_pos_embed(stored["pos_embed"], new_size=[6, 6], old_size=[10, 10], num_prefix_tokens=1)
    positions = trunk.state_dict()["pos_embed"]
    torch.testing.assert_close(positions, resampled)
    assert torch.equal(positions[:, 0], stored["pos_embed"][:, 0])


def test_weights_by_name_come_with_another_classifier_too(published, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub is a file here; everything else is timm's own way from a name to weights."""
    model, path = published
    create = timm.create_model

    def from_file(name: str, *, pretrained: bool = False, **options):
        overlay = {"file": str(path), "num_classes": 7} if pretrained else None
        return create(name, pretrained=pretrained, pretrained_cfg_overlay=overlay, **options)

    monkeypatch.setattr(timm, "create_model", from_file)
    trunk = create_trunk("test_vit", 160, pretrained="hub")
    for name, value in trunk.state_dict().items():
        torch.testing.assert_close(value, model.state_dict()[name])
    bias = classifier_bias("test_vit", "hub")
    assert bias is not None
    assert torch.equal(bias, model.state_dict()["head.bias"])


def test_the_classifiers_bias_of_a_file(published, tmp_path: Path) -> None:
    model, path = published
    bias = classifier_bias("test_vit", str(path))
    assert bias is not None
    assert torch.equal(bias, model.state_dict()["head.bias"])
    assert classifier_bias("test_vit", "none") is None
    same = make_model(TrainConfig("", "", backbone="test_vit", sides=(32,), pretrained=str(path), head_bias=True), 7)
    assert torch.equal(same.state_dict()["branches.0.head.bias"], bias)
    other = make_model(TrainConfig("", "", backbone="test_vit", sides=(32,), pretrained=str(path), head_bias=True), 6)
    assert not other.state_dict()["branches.0.head.bias"].any()


def test_weights_of_another_model_are_refused(published, tmp_path: Path) -> None:
    with pytest.raises(BackboneError, match="do not fit deit_tiny_patch16_224"):
        create_trunk("deit_tiny_patch16_224", 32, pretrained=str(published[1]))


def test_weights_with_a_part_missing_are_refused(published, tmp_path: Path) -> None:
    stored = published[0].state_dict()
    del stored["blocks.3.attn.qkv.weight"]
    safetensors.torch.save_file(stored, tmp_path / "holed.safetensors")
    with pytest.raises(BackboneError, match=r"blocks\.3\.attn\.qkv\.weight is missing"):
        create_trunk("test_vit", 32, pretrained=str(tmp_path / "holed.safetensors"))


class Mischief:
    """Code that a pickle would run."""

    def __reduce__(self):
        return (Path.touch, (Path("ran"),))


def test_no_code_runs_from_a_weights_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save({"model": Mischief()}, tmp_path / "bad.pth")
    (tmp_path / "plain.pth").write_bytes(pickle.dumps(Mischief()))
    for name in ("bad.pth", "plain.pth"):
        with pytest.raises(BackboneError, match=name):
            create_trunk("test_vit", 32, pretrained=str(tmp_path / name))
    assert not Path("ran").exists()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("cut.safetensors", b"\x10\x00", "damaged"),
        ("empty.pth", b"", "damaged"),
        ("notes.txt", b"hello", "unknown kind"),
        ("gone.pth", None, "not there"),
    ],
)
def test_bad_weights_files_are_named(tmp_path: Path, name: str, content: bytes | None, reason: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BackboneError, match=reason) as raised:
        create_trunk("test_vit", 32, pretrained=str(tmp_path / name))
    assert name in str(raised.value)


def test_statistics_and_licence_follow_the_weights() -> None:
    deit, vit = create_trunk("deit_tiny_patch16_224", 32), create_trunk("test_vit", 32)
    assert input_statistics(deit) == ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    assert input_statistics(vit) == ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))
    assert weights_licence(deit, "hub")[0] == "Apache-2.0"
    assert "deit_tiny_patch16_224" in weights_licence(deit, "hub")[1]
    assert weights_licence(deit, "/home/me/mine.pth") == (
        "NOASSERTION",
        "Trained on the owner's photos from the weights in mine.pth.",
    )
