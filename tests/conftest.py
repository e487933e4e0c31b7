"""What every test shares: headless Qt, settings in a temporary place, the development photos where there are any."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


@pytest.fixture(autouse=True)
def private_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps settings, caches and recent folders of the person who runs the tests out of the tests."""
    home = tmp_path_factory.mktemp("home")
    for variable in ("HOME", "USERPROFILE", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(variable, str(home))
    monkeypatch.setenv("MOLTBOX_SETTINGS", str(home / "moltbox.ini"))
