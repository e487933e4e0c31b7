"""A damaged or wrong model file is refused with a sentence that names the field."""

import contextlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import ModelFileError
from engine.localization.localizer import Localizer
from engine.localization.manifest import parse_manifest
from engine.localization.model_file import ModelFile, read_manifest_fields, write_model_file
from support.tiny_model import heads, manifest, network_bytes, write_tiny_model


def test_what_is_written_is_read(tmp_path: Path) -> None:
    model = ModelFile.read(write_tiny_model(tmp_path / "tiny.molt"))
    assert model.class_names == ("bright", "red", "dark")
    assert model.scale_names == ("128", "256")
    assert model.calibrated_threshold == 0.4
    assert np.array_equal(model.heads["classifier"].weight, heads()["classifier.weight"])
    assert len(model.sha256) == 64


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    fields = manifest()
    place: Any = fields
    for step in path[:-1]:
        place = place[step]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return fields


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("format",), "other", "format"),
        (("format_version",), 3, "format_version"),
        (("name",), KeyError, "name"),
        (("name",), "  ", "name"),
        (("name",), "a\nb", "name"),
        (("name",), "a\ud800", "name"),
        (("creator",), "a\x00", "creator"),
        (("licence", "notice"), "a\udfff", "licence.notice"),
        (("kind",), "yolo", "kind"),
        (("classes",), [], "classes"),
        (("classes", 1, "name"), 5, "classes[1].name"),
        (("classes", 1, "name"), "re\x1b[2Jd", "classes[1].name"),
        (("classes", 0, "name"), "\ud800", "classes[0].name"),
        (("classes", 0, "synonyms"), [3], "classes[0].synonyms"),
        (("classes", 0, "synonyms"), ["a\tb"], "classes[0].synonyms"),
        (("scales", 0, "name"), "12\n8", "scales[0].name"),
        (("input", "mean"), [0, 0], "input.mean"),
        (("input", "std"), [1, 0, 1], "input.std"),
        (("input", "colour_order"), "BGR", "input.colour_order"),
        (("scales", 0, "network"), "../trunk", "scales[0].network"),
        (("scales", 1, "side"), 0, "scales[1].side"),
        (("scales", 1, "side"), True, "scales[1].side"),
        (("scales", 0, "weight"), 0.9, "scales"),
        (("scales", 1, "name"), "128", "scales"),
        (("scales", 0, "resize"), "square", "scales[0].grid"),
        (("scales", 0, "sied"), 4, "scales[0].sied"),
        (("threshold", "value"), 1.5, "threshold.value"),
        (("threshold", "value"), float("nan"), "threshold.value"),
        (("box_rule", "max_boxes"), 0, "box_rule.max_boxes"),
        (("box_rule", "nms_iou"), 1.5, "box_rule.nms_iou"),
        (("propagation",), {"on": "tokens", "power": 0, "steps": 8}, "propagation.power"),
        (("propagation",), {"on": "pixels", "power": 6, "steps": 8}, "propagation.on"),
        (("propagation",), 6, "propagation"),
        (("cam", "score_power"), -1, "cam.score_power"),
        (("clustering",), {"network": "clusters", "side": 4, "multiple": 8}, "clustering.side"),
        (("clustering",), {"network": "clusters", "side": 64, "multiple": 8, "k": 3}, "clustering.k"),
        (("refinement", "split_components"), KeyError, "refinement.split_components"),
        (("training",), [], "training"),
        (("surprise",), 1, "surprise"),
        (("a\nb\ud800",), 1, r"a\nb\ud800"),
    ],
)
def test_a_wrong_field_is_named(path: tuple[Any, ...], value: Any, field: str) -> None:
    with pytest.raises(ModelFileError, match=r"^field ") as caught:
        parse_manifest(changed(path, value))
    assert caught.value.field == field
    assert field in str(caught.value)


