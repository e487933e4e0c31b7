"""Named sets of settings: what a published training used, value by value."""

from __future__ import annotations

from typing import Any

STRICT_TSCAM = "strict_tscam"
LARGE_SET = 100_000
"""From so many photos on a set counts as large: ILSVRC-2012's rates, not CUB-200-2011's."""


def strict_tscam(photos: int) -> dict[str, Any]:
    """Settings of TS-CAM's public code (vasgaowei/TS-CAM at 25aece4) for DeiT, as fields of `TrainConfig`.

    From its live code, not from the keys of its YAML files that nothing reads: one branch of 224 pixels; squeezed to
    256, cropped at random to 224, mirrored by half; plain cross-entropy of the mean score; AdamW (0.9, 0.999), epsilon
    1e-8, decay 0.05 but for biases, scales, positions and tokens; drop path 0.1; no rise, no cosine, no clipping,
    single precision; seed 26. ILSVRC-2012: 20 epochs, batch 256, rate 5e-4, a tenth at epochs 10, 12 and 20.
    CUB-200-2011: 60 epochs, batch 128, rate 5e-5, a tenth at epochs 30 and 60.

    Where we depart: weights are chosen on validation photos that the evaluation never sees, not on the test set, and
    the seed gives other draws than its random generator did.

    Args:
        photos: number of photos to train on.
    """
    large = photos >= LARGE_SET
    return {
        "sides": (224,),
        "pretrained": "hub",
        "epochs": 20 if large else 60,
        "batch": 256 if large else 128,
        "lr": 5e-4 if large else 5e-5,
        "lr_falls": (10, 12) if large else (30,),
        "head_lr_factor": 1.0,
        "weight_decay": 0.05,
        "warmup": 0.0,
        "drop_path": 0.1,
        "clip_norm": 0.0,
        "head_bias": True,
        "precision": "fp32",
        "seed": 26,
        "recipe": STRICT_TSCAM,
    }
