"""Exports a network to ONNX, weights inside, without a trace of the machine that did it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from engine.errors import MoltboxError

_LARGE_TENSOR = 256


def export_graph(
    network: nn.Module, example: Tensor, *, outputs: Sequence[str], dynamic_axes: Sequence[int]
) -> onnx.ModelProto:
    """The network as an ONNX model with one input `image`.

    Args:
        network: takes one image batch, answers a tuple of tensors; put in eval mode.
        example: (B, 3, H, W) with B at least 2, for a batch of 1 would be taken for a constant.
        outputs: names of the outputs, in order.
        dynamic_axes: axes of `image` that stay free.

    Raises:
        MoltboxError: the exporter gave no graph.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.eval(),
            (example,),
            input_names=["image"],
            output_names=list(outputs),
            dynamic_shapes={"image": dict.fromkeys(dynamic_axes, torch.export.Dim.DYNAMIC)},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    if program is None:
        raise MoltboxError("The exporter gave no graph.")
    model = program.model_proto
    _forget_source(model)
    return model


def store_as_half(model: onnx.ModelProto) -> None:
    """Stores large weights in half precision; the network still computes in single.

    ONNX Runtime folds the casts when it loads the graph, so speed is that of single precision.
    """
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


def _forget_source(model: onnx.ModelProto) -> None:
    """Takes out the exporter's notes: each node carries the stack trace of the code, with the paths of this machine."""
    graph = model.graph
    places = [model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]
    for function in model.functions:
        places += [function, *function.node, *function.value_info]
    for place in places:
        place.ClearField("metadata_props")
        place.ClearField("doc_string")
