"""Folders of classes, the views that branches are shown, and the order of the photos."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from engine.localization.manifest import Manifest, ScaleSettings
from engine.localization.preparing import prepare
from support.photos import save_photo
from support.shape_classes import write_shape_classes
from trainer.data import (
    DataError,
    EpochBatches,
    LabelledFile,
    PhotoViews,
    Shown,
    Unreadable,
    View,
    collate,
    load_batches,
    normalised,
    read_photo_set,
    squeezed,
    training_view,
)

VIEW = View((32, 48), (0.5, 0.4, 0.3), (0.2, 0.25, 0.3))


def test_classes_are_sorted_and_photos_are_found_in_sub_folders(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 10)
    save_photo(tmp_path / "blue" / "more" / "x.PNG", np.zeros((20, 20, 3), np.uint8))
    (tmp_path / "blue" / "notes.txt").write_text("not a photo")
    (tmp_path / ".hidden").mkdir()
    photos = read_photo_set(tmp_path, seed=1)
    assert photos.class_names == ("blue", "green", "red")
    everything = (*photos.train, *photos.validation)
    assert Counter(file.class_index for file in everything) == {0: 11, 1: 10, 2: 10}
    for file in everything:
        assert file.path.startswith(photos.class_names[file.class_index] + "/")
    assert "blue/more/x.PNG" in {file.path for file in everything}


def test_one_photo_in_ten_of_each_class_is_held_out_by_seed(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 20)
    one, same, other = (read_photo_set(tmp_path, seed=seed) for seed in (1, 1, 2))
    assert one == same
    assert set(one.validation) != set(other.validation)
    assert not set(one.train) & set(one.validation)
    assert Counter(file.class_index for file in one.validation) == {0: 2, 1: 2, 2: 2}
    assert "10%" in one.split
    assert "seed 1" in one.split


def test_the_only_photo_of_a_class_is_trained_on(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 1)
    photos = read_photo_set(tmp_path, seed=0)
    assert len(photos.train) == 3
    assert photos.validation == ()


def test_folders_train_and_val_are_taken_as_they_are(tmp_path: Path) -> None:
    write_shape_classes(tmp_path / "train", 5)
    write_shape_classes(tmp_path / "val", 2)
    photos = read_photo_set(tmp_path, seed=0)
    assert photos.class_names == ("blue", "green", "red")
    assert len(photos.train) == 15
    assert {file.path.split("/")[0] for file in photos.validation} == {"val"}
    assert photos.split == "folder val"


def test_a_class_without_photos_is_left_out_by_name(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 2)
    (tmp_path / "mauve").mkdir()
    photos = read_photo_set(tmp_path, seed=0)
    assert photos.class_names == ("blue", "green", "red")
    assert photos.left_out == ("mauve",)


def test_folders_that_cannot_be_trained_on_say_why(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no photos"):
        read_photo_set(tmp_path, seed=0)
    with pytest.raises(DataError, match="not a folder"):
        read_photo_set(tmp_path / "gone", seed=0)
    save_photo(tmp_path / "cats" / "1.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DataError, match=r"one class only \(cats\)"):
        read_photo_set(tmp_path, seed=0)


def test_a_validation_class_that_training_lacks_is_refused(tmp_path: Path) -> None:
    write_shape_classes(tmp_path / "train", 2)
    save_photo(tmp_path / "val" / "mauve" / "1.png", np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DataError, match="'mauve'"):
        read_photo_set(tmp_path, seed=0)


def test_the_fingerprint_is_of_names_and_sizes(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 2)
    first = read_photo_set(tmp_path, seed=0).fingerprint
    lines = sorted(
        f"{path.relative_to(tmp_path).as_posix()}\0{path.stat().st_size}\n" for path in tmp_path.rglob("*.png")
    )
    assert first == hashlib.sha256("".join(lines).encode()).hexdigest()
    assert read_photo_set(tmp_path, seed=9).fingerprint == first
    with (tmp_path / "red" / "0.png").open("ab") as file:
        file.write(b"x")
    assert read_photo_set(tmp_path, seed=0).fingerprint != first


def test_unreadable_photos_are_set_aside_by_name(tmp_path: Path) -> None:
    write_shape_classes(tmp_path, 3)
    (tmp_path / "red" / "0.png").write_bytes(b"")
    (tmp_path / "red" / "1.png").write_bytes(b"\x89PNG nothing more")
    photos = read_photo_set(tmp_path, seed=0)
    views = PhotoViews(tmp_path, photos.train, VIEW, training=True, seed=0)
    entries = [views[(0, place)] for place in range(len(views))]
    batch = collate(entries, 3)
    missing = {photo.path for photo in batch.unreadable}
    assert missing == {file.path for file in photos.train if file.path in {"red/0.png", "red/1.png"}}
    assert all(Path(photo.path).name in photo.why for photo in batch.unreadable)
    assert [image.shape[0] for image in batch.images] == [len(views) - len(missing)] * 2
    assert len(batch.targets) == len(views) - len(missing)
    nothing = collate([Unreadable("a", "b")], 3)
    assert nothing.images == []
    assert len(nothing.targets) == 0
    counts = photos.train_counts(frozenset(missing))
    assert sum(counts.values()) == len(views) - len(missing)


def test_a_photo_is_trained_on_upright(tmp_path: Path) -> None:
    """Red above, blue below once the EXIF orientation is applied; stored lying on its side."""
    upright = np.zeros((60, 40, 3), np.uint8)
    upright[:30] = (250, 0, 0)
    upright[30:] = (0, 0, 250)
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "a" / "side.jpg"
    path.parent.mkdir()
    Image.fromarray(np.rot90(upright)).save(path, exif=exif, quality=95)
    file = LabelledFile("a/side.jpg", (0,))
    plain = View((16,), (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    for training in (False, True):
        shown = PhotoViews(tmp_path, [file], plain, training=training, seed=0)[(0, 0)]
        assert isinstance(shown, Shown)
        image = normalised(shown.images[0], plain)
        assert image[0, :5].mean() > 0.9
        assert image[2, -5:].mean() > 0.9


@pytest.mark.parametrize(("width", "height"), [(64, 64), (200, 120), (90, 400)])
def test_the_plain_view_is_what_the_engine_shows_its_networks(width: int, height: int) -> None:
    generator = np.random.default_rng(4)
    coarse = generator.integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    photo = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
    scale = SimpleNamespace(resize="square", side=48)
    manifest = SimpleNamespace(mean=VIEW.mean, std=VIEW.std)
    expected = prepare(photo, cast(ScaleSettings, scale), cast(Manifest, manifest))[0]
    pixels = torch.from_numpy(photo).permute(2, 0, 1)
    found = normalised(squeezed(pixels, 48), VIEW).numpy()
    assert found.shape == expected.shape == (3, 48, 48)
    levels = np.abs(found - expected) * np.asarray(VIEW.std, np.float32)[:, None, None] * 255
    assert levels.max() < 6  # the engine halves far larger photos before it resizes them
    assert levels.mean() < 0.5


def test_training_views_are_crops_of_the_larger_square_and_stay_inside_it() -> None:
    rows = torch.arange(256, dtype=torch.uint8)
    pixels = torch.stack([rows[:, None].expand(256, 256), rows[None].expand(256, 256), torch.zeros(256, 256)]).byte()
    seen = set()
    for seed in range(200):
        view = training_view(pixels, 224, torch.Generator().manual_seed(seed))
        top, left = int(view[0, 0, 0]), int(view[1, 0, 0])
        assert view.shape == (3, 224, 224)
        assert torch.equal(view, pixels[:, top : top + 224, left : left + 224])
        seen.update([("top", top), ("left", left)])
    assert {("top", 0), ("top", 32), ("left", 0), ("left", 32)} <= seen


def test_half_of_the_views_are_mirrored_and_draws_repeat(tmp_path: Path) -> None:
    photo = np.zeros((64, 64, 3), np.uint8)
    photo[:, :32] = 255
    save_photo(tmp_path / "a" / "0.png", photo)
    files = [LabelledFile("a/0.png", (0,))]

    def draws(seed: int, epochs: int) -> list[Shown]:
        views = PhotoViews(tmp_path, files, VIEW, training=True, seed=seed)
        found = [views[(epoch, 0)] for epoch in range(epochs)]
        return [entry for entry in found if isinstance(entry, Shown)]

    first = draws(3, 60)
    lefts = [bool(draw.images[0][0, :, :8].sum() > draw.images[0][0, :, -8:].sum()) for draw in first]
    assert 15 < sum(lefts) < 45
    for mine, other in zip(draws(3, 9), first, strict=False):
        assert all(torch.equal(a, b) for a, b in zip(mine.images, other.images, strict=True))
    assert any(
        not torch.equal(mine.images[0], other.images[0]) for mine, other in zip(draws(4, 9), first, strict=False)
    )


def test_one_side_alone_is_shown_as_among_the_others(tmp_path: Path) -> None:
    photos = read_photo_set(write_shape_classes(tmp_path, 4), seed=0)
    for training in (False, True):

        def views(only: int | None, training: bool = training) -> PhotoViews:
            return PhotoViews(tmp_path, photos.train, VIEW, training=training, seed=3, only=only)

        for draw in ((epoch, place) for epoch in range(3) for place in range(len(photos.train))):
            together = views(None)[draw]
            assert isinstance(together, Shown)
            assert [image.dtype for image in together.images] == [torch.uint8] * 2
            for place, side in enumerate(VIEW.sides):
                alone = views(place)[draw]
                assert isinstance(alone, Shown)
                assert [image.shape for image in alone.images] == [(3, side, side)]
                assert torch.equal(alone.images[0], together.images[place])


def test_loading_processes_stay_and_give_what_the_loop_would_load(tmp_path: Path) -> None:
    photos = read_photo_set(write_shape_classes(tmp_path, 4, width=48, height=40), seed=0)

    def batches(workers: int) -> tuple[list[list[torch.Tensor]], set[int]]:
        order = EpochBatches(len(photos.train), 5, shuffle=True, seed=1)
        views = PhotoViews(tmp_path, photos.train, VIEW, training=True, seed=3)
        loader = load_batches(views, order, class_count=3, workers=workers, pinned=False)
        seen, processes = [], set()
        for epoch, first in ((0, 1), (1, 0)):
            order.enter(epoch, first)
            seen += [[*batch.images, batch.targets] for batch in loader]
            iterator: Any = loader._iterator
            processes |= {process.pid for process in iterator._workers} if workers else set()
        return seen, processes

    plain, _ = batches(0)
    loaded, processes = batches(2)
    assert len(plain) == len(loaded) == 1 + 2
    for mine, other in zip(plain, loaded, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, other, strict=True))
    assert len(processes) == 2  # the same in both epochs


def test_an_epoch_can_be_entered_anywhere() -> None:
    whole = list(EpochBatches(23, 5, shuffle=True, seed=1, epoch=2))
    assert [len(batch) for batch in whole] == [5, 5, 5, 5, 3]
    assert sorted(place for batch in whole for _, place in batch) == list(range(23))
    assert {epoch for batch in whole for epoch, _ in batch} == {2}
    rest = EpochBatches(23, 5, shuffle=True, seed=1, epoch=2, first=3)
    assert list(rest) == whole[3:]
    rest.enter(2)
    assert list(rest) == whole
    rest.enter(2, 3)
    assert len(rest) == 2
    assert list(EpochBatches(23, 5, shuffle=True, seed=1, epoch=3)) != whole
    plain = EpochBatches(4, 3, shuffle=False, seed=1)
    assert list(plain) == [[(0, 0), (0, 1), (0, 2)], [(0, 3)]]
