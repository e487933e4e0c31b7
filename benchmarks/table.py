"""All figures of docs/performance.md that have a goal, in one table: what, goal, measured, met or missed.

    python benchmarks/table.py --json build/table.json
    python benchmarks/table.py --parts look,batch
    python benchmarks/table.py --parts training --data ../shared/data/imagenette10

Each part is a command of its own, which can be run alone (`--help` of each says how it measures); here they run one
after the other, each in a process of its own, so that none has another's memory or threads. All parts but the training
take about 35 minutes on two cores. What else runs at the time is in the figures, so nothing else should; the load
before each part stands in the JSON.

look: `benchmarks/speed.py`, against plain PyTorch; the train and openvino extras. batch, memory: `benchmarks/batch.py`.
window: `benchmarks/window.py`, under Xvfb where there is no screen. build: `desktop/try_build.py`, the desktop build
(`make slim-opencv` first, or it carries the wheel's OpenCV). training: the quick preset on the training photos of
--data, from labels to a model file; the train and starter extras.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import figures
from figures import HEAD, Row

ROOT = Path(__file__).resolve().parents[1]
GOAL_BUILD_MB, GOAL_START_S, GOAL_TRAINING_S = 350, 1.5, 900.0
Part = Callable[[Path, argparse.Namespace], list[Row]]


def _run(words: list[str], *, on_screen: bool = False) -> int:
    """Runs one of our programs, what it prints on standard error, and answers its exit code."""
    command = [sys.executable, *words]
    if on_screen and sys.platform == "linux" and not os.environ.get("DISPLAY") and shutil.which("xvfb-run"):
        command = ["xvfb-run", "-a", "-s", "-screen 0 1600x1000x24", *command]
    places = [str(ROOT), str(ROOT / "benchmarks")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places)}
    if on_screen:
        environment.pop("QT_QPA_PLATFORM", None)
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=sys.stderr, check=False)  # noqa: S603 - ours
    return done.returncode


def _failed(what: str, code: int) -> Row:
    return Row(what, "", f"ended with {code} and no figures", is_met=False, figures={"exit_code": code})


def _benchmark(words: list[str], kept: Path, *, on_screen: bool = False) -> list[Row]:
    code = _run([f"benchmarks/{words[0]}.py", *words[1:], "--json", str(kept)], on_screen=on_screen)
    if not kept.is_file():  # a benchmark that only missed its goals has kept its figures
        return [_failed(" ".join(words), code)]
    return figures.read_rows(kept)


def look(folder: Path, options: argparse.Namespace) -> list[Row]:
    """A look and what follows it."""
    return _benchmark(["speed", "--rounds", str(options.rounds)], folder / "speed.json")


def batch(folder: Path, _options: argparse.Namespace) -> list[Row]:
    """Folders beside the bare networks."""
    return _benchmark(["batch", "speed"], folder / "batch.json")


def memory(folder: Path, options: argparse.Namespace) -> list[Row]:
    """What a batch holds."""
    small = _benchmark(["batch", "memory", "--photos", str(options.photos)], folder / "memory.json")
    return small + _benchmark(["batch", "large"], folder / "large.json")


def window(folder: Path, options: argparse.Namespace) -> list[Row]:
    """The window on many photos and on large ones."""
    return _benchmark(["window", "--photos", str(options.photos)], folder / "window.json", on_screen=True)


def build(folder: Path, _options: argparse.Namespace) -> list[Row]:
    """Size and start of the desktop build."""
    report = folder / "build.json"
    code = _run(["desktop/try_build.py", "--report", str(report)])
    if not report.is_file():
        return [_failed("desktop build", code)]
    found = json.loads(report.read_text(encoding="utf-8"))
    size_mb, starts_s = found["size_mb"], found["starts_s"]
    told = f"**{size_mb:.0f} MB**, {found['opencv']} OpenCV"
    rows = [Row("desktop build, size", f"{GOAL_BUILD_MB} MB", told, size_mb <= GOAL_BUILD_MB, {"size_mb": size_mb})]
    if starts_s:
        start_s = median(starts_s)
        told = f"**{start_s:.2f} s** (median of {len(starts_s)}, {max(starts_s):.2f} at the most)"
        is_met = start_s <= GOAL_START_S
        rows.append(Row("desktop build, start to window", f"{GOAL_START_S:g} s", told, is_met, {"starts_s": starts_s}))
    return rows


def training(folder: Path, options: argparse.Namespace) -> list[Row]:
    """The quick preset on the training photos of a data set."""
    what = "quick training"
    if options.data is None:
        return [Row(what, "15 min", "not run: no --data", None, {})]
    started_s = time.perf_counter()
    code = _run(["-m", "app", "train", str(options.data), "--out", str(folder / "quick.molt"), "--preset", "quick"])
    elapsed_s = time.perf_counter() - started_s
    photos = options.data / "train" if (options.data / "train").is_dir() else options.data
    if code != 0:
        return [_failed(what, code)]
    count = sum(1 for path in photos.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png"))
    told = f"**{elapsed_s / 60:.1f} min** for {count:,} photos"
    is_met = elapsed_s <= GOAL_TRAINING_S if count >= 4000 else None
    return [Row(what, "15 min for 4,000 photos", told, is_met, {"elapsed_s": elapsed_s, "photos": count})]


PARTS: dict[str, Part] = {each.__name__: each for each in (look, batch, memory, window, build, training)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default=",".join(PARTS), help="default: %(default)s")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    parser.add_argument("--rounds", type=int, default=12, help="photos that a look is timed on (default: %(default)s)")
    parser.add_argument(
        "--photos", type=int, default=100_000, help="photos of the large folders (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, help="folder of photos by class to train the quick preset on")
    options = parser.parse_args()
    wanted = options.parts.split(",")
    if unknown := [name for name in wanted if name not in PARTS]:
        parser.error(f"--parts {unknown[0]}: expected some of {', '.join(PARTS)}.")
    facts = figures.machine()
    print(figures.in_words(facts))
    print(HEAD, flush=True)
    rows: list[Row] = []
    loads: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name in wanted:
            loads[name] = round(os.getloadavg()[0], 1)
            for row in PARTS[name](Path(folder), options):
                print(row.line, flush=True)
                rows.append(row)
    if options.json is not None:
        figures.write_figures(options.json, facts | {"load_before": loads}, rows)


if __name__ == "__main__":
    main()
