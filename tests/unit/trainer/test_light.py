"""The light MOLT: what it is at the start, what it answers on any grid, and what its lessons say."""

from __future__ import annotations

import math
from typing import cast

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from support.light_features import StandInTrunk, rectangle_features
from trainer.class_loss import ClassLoss
from trainer.config import QuickConfig
from trainer.light import POSITIONS, WIDTH, LightAnswers, LightMolt
from trainer.light_features import CHANNELS, GRID, channel_statistics
from trainer.light_teacher import Lessons, anchored_weights, prepare_lessons, pseudo_box, teacher_map
from trainer.light_train import LightBatch, seen_in_windows, summed_loss


@pytest.fixture
def light() -> LightMolt:
    torch.manual_seed(3)
    return LightMolt(4, torch.full((CHANNELS,), 0.5), torch.full((CHANNELS,), 2.0)).eval()


def moved(light: LightMolt) -> LightMolt:
    """The same with weights as after a training: nothing is zero any more."""
    with torch.no_grad():
        for parameter in light.parameters():
            parameter += torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.05
    return light


def test_the_block_starts_as_the_identity(light: LightMolt) -> None:
    sequence = torch.randn(2, 50, WIDTH)
    assert torch.equal(light.block(sequence), sequence)
    assert not light.positions.any()


def test_foreground_is_the_class_tokens_row_of_the_attention(light: LightMolt) -> None:
    moved(light)
    features = torch.randn(2, CHANNELS, 5, 7)
    foreground, logits = light.look(features)
    assert torch.allclose(logits, light(features).logits, atol=1e-5)

    # The same by hand: project, add positions, prepend the class token, attend with every head, mean over the heads.
    attention = light.block.attn
    weights = light.state_dict()
    cells = torch.einsum("dc,bchw->bdhw", weights["project.weight"][:, :, 0, 0], (features - 0.5) / 2)
    cells = (cells + weights["project.bias"][:, None, None]).clamp(min=0)
    cells = cells + functional.interpolate(light.positions, (5, 7), mode="bilinear")
    sequence = torch.cat([light.cls_token.expand(2, 1, WIDTH), cells.reshape(2, WIDTH, 35).transpose(1, 2)], dim=1)
    normed = cast(nn.Module, light.block.norm1)(sequence)
    query, key, _ = cast(nn.Module, attention.qkv)(normed).chunk(3, dim=2)
    rows = []
    for head in range(cast(int, attention.num_heads)):
        part = slice(head * 32, head * 32 + 32)
        product = query[:, :, part] @ key[:, :, part].transpose(1, 2) / math.sqrt(32)
        rows.append(product.softmax(dim=2)[:, 0, 1:])
    expected = torch.stack(rows).mean(dim=0).reshape(2, 5, 7)
    assert torch.allclose(foreground, expected, atol=1e-6)
    assert ((foreground.sum(dim=(1, 2)) < 1) & (foreground.amin(dim=(1, 2)) > 0)).all()


def test_positions_stretch_over_any_grid(light: LightMolt) -> None:
    moved(light)
    answers = light(torch.randn(1, CHANNELS, 14, 26))
    assert answers.foreground.shape == (1, 14, 26)
    assert ((answers.box > 0) & (answers.box < 1)).all()
    whole = light(torch.zeros(1, CHANNELS, POSITIONS, POSITIONS)).foreground
    assert whole.std() > 0  # only the places differ


def test_anchored_weights_are_the_mixture_of_the_five_nearest_classes() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 3, (9, 1000)).astype(np.float32)
    labels = np.array([0, 1, 1, 0, 2, 2, 2, 0, 1])
    classifier = torch.from_numpy(generator.normal(0, 1, (1000, 6))).float()
    found = anchored_weights(logits, labels[:, None] == np.arange(labels.max() + 1), classifier)
    for index in range(3):
        mean = [0.0] * 1000
        photos = [row for row, label in zip(logits.astype(float), labels, strict=True) if label == index]
        for row in photos:
            total = sum(math.exp(value) for value in row)
            for source, value in enumerate(row):
                mean[source] += math.exp(value) / total / len(photos)
        nearest = sorted(range(1000), key=lambda source: -mean[source])[:5]
        share = sum(mean[source] for source in nearest)
        expected = torch.stack([classifier[source].double() * mean[source] / share for source in nearest]).sum(dim=0)
        assert torch.allclose(found[index].double(), expected, atol=1e-4)


def test_lessons_mark_the_rectangle() -> None:
    labels = [0, 1, 2, 1]
    features, rectangles = rectangle_features(labels)
    trunk = StandInTrunk()
    weights = anchored_weights(features.logits, np.eye(max(labels) + 1, dtype=bool)[labels], trunk.classifier.weight)
    features.readable[3] = False
    told: list[int] = []
    lessons = prepare_lessons(features, [(label,) for label in labels], weights, trunk, told.append, lambda: False)  # type: ignore[arg-type]
    assert told == [1, 2, 3, 4]
    for number in range(3):
        x0, y0, x1, y1 = rectangles[number]
        inside = np.zeros((GRID, GRID), bool)
        inside[y0:y1, x0:x1] = True
        foreground = lessons.foreground[number].numpy()
        assert foreground[inside].mean() > foreground[~inside].mean() + 0.4
        assert np.abs(lessons.boxes[number].numpy() * GRID - rectangles[number]).max() < 1
    assert not lessons.foreground[3].any()
    assert not lessons.boxes[3].any()


