"""One photo decided: reduced pixels against all pixels, bytes against files, idle scales, class limit, no labels."""

from __future__ import annotations

import pickle
from pathlib import Path

import cv2
import numpy as np
import pytest

from engine.errors import PhotoError
from engine.geometry import Box, iou
from engine.images import SizedPhoto, read_photo
from engine.localization.localizer import Localizer
from engine.prelabel.deciding import Decision, decide_photo, decode_for
from support.photos import RED, save_photo, shape_photo
from support.tiny_model import MANIFEST, write_tiny_model

DECISION = Decision(0.4)


@pytest.fixture(scope="module")
def localizer(tmp_path_factory: pytest.TempPathFactory) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.molt"))


def photo_of(seed: int, width: int, height: int) -> tuple[np.ndarray, Box]:
    generator = np.random.default_rng(seed)
    x0, y0 = int(generator.integers(0, width // 2)), int(generator.integers(0, height // 2))
    wide, high = int(generator.integers(width // 5, width // 2)), int(generator.integers(height // 5, height // 2))
    box = Box(x0, y0, x0 + wide, y0 + high)
    return shape_photo(box, width, height, RED, seed=seed), box


def test_boxes_from_reduced_pixels_are_those_from_all_pixels(localizer: Localizer, tmp_path: Path) -> None:
    manifest = localizer.model.manifest
    alike, right = [], []
    for seed, (width, height) in enumerate([(2400, 1600), (1500, 2600), (4001, 1403), (1200, 1199)] * 3):
        pixels, truth = photo_of(seed, width, height)
        path = save_photo(tmp_path / f"{seed}.jpg", pixels)
        reduced = decode_for(manifest, path)
        assert (reduced.width, reduced.height) == (width, height)
        assert reduced.pixels.shape[1] <= width / 2 + 1
        whole = SizedPhoto(read_photo(path), width, height)
        a, b = (decide_photo(localizer, each, ("red",), DECISION).found[0].boxes[0].box for each in (reduced, whole))
        alike.append(iou(a, b))
        right.append(iou(a, truth))
    assert np.median(alike) >= 0.99
    assert min(alike) >= 0.95
    assert min(right) > 0.7


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_is_reduced_in_its_upright_frame(localizer: Localizer, tmp_path: Path, orientation: int) -> None:
    from PIL import Image

    pixels, _ = photo_of(3, 2400, 1500)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "turned.jpg"
    Image.fromarray(pixels).save(path, exif=exif, quality=95)
    reduced, whole = decode_for(localizer.model.manifest, path), read_photo(path)
    assert (reduced.height, reduced.width) == whole.shape[:2]
    small = cv2.resize(whole, reduced.pixels.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(small.astype(int) - reduced.pixels).mean() < 4


def test_bytes_are_decoded_as_the_file_is(localizer: Localizer, tmp_path: Path) -> None:
    manifest = localizer.model.manifest
    for name in ("a.jpg", "b.png"):
        path = save_photo(tmp_path / name, photo_of(1, 2000, 1500)[0])
        from_file, from_bytes = decode_for(manifest, path), decode_for(manifest, path.read_bytes(), name=name)
        assert np.array_equal(from_file.pixels, from_bytes.pixels)
        assert pickle.loads(pickle.dumps(from_bytes)).width == 2000  # noqa: S301 - made here
    for data, says in (
        (b"", "is empty"),
        (b"\xff\xd8\xff\xe0 no", "is cut off"),
        (b"text", "is not a picture"),
    ):
        with pytest.raises(PhotoError, match=f"far.jpg {says}"):
            decode_for(manifest, data, name="far.jpg")


def test_scales_that_weigh_nothing_change_no_box(tmp_path: Path) -> None:
    scales = [scale | {"weight": weight} for scale, weight in zip(MANIFEST["scales"], (0.0, 1.0), strict=True)]
    for order in (scales, [scales[0] | {"side": 256}, scales[1] | {"side": 128}]):
        localizer = Localizer.open(write_tiny_model(tmp_path / "idle.molt", scales=order))
        photo = SizedPhoto(photo_of(5, 320, 240)[0], 320, 240)
        expected = localizer.look(photo.pixels).heat_map(1)
        found = decide_photo(localizer, photo, ("red",), DECISION).found[0]
        assert np.array_equal(found.heat_map.refined, expected.refined)
        assert found.boxes == expected.boxes(0.4)


def test_labels_say_what_is_looked_for(localizer: Localizer) -> None:
    photo = SizedPhoto(photo_of(5, 320, 240)[0], 320, 240)
    limited = Decision(0.4, limit=frozenset({"bright"}))
    for labels, decision, names in (
        (("red", "my thing"), DECISION, ["red", "my thing"]),
        (("Red", "bright"), limited, ["bright"]),
        ((), DECISION, []),
        (None, limited, ["bright"]),
    ):
        assert [each.class_name for each in decide_photo(localizer, photo, labels, decision).found] == names
