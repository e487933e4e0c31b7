"""Exported graphs: the network's numbers, and nothing of the machine."""

from __future__ import annotations

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn

from trainer.onnx_graph import export_graph


class Small(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 4, 3, padding=1)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        tokens = torch.relu(self.first(image))  # (B, 4, H, W)
        return tokens, tokens.mean(dim=(2, 3))  # (B, 4)


def test_the_graph_answers_as_the_network_for_any_batch_and_size() -> None:
    network = Small()
    graph = export_graph(network, torch.zeros(2, 3, 16, 24), outputs=["tokens", "logits"], dynamic_axes=[0, 2, 3])
    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    image = torch.randn(3, 3, 20, 12)
    with torch.no_grad():
        expected = [each.numpy() for each in network(image)]
    found = session.run(["tokens", "logits"], {"image": image.numpy()})
    for one, other in zip(found, expected, strict=True):
        assert np.allclose(np.asarray(one), other, atol=1e-5)


def test_no_path_of_this_machine_is_in_the_file() -> None:
    graph = export_graph(Small(), torch.zeros(2, 3, 16, 16), outputs=["tokens", "logits"], dynamic_axes=[0])
    data = graph.SerializeToString()
    assert b'File "' not in data
    assert b".py" not in data
