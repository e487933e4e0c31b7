"""Exports the shared clustering network to ONNX, and says in a manifest how the engine uses it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from engine.localization.manifest import ClusteringSettings
from trainer.clustering.network import ClusteringNetwork
from trainer.onnx_graph import export_graph, store_as_half

NETWORK = "clusters"
SETTINGS = ClusteringSettings(network=NETWORK, side=128, multiple=8, split_components=False)
"""The size at which photos are clustered, in training and in use."""

REFINEMENT_WEIGHT = 0.5
"""Before a calibration; the paper gives none."""


class _Clusters(nn.Module):
    """The exported graph: each pixel's cluster."""

    def __init__(self, network: ClusteringNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> tuple[Tensor]:
        return (self.network(image).argmax(dim=1),)


def export_clustering(network: ClusteringNetwork) -> bytes:
    """The network as ONNX, weights inside, the large ones in half precision.

    Input `image` (B, 3, H, W) float32 RGB in [0, 1], any B, H and W. Output `clusters` (B, H, W) int64 in [0, C): the
    channel of the largest score, the first where several are equal.

    Raises:
        MoltboxError: the exporter gave no graph.
    """
    graph = export_graph(_Clusters(network), torch.rand(2, 3, 32, 48), outputs=["clusters"], dynamic_axes=[0, 2, 3])
    store_as_half(graph)
    return graph.SerializeToString()


def manifest_fields(*, carried: bool) -> dict[str, Any]:
    """The fields `clustering` and `refinement` of a model file, not yet calibrated.

    Args:
        carried: whether the file carries the network as the part `NETWORK`.
    """
    if not carried:
        return {"clustering": None, "refinement": {"weight": 0.0, "split_components": False}}
    return {
        "clustering": {"network": NETWORK, "side": SETTINGS.side, "multiple": SETTINGS.multiple},
        "refinement": {"weight": REFINEMENT_WEIGHT, "split_components": SETTINGS.split_components},
    }
