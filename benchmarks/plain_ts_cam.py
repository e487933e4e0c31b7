"""TS-CAM as its formulas read, in plain PyTorch: what Moltbox's look is measured against.

Every block's attention matrix is worked out and kept; their mean over the heads, added over the blocks, gives the class
token's row; the class head is a convolution over the whole grid, whose mean scores the classes; the class activation
map of every class is the product. Nothing is fused, eager mode, one photo at a time. Gao et al., ICCV 2021.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor

from trainer.molt import Branch, Molt


@dataclass(frozen=True, slots=True, eq=False)
class PlainAnswer:
    """Class activation maps (C, N, N) and logits (C,) of one branch."""

    maps: Tensor
    logits: Tensor


@torch.no_grad()
def plain_branch(branch: Branch, image: Tensor) -> PlainAnswer:
    """One branch on image (1, 3, side, side) float32."""
    trunk: Any = branch.trunk
    x = trunk.patch_embed.proj(image).flatten(2).transpose(1, 2)  # (1, N*N, D)
    x = torch.cat([trunk.cls_token.expand(len(x), -1, -1), x], dim=1) + branch.positions  # (1, L, D)
    kept = []
    for block in trunk.blocks:
        mixed, matrix = _attention(block.attn, block.norm1(x))
        x = x + mixed
        x = x + block.mlp(block.norm2(x))
        kept.append(matrix)  # (1, heads, L, L)
    x = trunk.norm(x)[:, 1:].transpose(1, 2).unflatten(2, (branch.grid, branch.grid))  # (1, D, N, N)
    score = branch.head(x)  # (1, C, N, N)
    row = torch.stack(kept).mean(dim=2).sum(dim=0)[:, 0, 1:]  # (1, N*N)
    foreground = row.reshape(1, 1, branch.grid, branch.grid)
    return PlainAnswer((foreground * score)[0], score.mean(dim=(2, 3))[0])


def plain_look(model: Molt, images: list[Tensor]) -> list[PlainAnswer]:
    """All branches, one after the other, each on its own image."""
    return [plain_branch(cast(Branch, branch), image) for branch, image in zip(model.pyramid, images, strict=True)]


def _attention(attention: Any, x: Tensor) -> tuple[Tensor, Tensor]:
    heads = attention.num_heads
    query, key, value = attention.qkv(x).unflatten(2, (3, heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
    matrix = ((query @ key.transpose(2, 3)) * attention.scale).softmax(dim=-1)  # (1, heads, L, L)
    mixed = (matrix @ value).transpose(1, 2).flatten(2)  # (1, L, D)
    return attention.proj(mixed), matrix
