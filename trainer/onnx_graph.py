"""Exports a network to ONNX, weights inside, without a trace of the machine that did it."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import onnx
import torch
from torch import Tensor, nn

from engine.errors import MoltboxError


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


def _forget_source(model: onnx.ModelProto) -> None:
    """Takes out the exporter's notes: each node carries the stack trace of the code, with the paths of this machine."""
    graph = model.graph
    places = [model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]
    for function in model.functions:
        places += [function, *function.node, *function.value_info]
    for place in places:
        place.ClearField("metadata_props")
        place.ClearField("doc_string")
