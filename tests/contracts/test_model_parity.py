"""One network, three forms: the published mathematics written out plainly, ours in PyTorch, and ONNX Runtime.

The plain form keeps every attention matrix and runs nothing fused. It is written from the formulas:
    A_b = softmax(q k^T / sqrt(d)),  F = sum over blocks of the mean over heads of row 0 of A_b, without column 0,
    S = Conv3x3(tokens),  s = mean of S,  CAM_c = F * S_c.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from engine.localization.boxes import BoxRule
from engine.localization.fusion import min_max, resize_map
from engine.localization.localizer import Localizer
from engine.localization.preparing import prepare
from support.torch_settings import settle_torch
from trainer.export import ModelFacts, write_molt
from trainer.molt import Branch, Molt

CLASSES = ("ant", "bee", "cat", "dog", "elk")
SIDES = (224, 288, 384)


def plain_forward(weights: dict[str, Tensor], image: Tensor, heads: int) -> tuple[Tensor, Tensor, Tensor]:
    """CAMs (B, C, N, N), foreground (B, 1, N, N) and logits (B, C) from bare weights, formula by formula."""
    w = weights
    dim = w["trunk.cls_token"].shape[-1]
    patch = w["trunk.patch_embed.proj.weight"].shape[-1]
    batch, _, side, _ = image.shape
    grid = side // patch
    # Patches, row by row, as vectors (channel, y, x), projected by the kernels read as a matrix.
    cells = image.reshape(batch, 3, grid, patch, grid, patch).permute(0, 2, 4, 1, 3, 5).reshape(batch, grid * grid, -1)
    kernels = w["trunk.patch_embed.proj.weight"].reshape(dim, -1)
    z = cells @ kernels.T + w["trunk.patch_embed.proj.bias"]
    z = torch.cat([w["trunk.cls_token"].expand(batch, 1, dim), z], dim=1) + w["positions"]

    def normalise(x: Tensor, name: str) -> Tensor:
        mean = x.mean(dim=-1, keepdim=True)
        variance = ((x - mean) ** 2).mean(dim=-1, keepdim=True)
        return (x - mean) / torch.sqrt(variance + 1e-6) * w[name + ".weight"] + w[name + ".bias"]

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ w[name + ".weight"].T + w[name + ".bias"]

    kept = []
    depth = 1 + max(int(name.split(".")[2]) for name in w if name.startswith("trunk.blocks."))
    for number in range(depth):
        block = f"trunk.blocks.{number}."
        q, k, v = linear(normalise(z, block + "norm1"), block + "attn.qkv").split(dim, dim=-1)
        outputs, matrices = [], []
        for head in range(heads):
            of_head = slice(head * dim // heads, (head + 1) * dim // heads)
            scores = q[..., of_head] @ k[..., of_head].transpose(1, 2) / math.sqrt(dim // heads)
            matrix = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
            matrix = matrix / matrix.sum(dim=-1, keepdim=True)
            matrices.append(matrix)
            outputs.append(matrix @ v[..., of_head])
        kept.append(torch.stack(matrices, dim=1))  # (B, heads, L, L)
        z = z + linear(torch.cat(outputs, dim=-1), block + "attn.proj")
        hidden = linear(normalise(z, block + "norm2"), block + "mlp.fc1")
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / math.sqrt(2)))
        z = z + linear(hidden, block + "mlp.fc2")
    stack = torch.stack(kept)  # (depth, B, heads, L, L)
    foreground = stack.mean(dim=2).sum(dim=0)[:, 0, 1:].reshape(batch, 1, grid, grid)
    tokens = normalise(z, "trunk.norm")[:, 1:].transpose(1, 2).reshape(batch, dim, grid, grid)
    score = nn.functional.conv2d(tokens, w["head.weight"], w["head.bias"], padding=1)
    return foreground * score, foreground, score.mean(dim=(2, 3))


def wakened(model: Molt) -> Molt:
    """Random weights with attention as peaked as a trained network's: fresh ones attend evenly and test little."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if name.endswith("attn.qkv.weight"):
                parameter[: 2 * len(parameter) // 3] *= 6  # queries and keys
            if name.endswith(("positions", "cls_token")):
                parameter.normal_(std=0.5)
            if name.endswith("head.bias"):
                parameter.normal_()
    return model.eval()


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    """(300, 400, 3) uint8: coarse colours and a bright rectangle."""
    generator = np.random.default_rng(5)
    coarse = generator.integers(0, 200, (10, 14, 3), dtype=np.uint8)
    photo = np.kron(coarse, np.ones((30, 29, 1), np.uint8))[:300, :400].copy()
    photo[80:200, 120:300] = (250, 240, 60)
    return photo


@pytest.mark.parametrize(("backbone", "heads", "side"), [("deit_tiny_patch16_224", 3, 160), ("test_vit", 2, 64)])
def test_a_branch_is_the_published_forward(backbone: str, heads: int, side: int) -> None:
    torch.manual_seed(0)
    branch = wakened(Molt(backbone, (side,), 7)).pyramid[0]
    image = torch.randn(2, 3, side, side)
    with torch.no_grad():
        cams, foreground, logits = plain_forward(branch.state_dict(), image, heads)
        tokens, found_foreground, found_logits = branch.look(image)
        found_cams = found_foreground[:, None] * branch.head(tokens)
    assert foreground.max() > 1.5 * foreground.mean()  # peaked, so a wrong row or a missing block would show
    assert (found_foreground[:, None] - foreground).abs().max() <= 1e-5
    assert (found_cams - cams).abs().max() <= 1e-5 * max(1.0, float(cams.abs().max()))
    assert (found_logits - logits).abs().max() <= 1e-5
    with torch.no_grad():
        assert (branch(image) - logits).abs().max() <= 1e-5


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Molt, Localizer]:
    """A DeiT-S MOLT of random weights, and the same out of its model file."""
    settle_torch()
    torch.manual_seed(1)
    model = wakened(Molt("deit_small_patch16_224", SIDES, len(CLASSES)))
    path = tmp_path_factory.mktemp("model") / "random.molt"
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    write_molt(path, model, ModelFacts("random", CLASSES, mean, std, ("NOASSERTION", ""), {}, {}))
    return model, Localizer.open(path, threads=2)


