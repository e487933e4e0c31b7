"""Makes the networks of a model file compute in fewer bits: 8-bit whole numbers for a CPU, half precision for a GPU."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from engine.errors import MoltboxError

_LINEAR = ("MatMul", "Gemm")


class _Images(CalibrationDataReader):
    """The images, one by one, as ONNX Runtime's calibration asks for them."""

    def __init__(self, images: Sequence[NDArray[np.float32]]) -> None:
        self._images = iter(images)

    def get_next(self) -> dict[str, Any]:
        image = next(self._images, None)
        return {} if image is None else {"image": image}


def folded(network: bytes) -> onnx.ModelProto:
    """The graph with its constants worked out and batch normalisation folded into convolutions, every node named.

    Weights that are stored in half precision come out in single, where quantisation finds them.
    """
    with _folder() as folder:
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folder / "folded.onnx")
        options.log_severity_level = 4
        onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])
        model = onnx.load(folder / "folded.onnx")
    del model.graph.value_info[:]  # shapes of before the folding, which later tools would find at odds with the weights
    for place, node in enumerate(model.graph.node):
        node.name = f"{node.op_type}_{place}"
    return model


def weighted_nodes(model: onnx.ModelProto, kinds: Collection[str]) -> list[str]:
    """Names of the nodes of these kinds that multiply by weights, in the order in which they run."""
    weights = {tensor.name for tensor in model.graph.initializer}
    return [node.name for node in model.graph.node if node.op_type in kinds and node.input[1] in weights]


def linear_in_eight_bits(network: bytes) -> bytes | None:
    """Linear layers in 8 bits, their inputs scaled anew for each photo; None where there is none to speak of.

    Attention's products, which have no weights, stay as they are, and so does everything between the layers.
    """
    model = folded(network)
    nodes = weighted_nodes(model, _LINEAR)
    if len(nodes) < 4:  # only the heads of a convolutional network
        return None
    with _folder() as folder:
        onnx.save(model, folder / "in.onnx")
        quantize_dynamic(
            folder / "in.onnx",
            folder / "out.onnx",
            per_channel=True,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=nodes,
            extra_options={"MatMulConstBOnly": True},
        )
        return (folder / "out.onnx").read_bytes()


def in_eight_bits(network: bytes, images: Sequence[NDArray[np.float32]]) -> bytes:
    """Convolutions and linear layers in 8 bits, with scales fixed by what they meet on some images.

    The convolution that reads the photo stays in single precision: it is next to no work, all that follows hangs on it,
    and OpenVINO answers something else for a transformer's in 8 bits.

    Args:
        network: ONNX with input `image`.
        images: (1, 3, h, w) float32, as the network is shown them.

    Raises:
        MoltboxError: no images.
    """
    if not images:
        raise MoltboxError("8-bit networks need some photos to fix their scales by.")
    model = folded(network)
    reading = _reading_photos(model)
    nodes = [name for name in weighted_nodes(model, ("Conv", *_LINEAR)) if name not in reading]
    with _folder() as folder:
        onnx.save(model, folder / "in.onnx")
        quantize_static(
            folder / "in.onnx",
            folder / "out.onnx",
            _Images(images),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            weight_type=QuantType.QInt8,
            activation_type=QuantType.QUInt8,
            calibrate_method=CalibrationMethod.MinMax,
            # What a linear layer answers goes on in single precision: rounded as well, attention and logits lose a
            # digit, and OpenVINO takes longer for the conversions than it gains.
            extra_options={"CalibMovingAverage": True, "OpTypesToExcludeOutputQuantization": list(_LINEAR)},
            nodes_to_quantize=nodes,
            op_types_to_quantize=["Conv", *_LINEAR],
        )
        return (folder / "out.onnx").read_bytes()


def in_half_precision(network: bytes) -> bytes:
    """The network in half precision, for GPUs; its input and outputs stay in single precision."""
    from onnxruntime.transformers.float16 import convert_float_to_float16

    return convert_float_to_float16(folded(network), keep_io_types=True).SerializeToString()


def _reading_photos(model: onnx.ModelProto) -> set[str]:
    """The convolutions over red, green and blue."""
    colours = {tensor.name for tensor in model.graph.initializer if len(tensor.dims) == 4 and tensor.dims[1] == 3}
    return {node.name for node in model.graph.node if node.op_type == "Conv" and node.input[1] in colours}


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    """A passing folder, in which ONNX Runtime's tools keep their advice to themselves."""
    logger = logging.getLogger()
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
    finally:
        logger.setLevel(before)
