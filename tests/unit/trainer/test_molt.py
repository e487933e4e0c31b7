"""The network against independent forms of the same mathematics."""

from __future__ import annotations

from typing import cast

import pytest
import torch
from timm.layers.attention import Attention
from timm.models.vision_transformer import Block, VisionTransformer
from torch import nn

from engine.errors import MoltboxError
from trainer.molt import Branch, Molt, class_logits


@pytest.fixture(scope="module")
def pyramid() -> Molt:
    torch.manual_seed(0)
    return Molt("test_vit", (64, 32, 48), 4).eval()


def images(sides, batch: int = 2) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(3)
    return [torch.randn(batch, 3, side, side, generator=generator) for side in sides]


@pytest.mark.parametrize("side", [1, 2, 3, 14])
def test_closed_form_scores_are_those_of_convolution_and_mean(side: int) -> None:
    torch.manual_seed(side)
    head = nn.Conv2d(96, 31, kernel_size=3, padding=1)
    tokens = torch.randn(3, 96, side, side)
    expected = head(tokens).mean(dim=(2, 3))
    torch.testing.assert_close(class_logits(tokens, head), expected, atol=1e-5, rtol=0)


def test_closed_form_scores_have_the_same_gradients() -> None:
    torch.manual_seed(1)
    head = nn.Conv2d(16, 5, kernel_size=3, padding=1)
    tokens = torch.randn(2, 16, 4, 4, requires_grad=True)
    wanted = [tokens, *head.parameters()]
    fast = torch.autograd.grad(class_logits(tokens, head).square().sum(), wanted)
    plain = torch.autograd.grad(head(tokens).mean(dim=(2, 3)).square().sum(), wanted)
    for mine, other in zip(fast, plain, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"reg_tokens": 3},
        {"reg_tokens": 2, "no_embed_class": True},
        {"pre_norm": True, "qk_norm": True},
        {"init_values": 0.1, "scale_attn_norm": True},
    ],
    ids=["plain", "registers", "registers without places", "normalised before", "scaled layers"],
)
def test_tokens_are_those_of_timm(options: dict) -> None:
    torch.manual_seed(2)
    trunk = VisionTransformer(
        img_size=48, patch_size=16, embed_dim=48, depth=3, num_heads=4, num_classes=0, **options
    ).eval()
    positions = trunk.get_parameter("pos_embed")
    nn.init.normal_(positions, std=0.5)
    (image,) = images([48])
    with torch.no_grad():
        expected = trunk.forward_features(image)[:, trunk.num_prefix_tokens :]  # (B, 9, 48)
        branch = Branch(trunk, positions, 48, 5).eval()
        tokens, foreground, logits = branch.look(image)
        torch.testing.assert_close(tokens.flatten(2).transpose(1, 2), expected, atol=1e-5, rtol=0)
        torch.testing.assert_close(branch(image), logits, atol=1e-5, rtol=0)
    assert foreground.shape == (2, 3, 3)
    assert foreground.min() > 0
    assert (foreground.sum(dim=(1, 2)) < 3).all()


def test_the_foreground_is_the_class_tokens_row_of_every_block(pyramid: Molt) -> None:
    """Against the whole matrices: another row, a column, a block left out or the mean of blocks would differ."""
    branch = pyramid.pyramid[0]
    blocks = [cast(Block, block) for block in branch.trunk.blocks]
    (image,) = images([64])
    seen: list[torch.Tensor] = []

    def note(_: nn.Module, __: object, normalised: torch.Tensor) -> None:
        seen.append(normalised)

    hooks = [block.norm1.register_forward_hook(note) for block in blocks]
    with torch.no_grad():
        foreground = branch.look(image)[1]
        expected = torch.zeros_like(foreground)
        for block, sequence in zip(blocks, seen, strict=True):
            attention = cast(Attention, block.attn)
            qkv = attention.qkv(sequence).reshape(*sequence.shape[:2], 3, attention.num_heads, -1)
            query, key, _ = qkv.permute(2, 0, 3, 1, 4)
            whole = (query @ key.transpose(2, 3) / query.shape[-1] ** 0.5).softmax(dim=-1)  # (B, M, L, L)
            expected += whole.mean(dim=1)[:, 0, 1:].unflatten(1, (4, 4))
    for hook in hooks:
        hook.remove()
    torch.testing.assert_close(foreground, expected, atol=1e-6, rtol=1e-4)


def test_branches_keep_the_order_of_the_sides(pyramid: Molt) -> None:
    assert [branch.side for branch in pyramid.pyramid] == [64, 32, 48]
    shown = images([64, 32, 48])
    logits = pyramid(shown)
    for branch, image, found in zip(pyramid.pyramid, shown, logits, strict=True):
        assert branch.look(image)[1].shape[1:] == (branch.side // 16,) * 2
        torch.testing.assert_close(branch(image), found)


def test_separate_trunks_share_nothing(pyramid: Molt) -> None:
    first, second, _ = pyramid.pyramid
    mine = {id(parameter) for parameter in first.parameters()}
    assert not mine & {id(parameter) for parameter in second.parameters()}


def test_a_shared_trunk_is_one_with_own_places_and_heads() -> None:
    model = Molt("test_vit", (32, 48, 64), 4, shared_trunk=True)
    first, second, third = model.pyramid
    assert first.trunk is second.trunk is third.trunk
    assert len({id(branch.positions) for branch in model.pyramid}) == 3
    assert len({id(branch.head.weight) for branch in model.pyramid}) == 3
    separate = Molt("test_vit", (32, 48, 64), 4)
    trunk = sum(parameter.numel() for parameter in first.trunk.parameters())
    count = sum(parameter.numel() for parameter in model.parameters())
    assert count == sum(parameter.numel() for parameter in separate.parameters()) - 2 * trunk
    # A step on one branch moves what the others see.
    model.eval()
    (image,) = images([64])
    before = third(image).detach()
    first(images([32])[0]).sum().backward()
    with torch.no_grad():
        for parameter in first.trunk.parameters():
            if parameter.grad is not None:
                parameter -= 0.1 * parameter.grad
    assert not torch.allclose(third(image), before)


def test_bfloat16_keeps_the_scores(pyramid: Molt) -> None:
    shown = images([64, 32, 48])
    with torch.no_grad():
        exact = torch.cat(pyramid(shown))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = torch.cat([logits.float() for logits in pyramid(shown)])
    assert not torch.equal(found, exact)
    assert (found - exact).abs().max() < 0.03 * exact.abs().max()


@pytest.mark.parametrize("sides", [(), (32, 48, 32)])
def test_sides_must_differ(sides: tuple[int, ...]) -> None:
    with pytest.raises(MoltboxError, match="sizes"):
        Molt("test_vit", sides, 3)


def test_class_heads_start_without_a_bias(pyramid: Molt) -> None:
    for branch in pyramid.pyramid:
        assert branch.head.bias is not None
        assert not branch.head.bias.any()
        assert branch.head.weight.std() > 0