@pytest.mark.slow
def test_onnx_runtime_gives_the_maps_and_boxes_of_torch(exported, photo: np.ndarray) -> None:
    model, localizer = exported
    evidence = localizer.look(photo)
    probabilities, cams = [], {index: [] for index in range(len(CLASSES))}
    for branch, scale, seen in zip(model.pyramid, localizer.model.manifest.scales, evidence.scales, strict=True):
        image = prepare(photo, scale, localizer.model.manifest)
        with torch.no_grad():
            tokens, foreground, logits = branch.look(torch.from_numpy(image))
            score = branch.head(tokens)[0].numpy()  # (C, N, N)
        onnx = localizer._networks[scale.network].run(image)
        assert np.abs(onnx["logits"][0] - logits[0].numpy()).max() <= 1e-4
        assert np.abs(seen.foreground - foreground[0].numpy()).max() <= 1e-5
        probabilities.append(torch.softmax(logits[0], dim=0).numpy())
        for index in range(len(CLASSES)):
            cam = foreground[0].numpy() * score[index]
            cams[index].append(cam)
            mine = seen.foreground * seen.score_map(((index, 1.0),), evidence.settings)
            assert np.abs(min_max(mine) - min_max(cam)).max() <= 1e-3
    assert np.abs(evidence.class_scores - np.mean(probabilities, axis=0)).max() <= 1e-5
    for index in range(len(CLASSES)):
        heat_map = evidence.heat_map(index)
        finest = (24, 24)
        stretched = np.stack([min_max(resize_map(cam, finest)) for cam in cams[index]])  # (3, 24, 24)
        mean = np.asarray(stretched.mean(axis=0), np.float32)
        fused = min_max(resize_map(min_max(mean), (heat_map.fused.shape[0], heat_map.fused.shape[1])))
        assert np.abs(heat_map.fused - fused).max() <= 1e-3
        for threshold in (0.2, 0.35, 0.5, 0.65):
            proposed = heat_map.boxes(threshold, BoxRule(min_area=0))
            expected = brute_force_box(fused, threshold, photo.shape[1], photo.shape[0])
            assert proposed
            box = proposed[0].box
            assert np.abs(np.array([box.x0, box.y0, box.x1, box.y1]) - expected).max() <= 1


def brute_force_box(values: np.ndarray, threshold: float, width: int, height: int) -> np.ndarray:
    """Box of the largest 8-connected component above the threshold, found by flooding, in photo pixels."""
    above = values > threshold
    seen = np.zeros_like(above)
    best: list[tuple[int, int]] = []
    for start in zip(*np.nonzero(above), strict=True):
        if seen[start]:
            continue
        waiting, component = [start], []
        seen[start] = True
        while waiting:
            y, x = waiting.pop()
            component.append((y, x))
            for v in range(max(0, y - 1), min(above.shape[0], y + 2)):
                for u in range(max(0, x - 1), min(above.shape[1], x + 2)):
                    if above[v, u] and not seen[v, u]:
                        seen[v, u] = True
                        waiting.append((v, u))
        best = max(best, component, key=len)
    rows, columns = zip(*best, strict=True)
    across, down = width / values.shape[1], height / values.shape[0]
    return np.array([min(columns) * across, min(rows) * down, (max(columns) + 1) * across, (max(rows) + 1) * down])


@pytest.mark.slow
def test_the_exported_networks_take_any_batch(exported) -> None:
    model, localizer = exported
    branch: Branch = model.pyramid[0]
    for batch in (1, 3):
        image = torch.randn(batch, 3, 224, 224, generator=torch.Generator().manual_seed(batch))
        found = localizer._networks["branch_224"].run(image.numpy())
        with torch.no_grad():
            tokens, foreground, logits = branch.look(image)
        assert found["tokens"].shape == (batch, 384, 14, 14)
        assert found["foreground"].dtype == np.float32
        assert np.abs(found["tokens"] - tokens.numpy()).max() <= 1e-4
        assert np.abs(found["foreground"] - foreground.numpy()).max() <= 1e-5
        assert np.abs(found["logits"] - logits.numpy()).max() <= 1e-4
