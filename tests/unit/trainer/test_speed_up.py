"""Faster forms of a model: they compute nearly the same, and one that does not is refused and never written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from app import __main__ as door
from engine.dataset.coco import write_coco
from engine.dataset.records import LabelledBox, LabelledPhoto, LabelSet
from engine.geometry import Box
from engine.localization.eight_bits import _product, overflows_in_eight_bits
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from engine.localization.onnx_session import Network
from support.tiny_model import network_bytes, write_tiny_model
from trainer import speed_up
from trainer.quantise import in_eight_bits, in_half_precision, linear_in_eight_bits
from trainer.speed_gate import GatePhoto, Verdict, compare

GENERATOR = np.random.default_rng(4)


def random(*shape: int) -> NDArray[np.float32]:
    return GENERATOR.standard_normal(shape).astype(np.float32)


def network_of(nodes: list[onnx.NodeProto], weights: dict[str, NDArray[np.float32]], output: str) -> bytes:
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, 32, 32])],
        [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(values, name) for name, values in weights.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


@pytest.fixture(scope="module")
def convolutions() -> bytes:
    nodes = [
        helper.make_node("Conv", ["image", "a"], ["x"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["x"], ["y"]),
        helper.make_node("Conv", ["y", "b"], ["v"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["v"], ["w"]),
        helper.make_node("Conv", ["w", "c"], ["tokens"], pads=[1, 1, 1, 1]),
    ]
    weights = {"a": random(16, 3, 3, 3), "b": random(16, 16, 3, 3) / np.float32(12), "c": random(8, 16, 3, 3)}
    return network_of(nodes, weights, "tokens")


@pytest.fixture(scope="module")
def layers() -> bytes:
    nodes = []
    last = "image"
    for place in range(4):
        nodes += [
            helper.make_node("MatMul", [last, f"w{place}"], [f"x{place}"]),
            helper.make_node("Tanh", [f"x{place}"], [f"y{place}"]),
        ]
        last = f"y{place}"
    return network_of(nodes, {f"w{place}": random(32, 32) / np.float32(6) for place in range(4)}, last)


def operations(network: bytes) -> set[str]:
    return {node.op_type for node in onnx.load_from_string(network).graph.node}


def run(network: bytes, image: NDArray[np.float32]) -> NDArray[np.float32]:
    return next(iter(Network("small", network, "cpu", 1, eight_bits=True).run(image).values()))


def test_convolutions_in_eight_bits_answer_nearly_the_same(convolutions: bytes) -> None:
    images = [random(1, 3, 32, 32) for _ in range(6)]
    found = in_eight_bits(convolutions, images)
    assert {"QuantizeLinear", "DequantizeLinear"} <= operations(found)
    wanted = run(convolutions, images[0])
    error = np.abs(run(found, images[0]) - wanted).mean() / np.abs(wanted).mean()
    assert 0 < error < 0.05


def test_the_convolution_that_reads_the_photo_is_not_rounded(convolutions: bytes) -> None:
    found = onnx.load_from_string(in_eight_bits(convolutions, [random(1, 3, 32, 32) for _ in range(3)]))
    first, *others = (node for node in found.graph.node if node.op_type == "Conv")
    assert first.input[0] == "image"
    rounded = {output for node in found.graph.node if node.op_type == "DequantizeLinear" for output in node.output}
    assert len(others) == 2
    assert all(node.input[0] in rounded and node.input[1] in rounded for node in others)


def test_what_a_linear_layer_answers_is_not_rounded(layers: bytes) -> None:
    found = onnx.load_from_string(in_eight_bits(layers, [random(1, 3, 32, 32) for _ in range(3)]))
    answers = {output for node in found.graph.node if node.op_type == "MatMul" for output in node.output}
    rounded = {node.input[0] for node in found.graph.node if node.op_type == "QuantizeLinear"}
    assert len(answers) == 4
    assert not answers & rounded


def test_linear_layers_in_eight_bits_answer_nearly_the_same(layers: bytes, convolutions: bytes) -> None:
    found = linear_in_eight_bits(layers)
    assert found is not None
    assert "MatMulInteger" in operations(found)
    image = random(1, 3, 32, 32)
    wanted = run(layers, image)
    assert 0 < np.abs(run(found, image) - wanted).mean() < 0.03 * np.abs(wanted).mean()
    assert linear_in_eight_bits(convolutions) is None


def test_whether_products_overflow_is_asked_of_a_network_that_onnx_can_read() -> None:
    network = onnx.load_from_string(_product())
    onnx.checker.check_model(network)
    assert [node.op_type for node in network.graph.node] == ["MatMulInteger"]
    assert isinstance(overflows_in_eight_bits(), bool)


def test_half_precision_keeps_the_outside_single(layers: bytes) -> None:
    found = in_half_precision(layers)
    image = random(1, 3, 32, 32)
    wanted, answered = run(layers, image), run(found, image)
    assert answered.dtype == np.float32
    assert 0 < np.abs(answered - wanted).max() < 0.01
    assert len(found) < 0.7 * len(layers)


def broken_network() -> bytes:
    """Shape and names of the tiny model's, but its tokens stand upside down, so boxes are elsewhere."""
    model = onnx.load_from_string(network_bytes())
    for node in model.graph.node:
        for place, name in enumerate(node.input):
            if name == "tokens":
                node.input[place] = "upright"
        for place, name in enumerate(node.output):
            if name == "tokens":
                node.output[place] = "upright"
    numbers = {"from": -1, "to": -(2**31), "axis": 2, "step": -1}
    for name, value in numbers.items():
        model.graph.initializer.append(numpy_helper.from_array(np.array([value], np.int64), name))
    model.graph.node.append(helper.make_node("Slice", ["upright", "from", "to", "axis", "step"], ["tokens"]))
    return model.SerializeToString()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Twelve photos of a bright square in the upper part."""
    folder = tmp_path / "photos" / "bright"
    folder.mkdir(parents=True)
    for place in range(12):
        picture = np.full((128, 128, 3), 20, np.uint8)
        picture[8:56, 8 + 4 * place : 56 + 4 * place] = 240
        Image.fromarray(picture).save(folder / f"{place:02d}.png")
    return folder.parent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


def form_of(path: Path, network: bytes | None) -> speed_up.Form:
    model = ModelFile.read(path)
    networks = model.networks if network is None else {**model.networks, "trunk": network}
    changed = replace(model, networks=networks, manifest=replace(model.manifest, precision="int8"))
    return speed_up.Form("int8", "made for the test", changed, "cpu")


def test_a_broken_network_fails_the_gate(model: Path, photos: Path) -> None:
    usual = Localizer.open(model, device="cpu")
    gate = [GatePhoto(path, "bright") for path in sorted(photos.rglob("*.png"))]
    same = compare(usual, Localizer(form_of(model, None).model, device="cpu"), gate, {})
    assert same.median_iou == same.least_iou == 1.0
    broken = compare(usual, Localizer(form_of(model, broken_network()).model, device="cpu"), gate, {})
    assert broken.median_iou < 0.5
    assert "median box IoU" in broken.refusal


@pytest.mark.parametrize(
    ("verdict", "word"),
    [
        (Verdict(10, 5.0, 2.0, 0.96, 0.1, (0.9, 0.896)), ""),
        (Verdict(10, 5.0, 2.0, 0.949, 0.9, None), "median box IoU"),
        (Verdict(10, 5.0, 2.0, float("nan"), 0.9, None), "median box IoU"),
        (Verdict(10, 5.0, 2.0, 0.99, 0.9, (0.9, 0.894)), "GT-known"),
        (Verdict(10, 5.0, 2.0, 0.99, 0.9, (0.9, 0.95)), ""),
        (Verdict(10, 5.0, 0.9, 0.99, 0.9, None), "no faster"),
    ],
)
def test_the_gate_is_where_it_is_said_to_be(verdict: Verdict, word: str) -> None:
    assert word in verdict.refusal
    assert bool(verdict.refusal) == bool(word)


def test_a_refused_form_is_not_written(
    model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed_up, "forms", lambda *_: iter([form_of(model, broken_network())]))
    assert speed_up.main([str(model), "--photos", str(photos)]) == speed_up.EXIT_REFUSED
    assert "refused: median box IoU" in capsys.readouterr().out
    assert list(model.parent.glob("*.molt")) == [model]


def test_a_form_that_passes_is_written_with_what_was_measured(
    model: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(speed_up, "forms", lambda *_: iter([form_of(model, None)]))
    monkeypatch.setattr(speed_up, "compare", lambda *_: Verdict(11, 5.0, 2.0, 0.99, 0.9, None))
    out = model.with_name("quick.molt")
    assert speed_up.main([str(model), "--photos", str(photos), "--out", str(out), "--json"]) == speed_up.EXIT_DONE
    told = json.loads(capsys.readouterr().out)
    assert told["tried"][0]["refused"] == ""
    written = ModelFile.read(out)
    assert written.manifest.precision == "int8"
    assert written.manifest.accuracy["precision"]["median_iou"] == 0.99
    assert Localizer.open(out).look(np.zeros((32, 32, 3), np.uint8)).class_scores.shape == (3,)
    assert speed_up.main([str(out), "--photos", str(photos)]) == speed_up.EXIT_BAD_INPUT
    assert "fast copy already" in capsys.readouterr().err


@pytest.mark.parametrize("lies_beside", [False, True])
def test_true_boxes_may_name_photos_from_the_folder_or_from_their_own_file(
    model: Path,
    photos: Path,
    lies_beside: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = photos.parent if lies_beside else photos
    labelled = [
        LabelledPhoto(
            path.relative_to(folder).as_posix(), 128, 128, (LabelledBox("bright", Box(8.0, 8.0, 56.0, 56.0)),)
        )
        for path in sorted(photos.rglob("*.png"))
    ]
    write_coco(photos.parent / "boxes.json", LabelSet(("bright",), tuple(labelled)))
    monkeypatch.setattr(speed_up, "forms", lambda *_: iter([form_of(model, None)]))
    words = ["--photos", str(photos), "--boxes", str(photos.parent / "boxes.json"), "--json"]
    speed_up.main([str(model), *words])
    assert "gt_known_before" in json.loads(capsys.readouterr().out)["tried"][0]


def test_bad_words_are_one_sentence(model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "none").mkdir()
    for words in (["--photos", str(tmp_path / "none")], ["--photos", str(tmp_path / "none"), "--out", str(model)]):
        assert speed_up.main([str(model), *words]) == speed_up.EXIT_BAD_INPUT
        assert capsys.readouterr().err.count("\n") == 1


def test_the_door_opens_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert door.main(["speed-up", "--help"]) == 0
    assert "--photos" in capfd.readouterr().out
