"""What every test shares: headless Qt, settings in a temporary place, the development photos where there are any."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

import engine  # noqa: F401 - before the tests import ONNX Runtime: it keeps libraries from sending anything
from support.traced_threads import trace_qt_threads

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

REPOSITORY = Path(__file__).resolve().parent.parent


def _photo_sets_folder() -> Path:
    named = os.environ.get("MOLTBOX_DATA")
    return Path(named) if named else REPOSITORY.parent / "shared" / "data"


@pytest.fixture(scope="session")
def photo_sets() -> Path:
    """Folder with the development photos `imagenette10` and `pets3`; the test is skipped where there is none."""
    folder = _photo_sets_folder()
    if not (folder / "imagenette10" / "val").is_dir():
        pytest.skip(f"no development photos at {folder} (set MOLTBOX_DATA)")
    return folder


@pytest.fixture(scope="session", autouse=True)
def garbage_waits() -> Iterator[None]:
    """Keeps Python from collecting on whatever thread makes the next object: windows die on their own thread only."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def garbage_goes(garbage_waits: None) -> Iterator[None]:
    """Collects between tests, on the main thread, as often as Python would."""
    yield
    counts, thresholds = gc.get_count(), gc.get_threshold()
    due = [generation for generation in range(3) if counts[generation] > thresholds[generation]]
    if due:
        gc.collect(max(due))


@pytest.fixture(autouse=True)
def qt_threads_are_measured() -> None:
    """Qt's own threads count in the coverage too."""
    trace_qt_threads()


@pytest.fixture(autouse=True)
def private_home(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps settings, caches and recent folders of the person who runs the tests out of the tests.

    `tmp_path` is asked for before `monkeypatch`, so that what a test puts in the place of the system's calls is taken
    back before the test's folder is cleared away.
    """
    home = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setenv("MOLTBOX_SETTINGS", str(home / "moltbox.ini"))
