"""Which vision transformers of timm can carry a branch, and how their weights get in.

A branch needs a plain pre-norm transformer with a class token and a learned position table: its class token's
attention row is the foreground map. Everything else is refused with the reason.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any, cast

import safetensors
import timm
import torch
from huggingface_hub import try_to_load_from_cache
from timm.layers.attention import Attention
from timm.layers.patch_embed import PatchEmbed
from timm.models import load_checkpoint, load_state_dict
from timm.models.vision_transformer import Block, VisionTransformer, checkpoint_filter_fn
from torch import Tensor, nn

from engine.errors import MoltboxError

DEFAULT_BACKBONE = "deit_small_patch16_224"
HUB = "hub"
NO_WEIGHTS = "none"
_HUB_FILES = ("model.safetensors", "pytorch_model.bin")
_HEAD_PREFIXES = ("head.", "head_dist.", "fc_norm.")


class BackboneError(MoltboxError):
    """A backbone does not serve, or its weights cannot be loaded."""


def create_trunk(name: str, side: int, *, pretrained: str = NO_WEIGHTS, drop_path: float = 0.0) -> VisionTransformer:
    """Creates a timm transformer for square photos of one size, without its classifier.

    The position table comes in that size: a pretrained one is resampled once, while loading (bicubic, antialiased,
    the class token's entry kept), and never again.

    Args:
        name: a timm model name, such as "deit_small_patch16_224".
        side: side of the input in pixels, a multiple of the patch size.
        pretrained: "hub" for timm's own weights, "none" for random ones, or the path of a .safetensors or .pth file
            with weights of that model. A classifier in the file is left out, whatever its classes.
        drop_path: stochastic depth of the last block, rising linearly from 0 at the first.

    Raises:
        BackboneError: no such model, it cannot carry a branch, or the weights do not fit.
    """
    if not timm.is_model(name):
        raise BackboneError(f"timm has no model named {name!r}: name one such as {DEFAULT_BACKBONE!r}.")
    create = partial(timm.create_model, name, num_classes=0, drop_path_rate=drop_path)
    try:
        with torch.device("meta"):
            native = create(pretrained=False)
    except (TypeError, RuntimeError, AssertionError, NotImplementedError) as error:
        raise BackboneError(f"{name} cannot carry a branch: it is not a plain vision transformer.") from error
    reason = why_unfit(native)
    if reason:
        raise BackboneError(f"{name} cannot carry a branch: {reason}.")
    patch = patch_side(cast(VisionTransformer, native))
    if side < patch or side % patch:
        near = max(1, round(side / patch)) * patch
        raise BackboneError(
            f"{name} reads patches of {patch} pixels: a size of {side} is not a multiple of that, {near} would be."
        )
    if pretrained == HUB:
        return _create_from_hub(create, name, side)
    trunk = cast(VisionTransformer, create(pretrained=False, img_size=side))
    if pretrained != NO_WEIGHTS:
        _load_weights(trunk, name, Path(pretrained))
    return trunk


def why_unfit(model: nn.Module) -> str | None:
    """Why a model cannot carry a branch, as the end of a sentence; None where it can."""
    if type(model) is not VisionTransformer:
        return f"it is a {type(model).__name__}, not a plain vision transformer"
    if model.cls_token is None:
        return "it has no class token, whose attention is the foreground map"
    if model.pos_embed is None:
        return "it has no learned position table"
    if isinstance(model.norm, nn.Identity):
        return "its last normalisation comes after pooling"
    if type(model.patch_embed) is not PatchEmbed:
        return f"its patches come from a {type(model.patch_embed).__name__}, not from one convolution"
    for block in model.blocks:
        if type(block) is not Block:
            return f"its blocks are {type(block).__name__}, not plain pre-norm blocks"
        if type(block.attn) is not Attention or getattr(block.attn, "gate", None) is not None:
            return f"its attention is a {type(block.attn).__name__}, not plain self-attention"
    patch = model.patch_embed.patch_size
    if patch[0] != patch[1]:
        return f"its patches are not square ({patch[0]} x {patch[1]} pixels)"
    return None


def patch_side(trunk: VisionTransformer) -> int:
    """Side of a patch in pixels."""
    return int(trunk.patch_embed.patch_size[0])


def input_statistics(trunk: VisionTransformer) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation, RGB in [0, 1], that the trunk's pretrained weights were trained with."""
    settings = _settings(trunk)
    return tuple(settings["mean"]), tuple(settings["std"])


def weights_licence(trunk: VisionTransformer, pretrained: str) -> tuple[str, str]:
    """SPDX identifier and notice of what a model trained from these weights inherits."""
    if pretrained == NO_WEIGHTS:
        return "NOASSERTION", "Trained from random weights on the owner's photos."
    if pretrained != HUB:
        return "NOASSERTION", f"Trained on the owner's photos from the weights in {Path(pretrained).name}."
    settings = _settings(trunk)
    source = f"{settings['architecture']}.{settings['tag']}" if settings.get("tag") else settings["architecture"]
    licence = settings.get("license") or "NOASSERTION"
    spdx = {"apache-2.0": "Apache-2.0", "mit": "MIT", "cc-by-nc-4.0": "CC-BY-NC-4.0"}.get(licence, licence)
    return spdx, f"Trained on the owner's photos from timm's weights {source} (licence: {licence})."


def classifier_bias(name: str, pretrained: str) -> Tensor | None:
    """(C,) bias of the classifier that pretrained weights bring along; None where they bring none.

    Raises:
        BackboneError: the weights cannot be loaded.
    """
    if pretrained == NO_WEIGHTS:
        return None
    if pretrained == HUB:
        try:
            classifier = cast(VisionTransformer, timm.create_model(name, pretrained=True)).head
        except Exception as error:  # as in `_create_from_hub`
            raise BackboneError(f"The weights of {name} could not be fetched: check the network.") from error
        return getattr(classifier, "bias", None)
    try:
        found = load_state_dict(pretrained, weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, pickle.UnpicklingError, safetensors.SafetensorError) as error:
        raise BackboneError(f"The weights file {Path(pretrained).name} is damaged or not a weights file.") from error
    return found.get("head.bias")


def _settings(trunk: VisionTransformer) -> Mapping[str, Any]:
    """What timm knows of the model's published weights."""
    return cast(Mapping[str, Any], trunk.pretrained_cfg)


def cached_weights(name: str) -> Path | None:
    """A model's published weights where an earlier fetch left them on this machine; nothing is fetched."""
    settings = timm.get_pretrained_cfg(name)
    if settings is None:
        return None
    if settings.hf_hub_id:
        for file_name in _HUB_FILES:
            found = try_to_load_from_cache(settings.hf_hub_id, file_name)
            if isinstance(found, str):
                return Path(found)
    address = settings.url if isinstance(settings.url, str) else ""
    old = Path(torch.hub.get_dir()) / "checkpoints" / (PurePosixPath(address).name or "none")
    return old if old.is_file() else None


def _create_from_hub(create: partial, name: str, side: int) -> VisionTransformer:
    cached = cached_weights(name)
    if cached is not None:  # so that no network is asked for what is here
        create = partial(create, pretrained_cfg_overlay={"file": str(cached)})
    try:
        return create(pretrained=True, img_size=side)
    except Exception as error:  # the hub client raises many kinds: no network, no such file, no weights published
        raise BackboneError(
            f"The weights of {name} could not be fetched: check the network, or name a file with --pretrained."
        ) from error


def _load_weights(trunk: VisionTransformer, name: str, path: Path) -> None:
    if not path.is_file():
        raise BackboneError(f"The weights file {path} is not there: expected a .safetensors or .pth file.")
    if path.suffix.lower() not in {".safetensors", ".pth", ".pt"}:
        raise BackboneError(f"The weights file {path.name} is of an unknown kind: expected .safetensors or .pth.")
    rename = partial(checkpoint_filter_fn, adapt_layer_scale=True)
    try:
        found = load_checkpoint(trunk, str(path), strict=False, filter_fn=rename, weights_only=True)
    except (RuntimeError, ValueError, KeyError, AttributeError, TypeError, AssertionError) as error:
        raise BackboneError(f"The weights in {path.name} do not fit {name}.") from error
    except (OSError, EOFError, pickle.UnpicklingError, safetensors.SafetensorError) as error:
        raise BackboneError(f"The weights file {path.name} is damaged or not a weights file.") from error
    surplus = [key for key in found.unexpected_keys if not key.startswith(_HEAD_PREFIXES)]
    if found.missing_keys or surplus:
        detail = f"{found.missing_keys[0]} is missing" if found.missing_keys else f"{surplus[0]} is unknown"
        raise BackboneError(f"The weights in {path.name} do not fit {name}: {detail}.")
