"""What a model runs on: OpenVINO against ONNX Runtime, the quicker one kept in mind, GPUs asked for and missed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
from numpy.typing import NDArray

from app.samples import SAMPLES, samples_folder
from engine.images import read_photo
from engine.localization import localizer as localizer_module
from engine.localization import onnx_session, quickest
from engine.localization.gpu_providers import CPU, CUDA, TENSORRT, ImageSizes, wanted_providers
from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from engine.localization.onnx_session import Network, report_device
from engine.localization.openvino_network import has_bfloat16, openvino_version
from engine.localization.preparing import ShownPhoto
from engine.resources import data_folder, starter_model_path
from support.tiny_model import network_bytes, write_tiny_model

needs_openvino = pytest.mark.skipif(openvino_version() is None, reason="OpenVINO is not installed (openvino extra)")
SIZES = ImageSizes((96, 96), (384, 384), (1088, 1088))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny.molt")


@needs_openvino
@pytest.mark.parametrize("size", [(320, 448), (224, 224)])
def test_openvino_answers_as_onnx_runtime_does(size: tuple[int, int]) -> None:
    model = ModelFile.read(starter_model_path())
    image = np.random.default_rng(3).standard_normal((1, 3, *size)).astype(np.float32)
    wanted = Network("trunk", model.networks["trunk"], "cpu", 1).run(image)
    found = Network("trunk", model.networks["trunk"], "openvino", 1).run(image)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        assert np.abs(found[name] - values).max() <= 1e-4 * np.abs(values).max(), name


@needs_openvino
def test_openvino_proposes_the_same_box() -> None:
    photo = read_photo(samples_folder() / SAMPLES[0][1])
    usual, other = (Localizer.open(starter_model_path(), device=device, threads=1) for device in ("cpu", "openvino"))
    wanted, found = usual.look(photo), other.look(photo)
    best = wanted.top_classes(1)[0][0]
    assert found.top_classes(1)[0][0] == best
    cut = usual.model.calibrated_threshold
    assert found.heat_map(best).boxes(cut)[0].box == wanted.heat_map(best).boxes(cut)[0].box
    assert (other.device.engine, other.device.arithmetic, other.device.choice) == ("OpenVINO", "float32", "openvino")
    assert other.device.sentence.endswith("OpenVINO")


@needs_openvino
def test_clusters_are_found_in_bfloat16_where_the_model_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    model = ModelFile.read(starter_model_path())
    allowing = replace(model, manifest=replace(model.manifest, precision="bf16"))
    loaded: dict[str, Network] = {}

    def load(name: str, *facts: Any, **options: Any) -> Network:
        loaded[name] = Network(name, *facts, **options)
        return loaded[name]

    monkeypatch.setattr(localizer_module, "Network", load)
    Localizer(model, device="openvino", threads=1)
    exact = loaded["clusters"]
    Localizer(allowing, device="openvino", threads=1)
    quick = loaded["clusters"]
    assert exact.providers == (CPU,)
    assert quick.bfloat16 == has_bfloat16()
    settings = model.manifest.clustering
    assert settings is not None
    for _, name in SAMPLES:
        image = ShownPhoto(read_photo(samples_folder() / name)).for_clustering(settings)
        wanted, found = (network.run(image)["clusters"] for network in (exact, quick))
        assert (wanted == found).mean() > 0.97


@needs_openvino
def test_bfloat16_is_for_models_that_allow_it_only() -> None:
    image = np.random.default_rng(0).random((1, 3, 64, 64)).astype(np.float32)
    exact = Network("trunk", network_bytes(), "openvino", 1)
    allowed = Network("trunk", network_bytes(), "openvino", 1, bfloat16=True)
    assert not exact.bfloat16
    assert allowed.bfloat16 == has_bfloat16()
    assert report_device("auto", [allowed], 1).arithmetic == ("bfloat16" if has_bfloat16() else "float32")
    assert np.abs(exact.run(image)["tokens"] - allowed.run(image)["tokens"]).max() < 0.01


def test_without_openvino_the_report_says_so(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnx_session, "openvino_version", lambda: None)
    device = Localizer.open(tiny, device="openvino").device
    assert (device.engine, device.sentence.count("OpenVINO")) == ("ONNX Runtime", 0)
    assert "openvino extra" in device.note


@needs_openvino
@pytest.mark.parametrize("device", ["openvino", "auto"])
def test_where_eight_bits_overflow_in_openvino_a_model_in_eight_bits_runs_without_it(
    tiny: Path, monkeypatch: pytest.MonkeyPatch, device: Any
) -> None:
    monkeypatch.setattr(localizer_module, "is_exact_in_eight_bits", lambda: False)
    monkeypatch.setattr(localizer_module, "WORTH_TRYING_S", 0.0)
    monkeypatch.setattr(localizer_module, "openvino_is_quicker", lambda *_, **__: True)
    model = ModelFile.read(tiny)
    in_eight_bits = replace(model, manifest=replace(model.manifest, precision="int8"))
    found = Localizer(in_eight_bits, device=device).device
    assert found.engine == "ONNX Runtime"
    assert ("overflow" in found.note) == (device == "openvino")
    assert Localizer(model, device=device).device.engine == "OpenVINO"


class _Timed:
    """Stands for a network that takes its time on a clock of the test's own."""

    providers = (CPU,)

    def __init__(self, clock: list[float], takes_s: float, answer: float = 1.0) -> None:
        self.clock, self.takes_s, self.answer = clock, takes_s, answer

    def run(self, image: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        self.clock[0] += self.takes_s
        return {"tokens": np.full(4, self.answer, np.float32)}


@pytest.mark.parametrize(
    ("takes_s", "answer", "eight_bits", "expected"),
    [
        (0.5, 1.0, False, True),
        (0.95, 1.0, False, False),
        (2.0, 1.0, False, False),
        (0.5, 1.1, False, False),
        (0.5, float("nan"), False, False),
        (0.5, 1.1, True, True),
        (0.5, 1.2, True, False),
    ],
)
def test_the_quicker_one_is_taken_where_it_answers_the_same(
    monkeypatch: pytest.MonkeyPatch, takes_s: float, answer: float, eight_bits: bool, expected: bool
) -> None:
    clock = [0.0]
    monkeypatch.setattr(quickest.time, "perf_counter", lambda: clock[0])
    usual: dict[str, Any] = {"a": _Timed(clock, 1.0)}
    other: dict[str, Any] = {"a": _Timed(clock, takes_s, answer)}
    trial = [("a", np.zeros((1, 3, 8, 8), np.float32))]
    found = quickest.openvino_is_quicker(usual, lambda: other, trial, bfloat16=False, eight_bits=eight_bits)
    assert found is expected


def test_an_openvino_that_fails_costs_nothing() -> None:
    def broken() -> dict[str, Any]:
        raise RuntimeError("no such instruction")

    assert not quickest.openvino_is_quicker({}, broken, [], bfloat16=False, eight_bits=False)


@needs_openvino
def test_what_was_found_is_remembered(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def tried(*_args: object, **_options: object) -> bool:
        asked.append(True)
        return True

    monkeypatch.setattr(localizer_module, "WORTH_TRYING_S", 0.0)
    monkeypatch.setattr(localizer_module, "openvino_is_quicker", tried)
    assert Localizer.open(tiny).device.engine == "OpenVINO"
    assert Localizer.open(tiny).device.engine == "OpenVINO"
    assert len(asked) == 1
    assert list(json.loads((data_folder() / "quickest.json").read_text()).values()) == [True]
    assert Localizer.open(tiny, device="cpu").device.engine == "ONNX Runtime"


INTEL = """processor\t: 0
cpu family\t: 6
model\t\t: 106
model name\t: Intel(R) Xeon(R) Processor @ 2.80GHz
cpu MHz\t\t: 2793.437
flags\t\t: fpu sse4_2 avx2 avx512_vnni

processor\t: 1
cpu family\t: 6
"""
ARM = """processor\t: 0
BogoMIPS\t: 243.75
Features\t: fp asimd asimddp i8mm bf16
CPU implementer\t: 0x41
CPU part\t: 0xd40
"""


@pytest.mark.parametrize(
    ("facts", "old", "new", "differs"),
    [
        (INTEL, " avx512_vnni", "", True),
        (INTEL, "model\t\t: 106", "model\t\t: 143", True),
        (INTEL, "2.80GHz", "2.10GHz", True),
        (INTEL, "2793.437", "3100.001", False),
        (INTEL, "fpu ", "fpu arch_capabilities ", False),
        (ARM, " bf16", "", True),
        (ARM, "0xd40", "0xd4f", True),
        (ARM, "243.75", "50.00", False),
    ],
)
def test_an_answer_holds_for_one_processor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: str, old: str, new: str, differs: bool
) -> None:
    monkeypatch.setattr(quickest, "_CPU_FACTS", tmp_path / "cpuinfo")

    def key(text: str) -> str:
        (tmp_path / "cpuinfo").write_text(text)
        return quickest.trial_key("s" * 64, 2, bfloat16=False)

    assert old in facts
    assert (key(facts) != key(facts.replace(old, new))) is differs
    assert ("Intel(R) Xeon(R) Processor" in key(facts)) is (facts is INTEL)


def test_a_processor_that_no_file_names_is_named_as_python_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickest, "_CPU_FACTS", tmp_path / "none")
    monkeypatch.setattr(quickest.platform, "processor", lambda: "Intel64 Family 6 Model 151")
    assert quickest._processor() == "Intel64 Family 6 Model 151"
    monkeypatch.setattr(quickest.platform, "processor", lambda: "")
    monkeypatch.setattr(quickest.platform, "machine", lambda: "arm64")
    assert quickest._processor() == "arm64"


