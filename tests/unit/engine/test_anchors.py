"""Labels that the model does not know stand for the classes that their photos resemble."""

from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled
from engine.geometry import Box, iou
from engine.images import SizedPhoto, WantedSize, read_photo, read_sized
from engine.localization.anchors import ANCHOR_PHOTOS, anchor, find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.naming import place_for
from support.photos import RED, WHITE, save_photo, shape_photo
from support.tiny_model import write_tiny_model

BOX = Box(96, 48, 224, 160)


@pytest.fixture(scope="module")
def localizer(tmp_path_factory: pytest.TempPathFactory) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.molt"))


def photos_of(folder: Path, colour: tuple[int, int, int], count: int) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(count)]
    for path in paths:
        save_photo(path, shape_photo(BOX, colour=colour))
    return paths


def test_the_anchor_is_the_mean_score_of_the_largest_few() -> None:
    scores = np.random.default_rng(0).dirichlet(np.ones(9), 4).astype(np.float32)
    found = anchor(scores)
    mean = scores.astype(float).mean(axis=0)
    best = sorted(range(9), key=lambda index: -mean[index])[:5]
    assert [index for index, _ in found] == best
    assert sum(weight for _, weight in found) == pytest.approx(1, abs=1e-5)
    assert [weight for _, weight in found] == pytest.approx(mean[best] / mean[best].sum(), abs=1e-6)


def test_only_unknown_labels_are_anchored_by_a_sample_spread_over_their_photos(localizer: Localizer) -> None:
    labelled = [(Path(f"{number}.png"), ["My_Widget", "RED"]) for number in range(100)]
    found = photos_to_anchor([*labelled, (Path("other.png"), ["gadget"]), (Path("none.png"), [])], localizer.names)
    assert set(found) == {"my widget", "gadget"}
    assert len(found["my widget"]) == ANCHOR_PHOTOS
    assert found["my widget"][0] == Path("0.png")
    assert found["my widget"][-1] == Path("99.png")
    assert found["gadget"] == [Path("other.png")]


def test_one_photo_that_looks_different_does_not_move_its_map(localizer: Localizer, tmp_path: Path) -> None:
    paths = photos_of(tmp_path, RED, 6)
    odd = shape_photo(Box(16, 16, 60, 60), colour=WHITE)
    odd[100:200, 150:280] = RED
    save_photo(tmp_path / "odd.png", odd)
    anchors = find_anchors({"widget": [*paths, tmp_path / "odd.png"]}, localizer)
    evidence = localizer.look(read_photo(tmp_path / "odd.png"))
    placement = place_for("Widget", evidence, localizer.names, anchors)
    assert not placement.known
    assert placement.weights == anchors["widget"]
    assert place_for("gadget", evidence, localizer.names, anchors).weights != anchors["widget"]
    assert iou(evidence.heat_map(placement.weights).boxes(0.5)[0].box, Box(150, 100, 280, 200)) > 0.5


def test_unreadable_photos_are_passed_over_and_it_can_be_stopped(localizer: Localizer, tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"none")
    told: list[tuple[int, int]] = []
    photos = {"widget": [tmp_path / "broken.png", *photos_of(tmp_path, RED, 1)], "gadget": [tmp_path / "gone.png"]}
    anchors = find_anchors(photos, localizer, on_photo=lambda *step: told.append(step))
    assert set(anchors) == {"widget"}
    assert told == [(1, 3), (2, 3), (3, 3)]
    with pytest.raises(Cancelled):
        find_anchors(photos, localizer, cancelled=lambda: True)


def test_large_photos_are_read_small_and_score_alike(
    localizer: Localizer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    widths: list[int] = []

    def reading(path: Path, wanted: WantedSize) -> SizedPhoto:
        photo = read_sized(path, wanted)
        widths.append(photo.pixels.shape[1])
        return photo

    monkeypatch.setattr("engine.localization.anchors.read_sized", reading)
    large = Box(600, 400, 2100, 1500)
    for name, width, height in (("large.jpg", 2800, 2000), ("middle.jpg", 640, 480), ("small.jpg", 320, 240)):
        box = large.scaled(width / 2800, height / 2000)
        save_photo(tmp_path / name, shape_photo(box, width, height, RED))
        (found,) = find_anchors({"widget": [tmp_path / name]}, localizer).values()
        wanted = anchor([localizer.class_scores(read_photo(tmp_path / name))])
        assert [index for index, _ in found] == [index for index, _ in wanted]
        assert [weight for _, weight in found] == pytest.approx([weight for _, weight in wanted], abs=0.01)
    assert widths == [350, 320, 320]
