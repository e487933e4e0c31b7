"""Runs a network with OpenVINO on the CPU, where the `openvino` extra is installed."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import sys
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import ModelFileError

_PROBE_LENGTH = 64
_EXACT = {"INFERENCE_PRECISION_HINT": "f32"}


@cache
def openvino_version() -> str | None:
    """The installed OpenVINO's version, None where there is none. It is not imported for this."""
    if importlib.util.find_spec("openvino") is None:
        return None
    try:
        return importlib.metadata.version("openvino")
    except importlib.metadata.PackageNotFoundError:
        return None


@cache
def _core() -> Any:
    # Importing OpenVINO tells its makers so over the network, unless this package of its cannot be imported.
    sys.modules.setdefault("openvino_telemetry", None)  # pyright: ignore[reportArgumentType]
    return importlib.import_module("openvino").Core()


@cache
def has_bfloat16() -> bool:
    """Whether OpenVINO finds bfloat16 instructions in this processor."""
    return openvino_version() is not None and "BF16" in _core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def is_exact_in_eight_bits() -> bool:
    """Whether OpenVINO multiplies 8-bit numbers without overflow on this processor, found out by multiplying some.

    On x86 processors older than VNNI the sum of two products is cut off at 32,767.
    """
    if openvino_version() is None:
        return False
    openvino: Any = importlib.import_module("openvino")
    ops: Any = importlib.import_module("openvino.opset13")
    image = ops.parameter([1, _PROBE_LENGTH], np.float32)
    whole = ops.fake_quantize(image, *(np.array(limit, np.float32) for limit in (0, 255, 0, 255)), levels=256)
    weights = ops.convert(ops.constant(np.full((_PROBE_LENGTH, 8), 127, np.int8)), "f32")
    scaled = ops.multiply(weights, ops.constant(np.full((1, 8), 1, np.float32)))
    product = ops.matmul(whole, scaled, transpose_a=False, transpose_b=False)
    compiled = _core().compile_model(openvino.Model([product], [image], "probe"), "CPU", _EXACT)
    found = compiled(np.full((1, _PROBE_LENGTH), 255, np.float32))[0]
    return bool(np.allclose(found, 255 * 127 * _PROBE_LENGTH, rtol=1e-3))


class OpenVinoRunner:
    """One network, compiled by OpenVINO."""

    providers = ("OpenVINO CPU",)

    def __init__(self, name: str, onnx: bytes, threads: int, *, bfloat16: bool) -> None:
        """
        Args:
            name: of the network, for errors.
            onnx: the network.
            threads: CPU threads.
            bfloat16: compute in bfloat16. False computes in single precision, also on processors where OpenVINO would
                choose bfloat16 by itself.

        Raises:
            ModelFileError: OpenVINO cannot load the network.
        """
        settings = {
            "INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32",
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": threads,
        }
        try:
            compiled = _core().compile_model(_core().read_model(model=onnx), "CPU", settings)
        except Exception as error:  # OpenVINO raises many kinds, all of its own
            raise ModelFileError(
                f"the part networks/{name}.onnx cannot be loaded by OpenVINO.", field=f"networks/{name}.onnx"
            ) from error
        self._request = compiled.create_infer_request()
        self.input_names = tuple(each.get_any_name() for each in compiled.inputs)
        self.output_names = tuple(each.get_any_name() for each in compiled.outputs)

    def run(self, image: NDArray[np.float32]) -> list[NDArray[Any]]:
        """Answers all outputs in the order of `output_names`."""
        found = self._request.infer({"image": image})
        return [found[place] for place in range(len(self.output_names))]
