"""Builds OpenCV with only what Moltbox calls, for the desktop build on Linux: `python desktop/slim_opencv.py`.

The wheel of OpenCV links video codecs, neural networks and a second linear algebra library into the one file that
holds all its functions: 150 MB, of which Moltbox uses pictures and geometry. This takes the source of the very version
that is installed, compiles those parts, and leaves `build/slim-opencv/VERSION/cv2.abi3.so`, which `build.spec` carries
in place of the wheel's, where it answers as the wheel's does. It needs a C++ compiler, `nasm` and the `build` extra.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from desktop.facts import ROOT, SLIM_OPENCV, slim_opencv

PACKAGE = "opencv-python-headless"
PARTS = ("core", "imgproc", "imgcodecs", "geometry", "python3")
NEEDED = ("cmake", "ninja", "nasm", "c++")
"""Without nasm JPEGs are decoded without vector instructions, three times as slowly."""

_LEFT_OUT = (
    *("1394", "AVIF", "EIGEN", "FFMPEG", "FLATBUFFERS", "GSTREAMER", "GTK", "IPP", "ITT", "LAPACK", "OBSENSOR"),
    *("OPENCL", "OPENEXR", "PROTOBUF", "QT", "V4L", "VULKAN"),
)
_OWN_LIBRARIES = ("JPEG", "OPENJPEG", "PNG", "TIFF", "WEBP", "ZLIB")
_NOT_BUILT = ("DOCS", "EXAMPLES", "JAVA", "PERF_TESTS", "TESTS", "opencv_apps")


def main() -> int:
    """Builds it unless it is there; the exit code is 0 where it is there afterwards."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="compilers at once (default: %(default)s)"
    )
    options = parser.parse_args()
    if not sys.platform.startswith("linux"):
        sys.exit("slim_opencv: only for Linux; elsewhere the wheel is carried.")
    found = slim_opencv()
    if found is not None:
        print(f"{found} is there")
        return 0
    programs = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    missing = [name for name in NEEDED if shutil.which(name, path=programs) is None]
    if missing:
        sys.exit(
            f"slim_opencv: {', '.join(missing)} not found; cmake and ninja come with the build extra, nasm and a C++ "
            "compiler from the system."
        )
    try:
        make(options.jobs, {**os.environ, "PATH": programs})
    except subprocess.CalledProcessError as error:
        sys.exit(
            f"slim_opencv: {' '.join(error.cmd[:4])} ... ended with {error.returncode}; what it said stands above."
        )
    return 0


def make(jobs: int, environment: dict[str, str]) -> None:
    """Fetches, compiles, compares, and puts the module into its place.

    Raises:
        subprocess.CalledProcessError: a step failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        made = build(source(Path(folder)), Path(folder) / "build", jobs, environment)
        compare(made, Path(folder) / "tried")
        kept = SLIM_OPENCV / version(PACKAGE) / "cv2.abi3.so"
        kept.parent.mkdir(parents=True, exist_ok=True)
        part = kept.with_suffix(".part")
        shutil.copyfile(made, part)
        part.replace(kept)
    print(f"{kept}: {kept.stat().st_size / 2**20:.0f} MB")


def source(folder: Path) -> Path:
    """Fetches and unpacks the source of the installed version; returns the folder that CMake is given."""
    wanted = f"{PACKAGE}=={version(PACKAGE)}"
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", PACKAGE, "-d", str(folder)]
    subprocess.run([*command, wanted], check=True)  # noqa: S603 - words of ours
    (archive,) = folder.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(folder)], check=True)  # noqa: S603, S607 - pip's file
    (unpacked,) = (each for each in folder.iterdir() if each.is_dir())
    return unpacked / "opencv"


def build(source: Path, folder: Path, jobs: int, environment: dict[str, str]) -> Path:
    """Compiles; returns the module that Python loads, without its tables for debuggers."""
    choices = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_INSTALL_PREFIX": str(folder / "installed"),
        "BUILD_LIST": ",".join(PARTS),
        "BUILD_SHARED_LIBS": "OFF",
        "OPENCV_PYTHON3_INSTALL_PATH": "python",
        "PYTHON3_LIMITED_API": "ON",
        "PYTHON3_EXECUTABLE": sys.executable,
        "PYTHON_DEFAULT_EXECUTABLE": sys.executable,
        "PYTHON3_INCLUDE_DIR": sysconfig.get_paths()["include"],
        "PYTHON3_LIBRARY": f"libpython{sysconfig.get_python_version()}.a",  # asked for, and not linked
        "PYTHON3_NUMPY_INCLUDE_DIRS": np.get_include(),
        **{f"WITH_{name}": "OFF" for name in _LEFT_OUT},
        **{f"BUILD_{name}": "ON" for name in _OWN_LIBRARIES},
        **{f"BUILD_{name}": "OFF" for name in _NOT_BUILT},
    }
    words = [f"-D{name}={value}" for name, value in choices.items()]
    for command in (
        ["cmake", "-S", str(source), "-B", str(folder), "-G", "Ninja", "--log-level=WARNING", "-Wno-dev", *words],
        ["ninja", "-C", str(folder), "-j", str(jobs), "--quiet"],
        ["ninja", "-C", str(folder), "--quiet", "install/strip"],
    ):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603 - words of ours
    (made,) = (folder / "installed").rglob("cv2.abi3.so")
    return made


def compare(made: Path, folder: Path) -> None:
    """Asks the wheel's OpenCV and, in a copy of its package under `folder`, the built one the same questions.

    Raises:
        SystemExit: the built one lacks a name that is used, or answers otherwise.
    """
    shutil.copytree(Path(cv2.__file__).parent, folder / "cv2", ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    shutil.copyfile(made, folder / "cv2" / "cv2.abi3.so")
    wheel, slim = _answers(None), _answers(folder)
    differing = sorted(name for name, answer in wheel["answers"].items() if slim["answers"].get(name) != answer)
    if slim["lacks"] or differing:
        told = ", ".join([*slim["lacks"], *differing])
        sys.exit(f"slim_opencv: the built OpenCV lacks or answers otherwise: {told}.")


def _answers(first: Path | None) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(first or "")}
    command = [sys.executable, str(ROOT / "desktop" / "opencv_answers.py")]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)  # noqa: S603 - ours
    told = json.loads(done.stdout)
    if first is not None and not Path(told["file"]).is_relative_to(first):
        sys.exit(f"slim_opencv: {told['file']} was asked, not the built OpenCV.")
    return told


if __name__ == "__main__":
    sys.exit(main())
