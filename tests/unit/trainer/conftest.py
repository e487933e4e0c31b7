"""Settings of all trainer tests."""

import pytest

from support.torch_settings import settle_torch


@pytest.fixture(autouse=True, scope="session")
def settled_torch() -> None:
    settle_torch()
