"""How quick a look and what follows it are, against plain PyTorch, in one table.

    python benchmarks/speed.py [--json FILE] [--rows look,class,threshold,rebox,clusters,coco] [--threads N]
    python benchmarks/speed.py --sides 224,320,448

Three scales of DeiT-S (224, 288, 384 pixels unless --sides says other, 1,000 classes) with random weights whose
attention is as peaked as a trained network's; time does not depend on weights. The reference is
`benchmarks/plain_ts_cam.py` on the same threads. Each round shows one sample photo, or a part of one, to everything
that is compared, in turn; a ratio is the median over the rounds. The first run makes the models (about two minutes) and
keeps them in build/speed.

The other rows of the table are measured by `benchmarks/window.py` (the window) and `benchmarks/batch.py` (folders).
"""

from __future__ import annotations

import engine  # isort: skip # noqa: F401 - before NumPy and ONNX Runtime: it says how they are to run

import argparse
import hashlib
import json
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
import reboxing
import torch
from figures import HEAD, Row, in_words, machine, write_figures
from numpy.typing import NDArray
from plain_ts_cam import plain_look

from app.samples import SAMPLES, samples_folder
from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box, iou
from engine.images import read_photo
from engine.localization.boxes import component_boxes
from engine.localization.fusion import fuse, min_max, resize_map
from engine.localization.heat_map import HeatMap, working_shape
from engine.localization.localizer import Localizer
from engine.localization.manifest import Precision
from engine.localization.model_file import ModelFile
from engine.localization.onnx_session import DeviceChoice, core_count
from engine.localization.openvino_network import openvino_version
from engine.localization.preparing import prepare
from engine.resources import resource_path
from trainer import export, molt, quantise
from trainer.export import ModelFacts, write_molt
from trainer.molt import Molt
from trainer.speed_gate import GatePhoto
from trainer.speed_up import forms

