"""MOLT: a pyramid of vision-transformer branches that look at one photo in several resolutions.

Each branch turns a photo into tokens, a class-agnostic foreground map and class scores:

    image (B, 3, H, H) --trunk--> tokens (B, D, N, N) --class head--> score maps (B, C, N, N) --mean--> logits (B, C)
                            |
                            +--class token's attention, all heads and blocks--> foreground (B, N, N)

The class activation map of class c is foreground x score map of c. That product, the fusion of the branches and the
boxes belong to the engine, which computes them for the classes asked for only; so nothing here builds a score map.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from timm.layers.attention import Attention
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn
from torch.nn import functional

from engine.errors import MoltboxError
from trainer.backbones import NO_WEIGHTS, create_trunk, patch_side

DEFAULT_SIDES = (224, 288, 384)


class Branch(nn.Module):
    """One resolution: a trunk, this resolution's position table, and a 3x3 convolutional class head.

    The trunk may be shared with other branches; the position table and the head never are.
    """

    def __init__(self, trunk: VisionTransformer, positions: Tensor, side: int, class_count: int) -> None:
        """
        Args:
            trunk: pre-norm transformer with a class token (see `trainer.backbones`).
            positions: (1, L, D) position table for `side`; L counts the prefix tokens that the trunk gives places to.
            side: side of the square input in pixels.
            class_count: C.
        """
        super().__init__()
        self.trunk = trunk
        self.side = side
        self.grid = side // patch_side(trunk)
        self.positions = nn.Parameter(positions.detach().clone())  # (1, L, D)
        self.head = nn.Conv2d(trunk.embed_dim, class_count, kernel_size=3, padding=1)
        self.head.bias = nn.Parameter(torch.zeros(class_count))

    def forward(self, image: Tensor) -> Tensor:
        """Class scores for training; no attention row is computed.

        Args:
            image: (B, 3, side, side) float32, normalised RGB.

        Returns:
            (B, C) logits.
        """
        return class_logits(self.tokens(image), self.head)  # (B, C)

    def tokens(self, image: Tensor) -> Tensor:
        """What the class head reads: (B, 3, side, side) float32 to (B, D, N, N)."""
        sequence = self._embed(image)  # (B, L, D)
        for block in self._blocks:
            sequence = block(sequence)  # (B, L, D)
        return self._tokens(sequence)

    def look(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the engine needs of a photo; meant for a branch in eval mode.

        Args:
            image: (B, 3, side, side) float32, normalised RGB.

        Returns:
            tokens (B, D, N, N), foreground (B, N, N) positive and summing to less than the number of blocks, logits
            (B, C); all float32.
        """
        sequence = self._embed(image)  # (B, L, D)
        row_sum = torch.zeros_like(sequence[:, :, 0])  # (B, L)
        for block in self._blocks:
            mixed, row = attend_with_class_row(cast(Attention, block.attn), block.norm1(sequence))  # (B, L, D), (B, L)
            sequence = sequence + block.ls1(mixed)  # (B, L, D)
            sequence = sequence + block.ls2(block.mlp(block.norm2(sequence)))  # (B, L, D)
            row_sum = row_sum + row
        tokens = self._tokens(sequence)  # (B, D, N, N)
        patches = row_sum[:, self.trunk.num_prefix_tokens :]  # (B, N*N)
        foreground = patches.unflatten(1, (self.grid, self.grid))  # (B, N, N)
        return tokens, foreground, class_logits(tokens, self.head)

    @property
    def _blocks(self) -> list[Block]:
        return [cast(Block, block) for block in self.trunk.blocks]

    def _embed(self, image: Tensor) -> Tensor:
        """Patches and prefix tokens (class token first, then registers) with their positions: (B, L, D)."""
        trunk = self.trunk
        patches = trunk.patch_embed.proj(image).flatten(2).transpose(1, 2)  # (B, N*N, D)
        patches = trunk.patch_embed.norm(patches)
        prefix: list[Tensor] = [token for token in (trunk.cls_token, trunk.reg_token) if token is not None]
        first = torch.cat(prefix, dim=1).expand(patches.shape[0], -1, -1)  # (B, prefix, D)
        if trunk.no_embed_class:
            sequence = torch.cat([first, patches + self.positions], dim=1)  # (B, L, D)
        else:
            sequence = torch.cat([first, patches], dim=1) + self.positions  # (B, L, D)
        return trunk.norm_pre(sequence)

    def _tokens(self, sequence: Tensor) -> Tensor:
        """The patches' part of the sequence after the last block, normalised and laid out: (B, D, N, N)."""
        patches = self.trunk.norm(sequence)[:, self.trunk.num_prefix_tokens :]  # (B, N*N, D)
        return patches.transpose(1, 2).unflatten(2, (self.grid, self.grid))


