"""What ONNX Runtime is asked for on an NVIDIA GPU: its CUDA and TensorRT providers, by their documented options.

https://onnxruntime.ai/docs/execution-providers/CUDA-ExecutionProvider.html and TensorRT-ExecutionProvider.html
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
GPU_PROVIDERS = (TENSORRT, CUDA)
LARGEST_BATCH = 16

Provider = str | tuple[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class ImageSizes:
    """Heights and widths in pixels that a network will be shown: TensorRT builds its engine for such a range."""

    smallest: tuple[int, int]
    usual: tuple[int, int]
    largest: tuple[int, int]


def wanted_providers(
    device: str, available: Sequence[str], *, half: bool, sizes: ImageSizes | None, cache: Path
) -> list[Provider]:
    """Providers to ask ONNX Runtime for, the best first; the CPU is always last.

    Args:
        device: "auto" and "cuda" take CUDA, "tensorrt" takes TensorRT and leaves to CUDA what it cannot run.
        available: what this ONNX Runtime was built with.
        half: the model was found to keep its boxes at lower precision, so TensorRT may compute in half precision and
            CUDA multiply in TF32.
        sizes: what the network will be shown; None leaves TensorRT to build an engine for each size it meets.
        cache: folder where TensorRT keeps its engines, which take minutes to build.
    """
    providers: list[Provider] = []
    if device == "tensorrt" and TENSORRT in available:
        providers.append((TENSORRT, _tensorrt_options(half, sizes, cache)))
    if device in ("auto", "cuda", "tensorrt") and CUDA in available:
        providers.append((CUDA, _cuda_options(half)))
    return [*providers, CPU]


def gpu_arithmetic(provider: str, *, half: bool, half_weights: bool) -> Literal["float32", "TF32", "float16"]:
    """The lowest precision that a GPU provider may multiply in with the options of `wanted_providers`.

    Args:
        provider: one of `GPU_PROVIDERS`.
        half: as there.
        half_weights: the networks themselves are in half precision.
    """
    if half_weights or (half and provider == TENSORRT):
        return "float16"
    return "TF32" if half else "float32"


def _cuda_options(half: bool) -> dict[str, str]:
    return {
        "device_id": "0",
        # Photos keep their shape, so sizes vary: an exhaustive search would start anew for each.
        "cudnn_conv_algo_search": "HEURISTIC",
        "arena_extend_strategy": "kSameAsRequested",
        "do_copy_in_default_stream": "1",
        "use_tf32": "1" if half else "0",
    }


def _tensorrt_options(half: bool, sizes: ImageSizes | None, cache: Path) -> dict[str, str]:
    options = {
        "device_id": "0",
        "trt_fp16_enable": "1" if half else "0",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(cache),
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(cache),
    }
    if sizes is not None:
        options["trt_profile_min_shapes"] = _shape(1, sizes.smallest)
        options["trt_profile_opt_shapes"] = _shape(1, sizes.usual)
        options["trt_profile_max_shapes"] = _shape(LARGEST_BATCH, sizes.largest)
    return options


def _shape(batch: int, size: tuple[int, int]) -> str:
    return f"image:{batch}x3x{size[0]}x{size[1]}"
