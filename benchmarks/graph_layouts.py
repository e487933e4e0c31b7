"""What the layout of a branch's graph is worth: opset, fixed batch, fused attention, numbers, ONNX Runtime or OpenVINO.

    python benchmarks/graph_layouts.py [--side 384] [--rounds 5]

One branch of DeiT-S, 1,000 classes, random weights, one thread. Every layout looks at the same image in turn; told is
processor time, which other programs on the machine disturb little, as the median of the ratios to the layout that is
exported, and the largest difference of its outputs relative to their largest value.
"""

from __future__ import annotations

import engine  # isort: skip # noqa: F401 - before NumPy and ONNX Runtime: it says how they are to run

import argparse
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from engine.localization.onnx_session import Network
from engine.localization.openvino_network import openvino_version
from trainer.export import export_branch
from trainer.molt import Branch, Molt
from trainer.quantise import in_eight_bits, linear_in_eight_bits

HEADS, WIDTH = 6, 384
OUTPUTS = ["tokens", "foreground", "logits"]


class Look(torch.nn.Module):
    """What `Branch.look` answers."""

    def __init__(self, branch: Branch) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        return self.branch.look(image)


def exported(branch: Branch, batch: int, opset: int | None) -> bytes:
    """As `export_branch`, with the batch fixed where it is 1, at any opset."""
    example = torch.zeros(batch, 3, branch.side, branch.side)
    free = None if batch == 1 else {"image": {0: torch.export.Dim.DYNAMIC}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            Look(branch).eval(),
            (example,),
            input_names=["image"],
            output_names=OUTPUTS,
            dynamic_shapes=free,
            opset_version=opset,
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    assert program is not None  # noqa: S101 - the exporter answers a program where it does not raise
    return program.model_proto.SerializeToString()


def with_fused_attention(network: bytes, *, own: bool) -> bytes:
    """The exported graph with one attention node a block, and the class token's row by one product for all heads.

    Args:
        own: ONNX Runtime's MultiHeadAttention; else ONNX's own Attention of opset 23.
    """
    model = onnx.load_from_string(network)
    graph = model.graph
    makers = {output: node for node in graph.node for output in node.output}
    users: dict[str, list[onnx.NodeProto]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    scale = (WIDTH // HEADS) ** -0.5
    heads = np.kron(np.eye(HEADS), np.ones((1, WIDTH // HEADS)))[None] * scale
    constants = {"heads": heads.astype(np.float32), "thirds": np.full(3, WIDTH), "zero": np.zeros(1, int)}
    constants["one"] = np.ones(1, int)
    graph.initializer.extend(numpy_helper.from_array(values, f"fused_{name}") for name, values in constants.items())
    softmaxes = [node for node in graph.node if node.op_type == "Softmax"]
    added: dict[str, list[onnx.NodeProto]] = {}
    dropped: list[str] = []
    for block, (softmax, row) in enumerate(zip(softmaxes[::2], softmaxes[1::2], strict=True)):
        merged = users[users[users[softmax.output[0]][0].output[0]][0].output[0]][0].output[0]
        squeezed = users[users[row.output[0]][0].output[0]][0].output[0]
        node = makers[softmax.input[0]]
        while node.op_type != "Add":
            node = makers[node.input[0]]
        q, k, v, first, spread, turned, scores, shares = (f"fused{block}_{name}" for name in "qkvfstcr")
        kind, domain = ("MultiHeadAttention", "com.microsoft") if own else ("Attention", "")
        counts: dict[str, Any] = {"num_heads": HEADS} if own else {"q_num_heads": HEADS, "kv_num_heads": HEADS}
        added[node.output[0]] = [
            helper.make_node("Split", [node.output[0], "fused_thirds"], [q, k, v], axis=2),
            helper.make_node(kind, [q, k, v], [merged], domain=domain, scale=scale, **counts),
            helper.make_node("Slice", [q, "fused_zero", "fused_one", "fused_one"], [first]),
            helper.make_node("Mul", [first, "fused_heads"], [spread]),
            helper.make_node("Transpose", [k], [turned], perm=[0, 2, 1]),
            helper.make_node("MatMul", [spread, turned], [scores]),
            helper.make_node("Softmax", [scores], [shares], axis=-1),
            helper.make_node("ReduceMean", [shares, "fused_one"], [squeezed], keepdims=0),
        ]
        dropped += [merged, squeezed]
    nodes = []
    for node in graph.node:
        if node.output[0] not in dropped:
            nodes.append(node)
        nodes += added.get(node.output[0], [])
    needed = set(OUTPUTS)
    kept = []
    for node in reversed(nodes):
        if needed & set(node.output):
            kept.append(node)
            needed |= set(node.input)
    del graph.node[:]
    graph.node.extend(reversed(kept))
    tensors = [tensor for tensor in graph.initializer if tensor.name in needed]
    del graph.initializer[:]
    graph.initializer.extend(tensors)
    if own:
        model.opset_import.append(helper.make_opsetid("com.microsoft", 1))
    else:
        model.opset_import[0].version = 23
    return model.SerializeToString()


def layouts(branch: Branch) -> Iterator[tuple[str, Callable[[NDArray[np.float32]], dict[str, NDArray[np.float32]]]]]:
    """(name, run) of each layout, the exported one first."""
    usual = export_branch(branch)
    generator = np.random.default_rng(1)
    images = [generator.standard_normal((1, 3, branch.side, branch.side)).astype(np.float32) for _ in range(4)]
    yield "as exported (opset 20, any batch)", Network("usual", usual, "cpu", 1).run
    yield "opset 23, native Attention", Network("o", exported(branch, 2, 23), "cpu", 1).run
    yield "batch fixed at 1", Network("b", exported(branch, 1, None), "cpu", 1).run
    yield "Attention without transposes", Network("a", with_fused_attention(usual, own=False), "cpu", 1).run
    yield "MultiHeadAttention of ONNX Runtime", Network("m", with_fused_attention(usual, own=True), "cpu", 1).run
    linear, fixed = linear_in_eight_bits(usual), in_eight_bits(usual, images)
    if linear is not None:
        yield "8-bit linear layers, scaled for each photo", Network("l", linear, "cpu", 1).run
    yield "8-bit layers with fixed scales", Network("f", fixed, "cpu", 1).run
    if openvino_version() is not None:
        yield "OpenVINO, as exported", Network("v", usual, "openvino", 1).run
        yield "OpenVINO, bfloat16", Network("v16", usual, "openvino", 1, bfloat16=True).run
        yield "OpenVINO, 8-bit, fixed scales", Network("v8", fixed, "openvino", 1).run
        yield "OpenVINO, 8-bit and bfloat16", Network("v816", fixed, "openvino", 1, bfloat16=True).run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=384)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    onnxruntime.set_default_logger_severity(4)
    torch.manual_seed(0)
    branch = Molt("deit_small_patch16_224", (options.side,), 1000).eval().pyramid[0]
    found = dict(layouts(branch))
    generator = np.random.default_rng(0)
    image = generator.standard_normal((1, 3, options.side, options.side)).astype(np.float32)
    answers = {name: run(image) for name, run in found.items()}
    spent_s: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(options.rounds):
        for name, run in found.items():
            started_s = time.process_time()
            run(image)
            spent_s[name].append(time.process_time() - started_s)
    usual = next(iter(found))
    print(
        f"| {options.side} pixels, one thread | ms of a core | of the exported one's | tokens | foreground | logits |"
    )
    print("|---|---|---|---|---|---|")
    for name, times in spent_s.items():
        share = float(np.median(np.array(times) / np.array(spent_s[usual])))
        apart = (
            np.abs(answers[name][output] - values).max() / np.abs(values).max()
            for output, values in ((each, answers[usual][each]) for each in OUTPUTS)
        )
        told = " | ".join(f"{each:.0e}" for each in apart)
        print(f"| {name} | {1000 * np.median(times):.0f} | {share:.2f} | {told} |", flush=True)


if __name__ == "__main__":
    main()
