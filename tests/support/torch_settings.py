"""Torch as the tests want it: two threads, and no trace log."""

from __future__ import annotations

import logging

import torch


def settle_torch() -> None:
    """Two threads, as on a small machine; pytest listens to every logger, and the exporter's trace doubles its time."""
    torch.set_num_threads(2)
    logging.getLogger("torch.__trace").setLevel(logging.CRITICAL)
