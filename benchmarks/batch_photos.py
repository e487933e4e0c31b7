"""Photos and a model for `benchmarks/batch.py`."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from engine.localization.model_file import write_model_file

SIZES = {"0.2 MP": (516, 387), "2 MP": (1632, 1224), "12 MP": (4000, 3000)}
QUALITY = 88
CLASSES, DEPTH, PATCH = 100, 32, 16
A_FOLDER = 1000


def write_photos(folder: Path, width: int, height: int, count: int) -> list[Path]:
    """Generated JPEGs with detail at every size."""
    folder.mkdir(parents=True)
    generator = np.random.default_rng(width)
    paths = []
    for number in range(count):
        path = folder / f"{number}.jpg"
        cv2.imwrite(str(path), _scene(generator, width, height), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        paths.append(path)
    return paths


def large_photos(folder: Path, count: int) -> Path:
    """So many names of one PNG of 24 megapixels."""
    folder.mkdir(parents=True)
    master = folder.with_name("master.png")
    scene = _scene(np.random.default_rng(0), 600, 400)
    cv2.imwrite(str(master), cv2.resize(scene, (6000, 4000), interpolation=cv2.INTER_NEAREST))
    for number in range(count):
        os.link(master, folder / f"photo {number}.png")
    return folder


def small_photos(folder: Path, count: int) -> Path:
    """So many names of a few small photos of different shapes, a thousand to a folder."""
    shapes = ((160, 120), (120, 160), (200, 100), (128, 128), (180, 110), (150, 130), (110, 190), (220, 90))
    masters = [write_photos(folder.with_name(f"shape {shape[0]}"), *shape, count=1)[0] for shape in shapes]
    for number in range(count):
        place = folder / f"part {number // A_FOLDER}" / f"class {number // A_FOLDER % CLASSES}"
        if number % A_FOLDER == 0:
            place.mkdir(parents=True)
        os.link(masters[number % len(masters)], place / f"photo {number}.jpg")
    return folder


def random_model(path: Path) -> Path:
    """Three scales of a network that is nothing but a patch embedding, with a hundred classes."""
    scales = [
        {"name": str(side), "network": "trunk", "head": "head", "resize": "keep_aspect", "side": side, "multiple": 16}
        | {"patch": PATCH, "grid": None, "weight": 1 / 3}
        for side in (96, 128, 160)
    ]
    generator = np.random.default_rng(0)
    fields = {
        "format": "moltbox-model",
        "format_version": 2,
        "name": "random",
        "kind": "cnn-cam",
        "created": "2026-11-23",
        "creator": "benchmarks/batch_photos.py",
        "backbone": "patch embedding",
        "licence": {"spdx": "Apache-2.0", "notice": ""},
        "classes": [{"name": f"class {number}", "synonyms": []} for number in range(CLASSES)],
        "input": {"colour_order": "RGB", "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
        "scales": scales,
        "foreground": "constant",
        "score_map": {"relu": True},
        "propagation": None,
        "cam": {"foreground_power": 1.0, "score_power": 1.0},
        "class_fusion": "mean_softmax",
        "fusion": {"at": "grid"},
        "refinement": {"weight": 0.0, "split_components": False},
        "clustering": None,
        "threshold": {"value": 0.5, "calibrated_on": "not calibrated", "boxes_used": 0},
        "box_rule": {"pick": "pixels", "max_boxes": 3, "min_area": 0.01, "min_share": 0.05, "nms_iou": 0.7},
        "training": {},
        "accuracy": {},
    }
    head = generator.normal(size=(CLASSES, DEPTH)).astype(np.float32)
    heads = {"head.weight": head[:, :, None, None].copy(), "head.bias": np.zeros(CLASSES, np.float32)}
    write_model_file(path, fields, {"trunk": _network(generator, head)}, heads)
    return path


def _network(generator: np.random.Generator, head: NDArray[np.float32]) -> bytes:
    embedding = generator.normal(size=(DEPTH, 3, PATCH, PATCH)).astype(np.float32) / PATCH
    nodes = [
        helper.make_node("Conv", ["image", "embedding"], ["tokens"], strides=[PATCH, PATCH]),
        helper.make_node("GlobalAveragePool", ["tokens"], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["flat"]),
        helper.make_node("MatMul", ["flat", "head"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "random",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, "H", "W"])],
        [
            helper.make_tensor_value_info("tokens", TensorProto.FLOAT, ["B", DEPTH, "h", "w"]),
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", CLASSES]),
        ],
        [
            numpy_helper.from_array(embedding, "embedding"),
            numpy_helper.from_array(np.ascontiguousarray(head.T), "head"),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _scene(generator: np.random.Generator, width: int, height: int) -> NDArray[np.uint8]:
    scene = np.zeros((height, width, 3), np.float32)
    for cells in (4, 16, 64, 256):
        coarse = generator.normal(0, 30, (cells * 3 // 4 + 1, cells + 1, 3)).astype(np.float32)
        scene += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    scene += generator.normal(0, 3, (height, width, 1)).astype(np.float32)
    return np.clip(scene + 128, 0, 255).astype(np.uint8)
