"""Opens a network, in ONNX Runtime or OpenVINO, and reports honestly on what it really runs."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.errors import ModelFileError
from engine.localization.eight_bits import overflows_in_eight_bits
from engine.localization.gpu_providers import CPU, CUDA, GPU_PROVIDERS, TENSORRT, ImageSizes, Provider, wanted_providers
from engine.localization.openvino_network import OpenVinoRunner, has_bfloat16, openvino_version
from engine.machine import core_quota
from engine.resources import data_folder

DeviceChoice = Literal["auto", "cpu", "openvino", "cuda", "tensorrt"]
"""auto: a GPU where one really runs, else the CPU with whichever of ONNX Runtime and OpenVINO is quicker; cpu: ONNX
Runtime on the CPU; openvino: OpenVINO on the CPU; cuda, tensorrt: that provider of ONNX Runtime on an NVIDIA GPU."""

DEVICE_CHOICES: tuple[str, ...] = get_args(DeviceChoice)

_RUNNING: dict[str, Literal["CPU", "CUDA GPU", "TensorRT GPU"]] = {CUDA: "CUDA GPU", TENSORRT: "TensorRT GPU"}
_RECORD_PARTITION = "session.record_ep_graph_assignment_info"


@dataclass(frozen=True, slots=True)
class DeviceReport:
    """What the networks run on: asked for, running, and why they differ where they do.

    engine: "ONNX Runtime" or "OpenVINO"; arithmetic: what the floating-point parts of the networks compute in.
    """

    requested: DeviceChoice
    running: Literal["CPU", "CUDA GPU", "TensorRT GPU"]
    cores: int
    note: str = ""
    engine: Literal["ONNX Runtime", "OpenVINO"] = "ONNX Runtime"
    arithmetic: Literal["float32", "bfloat16"] = "float32"

    @property
    def sentence(self) -> str:
        """For a report: "CPU, 2 cores" or "CPU, 2 cores, OpenVINO bfloat16"."""
        if self.running != "CPU":
            return self.running
        return ", ".join(filter(None, (f"CPU, {self.cores} {'core' if self.cores == 1 else 'cores'}", self.manner)))

    @property
    def choice(self) -> DeviceChoice:
        """What opens the same model the same way again, without trying anything out."""
        if self.running == "CPU":
            return "cpu" if self.engine == "ONNX Runtime" else "openvino"
        return "cuda" if self.running == "CUDA GPU" else "tensorrt"

    @property
    def manner(self) -> str:
        """How the CPU computes, in names that need no translation; empty for the usual way."""
        if self.engine == "ONNX Runtime":
            return ""
        return self.engine if self.arithmetic == "float32" else f"{self.engine} {self.arithmetic}"


def core_count() -> int:
    """Processors this process may use; where it is given so much time of all of them, as a container may be, as many
    as that makes, rounded up."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = core_quota()
    return cores if quota is None else min(cores, math.ceil(quota))


class _Runner(Protocol):
    """Names of inputs and outputs, the providers that run the network, the first one most of it; and the run."""

    input_names: tuple[str, ...]
    output_names: tuple[str, ...]

    @property
    def providers(self) -> tuple[str, ...]: ...

    def run(self, image: NDArray[np.float32]) -> list[NDArray[Any]]: ...


