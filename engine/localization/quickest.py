"""Which of ONNX Runtime and OpenVINO runs a model quicker on this CPU: tried once, then remembered.

Which one wins depends on the network and the processor (transformers and bfloat16 speak for OpenVINO, small
convolutional networks for ONNX Runtime), so both are timed on the model's own networks.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.dataset.files import atomic_write
from engine.errors import MoltboxError
from engine.localization.onnx_session import Network
from engine.localization.openvino_network import has_bfloat16, openvino_version
from engine.resources import data_folder

Trial = Sequence[tuple[str, NDArray[np.float32]]]
"""What one look runs: (network, image (1, 3, h, w)) of each scale."""

WORTH_TRYING_S = 0.05
"""A look that takes no longer is not worth the trial."""

_WORTH_CHANGING = 0.9
_ROUNDS = 2
_MOST_KEPT = 200
_SAME, _ALIKE, _ROUNDED = 1e-3, 0.05, 0.15
"""Mean difference of the outputs, as a share of their mean size, that both may have: in single precision, in bfloat16,
and where 8-bit numbers, which two programs round at different places, go through all layers of a transformer."""


_CPU_FACTS = Path("/proc/cpuinfo")
_NAMES = ("model name", "cpu family", "model", "CPU implementer", "CPU part", "CPU variant")
_FLAGS = ("flags", "Features")
_THAT_MATTER = ("sse4", "avx", "amx", "fma", "f16c", "asimd", "sve", "sme", "i8mm", "bf16")
"""Beginnings of the instruction flags that networks are quicker by, on x86 and on ARM."""


def trial_key(sha256: str, threads: int, *, bfloat16: bool) -> str:
    """What an answer holds for: this model, these programs, this processor, this many threads."""
    parts = (
        sha256[:16],
        f"onnxruntime {onnxruntime.__version__}",
        f"openvino {openvino_version()}",
        _processor(),
        f"{threads} threads",
        "bfloat16" if bfloat16 else "single precision",
    )
    return ", ".join(parts)


def remembered(key: str) -> bool | None:
    """Whether OpenVINO was quicker; None where it was not tried."""
    found = _read(_memory()).get(key)
    return found if isinstance(found, bool) else None


def remember(key: str, *, openvino_is_quicker: bool) -> None:
    """Keeps an answer; where the folder cannot be written it will be tried again."""
    answers = dict(list(_read(_memory()).items())[-_MOST_KEPT:]) | {key: openvino_is_quicker}
    with contextlib.suppress(OSError, MoltboxError):
        _memory().parent.mkdir(parents=True, exist_ok=True)
        atomic_write(_memory(), json.dumps(answers, indent=1).encode(), durable=False)


def openvino_is_quicker(
    usual: Mapping[str, Network],
    open_other: Callable[[], Mapping[str, Network]],
    trial: Trial,
    *,
    bfloat16: bool,
    eight_bits: bool,
) -> bool:
    """Times both in turn and compares what they answer.

    Args:
        usual: the networks in ONNX Runtime.
        open_other: opens them in OpenVINO.
        trial: what one look runs.
        bfloat16: OpenVINO may compute in it, and then differ as far as it does.
        eight_bits: the networks multiply 8-bit numbers.

    Returns:
        True where OpenVINO saves at least a tenth of the time and answers the same.
    """
    try:
        other = open_other()
        most = _ROUNDED if eight_bits else _ALIKE if bfloat16 and has_bfloat16() else _SAME
        if not _agree(usual, other, trial, most):
            return False
        _time(usual, trial)
        times = [(_time(usual, trial), _time(other, trial)) for _ in range(_ROUNDS)]
    except Exception:  # whatever OpenVINO stumbles on, ONNX Runtime goes on
        return False
    return min(second for _, second in times) < _WORTH_CHANGING * min(first for first, _ in times)


def _agree(usual: Mapping[str, Network], other: Mapping[str, Network], trial: Trial, most: float) -> bool:
    for name, image in trial:
        wanted, found = usual[name].run(image), other[name].run(image)
        for output, values in wanted.items():
            scale = float(np.abs(values).mean())
            if not float(np.abs(found[output] - values).mean()) <= most * scale + 1e-6:
                return False
    return True


def _time(networks: Mapping[str, Network], trial: Trial) -> float:
    started_s = time.perf_counter()
    for name, image in trial:
        networks[name].run(image)
    return time.perf_counter() - started_s


def _processor() -> str:
    """What tells this processor from another one: the machines of a cluster may share a home folder, and what is kept
    in it.

    Linux names it in a file, where `platform.processor` is empty or says as much as "x86_64".
    """
    try:
        first = _CPU_FACTS.read_text("utf-8", errors="replace").strip().partition("\n\n")[0]
    except OSError:
        return platform.processor() or platform.machine()
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}
    flags = {flag for field in _FLAGS for flag in facts.get(field, "").split() if flag.startswith(_THAT_MATTER)}
    told = "\n".join([platform.machine(), *(facts.get(name, "") for name in _NAMES), *sorted(flags)])
    name = facts.get("model name") or platform.machine()
    return f"{name} {hashlib.sha256(told.encode()).hexdigest()[:8]}"


def _memory() -> Path:
    return data_folder() / "quickest.json"


def _read(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
