"""Which network the quick preset learns on: DeiT-Tiny where its pretrained weights are at hand, else the light one.

Nothing is fetched unless it is asked for. The choice is said in one sentence, in the output, the log and `config.json`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from trainer.backbones import HUB, NO_WEIGHTS, cached_weights

BACKBONE = "deit_tiny_patch16_224"


@dataclass(frozen=True, slots=True)
class QuickNetwork:
    """
    pretrained: "none" for the light network, else where DeiT-Tiny's weights come from.
    choice: why, in a sentence.
    """

    pretrained: str
    choice: str


def choose_network(wanted: str | None) -> QuickNetwork:
    """
    Args:
        wanted: "hub", "none", or a weights file; None takes what is there.
    """
    if wanted == NO_WEIGHTS:
        return QuickNetwork(NO_WEIGHTS, "Learning on the light convolutional network, as asked.")
    if wanted == HUB:
        return QuickNetwork(HUB, "Learning on DeiT-Tiny with timm's published weights, as asked.")
    if wanted is not None:
        return QuickNetwork(wanted, f"Learning on DeiT-Tiny with the weights in {Path(wanted).name}, as asked.")
    found = cached_weights(BACKBONE)
    if found is None:
        return QuickNetwork(
            NO_WEIGHTS,
            "Learning on the light convolutional network, as pretrained weights of DeiT-Tiny are not on this machine.",
        )
    return QuickNetwork(
        HUB, "Learning on DeiT-Tiny, as its pretrained weights are on this machine; --pretrained none takes the other."
    )
