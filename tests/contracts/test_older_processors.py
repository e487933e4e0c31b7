"""Models in 8 bits answer the same on x86 processors without instructions for them, where quick products overflow.

The processor is one that qemu imitates; whoever has an older one runs `tests/unit/trainer/test_speed_up.py` on it.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from engine.localization.onnx_session import Network
from engine.localization.openvino_network import openvino_version
from trainer.quantise import in_eight_bits, linear_in_eight_bits

EMULATOR = shutil.which("qemu-x86_64")
RUN = """
import sys
import numpy as np
from engine.localization.eight_bits import overflows_in_eight_bits
from engine.localization.onnx_session import Network
from engine.localization.openvino_network import is_exact_in_eight_bits

for place in sys.argv[1:]:
    found = Network("layers", open(place, "rb").read(), "cpu", 1, eight_bits=True).run(np.load(place + ".image.npy"))
    np.save(place + ".found.npy", found["y3"])
print("overflows:", overflows_in_eight_bits(), "exact in OpenVINO:", is_exact_in_eight_bits())
"""

pytestmark = pytest.mark.skipif(
    EMULATOR is None or platform.machine() != "x86_64", reason="qemu-user is not installed, or this is no x86_64"
)


@pytest.fixture(scope="module")
def layers() -> bytes:
    """Four linear layers whose sums of two products pass 32,767."""
    generator = np.random.default_rng(4)
    nodes, weights, last = [], [], "image"
    for place in range(4):
        values = (generator.standard_normal((32, 32)) / 6).astype(np.float32)
        weights.append(numpy_helper.from_array(values, f"w{place}"))
        nodes.append(helper.make_node("MatMul", [last, f"w{place}"], [f"x{place}"]))
        nodes.append(helper.make_node("Tanh", [f"x{place}"], [f"y{place}"]))
        last = f"y{place}"
    image = helper.make_tensor_value_info("image", TensorProto.FLOAT, ["B", 3, 32, 32])
    answer = helper.make_tensor_value_info(last, TensorProto.FLOAT, None)
    graph = helper.make_graph(nodes, "layers", [image], [answer], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def test_an_older_processor_answers_as_exactly_as_this_one(layers: bytes, tmp_path: Path) -> None:
    generator = np.random.default_rng(5)
    images = [generator.standard_normal((1, 3, 32, 32)).astype(np.float32) for _ in range(6)]
    wanted = Network("layers", layers, "cpu", 1).run(images[0])["y3"]
    scaled = linear_in_eight_bits(layers)
    assert scaled is not None
    places = []
    for name, network in (("scaled", scaled), ("fixed", in_eight_bits(layers, images))):
        places.append(tmp_path / name)
        places[-1].write_bytes(network)
        np.save(f"{places[-1]}.image.npy", images[0])
    done = subprocess.run(
        [str(EMULATOR), "-cpu", "Haswell", sys.executable, "-c", RUN, *map(str, places)],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == 0, done.stderr
    for place in places:
        found = np.load(f"{place}.found.npy")
        assert np.abs(found - wanted).mean() < 0.03 * np.abs(wanted).mean(), place.name
    assert "overflows: True" in done.stdout
    assert openvino_version() is None or "exact in OpenVINO: False" in done.stdout
