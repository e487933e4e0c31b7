"""Which Python trains: where one is looked for, what it must have, and what to install where it lacks that."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from app.texts import tr
from engine import __version__
from engine.resources import resource_path

_EXTRAS = "[cpu,train,starter]"
NEEDED = ("trainer", "torch", "torchvision", "timm", "onnx", "onnxscript")
LEAST_VERSION = (3, 11)
PROBE_TIMEOUT_S = 20.0
OWN_FOLDER = "moltbox-train"
"""A virtual environment of this name in the home folder is found; it is what `install_command` makes."""

NO_WINDOW = subprocess.CREATE_NO_WINDOW if sys.platform == "win32" else 0
"""A flag for processes that are started."""

_POLL_S = 0.05
_IS_WINDOWS = sys.platform == "win32"
_PROBE = (
    "import importlib.util as u, json, sys\n"
    "try:\n"
    "    from importlib.metadata import version\n"
    "    moltbox = version('moltbox')\n"
    "except Exception:\n"
    "    moltbox = ''\n"
    f"lacks = [name for name in {NEEDED!r} if u.find_spec(name) is None]\n"
    "print(json.dumps({'version': sys.version_info[:3], 'moltbox': moltbox, 'lacks': lacks,\n"
    "                  'own': sys.prefix != sys.base_prefix}))\n"
)
_ROOTS = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba")

Trouble = Literal["missing", "silent", "odd", "old", "other", "lacks"]


@dataclass(frozen=True, slots=True)
class PythonFacts:
    """What was found out about a Python.

    version: such as (3, 11, 7); () where it did not say.
    moltbox: the version of Moltbox in it, "" for none.
    lacks: modules that training needs and that it does not have.
    own: whether it is a virtual environment, which packages can be installed into.
    trouble: why it cannot train; None where it can.
    """

    path: Path
    version: tuple[int, ...] = ()
    moltbox: str = ""
    lacks: tuple[str, ...] = ()
    own: bool = False
    trouble: Trouble | None = None

    @property
    def version_words(self) -> str:
        return ".".join(str(part) for part in self.version)


def is_desktop_build() -> bool:
    """Whether this window carries no trainer of its own."""
    return bool(getattr(sys, "frozen", False))


def candidates(chosen: str, root: Path, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    """The Pythons that may be able to train, the likeliest first, each once; they are there, but nothing ran yet.

    The one that was chosen, that of MOLTBOX_PYTHON, the running one, the active environment's; `.venv` and `venv` in
    the folder of photos and beside it; `moltbox-train`, `.venv` and `venv` in the home folder; `python3` on the path;
    pyenv's and conda's.

    Args:
        chosen: a path, or "".
        root: the folder of photos.
        environment: variables of the process.
        home: the person's folder.
    """
    seen: set[str] = set()
    for path in _places(chosen, root, environment, home):
        # A link is not followed: an environment's Python is a link to one that has none of its packages.
        key = os.path.normcase(path.absolute())
        if key not in seen and _is_file(path):
            seen.add(key)
            yield path.absolute()


def _places(chosen: str, root: Path, environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    for given in (chosen, environment.get("MOLTBOX_PYTHON", "")):
        if given:
            yield from _of(Path(given).expanduser())
    if not is_desktop_build():
        yield Path(sys.executable)
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if environment.get(name):
            yield from _of(Path(environment[name]))
    for folder in (root, root.parent):
        for name in (".venv", "venv"):
            yield from _of(folder / name)
    for name in (OWN_FOLDER, ".venv", "venv"):
        yield from _of(home / name)
    for folder in environment.get("PATH", "").split(os.pathsep):
        for name in ("python.exe",) if _IS_WINDOWS else ("python3", "python"):
            if folder:
                yield Path(folder) / name
    pyenv = Path(environment.get("PYENV_ROOT") or home / ".pyenv") / "versions"
    for folder in _newest_first(pyenv):
        yield from _of(folder)
    for base in (*(home / name for name in _ROOTS), Path("/opt/conda")):
        yield from _of(base)
        for folder in _newest_first(base / "envs"):
            yield from _of(folder)
    if _IS_WINDOWS and environment.get("LOCALAPPDATA"):
        for folder in _newest_first(Path(environment["LOCALAPPDATA"]) / "Programs" / "Python"):
            yield from _of(folder)


def _of(place: Path) -> Iterator[Path]:
    """A Python itself, or those of an environment's folder."""
    if _is_file(place):
        yield place
    elif _IS_WINDOWS:
        yield from (place / "Scripts" / "python.exe", place / "python.exe")
    else:
        yield from (place / "bin" / "python", place / "bin" / "python3")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # somebody else's folder
        return False


def _newest_first(folder: Path) -> list[Path]:
    """The folders in a folder, by the numbers in their names, the greatest first; none where it cannot be read."""
    try:
        found = [each for each in folder.iterdir() if each.is_dir()]
    except OSError:
        return []
    return sorted(found, key=lambda each: [int(part) for part in re.findall(r"\d+", each.name)], reverse=True)


