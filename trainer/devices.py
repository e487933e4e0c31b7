"""What a training computes on, and in which number format."""

from __future__ import annotations

import torch

from engine.errors import MoltboxError

HALF = {"bf16": torch.bfloat16, "fp16": torch.float16}


def open_device(name: str) -> torch.device:
    """Raises:
    MoltboxError: a GPU was asked for and there is none.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise MoltboxError("No CUDA GPU can be used here: choose --device cpu.")
    return torch.device(name)


def precision_on(wanted: str, device: torch.device) -> str:
    """The number format of the forward pass: bf16 on a GPU that has it, else fp16; fp32 on a CPU.

    Raises:
        MoltboxError: fp16 was asked for on a CPU.
    """
    if wanted == "auto":
        if device.type != "cuda":
            return "fp32"
        return "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    if wanted == "fp16" and device.type != "cuda":
        raise MoltboxError("--precision fp16 needs a GPU: choose bf16 or fp32.")
    return wanted