def test_a_file_of_the_first_format_is_read_as_one_without_the_later_steps() -> None:
    fields = manifest(format_version=1, refinement={"weight": 0.25})
    for name in ("propagation", "cam", "clustering"):
        del fields[name]
    fields["box_rule"] = {"pick": "polygon", "max_boxes": 2, "min_area": 0.02}
    found = parse_manifest(fields)
    assert found.propagation is None
    assert found.clustering is None
    assert (found.foreground_power, found.score_power, found.refinement_weight) == (1.0, 1.0, 0.25)
    assert (found.box_rule.pick, found.box_rule.max_boxes, found.box_rule.min_area) == ("polygon", 2, 0.02)
    with pytest.raises(ModelFileError, match="unknown"):
        parse_manifest({**fields, "cam": {"foreground_power": 1.0, "score_power": 1.0}})


def rewrite(path: Path, parts: dict[str, bytes | None]) -> None:
    with zipfile.ZipFile(path) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()} | parts
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in kept.items():
            if data is not None:
                archive.writestr(name, data)


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ({"manifest.json": None}, "manifest.json is missing"),
        ({"manifest.json": b"{"}, "not valid JSON"),
        ({"manifest.json": b"[]"}, "expected an object"),
        ({"manifest.json": b'{"format_version": ' + b"9" * 5000 + b"}"}, "not valid JSON"),
        ({"manifest.json": b"[" * 100_000}, "not valid JSON"),
        ({"networks/trunk.onnx": None}, "networks/trunk.onnx is missing"),
        ({"networks/trunk.onnx": b"junk"}, "cannot be loaded as a network"),
        ({"head.safetensors": b"junk"}, "head.safetensors is damaged"),
    ],
)
def test_a_damaged_part_is_named(tmp_path: Path, parts: dict[str, bytes | None], says: str) -> None:
    path = write_tiny_model(tmp_path / "pets.molt")
    rewrite(path, parts)
    with pytest.raises(ModelFileError, match=rf"^pets\.molt cannot be used: .*{says}"):
        Localizer.open(path)


def test_a_licence_may_have_several_lines() -> None:
    fields = changed(("licence", "notice"), "First line.\r\n\f\tSecond line.\n")
    assert parse_manifest(fields).notice.endswith("Second line.\n")


@pytest.mark.parametrize("read", [ModelFile.read, read_manifest_fields])
def test_a_file_that_no_memory_holds_is_refused_before_it_is_read(
    read: Callable[[Path], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_tiny_model(tmp_path / "pets.molt")
    with path.open("r+b") as file:
        file.truncate(4_000_000_001)  # takes no room on the disk
    monkeypatch.setattr(Path, "read_bytes", lambda _path: pytest.fail("it was read"))
    with pytest.raises(ModelFileError, match=r"pets\.molt cannot be opened: it is larger than 4 GB\."):
        read(path)


def test_a_file_that_is_no_model_is_said(tmp_path: Path) -> None:
    (tmp_path / "photo.molt").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ModelFileError, match="damaged or not a Moltbox model file"):
        ModelFile.read(tmp_path / "photo.molt")
    with pytest.raises(ModelFileError, match="cannot be opened"):
        ModelFile.read(tmp_path / "none.molt")


def test_a_grid_that_the_network_does_not_give_is_named(tmp_path: Path) -> None:
    fields = changed(("scales", 0, "patch"), 8)
    write_model_file(tmp_path / "pets.molt", fields, {"trunk": network_bytes()}, heads())
    with pytest.raises(ModelFileError, match="field grid of scale 128 says 16×16, the network gives 8×8"):
        Localizer.open(tmp_path / "pets.molt")


def test_a_head_of_another_model_is_named(tmp_path: Path) -> None:
    few = {"classifier.weight": heads()["classifier.weight"][:2], "classifier.bias": np.zeros(3, np.float32)}
    with pytest.raises(ModelFileError, match=r"classifier\.weight: expected 3 classes, got 2"):
        write_model_file(tmp_path / "x.molt", manifest(), {"trunk": network_bytes()}, few)
    assert not (tmp_path / "x.molt").exists()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_flipped_bytes_end_in_a_sentence_or_in_nothing(tmp_path: Path, data: st.DataObject) -> None:
    path = write_tiny_model(tmp_path / "tiny.molt")
    raw = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(0, len(raw)))]))
    with contextlib.suppress(ModelFileError):
        Localizer.open(path)


def test_the_manifest_is_plain_json(tmp_path: Path) -> None:
    with zipfile.ZipFile(write_tiny_model(tmp_path / "tiny.molt")) as archive:
        assert json.loads(archive.read("manifest.json")) == manifest()
