"""How classes are learnt and scored: one class a photo as in the paper, or any number of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

SINGLE, SEVERAL = "mean_softmax", "mean_sigmoid"
"""How the engine makes probabilities of logits: the model file's `class_fusion`."""


@dataclass(frozen=True, slots=True)
class ClassLoss:
    """Where every photo shows just one class, cross-entropy over the classes; else binary cross-entropy of each.

    several: whether any photo shows more or less than one class.
    """

    several: bool = False

    @property
    def fusion(self) -> str:
        """The model file's `class_fusion`."""
        return SEVERAL if self.several else SINGLE

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean over the photos: (B, C) logits and (B, C) targets, 1 where a photo shows a class, to ()."""
        logits = logits.float()
        if self.several:
            # Summed over the classes, so that a photo weighs as much as with cross-entropy, however many there are.
            return functional.binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(targets)
        return functional.cross_entropy(logits, targets.argmax(dim=1))

    def summed(self, logits: Sequence[Tensor], targets: Tensor) -> Tensor:
        """The branches' losses, one (B, C) of logits each, added up."""
        return torch.stack([self.loss(each, targets) for each in logits]).sum()

    def right(self, logits: Sequence[Tensor], targets: Tensor) -> Tensor:
        """How many photos (), int64, the fused scores get right.

        A photo is right where its most probable class is one that it shows; one that shows none where no class
        reaches one half.
        """
        scores = torch.stack([self._probabilities(each.float()) for each in logits]).mean(dim=0)  # (B, C)
        best, place = scores.max(dim=1)
        shown = targets.gather(1, place[:, None]).squeeze(1) > 0
        return torch.where(targets.any(dim=1), shown, best < 0.5).sum()

    def _probabilities(self, logits: Tensor) -> Tensor:
        return logits.sigmoid() if self.several else logits.softmax(dim=1)
