"""Settings of all trainer tests."""

from collections.abc import Iterator

import huggingface_hub.constants
import pytest

from support.torch_settings import settle_torch


@pytest.fixture(autouse=True, scope="session")
def settled_torch() -> None:
    settle_torch()


@pytest.fixture(autouse=True, scope="session")
def no_weights_at_hand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Whatever this machine's owner has fetched from the hub is not there."""
    empty = tmp_path_factory.mktemp("hub")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(empty))
        patch.setenv("TORCH_HOME", str(empty))
        yield
