"""`moltbox check --benchmark`: how quick the model looks on everything that this machine has, and whether boxes agree.

Made to be run by whoever owns a GPU, and sent back: the table says what really ran, not what was asked for. A GPU also
looks at the precision below that of the file, as far as its providers can lower it themselves.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from app.check import versions
from app.samples import SAMPLES, samples_folder
from engine.geometry import Box, iou
from engine.images import read_photo
from engine.localization.gpu_providers import CUDA, GPU_PROVIDERS, TENSORRT, gpu_arithmetic
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from engine.localization.onnx_session import DeviceChoice
from engine.localization.openvino_network import openvino_version
from engine.resources import starter_model_path

_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One way of running the model.

    asked, running: the choice of `--device`, and what it came to. note: why they differ, where they do.
    arithmetic: the lowest precision that their floating-point parts may compute in: "float32", "TF32", "float16",
    "bfloat16".
    providers: of the first network. partition: operations of all networks that each provider took; empty where unknown.
    load_s: from the file to the first look, warm-up included. look_ms: median. photos_per_s: looks alone, one by one.
    median_iou, least_iou: of the boxes with those of the first row.
    """

    asked: str
    running: str
    note: str
    arithmetic: str
    providers: tuple[str, ...]
    partition: dict[str, int]
    load_s: float
    look_ms: float
    photos_per_s: float
    median_iou: float
    least_iou: float


def devices() -> list[DeviceChoice]:
    """What is worth asking for here, the CPU first: it is what the others are compared with."""
    listed = onnxruntime.get_available_providers()
    found: list[DeviceChoice] = ["cpu"]
    if openvino_version() is not None:
        found.append("openvino")
    if CUDA in listed:
        found.append("cuda")
    if TENSORRT in listed:
        found.append("tensorrt")
    return found


def run_benchmark(model: Path | None = None, *, as_json: bool = False, rounds: int = _ROUNDS) -> int:
    """Looks at the sample photos on each device, prints the table, and answers 0.

    Args:
        model: model file; None takes the starter model.
        as_json: print JSON instead.
        rounds: how often the photos are looked at after a first time.

    Raises:
        MoltboxError: the model or the sample photos cannot be read.
    """
    path = model or starter_model_path()
    photos = [read_photo(samples_folder() / name) for _, name in SAMPLES]
    wanted: list[Box | None] = []
    rows: list[DeviceRow] = []

    def measure(device: DeviceChoice, *, lower: bool = False) -> DeviceRow:
        row, boxes = _measure(path, device, photos, wanted, rounds, lower=lower)
        wanted.extend(boxes if not wanted else ())
        rows.append(row)
        if not as_json:
            print(_sentence(row), flush=True)
        return row

    lowers = ModelFile.read(path).manifest.precision == "fp32"
    for device in devices():
        row = measure(device)
        if lowers and row.providers[0] in GPU_PROVIDERS:
            measure(device, lower=True)
    if as_json:
        facts = {"moltbox": versions(), "model": path.name, "rows": [asdict(row) for row in rows]}
        print(json.dumps(facts, indent=1, ensure_ascii=False))
    else:
        if lowers and any(row.arithmetic == "TF32" for row in rows):
            print(_half_by_hand(path))
        print(f"{path.name}, {len(photos)} photos, {rounds} rounds; {versions()}")
    return 0


def _half_by_hand(path: Path) -> str:
    """How to have what no provider makes of a file in single precision by itself."""
    copy = f"{path.stem}-half{path.suffix}"
    return (
        f"A copy in half precision is quicker on CUDA perhaps; moltbox speed-up {path} --mode fp16 --photos FOLDER "
        f"--out {copy} makes it (train extra), and moltbox check --benchmark --model {copy} measures it."
    )


def _measure(
    path: Path,
    device: DeviceChoice,
    photos: list[NDArray[np.uint8]],
    wanted: list[Box | None],
    rounds: int,
    *,
    lower: bool = False,
) -> tuple[DeviceRow, list[Box | None]]:
    started_s = time.perf_counter()
    model = ModelFile.read(path)
    if lower:
        model = replace(model, manifest=replace(model.manifest, precision="bf16"))
    localizer = Localizer(model, device=device)
    boxes = [_box(localizer, photo) for photo in photos]
    load_s = time.perf_counter() - started_s
    times = []
    for _ in range(rounds):
        for photo in photos:
            before_s = time.perf_counter()
            localizer.look(photo)
            times.append(time.perf_counter() - before_s)
    ious = [_agreement(a, b) for a, b in zip(wanted or boxes, boxes, strict=True)]
    row = DeviceRow(
        device,
        localizer.device.sentence,
        localizer.device.note,
        _arithmetic(localizer),
        localizer.providers,
        localizer.partition,
        load_s,
        1000 * float(np.median(times)),
        len(times) / sum(times),
        float(np.median(ious)),
        min(ious),
    )
    return row, boxes


def _arithmetic(localizer: Localizer) -> str:
    manifest, provider = localizer.model.manifest, localizer.providers[0]
    if provider not in GPU_PROVIDERS:
        return localizer.device.arithmetic
    return gpu_arithmetic(provider, half=manifest.allows_half, half_weights=manifest.precision == "fp16")


def _box(localizer: Localizer, photo: NDArray[np.uint8]) -> Box | None:
    """The first box of the likeliest class."""
    evidence = localizer.look(photo)
    boxes = evidence.heat_map(evidence.top_classes(1)[0][0]).boxes(localizer.model.calibrated_threshold)
    return boxes[0].box if boxes else None


def _agreement(a: Box | None, b: Box | None) -> float:
    return float(a is b) if a is None or b is None else iou(a, b)


def _sentence(row: DeviceRow) -> str:
    parts = [
        f"{row.asked:<9} {row.running}, {row.arithmetic}: {row.look_ms:.1f} ms a look, {row.photos_per_s:.1f} photos/s",
        f"ready after {row.load_s:.1f} s",
        f"boxes against the CPU's: IoU {row.median_iou:.3f} median, {row.least_iou:.3f} least",
        "providers " + " > ".join(row.providers),
    ]
    if row.partition:
        parts.append("operations " + ", ".join(f"{name} {count}" for name, count in row.partition.items()))
    return "; ".join(parts) + (f". {row.note}" if row.note else "")
