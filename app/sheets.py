"""Sheets and pages that open on demand: not imported before the first frame, but before anybody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

_ON_DEMAND = (
    "app.dialogs.classes",
    "app.dialogs.export",
    "app.dialogs.go_to",
    "app.dialogs.import_labels",
    "app.dialogs.preferences",
    "app.dialogs.prelabel",
    "app.dialogs.shortcuts",
    "app.dialogs.train",
    "app.pages.statistics",
    "app.pages.threshold_all",
    "app.pages.training",
)


def import_sheets() -> Iterator[str]:
    """Imports one module at each step, so that the first opening of a sheet takes no longer than the second."""
    for name in _ON_DEMAND:
        import_module(name)
        yield name
