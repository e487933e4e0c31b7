"""Making a heat map leaves no threads that go on spinning where the networks and the window want the cores."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.localization.onnx_session import core_count

COUNT = """
import engine.localization.propagation
import numpy as np
import os
before = len(os.listdir("/proc/self/task"))
big = np.ones((600, 600), np.float32)
big @ big
print(before, len(os.listdir("/proc/self/task")))
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
@pytest.mark.skipif(core_count() < 2, reason="one core has no second thread")
@pytest.mark.parametrize(("given", "threads"), [(None, "1 1"), ("2", "2 2")])
def test_products_of_matrices_have_no_threads_of_their_own_unless_asked_for(given: str | None, threads: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    if given is not None:
        environment["OPENBLAS_NUM_THREADS"] = given
    done = subprocess.run(
        [sys.executable, "-c", COUNT], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    if given is not None and done.stdout.split() == ["1", "1"]:
        pytest.skip("this NumPy does not multiply by OpenBLAS")
    assert done.stdout.strip() == threads
