"""What the pixel clusters add to a look at full size: three scales of DeiT-S, with and without the clustering network.

    python benchmarks/look_cost.py

Weights are random (time does not depend on them). Looks with and without clusters alternate in one run; medians.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from engine.localization.localizer import Localizer
from engine.localization.model_file import ModelFile
from engine.resources import resource_path
from trainer.export import ModelFacts, write_molt
from trainer.molt import Molt

SIDES = (224, 288, 384)
REPEATS = 15


def main() -> None:
    torch.manual_seed(0)
    clusters = resource_path("models", "clusters.onnx").read_bytes()
    facts = ModelFacts("random", ["a", "b"], (0.5, 0.5, 0.5), (0.5, 0.5, 0.5), ("NOASSERTION", ""), {}, {}, clusters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.molt"
        write_molt(path, Molt("deit_small_patch16_224", SIDES, 2), facts)
        model = ModelFile.read(path)
    bare = replace(model, manifest=replace(model.manifest, clustering=None))
    localizers = {"with clusters": Localizer(model), "without": Localizer(bare)}
    photo = np.random.default_rng(0).integers(0, 256, (375, 500, 3), dtype=np.uint8)
    times_s: dict[str, list[float]] = {name: [] for name in localizers}
    for _ in range(REPEATS):
        for name, localizer in localizers.items():
            started = time.perf_counter()
            localizer.look(photo)
            times_s[name].append(time.perf_counter() - started)
    with_s, without_s = (float(np.median(times_s[name])) for name in localizers)
    ratio = float(np.median(np.array(times_s["with clusters"]) / np.array(times_s["without"])))
    print(
        f"{localizers['without'].device.sentence}: a look takes {1000 * without_s:.0f} ms, "
        f"with clusters {1000 * with_s:.0f} ms"
    )
    print(f"the clusters add {100 * (ratio - 1):.1f} % (median of {REPEATS} ratios)")


if __name__ == "__main__":
    main()
