"""Running models in OpenVINO tells nobody so: its package that does is never imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.localization.openvino_network import openvino_version

pytestmark = pytest.mark.skipif(openvino_version() is None, reason="OpenVINO is not installed (extra openvino).")

LOOK_FOR_IT = """
import sys
from engine.localization.openvino_network import has_bfloat16

has_bfloat16()
assert "openvino" in sys.modules
assert sys.modules["openvino_telemetry"] is None
"""


def test_nothing_is_sent_or_counted_when_openvino_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK_FOR_IT],
        env=os.environ | {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
