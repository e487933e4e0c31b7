"""The pass over the photos: each is looked at once, a stopped pass goes on, and only the same photos' serve."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import trainer.kept_looks
import trainer.light_features
from engine.errors import Cancelled, MoltboxError
from support.light_features import StandInTrunk
from support.photos import save_photo
from trainer.data import LabelledFile
from trainer.light_features import CHANNELS, GRID, SIDE, PhotoFeatures, _evenly, look_at_photos

FILES = [LabelledFile(f"{name}.png", (0,)) for name in "abcde"]


class Usage(NamedTuple):
    free: int


class BrightnessNetwork:
    """In place of the trunk in ONNX Runtime: every feature is the photo's mean."""

    looks = 0

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def run(self, image: np.ndarray) -> dict[str, np.ndarray]:
        assert image.shape == (1, 3, SIDE, SIDE)
        BrightnessNetwork.looks += 1
        mean = image.mean(dtype=np.float64)
        return {"features": np.full((1, CHANNELS, GRID, GRID), mean), "logits": np.full((1, 1000), mean)}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(trainer.light_features, "Network", BrightnessNetwork)
    monkeypatch.setattr(trainer.light_features, "_export_for_features", lambda _: b"")
    monkeypatch.setattr(trainer.light_features, "CHUNK", 2)
    BrightnessNetwork.looks = 0
    root = tmp_path / "photos"
    for number, file in enumerate(FILES):
        save_photo(root / file.path, np.full((30, 40, 3), 50 * number, np.uint8))
    return root


def look(root: Path, folder: Path, stop: Callable[[], bool] = lambda: False, **changes: Any) -> PhotoFeatures:
    settings: dict[str, Any] = {"files": FILES, "fingerprint": "x", "threads": 2, "told": lambda _: None, **changes}
    return look_at_photos(root, trunk=StandInTrunk(), folder=folder, stop=stop, **settings)  # type: ignore[arg-type]


def test_every_photo_is_looked_at_once_in_order(photos: Path, tmp_path: Path) -> None:
    told: list[int] = []
    found = look(photos, tmp_path / "f", told=told.append)
    expected = [(50 * number / 255 - 0.5) / 0.5 for number in range(5)]
    assert found.maps.shape == (5, CHANNELS, GRID, GRID)
    assert np.allclose(found.maps[:, 3, 4, 5], expected, atol=1e-3)
    assert np.allclose(found.logits[:, 7], expected, atol=1e-5)
    assert found.readable.all()
    assert told == [2, 4, 5]
    again = look(photos, tmp_path / "f")
    assert np.array_equal(again.maps, found.maps)
    assert BrightnessNetwork.looks == 5


def test_a_stopped_pass_goes_on(photos: Path, tmp_path: Path) -> None:
    asked = iter([False, False, True])
    with pytest.raises(Cancelled, match="photo 4 of 5"):
        look(photos, tmp_path / "f", stop=lambda: next(asked))
    assert BrightnessNetwork.looks == 4
    found = look(photos, tmp_path / "f")
    assert BrightnessNetwork.looks == 5
    assert np.array_equal(found.maps, look(photos, tmp_path / "whole").maps)


def test_features_of_other_photos_do_not_serve(photos: Path, tmp_path: Path) -> None:
    look(photos, tmp_path / "f")
    look(photos, tmp_path / "f", fingerprint="y")
    assert BrightnessNetwork.looks == 10
    found = look(photos, tmp_path / "f", fingerprint="y", files=FILES[::-1])
    assert BrightnessNetwork.looks == 15
    assert found.maps[0, 0, 0, 0] > found.maps[4, 0, 0, 0]
    (tmp_path / "f" / "state.json").write_text("{")
    look(photos, tmp_path / "f")
    assert BrightnessNetwork.looks == 20


def test_unreadable_photos_are_named_and_leave_a_gap(photos: Path, tmp_path: Path) -> None:
    (photos / "c.png").write_bytes(b"")
    found = look(photos, tmp_path / "f")
    assert found.readable.tolist() == [True, True, False, True, True]
    assert found.unreadable == {"c.png": "c.png is empty."}
    assert not found.maps[2].any()
    assert look(photos, tmp_path / "f").unreadable == found.unreadable
    assert json.loads((tmp_path / "f" / "state.json").read_text())["done"] == 5


def test_a_full_disk_is_told_before_anything_is_done(photos: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(trainer.kept_looks.shutil, "disk_usage", lambda _: Usage(free=1_000_000))
    with pytest.raises(MoltboxError, match=r"needs 0\.0 GB for the features of 5 photos, 0\.0 GB are free"):
        look(photos, tmp_path / "f")
    assert BrightnessNetwork.looks == 0


def test_of_too_many_photos_each_class_gives_as_many() -> None:
    files = [
        LabelledFile(f"{index}/{number}", (index,))
        for index, count in enumerate((50, 3, 20))
        for number in range(count)
    ]
    chosen = _evenly(files, 23, seed=1)
    assert [sum(file.class_index == index for file in chosen) for index in range(3)] == [10, 3, 10]
    assert chosen == sorted(chosen, key=files.index)
    assert chosen == _evenly(files, 23, seed=1)
    assert chosen != _evenly(files, 23, seed=2)
    assert _evenly(files, 73, seed=1) == files
