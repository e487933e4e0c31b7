"""What a MOLT learns a step: parts of a batch, several classes, frozen trunks, rates by layer, recipes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from torch.nn import functional

from engine.errors import MoltboxError
from support.shape_classes import write_shape_classes
from trainer.branch_lesson import BranchLesson
from trainer.class_loss import ClassLoss
from trainer.config import TrainConfig
from trainer.curves import draw_curves
from trainer.data import Batch, PhotoSet, View
from trainer.devices import precision_on
from trainer.loop import Window, make_optimiser, stepped_lr
from trainer.molt import Molt
from trainer.recipes import strict_tscam
from trainer.run import open_photos
from trainer.team import Team
from trainer.train import make_model

CPU = torch.device("cpu")
VIEW = View((32, 48), (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> PhotoSet:
    root = write_shape_classes(tmp_path_factory.mktemp("photos"), 4, width=48, height=40)
    return open_photos(config_of(root))


def config_of(root: Path, **changes: Any) -> TrainConfig:
    config = TrainConfig(
        str(root), "", backbone="test_vit", sides=(32, 48), pretrained="none", batch=8, device="cpu", drop_path=0.0
    )
    return replace(config, **changes)


def lesson_of(photos: PhotoSet, warned: list[str] | None = None, **changes: Any) -> tuple[BranchLesson, Molt]:
    config = config_of(photos.root, **changes)
    model = make_model(config, 3).train()
    optimiser = make_optimiser(
        model, peak=1e-3, weight_decay=0.0, layer_decay=config.layer_decay, depth=len(model.pyramid[0].trunk.blocks)
    )
    warn = [].append if warned is None else warned.append
    return BranchLesson(config, photos, VIEW, model, optimiser, CPU, Team(), None, warn), model


def learnt(lesson: BranchLesson, model: Molt, batch: Batch) -> tuple[dict[str, torch.Tensor], Window]:
    """Weights after one step, and what it saw."""
    window = Window(CPU)
    lesson.learn(batch, 0, 1e-3, window)
    return {name: value.detach().clone() for name, value in model.named_parameters()}, window


def gradients(lesson: BranchLesson, model: Molt, batch: Batch) -> dict[str, torch.Tensor]:
    lesson._backward(batch, 0, len(batch.targets))
    return {name: p.grad.clone() for name, p in model.named_parameters() if p.grad is not None}


def a_batch(lesson: BranchLesson) -> Batch:
    return next(iter(lesson.batches(0, 0)))


def test_parts_of_a_batch_have_the_gradients_of_the_whole(photos: PhotoSet) -> None:
    whole, model = lesson_of(photos)
    expected = gradients(whole, model, a_batch(whole))
    parts, other = lesson_of(photos, accumulate=3)
    assert parts.part == 3
    found = gradients(parts, other, a_batch(parts))
    for name, value in expected.items():
        torch.testing.assert_close(found[name], value, atol=1e-6, rtol=1e-4)


def test_every_branch_and_every_block_of_it_learns(photos: PhotoSet) -> None:
    """A branch that is frozen by mistake, or left out of the loss, has no gradient."""
    lesson, model = lesson_of(photos)
    found = gradients(lesson, model, a_batch(lesson))
    assert found.keys() == {name for name, _ in model.named_parameters()}
    for name, value in found.items():
        if "attn.qkv.bias" in name:
            continue  # keys have a bias that softmax cannot see
        assert float(value.abs().max()) > 0, name
    for side in (0, 1):
        assert f"branches.{side}.trunk.blocks.0.attn.qkv.weight" in found


def test_the_labels_are_those_of_the_folders(photos: PhotoSet) -> None:
    """The rectangle's colour must be the target's class: a shift by one would be another colour."""
    lesson, _ = lesson_of(photos)
    names = photos.class_names
    channel = {"red": 0, "green": 1, "blue": 2}
    seen = 0
    for batch in lesson.batches(0, 0):
        for image, target in zip(batch.images[1], batch.targets, strict=True):
            brightest = int(image.flatten(1).float().mean(dim=1).argmax())
            assert channel[names[int(target.argmax())]] == brightest
            seen += 1
    assert seen == len(photos.train)


def test_too_little_memory_halves_the_part_and_says_so(photos: PhotoSet, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, model = lesson_of(photos)
    expected, window = learnt(plain, model, a_batch(plain))
    warned: list[str] = []
    tight, other = lesson_of(photos, warned)
    forward = Molt.forward

    def scant(self: Molt, images: Any) -> Any:
        if len(images[0]) > 2:
            raise torch.OutOfMemoryError("no more")
        return forward(self, images)

    monkeypatch.setattr(Molt, "forward", scant)
    found, seen = learnt(tight, other, a_batch(tight))
    assert tight.part == 2
    assert warned == [
        "The cpu memory is too small: 4 photos at a time now, 8 a step as before.",
        "The cpu memory is too small: 2 photos at a time now, 8 a step as before.",
    ]
    assert seen.photos == window.photos == 8
    assert seen.means() == pytest.approx(window.means(), rel=1e-5)
    for name, value in expected.items():
        assert float((found[name] - value).abs().max()) <= 2.1e-3, name  # one step of AdamW is the rate, either way
    monkeypatch.setattr(Molt, "forward", lambda *_: (_ for _ in ()).throw(torch.OutOfMemoryError("none")))
    with pytest.raises(MoltboxError, match="even for one photo"):
        learnt(tight, other, a_batch(tight))


def test_a_frozen_trunk_stays_and_the_heads_learn(photos: PhotoSet) -> None:
    lesson, model = lesson_of(photos, freeze_trunk=True)
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    after, _ = learnt(lesson, model, a_batch(lesson))
    moved = {name for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved == {f"branches.{side}.head.{part}" for side in (0, 1) for part in ("weight", "bias")}


def test_lower_layers_learn_more_slowly() -> None:
    model = Molt("test_vit", (32,), 3)
    depth = len(model.pyramid[0].trunk.blocks)
    optimiser = make_optimiser(model, peak=1e-3, weight_decay=0.05, head_lr_factor=10, layer_decay=0.5, depth=depth)
    factors = {id(p): group["lr_factor"] for group in optimiser.param_groups for p in group["params"]}
    named = {name: factors[id(p)] for name, p in model.named_parameters()}
    assert named["branches.0.head.weight"] == 10
    assert named["branches.0.trunk.norm.weight"] == 1
    for block in range(depth):
        assert named[f"branches.0.trunk.blocks.{block}.mlp.fc1.weight"] == 0.5 ** (depth - block)
    for low in ("positions", "trunk.cls_token", "trunk.patch_embed.proj.weight"):
        assert named[f"branches.0.{low}"] == 0.5 ** (depth + 1)


def test_several_classes_are_learnt_each_for_itself() -> None:
    logits = torch.tensor([[2.0, -1.0, 0.5], [0.2, 0.1, -3.0]])
    targets = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    expected = functional.binary_cross_entropy_with_logits(logits, targets) * 3
    torch.testing.assert_close(ClassLoss(several=True).loss(logits, targets), expected)
    one = torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    torch.testing.assert_close(ClassLoss().loss(logits, one), functional.cross_entropy(logits, torch.tensor([2, 0])))


def test_what_counts_as_right() -> None:
    several = ClassLoss(several=True)
    logits = [torch.tensor([[2.0, -1.0], [2.0, 3.0], [-1.0, -2.0], [1.0, -2.0]])]
    targets = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
    assert int(several.right(logits, targets)) == 2  # the first, and the third, which shows none
    both = [torch.tensor([[4.0, 0.0]]), torch.tensor([[0.0, 1.0]])]  # the mean of probabilities decides
    assert int(ClassLoss().right(both, torch.tensor([[1.0, 0.0]]))) == 1


def test_precision_by_device() -> None:
    assert precision_on("auto", CPU) == "fp32"
    assert precision_on("bf16", CPU) == "bf16"
    with pytest.raises(MoltboxError, match="needs a GPU"):
        precision_on("fp16", CPU)


def test_half_precision_learns_about_the_same(photos: PhotoSet) -> None:
    plain, model = lesson_of(photos)
    half, other = lesson_of(photos, precision="bf16")
    expected, found = gradients(plain, model, a_batch(plain)), gradients(half, other, a_batch(half))
    name = "branches.0.head.weight"
    assert not torch.equal(expected[name], found[name])
    cosine = functional.cosine_similarity(expected[name].flatten(), found[name].flatten(), dim=0)
    assert float(cosine) > 0.99


def test_the_strict_recipe_is_that_of_the_public_code() -> None:
    large, small = strict_tscam(1_281_167), strict_tscam(5_994)
    assert {name: large[name] for name in ("epochs", "batch", "lr", "lr_falls")} == {
        "epochs": 20,
        "batch": 256,
        "lr": 5e-4,
        "lr_falls": (10, 12),
    }
    assert {name: small[name] for name in ("epochs", "batch", "lr", "lr_falls")} == {
        "epochs": 60,
        "batch": 128,
        "lr": 5e-5,
        "lr_falls": (30,),
    }
    for recipe in (large, small):
        config = TrainConfig("", "", **recipe)
        assert config.sides == (224,)
        assert (config.weight_decay, config.drop_path, config.warmup, config.clip_norm) == (0.05, 0.1, 0.0, 0.0)
        assert (config.head_lr_factor, config.layer_decay, config.precision, config.seed) == (1.0, 1.0, "fp32", 26)
    rates = [stepped_lr(epoch, 5e-4, (10, 12)) for epoch in (1, 9, 10, 11, 12, 19, 20)]
    assert rates == pytest.approx([5e-4, 5e-4, 5e-5, 5e-5, 5e-6, 5e-6, 5e-7])
    assert [stepped_lr(epoch, 1.0, (30,)) for epoch in (29, 30, 59, 60)] == pytest.approx([1, 0.1, 0.1, 0.01])


def test_curves_are_drawn(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"event": "begin"}\n')
    draw_curves(log, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
    lines = [f'{{"event": "step", "step": {n}, "loss": {9 - n}, "accuracy": {n / 9}}}' for n in range(1, 9)]
    lines += ['{"event": "validation", "step": 4, "accuracy": 0.5, "boxes_right": 0.25}', '{"event": "st']
    log.write_text("\n".join(lines))
    draw_curves(log, tmp_path / "curves.png")
    picture = cv2.imread(str(tmp_path / "curves.png"))
    assert picture is not None
    blue = (picture == (190, 110, 40)).all(axis=2)
    rows, columns = np.nonzero(blue[60:, :])
    first, last = rows[columns == columns.min()].mean(), rows[columns == columns.max()].mean()
    assert last > first + 100  # the loss falls
    assert (picture == (30, 120, 230)).all(axis=2).any()
