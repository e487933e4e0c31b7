"""Settings survive a restart, forgive nonsense and stay in the file they were told."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QByteArray

from app.settings import MAX_RECENTS, USUAL_OPACITY, Settings


def test_file_is_the_one_named(private_home) -> None:
    assert Settings().path == Path(os.environ["MOLTBOX_SETTINGS"])


def test_values_survive_a_restart(private_home) -> None:
    first = Settings()
    first.scheme, first.opacity, first.colour_map = "light", 0.25, "viridis"
    first.evidence_shown, first.list_width, first.geometry = False, 280, QByteArray(b"place")
    first.flush()
    second = Settings()
    assert (second.scheme, second.opacity, second.colour_map) == ("light", 0.25, "viridis")
    assert (second.evidence_shown, second.list_width, bytes(second.geometry.data())) == (False, 280, b"place")


def test_nonsense_reads_as_the_default(private_home) -> None:
    settings = Settings()
    settings.flush()
    settings.path.write_text(
        "[General]\ntheme=pink\n[map]\nopacity=much\ncolours=jet\n[window]\nlist_width=-4\n", encoding="utf-8"
    )
    found = Settings()
    assert (found.scheme, found.opacity, found.list_width, found.colour_map) == ("system", USUAL_OPACITY, 0, "inferno")


def test_recents_are_few_unique_and_latest_first(private_home, tmp_path: Path) -> None:
    settings = Settings()
    folders = [tmp_path / f"folder {number}" for number in range(MAX_RECENTS + 2)]
    for folder in folders:
        settings.remember(folder)
    settings.remember(folders[5])
    settings.flush()
    found = Settings().recents
    assert found == (folders[5], *(folder for folder in reversed(folders[2:]) if folder != folders[5]))
    assert len(found) == MAX_RECENTS
    settings.forget(folders[5])
    assert folders[5] not in settings.recents
