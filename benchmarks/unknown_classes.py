"""How good the quick preset is on classes that ImageNet does not hold: its classes nearest to them are taken away.

    python benchmarks/unknown_classes.py DATA --hide 6 --out X.molt
    moltbox evaluate X.molt DATA --boxes DATA/boxes_val.coco.json

`--hide K` takes, of each label, the K ImageNet classes that its training photos resemble most, and forbids all of them
to stand for any label: with 1 about the label itself is gone, with 6 its nearest kin as well. The trunk's features were
still learnt with them. Everything else is `moltbox train DATA --preset quick`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.localization.model_file import ModelFile
from engine.resources import starter_model_path
from trainer import light_train
from trainer.config import QuickConfig
from trainer.light_teacher import anchored_weights


def hidden_classes(logits: Tensor, shown: NDArray[np.bool_], count: int) -> list[int]:
    """The `count` ImageNet classes most probable on average over each label's photos, of all labels, sorted.

    Args:
        logits: (N, 1000).
        shown: (N, C) whether a photo shows a label.
        count: per label.
    """
    scores = functional.softmax(logits.double(), dim=1).numpy()
    nearest = [np.argsort(-scores[of_label].mean(axis=0), kind="stable")[:count] for of_label in shown.T]
    return sorted({int(index) for each in nearest for index in each})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hide", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    names = ModelFile.read(starter_model_path()).class_names

    def without_nearest(logits: NDArray[np.float32], shown: NDArray[np.bool_], classifier: Tensor) -> Tensor:
        kept = torch.from_numpy(np.array(logits))
        hidden = hidden_classes(kept, shown, args.hide)
        print(f"hidden: {', '.join(names[index] for index in hidden)}", flush=True)
        kept[:, hidden] = -np.inf
        return anchored_weights(kept.numpy(), shown, classifier)

    light_train.anchored_weights = without_nearest
    run_folder = args.out.with_suffix(".run")
    light_train.train_light(QuickConfig(data=str(args.data), out=str(args.out), seed=args.seed), run_folder)


if __name__ == "__main__":
    main()
