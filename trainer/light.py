"""The light MOLT: a transformer block with a class token on frozen features of a convolutional network.

Two cores train it in minutes. One network serves every scale; the frozen trunk does what the first blocks of a vision
transformer do, and at three depths:

    image (B, 3, H, W) --trunk--> features (B, 624, h, w) --1x1, positions--> (B, h*w, 128) + class token --block-->
        class token's attention row = foreground (B, h, w), class scores (B, C)
        head features (B, 1280, h, w) --anchored 1x1 class head--> score maps (the engine's)

The score maps come from the trunk's own classifier, mixed for each class (`trainer.light_teacher.anchored_weights`):
ten easy classes are learnt at a glance, and a head that learns them marks less of the object than ImageNet's does.
Foreground cells and box are learnt too, but only to teach the class token where to look; they are not exported.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import torch
from timm.layers.attention import Attention
from timm.models.vision_transformer import Block
from torch import Tensor, nn
from torch.nn import functional

from trainer.light_features import CHANNELS
from trainer.light_trunk import LightTrunk
from trainer.molt import attend_with_class_row

WIDTH, HEADS, MLP_RATIO = 128, 4, 3.0
POSITIONS = 10
"""Rows and columns of the position table, stretched over any grid."""

DROPOUT = 0.1


class LightAnswers(NamedTuple):
    """What is learnt: foreground logits (B, h, w), box (B, 4) centre x, centre y, width, height as shares of the view,
    class logits (B, C)."""

    foreground: Tensor
    box: Tensor
    logits: Tensor


class LightMolt(nn.Module):
    """The part that is trained."""

    def __init__(self, class_count: int, mean: Tensor, deviation: Tensor) -> None:
        """
        Args:
            class_count: C.
            mean, deviation: (624,) of each feature channel over the training photos.
        """
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", mean[:, None, None].clone())
        self.register_buffer("deviation", deviation[:, None, None].clone())
        self.project = nn.Conv2d(CHANNELS, WIDTH, kernel_size=1)
        self.positions = nn.Parameter(torch.zeros(1, WIDTH, POSITIONS, POSITIONS))
        self.cls_token = nn.Parameter(torch.randn(1, 1, WIDTH) * 0.02)
        self.drop = nn.Dropout(DROPOUT)
        self.block = Block(WIDTH, HEADS, mlp_ratio=MLP_RATIO, qkv_bias=True)
        for last in (self.block.attn.proj, self.block.mlp.fc2):
            # The block starts as the identity, so it moves away from what the trunk saw only where that pays.
            nn.init.zeros_(cast(nn.Linear, last).weight)
            nn.init.zeros_(cast(nn.Linear, last).bias)
        self.norm = nn.LayerNorm(WIDTH)
        self.foreground = nn.Linear(WIDTH, 1)
        self.box = nn.Linear(WIDTH, 4)
        self.head = nn.Linear(WIDTH, class_count)

    def forward(self, features: Tensor) -> LightAnswers:
        """
        Args:
            features: (B, 624, h, w) float32.
        """
        rows, columns = features.shape[2:]
        sequence = self.norm(self.block(self._embed(features)))  # (B, 1 + h*w, D)
        token, patches = sequence[:, 0], sequence[:, 1:]
        foreground = self.foreground(patches).squeeze(2).unflatten(1, (rows, columns))  # (B, h, w)
        return LightAnswers(foreground, self.box(token).sigmoid(), self.head(token))

    def look(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """What the engine needs; meant for eval mode.

        Args:
            features: (B, 624, h, w) float32.

        Returns:
            foreground (B, h, w), the class token's attention to the cells, averaged over the heads, and class logits
            (B, C).
        """
        sequence = self._embed(features)  # (B, 1 + h*w, D)
        mixed, row = attend_with_class_row(cast(Attention, self.block.attn), self.block.norm1(sequence))
        # Only the class token is asked any further.
        token = sequence[:, 0] + mixed[:, 0]  # (B, D)
        token = token + self.block.mlp(self.block.norm2(token))
        return row[:, 1:].reshape(features[:, 0].shape), self.head(self.norm(token))

    def _embed(self, features: Tensor) -> Tensor:
        """Class token and cells with their positions: (B, 1 + h*w, D)."""
        cells = functional.relu(self.project((features - self.mean) / self.deviation))  # (B, D, h, w)
        places = functional.interpolate(self.positions, size=cells.shape[2:], mode="bilinear", align_corners=False)
        cells = self.drop((cells + places).flatten(2).transpose(1, 2))  # (B, h*w, D)
        return torch.cat([self.cls_token.expand(len(cells), -1, -1), cells], dim=1)


class LightBranch(nn.Module):
    """Trunk and light MOLT together: the network of the model file, the same for every scale."""

    def __init__(self, trunk: LightTrunk, light: LightMolt) -> None:
        super().__init__()
        self.trunk = trunk
        self.light = light

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """
        Args:
            image: (B, 3, H, W) float32, normalised RGB, H and W multiples of 32.

        Returns:
            tokens (B, 1280, h, w), logits (B, C), features (B, 112, h, w), foreground (B, h, w); h = H/16, w = W/16.
        """
        seen = self.trunk(image)
        foreground, logits = self.light.look(torch.cat([seen.stage_5, seen.stage_6, seen.last], dim=1))
        return seen.head, logits, seen.stage_5, foreground