def test_a_damaged_memory_is_forgotten(tmp_path: Path) -> None:
    data_folder().mkdir(parents=True, exist_ok=True)
    (data_folder() / "quickest.json").write_text("[1, 2")
    assert quickest.remembered("anything") is None
    quickest.remember("anything", openvino_is_quicker=False)
    assert quickest.remembered("anything") is False


def test_providers_are_asked_for_by_what_there_is() -> None:
    def names(device: str, available: tuple[str, ...]) -> list[str]:
        wanted = wanted_providers(device, available, half=False, sizes=SIZES, cache=Path("kept"))
        return [each if isinstance(each, str) else each[0] for each in wanted]

    everything = (TENSORRT, CUDA, CPU)
    assert names("auto", everything) == names("cuda", everything) == [CUDA, CPU]
    assert names("tensorrt", everything) == [TENSORRT, CUDA, CPU]
    assert names("tensorrt", (CUDA, CPU)) == [CUDA, CPU]
    assert names("cpu", everything) == names("openvino", everything) == names("auto", (CPU,)) == [CPU]


@pytest.mark.parametrize("half", [False, True])
def test_half_precision_only_where_the_model_allows_it(half: bool) -> None:
    wanted = wanted_providers("tensorrt", (TENSORRT, CUDA, CPU), half=half, sizes=SIZES, cache=Path("kept"))
    tensorrt, cuda = (each[1] for each in wanted[:2] if isinstance(each, tuple))
    assert (tensorrt["trt_fp16_enable"], cuda["use_tf32"]) == (("1", "1") if half else ("0", "0"))
    assert tensorrt["trt_profile_min_shapes"] == "image:1x3x96x96"
    assert tensorrt["trt_profile_max_shapes"] == "image:16x3x1088x1088"