class Network:
    """One network of a model file, loaded. Input `image` (B, 3, H, W) float32; outputs by name."""

    def __init__(
        self,
        name: str,
        onnx: bytes,
        device: DeviceChoice,
        threads: int,
        *,
        bfloat16: bool = False,
        half: bool = False,
        eight_bits: bool = False,
        sizes: ImageSizes | None = None,
    ) -> None:
        """
        Args:
            name: of the network.
            onnx: the network.
            device: "auto" takes CUDA where it really runs, else ONNX Runtime on the CPU (`engine.localization.quickest`
                chooses between the two on a CPU).
            threads: CPU threads.
            bfloat16: OpenVINO may compute in bfloat16, where the processor can.
            half: a GPU may compute in half precision; see `wanted_providers`.
            eight_bits: the network multiplies 8-bit numbers, exactly wherever it runs.
            sizes: what the network will be shown; see `wanted_providers`.

        Raises:
            ModelFileError: the network cannot be loaded.
        """
        self.name = name
        self.bfloat16 = False
        runner: _Runner
        if device == "openvino" and openvino_version() is not None:
            self.bfloat16 = bfloat16 and has_bfloat16()
            runner = OpenVinoRunner(name, onnx, threads, bfloat16=self.bfloat16)
        else:
            cache = data_folder() / "tensorrt"
            wanted = wanted_providers(
                device, onnxruntime.get_available_providers(), half=half, sizes=sizes, cache=cache
            )
            runner = _OnnxRunner(name, onnx, threads, wanted, eight_bits=eight_bits)
        self._runner = runner
        self.input_names, self.output_names = runner.input_names, runner.output_names

    @property
    def providers(self) -> tuple[str, ...]:
        """What runs the network, the one that runs most of it first."""
        return self._runner.providers

    @property
    def partition(self) -> dict[str, int]:
        """How many operations of the graph each provider of ONNX Runtime took; empty where that is not known."""
        return self._runner.partition() if isinstance(self._runner, _OnnxRunner) else {}

    def run(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """Runs the network on (B, 3, H, W) float32 and answers all outputs by name."""
        return {name: np.asarray(value) for name, value in zip(self.output_names, self._runner.run(image), strict=True)}


class _OnnxRunner:
    """A session of ONNX Runtime; on a GPU images go into a buffer that stays there, and outputs come back at once."""

    def __init__(self, name: str, onnx: bytes, threads: int, providers: list[Provider], *, eight_bits: bool) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 4
        # Threads that go on spinning after a run would take the cores from the next network, which has its own.
        options.add_session_config_entry("session.force_spinning_stop", "1")
        if eight_bits and overflows_in_eight_bits():
            options.add_session_config_entry("session.x64quantprecision", "1")
        self._records_partition = len(providers) > 1
        if self._records_partition:
            options.add_session_config_entry(_RECORD_PARTITION, "1")
        try:
            self._session = onnxruntime.InferenceSession(onnx, options, providers=providers)
        except Exception as error:  # ONNX Runtime raises many kinds, all of its own
            raise ModelFileError(
                f"the part networks/{name}.onnx cannot be loaded as a network.", field=f"networks/{name}.onnx"
            ) from error
        self._on_gpu = self.providers[0] in GPU_PROVIDERS
        self._buffers: dict[tuple[int, ...], Any] = {}
        self.input_names = tuple(entry.name for entry in self._session.get_inputs())
        self.output_names = tuple(entry.name for entry in self._session.get_outputs())

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(self._session.get_providers())

    def partition(self) -> dict[str, int]:
        found = getattr(self._session, "get_provider_graph_assignment_info", None)  # since ONNX Runtime 1.24
        if found is None or not self._records_partition:
            return {}
        counts: dict[str, int] = {}
        for part in found():
            counts[part.ep_name] = counts.get(part.ep_name, 0) + len(part.get_nodes())
        return counts

    def run(self, image: NDArray[np.float32]) -> list[NDArray[Any]]:
        if not self._on_gpu:
            return [np.asarray(value) for value in self._session.run(None, {"image": image})]
        binding = self._session.io_binding()
        binding.bind_ortvalue_input("image", self._on_device(image))
        for name in self.output_names:
            binding.bind_output(name, "cuda", 0)
        self._session.run_with_iobinding(binding)
        return binding.copy_outputs_to_cpu()

    def _on_device(self, image: NDArray[np.float32]) -> Any:
        """The image in the GPU's memory; each size has a buffer of its own, kept for the next photo of that size."""
        buffer = self._buffers.get(image.shape)
        if buffer is None:
            buffer = onnxruntime.OrtValue.ortvalue_from_numpy(image, "cuda", 0)
            if len(self._buffers) >= 32:
                self._buffers.clear()
            self._buffers[image.shape] = buffer
        else:
            buffer.update_inplace(image)
        return buffer


def report_device(requested: DeviceChoice, networks: list[Network], threads: int) -> DeviceReport:
    """What really runs, read from the opened networks rather than from what the package lists."""
    first = [network.providers[0] for network in networks]
    listed = onnxruntime.get_available_providers()
    if all(provider in GPU_PROVIDERS for provider in first):
        running = _RUNNING[CUDA if CUDA in first else TENSORRT]
        note = ""
        if requested == "tensorrt" and running != "TensorRT GPU":
            note = "TensorRT could not be started, so CUDA is used."
        return DeviceReport(requested, running, threads, note)
    if any(provider not in (*GPU_PROVIDERS, CPU) for provider in first):
        arithmetic = "bfloat16" if any(network.bfloat16 for network in networks) else "float32"
        return DeviceReport(requested, "CPU", threads, "", "OpenVINO", arithmetic)
    note = ""
    if requested == "openvino" and openvino_version() is not None:
        note = "OpenVINO's 8-bit products overflow on this processor, so ONNX Runtime is used."
    elif requested == "openvino":
        note = "OpenVINO is not installed (install the openvino extra), so ONNX Runtime is used."
    elif requested in ("auto", "cuda", "tensorrt") and CUDA in listed:
        note = "CUDA is installed but could not be started (driver, CUDA or cuDNN missing), so the CPU is used."
    elif requested in ("cuda", "tensorrt"):
        note = "This installation has no CUDA support (install the gpu extra), so the CPU is used."
    return DeviceReport(requested, "CPU", threads, note)
