"""Makes the desktop build, runs its check, opens its window, and says how large it is and how soon the window is there.

    python desktop/try_build.py --report build/report.json

On Linux without a display the window opens under Xvfb, where one is installed; on Windows and macOS in the session.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.diagnostics.log import LOG_NAME
from app.diagnostics.notes import WINDOW_SHOWN
from desktop.facts import ROOT, RUNTIMES, WHEEL_LIBRARIES

GOAL_MEGABYTES = 350
"""Of the CPU variant."""
MOST_MEGABYTES = {"cpu": 297, "gpu": 577}
"""What each variant takes on Linux today and a little more: growth does not pass unnoticed."""
WHEEL_MEGABYTES = 135
"""More is taken where the wheel's OpenCV is carried and not the one of `desktop/slim_opencv.py`."""
STARTS = 3
LONGEST_START_S = 60.0
LONGEST_CHECK_S = 300
_LOOK_EVERY_S = 0.02


def build(variant: str) -> tuple[Path, float]:
    """Makes the build; returns its folder and the seconds that it took."""
    command = [sys.executable, "-m", "PyInstaller", "build.spec", "--noconfirm", "--log-level", "WARN"]
    started = time.perf_counter()
    subprocess.run([*command, "--", "--variant", variant], cwd=ROOT, check=True)  # noqa: S603 - our own command
    return folder_of(variant), time.perf_counter() - started


def folder_of(variant: str) -> Path:
    """Where `build.spec` puts a variant."""
    return ROOT / "dist" / ("moltbox" if variant == "cpu" else f"moltbox-{variant}")


def megabytes(folder: Path) -> float:
    """What the folder's files take on the disk, links counted once, in 2**20 bytes."""
    seen: dict[tuple[int, int], int] = {}
    for file in folder.rglob("*"):
        if file.is_file() and not file.is_symlink():
            facts = file.stat()
            blocks = getattr(facts, "st_blocks", None)
            seen[facts.st_dev, facts.st_ino or hash(file)] = facts.st_size if blocks is None else blocks * 512
    return sum(seen.values()) / 2**20


def check(program: Path) -> dict[str, Any]:
    """Runs the build's own check: Qt, the model, one look, one export, the log.

    Raises:
        SystemExit: a step failed.
    """
    done = subprocess.run(  # noqa: S603 - the program that we built
        [str(program), "check", "--json"], capture_output=True, text=True, timeout=LONGEST_CHECK_S, check=False
    )
    if done.returncode != 0:
        raise SystemExit(f"try_build: the check failed.\n{done.stdout}\n{done.stderr}")
    return json.loads(done.stdout)


def check_package(folder: Path) -> None:
    """Makes sure that the build carries the package that another Python needs to train for it.

    Raises:
        SystemExit: it does not, or the package lacks a part.
    """
    (package,) = (folder / "_internal" / "resources" / "package").glob("moltbox-*.whl")
    with zipfile.ZipFile(package) as opened:
        lacks = {"trainer/__main__.py", "engine/__init__.py", "resources/models/starter.molt"} - set(opened.namelist())
    if lacks:
        raise SystemExit(f"try_build: {package.name} lacks {', '.join(sorted(lacks))}.")


def start_s(program: Path, home: Path) -> tuple[float, float]:
    """Seconds from the start of the program until its window is on the screen, and those of a processor till its end.

    On a shared machine the second tells more; Windows does not tell it, and it is 0 there.

    Raises:
        SystemExit: the window did not come up.
    """
    home.mkdir()
    places = {name: str(home) for name in ("HOME", "LOCALAPPDATA", "XDG_STATE_HOME", "XDG_DATA_HOME")}
    environment = {**os.environ, **places, "MOLTBOX_SETTINGS": str(home / "moltbox.ini")}
    worked_s = _worked_s()
    shown_s = None
    started = time.perf_counter()
    process = subprocess.Popen([str(program)], env=environment)  # noqa: S603 - the program that we built
    try:
        while time.perf_counter() - started < LONGEST_START_S:
            if any(WINDOW_SHOWN in log.read_text(encoding="utf-8") for log in home.rglob(LOG_NAME)):
                shown_s = time.perf_counter() - started
                break
            if process.poll() is not None:
                raise SystemExit(f"try_build: the window ended with {process.returncode} before it was there.")
            time.sleep(_LOOK_EVERY_S)
    finally:
        process.terminate()
        process.wait(timeout=30)
    if shown_s is None:
        raise SystemExit(f"try_build: no window after {LONGEST_START_S:.0f} s.")
    return shown_s, _worked_s() - worked_s


def _worked_s() -> float:
    """Processor time of the programs started and ended here."""
    times = os.times()
    return times.children_user + times.children_system


@contextlib.contextmanager
def screen() -> Iterator[bool]:
    """A screen for the window: the session's own, or one of Xvfb's; False where there is neither."""
    if not sys.platform.startswith("linux") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        yield True
        return
    if shutil.which("Xvfb") is None:
        yield False
        return
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=(writer,), stderr=subprocess.DEVNULL)  # noqa: S603 - words of ours
    os.close(writer)
    try:
        with os.fdopen(reader) as told:
            os.environ["DISPLAY"] = f":{told.readline().strip()}"
        os.environ["QT_QPA_PLATFORM"] = "xcb"
        yield True
    finally:
        server.terminate()
        server.wait(timeout=30)


def main() -> int:
    """Does it all; the exit code is 0 where the check passed, the window came, and the size is within bounds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--variant", choices=tuple(RUNTIMES), default="cpu")
    parser.add_argument("--keep", action="store_true", help="try the build that is there instead of making one")
    parser.add_argument("--report", type=Path, help="also write the figures as JSON")
    options = parser.parse_args()
    folder, built_s = (folder_of(options.variant), None) if options.keep else build(options.variant)
    program = folder / ("moltbox.exe" if sys.platform == "win32" else "moltbox")
    figures: dict[str, Any] = {
        "variant": options.variant,
        "system": sys.platform,
        "build_s": built_s and round(built_s, 1),
        "size_mb": round(megabytes(folder), 1),
        "check": check(program),
    }
    check_package(folder)
    with screen() as there, tempfile.TemporaryDirectory() as home:
        starts = [start_s(program, Path(home) / str(number)) for number in range(STARTS)] if there else []
    figures["starts_s"] = [round(start, 2) for start, _ in starts]
    figures["starts_processor_s"] = [round(worked, 2) for _, worked in starts]
    for step in figures["check"]["steps"]:
        print(f"check  {step['step']:<8} {step['found']}")
    has_wheel = sys.platform != "linux" or (folder / "_internal" / WHEEL_LIBRARIES).is_dir()
    most_mb = MOST_MEGABYTES[options.variant] + (WHEEL_MEGABYTES if has_wheel else 0)
    figures["opencv"] = "wheel" if has_wheel else "slim"
    print(f"opencv {figures['opencv']}")
    print(f"size   {figures['size_mb']:.0f} MB (goal {GOAL_MEGABYTES}, refused above {most_mb})")
    if starts:
        each = ", ".join(f"{start:.2f} ({worked:.2f})" for start, worked in starts)
        print(f"window median {median(figures['starts_s']):.2f} s: {each}; in brackets of one processor")
    else:
        print("window not opened: no screen and no Xvfb")
    if options.report is not None:
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0 if figures["size_mb"] <= most_mb else 1


if __name__ == "__main__":
    sys.exit(main())
