"""Look once, decide many times: on a model whose maps are known beforehand."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import Cancelled, ModelFileError
from engine.geometry import Box, iou
from engine.localization.evidence import ClassNotKeptError, Evidence
from engine.localization.localizer import Localizer
from engine.localization.naming import ClassNames, fold_name, folder_label, place_for
from engine.localization.preparing import shown_size
from support.photos import RED, WHITE, shape_photo
from support.tiny_model import CLUSTERING, write_tiny_model

BOX = Box(96, 48, 224, 160)


@pytest.fixture(scope="module")
def localizer(tmp_path_factory: pytest.TempPathFactory) -> Localizer:
    return Localizer.open(write_tiny_model(tmp_path_factory.mktemp("model") / "tiny.molt"))


def test_the_box_is_where_the_shape_is(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX))
    (found,) = evidence.heat_map(0).boxes(0.4)
    assert iou(found.box, BOX) > 0.8


def test_a_model_of_several_classes_a_photo_scores_each_for_itself(localizer: Localizer, tmp_path: Path) -> None:
    several = Localizer.open(write_tiny_model(tmp_path / "several.molt", class_fusion="mean_sigmoid"))
    photo = shape_photo(BOX)
    assert localizer.class_scores(photo).sum() == pytest.approx(1)
    odds = several.class_scores(photo) / (1 - several.class_scores(photo))
    # The logistic function keeps the differences between logits that softmax keeps.
    assert np.diff(np.log(odds)) == pytest.approx(np.diff(np.log(localizer.class_scores(photo))), abs=1e-4)
    assert several.class_scores(photo).sum() != pytest.approx(1, abs=1e-3)
    scores = several.look(photo).class_scores
    assert ((scores > 0) & (scores < 1)).all()


def test_each_class_has_its_own_map(localizer: Localizer) -> None:
    photo = shape_photo(Box(16, 16, 96, 96), colour=RED)
    photo[130:220, 200:300] = WHITE
    evidence = localizer.look(photo)
    assert iou(evidence.heat_map(1).boxes(0.5)[0].box, Box(16, 16, 96, 96)) > 0.7
    assert iou(evidence.heat_map(0).boxes(0.6)[0].box, Box(200, 130, 300, 220)) > 0.7


def test_weighted_classes_are_the_sum_of_their_score_maps(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX))
    scale, settings = evidence.scales[0], replace(evidence.settings, score_map_relu=False)
    both = scale.score_map(((0, 0.25), (1, 0.75)), settings)
    one, other = (scale.score_map(((index, 1.0),), settings) for index in (0, 1))
    assert np.allclose(both, 0.25 * one + 0.75 * other)


def test_stored_evidence_gives_the_same_boxes_without_the_network(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX))
    stored = evidence.compact([1]).to_bytes()
    again = Evidence.from_bytes(stored, localizer.model.class_names)
    assert len(stored) < 20_000
    for index in (0, 1):
        assert np.abs(again.heat_map(index).fused - evidence.heat_map(index).fused).max() < 2e-3
    for found, expected in zip(again.top_classes(3), evidence.top_classes(3), strict=True):
        assert found == pytest.approx(expected)
    assert again.scale_names == ("128", "256")


def test_a_class_that_was_not_kept_is_said(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX))
    stripped = Evidence.from_bytes(evidence.compact().to_bytes(), localizer.model.class_names)
    with pytest.raises(ClassNotKeptError):
        stripped.heat_map(((0, 0.5), (1, 0.5)))


@pytest.mark.parametrize("damage", [b"", b"nonsense", None])
def test_damaged_stored_evidence_is_said(localizer: Localizer, damage: bytes | None) -> None:
    data = localizer.look(shape_photo(BOX)).compact().to_bytes()
    with pytest.raises(ClassNotKeptError):
        Evidence.from_bytes(data[:-20] if damage is None else damage, localizer.model.class_names)
    with pytest.raises(ClassNotKeptError):
        Evidence.from_bytes(data, ("other", "model"))


def test_progress_is_told_and_a_look_can_be_stopped(localizer: Localizer) -> None:
    told: list[tuple[str, int, int]] = []
    localizer.look(shape_photo(BOX), on_scale=lambda *step: told.append(step))
    assert told == [("128", 0, 2), ("256", 1, 2)]
    with pytest.raises(Cancelled):
        localizer.look(shape_photo(BOX), cancelled=lambda: True)


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (3000, 2), (7, 5)])
def test_odd_photos_are_looked_at(localizer: Localizer, size: tuple[int, int]) -> None:
    photo = np.full((size[1], size[0], 3), 128, np.uint8)
    heat_map = localizer.look(photo).heat_map(0)
    for found in heat_map.boxes(0.1):
        assert found.box.clipped(*size) == found.box


def test_aspect_is_kept_to_the_multiple(localizer: Localizer) -> None:
    scale = localizer.model.manifest.scales[1]
    assert shown_size(scale, 400, 100) == (512, 128)
    assert shown_size(scale, 100, 100) == (256, 256)


def test_a_flipped_photo_gives_the_flipped_map(localizer: Localizer) -> None:
    photo = shape_photo(BOX)
    straight = localizer.look(photo).heat_map(0).fused
    flipped = localizer.look(np.ascontiguousarray(photo[:, ::-1])).heat_map(0).fused
    assert np.abs(flipped[:, ::-1] - straight).max() < 0.02


def test_deciding_is_quick(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX, 640, 480))
    started = time.perf_counter()
    for _ in range(20):
        evidence.heat_map(0)
    assert (time.perf_counter() - started) / 20 < 0.05


def test_the_device_is_the_one_that_runs(localizer: Localizer) -> None:
    assert localizer.device.running == "CPU"
    assert localizer.device.sentence.startswith("CPU, ")


def test_names_fold_and_synonyms_are_found(localizer: Localizer) -> None:
    names = ClassNames(localizer.model.manifest.classes)
    assert names.find("BRIGHT") == (0,)
    assert names.find("Light_Bulb") == names.find("light-bulbs") == (0,)
    assert names.find("lamp") == (0, 2)
    assert names.find("my_widget") == ()
    assert fold_name("  English-Springer_") == "english springer"


def test_an_ambiguous_word_takes_the_likelier_class(localizer: Localizer) -> None:
    bright = localizer.look(np.full((64, 64, 3), 250, np.uint8))
    placement = place_for("lamp", bright, localizer.names)
    assert placement.known
    assert placement.weights == ((0, 1.0),)


def test_an_unknown_label_is_placed_by_the_strongest_evidence(localizer: Localizer) -> None:
    evidence = localizer.look(shape_photo(BOX, colour=RED))
    placement = place_for("my_widget", evidence, localizer.names)
    assert not placement.known
    assert sum(weight for _, weight in placement.weights) == pytest.approx(1)
    assert placement.weights[0][0] == evidence.top_classes(1)[0][0]
    assert iou(evidence.heat_map(placement.weights).boxes(0.4)[0].box, BOX) > 0.7


def test_the_folder_names_the_class() -> None:
    assert folder_label("cats/one.jpg") == "cats"
    assert folder_label("set/dogs/two.jpg") == "dogs"
    assert folder_label("three.jpg") is None


def test_agreement_of_scales_is_one_where_they_see_the_same(localizer: Localizer, tmp_path: Path) -> None:
    heat_map = localizer.look(shape_photo(BOX)).heat_map(0)
    assert heat_map.agreement(0.4) > 0.7
    assert heat_map.view_names == ("128", "256", "fused")


def test_each_step_of_the_model_file_reaches_the_maps_and_is_stored(tmp_path: Path) -> None:
    path = write_tiny_model(
        tmp_path / "steps.molt",
        propagation={"on": "tokens", "power": 2, "steps": 3},
        cam={"foreground_power": 1.0, "score_power": 0.5},
        clustering=CLUSTERING,
        refinement={"weight": 0.5, "split_components": True},
    )
    localizer = Localizer.open(path)
    photo = shape_photo(BOX, colour=RED)
    evidence = localizer.look(photo)
    place = ((0, 0.25), (1, 0.75))
    heat_map = evidence.heat_map(place)
    assert heat_map.view_names == ("128", "256", "fused", "refined")
    assert heat_map.clusters is not None
    assert heat_map.clusters.shape == heat_map.fused.shape
    assert np.abs(heat_map.refined - heat_map.fused).max() > 0
    again = Evidence.from_bytes(evidence.compact([place]).to_bytes(), localizer.model.class_names).heat_map(place)
    assert again.clusters is not None
    assert np.array_equal(again.clusters, heat_map.clusters)
    assert np.abs(again.refined - heat_map.refined).max() < 3e-3
    plain = replace(evidence, settings=replace(evidence.settings, refinement_weight=0.0)).heat_map(place)
    assert np.allclose(plain.refined, plain.fused)
    bare = replace(evidence, settings=replace(evidence.settings, propagation=None)).heat_map(place)
    assert np.abs(bare.fused - heat_map.fused).max() > 0.01


def test_a_clustering_network_that_is_none_is_refused(tmp_path: Path) -> None:
    wrong = {"network": "trunk", "side": 64, "multiple": 16}
    with pytest.raises(ModelFileError, match="clusters"):
        Localizer.open(write_tiny_model(tmp_path / "wrong.molt", clustering=wrong))
    with pytest.raises(ModelFileError, match="features"):
        Localizer.open(write_tiny_model(tmp_path / "less.molt", propagation={"on": "features", "power": 6, "steps": 8}))
