"""Opens a network in ONNX Runtime and reports honestly on what it really runs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.errors import ModelFileError

DeviceChoice = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What the networks run on: asked for, running, and why they differ where they do."""

    requested: DeviceChoice
    running: Literal["CPU", "CUDA GPU"]
    cores: int
    note: str = ""

    @property
    def sentence(self) -> str:
        """For the foot of the window: "CPU, 2 cores"."""
        if self.running == "CPU":
            return f"CPU, {self.cores} {'core' if self.cores == 1 else 'cores'}"
        return self.running


def core_count() -> int:
    """Processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Network:
    """One network of a model file, loaded. Input `image` (B, 3, H, W) float32; outputs by name."""

    def __init__(self, name: str, onnx: bytes, device: DeviceChoice, threads: int) -> None:
        """
        Raises:
            ModelFileError: ONNX Runtime cannot load the network.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        available = onnxruntime.get_available_providers()
        wants_cuda = device in ("auto", "cuda") and "CUDAExecutionProvider" in available
        providers = ["CUDAExecutionProvider"] * wants_cuda + ["CPUExecutionProvider"]
        try:
            self._session = onnxruntime.InferenceSession(onnx, options, providers=providers)
        except Exception as error:  # ONNX Runtime raises many kinds, all of its own
            raise ModelFileError(
                f"the part networks/{name}.onnx cannot be loaded as a network.", field=f"networks/{name}.onnx"
            ) from error
        self.name = name
        self.on_gpu = self._session.get_providers()[0] == "CUDAExecutionProvider"
        self.cuda_listed = wants_cuda
        self.input_names = tuple(entry.name for entry in self._session.get_inputs())
        self.output_names = tuple(entry.name for entry in self._session.get_outputs())

    def run(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Runs the network on (B, 3, H, W) float32 and answers all outputs by name."""
        found = self._session.run(None, {"image": image})
        return {name: np.asarray(value) for name, value in zip(self.output_names, found, strict=True)}


def report_device(requested: DeviceChoice, networks: list[Network], threads: int) -> DeviceReport:
    """What really runs, read from the opened sessions rather than from what the package lists."""
    if all(network.on_gpu for network in networks):
        return DeviceReport(requested, "CUDA GPU", threads)
    note = ""
    if networks[0].cuda_listed:
        note = "CUDA is installed but could not be started (driver, CUDA or cuDNN missing), so the CPU is used."
    elif requested == "cuda":
        note = "This installation has no CUDA support (install the gpu extra), so the CPU is used."
    return DeviceReport(requested, "CPU", threads, note)
