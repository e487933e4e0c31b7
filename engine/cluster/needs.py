"""Whether the packages of the `cluster` extra are there; looked up without importing them."""

from __future__ import annotations

import importlib.util

from engine.errors import MoltboxError

_PACKAGES = ("ray", "pyarrow", "fsspec")


def check_installed() -> None:
    """
    Raises:
        MoltboxError: a package of the extra is missing.
    """
    for name in _PACKAGES:
        if importlib.util.find_spec(name) is None:
            raise MoltboxError(
                f"--ray, and photos behind s3:// or another scheme, need the package {name}: install Moltbox with its "
                "cluster extra (in a clone: pip install -e '.[cpu,cluster]')."
            )