SIDES = (224, 288, 384)
CLASSES = 1000
DEPTH, WIDTH, PATCH = 12, 384, 16
ROUNDS = 12
KEPT = Path("build") / "speed"
THRESHOLD = 0.15
GOAL_SINGLE, GOAL_FAST = 2.5, 5.0
GOAL_CLUSTERS = 0.05
GOAL_COCO_S = 10.0
ROWS = ("look", "class", "threshold", "rebox", "clusters", "coco")


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One way of looking: a localizer and what it is called."""

    name: str
    localizer: Localizer


def awake(model: Molt) -> Molt:
    """Random weights with attention as peaked as a trained network's."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("attn.qkv.weight"):
                parameter[: 2 * len(parameter) // 3] *= 6  # queries and keys
            if name.endswith(("positions", "cls_token")):
                parameter.normal_(std=0.5)
    return model.eval()


def random_model(sides: tuple[int, ...]) -> Molt:
    torch.manual_seed(0)
    return awake(Molt("deit_small_patch16_224", sides, CLASSES))


def exported(sides: tuple[int, ...]) -> Path:
    """The model file of `random_model`, with the shipped clustering network; made anew where what makes it changed."""
    sources = [Path(str(module.__file__)).read_bytes() for module in (export, molt, quantise)]
    mark = hashlib.sha256(b"".join(sources) + torch.__version__.encode()).hexdigest()[:12]
    path = KEPT / "-".join(map(str, sides)) / f"deit-{mark}.molt"
    if not path.is_file():
        shutil.rmtree(path.parent, ignore_errors=True)
        path.parent.mkdir(parents=True)
        half = (0.5, 0.5, 0.5)
        clusters = resource_path("models", "clusters.onnx").read_bytes()
        names = [f"class {number}" for number in range(CLASSES)]
        write_molt(
            path, random_model(sides), ModelFacts("random", names, half, half, ("NOASSERTION", ""), {}, {}, clusters)
        )
    return path


def without_clusters(model: ModelFile) -> ModelFile:
    return replace(model, manifest=replace(model.manifest, clustering=None))


def ways(model: ModelFile, path: Path, threads: int) -> Iterator[Way]:
    """The model in single precision and in every faster form, without clusters, which the reference has not either."""
    yield Way("fp32, ONNX Runtime", Localizer(model, device="cpu", threads=threads))
    if openvino_version() is not None:
        yield Way("fp32, OpenVINO", Localizer(model, device="openvino", threads=threads))
    for made, precision, device, networks in kept_forms(model, path):
        changed = replace(model, networks=networks, manifest=replace(model.manifest, precision=precision))
        yield Way(made, Localizer(changed, device=device, threads=threads))


def kept_forms(model: ModelFile, path: Path) -> Iterator[tuple[str, Precision, DeviceChoice, dict[str, bytes]]]:
    """(what it is, precision, device, networks) of each faster form; made once for a model file."""
    index = path.with_suffix(".forms.json")
    if not index.is_file():
        entries = []
        for place, form in enumerate(forms(model, [GatePhoto(file, None) for file in sample_files()])):
            for name, network in form.model.networks.items():
                path.with_name(f"{place}-{name}.onnx").write_bytes(network)
            entries.append((form.made, form.precision, form.device, list(form.model.networks)))
        index.write_text(json.dumps(entries))
    for place, (made, precision, device, names) in enumerate(json.loads(index.read_text())):
        yield made, precision, device, {name: path.with_name(f"{place}-{name}.onnx").read_bytes() for name in names}


def sample_files() -> list[Path]:
    return [samples_folder() / name for _, name in SAMPLES]


def pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    """The sample photos, whole and mirrored, then quarters of them: (h, w, 3) uint8 each."""
    photos = [read_photo(file) for file in sample_files()]
    found = photos + [np.ascontiguousarray(photo[:, ::-1]) for photo in photos]
    for photo in photos:
        rows, columns = photo.shape[0] // 2, photo.shape[1] // 2
        found += [np.ascontiguousarray(photo[:rows, :columns]), np.ascontiguousarray(photo[rows:, columns:])]
    yield from found[:count]


def look_rows(threads: int, rounds: int, sides: tuple[int, ...]) -> list[Row]:
    """Time of a look, and the boxes, of every way against the reference."""
    torch.set_num_threads(threads)
    path = exported(sides)
    model = without_clusters(ModelFile.read(path))
    network, plain = list(ways(model, path, threads)), random_model(sides)
    names = ["reference", *(way.name for way in network)]
    spent_s: dict[str, list[float]] = {name: [] for name in names}
    processor_s: dict[str, list[float]] = {name: [] for name in names}
    peak_mb: dict[str, float] = {}
    ious: dict[str, list[float]] = {name: [] for name in names[1:]}
    peak = {torch.float32: 0.0, torch.bfloat16: 0.0}
    for number, photo in enumerate(pictures(rounds + 1)):
        index, wanted = -1, None
        peak = {kind: max(best, matrix_rate(kind)) for kind, best in peak.items()}
        for name, localizer in [("reference", None), *((way.name, way.localizer) for way in network)]:
            before_mb = _reset_peak()
            started_s, processor_started_s = time.perf_counter(), time.process_time()
            if localizer is None:
                index, box = _reference(plain, photo, model)
            else:
                box = _first(localizer.look(photo).heat_map(index))
            ended_s, processor_ended_s = time.perf_counter(), time.process_time()
            peak_mb[name] = max(peak_mb.get(name, 0.0), _peak_mb() - before_mb)
            if localizer is None:
                wanted = box
            elif number:
                ious[name].append(_agreement(wanted, box))
            if number:  # the first picture warms up
                spent_s[name].append(ended_s - started_s)
                processor_s[name].append(processor_ended_s - processor_started_s)
    operations = 2e-9 * sum(_multiplications(side) for side in sides)
    more = 2e-9 * sum(_score_map_multiplications(side) for side in sides)
    single, low = peak[torch.float32], peak[torch.bfloat16]
    bound = (operations + more) / operations * single / ((operations + more) / float(np.median(spent_s["reference"])))
    rows = [
        Row(
            "fastest product of matrices of a layer's shape (PyTorch), same threads",
            "",
            f"{single:.0f} Gflop/s in single precision, {low:.0f} in bfloat16. A look is {operations:.1f} Gflop, the "
            f"reference {operations + more:.1f}: at that rate single precision would be {bound:.1f} × the reference",
            None,
            {"float32_gflop_s": single, "bfloat16_gflop_s": low, "single_precision_bound": bound},
        )
    ]
    for name in names:
        ms = 1000 * float(np.median(spent_s[name]))
        ratio = float(np.median(np.array(spent_s["reference"]) / np.array(spent_s[name])))
        processor = float(np.median(np.array(processor_s["reference"]) / np.array(processor_s[name])))
        rate = (operations + (more if name == "reference" else 0.0)) / float(np.median(spent_s[name]))
        figures = {
            "ms": ms,
            "ratio": ratio,
            "processor_time_ratio": processor,
            "gflop_s": rate,
            "extra_peak_mb": peak_mb[name],
        }
        told = f"{ms:.0f} ms, **{ratio:.1f} ×** (processor time {processor:.1f} ×), {rate:.0f} Gflop/s"
        if "fp32" in name or name == "reference":
            told += f" = {100 * rate / single:.0f} % of the fastest product"
        elif name.startswith("bfloat16"):
            told += f" = {100 * rate / low:.0f} % of the fastest in bfloat16"
        told += f", {peak_mb[name]:.0f} MB more at the peak"
        if name in ious:
            found = np.array(ious[name])
            figures |= {"iou_median": float(np.median(found)), "iou_least": float(found.min()), "photos": len(found)}
            told += f"; boxes: IoU {np.median(found):.3f} median, {found.min():.3f} least"
        goal = 0.0 if name == "reference" else GOAL_SINGLE if "fp32" in name else GOAL_FAST
        is_met = ratio >= goal if goal else None
        words = f"{goal:g} ×" if goal else ""
        rows.append(Row(f"look at a photo, three scales of DeiT-S: {name}", words, told, is_met, figures))
    return rows


def _reference(plain: Molt, photo: NDArray[np.uint8], model: ModelFile) -> tuple[int, Box | None]:
    """The likeliest class by the plain forward, and its box."""
    images = [torch.from_numpy(prepare(photo, scale, model.manifest)) for scale in model.manifest.scales]
    answers = plain_look(plain, images)
    index = int(torch.stack([each.logits.softmax(0) for each in answers]).mean(dim=0).argmax())
    maps = [np.asarray(each.maps[index].numpy(), np.float32) for each in answers]
    height, width = photo.shape[:2]
    _, fused = fuse(maps, [1 / len(maps)] * len(maps))
    values = min_max(resize_map(fused, working_shape(width, height)))
    rule = model.manifest.box_rule
    found = component_boxes(values, THRESHOLD, rule, photo_width=width, photo_height=height)
    return index, found[0].box if found else None


def _first(heat_map: HeatMap) -> Box | None:
    boxes = heat_map.boxes(THRESHOLD)
    return boxes[0].box if boxes else None


def _agreement(a: Box | None, b: Box | None) -> float:
    return float(a is b) if a is None or b is None else iou(a, b)


def _multiplications(side: int) -> float:
    """Multiplications of one look's branch: layers, attention's products, patches; not what is saved at the head."""
    length = (side // PATCH) ** 2 + 1
    block = 12 * WIDTH * WIDTH * length + 2 * WIDTH * length * length
    return DEPTH * block + 3 * PATCH * PATCH * WIDTH * (length - 1)


def _score_map_multiplications(side: int) -> float:
    """What the reference does besides: score maps of all classes, by a convolution of 3 x 3."""
    return 9 * WIDTH * CLASSES * (side // PATCH) ** 2


def matrix_rate(kind: torch.dtype) -> float:
    """Gflop/s of the quickest of some products of a layer's shapes; it is asked for again and again, as rates drift."""
    best = 0.0
    for rows, inner, columns in ((577, 384, 1536), (577, 1536, 384), (577, 384, 1152)):
        a, b = torch.randn(rows, inner).to(kind), torch.randn(inner, columns).to(kind)
        for _ in range(25):
            started_s = time.perf_counter()
            torch.matmul(a, b)
            best = max(best, 2e-9 * rows * inner * columns / (time.perf_counter() - started_s))
    return best


def class_rows(threads: int, sides: tuple[int, ...]) -> list[Row]:
    """Heat maps of other classes of a photo that was looked at."""
    rows = []
    starter = resource_path("models", "starter.molt")
    for name, path in (("three scales of DeiT-S", exported(sides)), ("starter model", starter)):
        localizer = Localizer.open(path, device="cpu", threads=threads)
        evidence = localizer.look(next(pictures(1)))
        evidence.heat_map(0)
        times = _times_ms([partial(evidence.heat_map, index) for index in range(1, 101)])
        rows.append(_timed(f"heat map for another class, {name}", 5.0, times, median=True))
    return rows


def threshold_rows(threads: int) -> list[Row]:
    """Boxes at a moved threshold."""
    localizer = Localizer.open(resource_path("models", "starter.molt"), device="cpu", threads=threads)
    calls: list[Callable[[], object]] = []
    for photo in pictures(7):
        evidence = localizer.look(photo)
        heat_map = evidence.heat_map(evidence.top_classes(1)[0][0])
        calls += [lambda cut=cut, heat_map=heat_map: heat_map.boxes(cut) for cut in np.linspace(0.02, 0.98, 97)]
    return [_timed("boxes at a moved threshold, 95th percentile", 0.5, _times_ms(calls), median=False)]


def rebox_rows() -> list[Row]:
    """All photos of a project boxed anew from what is stored, as the window does it, and the new boxes stored."""
    found = reboxing.measure(20_000)
    told = (
        f"**{found.stored_per_s:,.0f} photos/s** boxed and stored, {found.read_and_stored_per_s:,.0f} with reading "
        f"their maps, {found.previewed_per_s:,.0f} in the preview"
    )
    return [
        Row(
            "all photos boxed at another threshold, from stored evidence",
            f"{reboxing.GOAL_PER_S:,} photos/s",
            told,
            found.stored_per_s >= reboxing.GOAL_PER_S,
            found.as_fields(),
        )
    ]


def cluster_rows(threads: int, sides: tuple[int, ...]) -> list[Row]:
    """What the pixel clusters add to a look, in single precision and where bfloat16 is allowed."""
    model = ModelFile.read(exported(sides))
    kinds: list[tuple[str, Precision, DeviceChoice]] = [("fp32, ONNX Runtime", "fp32", "cpu")]
    if openvino_version() is not None:
        kinds.append(("bf16, OpenVINO", "bf16", "openvino"))
    rows = []
    for name, precision, device in kinds:
        allowed = replace(model, manifest=replace(model.manifest, precision=precision))
        with_clusters = Localizer(allowed, device=device, threads=threads)
        bare = Localizer(without_clusters(allowed), device=device, threads=threads)
        shares, added = [], []
        for photo in pictures(ROUNDS):
            times = _times_ms([partial(bare.look, photo), partial(with_clusters.look, photo)])
            shares.append(times[1] / times[0] - 1)
            added.append(times[1] - times[0])
        figures = {"share": float(np.median(shares)), "added_ms": float(np.median(added))}
        told = f"**{100 * figures['share']:.1f} %**, {figures['added_ms']:.0f} ms"
        is_met = figures["share"] <= GOAL_CLUSTERS
        rows.append(Row(f"pixel clusters added to a look: {name}", "5 %", told, is_met, figures))
    return rows


def coco_rows() -> list[Row]:
    """COCO export of 100,000 photos with 250,000 boxes."""
    box = LabelledBox("thing", Box(10.25, 20.5, 110.125, 220.75), 0.5, "accepted")
    photos = tuple(
        LabelledPhoto(f"folder/{place:06d}.jpg", 640, 480, (box,) * (2 + place % 2), ("thing",))
        for place in range(100_000)
    )
    label_set = LabelSet(("thing",), photos)
    with tempfile.TemporaryDirectory() as folder:
        started_s = time.perf_counter()
        write_coco(Path(folder) / "boxes.json", label_set)
        spent_s = time.perf_counter() - started_s
        size_mb = (Path(folder) / "boxes.json").stat().st_size / 1e6
    told = f"**{spent_s:.1f} s**, {size_mb:.0f} MB"
    figures = {"elapsed_s": spent_s, "size_mb": size_mb}
    return [Row("COCO export of 100,000 photos and 250,000 boxes", "10 s", told, spent_s <= GOAL_COCO_S, figures)]


def _times_ms(calls: list[Callable[[], object]]) -> NDArray[np.float64]:
    times = []
    for call in calls:
        started_s = time.perf_counter()
        call()
        times.append(1000 * (time.perf_counter() - started_s))
    return np.array(times)


def _timed(what: str, goal_ms: float, times: NDArray[np.float64], *, median: bool) -> Row:
    middle, high = float(np.median(times)), float(np.percentile(times, 95))
    told = f"**{middle:.2f} ms** median, {high:.2f} at the 95th percentile"
    if not median:
        told = f"**{high:.2f} ms** (median {middle:.2f})"
    is_met = (middle if median else high) <= goal_ms
    return Row(what, f"{goal_ms:g} ms", told, is_met, {"median_ms": middle, "p95_ms": high})


def _reset_peak() -> float:
    """Starts the count of the peak anew where the system can, and answers the memory in use in MB."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return _status_mb("VmRSS")


def _peak_mb() -> float:
    return _status_mb("VmHWM")


def _status_mb(name: str) -> float:
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return next(float(line.split()[1]) / 1024 for line in lines if line.startswith(name + ":"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--rows", default=",".join(ROWS), help="default: %(default)s")
    parser.add_argument("--threads", type=int, default=core_count())
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="photos that are looked at (default: %(default)s)")
    parser.add_argument("--sides", default=",".join(map(str, SIDES)), help="of the three scales (default: %(default)s)")
    options = parser.parse_args()
    sides = tuple(int(side) for side in options.sides.split(","))
    onnxruntime.set_default_logger_severity(4)
    makers: dict[str, Callable[[], list[Row]]] = {
        "look": lambda: look_rows(options.threads, options.rounds, sides),
        "class": lambda: class_rows(options.threads, sides),
        "threshold": lambda: threshold_rows(options.threads),
        "rebox": rebox_rows,
        "clusters": lambda: cluster_rows(options.threads, sides),
        "coco": coco_rows,
    }
    facts = machine(options.threads) | {"torch": torch.__version__, "sides": options.sides}
    print(in_words(facts), flush=True)
    print(HEAD)
    rows: list[Row] = []
    for name in options.rows.split(","):
        for row in makers[name]():
            print(row.line, flush=True)
            rows.append(row)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this program, all ways of looking loaded together: {peak_mb:,.0f} MB")
    if options.json is not None:
        write_figures(options.json, facts | {"peak_mb": round(peak_mb)}, rows)


if __name__ == "__main__":
    main()