def test_a_teacher_map_lies_between_the_score_map_and_its_spread() -> None:
    score_map = np.full((4, 4), -1.0, np.float32)
    score_map[0, 0], score_map[0, 1] = 4.0, 1.0
    features = np.zeros((2, 4, 4), np.float32)
    features[0, :2], features[1, 2:] = 1.0, 1.0  # two halves that have nothing in common
    found = teacher_map(score_map, features)
    # In the upper half every cell goes to all eight alike; where the score map is 0 the product is.
    assert found[0, 0] == 1
    assert found[0, 1] == pytest.approx(math.sqrt(0.25), abs=1e-5)
    assert not found[1:].any()


def test_a_pseudo_box_is_that_of_the_largest_part() -> None:
    values = np.zeros((16, 16), np.float32)
    values[2:6, 3:10], values[12:14, 12:14] = 0.9, 1.0
    assert pseudo_box(values) == pytest.approx((3 / 16, 2 / 16, 10 / 16, 6 / 16), abs=0.03)
    assert pseudo_box(np.zeros((16, 16), np.float32)) == (0, 0, 0, 0)


def test_windows_and_flips_keep_features_foreground_and_box_together() -> None:
    features, rectangles = rectangle_features([0, 0, 0, 0])
    features.maps[:] = 0
    foreground = torch.zeros(4, GRID, GRID)
    for number, (x0, y0, x1, y1) in enumerate(rectangles):
        features.maps[number, :, y0:y1, x0:x1] = 1
        foreground[number, y0:y1, x0:x1] = 1
    lessons = Lessons(foreground, torch.from_numpy(rectangles / GRID).float())
    shapes, mirrored = set(), 0
    for seed in range(40):
        generator = torch.Generator().manual_seed(seed)
        batch = seen_in_windows(features, lessons, torch.eye(9)[[5, 6, 7, 8]], [2, 0, 1, 3], generator)
        assert batch.targets.argmax(dim=1).tolist() == [7, 5, 6, 8]
        rows, columns = batch.foreground.shape[1:]
        shapes.add((rows, columns))
        assert torch.equal(batch.features, batch.foreground[:, None].expand(-1, CHANNELS, -1, -1))
        for shown, box, place in zip(batch.foreground, batch.boxes, (2, 0, 1, 3), strict=True):
            if not box.any():
                assert shown.sum() == 0
                continue
            ys, xs = shown.nonzero().unbind(1)
            found = torch.stack([xs.min() / columns, ys.min() / rows, (xs.max() + 1) / columns, (ys.max() + 1) / rows])
            assert torch.allclose(box, found, atol=1e-5)
            mirrored += rows == columns == GRID and not torch.equal(shown, foreground[place])
    assert (GRID, GRID) in shapes
    assert len(shapes) > 10
    assert min(min(shape) for shape in shapes) == 13
    assert mirrored > 10


def test_the_loss_is_the_sum_of_its_parts() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    cells = torch.tensor([[[1.0, -1.0]], [[0.5, 0.0]]])
    box = torch.tensor([[0.5, 0.5, 0.4, 0.2], [0.9, 0.9, 0.1, 0.1]])
    wanted = torch.tensor([[0.2, 0.4, 0.6, 0.8], [0.0, 0.0, 0.0, 0.0]])
    targets = torch.tensor([[[1.0, 0.0]], [[0.5, 0.25]]])
    batch = LightBatch(torch.zeros(0), targets, wanted, torch.tensor([[1.0, 0.0], [1.0, 0.0]]))
    config = QuickConfig(data="", out="", foreground_loss=2.0, box_loss=3.0, class_loss=0.5)
    found = float(summed_loss(LightAnswers(cells, box, logits), batch, config, ClassLoss()))

    def entropy(logit: float, target: float) -> float:
        p = 1 / (1 + math.exp(-logit))
        return -target * math.log(p) - (1 - target) * math.log(1 - p)

    foreground = sum(map(entropy, (1.0, -1.0, 0.5, 0.0), (1.0, 0.0, 0.5, 0.25))) / 4
    classes = (math.log(1 + math.exp(-2)) + math.log(1 + math.exp(1))) / 2
    # Of the first photo alone: found 0.3..0.7 x 0.4..0.6, wanted 0.2..0.6 x 0.4..0.8, centre 0.4, 0.6, sides 0.4, 0.4.
    distance = 2 * (0.1 + 0.1 + 0.0 + 0.2) / 4
    union, hull = 0.08 + 0.16 - 0.06, 0.5 * 0.4
    overlap = 0.06 / union - (hull - union) / hull
    expected = 2 * foreground + 3 * (distance + 1 - overlap) + 0.5 * classes
    assert found == pytest.approx(expected, rel=1e-5)


def test_channel_statistics_are_those_of_the_photos_taught() -> None:
    features, _ = rectangle_features([0, 1, 2])
    features.maps[2] = 100
    mean, deviation = channel_statistics(features, np.array([0, 1]), seed=0)
    values = features.maps[:2].astype(np.float64)
    assert np.allclose(mean, values.mean(axis=(0, 2, 3)), atol=1e-5)
    assert np.allclose(deviation, values.std(axis=(0, 2, 3)), atol=1e-5)