def probe(
    path: Path, *, timeout_s: float = PROBE_TIMEOUT_S, stopped: Callable[[], bool] = lambda: False
) -> PythonFacts:
    """Runs a Python for a moment and asks what it has; nothing heavy is imported. Blocks up to the timeout.

    Args:
        path: the program.
        timeout_s: one that has not answered by then is given up.
        stopped: whether nobody waits for the answer any more.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - a Python that the person has, asked what it is
            [str(path), "-c", _PROBE],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=clean_environment(os.environ),
            # Elsewhere a file that happens to be called torch.py would count; training starts from here, too.
            cwd=working_folder(path),
            creationflags=NO_WINDOW,
        )
    except OSError:
        return PythonFacts(path, trouble="missing")
    told = _answer(process, time.monotonic() + timeout_s, stopped)
    if told is None:
        return PythonFacts(path, trouble="silent")
    try:
        facts = json.loads(told.decode("utf-8", "replace").strip().splitlines()[-1])
        version = tuple(int(part) for part in facts["version"])
        moltbox, lacks = str(facts["moltbox"]), tuple(str(name) for name in facts["lacks"])
        own = bool(facts["own"])
    except (ValueError, KeyError, TypeError, IndexError):
        return PythonFacts(path, trouble="odd")
    trouble: Trouble | None = None
    if version < LEAST_VERSION:
        trouble = "old"
    elif lacks:
        trouble = "lacks"
    elif moltbox != __version__ and is_desktop_build():
        trouble = "other"
    return PythonFacts(path, version, moltbox, lacks, own, trouble)


def _answer(process: subprocess.Popen[bytes], until_s: float, stopped: Callable[[], bool]) -> bytes | None:
    """What a process prints; None where that takes too long, then it is ended."""
    while True:
        try:
            return process.communicate(timeout=_POLL_S)[0]
        except subprocess.TimeoutExpired:
            if stopped() or time.monotonic() > until_s:
                process.kill()
                process.wait()
                return None


def clean_environment(given: Mapping[str, str]) -> dict[str, str]:
    """The variables as they were before the desktop build began: its own libraries are none for another Python."""
    found = dict(given)
    if not is_desktop_build():
        return found
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LIBPATH"):
        before = found.pop(f"{name}_ORIG", None)
        found.pop(name, None)
        if before is not None:
            found[name] = before
    return {
        name: value
        for name, value in found.items()
        if name not in ("PYTHONHOME", "PYTHONPATH", "_MEIPASS2") and not name.startswith("_PYI_")
    }


def working_folder(python: Path) -> Path | None:
    """Where a training starts; None for where the window did."""
    return python.parent if is_desktop_build() else None


def trouble_words(facts: PythonFacts) -> str:
    """Why a Python cannot train, in a sentence."""
    path, version = facts.path, facts.version_words
    if facts.trouble == "lacks":
        if "trainer" in facts.lacks:
            return tr("{python} (Python {version}) has no Moltbox.", python=path, version=version)
        names = ", ".join(facts.lacks)
        return tr("{python} (Python {version}) lacks {names}.", python=path, version=version, names=names)
    if facts.trouble == "old":
        least = ".".join(str(part) for part in LEAST_VERSION)
        return tr(
            "{python} is Python {version}; {least} or newer is needed.", python=path, version=version, least=least
        )
    if facts.trouble == "other":
        return tr(
            "{python} has Moltbox {theirs}; this window is {ours}.",
            python=path,
            theirs=facts.moltbox or "?",
            ours=__version__,
        )
    if facts.trouble == "silent":
        return tr("{python} did not answer.", python=path)
    if facts.trouble == "missing":
        return tr("{python} cannot be started.", python=path)
    return tr("{python} is no Python.", python=path) if facts.trouble else ""


def requirement() -> str:
    """What pip installs to make a Python able to train for this window.

    The desktop build carries its own package and a clone is one, so what is installed is of this version and ours,
    wherever else a package of the name is offered.
    """
    carried = sorted(resource_path("package").glob("moltbox-*.whl"))
    if carried:
        return f"{carried[-1]}{_EXTRAS}"
    root = resource_path().parent
    return f"{root}{_EXTRAS}" if (root / "pyproject.toml").is_file() else f"moltbox{_EXTRAS}=={__version__}"


def install_command(nearest: PythonFacts | None, home: Path) -> str:
    """What to type so that this window can train.

    Args:
        nearest: the Python that comes nearest to it; None where there is none new enough.
        home: the person's folder.
    """
    if nearest is not None and nearest.own:
        return f'"{nearest.path}" -m pip install "{requirement()}"'
    base = f'"{nearest.path}"' if nearest is not None else "py" if _IS_WINDOWS else "python3"
    own = home / OWN_FOLDER
    inside = own / ("Scripts/python.exe" if _IS_WINDOWS else "bin/python")
    return f'{base} -m venv "{own}"\n"{inside}" -m pip install "{requirement()}"'
