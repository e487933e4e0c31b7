"""Weights as an earlier fetch of timm's would have left them on a machine."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch
import timm
import torch
from timm.models.vision_transformer import VisionTransformer

HUB_FOLDER = "models--timm--deit_tiny_patch16_224.fb_in1k"
OLD_NAME = "deit_tiny_patch16_224-a1311bcf.pth"
_REVISION = "0123456789abcdef0123456789abcdef01234567"


def make_deit_tiny(seed: int = 3) -> VisionTransformer:
    """DeiT-Tiny as timm makes it, its weights drawn from a seed."""
    torch.manual_seed(seed)
    model = timm.create_model("deit_tiny_patch16_224")
    assert isinstance(model, VisionTransformer)
    return model


def write_weights(model: VisionTransformer, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    safetensors.torch.save_file(model.state_dict(), path)
    return path


def write_hub_cache(cache: Path, model: VisionTransformer) -> Path:
    """In the hub client's own layout: a blob, a revision's folder with a link to it, and the name of the revision."""
    root = cache / HUB_FOLDER
    blob = write_weights(model, root / "blobs" / "weights")
    snapshot = root / "snapshots" / _REVISION
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to(blob)
    (root / "refs").mkdir()
    (root / "refs" / "main").write_text(_REVISION)
    return snapshot / "model.safetensors"


def write_old_cache(torch_home: Path, model: VisionTransformer) -> Path:
    """As torch.hub keeps what it fetched from DeiT's own address."""
    path = torch_home / "hub" / "checkpoints" / OLD_NAME
    path.parent.mkdir(parents=True)
    torch.save({"model": model.state_dict()}, path)
    return path