class _FakeBinding:
    def __init__(self, session: _FakeSession) -> None:
        self.session, self.bound = session, []
        self.image: Any = None

    def bind_ortvalue_input(self, name: str, value: Any) -> None:
        self.image = value

    def bind_output(self, name: str, device: str, number: int) -> None:
        self.bound.append((name, device, number))

    def copy_outputs_to_cpu(self) -> list[NDArray[np.float32]]:
        names = [name for name, _, _ in self.bound]
        return [np.asarray(found) for found in self.session.real.run(names, {"image": self.image.values})]


class _FakeSession:
    """A session that says it runs on a GPU, and computes on the CPU."""

    starts: tuple[str, ...] = (CUDA, CPU)

    def __init__(self, onnx: bytes, options: Any, providers: list[Any]) -> None:
        self.real = _REAL_SESSION(onnx, options, providers=[CPU])
        self.runs = 0

    def get_providers(self) -> list[str]:
        return list(self.starts)

    def get_inputs(self) -> list[Any]:
        return list(self.real.get_inputs())

    def get_outputs(self) -> list[Any]:
        return list(self.real.get_outputs())

    def io_binding(self) -> _FakeBinding:
        return _FakeBinding(self)

    def run(self, names: list[str] | None, feed: dict[str, Any]) -> list[Any]:
        return list(self.real.run(names, feed))

    def run_with_iobinding(self, binding: _FakeBinding) -> None:
        assert [name for name, _, _ in binding.bound] == [each.name for each in self.get_outputs()]
        self.runs += 1


