"""Writes a trained MOLT as a model file: one ONNX network per branch, the class heads, and the contract."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine import __version__
from engine.localization.manifest import FORMAT_VERSION
from engine.localization.model_file import write_model_file
from trainer.backbones import patch_side
from trainer.class_loss import SINGLE
from trainer.clustering.export import NETWORK, manifest_fields
from trainer.molt import Branch, Molt
from trainer.onnx_graph import export_graph

FALLBACK_THRESHOLD = 0.15
NOT_CALIBRATED = "not calibrated: fallback"


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model file says besides its networks.

    name: shown in the window.
    class_names: in the order of the logits.
    mean, std: of RGB in [0, 1].
    licence: SPDX identifier and notice.
    training, accuracy: objects of the manifest, shown as they are.
    clustering: the clustering network as ONNX (see `trainer.clustering`), if there is one.
    class_fusion: how the engine makes class probabilities of the logits (see `trainer.class_loss`).
    """

    name: str
    class_names: Sequence[str]
    mean: Sequence[float]
    std: Sequence[float]
    licence: tuple[str, str]
    training: Mapping[str, Any]
    accuracy: Mapping[str, Any]
    clustering: bytes | None = None
    class_fusion: str = SINGLE


class _Look(nn.Module):
    """The exported graph: what `Branch.look` answers."""

    def __init__(self, branch: Branch) -> None:
        super().__init__()
        self.branch = branch

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        return self.branch.look(image)


def export_branch(branch: Branch) -> bytes:
    """One branch as ONNX, weights inside.

    Input `image` (B, 3, side, side) float32, normalised RGB, any B. Outputs `tokens` (B, D, N, N), `foreground`
    (B, N, N) and `logits` (B, C), float32.

    Raises:
        MoltboxError: the exporter gave no graph.
    """
    example = torch.zeros(2, 3, branch.side, branch.side)
    graph = export_graph(_Look(branch), example, outputs=["tokens", "foreground", "logits"], dynamic_axes=[0])
    return graph.SerializeToString()


def write_molt(path: Path, model: Molt, facts: ModelFacts) -> None:
    """Writes the model file; the model is left in eval mode on the CPU.

    Raises:
        ModelFileError: a fact breaks the file's contract; nothing is written.
    """
    model = model.float().cpu().eval()
    networks: dict[str, bytes] = {}
    heads: dict[str, NDArray[np.generic]] = {}
    scales = []
    for branch in model.pyramid:
        name = str(branch.side)
        networks[f"branch_{name}"] = export_branch(branch)
        for part, values in branch.head.state_dict().items():
            heads[f"{name}.{part}"] = values.numpy()  # weight (C, D, 3, 3), bias (C,)
        scales.append(
            {
                "name": name,
                "network": f"branch_{name}",
                "head": name,
                "resize": "square",
                "side": branch.side,
                "multiple": patch_side(branch.trunk),
                "patch": patch_side(branch.trunk),
                "grid": [branch.grid, branch.grid],
                "weight": 1 / len(model.pyramid),
            }
        )
    manifest = {
        "format": "moltbox-model",
        "format_version": FORMAT_VERSION,
        "name": facts.name,
        "kind": "molt",
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "creator": f"moltbox {__version__}",
        "backbone": model.backbone,
        "licence": {"spdx": facts.licence[0], "notice": facts.licence[1]},
        "classes": [{"name": name, "synonyms": []} for name in facts.class_names],
        "input": {"colour_order": "RGB", "mean": list(facts.mean), "std": list(facts.std)},
        "scales": scales,
        "foreground": "network",
        "score_map": {"relu": False},
        "propagation": None,
        "cam": {"foreground_power": 1.0, "score_power": 1.0},
        "class_fusion": facts.class_fusion,
        "fusion": {"at": "grid"},
        **manifest_fields(carried=facts.clustering is not None),
        "threshold": {"value": FALLBACK_THRESHOLD, "calibrated_on": NOT_CALIBRATED, "boxes_used": 0},
        "box_rule": {"pick": "pixels", "max_boxes": 1, "min_area": 0.01, "min_share": 0.0, "nms_iou": 0.7},
        "training": dict(facts.training),
        "accuracy": dict(facts.accuracy),
    }
    if facts.clustering is not None:
        networks[NETWORK] = facts.clustering
    path.parent.mkdir(parents=True, exist_ok=True)
    write_model_file(path, manifest, networks, heads)
