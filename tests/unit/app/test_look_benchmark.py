"""`moltbox check --benchmark`: one row a device, compared with the CPU, and honest about what ran."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from app import __main__ as door
from app import look_benchmark
from engine.geometry import Box
from engine.localization import localizer as localizer_module
from engine.localization.gpu_providers import CPU, CUDA, TENSORRT, gpu_arithmetic
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import Network
from support.tiny_model import write_tiny_model


def test_the_table_has_a_row_for_each_device(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    model = write_tiny_model(tmp_path / "tiny.molt")
    monkeypatch.setattr(look_benchmark, "devices", lambda: ["cpu", "cuda"])
    assert door.main(["check", "--benchmark", "--model", str(model), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    usual, asked = told["rows"][:2]
    assert usual["arithmetic"] == "float32"
    assert (usual["asked"], usual["providers"], usual["note"]) == ("cpu", [CPU], "")
    assert asked["asked"] == "cuda"
    if CUDA not in onnxruntime.get_available_providers():
        assert asked["running"].startswith("CPU")
        assert "gpu extra" in asked["note"]
    for row in told["rows"]:
        assert row["look_ms"] > 0
        assert row["photos_per_s"] > 0
        assert row["least_iou"] == row["median_iou"] == 1.0


def test_a_gpu_looks_at_lower_precision_too_and_the_copy_that_it_cannot_make_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What ran is told by hand here; that the providers are asked for it is not."""
    model = write_tiny_model(tmp_path / "tiny.molt")
    asked: list[tuple[str, bool]] = []
    open_network = localizer_module.Network

    def opened(*args: Any, half: bool, **named: Any) -> Network:
        asked.append((args[2], half))
        return open_network(*args, half=half, **named)

    def providers(self: Localizer) -> tuple[str, ...]:
        return {"cuda": (CUDA, CPU), "tensorrt": (TENSORRT, CUDA, CPU)}.get(asked[-1][0], (CPU,))

    monkeypatch.setattr(localizer_module, "Network", opened)
    monkeypatch.setattr(Localizer, "providers", property(providers))
    monkeypatch.setattr(look_benchmark, "devices", lambda: ["cpu", "cuda", "tensorrt"])
    assert look_benchmark.run_benchmark(model, rounds=1) == 0
    assert list(dict.fromkeys(asked)) == [
        *(("cpu", False), ("cuda", False), ("cuda", True), ("tensorrt", False), ("tensorrt", True))
    ]
    lines = capsys.readouterr().out.splitlines()
    told = [line.partition(":")[0].rpartition(", ")[2] for line in lines[:5]]
    assert told == ["float32", "float32", "TF32", "float32", "float16"]
    made, measured = f"moltbox speed-up {model} --mode fp16", "moltbox check --benchmark --model tiny-half.molt"
    assert made in lines[5]
    assert measured in lines[5]


def test_boxes_elsewhere_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = write_tiny_model(tmp_path / "tiny.molt")
    photos = [look_benchmark.read_photo(look_benchmark.samples_folder() / "chelsea.png")]
    _, boxes = look_benchmark._measure(model, "cpu", photos, [], 1)
    assert boxes[0] is not None
    away = Box(-20, -20, -10, -10)
    row, _ = look_benchmark._measure(model, "cpu", photos, [away], 1)
    assert row.median_iou == row.least_iou == 0.0


@pytest.mark.parametrize(
    ("provider", "half", "half_weights", "expected"),
    [
        (CUDA, False, False, "float32"),
        (CUDA, True, False, "TF32"),
        (CUDA, True, True, "float16"),
        (TENSORRT, False, False, "float32"),
        (TENSORRT, True, False, "float16"),
    ],
)
def test_what_a_gpu_computes_in(provider: str, half: bool, half_weights: bool, expected: str) -> None:
    assert gpu_arithmetic(provider, half=half, half_weights=half_weights) == expected


def test_devices_are_those_that_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look_benchmark, "openvino_version", lambda: None)
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
    assert look_benchmark.devices() == ["cpu", "cuda", "tensorrt"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert look_benchmark.devices() == ["cpu"]
    monkeypatch.setattr(look_benchmark, "openvino_version", lambda: "2026.4.1")
    assert look_benchmark.devices() == ["cpu", "openvino"]


def test_a_model_without_the_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["check", "--model", "any.molt"]) == door.EXIT_ERROR
    assert "--benchmark" in capsys.readouterr().err