class _FakeValue:
    def __init__(self, values: NDArray[np.float32]) -> None:
        self.values = values.copy()

    @classmethod
    def ortvalue_from_numpy(cls, values: NDArray[np.float32], device: str, number: int) -> _FakeValue:
        assert (device, number) == ("cuda", 0)
        return cls(values)

    def update_inplace(self, values: NDArray[np.float32]) -> None:
        assert values.shape == self.values.shape
        self.values[:] = values


_REAL_SESSION = onnxruntime.InferenceSession


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> type[_FakeSession]:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [TENSORRT, CUDA, CPU])
    monkeypatch.setattr(onnxruntime, "InferenceSession", _FakeSession)
    monkeypatch.setattr(onnxruntime, "OrtValue", _FakeValue)
    monkeypatch.setattr(_FakeSession, "starts", (CUDA, CPU))
    return _FakeSession


def test_a_gpu_gets_each_photo_through_its_own_buffer(gpu: type[_FakeSession], tiny: Path) -> None:
    generator = np.random.default_rng(1)
    photos = [generator.integers(0, 256, (90, width, 3), dtype=np.uint8) for width in (120, 120, 200)]
    on_gpu = Localizer.open(tiny, device="auto")
    assert on_gpu.device.sentence == on_gpu.device.running == "CUDA GPU"
    found = [on_gpu.look(photo).scales[0].tokens for photo in photos]
    gpu.starts = (CPU,)
    on_cpu = Localizer.open(tiny, device="cpu")
    for photo, tokens in zip(photos, found, strict=True):
        np.testing.assert_array_equal(tokens, on_cpu.look(photo).scales[0].tokens)


@pytest.mark.parametrize(
    ("device", "starts", "running", "note"),
    [
        ("tensorrt", (TENSORRT, CUDA, CPU), "TensorRT GPU", ""),
        ("tensorrt", (CUDA, CPU), "CUDA GPU", "TensorRT could not be started"),
        ("tensorrt", (CPU,), "CPU", "could not be started"),
        ("cuda", (CUDA, CPU), "CUDA GPU", ""),
        ("cuda", (CPU,), "CPU", "could not be started"),
        ("auto", (CPU,), "CPU", "could not be started"),
        ("cpu", (CPU,), "CPU", ""),
    ],
)
def test_the_report_says_what_really_started(
    gpu: type[_FakeSession], tiny: Path, device: Any, starts: tuple[str, ...], running: str, note: str
) -> None:
    gpu.starts = starts
    report = Localizer.open(tiny, device=device).device
    assert report.running == running
    assert note in report.note
    assert bool(report.note) == bool(note)


def test_without_a_gpu_package_the_report_says_so(tiny: Path) -> None:
    if CUDA in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime knows CUDA")
    assert "gpu extra" in Localizer.open(tiny, device="tensorrt").device.note


def test_a_network_that_the_manifest_does_without_is_not_opened(tmp_path: Path) -> None:
    clustering = {"network": "clusters", "side": 64, "multiple": 8}
    model = ModelFile.read(write_tiny_model(tmp_path / "tiny.molt", clustering=clustering))
    bare = replace(model, manifest=replace(model.manifest, clustering=None))
    assert Localizer(bare, device="cpu").look(np.zeros((32, 32, 3), np.uint8)).clusters is None
