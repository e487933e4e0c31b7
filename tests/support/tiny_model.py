"""A model file small enough to make in a test, whose maps are known beforehand.

Its network averages 16 x 16 blocks of the photo, so a token is a block's mean colour. Class 0 ("bright") scores
brightness, class 1 ("red") red minus the other colours, class 2 ("dark") darkness: the box of a bright or red shape on
dark ground is where the shape is, to the block.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engine.localization.model_file import write_model_file

BLOCK = 16
CLASS_NAMES = ("bright", "red", "dark")
HEAD = np.array([[1.0, 1.0, 1.0], [2.0, -1.0, -1.0], [-1.0, -1.0, -1.0]], np.float32)

MANIFEST: dict[str, Any] = {
    "format": "moltbox-model",
    "format_version": 2,
    "name": "tiny",
    "kind": "cnn-cam",
    "created": "2026-11-22",
    "creator": "moltbox tests",
    "backbone": "block mean",
    "licence": {"spdx": "Apache-2.0", "notice": ""},
    "classes": [
        {"name": "bright", "synonyms": ["lamp", "light bulb"]},
        {"name": "red", "synonyms": []},
        {"name": "dark", "synonyms": ["lamp"]},
    ],
    "input": {"colour_order": "RGB", "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0]},
    "scales": [
        {
            "name": str(side),
            "network": "trunk",
            "head": "classifier",
            "resize": "keep_aspect",
            "side": side,
            "multiple": BLOCK,
            "patch": BLOCK,
            "grid": None,
            "weight": weight,
        }
        for side, weight in ((128, 0.25), (256, 0.75))
    ],
    "foreground": "constant",
    "score_map": {"relu": True},
    "propagation": None,
    "cam": {"foreground_power": 1.0, "score_power": 1.0},
    "class_fusion": "mean_softmax",
    "fusion": {"at": "grid"},
    "refinement": {"weight": 0.0, "split_components": False},
    "clustering": None,
    "threshold": {"value": 0.4, "calibrated_on": "made for tests", "boxes_used": 0},
    "box_rule": {"pick": "pixels", "max_boxes": 1, "min_area": 0.01, "min_share": 0.05, "nms_iou": 0.7},
    "training": {},
    "accuracy": {},
}


def manifest(**changes: Any) -> dict[str, Any]:
    """A fresh copy of the tiny model's manifest with some top-level fields replaced."""
    return copy.deepcopy(MANIFEST) | changes


def network_bytes() -> bytes:
    """ONNX: image (B, 3, H, W) -> tokens (B, 3, H/16, W/16), logits (B, 3)."""
    nodes = [
        helper.make_node("AveragePool", ["image"], ["tokens"], kernel_shape=[BLOCK, BLOCK], strides=[BLOCK, BLOCK]),
        helper.make_node("GlobalAveragePool", ["tokens"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, "H", "W"])],
        [
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["B", 3, "h", "w"]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", 3]),
        ],
        [numpy_helper.from_array(np.ascontiguousarray(HEAD.T), "head")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def clustering_bytes() -> bytes:
    """ONNX: image (B, 3, H, W) -> clusters (B, H, W): a pixel's cluster is its strongest colour."""
    node = helper.make_node("ArgMax", ["image"], ["clusters"], axis=1, keepdims=0)
    graph = helper.make_graph(
        [node],
        "tiny_clusters",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, "H", "W"])],
        [helper.make_tensor_value_info("clusters", TensorProto.INT64, ["B", "H", "W"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


CLUSTERING = {"network": "clusters", "side": 64, "multiple": 8}


def heads() -> dict[str, NDArray[np.float32]]:
    return {"classifier.weight": HEAD[:, :, None, None].copy(), "classifier.bias": np.zeros(3, np.float32)}


def write_tiny_model(path: Path, **changes: Any) -> Path:
    """Writes the tiny model, with some manifest fields replaced, and returns its path."""
    networks = {"trunk": network_bytes(), "clusters": clustering_bytes()}
    fields = manifest(**changes)
    if fields.get("clustering") is None:
        del networks["clusters"]
    write_model_file(path, fields, networks, heads())
    return path
