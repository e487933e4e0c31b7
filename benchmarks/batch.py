"""`moltbox propose` over many photos: speed beside the bare networks, where the time goes, and memory.

    python benchmarks/batch.py speed [--json FILE]
    python benchmarks/batch.py stages
    python benchmarks/batch.py memory --photos 100000 [--json FILE]
    python benchmarks/batch.py large [--json FILE]
    python benchmarks/batch.py evidence --folder ../shared/data/pets3/val

speed: the starter model (or --model FILE) on generated JPEGs of 0.2, 2 and 12 megapixels. In each round, one after the
other: the bare networks on inputs made ready beforehand, and the whole batch (decode, look, decide, journal), each with
all cores to one network and with one core to each of several. Photos a second, medians; the ratio is that of the best
batch to the best bare networks, round by round.

stages: the processor time that each stage takes on one core. Where all cores are busy, the networks' share of it is the
most that the batch can reach of the bare networks' speed; it holds on a machine that others use too.

memory: the whole command on a folder of that many links to a few small photos, with a random network; the most memory
that it and its processes held together until so many photos were done, and until the label files were written.

large: the same on PNGs of 24 megapixels, which cannot be decoded at a reduced size.

evidence: what the window stores of a look, every twelfth photo of --folder.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
from batch_photos import SIZES, large_photos, random_model, small_photos, write_photos
from figures import Row, machine, write_figures
from numpy.typing import NDArray

from engine.images import scan_folder
from engine.localization.localizer import Localizer
from engine.localization.onnx_session import core_count
from engine.localization.preparing import ShownPhoto
from engine.prelabel.deciding import Decision, decide, decode_for
from engine.prelabel.journal import Journal, RunFacts
from engine.prelabel.pipeline import Task
from engine.prelabel.results import PhotoResult
from engine.prelabel.team import Team
from engine.resources import starter_model_path

WARM_UP = 6
GOAL_SHARE = 0.9
GOAL_MB = 1500
FACTS = RunFacts("", "benchmark", 0.5, "", "model", None, "cpu")
MARKS = (1_000, 10_000, 100_000, 1_000_000)

Inputs = list[tuple[str, NDArray[np.float32]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "stages", "memory", "large", "evidence"))
    parser.add_argument("--model", type=Path, default=starter_model_path())
    parser.add_argument("--photos", type=int, default=None, help="a round (speed, 24) or in all (memory, large)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="photos that evidence is stored of")
    parser.add_argument("--json", type=Path, help="also write the figures here (speed, memory, large)")
    options = parser.parse_args()
    if options.what == "evidence":
        measure_evidence(options.folder, options.model)
        return
    facts = machine()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if options.what == "speed":
            rows = measure_speed(folder, options.model, options.photos or 24, options.rounds)
        elif options.what == "stages":
            measure_stages(folder, options.model)
        elif options.what == "memory":
            photos = small_photos(folder / "photos", options.photos or 100_000)
            rows = [measure_memory(folder, photos, options.photos or 100_000, "small photos")]
        else:
            photos = large_photos(folder / "photos", options.photos or 40)
            rows = [measure_memory(folder, photos, options.photos or 40, "PNGs of 24 megapixels")]
    if options.json is not None:
        write_figures(options.json, facts, rows)


def measure_speed(folder: Path, model: Path, count: int, rounds: int) -> list[Row]:
    """Photos a second of the batch beside those of the bare networks, for each size of photo."""
    found = []
    cores = core_count()
    localizers = {"one": [Localizer.open(model)], "each": [Localizer.open(model, threads=1) for _ in range(cores)]}
    print(f"{localizers['one'][0].model.name}, {localizers['one'][0].device.sentence}; photos a second")
    print(
        "| JPEG | bare, all cores to one | bare, one core each | batch, 1 process | batch, a process a core | ratio |"
    )
    print("|---|---|---|---|---|---|")
    for name, size in SIZES.items():
        photos = write_photos(folder / name, *size, count=6)
        tasks = [Task(photos[number % len(photos)], f"{number}", None) for number in range(count + WARM_UP)]
        rates: dict[str, list[float]] = {}
        for _ in range(rounds):
            for key, team in localizers.items():
                rates.setdefault(f"bare {key}", []).append(_bare(team, photos, count))
            for key, processes in (("one", 1), ("each", cores)):
                rates.setdefault(f"batch {key}", []).append(_batch(folder, tasks, model, processes))
        ratios = [
            max(batch) / max(bare)
            for bare, batch in zip(
                zip(rates["bare one"], rates["bare each"], strict=True),
                zip(rates["batch one"], rates["batch each"], strict=True),
                strict=True,
            )
        ]
        columns = ("bare one", "bare each", "batch one", "batch each")
        shown = " | ".join(f"{statistics.median(rates[key]):.2f}" for key in columns)
        share = statistics.median(ratios)
        print(f"| {name} | {shown} | {100 * share:.0f} % |", flush=True)
        rate = max(statistics.median(rates[key]) for key in columns[2:])
        figures = {"share": share} | {
            f"{key.replace(' ', '_')}_photos_per_s": statistics.median(rates[key]) for key in columns
        }
        told = f"**{100 * share:.0f} %**, {rate:.1f} photos/s"
        what = f"batch against the bare networks, JPEGs of {name}"
        found.append(Row(what, f"{100 * GOAL_SHARE:.0f} %", told, share >= GOAL_SHARE, figures))
    return found


def _bare(team: list[Localizer], photos: list[Path], count: int) -> float:
    """Photos a second of the networks alone, each localizer in a thread of its own."""
    ready = [_inputs(team[0], path) for path in photos]

    def run(localizer: Localizer) -> None:
        for number in range(count // len(team)):
            _run(localizer, ready[number % len(ready)])

    with ThreadPoolExecutor(len(team)) as pool:
        list(pool.map(run, team))  # warm
        started = time.perf_counter()
        list(pool.map(run, team))
        return count // len(team) * len(team) / (time.perf_counter() - started)


def _run(localizer: Localizer, inputs: Inputs) -> None:
    for network, image in inputs:
        localizer._networks[network].run(image)


def _inputs(localizer: Localizer, path: Path) -> Inputs:
    manifest = localizer.model.manifest
    photo = decode_for(manifest, path)
    shown = ShownPhoto(photo.pixels, (photo.width, photo.height))
    inputs = [(scale.network, shown.for_scale(scale, manifest)) for scale in manifest.scales]
    if manifest.clustering is not None:
        inputs.append((manifest.clustering.network, shown.for_clustering(manifest.clustering)))
    return inputs


def _batch(folder: Path, tasks: list[Task], model: Path, processes: int) -> float:
    """Photos a second of the whole batch, journal too, once it is under way."""
    team = Team.of(processes, core_count())
    localizer = Localizer.open(model, threads=team.threads[0])
    started = 0.0
    with closing(Journal.start(folder / "journal.jsonl", FACTS)) as journal:
        for done, result in enumerate(team.work(iter(tasks), localizer, Decision(0.5)), start=1):
            journal.add(result)
            if done == WARM_UP:
                started = time.perf_counter()
    return (len(tasks) - WARM_UP) / (time.perf_counter() - started)


def measure_stages(folder: Path, model: Path) -> None:
    localizer = Localizer.open(model, threads=1)
    print(f"{localizer.model.name}, {localizer.device.sentence}; processor time of one photo, ms")
    print("| JPEG | decode | make ready | networks | rest of the look | decide | store | all | networks' share |")
    print("|---|---|---|---|---|---|---|---|---|")
    manifest = localizer.model.manifest
    with closing(Journal.start(folder / "stages.jsonl", FACTS)) as journal:
        for name in SIZES:
            paths = write_photos(folder / name, *SIZES[name], count=6)
            photos, decoded = _timed(lambda paths=paths: [decode_for(manifest, path) for path in paths])
            inputs, ready = _timed(lambda paths=paths: [_inputs(localizer, path) for path in paths])
            _, networks = _timed(
                lambda inputs=inputs: [
                    localizer._networks[network].run(image) for each in inputs for network, image in each
                ]
            )
            sights, look = _timed(
                lambda photos=photos: [localizer.look(each.pixels, size=(each.width, each.height)) for each in photos]
            )
            _, decided = _timed(
                lambda sights=sights: [list(decide(localizer, each, None, Decision(0.5))) for each in sights]
            )
            _, stored = _timed(lambda paths=paths: [journal.add(PhotoResult(each.name, 1, 1, ())) for each in paths])
            ready -= decoded  # they were decoded there too
            rest = look - ready - networks
            stages = [decoded, ready, networks, rest, decided, stored]
            shown = " | ".join(f"{1000 * each / len(paths):.1f}" for each in (*stages, sum(stages)))
            print(f"| {name} | {shown} | {100 * networks / sum(stages):.0f} % |", flush=True)


def _timed(work: Callable[[], list]) -> tuple[list, float]:
    """What the work answers and the least processor time of three goes, of all threads, in seconds."""
    least, found = float("inf"), []
    for _ in range(3):
        started = time.process_time()
        found = work()
        least = min(least, time.process_time() - started)
    return found, least


def measure_memory(folder: Path, photos: Path, count: int, kind: str) -> Row:
    """The most memory that the whole command held on its way through a folder."""
    model = random_model(folder / "random.molt")
    out = folder / "boxes"
    command = [sys.executable, "-m", "app", "propose", str(photos), "--model", str(model), "--out", str(out)]
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    peaks: dict[int, float] = {}
    with subprocess.Popen(command, env=environment) as process:  # noqa: S603 - our own module
        for done, peak in _watched(process.pid, out / "proposals.jsonl", [mark for mark in MARKS if mark <= count]):
            peaks[done] = peak
            print(
                f"{min(done, count):,} photos: at most {peak:.0f} MB, {time.perf_counter() - started:.0f} s", flush=True
            )
    if process.returncode != 0:
        sys.exit(f"the command ended with {process.returncode}; the figures would mean nothing.")
    most = max(peaks.values())
    at_marks = " / ".join(f"{peak:.0f}" for peak in peaks.values())
    told = f"**{most:.0f} MB** ({at_marks}), all processes together"
    figures = {"peak_mb": most, "photos": count, "elapsed_s": time.perf_counter() - started}
    return Row(f"memory over {count:,} {kind}", f"{GOAL_MB:,} MB", told, most <= GOAL_MB, figures)


def _watched(pid: int, journal: Path, marks: list[int]) -> Iterator[tuple[int, float]]:
    """(photos done, most memory held until then in MB) at each mark, and again when the process has ended."""
    lines, read, peak, waiting = -1, 0, 0.0, list(marks)
    while True:
        held = _held_mb(pid)
        if held is None:  # it has ended
            yield lines, peak
            return
        peak = max(peak, held)
        if journal.exists():
            with journal.open("rb") as file:
                file.seek(read)
                new = file.read()
            lines, read = lines + new.count(b"\n"), read + len(new)
        if waiting and lines >= waiting[0]:
            yield waiting.pop(0), peak
        time.sleep(0.05)


def _held_mb(pid: int) -> float | None:
    """Memory of a process and of those that it started, each page counted once; None where it has ended."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        own = int(rollup.split("\nPss:")[1].split()[0]) / 1024
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except (OSError, IndexError):
        return None
    return own + sum(_held_mb(int(child)) or 0.0 for child in children)


def measure_evidence(folder: Path, model: Path) -> None:
    localizer = Localizer.open(model)
    names = [path for batch in scan_folder(folder) for path in batch][::12]
    photos = (decode_for(localizer.model.manifest, path) for path in names)
    sizes = [len(localizer.look(photo.pixels).compact().to_bytes()) for photo in photos]
    print(f"{len(sizes)} photos: {statistics.mean(sizes) / 1000:.1f} kB of evidence a photo")


if __name__ == "__main__":
    cv2.setNumThreads(1)
    main()