class Molt(nn.Module):
    """The pyramid: one branch per side, in the order given."""

    def __init__(
        self,
        backbone: str,
        sides: Sequence[int],
        class_count: int,
        *,
        shared_trunk: bool = False,
        pretrained: str = NO_WEIGHTS,
        drop_path: float = 0.0,
    ) -> None:
        """
        Args:
            backbone: timm name of the transformer.
            sides: sides of the square inputs in pixels, each once.
            class_count: C.
            shared_trunk: one trunk for all branches in place of one each; a third of the weights.
            pretrained: see `trainer.backbones.create_trunk`.
            drop_path: stochastic depth while training.

        Raises:
            MoltboxError: no sides, one of them twice, or the backbone does not serve.
        """
        super().__init__()
        if not sides or len(set(sides)) < len(sides):
            raise MoltboxError("The sizes must be at least one, each named once, such as 224,288,384.")
        self.backbone = backbone
        self.sides = tuple(sides)
        branches: list[Branch] = []
        shared: VisionTransformer | None = None
        for side in sides:
            trunk = create_trunk(backbone, side, pretrained=pretrained, drop_path=drop_path)
            positions = cast(Tensor, trunk.pos_embed)  # (1, L, D)
            trunk.pos_embed = None  # the branch holds it, so that a shared trunk serves every side
            shared = shared or trunk
            branches.append(Branch(shared if shared_trunk else trunk, positions, side, class_count))
        self.branches = nn.ModuleList(branches)

    @property
    def pyramid(self) -> list[Branch]:
        """The branches in the order of the sides."""
        return [cast(Branch, branch) for branch in self.branches]

    def keep_first(self, count: int) -> None:
        """Drops all branches but the first ones."""
        self.branches = nn.ModuleList(self.pyramid[:count])
        self.sides = self.sides[:count]

    def forward(self, images: Sequence[Tensor]) -> list[Tensor]:
        """
        Args:
            images: one (B, 3, side, side) float32 batch per branch, the same photos in each.

        Returns:
            One (B, C) logits per branch.
        """
        return [branch(image) for branch, image in zip(self.branches, images, strict=True)]


def attend_with_class_row(attention: Attention, sequence: Tensor) -> tuple[Tensor, Tensor]:
    """Self-attention, and the row of its matrix that belongs to the class token.

    Only that row is ever built explicitly: L numbers per head in place of L x L.

    Args:
        attention: timm's plain self-attention.
        sequence: (B, L, D), normalised; the class token is entry 0.

    Returns:
        (B, L, D) output, and (B, L) attention of the class token to all tokens, averaged over the heads.
    """
    qkv = attention.qkv(sequence).unflatten(2, (3, attention.num_heads, -1))  # (B, L, 3, M, d)
    query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)  # each (B, M, L, d)
    query, key = attention.q_norm(query), attention.k_norm(key)
    mixed = functional.scaled_dot_product_attention(query, key, value)  # (B, M, L, d)
    row = (query[:, :, :1] * attention.scale) @ key.transpose(2, 3)  # (B, M, 1, L)
    row = row.softmax(dim=-1).mean(dim=1).squeeze(1)  # (B, L)
    merged = attention.norm(mixed.transpose(1, 2).flatten(2))  # (B, L, D)
    return attention.proj(merged), row


def class_logits(tokens: Tensor, head: nn.Conv2d) -> Tensor:
    """Mean over all positions of the 3x3 class head's score maps, without building the maps.

    Convolution and mean are both linear, so the mean of a map is the head applied to nine sums of tokens. The sum that
    meets kernel offset (dy, dx) is that of all tokens but those which the shifted kernel pushes over the border: one
    edge row, one edge column, and the corner they share counted once.

    Args:
        tokens: (B, D, N, N).
        head: 3x3 convolution with padding 1 and bias, D to C channels.

    Returns:
        (B, C) logits.
    """
    return logits_of_means(kernel_means(tokens), head)


def logits_of_means(means: Tensor, head: nn.Conv2d) -> Tensor:
    """Class scores (B, C) of what `kernel_means` answers, (B, D, 9)."""
    return functional.linear(means.flatten(1), head.weight.flatten(1), head.bias)


def kernel_means(tokens: Tensor) -> Tensor:
    """The mean token that meets each of the nine kernel offsets: (B, D, N, N) to (B, D, 9) float32."""
    tokens = tokens.float()
    rows, columns = tokens.shape[2:]
    total = tokens.sum(dim=(2, 3))  # (B, D)
    lost_rows = {-1: tokens[:, :, -1].sum(dim=2), 1: tokens[:, :, 0].sum(dim=2)}  # each (B, D)
    lost_columns = {-1: tokens[:, :, :, -1].sum(dim=2), 1: tokens[:, :, :, 0].sum(dim=2)}  # each (B, D)
    edge = {-1: -1, 1: 0}
    sums = []
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            part = total
            if dy:
                part = part - lost_rows[dy]
            if dx:
                part = part - lost_columns[dx]
            if dy and dx:
                part = part + tokens[:, :, edge[dy], edge[dx]]
            sums.append(part)
    return torch.stack(sums, dim=2) / (rows * columns)
