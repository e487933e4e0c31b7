"""Torch on two threads at most, like every test machine has."""

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def two_threads() -> None:
    torch.set_num_threads(2)
